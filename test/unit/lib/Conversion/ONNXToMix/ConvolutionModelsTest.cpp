// Real exports: which networks contain circular projections, circulants, Toeplitz matrices and filters, and how often.
//
// The networks of ../shared/models are used where they are present.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace fourmix;

namespace {

struct Expected {
  const char *name;
  int projections = 0, circulants = 0, toeplitz = 0, filters = 0;
  std::vector<std::string> shapes = {};
};

void PrintTo(const Expected &expected, std::ostream *stream) { *stream << expected.name; }

class ConvolutionModels : public testing::TestWithParam<Expected> {};

} // namespace

TEST_P(ConvolutionModels, AreRaisedAsOftenAsTheyConvolve) {
  std::string folder = FOURMIX_SOURCE_DIR "/../shared/models";
  if (!llvm::sys::fs::is_directory(folder))
    GTEST_SKIP() << "no ../shared/models beside the source tree";
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  const Expected &expected = GetParam();
  OwningOpRef<ModuleOp> module = importONNX(folder + "/" + expected.name + "/model.onnx", &context);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(onnx::inferShapes(*module, expected.shapes)));
  PassManager passes(&context);
  passes.addPass(createConvertONNXToMix());
  ASSERT_TRUE(succeeded(passes.run(*module)));
  auto count = [&](auto isKind) {
    int number = 0;
    module->walk([&](Operation *op) { number += isKind(op); });
    return number;
  };
  EXPECT_EQ(count([](Operation *op) { return isa<mix::ProjectionOp>(op); }), expected.projections);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::CirculantOp>(op); }), expected.circulants);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::ToeplitzOp>(op); }), expected.toeplitz);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::GlobalFilterOp>(op); }), expected.filters);
}

INSTANTIATE_TEST_SUITE_P(
    Shared, ConvolutionModels,
    testing::Values(Expected{"circular_1d", 6}, Expected{"circular_1d_cat_ts17", 6},
                    Expected{"circular_1d_mode_ts17", 3}, Expected{"circular_2d_11x11", 3},
                    Expected{"circular_2d_3x3", 3}, Expected{"near_tail_bug"}, Expected{"near_wrong_wrap"},
                    Expected{"gfnet", 0, 0, 0, 2}, Expected{"hyena", 0, 0, 0, 1}, Expected{"fno_1d", 0, 0, 0, 2},
                    Expected{"fno_2d", 0, 0, 0, 2}, Expected{"afno"}, Expected{"circulant_attention", 0, 1},
                    Expected{"circulant_attention_dynamic", 0, 1, 0, 0, {"x=2x15x16"}},
                    Expected{"toeplitz_attention"}, // Two Toeplitz products, which are mix.linear_attention together.
                    Expected{"attention_wide"}, Expected{"bert_eager"}, Expected{"fnet_dct_fft"},
                    Expected{"fnet_linear"}, Expected{"fourier_downsample"}, Expected{"fft_bouquet_12"},
                    Expected{"lambda_2d_local"}, Expected{"stft_front_end"}),
    [](const testing::TestParamInfo<Expected> &info) { return std::string(info.param.name); });
