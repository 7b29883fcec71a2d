// What random graphs are made of: nodes of any opset, axes counted from either end, and now and then something that
// changes nothing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMGRAPH_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMGRAPH_H

#include "Interpreter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numeric>
#include <random>

namespace fourmix::test {

using namespace mlir;
using Shape = std::vector<int64_t>;

class RandomGraph {
public:
  RandomGraph(MLIRContext &context, unsigned seed) : random(seed), builder(&context), loc(builder.getUnknownLoc()) {
    version = pick({17, 18, 19, 20, 21, 23});
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    module = ModuleOp::create(builder, loc);
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;

protected:
  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  bool chance(int percent) { return uniform(0, 99) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + uniform(0, static_cast<int64_t>(choices.size()) - 1));
  }
  RankedTensorType type(const Shape &extents) { return RankedTensorType::get(extents, builder.getF32Type()); }
  static Shape shapeOf(Value value) { return Shape(cast<RankedTensorType>(value.getType()).getShape()); }
  static int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }
  int64_t anySign(int64_t axis, int64_t rank) { return chance(50) ? axis : axis - rank; }

  Value none() { return onnx::NoneOp::create(builder, loc, onnx::AbsentType::get(builder.getContext())); }
  Value ints(ArrayRef<int64_t> values) {
    return onnx::ConstantOp::create(builder, loc, makeInts(builder.getContext(), values), StringAttr());
  }
  Value scalar(int64_t value) {
    auto scalarType = RankedTensorType::get({}, builder.getI64Type());
    return onnx::ConstantOp::create(builder, loc, cast<ElementsAttr>(DenseElementsAttr::get(scalarType, value)),
                                    StringAttr());
  }
  Value floats(const Shape &extents, ArrayRef<double> values) {
    return onnx::ConstantOp::create(builder, loc, makeConstant(type(extents), values, "c"), StringAttr());
  }
  SmallVector<Value> nodes(StringRef op, ValueRange inputs, ArrayRef<Shape> results,
                           ArrayRef<std::pair<StringRef, Attribute>> attributes = {}) {
    OperationState state(loc, onnx::NodeOp::getOperationName());
    auto &properties = state.getOrAddProperties<onnx::NodeOp::Properties>();
    properties.op_type = builder.getStringAttr(op);
    properties.domain = builder.getStringAttr("");
    properties.version = builder.getI64IntegerAttr(version);
    SmallVector<NamedAttribute> named;
    for (auto [name, value] : attributes)
      named.push_back(builder.getNamedAttr(name, value));
    properties.node_attrs = builder.getDictionaryAttr(named);
    state.addOperands(inputs);
    for (const Shape &result : results)
      state.addTypes(type(result));
    return SmallVector<Value>(builder.create(state)->getResults());
  }
  Value node(StringRef op, ValueRange inputs, const Shape &result,
             ArrayRef<std::pair<StringRef, Attribute>> attributes = {}) {
    return disturb(nodes(op, inputs, result, attributes)[0]);
  }
  std::pair<StringRef, Attribute> integer(StringRef name, int64_t value) {
    return {name, builder.getI64IntegerAttr(value)};
  }

  /// Now and then something that changes nothing.
  Value disturb(Value value) {
    if (!chance(25))
      return value;
    Shape extents = shapeOf(value);
    switch (uniform(0, 5)) {
    case 0:
      return nodes("Identity", value, extents)[0];
    case 1: { // An axis of one element comes and goes.
      Shape wide = extents;
      int64_t axis = uniform(0, static_cast<int64_t>(extents.size()));
      wide.insert(wide.begin() + axis, 1);
      Value there = nodes("Unsqueeze", {value, ints(axis)}, wide)[0];
      return nodes("Squeeze", {there, ints(axis)}, extents)[0];
    }
    case 2: { // Flat and back.
      Shape flat = {std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>())};
      Value there = nodes("Reshape", {value, ints(flat)}, flat)[0];
      return nodes("Reshape", {there, ints(extents)}, extents)[0];
    }
    case 3: { // A permutation and its inverse.
      std::vector<int64_t> there(extents.size()), back(extents.size());
      std::iota(there.begin(), there.end(), 0);
      std::shuffle(there.begin(), there.end(), random);
      Shape permuted;
      for (size_t i = 0; i < there.size(); ++i) {
        permuted.push_back(extents[there[i]]);
        back[there[i]] = i;
      }
      auto perm = [&](ArrayRef<int64_t> p) {
        return std::pair<StringRef, Attribute>("perm", builder.getI64ArrayAttr(p));
      };
      Value turned = nodes("Transpose", value, permuted, perm(there))[0];
      return nodes("Transpose", turned, extents, perm(back))[0];
    }
    case 4:
      return nodes("Add", {value, floats({1}, {0.0})}, extents)[0];
    default:
      return nodes("Mul", {value, floats({}, {1.0})}, extents)[0];
    }
  }

  Value scaled(Value value) {
    if (!chance(30))
      return value;
    double factor = pick({0.5, -1.0, 3.0, 0.125});
    if (chance(20))
      return node("Neg", value, shapeOf(value));
    return node(pick({"Mul", "Div"}), {value, chance(50) ? floats({}, factor) : floats({1}, factor)}, shapeOf(value));
  }

  Value unsqueezeLast(Value x) {
    Shape extents = shapeOf(x);
    extents.push_back(1);
    if (chance(50))
      return node("Unsqueeze", {x, ints(chance(50) ? -1 : rankOf(x))}, extents);
    return node("Reshape", {x, ints(extents)}, extents);
  }

  Value zeros(const Shape &extents) {
    int64_t size = std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
    if (chance(50))
      return floats(extents, std::vector<double>(size, 0.0));
    return nodes("Expand", {floats({}, {0.0}), ints(extents)}, extents)[0];
  }

  Value dft(Value x, int64_t axis, bool inverse = false, bool onesided = false, int64_t longer = 0) {
    Shape extents = shapeOf(x);
    int64_t length = extents[axis] + longer;
    extents[axis] = onesided ? length / 2 + 1 : length;
    extents.back() = 2;
    Value given = longer != 0 || chance(40) ? scalar(length) : none();
    SmallVector<std::pair<StringRef, Attribute>> attributes;
    if (inverse || chance(50))
      attributes.push_back(integer("inverse", inverse));
    if (onesided || chance(50))
      attributes.push_back(integer("onesided", onesided));
    SmallVector<Value> inputs = {x, given};
    int64_t spelled = anySign(axis, rankOf(x));
    if (version >= 20)
      inputs.push_back(scalar(spelled));
    else
      attributes.push_back(integer("axis", spelled));
    return node("DFT", inputs, extents, attributes);
  }

  Value part(Value z, int64_t index) {
    Shape extents = shapeOf(z), single = extents;
    int64_t last = rankOf(z) - 1;
    extents.pop_back();
    single.back() = 1;
    auto squeeze = [&](Value value) {
      if (chance(50))
        return node("Squeeze", {value, ints(anySign(last, rankOf(z)))}, extents);
      return node("Reshape", {value, ints(extents)}, extents);
    };
    switch (uniform(0, 3)) {
    case 0:
      return node("Gather", {z, scalar(chance(50) ? index : index - 2)}, extents,
                  integer("axis", anySign(last, rankOf(z))));
    case 1:
      return squeeze(node("Gather", {z, ints(index)}, single, integer("axis", last)));
    case 2:
      return squeeze(node("Slice", {z, ints(index), ints(index + 1), ints(anySign(last, rankOf(z)))}, single));
    default:
      return squeeze(nodes("Split", z, {single, single}, integer("axis", last))[index]);
    }
  }

  Shape withLast(Value z, int64_t extent) {
    Shape extents = shapeOf(z);
    extents.back() = extent;
    return extents;
  }

  std::mt19937 random;
  OpBuilder builder;
  Location loc;
  int64_t version;
};

inline std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

/// The largest difference, relative to the largest element; NaN is equal to NaN.
inline double distance(const RealTensor &a, const RealTensor &b) {
  EXPECT_EQ(a.shape, b.shape);
  double largest = 1e-30, error = 0;
  for (auto [x, y] : llvm::zip(a.values, b.values)) {
    largest = std::max(largest, std::isnan(y) ? 0 : std::abs(y));
    error = std::max(error, std::isnan(x) != std::isnan(y) ? HUGE_VAL : std::isnan(x) ? 0 : std::abs(x - y));
  }
  return error / largest;
}

/// What the recognisers made of a graph.
struct Raised {
  std::string before, after;
  RealTensor value; // of the graph before
  double moved = 0; // how far the graph after is from it
};

/// Runs the recognisers on a module and evaluates its function on both sides of them.
inline Raised raiseAndCompare(ModuleOp module, func::FuncOp function, const RealTensor &input) {
  EXPECT_TRUE(succeeded(verify(module)));
  Raised raised;
  raised.before = print(module);
  raised.value = evaluate(function, input);
  PassManager passes(module->getContext());
  passes.addPass(createConvertONNXToMix());
  EXPECT_TRUE(succeeded(passes.run(module)));
  raised.after = print(module);
  raised.moved = distance(evaluate(function, input), raised.value);
  return raised;
}

/// Normally distributed numbers.
inline RealTensor randomTensor(const Shape &shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  RealTensor x = makeTensor(shape);
  for (double &value : x.values)
    value = normal(random);
  return x;
}

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMGRAPH_H
