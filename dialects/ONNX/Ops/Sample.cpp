// Operators that read between or around elements: Resize, GridSample, RoiAlign, MaxUnpool.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include <cmath>
#include <numeric>

using namespace mlir;

namespace fourmix::onnx {
namespace {

//===-- Resize, Upsample --------------------------------------------------===//

/// The numbers of attribute `name` or constant input `i`; none where it is absent or empty.
FailureOr<std::vector<double>> numbersOf(Inference &op, StringRef name, unsigned i) {
  std::vector<double> numbers;
  if (auto given = dyn_cast_or_null<ArrayAttr>(op.node.getNodeAttr(name))) {
    for (Attribute each : given)
      if (auto number = dyn_cast<FloatAttr>(each))
        numbers.push_back(number.getValueAsDouble());
    return numbers;
  }
  if (!op.has(i) || op.type(i).getNumElements() == 0)
    return numbers;
  return op.numbers(i, name);
}

/// Input `scalesInput` or, where there is none, the next one, `sizes`.
FailureOr<Shape> resizedShape(Inference &op, unsigned scalesInput) {
  Shape shape(op.shape(0)), axes(op.rank(0));
  std::iota(axes.begin(), axes.end(), 0);
  if (std::optional<SmallVector<int64_t>> given = op.node.getInts("axes")) {
    FailureOr<Shape> normal = op.axes(*given, op.rank(0));
    if (failed(normal))
      return failure();
    axes = *normal;
  }
  FailureOr<std::vector<double>> scales = numbersOf(op, "scales", scalesInput);
  if (failed(scales))
    return failure();
  Shape sizes;
  if (scales->empty() && op.has(scalesInput + 1)) {
    FailureOr<Shape> given = op.ints(scalesInput + 1, "sizes");
    if (failed(given))
      return failure();
    sizes = *given;
  }
  if (std::max(scales->size(), sizes.size()) != axes.size()) {
    op.error() << "expected " << axes.size() << " scales or sizes, found " << std::max(scales->size(), sizes.size());
    return failure();
  }
  StringRef policy = op.node.getString("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch" && !sizes.empty()) { // one scale for all axes
    double scale = 0;
    for (size_t i = 0; i < axes.size(); ++i) {
      double own = static_cast<double>(sizes[i]) / static_cast<double>(std::max<int64_t>(shape[axes[i]], 1));
      scale = i == 0 ? own : policy == "not_larger" ? std::min(scale, own) : std::max(scale, own);
    }
    for (size_t i = 0; i < axes.size(); ++i)
      sizes[i] = std::llround(scale * static_cast<double>(shape[axes[i]]));
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    double size =
        sizes.empty() ? std::floor(static_cast<double>(shape[axes[i]]) * (*scales)[i]) : static_cast<double>(sizes[i]);
    if (!(size >= 0 && size < 1e12) || (shape[axes[i]] == 0 && size > 0)) {
      op.error() << "cannot resize dim " << axes[i] << " of " << op.type(0) << " to " << size;
      return failure();
    }
    shape[axes[i]] = static_cast<int64_t>(size);
  }
  return shape;
}

template <unsigned scalesInput>
LogicalResult inferResize(Inference &op) {
  FailureOr<Shape> shape = resizedShape(op, scalesInput);
  // No shape depends on the region of interest, but what is read where does.
  if (op.node.getString("coordinate_transformation_mode", "") == "tf_crop_and_resize" && op.has(1) &&
      failed(op.numbers(1, "roi")))
    return failure();
  return failed(shape) ? failure() : op.result(*shape, op.element(0));
}

//===-- GridSample, RoiAlign ----------------------------------------------===//

/// x [N, C, in...], grid [N, out..., rank of in].
LogicalResult inferGridSample(Inference &op) {
  if (failed(op.expectMinRank(0, 3)) || failed(op.expectRank(1, op.rank(0))))
    return failure();
  ArrayRef<int64_t> x = op.shape(0), grid = op.shape(1);
  if (grid[0] != x[0] || grid.back() != op.rank(0) - 2)
    return op.error() << "expected a grid of shape " << x[0] << "x..x" << op.rank(0) - 2 << ", found " << op.type(1);
  Shape shape{x[0], x[1]};
  shape.append(grid.begin() + 1, grid.end() - 1);
  return op.result(shape, op.element(0));
}

LogicalResult inferRoiAlign(Inference &op) {
  if (failed(op.expectRank(0, 4)) || failed(op.expectRank(1, 2)) || failed(op.expectRank(2, 1)))
    return failure();
  int64_t height = op.node.getInt("output_height", 1), width = op.node.getInt("output_width", 1);
  if (op.shape(1)[1] != 4 || op.shape(2)[0] != op.shape(1)[0] || height < 1 || width < 1)
    return op.error() << "expected regions of shape Nx4, N batch indices and an output of 1x1 or more, found "
                      << op.type(1) << ", " << op.type(2) << " and " << height << "x" << width;
  return op.result({op.shape(1)[0], op.shape(0)[1], height, width}, op.element(0));
}

//===-- MaxUnpool ---------------------------------------------------------===//

LogicalResult inferMaxUnpool(Inference &op) {
  if (failed(op.expectMinRank(0, 3)))
    return failure();
  if (op.shape(1) != op.shape(0))
    return op.error() << "expected indices of shape " << formatShape(op.shape(0)) << ", found " << op.type(1);
  Shape shape(op.shape(0));
  size_t n = shape.size() - 2;
  Shape kernel = op.node.getInts("kernel_shape").value_or(Shape()),
        strides = op.node.getInts("strides").value_or(Shape(n, 1)),
        pads = op.node.getInts("pads").value_or(Shape(2 * n, 0));
  if (kernel.size() != n || strides.size() != n || pads.size() != 2 * n)
    return op.error() << "expected kernel_shape, strides and pads for " << n << " spatial dims";
  for (size_t i = 0; i < n; ++i) {
    shape[2 + i] = (shape[2 + i] - 1) * strides[i] + kernel[i] - pads[i] - pads[i + n];
    if (shape[2 + i] < 1)
      return op.error() << "kernel_shape, strides and pads leave nothing of dim " << 2 + i << " of " << op.type(0);
  }
  FailureOr<std::optional<Shape>> given = op.intsOf("output_shape", 2);
  if (failed(given))
    return failure();
  if (*given && (*given)->size() != shape.size())
    return op.error() << "expected " << shape.size() << " dims in output_shape, found " << formatShape(**given);
  return op.result(*given ? **given : shape, op.element(0));
}

} // namespace

void addSampleRows(OpTable &table) {
  table.add({"Upsample", 7, 1, inferResize<1>});
  table.add({"Resize", 10, 2, inferResize<1>});
  table.add({"Resize", 11, 1, inferResize<2>});
  table.add({"GridSample", 16, 2, inferGridSample});
  table.add({"RoiAlign", 10, 3, inferRoiAlign});
  table.add({"MaxUnpool", 9, 2, inferMaxUnpool});
}

} // namespace fourmix::onnx
