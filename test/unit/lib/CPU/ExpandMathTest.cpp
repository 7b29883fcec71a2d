// exp, tanh and erf against libm in double, over all of f32.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CompileAndRun.h"
#include <cmath>
#include <cstring>

using namespace fourmix::test;

namespace {

constexpr int64_t batch = 1 << 16;

std::string elementwise(const std::string &op) {
  std::string type = "tensor<" + std::to_string(batch) + "xf32>";
  return "#id = affine_map<(i) -> (i)>\n"
         "func.func @main(%x: " +
         type + ") -> " + type +
         " {\n"
         "  %e = tensor.empty() : " +
         type +
         "\n"
         "  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = [\"parallel\"]}\n"
         "      ins(%x : " +
         type + ") outs(%e : " + type +
         ") {\n"
         "  ^bb0(%a: f32, %o: f32):\n"
         "    %r = math." +
         op +
         " %a : f32\n"
         "    linalg.yield %r : f32\n"
         "  } -> " +
         type +
         "\n"
         "  return %y : " +
         type + "\n}\n";
}

float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Distance in units in the last place of the f32 nearest to `reference`.
double ulps(float value, double reference) {
  float nearest = static_cast<float>(reference);
  if (std::isnan(reference) || std::isinf(nearest) || std::isnan(value) || std::isinf(value))
    return (std::isnan(reference) ? std::isnan(value) : value == nearest) ? 0 : INFINITY;
  float magnitude = std::max(std::fabs(nearest), std::numeric_limits<float>::min());
  double ulp = std::nextafter(magnitude, INFINITY) - magnitude;
  return std::fabs(value - reference) / ulp;
}

struct Function {
  const char *name;
  double (*reference)(double);
};

class ExpandMath : public testing::TestWithParam<std::tuple<Function, const char *>> {};

TEST_P(ExpandMath, IsWithinFourUlpEverywhere) {
  auto [function, cpu] = GetParam();
  Program program(elementwise(function.name), cpu);
  double worst = 0;
  float where = 0;
  // A prime stride visits every exponent and sign with changing fractions; the ends are visited on their own.
  constexpr uint32_t stride = 1021;
  std::vector<float> x(batch);
  for (uint64_t bits = 0; bits <= UINT32_MAX;) {
    for (float &value : x)
      value = fromBits(static_cast<uint32_t>(std::min<uint64_t>(bits, UINT32_MAX))), bits += stride;
    std::vector<float> y = program({x})[0];
    for (int64_t i = 0; i < batch; ++i)
      if (double error = ulps(y[i], function.reference(x[i])); error > worst)
        worst = error, where = x[i];
  }
  EXPECT_LE(worst, 4.0) << "at " << where;
}

TEST_P(ExpandMath, KeepsSpecialValues) {
  auto [function, cpu] = GetParam();
  Program program(elementwise(function.name), cpu);
  std::vector<float> x(batch, 0.0f);
  float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 88.72284f, -87.33655f, -103.97f, -104.5f, 1e-45f, 3e38f};
  std::copy(std::begin(special), std::end(special), x.begin());
  std::vector<float> y = program({x})[0];
  for (size_t i = 0; i < std::size(special); ++i)
    EXPECT_LE(ulps(y[i], function.reference(special[i])), 4.0) << function.name << "(" << special[i] << ") = " << y[i];
}

INSTANTIATE_TEST_SUITE_P(, ExpandMath,
                         testing::Combine(testing::Values(Function{"exp", std::exp}, Function{"tanh", std::tanh},
                                                          Function{"erf", std::erf}),
                                          testing::Values("native", "x86-64")),
                         [](const auto &info) {
                           std::string cpu = std::get<1>(info.param);
                           return std::string(std::get<0>(info.param).name) +
                                  (cpu == "native" ? "_native" : "_baseline");
                         });

} // namespace
