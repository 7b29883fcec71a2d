// Einsum: the equation in its three spellings.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Einsum.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace mlir;

namespace fourmix::lowering {

namespace {

struct Contraction {
  SmallVector<Labels> inputs;
  Labels output;
};

/// Reads one term ("b...ij") for a tensor of `rank` dimensions; -1 for the output, whose ellipsis stands for
/// `ellipsis` dimensions.
LogicalResult readTerm(NodeLowering &n, StringRef text, int64_t rank, int64_t ellipsis, Labels &labels) {
  size_t dots = text.find("...");
  int64_t named = dots == StringRef::npos ? text.size() : text.size() - 3;
  int64_t hidden = dots == StringRef::npos ? 0 : rank < 0 ? ellipsis : rank - named;
  if (rank >= 0 && (hidden < 0 || named + hidden != rank))
    return n.node.emitNodeError() << "term '" << text << "' does not fit an operand of rank " << rank;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == dots) {
      for (int64_t h = hidden; h > 0; --h)
        labels.push_back(256 + h - 1);
      i += 2;
    } else if (llvm::isAlpha(text[i])) {
      labels.push_back(text[i]);
    } else {
      return n.node.emitNodeError() << "term '" << text << "' of the equation is malformed";
    }
  }
  return success();
}

LogicalResult readEquation(NodeLowering &n, Contraction &contraction) {
  onnx::Equation equation(n.node);
  if (equation.inputs.size() != n.inputs.size())
    return n.node.emitNodeError() << "equation '" << equation.text << "' has " << equation.inputs.size()
                                  << " terms for " << n.inputs.size() << " operands";
  int64_t ellipsis = 0;
  std::map<Label, int> uses;
  for (auto [term, input] : llvm::zip(equation.inputs, n.inputs)) {
    Labels labels;
    if (failed(readTerm(n, term, Emit::rankOf(input), 0, labels)))
      return failure();
    for (Label label : labels) {
      ++uses[label];
      if (label >= 256)
        ellipsis = std::max<int64_t>(ellipsis, label - 255);
    }
    contraction.inputs.push_back(labels);
  }
  if (equation.output)
    return readTerm(n, *equation.output, -1, ellipsis, contraction.output);
  for (int64_t h = ellipsis; h > 0; --h)
    contraction.output.push_back(256 + h - 1);
  for (auto [label, count] : uses) // In alphabetical order, those that occur once.
    if (label < 256 && count == 1)
      contraction.output.push_back(label);
  return success();
}

LogicalResult lowerEinsum(NodeLowering &n) {
  Contraction contraction;
  if (failed(readEquation(n, contraction)))
    return failure();
  for (Label label : contraction.output)
    if (llvm::none_of(contraction.inputs, [&](const Labels &labels) { return llvm::is_contained(labels, label); }))
      return n.node.emitNodeError() << "the result names a dimension that no operand has";
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), n.resultType().getElementType()));
  return n.set(einsum(n, n.inputs, contraction.inputs, contraction.output, n.resultShape()));
}

} // namespace

void addEinsumRows(LoweringTable &table) { table.add("Einsum", 12, lowerEinsum); }

} // namespace fourmix::lowering
