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
#include "lib/Kernels/Grid.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// A mixing along one axis whose weights stand as mix.gated wants them.
struct KernelProduct {
  Value input, kernel; // the kernel is null where a spectrum is given instead
  int64_t axis = -1;
  bool isCircular = false;
  std::optional<Numbers> numbers = std::nullopt; // of the kernel, where they are known
};

std::optional<Numbers> readNumbers(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
  return values ? std::optional(Numbers{SmallVector<int64_t>(constant.getShapedType().getShape()), *values})
                : std::nullopt;
}

std::optional<KernelProduct> readCirculant(mix::CirculantOp op) {
  if (op.getAxes().size() != 1 || op.getOrientation() != mix::Orientation::Correlation || op.getOrigins()[0] != 0)
    return std::nullopt;
  int64_t axis = op.getAxes()[0];
  if (op.getKernel().getType().getDimSize(axis) != op.getInput().getType().getDimSize(axis))
    return std::nullopt;
  return KernelProduct{op.getInput(), op.getKernel(), axis, true, readNumbers(op.getKernel())};
}

/// A known spectrum of as many points as the axis has, or of so many that nothing wraps.
std::optional<KernelProduct> readFilter(mix::GlobalFilterOp op) {
  std::optional<Numbers> re = readNumbers(op.getRe()), im = readNumbers(op.getIm());
  if (!re || (op.getIm() && !im) || op.getAxes().size() != 1 || op.getChannel() || op.getResampled() ||
      op.getType() != op.getInput().getType() || !op.getInput().getType().hasStaticShape())
    return std::nullopt;
  int64_t axis = op.getAxes()[0], n = op.getInput().getType().getDimSize(axis), length = op.getLengths()[0];
  bool isCircular = length == n;
  if (!isCircular && length < 2 * n - 1)
    return std::nullopt;
  kernels::ComplexGrid modes{kernels::Extents(re->shape.begin(), re->shape.end()), re->values, {}};
  if (im)
    modes.im = im->values;
  Numbers response = *re;
  response.shape[axis] = length;
  response.values = kernels::fromHalfSpectrum(kernels::spreadModes(modes, {axis}, {length}), {axis}, {length}).re;
  // Element t of the response is the weight of what lies t before; a kernel has at t that of what lies t behind, and
  // without a wrap begins with what lies farthest before.
  Numbers kernel = reflect(response, axis);
  if (!isCircular)
    kernel = firstElements(place(kernel, axis, length, 1 - n), axis, 2 * n - 1);
  return KernelProduct{op.getInput(), Value(), axis, isCircular, std::move(kernel)};
}

std::optional<KernelProduct> readProduct(Value value) {
  if (auto op = value.getDefiningOp<mix::ToeplitzOp>())
    return KernelProduct{op.getInput(), op.getKernel(), static_cast<int64_t>(op.getAxis()), false,
                         readNumbers(op.getKernel())};
  if (auto op = value.getDefiningOp<mix::CirculantOp>())
    return readCirculant(op);
  auto filter = value.getDefiningOp<mix::GlobalFilterOp>();
  return filter ? readFilter(filter) : std::nullopt;
}

/// True for one value, and for numbers that are equal but for rounding.
bool haveSameKernel(const KernelProduct &a, const KernelProduct &b) {
  return (a.kernel && a.kernel == b.kernel) || (a.numbers && b.numbers && areEqual(*a.numbers, *b.numbers));
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

/// The mixing among the factors of `value`; the others go to `factors`.
std::optional<KernelProduct> readFactor(Value value, SmallVectorImpl<Value> &factors, int depth = 4) {
  if (std::optional<KernelProduct> product = readProduct(value))
    return product;
  auto node = value.getDefiningOp<NodeOp>();
  if (!node || !node.is("Mul") || !value.hasOneUse() || depth == 0 || !staticShape(value))
    return std::nullopt;
  for (unsigned i : {0, 1})
    if (std::optional<KernelProduct> product = readFactor(node.getInput(i), factors, depth - 1)) {
      factors.push_back(node.getInput(1 - i));
      return product;
    }
  return std::nullopt;
}

void raise(NodeOp division) {
  SmallVector<Value> factors;
  std::optional<KernelProduct> below = readProduct(division.getInput(1)),
                               above = below ? readFactor(division.getInput(0), factors) : std::nullopt;
  if (!above)
    return;
  auto options = remark::RemarkOpts::name("gated-mixing").category("onnx-to-mix");
  Value gates = below->input, values = otherFactor(above->input, gates);
  if (!values)
    values = otherFactor(above->input, gates = withoutExpand(gates));
  std::string reason;
  if (above->axis != below->axis || above->isCircular != below->isCircular)
    reason = "its two mixings go along different axes, or around a circle and not";
  else if (!haveSameKernel(*above, *below))
    reason = "its two mixings have different kernels";
  else if (!values)
    reason = "what is mixed below is no factor of what is mixed above";
  else if (staticShape(values) != staticShape(above->input))
    reason = "its values are repeated";
  if (!reason.empty()) {
    remark::missed(division.getLoc(), options) << (describe(division) + " is no gated mixing: " + reason);
    return;
  }
  OpBuilder builder(division);
  onnx::NodeBuilder nodes(builder, division.getLoc(), division.getVersion());
  Value kernel = above->kernel;
  if (!kernel) {
    auto type = cast<RankedTensorType>(values.getType()).clone(above->numbers->shape);
    kernel = nodes.constant(makeConstant(type, above->numbers->values, "gated_kernel"));
  }
  Value result = mix::GatedOp::create(builder, division.getLoc(), values, gates, kernel, above->axis);
  for (Value factor : factors)
    result = nodes.create("Mul", {result, factor});
  remark::passed(division.getLoc(), options)
      << (describe(division) + " and the two mixings that it divides raised to mix.gated over axis " +
          std::to_string(above->axis));
  onnx::passNameOn(division.getResult(0), result);
  division.getResult(0).replaceAllUsesWith(result);
  fourmix::eraseDead(division, [](Operation *op) {
    return isa<NodeOp, onnx::ConstantOp, onnx::NoneOp, mix::CirculantOp, mix::ToeplitzOp, mix::GlobalFilterOp>(op);
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
