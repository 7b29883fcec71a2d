// Circular correlations that no Conv and no transform computes become mix.circulant: sums of rolled tensors with
// weights, products with a view that shows every element at every place of the circle.
//
// A roll is a Slice and a Concat, the view a Gather of (i + j) mod n or a few slices of a tensor that was repeated:
// what moves elements is not read, the map is evaluated, as that of filters is (RaiseFilter.cpp).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CommitFilter.h"
#include "FilterSections.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

constexpr StringLiteral remarkName = "circular-convolution";

bool isSum(NodeOp node) { return node.is("Add") || node.is("Sub") || node.is("Sum"); }

/// A node that sums: tensors, or products. Of a sum in a sum, the whole is tried first.
bool canBeLast(NodeOp node) {
  return node.getDomain().empty() && node->getNumResults() == 1 && staticShape(node.getResult(0)) &&
         isa<FloatType>(getElementTypeOrSelf(node.getResult(0))) &&
         (isSum(node) || node.is("ReduceSum") || node.is("MatMul") || node.is("Einsum"));
}

/// A tensor put together of slices of one other: perhaps a roll.
bool isRoll(NodeOp node) {
  if (!node.is("Concat") || node.getInputs().size() < 2)
    return false;
  Value source;
  for (Value input : node.getInputs()) {
    auto part = input.getDefiningOp<NodeOp>();
    bool isPart = part && (part.is("Slice") || part.is("Split") || part.is("Gather"));
    Value from = isPart ? part.getInput(0) : input;
    if (source && from != source)
      return false;
    source = from;
  }
  return true;
}

/// A Gather that rotates an axis, or shows elements several times.
bool gathersCircle(NodeOp node) {
  std::optional<ArrayRef<int64_t>> from = staticShape(node.getInput(0)), to = staticShape(node.getResult(0));
  std::optional<SmallVector<int64_t>> indices =
      from && to && node.getInput(1) ? readIntegers(node.getInput(1)) : std::nullopt;
  if (!indices)
    return false;
  if (ShapedType::getNumElements(*to) > ShapedType::getNumElements(*from))
    return true;
  auto n = static_cast<int64_t>(indices->size());
  return *from == *to && n > 1 && llvm::all_of(llvm::seq<int64_t>(0, n), [&](int64_t i) {
    return ((*indices)[(i + 1) % n] - (*indices)[i] - 1) % n == 0;
  });
}

/// How many of the nodes go round a circle, as far as that is cheap to see.
size_t countRounds(ArrayRef<NodeOp> nodes) {
  return llvm::count_if(nodes, [](NodeOp node) {
    if (node.is("Gather") || node.is("GatherND"))
      return gathersCircle(node);
    return isRoll(node) || (node.is("Pad") && node.getString("mode", "constant") == "wrap") || node.is("Tile");
  });
}

/// True if an evaluation is worth its time.
bool isCheap(ArrayRef<NodeOp> nodes) {
  constexpr double mostElements = 1 << 26;
  double all = 0;
  for (NodeOp node : nodes)
    for (Value result : node->getResults())
      if (std::optional<ArrayRef<int64_t>> shape = staticShape(result))
        all += static_cast<double>(ShapedType::getNumElements(*shape));
  return all <= mostElements;
}

/// A circulant of `source` with its axes in another order.
struct Circle {
  Value source;
  SmallVector<int64_t> order;
  Filter filter;
};

/// Element i of the result's axis k is that of axis order[k].
Numbers transposed(const Numbers &x, ArrayRef<int64_t> order) {
  SmallVector<int64_t> shape, strides(order.size(), 1), stepped;
  for (size_t i = x.shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * x.shape[i];
  for (int64_t axis : order) {
    shape.push_back(x.shape[axis]);
    stepped.push_back(strides[axis]);
  }
  Numbers result = Numbers::zeros(shape);
  for (int64_t at = 0; at < result.size(); ++at) {
    int64_t rest = at, from = 0;
    for (size_t i = shape.size(); i-- > 0; rest /= shape[i])
      from += rest % shape[i] * stepped[i];
    result.values[at] = x.values[from];
  }
  return result;
}

/// What `value` is of `source`: its axes may stand in another order than those of the source.
std::optional<Circle> findCircle(Value source, Value value) {
  constexpr size_t mostAxes = 5;
  ArrayRef<int64_t> to = *staticShape(value);
  std::optional<ArrayRef<int64_t>> from = staticShape(source);
  if (!from || from->size() != to.size() || to.size() > mostAxes)
    return std::nullopt;
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, to.size()));
  do {
    if (llvm::any_of(llvm::enumerate(order), [&](auto axis) { return (*from)[axis.value()] != to[axis.index()]; }))
      continue;
    SmallVector<int64_t> back(order.size());
    for (auto [i, axis] : llvm::enumerate(order))
      back[axis] = i;
    auto map = mapBetween(source, value);
    std::optional<Filter> filter = identifyFilter([&](const Numbers &x) { return map(transposed(x, back)); }, to, to, 0,
                                                  /*asKernel=*/true);
    if (filter && filter->kind == Filter::Circulant)
      return Circle{source, order, std::move(*filter)};
  } while (std::next_permutation(order.begin(), order.end()));
  return std::nullopt;
}

/// True if `value` is a circulant of what some section holds, which then takes its place.
bool raiseSum(Value value, ArrayRef<NodeOp> nodes, ArrayRef<Section> sections) {
  ArrayRef<int64_t> to = *staticShape(value);
  std::optional<Circle> best;
  std::optional<Bilinear> bilinear;
  for (const Section &section : sections) {
    ArrayRef<NodeOp> interior = nodes.take_front(section.interior);
    if (!isCheap(interior))
      break;
    if (countRounds(interior) == 0)
      continue;
    if (section.values.size() == 2) {
      for (unsigned i : {0, 1}) {
        Value x = section.values[i], kernel = section.values[1 - i];
        std::optional<Bilinear> found = staticShape(x) && staticShape(kernel) && *staticShape(x) == to
                                            ? identifyBilinear(value, x, kernel)
                                            : std::nullopt;
        if (!best && found && !found->isToeplitz) {
          bilinear = found;
          bilinear->nodes = interior.size();
          break;
        }
      }
      continue;
    }
    std::optional<Circle> found = findCircle(section.values[0], value);
    if (found)
      best = std::move(found);
    else if (best)
      break;
  }
  if (best) {
    shortenKernel(best->filter);
    OpBuilder builder(value.getDefiningOp());
    onnx::NodeBuilder builderOfNodes(builder, value.getLoc(), value.getDefiningOp<NodeOp>().getVersion());
    Value source = llvm::is_sorted(best->order) ? best->source : builderOfNodes.transpose(best->source, best->order);
    commitFilter(value, source, best->filter, remarkName);
  } else if (bilinear) {
    commitBilinear(value, *bilinear, remarkName);
  }
  return best || bilinear;
}
} // namespace

/// A sum of what goes round that is none, and the nodes it was read through.
struct Missed {
  NodeOp node;
  SmallVector<Operation *> nodes;
};

static void raiseBlock(Block &block) {
  SmallVector<Missed> missed;
  for (Operation *op = block.empty() ? nullptr : &block.back(); op;) { // Latest first: the whole sum.
    auto node = dyn_cast<NodeOp>(op);
    Operation *next = op->getNextNode();
    op = op->getPrevNode();
    if (!node || !canBeLast(node))
      continue;
    SmallVector<NodeOp> nodes;
    SmallVector<Section> sections = findSections(node.getResult(0), nodes);
    size_t rounds = countRounds(nodes);
    if (rounds == 0 || llvm::any_of(nodes, isTransformNode))
      continue;
    auto reads = [&](const Missed &other) { return llvm::is_contained(other.nodes, node.getOperation()); };
    if (raiseSum(node.getResult(0), nodes, sections)) {
      llvm::erase_if(missed, reads); // They went on from here.
      // That erased the node and some before it.
      op = next ? next->getPrevNode() : &block.back();
      continue;
    }
    constexpr size_t worthSaying = 3;
    if (isSum(node) && rounds >= worthSaying && llvm::none_of(missed, reads))
      missed.push_back({node, SmallVector<Operation *>(nodes.begin(), nodes.end())});
  }
  for (const Missed &each : llvm::reverse(missed))
    remark::missed(NodeOp(each.node).getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
        << (describe(each.node) +
            " is no circular convolution: what it adds is not one tensor rolled by several places");
}

void onnx_to_mix::raiseRolls(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) { blocks.push_back(block); });
  for (Block *block : blocks)
    raiseBlock(*block);
}
