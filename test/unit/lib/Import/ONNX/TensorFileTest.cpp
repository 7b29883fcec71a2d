// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Import/TensorProto.h"
#include "gtest/gtest.h"

using namespace fourmix;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values)
    text.push_back(static_cast<char>(value));
  return text;
}

std::string errorOf(llvm::StringRef contents) {
  auto tensor = parseTensorProto(contents);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

// Fields: 1 dims, 2 data_type, 4 float_data, 5 int32_data, 7 int64_data, 8 name, 9 raw_data, 14 data_location.
const std::string dims2 = bytes({0x08, 2});

TEST(TensorFile, RawDataIsTaken) {
  auto read =
      parseTensorProto(dims2 + bytes({0x10, 1}) + bytes({0x42, 1, 'x', 0x4a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}));
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->name, "x");
  EXPECT_EQ(read->tensor.typeText(), "2xf32");
  EXPECT_EQ(read->tensor.real(0), 1);
  EXPECT_EQ(read->tensor.real(1), 2);
}

TEST(TensorFile, TypedFieldsAreTaken) {
  auto read = parseTensorProto(dims2 + bytes({0x10, 7, 0x3a, 2, 5, 6}));
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->tensor.typeText(), "2xi64");
  EXPECT_EQ(read->tensor.integer(1), 6);
  read = parseTensorProto(dims2 + bytes({0x10, 9, 0x2a, 2, 1, 0}));
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->tensor.typeText(), "2xbool");
  EXPECT_EQ(read->tensor.integer(0), 1);
}

TEST(TensorFile, ScalarsAndEmptyTensorsAreTensors) {
  auto read = parseTensorProto(bytes({0x10, 1, 0x22, 4, 0, 0, 0x80, 0x3f}));
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->tensor.typeText(), "f32");
  read = parseTensorProto(bytes({0x08, 0, 0x10, 1}));
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->tensor.typeText(), "0xf32");
}

TEST(TensorFile, BrokenOnesAreErrors) {
  EXPECT_EQ(errorOf(""), "not a TensorProto");
  EXPECT_EQ(errorOf("hello, world"), "not a TensorProto");
  EXPECT_EQ(errorOf(dims2 + bytes({0x10, 8})), "unsupported element type 8");
  EXPECT_EQ(errorOf(dims2 + bytes({0x10, 1, 0x70, 1})), "its data lie in another file");
  EXPECT_EQ(errorOf(dims2 + bytes({0x10, 1, 0x4a, 4, 0, 0, 0, 0})),
            "expected the bytes of 2xf32, found another number of them");
  EXPECT_EQ(errorOf(bytes({0x08, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x10, 1})),
            "expected the bytes of 4294967295xf32, found a file of 8");
}

} // namespace
