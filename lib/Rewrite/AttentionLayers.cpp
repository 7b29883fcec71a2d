// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Remarks.h"
#include "Sublayer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Rewrite/Passes.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_ATTENTIONLAYERS
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

static std::string describeProjections(const Sublayer &sublayer) {
  SmallVector<std::string> texts;
  for (const DenseProjection &projection : sublayer.projections) {
    std::string roles;
    for (auto [has, letter] : {std::pair(projection.query, 'Q'), std::pair(projection.key, 'K'),
                               std::pair(projection.value, 'V'), std::pair(projection.output, 'O')})
      if (has)
        roles += letter;
    texts.push_back(roles);
  }
  return texts.empty() ? "no projections" : "projections " + llvm::join(texts, ", ");
}

namespace {
struct AttentionLayers : fourmix::impl::AttentionLayersBase<AttentionLayers> {
  void runOnOperation() override {
    for (AttentionLayer layer : attentionLayers(getOperation())) {
      SublayerAnalysis analysis = analyseSublayer(layer.attention);
      Subject subject{"attention-layers", layer.attention, layer.number};
      if (!analysis.sublayer) {
        remarkSkipped(subject, "mix.attention", "it has no sublayer: " + analysis.reason);
        continue;
      }
      const Sublayer &sublayer = *analysis.sublayer;
      std::string type;
      llvm::raw_string_ostream(type) << sublayer.getType();
      remarkNote(subject, llvm::formatv("attention of {0} heads from {1} to {2}, {3}, sequence axis {4}, {5}",
                                        layer.attention.getHeads(), describe(sublayer.input), describe(sublayer.output),
                                        type, sublayer.sequence, describeProjections(sublayer))
                              .str());
    }
  }
};
} // namespace
