// FNet's blocks on half of the spectrum.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Remarks.h"
#include "Sublayer.h"
#include "Work.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Rewrite/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_FASTFNET
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

namespace {

constexpr llvm::StringLiteral passName = "fast-fnet";

/// LayerNormalization(x + s Re(F F x)), and the products that take it.
struct Block {
  mix::FourierOp mixing;
  NodeOp scale; // s, or null
  NodeOp sum, norm;
  SmallVector<NodeOp> products; // MatMul with a constant matrix from the right
  bool isUsedOtherwise = false; // the normalised sum, by a residual
};

/// The block around a mixing, or why there is none: a clause.
struct Analysis {
  std::optional<Block> block;
  std::string reason;
};

NodeOp onlyUser(Value value) { return value.hasOneUse() ? dyn_cast<NodeOp>(*value.getUsers().begin()) : NodeOp(); }

/// A floating-point constant of this shape.
bool isConstantOf(Value value, ArrayRef<int64_t> shape) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  return constant && isa<FloatType>(constant.getElementType()) && constant.getShapedType().getShape() == shape;
}

bool isScale(NodeOp node, Value value) {
  if (!node || !(node.is("Mul") || node.is("Div")) || node.getResult(0).getType() != value.getType())
    return false;
  Value other = node.getInput(0) == value ? node.getInput(1) : node.is("Mul") ? node.getInput(0) : Value();
  ElementsAttr constant = other ? matchConstant(other) : ElementsAttr();
  return constant && constant.getNumElements() == 1;
}

/// What uses the normalised sum: products, and perhaps others.
std::string sortUsers(Block &block, int64_t width) {
  Value result = block.norm.getResult(0);
  for (OpOperand &use : result.getUses()) {
    auto node = dyn_cast<NodeOp>(use.getOwner());
    ElementsAttr weight =
        node && node.is("MatMul") && use.getOperandNumber() == 0 ? matchConstant(node.getInput(1)) : ElementsAttr();
    if (weight && weight.getShapedType().getRank() == 2 &&
        isConstantOf(node.getInput(1), {width, weight.getShapedType().getDimSize(1)}))
      block.products.push_back(node);
    else
      block.isUsedOtherwise = true;
  }
  return block.products.empty() ? "no product with a constant matrix takes what follows it, so nothing would be saved"
                                : "";
}

Analysis analyse(mix::FourierOp mixing) {
  RankedTensorType type = mixing.getInput().getType();
  int64_t rank = type.getRank(), width = type.getShape().back();
  auto refuse = [](const Twine &reason) { return Analysis{std::nullopt, reason.str()}; };
  if (mixing.getPart() != mix::FourierPart::Real || !mixing.getSequence() || mixing.getHalf())
    return refuse("it is not the real part over sequence and hidden axis");
  if (static_cast<int64_t>(mixing.getHidden().value_or(0)) != rank - 1)
    return refuse("its hidden axis is not the last one");
  if (!type.hasStaticShape())
    return refuse("its shape is not static");
  if (width < 3)
    return refuse("of " + Twine(width) + " features no half is less than all");
  Block block{mixing, {}, {}, {}, {}};
  Value value = mixing.getResult();
  NodeOp user = onlyUser(value);
  if (isScale(user, value)) {
    block.scale = user;
    value = user.getResult(0);
    user = onlyUser(value);
  }
  if (!user || !user.is("Add") || user.getResult(0).getType() != type)
    return refuse("it is not added to a residual");
  Value residual = user.getInput(user.getInput(0) == value ? 1 : 0);
  if (residual != mixing.getInput())
    return refuse("the residual is not the tensor that is mixed: the spectrum's mirror image holds for that alone");
  block.sum = user;
  block.norm = onlyUser(user.getResult(0));
  if (!block.norm || !block.norm.is("LayerNormalization") || block.norm.getInput(0) != user.getResult(0))
    return refuse("no LayerNormalization follows the residual");
  int64_t axis = block.norm.getInt("axis", -1);
  bool othersUnused = llvm::all_of(block.norm->getResults().drop_front(), [](Value v) { return v.use_empty(); });
  Value bias = block.norm.getInput(2);
  if ((axis != -1 && axis != rank - 1) || !isConstantOf(block.norm.getInput(1), width) || !othersUnused ||
      (bias && !isa_and_nonnull<onnx::NoneOp>(bias.getDefiningOp()) && !isConstantOf(bias, width)))
    return refuse("its LayerNormalization is not over the features, with constant weights");
  if (std::string reason = sortUsers(block, width); !reason.empty())
    return refuse(reason);
  return {std::move(block), ""};
}

/// Rows l and (d - l) mod d of a d x columns matrix become one row l of d/2 + 1: their mean, or their sum. A row that
/// is its own mirror image stays.
Value foldRows(onnx::NodeBuilder &nodes, Value matrix, bool isMean, StringRef hint) {
  ElementsAttr constant = matchConstant(matrix);
  std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
  if (!values)
    return {};
  ShapedType type = constant.getShapedType();
  int64_t d = type.getDimSize(0), columns = type.getNumElements() / d, kept = d / 2 + 1;
  std::vector<double> folded(kept * columns);
  for (int64_t l = 0; l < kept; ++l) {
    int64_t mirrored = (d - l) % d;
    for (int64_t c = 0; c < columns; ++c) {
      double a = (*values)[l * columns + c], b = (*values)[mirrored * columns + c];
      folded[l * columns + c] = mirrored == l ? a : isMean ? (a + b) / 2 : a + b;
    }
  }
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = kept;
  return nodes.constant(makeConstant(RankedTensorType::get(shape, type.getElementType()), folded, hint));
}

/// The features l and d - l of every token, averaged.
Value poolResidual(onnx::NodeBuilder &nodes, Value x, int64_t width) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> mirrored;
  for (int64_t l = 0; l < width / 2 + 1; ++l)
    mirrored.push_back((width - l) % width);
  Value first = nodes.slice(x, type.getRank() - 1, 0, width / 2 + 1);
  Value second = nodes.create("Gather", {x, nodes.ints(mirrored)}, nodes.attr("axis", type.getRank() - 1));
  return nodes.create("Mul", {nodes.create("Add", {first, second}), nodes.number(0.5, type.getElementType())});
}

bool isOurs(Operation *op) { return isa<onnx::ONNXDialect, mix::MixDialect>(op->getDialect()); }

struct FastFNet : fourmix::impl::FastFNetBase<FastFNet> {
  /// The block on half of its features; failure after an error.
  LogicalResult rewrite(Block block, std::optional<int64_t> layer) {
    mix::FourierOp mixing = block.mixing;
    int64_t rank = mixing.getInput().getType().getRank(), width = mixing.getInput().getType().getShape().back();
    Work before = WorkCounter(getOperation()).count();
    OpBuilder builder(block.norm);
    onnx::NodeBuilder nodes(builder, block.norm.getLoc(), onnx::opsetOf(getOperation()->getParentOfType<ModuleOp>()));
    Value x = mixing.getInput();
    Value half = mix::FourierOp::create(builder, mixing.getLoc(), x, *mixing.getSequence(), *mixing.getHidden(),
                                        mixing.getPart(), /*half=*/true);
    passLayerOn(mixing, half.getDefiningOp());
    if (NodeOp scale = block.scale) {
      bool isFirst = scale.getInput(0) == mixing.getResult();
      SmallVector<Value> inputs = {half, scale.getInput(isFirst ? 1 : 0)};
      half = nodes.create(scale.getOpType(), inputs);
    }
    Value sum = nodes.create("Add", {poolResidual(nodes, x, width), half});
    SmallVector<Value> inputs = {sum, foldRows(nodes, block.norm.getInput(1), /*isMean=*/true, "gamma_half")};
    if (Value bias = block.norm.getInput(2); bias && matchConstant(bias))
      inputs.push_back(foldRows(nodes, bias, /*isMean=*/true, "beta_half"));
    Value norm = nodes.create("LayerNormalization", inputs, llvm::to_vector(block.norm.getNodeAttrs().getValue()));
    if (!norm)
      return failure();
    Operation *last = block.norm;
    for (NodeOp product : block.products) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(product);
      Value made = nodes.create("MatMul", {norm, foldRows(nodes, product.getInput(1), /*isMean=*/false, "half")});
      if (!made)
        return failure();
      onnx::passNameOn(product.getResult(0), made);
      product.getResult(0).replaceAllUsesWith(made);
      eraseDead(product, isOurs);
    }
    if (block.isUsedOtherwise) {
      Value whole = mix::MirrorOp::create(builder, block.norm.getLoc(), norm, /*sequence=*/nullptr,
                                          builder.getI64IntegerAttr(rank - 1), builder.getI64IntegerAttr(width));
      onnx::passNameOn(block.norm.getResult(0), whole);
      block.norm.getResult(0).replaceAllUsesWith(whole);
    }
    eraseDead(last, isOurs);
    Work after = WorkCounter(getOperation()).count();
    remarkRewritten({passName, norm.getDefiningOp(), layer}, "mix.fourier", "mix.fourier half",
                    llvm::formatv("{0} of {1} features from here to the next product; the residual is pooled in pairs. "
                                  "This is another network: it wants training",
                                  width / 2 + 1, width)
                        .str(),
                    workFacts(before, after));
    return success();
  }

  void runOnOperation() override {
    SmallVector<mix::FourierOp> mixings;
    getOperation().walk([&](mix::FourierOp op) { mixings.push_back(op); });
    if (mixings.empty())
      remarkSkipped({passName, getOperation(), std::nullopt}, "", "it has no mix.fourier");
    for (mix::FourierOp mixing : mixings) {
      std::optional<int64_t> layer;
      if (auto number = mixing->getAttrOfType<IntegerAttr>(layerAttrName))
        layer = number.getInt();
      Analysis analysis = analyse(mixing);
      if (!analysis.block)
        remarkSkipped({passName, mixing, layer}, "mix.fourier", analysis.reason);
      else if (failed(rewrite(std::move(*analysis.block), layer)))
        return signalPassFailure();
    }
  }
};
} // namespace
