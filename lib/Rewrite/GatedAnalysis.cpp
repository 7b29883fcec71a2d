// When gated attention can stand in the place of attention.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GatedAttention.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

/// `value`, which broadcasts to [batch, heads, queries, keys], before it was repeated for every query; null where it
/// differs from query to query, as far as the graph shows.
static Value alongKeys(Value value) {
  auto isAlongKeys = [](Value v) {
    auto type = dyn_cast<RankedTensorType>(v.getType());
    return type && type.hasStaticShape() && (type.getRank() < 2 || type.getDimSize(type.getRank() - 2) == 1);
  };
  while (!isAlongKeys(value)) {
    auto node = value.getDefiningOp<onnx::NodeOp>();
    if (!node || node.getOpType() != "Expand" || !isa<RankedTensorType>(node.getOperand(0).getType()))
      return {};
    // A lower rank aligns at the last axis, as the attention aligns it.
    value = node.getOperand(0);
  }
  return value;
}

/// True for a constant [.., heads or 1, n, n] that depends on key minus query alone.
static bool isByDistance(Value bias, int64_t tokens) {
  ElementsAttr constant = matchConstant(bias);
  auto type = cast<RankedTensorType>(bias.getType());
  int64_t rank = type.getRank();
  if (!constant || rank < 2 || type.getDimSize(rank - 1) != tokens || type.getDimSize(rank - 2) != tokens ||
      (rank == 4 && type.getDimSize(0) != 1))
    return false;
  std::optional<std::vector<double>> values = readDoubles(constant);
  if (!values)
    return false;
  for (size_t at = 0; at < values->size(); ++at) {
    int64_t row = at / tokens % tokens, column = at % tokens;
    if (!std::isfinite((*values)[at]) ||
        (row && column && std::fabs((*values)[at] - (*values)[at - tokens - 1]) > 1e-5))
      return false;
  }
  return true;
}

/// What no gated form says of this attention; empty where there is nothing.
static std::string obstacle(mix::AttentionOp attention) {
  if (attention.getScores() && !attention.getScores().use_empty())
    return "its weights are used elsewhere";
  if (attention.getPastKey())
    return "it reads keys and values of earlier tokens (a cache)";
  if (attention.getSoftcap())
    return "its scores have a soft cap, which no product of a kernel and a gate says";
  if (attention.getLengths())
    return "its mask is given as lengths";
  if (attention.getOffset() != 0 || attention.getEndAligned())
    return "its queries and keys do not begin at the same token";
  return "";
}

GatedAnalysis rewrite::analyseGated(mix::AttentionOp attention) {
  auto refuse = [](const Twine &reason) { return GatedAnalysis{std::nullopt, reason.str()}; };
  if (std::string reason = obstacle(attention); !reason.empty())
    return refuse(reason);
  SublayerAnalysis analysis = analyseSublayer(attention);
  if (!analysis.sublayer)
    return refuse(analysis.reason);
  mix::AttentionSizes sizes = attention.getSizes();
  Sublayer &sublayer = *analysis.sublayer;
  RankedTensorType type = sublayer.getType();
  int64_t n = sizes.keys, features = type.getShape().back();
  if (sizes.queries != n)
    return refuse(llvm::formatv("{0} queries see {1} keys: it is no self-attention", sizes.queries, n).str());
  if (!type.hasStaticShape() || n == 0)
    return refuse("its sequence has no fixed length, which a kernel needs");
  if (type.getDimSize(sublayer.sequence) != n || type.getNumElements() != sizes.batch * n * features)
    return refuse(
        llvm::formatv("the sublayer starts from {0}, and not from {1} x {2} tokens", type, sizes.batch, n).str());

  GatedForm form{sublayer, sizes.batch, n, static_cast<int64_t>(attention.getHeads()), features, n - 1, n - 1, {}, {}};
  if (attention.getLeft())
    form.left = std::min<int64_t>(*attention.getLeft(), n - 1);
  if (attention.getRight())
    form.right = std::min<int64_t>(*attention.getRight(), n - 1);
  if (Value mask = attention.getMask()) {
    form.mask = alongKeys(mask);
    if (!form.mask)
      return refuse("its mask differs from query to query: a gate hides a key from all queries alike");
  }
  if (Value bias = attention.getBias(); bias && !isByDistance(bias, n)) {
    form.bias = alongKeys(bias);
    if (!form.bias)
      return refuse("its scores have a bias that differs from query to query, and not by distance alone");
  }
  if (form.isWindowed() && (form.mask || form.bias))
    return refuse("it has a window (it is causal, perhaps) and a mask: together they may leave a query without a key");
  return {form, ""};
}
