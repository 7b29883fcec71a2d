// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Constants.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace mlir;
using namespace fourmix;

TEST(Constants, SmallOnesStandInTheTextAndLargeOnesInTheStore) {
  MLIRContext context;
  auto small = RankedTensorType::get({3}, Float32Type::get(&context));
  EXPECT_TRUE(isa<DenseElementsAttr>(makeConstant(small, ArrayRef<double>{1, 2, 3}, "s")));
  auto large = RankedTensorType::get({100}, Float32Type::get(&context));
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 0.5);
  ElementsAttr constant = makeConstant(large, values, "w");
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(constant));
  EXPECT_EQ(readDoubles(constant), values);
  releaseConstant(constant);
  EXPECT_EQ(readDoubles(constant), std::nullopt);
}

TEST(Constants, SplatsAndBooleansReadElementByElement) {
  MLIRContext context;
  auto type = RankedTensorType::get({2, 2}, IntegerType::get(&context, 1));
  EXPECT_EQ(readInts(DenseElementsAttr::get(type, true)), (SmallVector<int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(readInts(DenseElementsAttr::get(type, {true, false, false, true})), (SmallVector<int64_t>{1, 0, 0, 1}));
  auto wide = RankedTensorType::get({5, 8}, IntegerType::get(&context, 1));
  std::vector<char> bytes(40, 0);
  bytes[7] = 1;
  std::optional<SmallVector<int64_t>> read = readInts(makeConstant(wide, ArrayRef<char>(bytes), "mask"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 40u);
  EXPECT_EQ((*read)[7], 1);
  EXPECT_EQ((*read)[8], 0);
}

TEST(Constants, HalfPrecisionRoundsToNearestEven) {
  MLIRContext context;
  auto type = RankedTensorType::get({2}, BFloat16Type::get(&context));
  std::optional<std::vector<double>> read = readDoubles(makeConstant(type, ArrayRef<double>{1.0, 1.00390625}, "h"));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<double>{1.0, 1.0}));
}
