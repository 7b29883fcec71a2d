// mix.global_filter: transforms around a product with the modes that are kept. Where transforms are to be products with
// matrices, the matrix of the whole filter may be less to compute: it is a convolution, too.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KernelMixing.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/Grid.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

namespace {

/// The filter as a convolution around circles of `lengths` elements; nullopt unless its spectrum is known.
std::optional<Kernel> asKernel(mix::GlobalFilterOp op, const Modes &modes, ArrayRef<int64_t> sizes, Emitter &nodes) {
  auto read = [](Value part) {
    ElementsAttr constant = part ? matchConstant(part) : ElementsAttr();
    return constant ? readDoubles(constant) : std::nullopt;
  };
  std::optional<std::vector<double>> re = read(op.getRe()), im = read(op.getIm());
  if (!re || (op.getIm() && !im) || op.getChannel() || op.getInverseLengths() != op.getLengths())
    return std::nullopt;
  kernels::ComplexGrid spectrum{kernels::Extents(shapeOf(op.getRe())), *re, im.value_or(std::vector<double>())};
  kernels::Extents axes(op.getAxes()), lengths(op.getLengths());
  kernels::ComplexGrid kernel = kernels::fromHalfSpectrum(kernels::spreadModes(spectrum, axes, lengths), axes, lengths);
  Type element = op.getInput().getType().getElementType();
  Value weights = nodes.constant(makeConstant(RankedTensorType::get(kernel.shape, element), kernel.re, "kernel"));
  return Kernel{weights,
                modes.axes,
                SmallVector<int64_t>(op.getLengths()),
                SmallVector<int64_t>(sizes.size(), 0),
                SmallVector<int64_t>(sizes),
                mix::Orientation::Convolution};
}

} // namespace

static Results convertGlobalFilter(mix::GlobalFilterOp op, Emitter &nodes) {
  Modes modes{SmallVector<int64_t>(op.getAxes()), {}};
  SmallVector<int64_t> sizes;
  for (int64_t axis : modes.axes) {
    modes.counts.push_back(shapeOf(op.getRe())[axis + (op.getChannel() ? 1 : 0)]);
    sizes.push_back(shapeOf(op.getOutput())[axis]);
  }
  Transforms transforms(nodes, shapeOf(op.getInput()).size(), modes);
  if (nodes.fourierAsMatmul()) {
    double cost = transforms.forwardCost(shapeOf(op.getInput()), op.getLengths()) +
                  transforms.backwardCost(shapeOf(op.getOutput()), op.getInverseLengths());
    double dense =
        2.0 * static_cast<double>(op.getInput().getType().getNumElements() * ShapedType::getNumElements(sizes));
    if (std::optional<Kernel> kernel = dense < cost ? asKernel(op, modes, sizes, nodes) : std::nullopt)
      return {KernelMixing(nodes, *kernel).applyDense(op.getInput())};
  }
  Complex spectrum = transforms.forward(op.getInput(), op.getLengths());
  Complex factor = transforms.factor({op.getRe(), op.getIm()}, op.getInverseLengths());
  Complex product = op.getChannel() ? transforms.multiplyMatrices(spectrum, factor, *op.getChannel())
                                    : transforms.multiply(spectrum, factor);
  return {transforms.backward(product, op.getInverseLengths(), sizes)};
}

void fourmix::mix_to_onnx::addGlobalFilterConversions(ConversionTable &table) {
  table.add<mix::GlobalFilterOp>(convertGlobalFilter);
}
