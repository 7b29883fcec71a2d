// The whole way on a small network: maps and inputs are measured, gates and kernels fitted, attention replaced; and how
// far the output is from the original's on inputs that the fit has not seen.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/CalibrateRewrites.h"
#include "fourmix/Calibration/Compare.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "lib/Rewrite/Sublayer.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

const std::string folder = FOURMIX_SOURCE_DIR "/test/models/rewrite_gated/";

class GatedTest : public testing::Test {
protected:
  void SetUp() override {
    context = createContext();
    CompileOptions options;
    options.to = Phase::Raise;
    module = loadModel(folder + "model.onnx", context.get(), options);
    ASSERT_TRUE(module && succeeded(compile(*module, options)));
    (void)rewrite::attentionLayers(module->lookupSymbol<func::FuncOp>("main"));
    running = llvm::cantFail(hostRunning({}));
    running.threads = 2;
    Samples all = llvm::cantFail(readSamples(folder + "samples.npz"));
    seen = sliceSamples(all, 0, 120);
    unseen = sliceSamples(all, 120, 40);
  }

  HostTensor outputOf(ModuleOp of, const Samples &samples) {
    std::unique_ptr<ModelRunner> runner = ModelRunner::create(of, {}, running);
    return runner ? llvm::cantFail(runner->run(samples))[0].tensor : HostTensor();
  }

  /// The cosine to the original's output on unseen inputs, with the attention of `layers` gated.
  double cosineWith(const std::string &layers, int components, int evaluations) {
    OwningOpRef<ModuleOp> rewritten = module->clone();
    GatedOptions options;
    options.layers = layers;
    options.components = components;
    options.evaluations = evaluations;
    llvm::Expected<std::vector<NamedTensor>> arrays = calibrateGated(*module, *rewritten, seen, options, running);
    EXPECT_TRUE(bool(arrays)) << llvm::toString(arrays.takeError());
    if (!arrays)
      return 0;
    EXPECT_EQ(arrays->size(), (layers == "all" ? 3u : 1u) * (components > 1 ? 4u : 2u));
    return compareSamples(outputOf(*rewritten, unseen), outputOf(*module, unseen)).meanCosine();
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  ModelRunnerOptions running;
  Samples seen, unseen;
};

TEST_F(GatedTest, FitsEveryLayerAndStaysNearOnUnseenInputs) {
  double start = cosineWith("all", 1, 1), one = cosineWith("all", 1, 100), four = cosineWith("all", 4, 100);
  // What the closed form leaves: one component .72 of it, four .25.
  EXPECT_LT(1 - start, 3e-3);
  EXPECT_LT(1 - one, 0.76 * (1 - start));
  EXPECT_LT(1 - four, 0.28 * (1 - start));
}

} // namespace
