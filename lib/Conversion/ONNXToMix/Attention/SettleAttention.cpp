// An attention that came as one node: what lies around it is taken in, as it is for one that came in pieces.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionRaising.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

class Settling {
public:
  Settling(mix::AttentionOp op, int64_t opset) : op(op), builder(op), nodes(builder, op.getLoc(), opset) {}

  mix::AttentionOp run() {
    describe();
    std::optional<AttentionLayout> layout = chooseLayout(form, roles, /*mayGroup=*/!op.getPastKey());
    if (!layout)
      return op;
    AttentionMiss miss;
    std::optional<MaskForm> mask = normaliseMask(form, layout->roles, miss);
    bool hasWindow = op.getLeft() || op.getRight() || op.getLengths();
    // A window in the mask beside the op's own, or masks that do not fit one another, stay as they are.
    if (mask && ((hasWindow && (mask->left || mask->right)) || mask->fill))
      mask.reset();
    builder.setInsertionPoint(placeOf(layout->result));
    return rebuild(*layout, mask);
  }

private:
  static ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

  DimList dimension(int64_t extent) { return extent == 1 ? DimList() : DimList{form.dims.create(extent)}; }

  Axes axesOf(Value value, const DimList &heads, const DimList &sequence, const DimList &size) {
    return Roles::layout(roles.batch, heads, sequence, size, shapeOf(value).size() == 3);
  }

  /// The form of the operation, as far as layouts and masks are concerned.
  void describe() {
    mix::AttentionSizes sizes = op.getSizes();
    int64_t heads = op.getHeads(), kvHeads = op.getKvHeads();
    roles.batch = dimension(sizes.batch);
    roles.heads = dimension(kvHeads);
    DimList groups = dimension(heads / kvHeads);
    roles.heads.append(groups);
    roles.groupDims = groups.size();
    roles.queries = dimension(sizes.queries);
    roles.keys = dimension(sizes.keys);
    roles.size = dimension(sizes.size);
    roles.valueSize = dimension(sizes.valueSize);
    form.keyDims = roles.keys;
    form.query = collectSources(form.dims, op.getQuery(), axesOf(op.getQuery(), roles.heads, roles.queries, roles.size),
                                /*scales=*/true);
    form.key = collectSources(form.dims, op.getKey(), axesOf(op.getKey(), roles.kvHeads(), roles.keys, roles.size),
                              /*scales=*/true);
    form.value =
        collectSources(form.dims, op.getValue(), axesOf(op.getValue(), roles.kvHeads(), roles.keys, roles.valueSize),
                       /*scales=*/false);
    if (op.getPastKey()) // Their sequence is only a part of that of the scores: they stay where they are.
      for (auto *chain : {&form.key, &form.value})
        chain->truncate(1);
    form.results =
        collectResults(form.dims, op.getOutput(), axesOf(op.getOutput(), roles.heads, roles.queries, roles.valueSize));
    if (op.getScores()) // Their users may stand before the views.
      form.results.truncate(1);
    form.excludedRowsAreZero = op.getMaskedRows() == mix::MaskedRows::Zero;
    if (op.getSoftcap())
      form.softcap = op.getSoftcap()->convertToDouble();
    if (op.getMask())
      addTerm(MaskTerm::Replacing, op.getMask());
    form.termsOutsideCap = form.terms.size();
    if (op.getBias())
      addTerm(MaskTerm::Added, op.getBias());
    if (!op.getBiasBeforeCap())
      form.termsOutsideCap = form.terms.size();
  }

  void addTerm(MaskTerm::Kind kind, Value value) {
    Axes scores{roles.batch, roles.heads, roles.queries, roles.keys};
    SmallVector<int64_t> shape = extentsOf(form.dims, scores);
    MaskTerm term{kind, {value, alignBroadcast(scores, shapeOf(value), shape)}, value.getDefiningOp<NodeOp>()};
    term.fill = -HUGE_VAL;
    form.terms.push_back(term);
  }

  Operation *placeOf(const Place &place) { return form.results[place.index].value.getDefiningOp(); }

  mix::AttentionOp rebuild(const AttentionLayout &layout, const std::optional<MaskForm> &mask) {
    const Source &query = form.query[layout.query.index], &key = form.key[layout.key.index];
    Value q = layout.query.by.emit(nodes, query.value), k = key.value, v = form.value[layout.value.index].value;
    if (!op.getPastKey()) {
      k = layout.key.by.emit(nodes, k);
      v = layout.value.by.emit(nodes, v);
    }
    Type element = op.getOutput().getType().getElementType();
    MaskValues masks{op.getMask(), op.getBias()};
    if (mask) {
      std::optional<MaskValues> read = emitMask(nodes, layout.roles, *mask, element);
      if (!read)
        return op;
      masks = *read;
    }
    auto hasElement = [&](Value value) { return value && getElementTypeOrSelf(value.getType()) == element; };
    if (!hasElement(q) || !hasElement(k) || !hasElement(v))
      return op;
    const Roles &known = layout.roles;
    Axes axes = Roles::layout(known.batch, known.heads, known.queries, known.valueSize, layout.result.isFlat);
    double scale = op.getScale().convertToDouble() * query.scale * key.scale;
    auto integer = [&](std::optional<int64_t> number) {
      return number ? builder.getI64IntegerAttr(*number) : IntegerAttr();
    };
    bool isWindow = mask && (mask->left || mask->right);
    auto settled = mix::AttentionOp::create(
        builder, op.getLoc(), RankedTensorType::get(extentsOf(form.dims, axes), element),
        op.getScores() ? op.getScores().getType() : Type(), q, k, v, op.getPastKey(), op.getPastValue(), masks.mask,
        masks.bias, op.getLengths(), op.getHeadsAttr(), builder.getI64IntegerAttr(form.dims.product(known.kvHeads())),
        builder.getF64FloatAttr(scale), isWindow ? integer(mask->offset) : op.getOffsetAttr(),
        isWindow ? integer(mask->left) : op.getLeftAttr(), isWindow ? integer(mask->right) : op.getRightAttr(),
        op.getEndAlignedAttr(), op.getSoftcapAttr(), op.getBiasBeforeCapAttr(), op.getFillAttr(),
        op.getMaskedRowsAttr(), op.getScoresStageAttr());
    Value output = layout.result.by.emit(nodes, settled.getOutput()), old = form.results[layout.result.index].value;
    if (op.getScores()) {
      onnx::passNameOn(op.getScores(), settled.getScores());
      op.getScores().replaceAllUsesWith(settled.getScores());
    }
    onnx::passNameOn(old, output);
    old.replaceAllUsesWith(output);
    if (old != op.getOutput())
      eraseDead(old.getDefiningOp());
    SmallVector<Value> operands(op->getOperands());
    op.erase();
    for (Value operand : llvm::SmallSetVector<Value, 8>(operands.begin(), operands.end()))
      if (Operation *producer = operand.getDefiningOp())
        eraseDead(producer);
    return settled;
  }

  mix::AttentionOp op;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
  AttentionForm form;
  Roles roles;
};
} // namespace

mix::AttentionOp onnx_to_mix::settleAttention(mix::AttentionOp op, int64_t opset) { return Settling(op, opset).run(); }
