// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/FoldTensor.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx;

namespace {
struct FoldTensors : testing::Test {
  MLIRContext context;
  Type f32 = Float32Type::get(&context), i64 = IntegerType::get(&context, 64), i1 = IntegerType::get(&context, 1);

  FoldTensor counting(ArrayRef<int64_t> shape) {
    FoldTensor tensor(shape, i64);
    std::iota(tensor.ints.begin(), tensor.ints.end(), 0);
    return tensor;
  }
};
} // namespace

TEST_F(FoldTensors, ShapesBroadcastFromTheRight) {
  EXPECT_EQ(broadcastShapes({2, 1, 4}, {3, 1}), Shape({2, 3, 4}));
  EXPECT_EQ(broadcastShapes({}, {5}), Shape({5}));
  EXPECT_EQ(broadcastShapes({0}, {1}), Shape({0}));
  EXPECT_EQ(broadcastShapes({0}, {2}), std::nullopt);
  EXPECT_EQ(broadcastShapes({2, 3}, {2}), std::nullopt);
}

TEST_F(FoldTensors, CountsOverflowToNothing) {
  EXPECT_EQ(elementCount({}), 1);
  EXPECT_EQ(elementCount({3, 0, 5}), 0);
  EXPECT_EQ(elementCount({3, -1}), std::nullopt);
  EXPECT_EQ(elementCount({int64_t(1) << 40, int64_t(1) << 40}), std::nullopt);
}

TEST_F(FoldTensors, StridesGiveTranspositionAndReversal) {
  EXPECT_EQ(stridedPositions({3, 2}, {1, 3}), (std::vector<int64_t>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(stridedPositions({4}, {-1}, 3), (std::vector<int64_t>{3, 2, 1, 0}));
  EXPECT_EQ(stridedPositions({2, 0}, {1, 1}), std::vector<int64_t>());
  EXPECT_EQ(stridedPositions({}, {}, 7), std::vector<int64_t>{7});
}

TEST_F(FoldTensors, BroadcastRepeatsRowsAndColumns) {
  EXPECT_EQ(counting({2, 1}).broadcast({2, 2, 3}).ints, (std::vector<int64_t>{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(counting({3}).broadcast({2, 3}).ints, (std::vector<int64_t>{0, 1, 2, 0, 1, 2}));
}

TEST_F(FoldTensors, SelectFillsWhereThePositionIsNegative) {
  FoldTensor fill({}, i64);
  fill.ints[0] = 9;
  EXPECT_EQ(counting({4}).select({3}, {-1, 2, 0}, &fill).ints, (std::vector<int64_t>{9, 2, 0}));
  EXPECT_EQ(counting({4}).select({2}, {-1, 3}).ints, (std::vector<int64_t>{0, 3}));
}

TEST_F(FoldTensors, ConstantsComeBackRoundedOnce) {
  FoldTensor tensor({2}, f32);
  tensor.reals = {0.1, 1e300};
  std::optional<FoldTensor> read = FoldTensor::read(tensor.toAttr("x"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reals[0], double(0.1f));
  EXPECT_TRUE(std::isinf(read->reals[1]));
}

TEST_F(FoldTensors, IntegersWrapToTheirWidth) {
  FoldTensor tensor({2}, IntegerType::get(&context, 8));
  tensor.ints = {200, -1};
  EXPECT_EQ(FoldTensor::read(tensor.toAttr("x"))->ints, (std::vector<int64_t>{-56, -1}));
  tensor.element = IntegerType::get(&context, 8, IntegerType::Unsigned);
  EXPECT_EQ(FoldTensor::read(tensor.toAttr("x"))->ints, (std::vector<int64_t>{200, 255}));
}

TEST_F(FoldTensors, EqualElementsBecomeASplat) {
  FoldTensor zeros({100, 100}, f32);
  auto dense = dyn_cast<DenseElementsAttr>(zeros.toAttr("z"));
  ASSERT_TRUE(dense);
  EXPECT_TRUE(dense.isSplat());
  // -0.0 is another value than 0.0.
  zeros.reals[5] = -0.0;
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(zeros.toAttr("z")));
  FoldTensor mask({40}, i1);
  mask.ints.assign(40, 1);
  EXPECT_EQ(FoldTensor::read(mask.toAttr("m"))->ints, mask.ints);
}

TEST_F(FoldTensors, LargeUnsignedValuesAreRefused) {
  auto type = RankedTensorType::get({1}, IntegerType::get(&context, 64, IntegerType::Unsigned));
  uint64_t value = uint64_t(1) << 63;
  ArrayRef<char> bytes(reinterpret_cast<const char *>(&value), sizeof(value));
  EXPECT_FALSE(FoldTensor::read(makeConstant(type, bytes, "u")));
}

TEST_F(FoldTensors, ShapesPrintForMessages) {
  EXPECT_EQ(formatShape({2, 3}), "2x3");
  EXPECT_EQ(formatShape({}), "scalar");
}
