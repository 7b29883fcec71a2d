// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Runner.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace fourmix;

namespace {

HostTensor reals(fourmix_dtype dtype, std::vector<double> values) {
  HostTensor tensor = HostTensor::zeros(dtype, {int64_t(values.size())});
  for (size_t i = 0; i < values.size(); ++i)
    tensor.setReal(i, values[i]);
  return tensor;
}

Comparison compareReals(std::vector<double> value, std::vector<double> reference, const Tolerance &tolerance) {
  return compare(reals(FOURMIX_FLOAT32, value), reals(FOURMIX_FLOAT64, reference), tolerance);
}

const std::vector<InputDecl> decls = {
    {"x", FOURMIX_FLOAT32, {2}}, {"ids", FOURMIX_INT64, {1, -1}}, {"2xf32", FOURMIX_FLOAT32, {2}}};

std::string errorOf(std::vector<std::string> texts) {
  auto inputs = readInputs(texts, decls);
  return inputs ? "" : llvm::toString(inputs.takeError());
}

TEST(Compare, OfMaximumScalesWithTheLargestReference) {
  Tolerance tolerance;
  tolerance.ofMaximum = 0.01;
  EXPECT_EQ(compareReals({0.9, 100}, {0, 100}, tolerance).mismatches, 0);
  Comparison far = compareReals({1.5, 100, 98}, {0, 100, 100}, tolerance);
  EXPECT_EQ(far.mismatches, 2);
  EXPECT_EQ(far.first, 0);
  EXPECT_EQ(far.worst, 2);
  EXPECT_EQ(far.maxError, 2);
  EXPECT_EQ(far.maxReference, 100);
}

TEST(Compare, RtolAndAtolAreThoseOfAllclose) {
  Tolerance tolerance;
  tolerance.rtol = 0.25, tolerance.atol = 0.5;
  EXPECT_EQ(compareReals({0.5, 4.5, -1.5}, {0, 6, -4}, tolerance).mismatches, 1);
  EXPECT_EQ(compareReals({0.5, 4, -2.5}, {0, 6, -4}, tolerance).mismatches, 0);
}

TEST(Compare, NaNAndInfinityEqualOnlyThemselves) {
  Tolerance tolerance;
  tolerance.ofMaximum = 1e30;
  double inf = INFINITY, nan = NAN;
  EXPECT_EQ(compareReals({nan, inf, -inf, 1}, {nan, inf, -inf, 1}, tolerance).mismatches, 0);
  Comparison far = compareReals({nan, 1, inf, -inf, 1, inf}, {1, nan, 1, inf, -inf, nan}, tolerance);
  EXPECT_EQ(far.mismatches, 6);
  EXPECT_EQ(far.worst, 0);
  EXPECT_EQ(far.maxReference, 1);
}

TEST(Compare, IntegersMustBeEqual) {
  Tolerance tolerance;
  tolerance.ofMaximum = 1e30;
  HostTensor value = HostTensor::zeros(FOURMIX_INT64, {2}), reference = value;
  value.setInteger(1, (int64_t(1) << 60) + 1);
  reference.setInteger(1, int64_t(1) << 60);
  EXPECT_EQ(compare(value, reference, tolerance).mismatches, 1);
  EXPECT_EQ(compare(value, value, tolerance).mismatches, 0);
}

TEST(Inputs, SinglePrecisionIsRoundedToBFloat16) {
  const std::vector<InputDecl> halves = {{"x", FOURMIX_BFLOAT16, {2}}};
  auto inputs = readInputs({"x=2xf32=1.00390625 3"}, halves);
  ASSERT_TRUE(static_cast<bool>(inputs)) << llvm::toString(inputs.takeError());
  EXPECT_EQ((*inputs)[0].typeText(), "2xbf16");
  EXPECT_EQ((*inputs)[0].real(0), 1); // 1 + 2^-8 is half way, and 1 is even
  EXPECT_EQ((*inputs)[0].real(1), 3);
}

TEST(Inputs, GoByNameAndThenInOrder) {
  auto inputs = readInputs({"2xf32=1 2", "2xf32=3", "ids=1x3xi64=7,8,9"}, decls);
  ASSERT_TRUE(static_cast<bool>(inputs)) << llvm::toString(inputs.takeError());
  EXPECT_EQ((*inputs)[0].real(1), 2);
  EXPECT_EQ((*inputs)[1].typeText(), "1x3xi64");
  EXPECT_EQ((*inputs)[1].integer(2), 9);
  EXPECT_EQ((*inputs)[2].real(1), 3);
}

TEST(Inputs, ANameMayLookLikeAType) {
  auto inputs = readInputs({"2xf32=2xf32=5 6", "x=random", "ids=1x0xi64="}, decls);
  ASSERT_TRUE(static_cast<bool>(inputs)) << llvm::toString(inputs.takeError());
  EXPECT_EQ((*inputs)[2].real(1), 6);
}

TEST(Inputs, RandomValuesAreTheSameEveryTime) {
  std::vector<std::string> texts = {"random", "ids=1x1xi64=0", "2xf32=random"};
  auto one = llvm::cantFail(readInputs(texts, decls)), two = llvm::cantFail(readInputs(texts, decls));
  EXPECT_EQ(one[0].bytes, two[0].bytes);
  EXPECT_NE(one[0].bytes, one[2].bytes);
  EXPECT_TRUE(std::isfinite(one[0].real(0)));
}

TEST(Inputs, OpenDimensionsWantAShape) {
  EXPECT_EQ(errorOf({"random", "random"}), "input 'ids' has open dimensions (1x?xi64): random values need --shape");
  EXPECT_EQ(errorOf({"ids=2x3xi64=0"}), "input 'ids': expected 1x?xi64, found 2x3xi64");
  EXPECT_EQ(errorOf({"ids=1xi64=0"}), "input 'ids': expected 1x?xi64, found 1xi64");
}

TEST(Inputs, BadTextsAreErrors) {
  for (const char *text : {"", "@", "=", "x", "x=", "x=y", "x==", "=@f", "99999999999x99999999999xf32=1",
                           "1000000x1000000xf32=1", "-1xf32=", "x=y=random", "1x=2", "xf32=1"})
    EXPECT_NE(errorOf({text}), "") << text;
}

} // namespace
