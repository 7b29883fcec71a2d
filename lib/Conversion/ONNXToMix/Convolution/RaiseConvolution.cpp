// Convolutions that walk around a circle become mix.projection and mix.circulant.
//
// A Conv whose input shows every element of an earlier tensor once around a circle of as many positions as there are
// results is a circular correlation, whatever nodes made that view: wrapping pads, slices and concatenations, gathers,
// tiles. The view is traced element by element (WrappedView.h). One input channel means that every line is treated
// alike, by one kernel per head: a projection. A kernel per channel mixes the positions of each channel: a circulant.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include "lib/Conversion/ONNXToMix/Analysis/SpreadKernel.h"
#include "lib/Conversion/ONNXToMix/Analysis/WrappedView.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// What a Conv node does over its spatial axes.
struct Geometry {
  SmallVector<int64_t> kernel, dilations, extents; // extent: positions from the first tap to the last
  int64_t groups = 1;
  bool isPadded = false, isStrided = false;

  bool mixes(size_t axis) const { return kernel[axis] > 1; }
};

std::optional<Geometry> readGeometry(NodeOp node) {
  std::optional<ArrayRef<int64_t>> input = staticShape(node.getInput(0)), weight = staticShape(node.getInput(1));
  if (!input || !weight || !staticShape(node.getResult(0)) || input->size() < 3 || weight->size() != input->size())
    return std::nullopt;
  size_t axes = input->size() - 2;
  Geometry g;
  g.kernel.assign(weight->begin() + 2, weight->end());
  g.dilations = node.getInts("dilations").value_or(SmallVector<int64_t>(axes, 1));
  SmallVector<int64_t> strides = node.getInts("strides").value_or(SmallVector<int64_t>(axes, 1));
  SmallVector<int64_t> pads = node.getInts("pads").value_or(SmallVector<int64_t>(2 * axes, 0));
  if (g.dilations.size() != axes || strides.size() != axes || pads.size() != 2 * axes)
    return std::nullopt;
  g.groups = node.getInt("group", 1);
  StringRef automatic = node.getString("auto_pad", "NOTSET");
  for (size_t a = 0; a < axes; ++a) {
    g.extents.push_back((g.kernel[a] - 1) * g.dilations[a] + 1);
    bool isPadding = automatic.starts_with("SAME") ? g.extents[a] > 1
                     : automatic == "VALID"        ? false
                                                   : pads[a] != 0 || pads[a + axes] != 0;
    g.isPadded |= isPadding;
    g.isStrided |= strides[a] != 1;
  }
  return g;
}

struct CircularConvolution {
  NodeOp node;
  Geometry geometry;
  Value source;
  WrappedView view;
};

/// True if some node of the cone shows elements more than once: without one there is no circle.
bool repeatsElements(const Cone &cone) {
  return llvm::any_of(cone.nodes, [](NodeOp node) {
    return node.is("Concat") || node.is("Gather") || node.is("Tile") || node.is("Expand") ||
           (node.is("Pad") && node.getString("mode", "constant") == "wrap");
  });
}

void remarkMissed(NodeOp node, StringRef reason) {
  remark::missed(node.getLoc(), remark::RemarkOpts::name("circular-convolution").category("onnx-to-mix"))
      << (describe(node) + " is no circular convolution: " + reason.str());
}

/// The wrapped view that goes into the Conv, or nothing and, where it nearly is one, a remark.
std::optional<CircularConvolution> findCircle(NodeOp node) {
  std::optional<Geometry> geometry = readGeometry(node);
  if (!geometry || llvm::none_of(geometry->kernel, [](int64_t taps) { return taps > 1; }))
    return std::nullopt;
  Value input = node.getInput(0);
  Cone cone(input, [](NodeOp mover) -> std::optional<SmallVector<Value>> {
    return movesElements(mover) ? std::optional(movedOperands(mover)) : std::nullopt;
  });
  if (!repeatsElements(cone))
    return std::nullopt;
  ArrayRef<int64_t> shape = *staticShape(input);
  SmallVector<int64_t> circle;
  for (size_t a = 0; a < geometry->kernel.size(); ++a)
    circle.push_back(shape[a + 2] - geometry->extents[a] + 1);
  if (llvm::any_of(circle, [](int64_t positions) { return positions < 1; }))
    return std::nullopt;

  ViewMismatch nearest;
  for (Cone::Cut cut : cone.cuts) {
    std::optional<ArrayRef<int64_t>> sourceShape = staticShape(cut.value);
    std::optional<Trace> trace = sourceShape ? traceElements(input, cut.value) : std::nullopt;
    if (!trace)
      continue;
    auto matched = matchWrappedView(*trace, *sourceShape, circle);
    if (const auto *mismatch = std::get_if<ViewMismatch>(&matched)) {
      if (mismatch->agreement >= nearest.agreement)
        nearest = *mismatch;
      continue;
    }
    CircularConvolution found = {node, *geometry, cut.value, std::get<WrappedView>(matched)};
    std::string reason;
    for (size_t a = 0; a < circle.size(); ++a) {
      if (geometry->extents[a] > circle[a])
        reason = llvm::formatv("its kernel covers {0} positions of a circle of {1}", geometry->extents[a], circle[a]);
      if (!geometry->mixes(a) && found.view.origin[a] != 0)
        reason = llvm::formatv("axis {0} is rotated", a + 2);
    }
    if (geometry->isPadded)
      reason = "it pads with zeros besides";
    if (geometry->isStrided)
      reason = "it skips positions, its stride is not 1";
    if (reason.empty())
      return found;
    remarkMissed(node, reason);
    return std::nullopt;
  }
  // Networks concatenate and gather for many reasons; only what goes round for the most part is worth a word.
  constexpr double worthSaying = 0.5;
  if (nearest.agreement >= worthSaying && nearest.agreement < 1)
    remarkMissed(node, nearest.reason);
  return std::nullopt;
}

/// The kernels, [filters, taps...]: the axes that are not mixed and the one channel are left out, dilated kernels have
/// their zeros. Null if that needs numbers that are not there.
Value makeKernels(onnx::NodeBuilder &nodes, const Geometry &g, Value weight) {
  auto type = cast<RankedTensorType>(weight.getType());
  SmallVector<int64_t> spread = {type.getDimSize(0)};
  bool isDilated = false;
  for (size_t a = 0; a < g.kernel.size(); ++a)
    if (g.mixes(a)) {
      spread.push_back(g.extents[a]);
      isDilated |= g.dilations[a] != 1;
    }
  if (!isDilated)
    return reshapeTo(nodes, weight, spread);
  ElementsAttr constant = matchConstant(weight), dilated = constant ? spreadKernel(constant, g.dilations) : nullptr;
  return dilated ? reshapeTo(nodes, nodes.constant(dilated), spread) : Value();
}

class Commit {
public:
  explicit Commit(const CircularConvolution &match)
      : match(match), node(match.node), g(match.geometry), builder(node),
        nodes(builder, node.getLoc(), node.getVersion()), result(*staticShape(node.getResult(0))) {
    for (size_t a = 0; a < g.kernel.size(); ++a)
      if (g.mixes(a)) {
        mixed.push_back(static_cast<int64_t>(a));
        circle.push_back(match.view.circle[a]);
        origin.push_back(match.view.origin[a]);
      }
  }

  /// Every line of the circle is a token, and filter i is head i.
  bool asProjection() {
    if (mixed.size() > 2) {
      remarkMissed(node, "it goes round more than two axes");
      return false;
    }
    // Batch-like axes before the circle, whatever the order in the Conv.
    SmallVector<int64_t> order = {0};
    for (size_t a = 0; a < g.kernel.size(); ++a)
      if (!g.mixes(a))
        order.push_back(static_cast<int64_t>(a) + 2);
    size_t lines = order.size();
    for (int64_t a : mixed)
      order.push_back(a + 2);
    int64_t hidden = ShapedType::getNumElements(circle), heads = result[1];
    Value kernels = makeKernels(nodes, g, node.getInput(1));
    if (!kernels)
      return fail();
    Value x = permutedSource();
    SmallVector<int64_t> withoutChannel(result);
    withoutChannel.erase(withoutChannel.begin() + 1);
    SmallVector<int64_t> orderOfLines =
        llvm::map_to_vector(order, [](int64_t axis) { return axis == 0 ? 0 : axis - 1; });
    bool inOrder = llvm::is_sorted(orderOfLines);
    if (!inOrder)
      x = nodes.transpose(reshapeTo(nodes, x, withoutChannel), orderOfLines);
    x = beforeReshapes(x, hidden);
    if (staticShape(x)->back() != hidden)
      x = reshapeTo(nodes, x, {ShapedType::getNumElements(result) / heads / hidden, hidden});
    bool isGrid = circle.size() == 2;
    auto kind = isGrid ? mix::ProjectionKind::Circular2D : mix::ProjectionKind::Circular1D;
    Value y = mix::ProjectionOp::create(builder, node.getLoc(), kind, x, kernels,
                                        mix::OrientationAttr::get(builder.getContext(), mix::Orientation::Correlation),
                                        isGrid ? builder.getDenseI64ArrayAttr(circle) : nullptr, originAttr());
    y = addBias(y, {heads, 1});
    // [batch, lines.., heads, circle..] to the Conv's [batch, heads, spatial..]
    SmallVector<int64_t> found;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i == lines)
        found.push_back(heads);
      found.push_back(result[order[i]]);
    }
    bool hasLines =
        llvm::any_of(ArrayRef(order).take_front(lines).drop_front(), [&](int64_t axis) { return result[axis] != 1; });
    if (hasLines || !inOrder) {
      SmallVector<int64_t> back(result.size());
      for (size_t i = 0; i < order.size(); ++i)
        back[order[i]] = static_cast<int64_t>(i < lines ? i : i + 1);
      back[1] = static_cast<int64_t>(lines);
      y = nodes.transpose(reshapeTo(nodes, y, found), back);
    }
    say(llvm::formatv("mix.projection {0}, {1} heads", stringifyProjectionKind(kind), heads));
    return finish(y);
  }

  /// Each channel has its own kernel.
  bool asCirculant() {
    Value kernels = makeKernels(nodes, g, node.getInput(1));
    if (!kernels)
      return fail();
    SmallVector<int64_t> shape = {1, result[1]}, axes;
    for (size_t a = 0; a < g.kernel.size(); ++a)
      shape.push_back(g.extents[a]);
    for (int64_t a : mixed)
      axes.push_back(a + 2);
    Value x = reshapeTo(nodes, permutedSource(), result);
    Value y = mix::CirculantOp::create(builder, node.getLoc(), x, reshapeTo(nodes, kernels, shape), axes,
                                       mix::Orientation::Correlation, originAttr());
    SmallVector<int64_t> perChannel(result.size() - 1, 1);
    perChannel[0] = result[1];
    y = addBias(y, perChannel);
    say(llvm::formatv("mix.circulant, {0} channels", result[1]));
    return finish(y);
  }

  /// Channels see each other, too: every pair of them has a kernel, and an example is one token. A block has as many
  /// numbers as the circle; that is worth it where the kernel goes most of the way round. False where it does not, or
  /// where the circle is not the last axis.
  bool asBlocks() {
    constexpr int64_t mostBlowUp = 2;
    ElementsAttr weight = matchConstant(node.getInput(1)),
                 spread = weight && mixed.size() == 1 ? spreadKernel(weight, g.dilations) : nullptr;
    std::optional<std::vector<double>> taps = spread ? readDoubles(spread) : std::nullopt;
    int64_t rows = result[1], columns = (*staticShape(node.getInput(0)))[1];
    if (!taps || rows * result[0] * circle[0] != ShapedType::getNumElements(result))
      return false;
    int64_t n = circle[0], extent = static_cast<int64_t>(taps->size()) / rows / columns;
    if (n > mostBlowUp * extent)
      return false;
    // Tap j meets x[i + j - origin].
    std::vector<double> blocks(rows * columns * n, 0.0);
    for (auto [at, value] : llvm::enumerate(*taps)) {
      auto place = static_cast<int64_t>(at);
      blocks[place / extent * n + (place % extent + n - origin[0]) % n] = value;
    }
    auto type = cast<RankedTensorType>(node.getResult(0).getType());
    Value kernel = nodes.constant(makeConstant(type.clone({rows, columns, n}), blocks, "blocks"));
    Value x = reshapeTo(nodes, permutedSource(), {result[0], columns * n});
    Value y = mix::ProjectionOp::create(builder, node.getLoc(), mix::ProjectionKind::BlockCirculant, x, kernel,
                                        mix::OrientationAttr::get(builder.getContext(), mix::Orientation::Correlation),
                                        /*grid=*/nullptr, /*origin=*/nullptr);
    SmallVector<int64_t> perChannel(result.size() - 1, 1);
    perChannel[0] = rows;
    y = addBias(reshapeTo(nodes, y, result), perChannel);
    say(llvm::formatv("mix.projection block_circulant, {0} times {1} blocks", rows, columns));
    return finish(y);
  }

private:
  DenseI64ArrayAttr originAttr() {
    bool isZero = llvm::all_of(origin, [](int64_t first) { return first == 0; });
    return isZero ? nullptr : builder.getDenseI64ArrayAttr(origin);
  }

  Value permutedSource() {
    return match.view.isPermuted ? nodes.transpose(match.source, match.view.permutation) : match.source;
  }

  Value addBias(Value y, ArrayRef<int64_t> shape) {
    Value bias = node.getInput(2);
    if (!bias || isZeroConstant(bias))
      return y;
    return nodes.create("Add", {y, reshapeTo(nodes, bias, shape)});
  }

  bool fail() {
    remarkMissed(node, "its kernel is dilated and not a constant");
    return false;
  }

  void say(const std::string &what) {
    std::string places = llvm::join(llvm::map_range(origin, [](int64_t first) { return std::to_string(first); }), ", ");
    remark::passed(node.getLoc(), remark::RemarkOpts::name("circular-convolution").category("onnx-to-mix"))
        << llvm::formatv("{0} and the wrap before it raised to {1}, correlation, origin {2}", describe(node), what,
                         places)
               .str();
  }

  /// `y` is null where a node could not be made.
  bool finish(Value y) {
    if (!y)
      return false;
    replaceThroughReshapes(nodes, node.getResult(0), y);
    return true;
  }

  const CircularConvolution &match;
  NodeOp node;
  const Geometry &g;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
  ArrayRef<int64_t> result;                   // [batch, filters, spatial...]
  SmallVector<int64_t> mixed, circle, origin; // spatial axes with more than one tap
};

} // namespace

void onnx_to_mix::raiseConvolutions(Operation *root) {
  SmallVector<NodeOp> convolutions;
  root->walk([&](NodeOp node) {
    if (node.is("Conv") && node.getInputs().size() >= 2 && isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
      convolutions.push_back(node);
  });
  for (NodeOp node : convolutions) {
    std::optional<CircularConvolution> match = findCircle(node);
    if (!match)
      continue;
    int64_t channels = (*staticShape(node.getInput(0)))[1], filters = (*staticShape(node.getResult(0)))[1];
    if (channels == 1)
      Commit(*match).asProjection();
    else if (match->geometry.groups == channels && filters == channels)
      Commit(*match).asCirculant();
    else if (match->geometry.groups != 1 || !Commit(*match).asBlocks())
      remarkMissed(node, llvm::formatv("it goes round, but its kernels mix {0} channels in {1} groups", channels,
                                       match->geometry.groups)
                             .str());
  }
}
