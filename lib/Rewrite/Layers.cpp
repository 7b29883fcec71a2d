// The numbers of layers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Sublayer.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

static std::optional<int64_t> numberOf(Operation *op) {
  auto number = op ? op->getAttrOfType<IntegerAttr>(layerAttrName) : IntegerAttr();
  return number ? std::optional(number.getInt()) : std::nullopt;
}

SmallVector<AttentionLayer> rewrite::attentionLayers(func::FuncOp function) {
  SmallVector<AttentionLayer> layers;
  int64_t next = countLayers(function);
  llvm::DenseMap<Block *, std::unique_ptr<Dependence>> dependences;
  function.walk([&](mix::AttentionOp attention) {
    std::unique_ptr<Dependence> &dependence = dependences[attention->getBlock()];
    if (!dependence)
      dependence = std::make_unique<Dependence>(*attention->getBlock());
    SublayerAnalysis analysis = analyseSublayer(attention, dependence.get());
    Operation *producer = analysis.sublayer ? analysis.sublayer->output.getDefiningOp() : attention.getOperation();
    std::optional<int64_t> number = numberOf(producer);
    if (!number) {
      number = next++;
      producer->setAttr(layerAttrName, Builder(function.getContext()).getI64IntegerAttr(*number));
    }
    layers.push_back({*number, attention});
  });
  return layers;
}

int64_t rewrite::countLayers(func::FuncOp function) {
  int64_t count = 0;
  function.walk([&](Operation *op) { count = std::max(count, numberOf(op).value_or(-1) + 1); });
  return count;
}

Operation *rewrite::layerProducer(func::FuncOp function, int64_t number) {
  Operation *found = nullptr;
  function.walk([&](Operation *op) {
    if (numberOf(op) == number)
      found = op;
  });
  return found;
}

void rewrite::passLayerOn(Operation *from, Operation *to) {
  if (Attribute number = from->getAttr(layerAttrName))
    to->setAttr(layerAttrName, number);
  from->removeAttr(layerAttrName);
}
