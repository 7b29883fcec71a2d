// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Remarks.h"
#include "Sublayer.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace fourmix::rewrite;

/// The words, then the facts that no one reads at a terminal.
static void speak(remark::detail::InFlightRemark remark, const Subject &subject, const Twine &words,
                  std::initializer_list<Fact> own, ArrayRef<Fact> facts) {
  if (!remark)
    return;
  if (isa<FunctionOpInterface>(subject.op)) { // the network
    remark << words.str();
  } else {
    std::string where = describe(subject.op);
    std::string layer = subject.layer ? "layer " + std::to_string(*subject.layer) + ", " : "";
    remark << (layer + where + ": " + words).str();
    if (subject.layer)
      remark << Fact("layer", *subject.layer);
    remark << Fact("node", where);
  }
  for (const Fact &fact : llvm::concat<const Fact>(ArrayRef<Fact>(own), facts))
    remark << fact;
}

SmallVector<Fact> fourmix::rewrite::workFacts(const Work &before, const Work &after) {
  return {{"parametersBefore", before.parameters}, {"parametersAfter", after.parameters},
          {"flopsBefore", before.flops},           {"flopsAfter", after.flops},
          {"bytesBefore", before.bytes},           {"bytesAfter", after.bytes}};
}

static remark::RemarkOpts optionsOf(const Subject &subject) {
  return remark::RemarkOpts::name(subject.pass).category(remarkCategory);
}

void fourmix::rewrite::remarkRewritten(const Subject &subject, StringRef from, StringRef to, const Twine &words,
                                       ArrayRef<Fact> facts) {
  speak(remark::passed(subject.op->getLoc(), optionsOf(subject)), subject, words, {{"from", from}, {"to", to}}, facts);
}

void fourmix::rewrite::remarkSkipped(const Subject &subject, StringRef from, const Twine &reason,
                                     ArrayRef<Fact> facts) {
  std::string text = reason.str();
  speak(remark::missed(subject.op->getLoc(), optionsOf(subject)), subject, "stays as it is: " + Twine(text),
        {{"from", from}, {"to", from}, {"reason", text}}, facts);
}

void fourmix::rewrite::remarkNote(const Subject &subject, const Twine &words, ArrayRef<Fact> facts) {
  speak(remark::analysis(subject.op->getLoc(), optionsOf(subject)), subject, words, {}, facts);
}
