// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CommitFilter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

/// Replaces the value and erases what is dead then.
static void replace(Value value, Value by) {
  onnx::passNameOn(value, by);
  Operation *producer = value.getDefiningOp();
  value.replaceAllUsesWith(by);
  eraseDead(producer);
}

void onnx_to_mix::commitFilter(Value value, Value source, const Filter &filter, StringRef remarkName) {
  auto node = value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  auto type = cast<RankedTensorType>(source.getType());
  auto constant = [&](ArrayRef<int64_t> shape, ArrayRef<double> values, StringRef hint) {
    return nodes.constant(makeConstant(type.clone(shape), values, hint));
  };
  std::string axes = llvm::join(llvm::map_range(filter.axes, [](int64_t axis) { return std::to_string(axis); }), ", ");
  Value result;
  std::string what;
  if (filter.kind == Filter::Toeplitz) {
    Value kernel = constant(filter.kernel.shape, filter.kernel.values, "toeplitz");
    result = mix::ToeplitzOp::create(builder, node.getLoc(), source, kernel, filter.axes[0]);
    what = "mix.toeplitz over axis " + axes;
  } else if (filter.kind == Filter::Circulant) {
    Value kernel = constant(filter.kernel.shape, filter.kernel.values, "circulant");
    result =
        mix::CirculantOp::create(builder, node.getLoc(), source, kernel, filter.axes, mix::Orientation::Correlation,
                                 filter.origins.empty() ? nullptr : builder.getDenseI64ArrayAttr(filter.origins));
    what = "mix.circulant over axes " + axes;
  } else {
    ArrayRef<int64_t> shape(filter.spectrum.shape);
    auto largestOf = [](ArrayRef<double> values) { return largest({{}, std::vector<double>(values)}); };
    constexpr double rounding = 1e-13; // of sums in double
    bool isReal = largestOf(filter.spectrum.im) <= rounding * largestOf(filter.spectrum.re);
    Value re = constant(shape, filter.spectrum.re, "filter_re");
    Value im = isReal ? Value() : constant(shape, filter.spectrum.im, "filter_im");
    auto channel = filter.channel < 0 ? IntegerAttr() : builder.getI64IntegerAttr(filter.channel);
    auto sizes = filter.sizes ? builder.getDenseI64ArrayAttr(*filter.sizes) : DenseI64ArrayAttr();
    result = mix::GlobalFilterOp::create(builder, node.getLoc(), source, re, im, filter.axes, filter.lengths,
                                         /*resampled=*/nullptr, sizes, channel);
    what = "mix.global_filter over axes " + axes;
    if (filter.channel >= 0)
      what += llvm::formatv(", mixing channels along axis {0}", filter.channel);
    if (filter.lengths[0] != type.getDimSize(filter.axes[0]))
      what += llvm::formatv(", linear by transforms of {0} points", filter.lengths[0]);
  }
  remark::passed(node.getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
      << (describe(node) + " and what feeds it raised to " + what);
  replace(value, result);
}

void onnx_to_mix::commitBilinear(Value value, const Bilinear &found, StringRef remarkName) {
  auto node = value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  std::string what = "mix.toeplitz over axis ";
  Value result;
  if (found.isToeplitz) {
    result = mix::ToeplitzOp::create(builder, node.getLoc(), found.x, found.kernel, found.axes[0]);
  } else {
    what = found.axes.size() == 1 ? "mix.circulant over axis " : "mix.circulant over axes ";
    bool isPlain = llvm::all_of(found.origins, [](int64_t origin) { return origin == 0; });
    auto origin = isPlain ? nullptr : builder.getDenseI64ArrayAttr(found.origins);
    result =
        mix::CirculantOp::create(builder, node.getLoc(), found.x, found.kernel, found.axes, found.orientation, origin);
  }
  what += llvm::join(llvm::map_range(found.axes, [](int64_t axis) { return std::to_string(axis); }), ", ");
  if (!found.isToeplitz)
    what += ", a " + stringifyOrientation(found.orientation).str();
  remark::passed(node.getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
      << llvm::formatv("{0} and what feeds it, {1} nodes, raised to {2} with a kernel that is computed", describe(node),
                       found.nodes, what)
             .str();
  replace(value, result);
}
