// mix.lambda, compiled and by definition: content, tables, kernels of every reach on 1-D and 2-D grids, so that each of
// the three ways to apply a kernel is taken.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execute.h"

using namespace fourmix::test;

namespace {

enum class Position { None, Table, Kernel };

struct Layer {
  int64_t batch, heads, key, depth, value;
  std::vector<int64_t> grid;    // of the queries
  std::vector<int64_t> extents; // of the kernel
  Position position;
  bool content, bias, constantWeights;
  int64_t context = 0; // as many as queries
};

std::string describe(const Layer &l) {
  std::string text = "b" + std::to_string(l.batch) + " h" + std::to_string(l.heads) + " k" + std::to_string(l.key) +
                     " u" + std::to_string(l.depth) + " v" + std::to_string(l.value) + " grid";
  for (int64_t extent : l.grid)
    text += " " + std::to_string(extent);
  text += " kernel";
  for (int64_t extent : l.extents)
    text += " " + std::to_string(extent);
  return text + (l.content ? " content" : "") + (l.bias ? " bias" : "") + (l.constantWeights ? " constant" : "");
}

double error(const Layer &l, unsigned seed) {
  std::mt19937 random(seed);
  int64_t n = 1;
  for (int64_t extent : l.grid)
    n *= extent;
  int64_t m = l.context ? l.context : n;
  RealTensor queries = randomTensor({l.batch, l.heads, l.key, n}, random);
  RealTensor values = randomTensor({l.batch, l.depth, l.value, m}, random);
  RealTensor keys = randomTensor({l.batch, l.depth, l.key, m}, random);
  RealTensor table = randomTensor({n, m, l.key, l.depth}, random), bias = randomTensor({l.key}, random);
  std::vector<int64_t> kernelShape = {l.key, l.depth};
  kernelShape.insert(kernelShape.end(), l.extents.begin(), l.extents.end());
  RealTensor kernel = randomTensor(kernelShape, random);
  OneOp op;
  op.add("q", queries);
  op.add("v", values);
  LambdaOperands operands = {&queries, &values};
  std::string text = "mix.lambda %q, %v", types = typeText(queries.shape) + ", " + typeText(values.shape);
  if (l.content) {
    op.add("k", keys);
    operands.keys = &keys;
    text += " content %k";
    types += ", " + typeText(keys.shape);
  }
  if (l.position == Position::Table) {
    op.add("e", table, l.constantWeights);
    operands.table = &table;
    text += " table %e";
    types += ", " + typeText(table.shape);
  }
  if (l.position == Position::Kernel) {
    op.add("r", kernel, l.constantWeights);
    operands.kernel = &kernel;
    operands.grid = l.grid;
    text += " kernel %r over [";
    for (size_t i = 0; i < l.grid.size(); ++i)
      text += (i ? ", " : "") + std::to_string(l.grid[i]);
    text += "]";
    types += ", " + typeText(kernel.shape);
  }
  if (l.bias) {
    op.add("c", bias, l.constantWeights);
    operands.bias = &bias;
    text += " bias %c";
    types += ", " + typeText(bias.shape);
  }
  return op.error(text + " : " + types, lambdaLayer(operands));
}
} // namespace

TEST(Lambda, EqualsItsDefinition) {
  Position none = Position::None, table = Position::Table, kernel = Position::Kernel;
  unsigned seed = 0;
  for (const Layer &layer : std::vector<Layer>{
           {2, 4, 8, 1, 4, {36}, {}, none, true, false, true},
           {1, 2, 3, 2, 5, {7}, {}, none, true, true, true, 11},
           {2, 4, 8, 1, 4, {36}, {}, table, true, false, true},
           {2, 1, 5, 3, 2, {6}, {}, table, false, true, false, 9},
           // Convolutions.
           {2, 4, 8, 2, 8, {12}, {7}, kernel, true, true, true},
           {1, 2, 4, 1, 3, {9, 6}, {3, 5}, kernel, true, false, true},
           {2, 2, 8, 4, 3, {10, 10}, {3, 1}, kernel, true, false, false},
           // Far reaches on small grids: tables. Kernels that are larger than the grid.
           {2, 4, 8, 1, 4, {6, 6}, {11, 11}, kernel, true, false, true},
           {1, 1, 3, 2, 2, {5}, {21}, kernel, false, false, true},
           {2, 2, 3, 2, 5, {3, 5}, {7, 3}, kernel, true, true, true},
           {1, 2, 4, 1, 6, {1, 9}, {1, 17}, kernel, true, false, true},
           {2, 2, 4, 1, 6, {5, 3, 2}, {3, 5, 1}, kernel, true, false, true},
           // Large grids: transforms.
           {1, 2, 8, 1, 8, {400}, {799}, kernel, true, false, true},
           {1, 2, 4, 2, 4, {23, 29}, {45, 57}, kernel, true, false, true},
           {2, 1, 4, 1, 4, {32, 31}, {31, 61}, kernel, false, true, true},
       })
    EXPECT_LE(error(layer, ++seed), 3e-6) << describe(layer);
}
