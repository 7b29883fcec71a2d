// Matrix products and reductions of many shapes, computed by the cpu phase and by definition.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CompileAndRun.h"
#include "llvm/Support/FormatVariadic.h"
#include <random>

using namespace fourmix::test;

namespace {

std::vector<float> random(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float &value : values)
    value = uniform(generator);
  return values;
}

/// |value - reference| against the largest reference.
void expectClose(const std::vector<float> &values, const std::vector<double> &reference) {
  double largest = 0, worst = 0;
  for (double value : reference)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < values.size(); ++i)
    worst = std::max(worst, std::fabs(values[i] - reference[i]));
  EXPECT_LE(worst, 2e-6 * largest);
}

struct Shape {
  int64_t m, n, k;
};

class Product : public testing::TestWithParam<std::tuple<Shape, const char *>> {};

// One product with B row-major, one with B given as [n, k], and the sums of rows and columns of the first.
TEST_P(Product, EqualsItsDefinition) {
  auto [shape, cpu] = GetParam();
  auto [m, n, k] = shape;
  std::string text = llvm::formatv(R"(
    func.func @main(%a: tensor<{0}x{2}xf32>, %b: tensor<{2}x{1}xf32>, %t: tensor<{1}x{2}xf32>)
        -> (tensor<{0}x{1}xf32>, tensor<{0}x{1}xf32>, tensor<{0}xf32>, tensor<{1}xf32>) {{
      %zero = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<{0}x{1}xf32>
      %f = linalg.fill ins(%zero : f32) outs(%e : tensor<{0}x{1}xf32>) -> tensor<{0}x{1}xf32>
      %c = linalg.matmul ins(%a, %b : tensor<{0}x{2}xf32>, tensor<{2}x{1}xf32>)
          outs(%f : tensor<{0}x{1}xf32>) -> tensor<{0}x{1}xf32>
      %d = linalg.generic {{indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                             affine_map<(m, n, k) -> (m, n)>],
                            iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %t : tensor<{0}x{2}xf32>, tensor<{1}x{2}xf32>) outs(%c : tensor<{0}x{1}xf32>) {{
      ^bb0(%x: f32, %y: f32, %o: f32):
        %p = arith.mulf %x, %y : f32
        %s = arith.addf %o, %p : f32
        linalg.yield %s : f32
      } -> tensor<{0}x{1}xf32>
      %er = tensor.empty() : tensor<{0}xf32>
      %fr = linalg.fill ins(%zero : f32) outs(%er : tensor<{0}xf32>) -> tensor<{0}xf32>
      %rows = linalg.reduce {{arith.addf} ins(%c : tensor<{0}x{1}xf32>) outs(%fr : tensor<{0}xf32>) dimensions = [1]
      %ec = tensor.empty() : tensor<{1}xf32>
      %fc = linalg.fill ins(%zero : f32) outs(%ec : tensor<{1}xf32>) -> tensor<{1}xf32>
      %columns = linalg.reduce {{arith.addf} ins(%c : tensor<{0}x{1}xf32>) outs(%fc : tensor<{1}xf32>) dimensions = [0]
      return %c, %d, %rows, %columns : tensor<{0}x{1}xf32>, tensor<{0}x{1}xf32>, tensor<{0}xf32>, tensor<{1}xf32>
    })",
                                   m, n, k)
                         .str();
  std::vector<float> a = random(m * k, 1), b = random(k * n, 2), t = random(n * k, 3);
  std::vector<double> c(m * n), d(m * n), rows(m), columns(n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double plain = 0, transposed = 0;
      for (int64_t l = 0; l < k; ++l) {
        plain += double(a[i * k + l]) * b[l * n + j];
        transposed += double(a[i * k + l]) * t[j * k + l];
      }
      c[i * n + j] = plain;
      d[i * n + j] = plain + transposed;
      rows[i] += plain;
      columns[j] += plain;
    }
  Program program(text, cpu);
  auto results = program({a, b, t});
  expectClose(results[0], c);
  expectClose(results[1], d);
  expectClose(results[2], rows);
  expectClose(results[3], columns);
  // The cut into tasks does not depend on the threads: the same bits.
  EXPECT_EQ(program({a, b, t}, /*threads=*/3), results);
}

INSTANTIATE_TEST_SUITE_P(, Product,
                         testing::Combine(testing::Values(Shape{1, 1, 1}, Shape{1, 49, 7}, Shape{7, 16, 3},
                                                          Shape{8, 48, 16}, Shape{13, 97, 5}, Shape{130, 50, 33},
                                                          Shape{65, 145, 66}),
                                          testing::Values("native", "x86-64")));

} // namespace
