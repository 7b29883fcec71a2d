// Products with constant matrices along the sequence become mix.linear: FNet's Linear and Random, token mixing.
//
// Which axis is which is not in the numbers. A product along the hidden axis alone is a linear layer and stays as it
// is, so the hidden axis must be known: it is the one that the tensor's features were made or normalised along,
// followed through what moves them (`hiddenAxis`). A constant that multiplies any other axis mixes positions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProductForm.h"
#include "ProductNodes.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// The axis of `to` that has the elements of axis `axis` of `from` in the same order, both row-major, if there is one.
std::optional<int64_t> followReshape(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t axis) {
  int64_t inner = 1, seen = 1;
  for (int64_t extent : from.drop_front(axis + 1))
    inner *= extent;
  for (auto at = static_cast<int64_t>(to.size()) - 1; at >= 0; --at) {
    if (seen == inner && to[at] == from[axis])
      return at;
    seen *= to[at];
  }
  return std::nullopt;
}

/// Where axis `axis` of the input is after a reduction that drops axes, if it is still there.
std::optional<int64_t> dropReduced(NodeOp node, int64_t axis, int64_t rank) {
  auto reduced = node.getInts("axes");
  if (Value given = node.getInput(1)) {
    ElementsAttr constant = matchConstant(given);
    reduced = constant ? readInts(constant) : std::nullopt;
  }
  if (!reduced)
    return std::nullopt;
  int64_t before = 0;
  for (int64_t each : *reduced) {
    each += each < 0 ? rank : 0;
    if (each == axis)
      return std::nullopt;
    before += each < axis;
  }
  return axis - before;
}

/// The axis of features: where a normalisation over the last axis or a convolution (axis 1) put them, followed through
/// transposes, reshapes, reductions, products with constants and whatever keeps the number of axes. Everything else, a
/// graph's input among it, has its features last.
int64_t hiddenAxis(Value value, int steps = 64) {
  int64_t rank = staticShape(value)->size(), last = rank - 1;
  Operation *op = value.getDefiningOp();
  auto follow = [&](Value from) { return staticShape(from) ? hiddenAxis(from, steps - 1) : last; };
  if (!op || steps == 0)
    return last;
  if (auto mixing = dyn_cast<mix::MixingOpInterface>(op))
    return staticShape(mixing.getMixed())->size() == static_cast<size_t>(rank) ? follow(mixing.getMixed()) : last;
  auto node = dyn_cast<NodeOp>(op);
  if (!node || !node.getDomain().empty() || node.getInputs().empty() || !staticShape(node.getInput(0)))
    return last;
  Value input = node.getInput(0);
  ArrayRef<int64_t> from = *staticShape(input);
  auto fromRank = static_cast<int64_t>(from.size());
  StringRef kind = node.getOpType();
  if (kind == "Conv" || kind == "ConvTranspose" || kind == "BatchNormalization" || kind == "InstanceNormalization" ||
      kind == "GroupNormalization" || kind.ends_with("Pool"))
    return std::min<int64_t>(1, last);
  if (kind.ends_with("LayerNormalization") || kind == "RMSNormalization")
    return last;
  if (kind == "Transpose") {
    int64_t axis = follow(input);
    auto permutation = node.getInts("perm");
    if (!permutation)
      return last - axis;
    return std::min<int64_t>(llvm::find(*permutation, axis) - permutation->begin(), last);
  }
  if (keepsElements(node))
    return followReshape(from, *staticShape(value), follow(input)).value_or(last);
  if (kind.starts_with("Reduce")) {
    int64_t axis = follow(input);
    return fromRank == rank ? axis : dropReduced(node, axis, fromRank).value_or(last);
  }
  if (kind == "MatMul")
    for (unsigned data : {0u, 1u})
      if (isConstantView(node.getInput(1 - data)) && staticShape(node.getInput(data)) &&
          staticShape(node.getInput(data))->size() == static_cast<size_t>(rank))
        return follow(node.getInput(data));
  if (kind == "STFT") // [batch, frames, bins, parts]
    return std::min<int64_t>(2, last);
  if (kind == "Gather" && fromRank == rank + 1 && !isConstantView(input)) { // One index of an axis.
    int64_t axis = follow(input), dropped = node.getInt("axis", 0);
    dropped += dropped < 0 ? fromRank : 0;
    return axis == dropped ? last : axis - (axis > dropped);
  }
  if (kind == "MatMul" || kind == "Gemm" || kind == "Einsum" || (kind == "Gather" && isConstantView(input)))
    return last;
  // What keeps the number of axes keeps their order.
  for (Value each : node.getInputs())
    if (staticShape(each) && staticShape(each)->size() == static_cast<size_t>(rank) && !isConstantView(each))
      return follow(each);
  return last;
}

/// One matrix, and the axis of the input that it multiplies, in the atoms that it reads and writes.
struct Side {
  ProductFactor matrix;
  Axis reads, writes;
};

struct LinearMatch {
  ProductFactor input;
  Layout inputLayout; // its axes, joined where a matrix reads several
  Side sequence;
  std::optional<Side> hidden;
  double scale;
  Layout layout; // of the result
  size_t nodes;
};

/// What a constant is to the input of a product, if it is a matrix along one axis of `layout`. The axis may be several
/// of the tensor, as rows and columns of an image are; `layout` then becomes one in which they are joined.
std::optional<Side> matchSide(const ProductFactor &matrix, Layout &layout, const ProductForm &form) {
  Side side = {matrix, {}, {}};
  Axis input = flatten(layout);
  for (Atom atom : flatten(matrix.axes))
    (llvm::is_contained(input, atom) ? side.reads : side.writes).push_back(atom);
  if (side.reads.empty() || llvm::any_of(side.reads, [&](Atom atom) { return form.has(atom); }) ||
      !llvm::all_of(side.writes, [&](Atom atom) { return form.has(atom); }))
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

std::optional<LinearMatch> matchLinear(NodeOp root, Atoms &atoms, int constants) {
  ProductAnalysis analysis(atoms);
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
  Layout layout = input->axes;
  for (const ProductFactor &matrix : factors) {
    if (&matrix == input)
      continue;
    std::optional<Side> side = matrix.constant ? matchSide(matrix, layout, form) : std::nullopt;
    if (!side)
      return std::nullopt;
    sides.push_back(std::move(*side));
  }
  const Axis &hidden = input->axes[hiddenAxis(input->value)];
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

void commit(NodeOp root, const LinearMatch &match, const Atoms &atoms) {
  OpBuilder builder(root);
  onnx::NodeBuilder nodes(builder, root.getLoc(), root.getVersion());
  auto matrix = [&](const Side &side, bool writesFirst) {
    SmallVector<Axis> axes = {side.reads, side.writes};
    if (writesFirst)
      std::swap(axes[0], axes[1]);
    return arrange(nodes, side.matrix.value, side.matrix.axes, axes, atoms);
  };
  Layout result = match.inputLayout;
  auto place = [&](const Side &side) { // Finds the axis and gives it the atoms that are written.
    int64_t axis = llvm::find(match.inputLayout, side.reads) - match.inputLayout.begin();
    result[axis] = side.writes;
    return axis;
  };
  int64_t sequence = place(match.sequence);
  Value s = matrix(match.sequence, /*writesFirst=*/true), h;
  Value input = arrange(nodes, match.input.value, match.input.axes, match.inputLayout, atoms);
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
  Value mixed = mix::LinearOp::create(builder, root.getLoc(), input, s, h, builder.getI64IntegerAttr(sequence), hidden);
  if (match.scale != 1)
    mixed = nodes.create("Mul", {mixed, nodes.number(match.scale, getElementTypeOrSelf(mixed))});
  mixed = arrange(nodes, mixed, result, match.layout, atoms);
  Value old = root.getResult(0);
  onnx::passNameOn(old, mixed);
  old.replaceAllUsesWith(mixed);
  eraseDead(root);
}
} // namespace

void onnx_to_mix::raiseLinear(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) { blocks.push_back(block); });
  for (Block *block : blocks)
    for (Operation *op = block->empty() ? nullptr : &block->back(); op;) { // Latest first: both matrices.
      auto node = dyn_cast<NodeOp>(op);
      Operation *next = op->getNextNode();
      bool isCandidate = node && isProduct(node) && !node.is("Conv") && staticShape(node.getResult(0)) &&
                         classify(node.getResult(0)) == Multiplication::Constant;
      for (int constants = 2; isCandidate && constants > 0; --constants) {
        Atoms atoms;
        std::optional<LinearMatch> match = matchLinear(node, atoms, constants);
        if (!match)
          continue;
        commit(node, *match, atoms);
        op = nullptr;
        break;
      }
      // A commit erases the node and some before it, and leaves the new ones before `next`.
      op = op ? op->getPrevNode() : next ? next->getPrevNode() : nullptr;
    }
}
