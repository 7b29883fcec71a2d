// What operations cost, against the formulas written out by hand.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Rewrite/Work.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

namespace {

class WorkTest : public ::testing::Test {
protected:
  WorkTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context = std::make_unique<MLIRContext>(registry);
  }

  func::FuncOp parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(context.get()));
    return module ? *module->getOps<func::FuncOp>().begin() : func::FuncOp();
  }

  /// The flops of one node with the given attributes, operand types and result type.
  std::optional<double> flops(StringRef op, StringRef attributes, ArrayRef<const char *> operands, StringRef result,
                              int version = 20) {
    std::string arguments, names, types;
    for (auto [i, type] : llvm::enumerate(operands)) {
      std::string comma = i ? ", " : "", name = "%" + std::to_string(i);
      arguments += comma + name + ": " + type;
      names += comma + name;
      types += comma + type;
    }
    std::string text = "func.func @main(" + arguments + ") { %r = onnx.node \"" + op.str() + "\"(" + names +
                       ") <{node_attrs = {" + attributes.str() + "}, version = " + std::to_string(version) +
                       " : i64}> : (" + types + ") -> " + result.str() + " return }";
    func::FuncOp func = parse(text);
    EXPECT_TRUE(func) << text;
    return func ? countFlops(&func.front().front()) : std::nullopt;
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(WorkTest, Products) {
  EXPECT_EQ(flops("MatMul", "", {"tensor<2x3x5xf32>", "tensor<5x7xf32>"}, "tensor<2x3x7xf32>"), 2 * 2 * 3 * 5 * 7);
  EXPECT_EQ(flops("MatMul", "", {"tensor<5xf32>", "tensor<5x7xf32>"}, "tensor<7xf32>"), 2 * 5 * 7);
  EXPECT_EQ(
      flops("Gemm", "transA = 1 : i64", {"tensor<5x3xf32>", "tensor<5x7xf32>", "tensor<7xf32>"}, "tensor<3x7xf32>"),
      2 * 3 * 5 * 7 + 3 * 7);
  EXPECT_EQ(flops("Einsum", "equation = \"bhid, bhjd -> bhij\"", {"tensor<2x3x4x5xf32>", "tensor<2x3x6x5xf32>"},
                  "tensor<2x3x4x6xf32>"),
            2 * 2 * 3 * 4 * 6 * 5);
  EXPECT_EQ(
      flops("Einsum", "equation = \"...ij,jk\"", {"tensor<8x9x4x5xf32>", "tensor<5x6xf32>"}, "tensor<8x9x4x6xf32>"),
      2 * 8 * 9 * 4 * 5 * 6);
  EXPECT_EQ(flops("MatMulInteger", "", {"tensor<3x5xui8>", "tensor<5x7xui8>"}, "tensor<3x7xi32>"), 2 * 3 * 5 * 7);
}

TEST_F(WorkTest, Convolutions) {
  // Two groups of 3 channels, a kernel of 3 x 3, bias.
  EXPECT_EQ(flops("Conv", "group = 2 : i64", {"tensor<1x6x8x8xf32>", "tensor<4x3x3x3xf32>", "tensor<4xf32>"},
                  "tensor<1x4x6x6xf32>"),
            (2 * 3 * 3 * 3 + 1) * 4 * 6 * 6);
  EXPECT_EQ(flops("ConvTranspose", "", {"tensor<1x6x8xf32>", "tensor<6x4x3xf32>"}, "tensor<1x4x10xf32>"),
            2 * 6 * 8 * 4 * 3);
  EXPECT_EQ(flops("MaxPool", "kernel_shape = [2, 3]", {"tensor<1x6x8x9xf32>"}, "tensor<1x6x4x3xf32>"), 6 * 4 * 3 * 6);
}

TEST_F(WorkTest, ElementsOneByOne) {
  EXPECT_EQ(flops("Add", "", {"tensor<2x3xf32>", "tensor<3xf32>"}, "tensor<2x3xf32>"), 6);
  EXPECT_EQ(flops("Add", "", {"tensor<2x3xi64>", "tensor<3xi64>"}, "tensor<2x3xi64>"), 0); // an index
  EXPECT_EQ(flops("Softmax", "", {"tensor<2x3xf32>"}, "tensor<2x3xf32>"), 5 * 6);
  EXPECT_EQ(flops("LayerNormalization", "", {"tensor<4x8xf32>", "tensor<8xf32>", "tensor<8xf32>"}, "tensor<4x8xf32>"),
            7 * 32);
  EXPECT_EQ(flops("Sum", "", {"tensor<4xf32>", "tensor<4xf32>", "tensor<4xf32>"}, "tensor<4xf32>"), 2 * 4);
  EXPECT_EQ(flops("ReduceMean", "", {"tensor<4x8xf32>"}, "tensor<4x1xf32>"), 32);
  EXPECT_EQ(flops("Transpose", "", {"tensor<4x8xf32>"}, "tensor<8x4xf32>"), 0);
}

TEST_F(WorkTest, Transforms) {
  double complex = 5 * 16 * 4; // 5 N log2 N
  EXPECT_EQ(flops("DFT", "axis = 1 : i64", {"tensor<3x16x2xf32>"}, "tensor<3x16x2xf32>", 17), 3 * complex);
  EXPECT_EQ(flops("DFT", "axis = 1 : i64", {"tensor<3x16x1xf32>"}, "tensor<3x16x2xf32>", 17), 3 * complex / 2);
  EXPECT_EQ(flops("DFT", "axis = 1 : i64, onesided = 1 : i64", {"tensor<3x16x1xf32>"}, "tensor<3x9x2xf32>", 17),
            3 * complex / 2);
  EXPECT_EQ(flops("DFT", "", {"tensor<3x4x16x2xf32>"}, "tensor<3x4x16x2xf32>"), 12 * complex); // axis -2
  EXPECT_EQ(flops("STFT", "", {"tensor<2x64x1xf32>", "tensor<i64>", "tensor<16xf32>"}, "tensor<2x7x9x2xf32>"),
            14 * (complex / 2 + 16));
}

TEST_F(WorkTest, WhatIsNotKnownIsSaid) {
  EXPECT_EQ(flops("Imaginary", "", {"tensor<3xf32>"}, "tensor<3xf32>"), std::nullopt);
  EXPECT_EQ(flops("Relu", "", {"tensor<?xf32>"}, "tensor<?xf32>"), std::nullopt);
  func::FuncOp func = parse(R"(func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    %0 = onnx.node "Imaginary"(%x) <{version = 1 : i64}> : (tensor<3xf32>) -> tensor<3xf32>
    %1 = onnx.node "Imaginary"(%0) <{version = 1 : i64}> : (tensor<3xf32>) -> tensor<3xf32>
    %2 = onnx.node "Relu"(%1) <{version = 20 : i64}> : (tensor<3xf32>) -> tensor<3xf32>
    return %2 : tensor<3xf32>
  })");
  Work work = WorkCounter(func).count();
  EXPECT_EQ(work.flops, 3);
  EXPECT_EQ(work.uncounted, (std::map<std::string, int64_t>{{"Imaginary", 2}}));
}

/// Weights: 12 in %w, used twice, once behind a Transpose; 4 in %b; 6 in the table. No weights: a shape, a condition,
/// a number alone.
constexpr const char *shared = R"(func.func @main(%x: tensor<2x3xf32>, %ids: tensor<2xi64>) -> tensor<2x4xf32> {
  %w = onnx.constant "w" dense<0.5> : tensor<3x4xf32>
  %b = onnx.constant "b" dense<1.0> : tensor<4xf32>
  %t = onnx.constant "t" dense<2.0> : tensor<2x3xf32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %shape = onnx.constant dense<[2, 4]> : tensor<2xi64>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = onnx.node "Add"(%0, %b) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = onnx.node "Reshape"(%1, %shape) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  %3 = onnx.node "Transpose"(%w) <{node_attrs = {perm = [1, 0]}, version = 20 : i64}> : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %4 = onnx.node "MatMul"(%2, %3) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %5 = onnx.node "Gather"(%t, %ids) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %6 = onnx.node "Mul"(%4, %half) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %7 = mix.circulant %6, %5 axes [1] as correlation : tensor<2x3xf32>, tensor<2x3xf32>
  return %2 : tensor<2x4xf32>
})";

TEST_F(WorkTest, SharedWeightsCountOnce) {
  func::FuncOp func = parse(shared);
  WorkCounter counter(func);
  Work work = counter.count();
  EXPECT_EQ(work.parameters, 12 + 4 + 6);
  mix::CirculantOp circulant = *func.getOps<mix::CirculantOp>().begin();
  EXPECT_EQ(work.flops, 2 * 24 + 8 + 2 * 24 + 6 + circulant.getFlops());
  // In four bytes each: x, w, its transpose (which the compiler computes), b, two results of [2, 4], of which one is
  // reshaped, three of [2, 3] and one of the mixing, the number alone; not the table but its rows. In eight: two ids
  // and a shape of two.
  EXPECT_EQ(work.bytes, 4 * (6 + 12 + 12 + 4 + 8 + 8 + 3 * 6 + 6 + 1) + 8 * 4);
}

TEST_F(WorkTest, PartsOfANetwork) {
  func::FuncOp func = parse(shared);
  WorkCounter counter(func);
  SmallVector<Operation *> products;
  for (onnx::NodeOp node : func.getOps<onnx::NodeOp>())
    if (node.is("MatMul"))
      products.push_back(node);
  Work both = counter.count(products);
  EXPECT_EQ(both.parameters, 12);
  EXPECT_EQ(both.flops, 2 * 2 * 24);
  EXPECT_EQ(counter.count(products.back()).parameters, 12); // behind a Transpose of a constant
}

TEST_F(WorkTest, QuantisedWeightsAreParameters) {
  func::FuncOp func = parse(R"(func.func @main(%x: tensor<2x3xf32>, %m: tensor<2x3xi1>) {
    %q = onnx.constant dense<[[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<3x4xi8>
    %s = onnx.constant dense<0.5> : tensor<f32>
    %mask = onnx.constant dense<[[true, false, true], [true, true, true]]> : tensor<2x3xi1>
    %w = onnx.node "DequantizeLinear"(%q, %s) <{version = 20 : i64}> : (tensor<3x4xi8>, tensor<f32>) -> tensor<3x4xf32>
    %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %1 = onnx.node "And"(%m, %mask) <{version = 20 : i64}> : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
    return
  })");
  Work work = WorkCounter(func).count();
  EXPECT_EQ(work.parameters, 12);
  EXPECT_EQ(work.flops, 2 * 24);
}

TEST_F(WorkTest, AMixingSaysItself) {
  func::FuncOp func = parse(R"(func.func @main(%x: tensor<1x512x768xf32>) {
    %s = onnx.constant dense<0.5> : tensor<512x512xf32>
    %0 = mix.linear %x sequence 1 by %s : tensor<1x512x768xf32>, tensor<512x512xf32>
    %1 = mix.fourier %0 sequence 1 hidden 2 : tensor<1x512x768xf32>
    return
  })");
  Work work = WorkCounter(func).count();
  auto fourier = *func.getOps<mix::FourierOp>().begin();
  EXPECT_EQ(work.parameters, 512 * 512);
  EXPECT_EQ(work.flops, 2.0 * 512 * 512 * 768 + fourier.getFlops());
  EXPECT_EQ(work.bytes, 4 * (512 * 512 + 3 * 512 * 768));
}

} // namespace
