// Lowerings that somebody adds: who is chosen, who is called, and what goes wrong.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "dialects/Spectral/Transforms/Passes.h"
#include "fourmix/Pipelines/Compiler.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fourmix::spectral;

namespace {

/// The input stands for its transform: which is nonsense, and easy to see.
LogicalResult forward(RewriterBase &rewriter, PlannableOpInterface op) {
  Value input = op->getOperand(0);
  rewriter.replaceOp(op, SmallVector<Value>(op->getNumResults(), input));
  return success();
}

/// "cheap" takes dft for nothing, "dear" takes it at any price; "lazy" and "endless" do not do what they must.
void registerAll() {
  static bool done = [] {
    auto ofDft = [](double cost) {
      return [cost](PlannableOpInterface op) { return isa<DftOp>(op) ? std::optional<double>(cost) : std::nullopt; };
    };
    auto never = [](PlannableOpInterface) { return std::optional<double>(1e300); };
    registerLowering({"cheap", ofDft(1), forward});
    registerLowering({"dear", ofDft(1e30), forward});
    registerLowering({"lazy", never, [](RewriterBase &, PlannableOpInterface) { return success(); }});
    registerLowering({"endless", never, [](RewriterBase &rewriter, PlannableOpInterface op) {
                        Operation *again = rewriter.clone(*op);
                        rewriter.replaceOp(op, again->getResults());
                        return success();
                      }});
    return true;
  }();
  (void)done;
}

class Lowerings : public ::testing::Test {
protected:
  Lowerings()
      : context(fourmix::createContext()),
        handler(context.get(), [this](Diagnostic &diagnostic) { errors.push_back(diagnostic.str()); }) {
    registerAll();
  }

  OwningOpRef<ModuleOp> parse(StringRef body) {
    std::string text =
        "func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {\n" + body.str() + "return %y : tensor<4x8xf32>\n}";
    return parseSourceString<ModuleOp>(text, context.get());
  }

  LogicalResult run(ModuleOp module, std::unique_ptr<Pass> pass) {
    PassManager passes(context.get());
    passes.addPass(std::move(pass));
    return passes.run(module);
  }

  std::string planOf(StringRef body, std::string fourier) {
    OwningOpRef<ModuleOp> module = parse(body);
    if (!module || failed(run(*module, createSpectralPlan({std::move(fourier)}))))
      return "failed";
    std::string plan;
    module->walk([&](PlannableOpInterface op) { plan = op.getPlan().value_or("none").str(); });
    return plan;
  }

  std::vector<std::string> errors;
  std::unique_ptr<MLIRContext> context;
  ScopedDiagnosticHandler handler;
};

const char *dft = "%y, %im = spectral.dft forward %x along 1 : tensor<4x8xf32>\n";
const char *rdft = "%a, %b = spectral.rdft %x along 1 : tensor<4x8xf32>\n%y = spectral.irdft %a, %b along 1 length 8 : "
                   "tensor<4x5xf32>\n";

TEST_F(Lowerings, TheCheapestOfferWins) {
  EXPECT_EQ(planOf(dft, "fft"), "cheap");
  EXPECT_EQ(planOf(dft, "dear"), "cheap") << "a named one is the one to beat";
}

TEST_F(Lowerings, WhatNobodyElseTakesIsTheCompilersOwn) {
  EXPECT_EQ(planOf(rdft, "fft"), "fft");
  EXPECT_EQ(planOf(rdft, "matmul"), "matmul");
  EXPECT_EQ(planOf(rdft, "cheap"), "fft") << "a named one that declines leaves it to fft";
}

TEST_F(Lowerings, AnUnknownNameIsOneError) {
  EXPECT_EQ(planOf(dft, "magic"), "failed");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "there is no lowering 'magic'; expected fft, matmul, optic, cheap, dear, lazy or endless");
}

TEST_F(Lowerings, APlanInTheTextMustBeKnown) {
  EXPECT_FALSE(parse("%y, %im = spectral.dft forward %x along 1 plan magic : tensor<4x8xf32>\n"));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0],
            "'spectral.dft' op expected the plan fft, matmul, optic, cheap, dear, lazy or endless, but found 'magic'");
}

TEST_F(Lowerings, ThePlannedOneIsCalled) {
  OwningOpRef<ModuleOp> module = parse("%y, %im = spectral.dft forward %x along 1 plan dear : tensor<4x8xf32>\n");
  ASSERT_TRUE(module && succeeded(run(*module, createSpectralLower())));
  auto function = module->lookupSymbol<func::FuncOp>("f");
  EXPECT_EQ(function.getBody().front().getTerminator()->getOperand(0), function.getArgument(0));
}

TEST_F(Lowerings, ThoseOfTheCompilerAreLeftToTheirDoors) {
  OwningOpRef<ModuleOp> module = parse("%y, %im = spectral.dft forward %x along 1 plan fft : tensor<4x8xf32>\n");
  ASSERT_TRUE(module && succeeded(run(*module, createSpectralLower())));
  int count = 0;
  module->walk([&](DftOp) { ++count; });
  EXPECT_EQ(count, 1);
}

TEST_F(Lowerings, OneThatLeavesItsOpIsAnError) {
  OwningOpRef<ModuleOp> module = parse("%y, %im = spectral.dft forward %x along 1 plan lazy : tensor<4x8xf32>\n");
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(run(*module, createSpectralLower())));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "'spectral.dft' op was left by the lowering 'lazy', which must replace it");
}

TEST_F(Lowerings, OneThatNeverEndsIsAnError) {
  OwningOpRef<ModuleOp> module = parse("%y, %im = spectral.dft forward %x along 1 plan endless : tensor<4x8xf32>\n");
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(run(*module, createSpectralLower())));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "'spectral.dft' op is still there after 64 rounds of the lowering 'endless'");
}

TEST_F(Lowerings, OneThatCannotComputeItsOpIsAnError) {
  OwningOpRef<ModuleOp> module = parse("%a, %b = spectral.rdft %x along 1 plan cheap : tensor<4x8xf32>\n"
                                       "%y = spectral.irdft %a, %b along 1 length 8 : tensor<4x5xf32>\n");
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(run(*module, createSpectralLower())));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "'spectral.rdft' op is planned cheap, which cannot compute it");
}

} // namespace
