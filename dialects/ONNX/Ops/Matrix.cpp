// Products: MatMul, Gemm, Einsum, convolutions and the windows of pooling.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Equation.h"
#include "dialects/ONNX/Ops/Products.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace mlir;

namespace fourmix::onnx {
namespace {

//===-- MatMul ------------------------------------------------------------===//

LogicalResult inferMatMul(Inference &op) {
  FailureOr<Shape> shape = matmulShape(op, 0, 1);
  if (failed(shape))
    return failure();
  return op.result(*shape, op.element(0));
}

// More multiplications than this are left to the compiled code.
constexpr int64_t maxFoldProducts = int64_t(1) << 26;

bool foldMatMul(Folding &op) {
  const FoldTensor *a = op.input(0), *b = op.input(1);
  if (!a || !b || !a->isReal())
    return false;
  Shape as(a->shape), bs(b->shape), out(op.resultShape());
  if (as.size() == 1) {
    as.insert(as.begin(), 1);
    out.insert(bs.size() == 1 ? out.end() : out.end() - 1, 1);
  }
  if (bs.size() == 1) {
    bs.push_back(1);
    out.push_back(1);
  }
  int64_t m = out[out.size() - 2], n = out.back(), k = as.back(), products;
  if (llvm::MulOverflow(*elementCount(out), k, products) || products > maxFoldProducts)
    return false;
  Shape batch(out.begin(), out.end() - 2);
  std::vector<int64_t> atA = broadcastPositions(ArrayRef(as).drop_back(2), batch),
                       atB = broadcastPositions(ArrayRef(bs).drop_back(2), batch);
  FoldTensor result = op.zeros();
  for (size_t s = 0; s < atA.size(); ++s)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t l = 0; l < k; ++l) {
        double left = a->reals[(atA[s] * m + i) * k + l];
        for (int64_t j = 0; j < n; ++j)
          result.reals[(s * m + i) * n + j] += left * b->reals[(atB[s] * k + l) * n + j];
      }
  return op.set(result);
}

//===-- Gemm --------------------------------------------------------------===//

LogicalResult inferGemm(Inference &op) {
  if (failed(op.expectRank(0, 2)) || failed(op.expectRank(1, 2)))
    return failure();
  bool transA = op.node.getInt("transA", 0), transB = op.node.getInt("transB", 0);
  int64_t m = op.shape(0)[transA], k = op.shape(0)[!transA], n = op.shape(1)[!transB], other = op.shape(1)[transB];
  if (k != other)
    return op.error() << "inner dimensions differ: " << k << " vs " << other << " (" << op.type(0)
                      << (transA ? " transposed" : "") << " times " << op.type(1) << (transB ? " transposed" : "")
                      << ")";
  Shape shape{m, n};
  if (op.has(2) && broadcastShapes(op.shape(2), shape) != shape)
    return op.error() << "bias of shape " << formatShape(op.shape(2)) << " does not broadcast to "
                      << formatShape(shape);
  return op.result(shape, op.element(0));
}

//===-- Einsum ------------------------------------------------------------===//

/// The labels of one term; each ellipsis dim becomes a label of its own, counted from the right as broadcasting does.
FailureOr<SmallVector<std::string>> einsumLabels(Inference &op, StringRef term, int64_t ellipsisRank) {
  SmallVector<std::string> labels;
  while (!term.empty()) {
    if (term.consume_front("...")) {
      for (int64_t i = ellipsisRank; i-- > 0;)
        labels.push_back("." + std::to_string(i));
    } else if (llvm::isAlpha(term.front())) {
      labels.push_back(term.take_front(1).str());
      term = term.drop_front();
    } else {
      op.error() << "expected letters and ... in equation, found '" << term.take_front(1) << "'";
      return failure();
    }
  }
  return labels;
}

LogicalResult inferEinsum(Inference &op) {
  Equation equation(op.node);
  SmallVector<StringRef> terms(equation.inputs.begin(), equation.inputs.end());
  if (terms.size() != op.inputs())
    return op.error() << "equation \"" << equation.text << "\" has " << terms.size() << " terms for " << op.inputs()
                      << " inputs";
  std::map<std::string, int64_t> dims;
  std::map<std::string, int> uses;
  int64_t ellipsis = 0;
  for (unsigned i = 0; i < terms.size(); ++i) {
    if (!op.has(i))
      return op.error() << "input " << i << " is absent";
    bool open = terms[i].contains("...");
    int64_t own = op.rank(i) - static_cast<int64_t>(terms[i].size() - (open ? 3 : 0));
    if (own < 0 || (own != 0 && !open))
      return op.error() << "term \"" << terms[i] << "\" does not fit input " << i << " of type " << op.type(i);
    FailureOr<SmallVector<std::string>> labels = einsumLabels(op, terms[i], own);
    if (failed(labels))
      return failure();
    if (static_cast<int64_t>(labels->size()) != op.rank(i))
      return op.error() << "term \"" << terms[i] << "\" does not fit input " << i << " of type " << op.type(i);
    ellipsis = std::max(ellipsis, open ? own : 0);
    for (auto [label, dim] : llvm::zip(*labels, op.shape(i))) {
      ++uses[label];
      auto [at, isNew] = dims.try_emplace(label, dim);
      if (isNew || at->second == dim)
        continue;
      if (at->second != 1 && dim != 1)
        return op.error() << "label " << label << " has size " << at->second << " and " << dim;
      at->second = std::max(at->second, dim);
    }
  }
  SmallVector<std::string> output;
  if (equation.output) {
    FailureOr<SmallVector<std::string>> labels = einsumLabels(op, *equation.output, ellipsis);
    if (failed(labels))
      return failure();
    output = *labels;
  } else { // the ellipsis, then every label that occurs once, in alphabetical order
    for (int64_t i = ellipsis; i-- > 0;)
      output.push_back("." + std::to_string(i));
    for (auto &[label, count] : uses)
      if (count == 1 && label[0] != '.')
        output.push_back(label);
  }
  Shape shape;
  for (const std::string &label : output) {
    auto found = dims.find(label);
    if (found == dims.end())
      return op.error() << "label " << label << " of the result is in no term of \"" << equation.text << "\"";
    shape.push_back(found->second);
  }
  return op.result(shape, op.element(0));
}

//===-- Windows: Conv and pooling -----------------------------------------===//

/// What the sliding window of an operator does along its spatial dims.
struct Windows {
  Shape kernel, strides, dilations, pads;
};

FailureOr<Shape> listOf(Inference &op, StringRef name, size_t count, int64_t defaultValue, int64_t least) {
  Shape values(count, defaultValue);
  if (std::optional<SmallVector<int64_t>> given = op.node.getInts(name))
    values = *given;
  if (values.size() != count || llvm::any_of(values, [=](int64_t v) { return v < least || v > (1 << 30); })) {
    op.error() << "expected " << count << " " << name << " of " << least << " or more, found " << formatShape(values);
    return failure();
  }
  return values;
}

/// The spatial result dims of a window over `spatial`; `roundUp` is ceil_mode.
FailureOr<Shape> windowShape(Inference &op, ArrayRef<int64_t> spatial, ArrayRef<int64_t> kernel, bool roundUp) {
  size_t n = spatial.size();
  FailureOr<Shape> strides = listOf(op, "strides", n, 1, 1), dilations = listOf(op, "dilations", n, 1, 1),
                   pads = listOf(op, "pads", 2 * n, 0, 0);
  if (failed(strides) || failed(dilations) || failed(pads))
    return failure();
  StringRef automatic = op.node.getString("auto_pad", "NOTSET");
  Shape shape;
  for (size_t i = 0; i < n; ++i) {
    int64_t extent = (kernel[i] - 1) * (*dilations)[i] + 1, stride = (*strides)[i];
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      shape.push_back(llvm::divideCeil(spatial[i], stride));
      continue;
    }
    int64_t padded = spatial[i] + (automatic == "VALID" ? 0 : (*pads)[i] + (*pads)[i + n]);
    if (padded < extent) {
      op.error() << "a window of " << extent << " does not fit the padded dim " << padded << " of " << op.type(0);
      return failure();
    }
    int64_t steps = (padded - extent) / stride;
    // A window that would start in the padding on the right does not count.
    if (roundUp && (padded - extent) % stride != 0 &&
        (steps + 1) * stride < spatial[i] + (automatic == "VALID" ? 0 : (*pads)[i]))
      ++steps;
    shape.push_back(steps + 1);
  }
  return shape;
}

LogicalResult inferConv(Inference &op) {
  FailureOr<Shape> shape = convShape(op, 0, 1);
  if (failed(shape))
    return failure();
  if (op.has(2) && op.shape(2) != ArrayRef<int64_t>(op.shape(1)[0]))
    return op.error() << "expected a bias of shape " << op.shape(1)[0] << ", found " << op.type(2);
  return op.result(*shape, op.element(0));
}

/// A convolution backwards: weights [channels, filters / group, ..].
LogicalResult inferConvTranspose(Inference &op) {
  if (failed(op.expectMinRank(0, 3)) || failed(op.expectRank(1, op.rank(0))))
    return failure();
  ArrayRef<int64_t> x = op.shape(0), w = op.shape(1);
  size_t n = x.size() - 2;
  int64_t group = op.node.getInt("group", 1), filters;
  if (group < 1 || x[1] != w[0] || x[1] % group != 0 || llvm::MulOverflow(w[1], group, filters))
    return op.error() << "expected weights of " << x[1] << " channels in " << group << " groups, found " << op.type(1);
  FailureOr<Shape> strides = listOf(op, "strides", n, 1, 1), dilations = listOf(op, "dilations", n, 1, 1),
                   pads = listOf(op, "pads", 2 * n, 0, 0), extra = listOf(op, "output_padding", n, 0, 0);
  if (failed(strides) || failed(dilations) || failed(pads) || failed(extra))
    return failure();
  StringRef automatic = op.node.getString("auto_pad", "NOTSET");
  std::optional<SmallVector<int64_t>> given = op.node.getInts("output_shape");
  if (given && given->size() != n)
    return op.error() << "expected " << n << " dims in output_shape, found " << formatShape(*given);
  Shape shape{x[0], filters};
  for (size_t i = 0; i < n; ++i) {
    int64_t padding = automatic == "VALID" ? 0 : (*pads)[i] + (*pads)[i + n];
    int64_t extent = (w[i + 2] - 1) * (*dilations)[i] + 1;
    if (given)
      shape.push_back((*given)[i]);
    else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER")
      shape.push_back(x[i + 2] * (*strides)[i]);
    else
      shape.push_back((*strides)[i] * (x[i + 2] - 1) + (*extra)[i] + extent - padding);
  }
  return op.result(shape, op.element(0));
}

LogicalResult inferPool(Inference &op) {
  if (failed(op.expectMinRank(0, 3)))
    return failure();
  ArrayRef<int64_t> x = op.shape(0);
  FailureOr<Shape> kernel = listOf(op, "kernel_shape", x.size() - 2, 0, 1);
  if (failed(kernel))
    return failure();
  FailureOr<Shape> spatial = windowShape(op, x.drop_front(2), *kernel, op.node.getInt("ceil_mode", 0));
  if (failed(spatial))
    return failure();
  Shape shape{x[0], x[1]};
  shape.append(*spatial);
  if (op.node.hasOutput(1) && failed(op.result(1, shape, IntegerType::get(op.node.getContext(), 64))))
    return failure();
  return op.result(shape, op.element(0));
}

LogicalResult inferGlobalPool(Inference &op) {
  if (failed(op.expectMinRank(0, 3)))
    return failure();
  Shape shape(op.rank(0), 1);
  shape[0] = op.shape(0)[0];
  shape[1] = op.shape(0)[1];
  return op.result(shape, op.element(0));
}

//===-- Det ---------------------------------------------------------------===//

LogicalResult inferDet(Inference &op) {
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  ArrayRef<int64_t> shape = op.shape(0);
  if (shape.back() != shape[shape.size() - 2] || !isa<FloatType>(op.element(0)))
    return op.error() << "expected square matrices of floats, found " << op.type(0);
  return op.result(shape.drop_back(2), op.element(0));
}

} // namespace

FailureOr<Shape> matmulShape(Inference &op, unsigned left, unsigned right) {
  Shape a(op.shape(left)), b(op.shape(right));
  if (a.empty() || b.empty()) {
    op.error() << "expected operands of rank 1 or more, found " << op.type(left) << " and " << op.type(right);
    return failure();
  }
  bool rowVector = a.size() == 1, columnVector = b.size() == 1;
  if (rowVector)
    a.insert(a.begin(), 1);
  if (columnVector)
    b.push_back(1);
  if (a.back() != b[b.size() - 2]) {
    op.error() << "inner dimensions differ: " << a.back() << " vs " << b[b.size() - 2] << " (" << op.type(left)
               << " times " << op.type(right) << ")";
    return failure();
  }
  std::optional<Shape> batch = broadcastShapes(ArrayRef(a).drop_back(2), ArrayRef(b).drop_back(2));
  if (!batch) {
    op.error() << "batch dimensions do not broadcast: " << op.type(left) << " times " << op.type(right);
    return failure();
  }
  if (!rowVector)
    batch->push_back(a[a.size() - 2]);
  if (!columnVector)
    batch->push_back(b.back());
  return *batch;
}

FailureOr<Shape> convShape(Inference &op, unsigned xInput, unsigned wInput) {
  if (failed(op.expectMinRank(xInput, 3)) || failed(op.expectRank(wInput, op.rank(xInput))))
    return failure();
  ArrayRef<int64_t> x = op.shape(xInput), w = op.shape(wInput);
  int64_t group = op.node.getInt("group", 1);
  if (group < 1 || x[1] / group != w[1] || x[1] % group != 0 || w[0] % group != 0) {
    op.error() << "expected weights of " << x[1] << " / " << group << " channels and a multiple of " << group
               << " filters, found " << op.type(wInput);
    return failure();
  }
  if (std::optional<SmallVector<int64_t>> kernel = op.node.getInts("kernel_shape"))
    if (ArrayRef<int64_t>(*kernel) != w.drop_front(2)) {
      op.error() << "expected kernel_shape " << formatShape(w.drop_front(2)) << " (the weights'), found "
                 << formatShape(*kernel);
      return failure();
    }
  FailureOr<Shape> spatial = windowShape(op, x.drop_front(2), w.drop_front(2), /*roundUp=*/false);
  if (failed(spatial))
    return failure();
  Shape shape{x[0], w[0]};
  shape.append(*spatial);
  return shape;
}

void addMatrixRows(OpTable &table) {
  table.add({"MatMul", 1, 2, inferMatMul, foldMatMul});
  table.add({"Gemm", 1, 2, inferGemm});
  table.add({"Det", 11, 1, inferDet});
  table.add({"Einsum", 12, 1, inferEinsum});
  table.add({"Conv", 1, 2, inferConv});
  table.add({"ConvTranspose", 1, 2, inferConvTranspose});
  for (const char *op : {"AveragePool", "MaxPool", "LpPool"})
    table.add({op, 1, 1, inferPool});
  for (const char *op : {"GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"})
    table.add({op, 1, 1, inferGlobalPool});
}

} // namespace fourmix::onnx
