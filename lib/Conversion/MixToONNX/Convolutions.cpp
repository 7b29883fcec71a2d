// mix.circulant, mix.toeplitz and mix.gated: mixings by a kernel over the sequence.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KernelMixing.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/KernelRange.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

static Results convertCirculant(mix::CirculantOp op, Emitter &nodes) {
  SmallVector<int64_t> extents;
  for (int64_t axis : op.getAxes())
    extents.push_back(shapeOf(op.getInput())[axis]);
  Kernel kernel{op.getKernel(),     SmallVector<int64_t>(op.getAxes()), extents, op.getOrigins(), extents,
                op.getOrientation()};
  return {KernelMixing(nodes, kernel).apply(op.getInput())};
}

/// Weight n - 1 is that of an element for itself.
static Kernel toeplitz(Value weights, int64_t axis, int64_t n) {
  return {weights, {axis}, {2 * n - 1}, {n - 1}, {n}, mix::Orientation::Correlation, /*isToeplitz=*/true};
}

static Results convertToeplitz(mix::ToeplitzOp op, Emitter &nodes) {
  auto axis = static_cast<int64_t>(op.getAxis());
  Kernel kernel = toeplitz(op.getKernel(), axis, shapeOf(op.getInput())[axis]);
  return {KernelMixing(nodes, kernel).apply(op.getInput())};
}

/// The mean of g x under the kernel: both sums, and their quotient. By matrices where the noise of transforms may be
/// more than a sum.
static Results convertGated(mix::GatedOp op, Emitter &nodes) {
  int64_t axis = op.getAxis(), n = shapeOf(op.getInput())[axis];
  KernelMixing mixing(nodes, op.isCircular() ? Kernel{op.getKernel(), {axis}, {n}, {0}, {n}}
                                             : toeplitz(op.getKernel(), axis, n));
  // Along an axis where the gates do not vary, their sum has to vary with the kernel.
  SmallVector<int64_t> shape(shapeOf(op.getGates()));
  for (auto [size, kernel] : llvm::zip(shape, shapeOf(op.getKernel())))
    size = size == 1 ? kernel : size;
  shape[axis] = n;
  Value gates = op.getGates();
  if (ArrayRef(shape) != shapeOf(gates))
    gates = nodes.create("Expand", {gates, nodes.ints(shape)});
  ElementsAttr constant = matchConstant(op.getKernel());
  std::optional<std::vector<double>> numbers = constant ? readDoubles(constant) : std::nullopt;
  ArrayRef<int64_t> kernel = shapeOf(op.getKernel());
  int64_t inner = ShapedType::getNumElements(kernel.drop_front(axis + 1));
  bool isRough = numbers && kernels::hasWideRange(*numbers, kernel[axis], inner);
  auto mix = [&](Value x) { return isRough ? mixing.applyDense(x) : mixing.apply(x); };
  Value above = mix(nodes.create("Mul", {op.getInput(), op.getGates()}));
  return {nodes.create("Div", {above, mix(gates)})};
}

void fourmix::mix_to_onnx::addConvolutionConversions(ConversionTable &table) {
  table.add<mix::CirculantOp>(convertCirculant);
  table.add<mix::ToeplitzOp>(convertToeplitz);
  table.add<mix::GatedOp>(convertGated);
}
