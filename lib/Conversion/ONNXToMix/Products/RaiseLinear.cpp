// Products with constant matrices along the sequence become mix.linear: FNet's Linear and Random, token mixing.
//
// Which axis is which is not in the numbers. A product along the hidden axis alone is a linear layer and stays as it
// is, so the hidden axis must be known: it is the one that the tensor's features were made or normalised along,
// followed through what moves them (`hiddenAxis`). A constant that multiplies any other axis mixes positions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HiddenAxis.h"
#include "ProductForm.h"
#include "ProductNodes.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include "lib/Conversion/ONNXToMix/Fourier/CosineMatrix.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// One matrix, and the axis of the input that it multiplies, in the dimensions that it reads and writes.
struct Side {
  ProductFactor matrix;
  DimList reads, writes;
};

struct LinearMatch {
  ProductFactor input;
  Axes inputLayout; // its axes, joined where a matrix reads several
  Side sequence;
  std::optional<Side> hidden;
  double scale;
  Axes layout; // of the result
  size_t nodes;
};

/// What a constant is to the input of a product, if it is a matrix along one axis of `layout`. The axis may be several
/// of the tensor, as rows and columns of an image are; `layout` then becomes one in which they are joined.
std::optional<Side> matchSide(const ProductFactor &matrix, Axes &layout, const ProductForm &form) {
  Side side = {matrix, {}, {}};
  DimList input = flatten(layout);
  for (Dim dim : flatten(matrix.axes))
    (llvm::is_contained(input, dim) ? side.reads : side.writes).push_back(dim);
  if (side.reads.empty() || llvm::any_of(side.reads, [&](Dim dim) { return form.has(dim); }) ||
      !llvm::all_of(side.writes, [&](Dim dim) { return form.has(dim); }))
    return std::nullopt;
  for (size_t first = 0; first < layout.size(); ++first)
    for (size_t count = 1; first + count <= layout.size(); ++count) {
      if (layout[first].empty() || flatten(ArrayRef(layout).slice(first, count)) != side.reads)
        continue;
      layout[first] = side.reads;
      layout.erase(layout.begin() + first + 1, layout.begin() + first + count);
      return side;
    }
  return std::nullopt;
}

bool isProduct(NodeOp node) { return node.is("MatMul") || node.is("Gemm") || node.is("Einsum") || node.is("Conv"); }

std::optional<LinearMatch> matchLinear(NodeOp root, DimTable &dims, int constants) {
  ProductAnalysis analysis(dims);
  ProductForm form = analysis.get(root.getResult(0), constants);
  if (form.terms.size() != 1 || !form.terms[0].windows.empty())
    return std::nullopt;
  ArrayRef<ProductFactor> factors = form.terms[0].factors;
  auto input = llvm::find_if(factors, [](const ProductFactor &each) { return !each.constant; });
  if (input == factors.end() || factors.size() != static_cast<size_t>(constants) + 1)
    return std::nullopt;
  // What else uses an inner product would compute it once more.
  for (Operation *op : analysis.getNodes().getArrayRef().drop_front())
    if (isProduct(cast<NodeOp>(op)) &&
        !llvm::all_of(op->getUsers(), [&](Operation *user) { return analysis.getNodes().contains(user); }))
      return std::nullopt;
  SmallVector<Side, 2> sides;
  Axes layout = input->axes;
  for (const ProductFactor &matrix : factors) {
    if (&matrix == input)
      continue;
    std::optional<Side> side = matrix.constant ? matchSide(matrix, layout, form) : std::nullopt;
    if (!side)
      return std::nullopt;
    sides.push_back(std::move(*side));
  }
  // Two that write one dimension meet there element by element.
  if (sides.size() == 2 &&
      llvm::any_of(sides[0].writes, [&](Dim dim) { return llvm::is_contained(sides[1].writes, dim); }))
    return std::nullopt;
  const DimList &hidden = input->axes[hiddenAxis(input->value).axis];
  if (sides.size() == 2 && sides[0].reads == hidden)
    std::swap(sides[0], sides[1]);
  if (sides[0].reads == hidden)
    return std::nullopt; // A linear layer.
  return LinearMatch{*input,
                     layout,
                     sides[0],
                     sides.size() == 2 ? std::optional<Side>(sides[1]) : std::nullopt,
                     form.terms[0].scale,
                     form.layout,
                     analysis.getNodes().size()};
}

/// The matrix as cosine transforms of two lengths; nothing, and a remark where it is nearly one, for another.
std::optional<CosineResampling> readResampling(NodeOp root, const Side &side, const DimTable &dims) {
  DimList order = side.writes;
  order.append(side.reads);
  std::optional<std::vector<double>> matrix = readArranged(side.matrix, order, dims);
  int64_t m = dims.product(side.writes), n = dims.product(side.reads);
  std::optional<CosineResampling> found = matrix ? matchCosineResampling(*matrix, m, n) : std::nullopt;
  std::optional<std::string> reason = matrix && !found ? explainNearCosine(*matrix, m, n) : std::nullopt;
  if (reason)
    remark::missed(root.getLoc(), remark::RemarkOpts::name("fourier-mixing").category("onnx-to-mix"))
        << (describe(root) + " is not raised to mix.cosine: " + *reason);
  return found;
}

/// mix.cosine, a crop, zeros for what is missing, and its inverse.
Value resample(onnx::NodeBuilder &nodes, NodeOp root, Value x, int64_t axis, int64_t m, const CosineResampling &found) {
  OpBuilder &builder = nodes.builder;
  SmallVector<int64_t> shape(*staticShape(x));
  int64_t n = shape[axis];
  auto cosine = [&](Value value, bool inverse) -> Value {
    return mix::CosineOp::create(builder, root.getLoc(), value, axis, /*hidden=*/std::nullopt, inverse, /*ortho=*/true);
  };
  Value y = cosine(x, /*inverse=*/false);
  if (found.kept < n)
    y = nodes.slice(y, axis, 0, found.kept);
  if (found.kept < m) {
    shape[axis] = m - found.kept;
    auto type = cast<RankedTensorType>(x.getType()).clone(shape);
    std::vector<double> zeros(ShapedType::getNumElements(shape), 0.0);
    y = nodes.create("Concat", {y, nodes.constant(makeConstant(type, zeros, "zeros"))}, nodes.attr("axis", axis));
  }
  remark::passed(root.getLoc(), remark::RemarkOpts::name("fourier-mixing").category("onnx-to-mix"))
      << llvm::formatv("{0} raised to mix.cosine over axis {1}, {2} of {3} coefficients, and its inverse of {4} points",
                       describe(root), axis, found.kept, n, m)
             .str();
  return cosine(y, /*inverse=*/true);
}

void commit(NodeOp root, const LinearMatch &match, const DimTable &dims) {
  OpBuilder builder(root);
  onnx::NodeBuilder nodes(builder, root.getLoc(), root.getVersion());
  auto matrix = [&](const Side &side, bool writesFirst) {
    SmallVector<DimList> axes = {side.reads, side.writes};
    if (writesFirst)
      std::swap(axes[0], axes[1]);
    return arrange(nodes, side.matrix.value, side.matrix.axes, axes, dims);
  };
  Axes result = match.inputLayout;
  auto place = [&](const Side &side) { // Finds the axis and gives it the dims that are written.
    int64_t axis = llvm::find(match.inputLayout, side.reads) - match.inputLayout.begin();
    result[axis] = side.writes;
    return axis;
  };
  int64_t sequence = place(match.sequence);
  Value input = arrange(nodes, match.input.value, match.input.axes, match.inputLayout, dims), mixed;
  double scale = match.scale;
  if (!match.hidden)
    if (std::optional<CosineResampling> found = readResampling(root, match.sequence, dims)) {
      mixed = resample(nodes, root, input, sequence, dims.product(match.sequence.writes), *found);
      scale *= found->scale;
    }
  if (!mixed) {
    Value s = matrix(match.sequence, /*writesFirst=*/true), h;
    IntegerAttr hidden;
    if (match.hidden) {
      h = matrix(*match.hidden, /*writesFirst=*/false);
      hidden = builder.getI64IntegerAttr(place(*match.hidden));
    }
    remark::passed(root.getLoc(), remark::RemarkOpts::name("linear-mixing").category("onnx-to-mix"))
        << llvm::formatv("{0} and what feeds it, {1} nodes, raised to mix.linear over axis {2}{3}", describe(root),
                         match.nodes, sequence,
                         hidden ? llvm::formatv(" and axis {0}", hidden.getInt()).str() : std::string())
               .str();
    mixed = mix::LinearOp::create(builder, root.getLoc(), input, s, h, builder.getI64IntegerAttr(sequence), hidden);
  }
  if (std::abs(scale - 1) > tolerance)
    mixed = nodes.create("Mul", {mixed, nodes.number(scale, getElementTypeOrSelf(mixed))});
  mixed = arrange(nodes, mixed, result, match.layout, dims);
  Value old = root.getResult(0);
  onnx::passNameOn(old, mixed);
  old.replaceAllUsesWith(mixed);
  eraseDead(root);
}

/// A Conv of one tap whose channels are positions of a sequence: the features are known to stand behind them.
void raisePointwise(NodeOp node) {
  std::optional<ArrayRef<int64_t>> input = staticShape(node.getInput(0)), weight = staticShape(node.getInput(1)),
                                   result = staticShape(node.getResult(0));
  if (!input || !weight || !result || input->size() < 3 || weight->size() != input->size() ||
      node.getInt("group", 1) != 1 || input->drop_front(2) != result->drop_front(2) || (*weight)[1] != (*input)[1] ||
      !llvm::all_of(weight->drop_front(2), [](int64_t taps) { return taps == 1; }))
    return;
  auto isAll = [&](StringRef name, int64_t wanted) {
    auto numbers = node.getInts(name);
    return !numbers || llvm::all_of(*numbers, [&](int64_t number) { return number == wanted; });
  };
  HiddenAxis hidden = hiddenAxis(node.getInput(0));
  if (!isAll("strides", 1) || !isAll("pads", 0) || !hidden.isKnown || hidden.axis < 2)
    return;
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  Value matrix = reshapeTo(nodes, node.getInput(1), {(*weight)[0], (*weight)[1]});
  remark::passed(node.getLoc(), remark::RemarkOpts::name("linear-mixing").category("onnx-to-mix"))
      << describe(node) + " raised to mix.linear over axis 1: its channels are positions";
  Value mixed = mix::LinearOp::create(builder, node.getLoc(), node.getInput(0), matrix, Value(),
                                      builder.getI64IntegerAttr(1), IntegerAttr());
  if (Value bias = node.getInput(2); bias && !isZeroConstant(bias)) {
    SmallVector<int64_t> perPosition(result->size() - 1, 1);
    perPosition[0] = (*result)[1];
    mixed = nodes.create("Add", {mixed, reshapeTo(nodes, bias, perPosition)});
  }
  onnx::passNameOn(node.getResult(0), mixed);
  node.getResult(0).replaceAllUsesWith(mixed);
  eraseDead(node);
}

} // namespace

void onnx_to_mix::raiseLinear(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) { blocks.push_back(block); });
  // Earliest first: what a raised one gives keeps the axes of what it reads.
  SmallVector<NodeOp> convolutions;
  root->walk([&](NodeOp node) {
    if (node.getDomain().empty() && node.is("Conv") && node.getInputs().size() >= 2)
      convolutions.push_back(node);
  });
  llvm::for_each(convolutions, raisePointwise);
  for (Block *block : blocks)
    for (Operation *op = block->empty() ? nullptr : &block->back(); op;) { // Latest first: both matrices.
      auto node = dyn_cast<NodeOp>(op);
      Operation *next = op->getNextNode();
      bool isCandidate = node && isProduct(node) && !node.is("Conv") && staticShape(node.getResult(0)) &&
                         classify(node.getResult(0)) == Multiplication::Constant;
      for (int constants = 2; isCandidate && constants > 0; --constants) {
        DimTable dims;
        std::optional<LinearMatch> match = matchLinear(node, dims, constants);
        if (!match)
          continue;
        commit(node, *match, dims);
        op = nullptr;
        break;
      }
      // A commit erases the node and some before it, and leaves the new ones before `next`.
      op = op ? op->getPrevNode() : next ? next->getPrevNode() : nullptr;
    }
}
