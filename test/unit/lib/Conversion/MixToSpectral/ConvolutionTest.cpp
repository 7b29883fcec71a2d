// Projections, circulants, Toeplitz matrices, gated mixing and filters, compiled and by definition: lengths of every
// kind, kernels shorter than the circle, either orientation, constant and computed kernels, matrices and transforms.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "../ConvolutionDefinitions.h"
#include "Execute.h"

using namespace fourmix::test;

namespace {

constexpr double limit = 3e-6;

std::string listText(const std::vector<int64_t> &list) {
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i)
    text += (i ? ", " : "") + std::to_string(list[i]);
  return text + "]";
}

struct Projection {
  std::vector<int64_t> tokens, grid, taps, origin; // one axis or two
  int64_t heads;                                   // 0: shared
};

double error(const Projection &p, bool isConvolution, bool isConstant, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int64_t> shape = p.tokens, kernel = p.taps;
  int64_t k = 1;
  for (int64_t extent : p.grid)
    k *= extent;
  shape.push_back(k);
  if (p.heads)
    kernel.insert(kernel.begin(), p.heads);
  RealTensor x = randomTensor(shape, random), w = randomTensor(kernel, random);
  OneOp op(/*alsoThroughONNX=*/true);
  op.add("x", x);
  op.add("w", w, isConstant);
  bool is2D = p.grid.size() == 2;
  std::string text = std::string("mix.projection ") + (is2D ? "circular_2d" : "circular_1d") + " %x, %w as " +
                     (isConvolution ? "convolution" : "correlation");
  if (is2D)
    text += " grid " + listText(p.grid);
  text += " origin " + listText(p.origin) + " : " + typeText(shape) + ", " + typeText(kernel);
  return op.error(text, circularProjection(x, w, p.heads > 0, p.grid, p.origin, isConvolution));
}

/// A random tensor whose elements are positive.
RealTensor positiveTensor(std::vector<int64_t> shape, std::mt19937 &random) {
  RealTensor tensor = randomTensor(std::move(shape), random);
  for (double &value : tensor.values)
    value = static_cast<float>(std::abs(value) + 0.1);
  return tensor;
}

} // namespace

TEST(Projection, CircularEqualsItsDefinition) {
  unsigned seed = 0;
  for (const Projection &p : std::vector<Projection>{{{2, 3}, {33}, {33}, {16}, 4},
                                                     {{2, 3}, {32}, {5}, {2}, 3},
                                                     {{4}, {7}, {7}, {6}, 0},
                                                     {{}, {12}, {4}, {11}, 2}, // An origin outside of the kernel.
                                                     {{1}, {1}, {1}, {0}, 1},
                                                     {{5}, {2}, {2}, {1}, 2},
                                                     {{2, 2}, {512}, {512}, {0}, 2}, // By transforms.
                                                     {{3}, {257}, {9}, {4}, 1},
                                                     {{2, 3}, {11, 11}, {11, 11}, {5, 5}, 4},
                                                     {{6}, {3, 8}, {2, 3}, {1, 2}, 0},
                                                     {{2}, {16, 24}, {16, 24}, {3, 0}, 2},
                                                     {{2}, {1, 6}, {1, 6}, {0, 2}, 3}})
    for (bool isConstant : {true, false}) {
      bool isConvolution = ++seed % 4 < 2; // both orientations with both, from case to case
      EXPECT_LE(error(p, isConvolution, isConstant, seed), limit)
          << "grid " << listText(p.grid) << " taps " << listText(p.taps) << " origin " << listText(p.origin)
          << " heads " << p.heads << (isConvolution ? " convolution" : "") << (isConstant ? " constant" : "");
    }
}

TEST(Projection, BlockCirculantAndDenseEqualTheirDefinition) {
  std::mt19937 random(1);
  for (std::vector<int64_t> kernel :
       {std::vector<int64_t>{2, 3, 11}, {1, 1, 8}, {3, 2, 4, 5}, {2, 8, 8, 64}, {1, 4, 1, 7}}) {
    bool hasHeads = kernel.size() == 4;
    RealTensor x = randomTensor({2, 3, kernel[hasHeads + 1] * kernel.back()}, random), w = randomTensor(kernel, random);
    for (bool isConvolution : {false, true})
      for (bool isConstant : {true, false}) {
        OneOp op(/*alsoThroughONNX=*/true);
        op.add("x", x);
        op.add("w", w, isConstant);
        EXPECT_LE(op.error(std::string("mix.projection block_circulant %x, %w as ") +
                               (isConvolution ? "convolution" : "correlation") + " : " + typeText(x.shape) + ", " +
                               typeText(kernel),
                           blockProjection(x, w, hasHeads, isConvolution)),
                  limit)
            << listText(kernel);
      }
  }
  for (bool hasHeads : {false, true}) {
    RealTensor x = randomTensor({2, 3, 9}, random);
    RealTensor w = randomTensor(hasHeads ? std::vector<int64_t>{4, 5, 9} : std::vector<int64_t>{5, 9}, random);
    OneOp op(/*alsoThroughONNX=*/true);
    op.add("x", x);
    op.add("w", w);
    EXPECT_LE(op.error("mix.projection dense %x, %w : " + typeText(x.shape) + ", " + typeText(w.shape),
                       denseProjection(x, w, hasHeads)),
              limit);
  }
}

TEST(Circulant, EqualsItsDefinition) {
  struct Case {
    std::vector<int64_t> shape, kernel, axes, origin;
  };
  std::mt19937 random(2);
  for (const Case &c : std::vector<Case>{{{2, 2, 15, 8}, {2, 2, 15, 1}, {2}, {0}},
                                         {{2, 6, 5}, {1, 6, 3}, {2}, {1}},
                                         {{64, 3}, {64, 1}, {0}, {63}},
                                         {{2, 8, 6, 4}, {1, 3, 5, 4}, {1, 2}, {1, 4}},
                                         {{2, 8, 6, 4}, {1, 3, 3, 4}, {1, 2}, {1, 2}},
                                         {{3, 4, 5}, {1, 4, 1}, {1}, {2}}})
    for (bool isConvolution : {false, true})
      for (bool isConstant : {true, false}) {
        RealTensor x = randomTensor(c.shape, random), w = randomTensor(c.kernel, random);
        OneOp op(/*alsoThroughONNX=*/true);
        op.add("x", x);
        op.add("w", w, isConstant);
        EXPECT_LE(op.error("mix.circulant %x, %w axes " + listText(c.axes) + " as " +
                               (isConvolution ? "convolution" : "correlation") + " origin " + listText(c.origin) +
                               " : " + typeText(c.shape) + ", " + typeText(c.kernel),
                           circulantMixing(x, w, c.axes, c.origin, isConvolution)),
                  limit)
            << listText(c.shape) << listText(c.kernel);
      }
}

TEST(Toeplitz, EqualsItsDefinition) {
  std::mt19937 random(3);
  for (bool isConstant : {true, false})
    for (int64_t n : {1, 2, 7, 12, 40}) {
      RealTensor x = randomTensor({2, 3, n, 4}, random), t = randomTensor({1, 3, 2 * n - 1, 1}, random);
      OneOp op(/*alsoThroughONNX=*/true);
      op.add("x", x);
      op.add("t", t, isConstant);
      EXPECT_LE(op.error("mix.toeplitz %x, %t axis 2 : " + typeText(x.shape) + ", " + typeText(t.shape),
                         toeplitzMixing(x, t, 2)),
                limit)
          << n;
    }
}

double gatedError(const RealTensor &x, const RealTensor &g, const RealTensor &c, int64_t axis) {
  OneOp op(/*alsoThroughONNX=*/true);
  op.add("x", x);
  op.add("g", g);
  op.add("c", c, true);
  return op.error("mix.gated %x, %g, %c axis " + std::to_string(axis) + " : " + typeText(x.shape) + ", " +
                      typeText(g.shape) + ", " + typeText(c.shape),
                  gatedMixing(x, g, c, axis));
}

TEST(Gated, EqualsItsDefinition) {
  struct Case {
    std::vector<int64_t> shape, gates, kernel; // the kernel's extent along the axis is not read
    int64_t axis;
  };
  std::mt19937 random(4);
  // Some of them are products with matrices, some transforms: 61 has none that is fast.
  for (int64_t n : {5, 61, 64})
    for (const Case &c : std::vector<Case>{
             {{2, 3, n, 4}, {2, 3, n, 1}, {1, 3, 0, 1}, 2},
             {{2, n, 3, 4}, {2, n, 3, 1}, {1, 0, 3, 1}, 1},
             {{2, n, 3, 4}, {2, n, 3, 4}, {1, 0, 1, 1}, 1},
             {{2, n, 3, 4}, {1, n, 1, 1}, {2, 0, 3, 4}, 1},
             {{2, 3, n}, {2, 3, n}, {1, 3, 0}, 2},
             {{n, 4}, {n, 1}, {0, 1}, 0},
         })
      for (bool isCircular : {true, false}) {
        RealTensor x = randomTensor(c.shape, random), g = positiveTensor(c.gates, random);
        std::vector<int64_t> kernel = c.kernel;
        kernel[c.axis] = isCircular ? n : 2 * n - 1;
        g.values[1] = 0; // A masked token.
        EXPECT_LE(gatedError(x, g, positiveTensor(kernel, random), c.axis), limit)
            << n << " tokens, axis " << c.axis << (isCircular ? ", circular" : "");
      }
}

TEST(Gated, WhatAKernelHidesLeavesNoNoise) {
  // Every token sees itself and those before it, and the gates grow by a factor of 1e9 on the way.
  constexpr int64_t n = 128, heads = 2;
  std::mt19937 random(6);
  RealTensor x = randomTensor({1, n, heads, 4}, random), g = positiveTensor({1, n, heads, 1}, random);
  RealTensor c = positiveTensor({1, 2 * n - 1, heads, 1}, random);
  for (size_t i = 0; i < g.values.size(); ++i)
    g.values[i] *= std::pow(10.0, 9.0 * (double(i / heads) / n - 1));
  for (size_t i = n * heads; i < c.values.size(); ++i)
    c.values[i] = 0;
  for (int turn = 0; turn < 2; ++turn) // also through ONNX, of a new and an old opset
    EXPECT_LE(gatedError(x, g, c, 1), limit);
}

TEST(GlobalFilter, EqualsItsDefinition) {
  struct Case {
    std::vector<int64_t> shape, spectrum, axes, lengths, resampled = {}, sizes = {};
    int64_t channel = -1;
    bool isReal = false;
  };
  std::mt19937 random(5);
  for (const Case &c : std::vector<Case>{
           {{2, 8, 8, 4}, {1, 8, 5, 4}, {1, 2}, {8, 8}},
           {{2, 7, 9, 4}, {1, 7, 5, 1}, {1, 2}, {7, 9}},
           {{2, 3, 24}, {1, 3, 25}, {2}, {48}},
           {{2, 3, 24}, {1, 1, 13}, {2}, {24}, {}, {}, -1, true},
           // Modes left out, and channels mixed.
           {{2, 3, 32}, {5, 1, 3, 6}, {2}, {32}, {}, {}, 1},
           {{2, 3, 12, 10}, {4, 1, 3, 8, 4}, {2, 3}, {12, 10}, {}, {}, 1},
           {{2, 12, 10, 3}, {1, 5, 4, 3}, {1, 2}, {12, 10}},
           // Another size comes out.
           {{2, 8, 8, 4}, {1, 4, 3, 4}, {1, 2}, {8, 8}, {16, 12}, {16, 11}},
           {{2, 20}, {1, 5}, {1}, {20}, {9}},
           {{2, 20}, {1, 7}, {1}, {12}, {}, {3}},
       }) {
    RealTensor x = randomTensor(c.shape, random), re = randomTensor(c.spectrum, random);
    RealTensor im = randomTensor(c.spectrum, random);
    OneOp op(/*alsoThroughONNX=*/true);
    op.add("x", x);
    op.add("r", re, true);
    if (!c.isReal)
      op.add("i", im);
    std::string text = std::string("mix.global_filter %x, %r") + (c.isReal ? "" : ", %i") + " axes " +
                       listText(c.axes) + " lengths " + listText(c.lengths);
    if (!c.resampled.empty())
      text += " resampled " + listText(c.resampled);
    if (!c.sizes.empty())
      text += " sizes " + listText(c.sizes);
    if (c.channel >= 0)
      text += " channel " + std::to_string(c.channel);
    text += " : " + typeText(c.shape) + ", " + typeText(c.spectrum) + (c.isReal ? "" : ", " + typeText(c.spectrum));
    EXPECT_LE(op.error(text, globalFilter({&x, &re, c.isReal ? nullptr : &im, c.axes, c.lengths, c.resampled, c.sizes,
                                           c.channel})),
              limit)
        << listText(c.shape) << listText(c.spectrum);
  }
}
