// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Layers.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "lib/Rewrite/Sublayer.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace fourmix::report {
namespace {

constexpr StringLiteral markName = "fourmix.mark";

std::optional<int64_t> markOf(Operation *op) {
  auto mark = op->getAttrOfType<IntegerAttr>(markName);
  return mark ? std::optional(mark.getInt()) : std::nullopt;
}

/// A mixing that is a layer of its own where it is in no other.
bool isMixing(Operation *op) { return isa<mix::MixingOpInterface>(op); }

SmallVector<Operation *> inProgramOrder(Block &block, const llvm::DenseSet<Operation *> &set) {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    if (set.contains(&op))
      ops.push_back(&op);
  return ops;
}

/// What is computed from `input` on the way to `output`.
SmallVector<Operation *> between(Block &block, Value input, Operation *output) {
  llvm::DenseSet<Value> reached = {input};
  llvm::DenseSet<Operation *> forward, both;
  for (Operation &op : block)
    if (llvm::any_of(op.getOperands(), [&](Value operand) { return reached.contains(operand); })) {
      forward.insert(&op);
      reached.insert_range(op.getResults());
    }
  SmallVector<Operation *> list = {output};
  while (!list.empty()) {
    Operation *op = list.pop_back_val();
    if (!op || !forward.contains(op) || !both.insert(op).second)
      continue;
    for (Value operand : op->getOperands())
      if (operand != input)
        list.push_back(operand.getDefiningOp());
  }
  both.insert(output);
  return inProgramOrder(block, both);
}

/// What `producer` is computed from, as far as it is new or was in the layer before.
SmallVector<Operation *> upwards(Block &block, Operation *producer, const llvm::DenseSet<int64_t> &own) {
  llvm::DenseSet<Operation *> found;
  SmallVector<Operation *> list = {producer};
  while (!list.empty()) {
    Operation *op = list.pop_back_val();
    if (!op || op->getBlock() != &block)
      continue;
    std::optional<int64_t> mark = markOf(op);
    if ((op != producer && mark && !own.contains(*mark)) || !found.insert(op).second)
      continue;
    for (Value operand : op->getOperands())
      list.push_back(operand.getDefiningOp());
  }
  return inProgramOrder(block, found);
}

/// Spans of the mixings that are in none of `spans`.
SmallVector<Span> remaining(Block &block, ArrayRef<Span> spans) {
  llvm::DenseSet<Operation *> taken;
  for (const Span &span : spans)
    taken.insert_range(span.ops);
  SmallVector<Span> more;
  for (Operation &op : block)
    if (isMixing(&op) && !taken.contains(&op))
      more.push_back({std::nullopt, &op, {&op}});
  return more;
}

void sortByPlace(SmallVectorImpl<Span> &spans) {
  llvm::sort(spans, [](const Span &a, const Span &b) { return a.producer->isBeforeInBlock(b.producer); });
}

} // namespace

void mark(func::FuncOp main) {
  Builder builder(main.getContext());
  for (auto [index, op] : llvm::enumerate(main.front()))
    op.setAttr(markName, builder.getI64IntegerAttr(static_cast<int64_t>(index)));
}

void unmark(func::FuncOp main) {
  main.walk([](Operation *op) { op->removeAttr(markName); });
}

SmallVector<Span> spansBefore(func::FuncOp main) {
  SmallVector<Span> spans;
  for (const rewrite::AttentionLayer &layer : rewrite::attentionLayers(main)) {
    Operation *producer = rewrite::layerProducer(main, layer.number);
    rewrite::SublayerAnalysis analysis = rewrite::analyseSublayer(layer.attention);
    if (!producer || producer->getBlock() != &main.front())
      continue;
    SmallVector<Operation *> ops = {producer};
    if (analysis.sublayer)
      ops = between(main.front(), analysis.sublayer->input, producer);
    spans.push_back({layer.number, producer, std::move(ops)});
  }
  spans.append(remaining(main.front(), spans));
  sortByPlace(spans);
  return spans;
}

SmallVector<std::optional<Span>> spansAfter(func::FuncOp main, ArrayRef<Span> before) {
  Block &block = main.front();
  llvm::DenseMap<int64_t, Operation *> byMark;
  for (Operation &op : block)
    if (std::optional<int64_t> mark = markOf(&op))
      byMark.try_emplace(*mark, &op);
  (void)rewrite::attentionLayers(main); // where nothing was rewritten, nothing has a number yet

  SmallVector<std::optional<Span>> after(before.size());
  SmallVector<Span> found;
  for (auto [i, span] : llvm::enumerate(before)) {
    llvm::DenseSet<int64_t> own;
    for (Operation *op : span.ops)
      if (std::optional<int64_t> mark = markOf(op))
        own.insert(*mark);
    std::optional<int64_t> mark = markOf(span.producer);
    Operation *same = mark ? byMark.lookup(*mark) : nullptr;
    Operation *producer = span.number ? rewrite::layerProducer(main, *span.number) : same;
    if (!producer || producer->getBlock() != &block)
      continue;
    after[i] = Span{span.number, producer, upwards(block, producer, own)};
    found.push_back(*after[i]);
  }
  // A mixing that took the place of another one without a number: the places that became empty, in order.
  SmallVector<Span> fresh = remaining(block, found);
  SmallVector<size_t> empty;
  for (size_t i = 0; i < after.size(); ++i)
    if (!after[i] && !before[i].number)
      empty.push_back(i);
  for (auto [i, span] : llvm::enumerate(fresh)) {
    if (empty.size() == fresh.size())
      after[empty[i]] = std::move(span);
    else
      after.push_back(std::move(span));
  }
  return after;
}

//===----------------------------------------------------------------------===//
// In words
//===----------------------------------------------------------------------===//

static std::string detailOf(Operation *op) {
  SmallVector<std::string> texts;
  if (auto attention = dyn_cast<mix::AttentionOp>(op)) {
    texts.push_back(std::to_string(attention.getHeads()) + (attention.getHeads() == 1 ? " head" : " heads"));
    if (attention.getKvHeads() != attention.getHeads())
      texts.push_back(std::to_string(attention.getKvHeads()) + " of keys");
    if (attention.isCausal())
      texts.push_back("causal");
    else if (attention.getLeft() || attention.getRight())
      texts.push_back("window");
    if (attention.getMask() || attention.getLengths())
      texts.push_back("masked");
    if (attention.getBias())
      texts.push_back("biased");
  } else if (auto fourier = dyn_cast<mix::FourierOp>(op)) {
    texts.push_back(fourier.getMixedAxes().size() > 1 ? "sequence and hidden" : "sequence");
  } else if (auto gated = dyn_cast<mix::GatedOp>(op)) {
    texts.push_back(gated.isCircular() ? "circular" : "linear");
    texts.push_back(std::to_string(gated.getKernel().getType().getDimSize(gated.getAxis())) + " taps");
  } else if (auto projection = dyn_cast<mix::ProjectionOp>(op)) {
    texts.push_back(mix::stringifyProjectionKind(projection.getKind()).str());
  } else if (auto mixing = dyn_cast<mix::MixingOpInterface>(op)) {
    std::string axes;
    llvm::raw_string_ostream os(axes);
    llvm::interleave(mixing.getMixedAxes(), os, [&](int64_t axis) { os << axis; }, " and ");
    texts.push_back("axis " + axes);
  }
  return llvm::join(texts, ", ");
}

Side describe(const Span &span, const rewrite::WorkCounter &counter) {
  llvm::MapVector<StringRef, int64_t> kinds, projections;
  SmallVector<std::string> details;
  Side side;
  for (Operation *op : span.ops) {
    if (!isMixing(op))
      continue;
    bool alone = span.ops.size() == 1;
    if (auto projection = dyn_cast<mix::ProjectionOp>(op); projection && !alone) {
      ++projections[mix::stringifyProjectionKind(projection.getKind())];
    } else {
      ++kinds[op->getName().getStringRef()];
      if (std::string detail = detailOf(op); !detail.empty() && !llvm::is_contained(details, detail))
        details.push_back(std::move(detail));
    }
    for (Plot &plot : plotsOf(op))
      side.plots.push_back(std::move(plot));
  }
  auto text = [](const llvm::MapVector<StringRef, int64_t> &counts, StringRef suffix) {
    std::string all;
    for (auto [name, count] : counts)
      all += (all.empty() ? "" : " + ") + (count > 1 ? std::to_string(count) + " " : "") + (name + suffix).str();
    return all;
  };
  side.kind = kinds.empty() ? "no mixing" : text(kinds, "");
  if (!projections.empty())
    details.push_back(text(projections, " projection"));
  side.detail = llvm::join(details, "; ");
  side.work = counter.count(span.ops);
  return side;
}

std::string nameOf(const Span &span) {
  auto nameOfOp = [](Operation *op) {
    auto node = dyn_cast<onnx::NodeOp>(op);
    if (node && node.getName() && !node.getName()->empty())
      return node.getName()->str();
    auto loc = op->getLoc()->findInstanceOf<NameLoc>();
    return loc ? loc.getName().str() : std::string();
  };
  for (Operation *op : span.ops) // the mixing is what people look for
    if (isMixing(op) && !isa<mix::ProjectionOp>(op))
      if (std::string name = nameOfOp(op); !name.empty())
        return name;
  return nameOfOp(span.producer);
}

//===----------------------------------------------------------------------===//
// The drawing
//===----------------------------------------------------------------------===//

/// What people would call these nodes, by what they compute.
static std::string titleOf(ArrayRef<Operation *> ops, const rewrite::WorkCounter &counter) {
  int64_t products = 0, convolutions = 0, norms = 0, reductions = 0, tables = 0;
  for (Operation *op : ops) {
    auto node = dyn_cast<onnx::NodeOp>(op);
    if (!node)
      continue;
    auto constant = [&](unsigned i) { return node.getInput(i) && counter.isConstant(node.getInput(i)); };
    StringRef type = node.getOpType();
    products += (type == "MatMul" || type == "Gemm" || type == "Einsum") && (constant(0) || constant(1));
    convolutions += type == "Conv";
    norms += type.ends_with("Normalization");
    reductions += type.starts_with("Reduce") || type.contains("Pool");
    tables += type == "Gather" && constant(0);
  }
  if (tables)
    return "embedding";
  if (products > 1)
    return "feed-forward";
  if (products == 1)
    return "dense";
  return convolutions ? "convolution" : norms ? "normalisation" : reductions ? "pooling" : "element-wise";
}

static std::string listOf(ArrayRef<Operation *> ops) {
  llvm::MapVector<StringRef, int64_t> counts;
  for (Operation *op : ops)
    if (auto node = dyn_cast<onnx::NodeOp>(op))
      ++counts[node.getOpType()];
    else
      ++counts[op->getName().getStringRef()];
  std::string all;
  for (auto [name, count] : counts)
    all += (all.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + " " : "") + name.str();
  return all;
}

std::vector<Part> partsOf(func::FuncOp main, ArrayRef<Span> spans, ArrayRef<size_t> indices,
                          const rewrite::WorkCounter &counter) {
  llvm::DenseMap<Operation *, size_t> spanOf;
  for (auto [i, span] : llvm::enumerate(spans))
    for (Operation *op : span.ops)
      spanOf.try_emplace(op, i);
  // Between which layers an operation stands: behind as many as what it reads comes from.
  llvm::DenseMap<Operation *, size_t> depths;
  std::vector<SmallVector<Operation *>> rest(spans.size() + 1);
  for (Operation &op : main.front()) {
    size_t depth = 0;
    for (Value operand : op.getOperands())
      if (Operation *from = operand.getDefiningOp())
        depth = std::max(depth, depths.lookup(from));
    auto own = spanOf.find(&op);
    if (own != spanOf.end() && spans[own->second].producer == &op)
      depth = std::max(depth, own->second + 1);
    depths[&op] = depth;
    bool computedBefore = op.getNumResults() && llvm::all_of(op.getResults(), [&](Value result) {
                            return counter.isConstant(result) || isa<onnx::AbsentType>(result.getType());
                          });
    if (own == spanOf.end() && !computedBefore && !op.hasTrait<OpTrait::IsTerminator>())
      rest[std::min(depth, spans.size())].push_back(&op);
  }
  std::vector<Part> parts;
  for (size_t i = 0; i <= spans.size(); ++i) {
    if (!rest[i].empty()) {
      Work work = counter.count(rest[i]);
      bool moves = work.flops == 0 && work.uncounted.empty();
      parts.push_back({moves ? "moving data" : titleOf(rest[i], counter), listOf(rest[i]), std::nullopt, work});
    }
    if (i < spans.size()) {
      Side side = describe(spans[i], counter);
      parts.push_back({side.kind, side.detail, indices[i], side.work});
    }
  }
  return parts;
}

} // namespace fourmix::report
