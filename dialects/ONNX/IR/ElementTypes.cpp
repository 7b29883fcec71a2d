// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

namespace fourmix::onnx {

Type elementType(MLIRContext *context, int64_t dataType) {
  auto integer = [&](unsigned width, IntegerType::SignednessSemantics sign) {
    return IntegerType::get(context, width, sign);
  };
  // The numbers of TensorProto.DataType; those from 17 on are later than Debian's schema.
  switch (dataType) {
  case 1:
    return Float32Type::get(context);
  case 2:
    return integer(8, IntegerType::Unsigned);
  case 3:
    return integer(8, IntegerType::Signless);
  case 4:
    return integer(16, IntegerType::Unsigned);
  case 5:
    return integer(16, IntegerType::Signless);
  case 6:
    return integer(32, IntegerType::Signless);
  case 7:
    return integer(64, IntegerType::Signless);
  case 8:
    return StringType::get(context);
  case 9:
    return integer(1, IntegerType::Signless);
  case 10:
    return Float16Type::get(context);
  case 11:
    return Float64Type::get(context);
  case 12:
    return integer(32, IntegerType::Unsigned);
  case 13:
    return integer(64, IntegerType::Unsigned);
  case 14:
    return ComplexType::get(Float32Type::get(context));
  case 15:
    return ComplexType::get(Float64Type::get(context));
  case 16:
    return BFloat16Type::get(context);
  case 17:
    return Float8E4M3FNType::get(context);
  case 18:
    return Float8E4M3FNUZType::get(context);
  case 19:
    return Float8E5M2Type::get(context);
  case 20:
    return Float8E5M2FNUZType::get(context);
  case 21:
    return integer(4, IntegerType::Unsigned);
  case 22:
    return integer(4, IntegerType::Signless);
  case 23:
    return Float4E2M1FNType::get(context);
  case 24:
    return Float8E8M0FNUType::get(context);
  case 25:
    return integer(2, IntegerType::Unsigned);
  case 26:
    return integer(2, IntegerType::Signless);
  case 27:
    return Float6E2M3FNType::get(context);
  case 28:
    return Float6E3M2FNType::get(context);
  }
  return {};
}

int64_t dataType(Type type) {
  constexpr int64_t last = 28;
  for (int64_t number = 1; number <= last; ++number)
    if (elementType(type.getContext(), number) == type)
      return number;
  return 0;
}

} // namespace fourmix::onnx
