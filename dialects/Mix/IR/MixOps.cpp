// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fourmix::mix;

#define GET_OP_CLASSES
#include "dialects/Mix/IR/MixOps.cpp.inc"
