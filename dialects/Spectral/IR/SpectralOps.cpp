// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fourmix::spectral;

#define GET_OP_CLASSES
#include "dialects/Spectral/IR/SpectralOps.cpp.inc"
