// The algebra of mixings, on onnx and mix, where the greedy driver may not run: what changes no result.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Remarks.h"
#include "Sublayer.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Rewrite/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include <cmath>

namespace fourmix {
#define GEN_PASS_DEF_SIMPLIFYMIXING
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

namespace {

constexpr llvm::StringLiteral passName = "simplify-mixing";

/// A node that multiplies a tensor by one constant number.
struct Scale {
  NodeOp node;
  Value tensor;
  double factor;
};
std::optional<Scale> matchScale(Operation *op) {
  auto node = dyn_cast_or_null<NodeOp>(op);
  if (!node || !node.getDomain().empty() || !(node.is("Mul") || node.is("Div")))
    return std::nullopt;
  for (unsigned i : {0u, 1u}) {
    Value tensor = node.getInput(i);
    ElementsAttr constant = matchConstant(node.getInput(1 - i));
    if (!constant || matchConstant(tensor) || constant.getNumElements() != 1 || (i == 1 && node.is("Div")) ||
        tensor.getType() != node.getResult(0).getType() || !isa<FloatType>(constant.getElementType()))
      continue;
    std::optional<std::vector<double>> values = readDoubles(constant);
    double factor = values ? (node.is("Div") ? 1 / values->front() : values->front()) : 0;
    if (factor != 0 && std::isfinite(factor))
      return Scale{node, tensor, factor};
  }
  return std::nullopt;
}

/// What a scale goes through: a mixing that is linear and has no weights of its own.
Operation *asTransform(Operation *op) {
  if (auto fourier = dyn_cast_or_null<mix::FourierOp>(op))
    return fourier.isLinear() ? op : nullptr;
  return isa_and_nonnull<mix::CosineOp, mix::MirrorOp, mix::ReflectOp>(op) ? op : nullptr;
}

/// True for constants that a factor may go into: floats of 32 bits and more, so that no digit is lost that the product
/// would keep.
ElementsAttr asWeights(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  bool fits =
      constant && isa<FloatType>(constant.getElementType()) && constant.getElementType().getIntOrFloatBitWidth() >= 32;
  return fits ? constant : ElementsAttr();
}

/// `constant` times `factor`, under the name that the file has for it.
Value scaled(onnx::NodeBuilder &nodes, ElementsAttr constant, double factor) {
  std::optional<std::vector<double>> values = readDoubles(constant);
  if (!values)
    return {};
  for (double &value : *values)
    value *= factor;
  return nodes.constant(makeConstant(cast<RankedTensorType>(constant.getShapedType()), *values, "scaled"));
}

struct SimplifyMixing : fourmix::impl::SimplifyMixingBase<SimplifyMixing> {
  onnx::NodeBuilder nodesBefore(OpBuilder &builder, Operation *op) {
    builder.setInsertionPoint(op);
    return {builder, op->getLoc(), onnx::opsetOf(getOperation()->getParentOfType<ModuleOp>())};
  }
  static void replace(Operation *op, Value by) {
    onnx::passNameOn(op->getResult(0), by);
    op->getResult(0).replaceAllUsesWith(by);
    eraseDead(op, [](Operation *dead) { return isa<onnx::ONNXDialect, mix::MixDialect>(dead->getDialect()); });
  }

  /// Re(F Re(F x)) = N / 2 (x + reflect x) and H H x = N x, of N points.
  bool collapse(mix::FourierOp op) {
    auto inner = op.getInput().getDefiningOp<mix::FourierOp>();
    if (!inner || !inner->hasOneUse() || inner.getHalf() || op.getHalf() || inner.getPart() != op.getPart() ||
        !op.isLinear() || inner.getMixedAxes() != op.getMixedAxes() || !op.getType().hasStaticShape())
      return false;
    OpBuilder builder(op);
    onnx::NodeBuilder nodes = nodesBefore(builder, op);
    Value x = inner.getInput();
    double factor = op.getNumPoints();
    if (op.getPart() == mix::FourierPart::Real) {
      x = nodes.create("Add", {x, mix::ReflectOp::create(builder, op.getLoc(), x, op.getMixedAxes())});
      factor /= 2;
    }
    Value result = nodes.create("Mul", {x, nodes.number(factor, op.getType().getElementType())});
    if (!result)
      return false;
    remarkRewritten({passName, op, std::nullopt}, "mix.fourier", "mix.reflect",
                    "two mixings in a row are a sum with the reflection");
    replace(op, result);
    return true;
  }

  /// A scale before or behind transforms goes into the matrix that takes the result, or into the normalisation that
  /// they start from; all between have one user.
  bool absorb(Scale scale) {
    Operation *before = scale.tensor.getDefiningOp();
    Value after = scale.node.getResult(0);
    auto onlyUser = [](Value value) { return value.hasOneUse() ? *value.getUsers().begin() : nullptr; };
    bool isNeighbour = asTransform(before) || asTransform(onlyUser(after));
    if (!isNeighbour)
      return false;
    while (Operation *user = asTransform(onlyUser(after)))
      after = user->getResult(0);
    auto product = dyn_cast_or_null<NodeOp>(onlyUser(after));
    if (product && product.is("MatMul") && product.getInput(0) == after && asWeights(product.getInput(1)))
      return moveInto(scale, product, {1});
    if (!scale.tensor.hasOneUse())
      return false;
    while (asTransform(before) && before->getOperand(0).hasOneUse())
      before = before->getOperand(0).getDefiningOp();
    auto norm = dyn_cast_or_null<NodeOp>(before);
    if (!norm || !norm.is("LayerNormalization") || !asWeights(norm.getInput(1)))
      return false;
    bool hasBias = norm.getInput(2) && !isa_and_nonnull<onnx::NoneOp>(norm.getInput(2).getDefiningOp());
    if (hasBias && !asWeights(norm.getInput(2)))
      return false;
    return moveInto(scale, norm, hasBias ? ArrayRef<unsigned>{1, 2} : ArrayRef<unsigned>{1});
  }

  bool moveInto(Scale scale, NodeOp node, ArrayRef<unsigned> weights) {
    OpBuilder builder(node);
    onnx::NodeBuilder nodes = nodesBefore(builder, node);
    SmallVector<Value> made;
    for (unsigned i : weights)
      made.push_back(scaled(nodes, asWeights(node.getInput(i)), scale.factor));
    if (llvm::is_contained(made, Value()))
      return false;
    remarkRewritten({passName, scale.node, std::nullopt}, "Mul", node.getOpType(),
                    "the factor beside a transform goes into the weights of " + describe(node.getOperation()));
    for (auto [i, value] : llvm::zip(weights, made)) {
      Operation *old = node.getInput(i).getDefiningOp();
      node->setOperand(i, value);
      eraseDead(old, [](Operation *dead) { return isa<onnx::ONNXDialect>(dead->getDialect()); });
    }
    replace(scale.node, scale.tensor);
    return true;
  }

  /// What the ops' own folds and patterns say that stays within mix: a transform and its inverse, reflections of what
  /// is even, half a spectrum and its mirror image.
  void applyOwn() {
    RewritePatternSet patterns(&getContext());
    mix::CosineOp::getCanonicalizationPatterns(patterns, &getContext());
    mix::MirrorOp::getCanonicalizationPatterns(patterns, &getContext());
    walkAndApplyPatterns(getOperation(), FrozenRewritePatternSet(std::move(patterns)));
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<mix::FourierOp, mix::CosineOp, mix::ReflectOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      SmallVector<OpFoldResult> results;
      SmallVector<Attribute> unknown(op->getNumOperands());
      if (succeeded(op->fold(unknown, results)) && results.size() == 1 && isa<Value>(results[0]))
        op->getResult(0).replaceAllUsesWith(cast<Value>(results[0]));
    }
    for (Operation *op : llvm::reverse(ops))
      if (op->use_empty())
        op->erase();
  }

  void runOnOperation() override {
    applyOwn();
    SmallVector<mix::FourierOp> mixings;
    getOperation().walk([&](mix::FourierOp op) { mixings.push_back(op); });
    // From the last one on: of three in a row the last two collapse.
    while (!mixings.empty()) {
      mix::FourierOp op = mixings.pop_back_val();
      Operation *inner = op.getInput().getDefiningOp();
      if (collapse(op))
        llvm::erase_if(mixings, [&](mix::FourierOp other) { return other.getOperation() == inner; });
    }
    SmallVector<NodeOp> nodes;
    getOperation().walk([&](NodeOp node) { nodes.push_back(node); });
    for (NodeOp node : nodes)
      if (std::optional<Scale> scale = matchScale(node))
        absorb(*scale);
  }
};
} // namespace
