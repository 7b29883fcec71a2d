// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/HostTensor.h"
#include "fourmix/Support/Zip.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace fourmix;
using llvm::StringRef;

namespace {

std::string npy(const std::string &header, const std::string &data, char version = 1) {
  std::string text = std::string("\x93NUMPY") + version + '\0';
  size_t bytes = header.size();
  text += {char(bytes & 255), char(bytes >> 8)};
  if (version > 1)
    text += std::string(2, '\0');
  return text + header + data;
}

std::string errorOf(StringRef contents) {
  auto tensor = parseNpy(contents);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

std::string errorOfNpz(StringRef contents) {
  auto tensors = parseNpz(contents);
  return tensors ? "" : llvm::toString(tensors.takeError());
}

std::vector<double> realsOf(const HostTensor &tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.size(); ++i)
    values.push_back(tensor.real(i));
  return values;
}

// Written by numpy.savez_compressed(f, a=numpy.arange(6, dtype='<f4').reshape(2, 3), b=numpy.asfortranarray(
// numpy.arange(4, dtype='>i4').reshape(2, 2))) under Python's zipfile: deflated, with zip64 local headers.
const char deflated[] =
    "504b03042d0000000800000021004fe9002affffffffffffffff05001400612e6e707901001000980000000000000055000000000000009b"
    "ec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a"
    "463a0ac69a3a0ab50a64032e063068b007120e4004c40d40bcc00100504b03042d00000008000000210001ba55f1ffffffffffffffff0500"
    "1400622e6e70790100100090000000000000004e000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9769a2aea3a09e"
    "965f54529498179f5f94920a120f292a4d050a17672416a402b91a463a0a469a3a0ab50ae4032e06086002624620660600504b01022d032d"
    "0000000800000021004fe9002a5500000098000000050000000000000000000000800100000000612e6e7079504b01022d032d0000000800"
    "0000210001ba55f14e0000009000000005000000000000000000000080018c000000622e6e7079504b050600000000020002006600000011"
    "0100000000";

TEST(Npy, EveryTypeComesBackAsItWent) {
  for (fourmix_dtype dtype :
       {FOURMIX_FLOAT16, FOURMIX_FLOAT32, FOURMIX_FLOAT64, FOURMIX_BOOL, FOURMIX_INT8, FOURMIX_INT16, FOURMIX_INT32,
        FOURMIX_INT64, FOURMIX_UINT8, FOURMIX_UINT16, FOURMIX_UINT32, FOURMIX_UINT64})
    for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {3}, {2, 0}, {2, 3, 1}}) {
      HostTensor tensor = HostTensor::zeros(dtype, shape);
      for (int64_t i = 0; i < tensor.size(); ++i)
        tensor.setReal(i, double(i & 1));
      std::string bytes = formatNpy(tensor);
      EXPECT_EQ((bytes.size() - tensor.bytes.size()) % 64, 0u);
      auto read = parseNpy(bytes);
      ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
      EXPECT_EQ(read->typeText(), tensor.typeText());
      EXPECT_EQ(read->bytes, tensor.bytes);
    }
}

TEST(Npy, BFloat16IsWrittenAsFloat32) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_BFLOAT16, {2});
  tensor.setReal(1, 1.5);
  EXPECT_EQ(realsOf(llvm::cantFail(parseNpy(formatNpy(tensor)))), (std::vector<double>{0, 1.5}));
}

TEST(Npy, FortranOrderAndBigEndianAreTurnedRound) {
  std::string data;
  for (char i = 1; i <= 6; ++i)
    data += std::string{'\0', i};
  auto tensor = parseNpy(npy("{'shape': (2, 3), 'fortran_order': True, 'descr': '>u2'}\n", data));
  ASSERT_TRUE(static_cast<bool>(tensor)) << llvm::toString(tensor.takeError());
  EXPECT_EQ(tensor->typeText(), "2x3xui16");
  EXPECT_EQ(realsOf(*tensor), (std::vector<double>{1, 3, 5, 2, 4, 6}));
}

TEST(Npy, LaterVersionsHaveALongHeader) {
  for (char version : {2, 3})
    EXPECT_EQ(errorOf(npy("{\"descr\": \"|u1\", 'fortran_order': False, 'shape': (1L,)}", "x", version)), "");
}

TEST(Npy, MalformedFilesAreErrors) {
  std::string good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678");
  ASSERT_EQ(errorOf(good), "");
  // Every prefix is truncated somewhere.
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_NE(errorOf(StringRef(good).take_front(n)), "") << n;
  auto header = [](const std::string &text) { return errorOf(npy(text, "12345678")); };
  EXPECT_EQ(errorOf("PK\3\4"), "not an .npy file");
  EXPECT_EQ(errorOf(npy("{}", "", 9)), "unknown .npy version 9");
  EXPECT_EQ(header("{}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (2}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}"), "broken .npy header");
  EXPECT_EQ(header("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}"), "unsupported element type '<c8'");
  EXPECT_EQ(header("{'descr': '', 'fortran_order': False, 'shape': (1,)}"), "unsupported element type ''");
  EXPECT_EQ(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
            "structured element types are not supported");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}"),
            "truncated .npy data: expected 3xf32, found 8 bytes");
  EXPECT_NE(header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}"), "");
}

TEST(Npz, ComesBackAsItWentWithTheSameBytes) {
  HostTensor a = HostTensor::zeros(FOURMIX_FLOAT32, {2, 2}), b = HostTensor::zeros(FOURMIX_INT64, {});
  a.setReal(3, -2.5);
  b.setInteger(0, int64_t(1) << 60);
  std::string bytes = llvm::cantFail(formatNpz({{"layer/a.0", a}, {"b", b}}));
  EXPECT_EQ(bytes, llvm::cantFail(formatNpz({{"layer/a.0", a}, {"b", b}})));
  auto read = parseNpz(bytes);
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].name, "layer/a.0");
  EXPECT_EQ((*read)[0].tensor.bytes, a.bytes);
  EXPECT_EQ((*read)[1].tensor.integer(0), int64_t(1) << 60);
}

TEST(Npz, NumPysCompressedFilesAreRead) {
  std::string bytes;
  ASSERT_TRUE(llvm::tryGetFromHex(deflated, bytes));
  auto read = parseNpz(bytes);
  ASSERT_TRUE(static_cast<bool>(read)) << llvm::toString(read.takeError());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].name, "a");
  EXPECT_EQ((*read)[0].tensor.typeText(), "2x3xf32");
  EXPECT_EQ(realsOf((*read)[0].tensor), (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(realsOf((*read)[1].tensor), (std::vector<double>{0, 1, 2, 3}));
}

TEST(Npz, DamagedFilesAreErrorsOrReadTheSame) {
  std::string packed;
  ASSERT_TRUE(llvm::tryGetFromHex(deflated, packed));
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, {5});
  for (const std::string &good : {packed, llvm::cantFail(formatNpz({{"a", tensor}}))}) {
    ASSERT_EQ(errorOfNpz(good), "");
    for (size_t n = 0; n < good.size(); ++n)
      EXPECT_NE(errorOfNpz(StringRef(good).take_front(n)), "") << n;
    // No single wrong byte may crash; in the contents it must be noticed.
    for (size_t n = 0; n < good.size(); ++n)
      for (unsigned char flip : {1, 128, 255}) {
        std::string bad = good;
        bad[n] ^= flip;
        (void)errorOfNpz(bad);
      }
    std::string bad = good;
    size_t name = good.find("a.npy");
    bad[name + 60] ^= 1;
    EXPECT_NE(errorOfNpz(bad), "");
  }
}

TEST(Npz, SizesAreNotBelieved) {
  std::string packed;
  ASSERT_TRUE(llvm::tryGetFromHex(deflated, packed));
  // The directory entry of the first member claims 3.9 GB.
  size_t directory = packed.find("PK\1\2");
  ASSERT_NE(directory, std::string::npos);
  for (int i = 0; i < 4; ++i)
    packed[directory + 24 + i] = char(0xee);
  EXPECT_EQ(errorOfNpz(packed), "broken zip archive: 'a.npy' claims an impossible size");
  EXPECT_EQ(errorOfNpz("PK"), "broken zip archive: no end record");
}

TEST(Npz, WhatIsNoArrayIsNamed) {
  std::string zip = llvm::cantFail(writeZip({{"x.npy", "hello"}}));
  EXPECT_EQ(errorOfNpz(zip), "'x.npy': not an .npy file");
}

} // namespace
