// What random graphs are made with whose nodes infer their own types: a function that grows, numbers, chance; and how
// such tests run the recognisers, with seeds of their own or fresh ones.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMNODES_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMNODES_H

#include "RandomGraph.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cmath>
#include <cstdlib>

namespace fourmix::test {

using Extents = SmallVector<int64_t>;

class RandomNodes {
public:
  RandomNodes(MLIRContext &context, unsigned seed, std::initializer_list<int64_t> opsets)
      : random(seed), builder(&context), nodes(builder, builder.getUnknownLoc(), pick(opsets)) {
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    module = ModuleOp::create(builder, builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;

protected:
  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  bool chance(int percent) { return uniform(0, 99) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + uniform(0, static_cast<int64_t>(choices.size()) - 1));
  }
  /// A number of 32 bits.
  double between(double low, double high) {
    return static_cast<float>(std::uniform_real_distribution<double>(low, high)(random));
  }

  /// Opens the function; what is made next stands in it.
  void begin() {
    function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main", builder.getFunctionType({}, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
  }
  Value argument(ArrayRef<int64_t> shape, Type element) {
    return function.front().addArgument(RankedTensorType::get(shape, element), builder.getUnknownLoc());
  }
  void finish(Value result) {
    func::ReturnOp::create(builder, builder.getUnknownLoc(), result);
    function.setType(builder.getFunctionType(function.front().getArgumentTypes(), result.getType()));
  }

  static Extents shapeOf(Value value) { return Extents(cast<RankedTensorType>(value.getType()).getShape()); }
  Type f32() { return builder.getF32Type(); }
  Value constant(const Extents &shape, ArrayRef<double> numbers) {
    return nodes.constant(makeConstant(RankedTensorType::get(shape, f32()), numbers, "c"));
  }
  Value booleans(const Extents &shape, ArrayRef<char> bytes) {
    return nodes.constant(makeConstant(RankedTensorType::get(shape, builder.getI1Type()), bytes, "m"));
  }

  std::mt19937 random;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
};

inline void raise(ModuleOp module) {
  PassManager passes(module->getContext());
  passes.addPass(createConvertONNXToMix());
  EXPECT_TRUE(succeeded(passes.run(module)));
}

/// The seeds of a test: a fixed few, or as many fresh ones as the environment's FOURMIX_SEEDS asks for.
inline std::vector<unsigned> seeds(unsigned few) {
  const char *asked = std::getenv("FOURMIX_SEEDS");
  std::vector<unsigned> list(asked ? std::strtoul(asked, nullptr, 10) : few);
  unsigned first = asked ? std::random_device()() : 1;
  if (asked)
    std::printf("seeds %u .. %u\n", first, first + static_cast<unsigned>(list.size()) - 1);
  std::iota(list.begin(), list.end(), first);
  return list;
}

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMNODES_H
