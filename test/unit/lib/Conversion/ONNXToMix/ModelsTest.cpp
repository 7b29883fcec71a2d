// Real exports: which networks contain FNet's mixing, and how often.
//
// test/models is our own set; the larger ../shared/models, which also has networks that nearly mix, is used where it is
// present.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;

namespace {

struct Expected {
  const char *name;
  int mixings;
  std::vector<std::string> shapes = {};
  double scale = 1; // of every mixing, as a Mul node behind it
  int attentions = 0;
  int lambdas = 0, linears = 0, cosines = 0;
};

Expected withAttention(const char *name, int attentions, int mixings = 0, std::vector<std::string> shapes = {}) {
  return {name, mixings, std::move(shapes), 1, attentions};
}

Expected withLayers(const char *name, int lambdas, int linears) { return {name, 0, {}, 1, 0, lambdas, linears}; }

Expected withCosines(const char *name, int cosines, int attentions = 0) {
  return {name, 0, {}, 1, attentions, 0, 0, cosines};
}

void PrintTo(const Expected &expected, std::ostream *stream) { *stream << expected.name; }
std::string nameOf(const testing::TestParamInfo<Expected> &info) { return info.param.name; }

/// Imports the model, raises it, and compares what it has become.
void check(const std::string &folder, const Expected &expected) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::string path = folder + "/" + expected.name + "/model.onnx";
  OwningOpRef<ModuleOp> module = importONNX(path, &context);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(onnx::inferShapes(*module, expected.shapes)));
  auto count = [&](auto predicate) {
    int number = 0;
    module->walk([&](Operation *op) { number += predicate(op); });
    return number;
  };
  auto isTransform = [](Operation *op) {
    auto node = dyn_cast<onnx::NodeOp>(op);
    return node && node.is("DFT");
  };
  int nodes = count([](Operation *op) { return isa<onnx::NodeOp>(op); });
  PassManager passes(&context);
  passes.addPass(createConvertONNXToMix());
  ASSERT_TRUE(succeeded(passes.run(*module)));
  EXPECT_EQ(count([](Operation *op) { return isa<mix::FourierOp>(op); }), expected.mixings);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::AttentionOp>(op); }), expected.attentions);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::LambdaOp>(op); }), expected.lambdas);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::LinearOp>(op); }), expected.linears);
  EXPECT_EQ(count([](Operation *op) { return isa<mix::CosineOp>(op); }), expected.cosines);
  if (count([](Operation *op) { return isa_and_nonnull<mix::MixDialect>(op->getDialect()); }) == 0)
    EXPECT_EQ(count([](Operation *op) { return isa<onnx::NodeOp>(op); }), nodes);
  bool isBouquet = llvm::StringRef(expected.name).starts_with("fft_bouquet"); // all sorts of transforms
  if (expected.mixings + expected.cosines != 0 && !isBouquet)
    EXPECT_EQ(count(isTransform), 0);
  // Of an attention nothing is left; a softmax that is none gives the probabilities of a classifier.
  if (expected.attentions != 0)
    EXPECT_EQ(count([](Operation *op) {
                auto node = dyn_cast<onnx::NodeOp>(op);
                return node && (node.is("Softmax") || node.is("Attention"));
              }),
              0);
  if (expected.scale == 1)
    return;
  module->walk([&](mix::FourierOp op) {
    ASSERT_TRUE(op->hasOneUse());
    auto product = dyn_cast<onnx::NodeOp>(*op->getUsers().begin());
    ASSERT_TRUE(product && product.is("Mul"));
    auto scale = product.getInput(1).getDefiningOp<onnx::ConstantOp>();
    ASSERT_TRUE(scale);
    EXPECT_NEAR(cast<DenseElementsAttr>(scale.getValue()).getSplatValue<APFloat>().convertToDouble(), expected.scale,
                1e-6 * expected.scale);
  });
}

class OwnModels : public testing::TestWithParam<Expected> {};
class SharedModels : public testing::TestWithParam<Expected> {};
} // namespace

TEST_P(OwnModels, AreRaisedAsOftenAsTheyMix) { check(FOURMIX_SOURCE_DIR "/test/models", GetParam()); }

TEST_P(SharedModels, AreRaisedAsOftenAsTheyMix) {
  std::string folder = FOURMIX_SOURCE_DIR "/../shared/models";
  if (!llvm::sys::fs::is_directory(folder))
    GTEST_SKIP() << "no ../shared/models beside the source tree";
  check(folder, GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Models, OwnModels,
    testing::Values(withAttention("attention_capped_window", 1), withAttention("attention_divided_late", 1),
                    withAttention("attention_empty_rows_op23", 1), withAttention("attention_exp_sum", 1),
                    withAttention("attention_folded_ts17", 2), withAttention("attention_grouped_causal", 1),
                    withAttention("attention_weights_used", 1), withAttention("attention_windows", 1),
                    withAttention("bert_eager_masked", 2), withAttention("distilbert_relu", 2),
                    Expected{"fnet_batch_layout", 2}, Expected{"fnet_classifier_dynamic", 2, {"ids=3x15"}},
                    Expected{"fnet_fft2_prenorm", 2}, Expected{"fnet_hf_classifier_op23", 2},
                    Expected{"fnet_hidden_first_op18", 2}, Expected{"fnet_inverse", 1, {}, 1.0 / (18 * 26)},
                    Expected{"fnet_matrices_sequence_first", 2}, Expected{"fnet_matrices_ts17", 2},
                    Expected{"fnet_relu_prime", 2}, Expected{"fnet_sequence_first", 3},
                    withAttention("hybrid_attention_first", 1, 1), withAttention("hybrid_one_attention", 1, 2),
                    Expected{"transform_convolution", 0}, Expected{"transform_zero_padded", 0}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Models, SharedModels,
    testing::Values(
        Expected{"fnet_dense_einsum", 2}, Expected{"fnet_dense_matrices", 2}, Expected{"fnet_dense_ts17", 2},
        Expected{"fnet_half_spectrum", 2}, Expected{"fnet_hf", 2}, Expected{"fnet_hf_cls_op23", 2},
        Expected{"fnet_hf_dynamic", 2, {"input_ids=2x24"}}, Expected{"fnet_hf_external", 2},
        Expected{"fnet_hf_fft_loop", 2}, Expected{"fnet_hf_mlm_op18", 2}, withAttention("fnet_hybrid", 2, 2),
        withAttention("fnet_hybrid_eager_dynamic", 2, 1, {"input_ids=2x20", "token_type_ids=2x20"}),
        withAttention("fnet_hybrid_op23", 2, 2), Expected{"fnet_two_ffts_op18", 2},
        Expected{"near_ortho", 2, {}, 1 / std::sqrt(24.0 * 36.0)},
        // Near misses and other networks with transforms or constant matrices.
        Expected{"near_imaginary_part", 0}, Expected{"near_nonzero_imag", 0}, Expected{"near_one_axis", 2},
        withLayers("near_sliced_dft", 0, 4), Expected{"fnet_hartley", 2}, withCosines("fnet_dct_fft", 2),
        withCosines("fnet_dct_matrices", 2), withLayers("fnet_linear", 0, 2), withLayers("fnet_random", 0, 2),
        withLayers("lambda_1d_local", 1, 0), withLayers("lambda_2d_global", 1, 0), withLayers("lambda_2d_local", 1, 0),
        withLayers("lambda_2d_local_ts17", 1, 0), Expected{"fnet_ff_only", 0}, Expected{"gfnet", 0},
        Expected{"afno", 0}, Expected{"fno_1d", 0}, Expected{"fno_2d", 0}, Expected{"hyena", 0},
        withCosines("fourier_downsample", 2, 1), Expected{"toeplitz_attention", 0}, Expected{"circulant_attention", 0},
        Expected{"circulant_attention_dynamic", 0, {"x=2x15x16"}}, Expected{"fft_bouquet_12", 1},
        Expected{"fft_bouquet_15", 1}, Expected{"stft_front_end", 0}, withAttention("bert_eager", 2),
        withAttention("bert_sdpa_op23", 2), withAttention("bert_ts17", 2), withAttention("gpt2_op20", 2),
        withAttention("vit_sdpa", 2), withAttention("attention_wide", 2), withAttention("circular_1d", 2),
        withAttention("circular_1d_cat_ts17", 2), withAttention("circular_1d_mode_ts17", 1),
        withAttention("circular_2d_11x11", 1), withAttention("circular_2d_3x3", 1), withAttention("llama_op23", 2),
        withAttention("llama_dynamic", 2, 0, {"input_ids=2x11", "attention_mask=2x11"}),
        withAttention("near_causal_eager", 1), withAttention("near_causal_op23", 2), withAttention("near_tail_bug", 1),
        withAttention("near_wrong_wrap", 1), withAttention("t5_encoder", 2)),
    nameOf);
