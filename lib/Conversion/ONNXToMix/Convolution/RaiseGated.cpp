// A quotient of two mixings by one kernel, of gated values and of their gates, becomes mix.gated.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearMap.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// A mixing along one axis whose weights stand as mix.gated wants them.
struct KernelProduct {
  Value input, kernel;
  int64_t axis = -1;
  bool isCircular = false;
};

std::optional<KernelProduct> readProduct(Value value) {
  if (auto toeplitz = value.getDefiningOp<mix::ToeplitzOp>())
    return KernelProduct{toeplitz.getInput(), toeplitz.getKernel(), static_cast<int64_t>(toeplitz.getAxis()), false};
  auto circulant = value.getDefiningOp<mix::CirculantOp>();
  if (!circulant || circulant.getAxes().size() != 1 || circulant.getOrientation() != mix::Orientation::Correlation ||
      circulant.getOrigins()[0] != 0)
    return std::nullopt;
  int64_t axis = circulant.getAxes()[0];
  if (circulant.getKernel().getType().getDimSize(axis) != circulant.getInput().getType().getDimSize(axis))
    return std::nullopt;
  return KernelProduct{circulant.getInput(), circulant.getKernel(), axis, true};
}

/// True for one value, and for constants that are equal but for rounding.
bool areSameKernels(Value a, Value b) {
  if (a == b)
    return true;
  ElementsAttr first = matchConstant(a), second = matchConstant(b);
  std::optional<std::vector<double>> x = first ? readDoubles(first) : std::nullopt,
                                     y = second ? readDoubles(second) : std::nullopt;
  return x && y && areEqual({SmallVector<int64_t>(*staticShape(a)), *x}, {SmallVector<int64_t>(*staticShape(b)), *y});
}

/// What `value` repeats along axes of extent 1.
Value withoutExpand(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  bool isRepeated = node && node.is("Expand") && staticShape(node.getInput(0)) &&
                    staticShape(node.getInput(0))->size() == staticShape(value)->size();
  return isRepeated ? node.getInput(0) : value;
}

/// What is multiplied by `gates`, or nothing.
Value otherFactor(Value product, Value gates) {
  auto node = product.getDefiningOp<NodeOp>();
  if (!node || !node.is("Mul"))
    return {};
  Value a = node.getInput(0), b = node.getInput(1);
  return b == gates ? a : a == gates ? b : Value();
}

void raise(NodeOp division) {
  std::optional<KernelProduct> above = readProduct(division.getInput(0)),
                               below = above ? readProduct(division.getInput(1)) : std::nullopt;
  if (!below)
    return;
  auto options = remark::RemarkOpts::name("gated-mixing").category("onnx-to-mix");
  Value gates = below->input, values = otherFactor(above->input, gates);
  if (!values)
    values = otherFactor(above->input, gates = withoutExpand(gates));
  std::string reason;
  if (above->axis != below->axis || above->isCircular != below->isCircular)
    reason = "its two mixings go along different axes, or around a circle and not";
  else if (!areSameKernels(above->kernel, below->kernel))
    reason = "its two mixings have different kernels";
  else if (!values)
    reason = "what is mixed below is no factor of what is mixed above";
  else if (staticShape(values) != staticShape(division.getResult(0)))
    reason = "its values are repeated";
  if (!reason.empty()) {
    remark::missed(division.getLoc(), options) << (describe(division) + " is no gated mixing: " + reason);
    return;
  }
  OpBuilder builder(division);
  Value result = mix::GatedOp::create(builder, division.getLoc(), values, gates, above->kernel, above->axis);
  remark::passed(division.getLoc(), options)
      << (describe(division) + " and the two mixings that it divides raised to mix.gated over axis " +
          std::to_string(above->axis));
  onnx::passNameOn(division.getResult(0), result);
  division.getResult(0).replaceAllUsesWith(result);
  fourmix::eraseDead(division, [](Operation *op) {
    return isa<NodeOp, onnx::ConstantOp, onnx::NoneOp, mix::CirculantOp, mix::ToeplitzOp>(op);
  });
}

} // namespace

void onnx_to_mix::raiseGated(Operation *root) {
  SmallVector<NodeOp> divisions;
  root->walk([&](NodeOp node) {
    if (node.is("Div") && staticShape(node.getResult(0)))
      divisions.push_back(node);
  });
  for (NodeOp division : divisions)
    raise(division);
}
