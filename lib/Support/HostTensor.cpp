// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/HostTensor.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <cstring>

using namespace llvm;
using namespace fourmix;

std::optional<int64_t> fourmix::countElements(ArrayRef<int64_t> shape, int64_t elementBytes) {
  int64_t count = 1;
  bool isEmpty = is_contained(shape, 0);
  for (int64_t dim : shape) {
    std::optional<int64_t> product = dim < 0 ? std::nullopt : checkedMul(count, isEmpty ? int64_t(1) : dim);
    if (!product)
      return std::nullopt;
    count = *product;
  }
  if (isEmpty)
    return 0;
  return checkedMul(count, elementBytes) ? std::optional(count) : std::nullopt;
}

std::string fourmix::dtypeText(fourmix_dtype dtype) {
  switch (dtype) {
  case FOURMIX_FLOAT32:
    return "f32";
  case FOURMIX_UINT8:
    return "ui8";
  case FOURMIX_INT8:
    return "i8";
  case FOURMIX_UINT16:
    return "ui16";
  case FOURMIX_INT16:
    return "i16";
  case FOURMIX_INT32:
    return "i32";
  case FOURMIX_INT64:
    return "i64";
  case FOURMIX_BOOL:
    return "bool";
  case FOURMIX_FLOAT16:
    return "f16";
  case FOURMIX_FLOAT64:
    return "f64";
  case FOURMIX_UINT32:
    return "ui32";
  case FOURMIX_UINT64:
    return "ui64";
  case FOURMIX_BFLOAT16:
    return "bf16";
  default:
    return "type " + std::to_string(dtype);
  }
}

std::string fourmix::typeText(fourmix_dtype dtype, ArrayRef<int64_t> dims) {
  std::string text;
  for (int64_t dim : dims)
    text += (dim < 0 ? "?" : std::to_string(dim)) + "x";
  return text + dtypeText(dtype);
}

std::optional<fourmix_dtype> fourmix::parseDtype(StringRef text) {
  return StringSwitch<std::optional<fourmix_dtype>>(text)
      .Case("f16", FOURMIX_FLOAT16)
      .Case("bf16", FOURMIX_BFLOAT16)
      .Case("f32", FOURMIX_FLOAT32)
      .Case("f64", FOURMIX_FLOAT64)
      .Cases({"bool", "i1"}, FOURMIX_BOOL)
      .Case("i8", FOURMIX_INT8)
      .Case("i16", FOURMIX_INT16)
      .Case("i32", FOURMIX_INT32)
      .Case("i64", FOURMIX_INT64)
      .Case("ui8", FOURMIX_UINT8)
      .Case("ui16", FOURMIX_UINT16)
      .Case("ui32", FOURMIX_UINT32)
      .Case("ui64", FOURMIX_UINT64)
      .Default(std::nullopt);
}

HostTensor HostTensor::zeros(fourmix_dtype dtype, ArrayRef<int64_t> shape) {
  HostTensor result;
  result.dtype = dtype;
  result.shape.assign(shape.begin(), shape.end());
  result.bytes.resize(countElements(shape, fourmix_dtype_bytes(dtype)).value_or(0) * fourmix_dtype_bytes(dtype));
  return result;
}

std::string HostTensor::typeText() const { return fourmix::typeText(dtype, shape); }

bool HostTensor::isInteger() const {
  return dtype != FOURMIX_FLOAT16 && dtype != FOURMIX_BFLOAT16 && dtype != FOURMIX_FLOAT32 && dtype != FOURMIX_FLOAT64;
}

template <typename T>
static T load(const std::vector<char> &bytes, int64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
static void store(std::vector<char> &bytes, int64_t i, T value) {
  std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
}

int64_t HostTensor::integer(int64_t i) const {
  switch (dtype) {
  case FOURMIX_BOOL:
  case FOURMIX_UINT8:
    return load<uint8_t>(bytes, i);
  case FOURMIX_INT8:
    return load<int8_t>(bytes, i);
  case FOURMIX_UINT16:
    return load<uint16_t>(bytes, i);
  case FOURMIX_INT16:
    return load<int16_t>(bytes, i);
  case FOURMIX_UINT32:
    return load<uint32_t>(bytes, i);
  case FOURMIX_INT32:
    return load<int32_t>(bytes, i);
  default:
    return load<int64_t>(bytes, i);
  }
}

double HostTensor::real(int64_t i) const {
  switch (dtype) {
  case FOURMIX_FLOAT32:
    return load<float>(bytes, i);
  case FOURMIX_FLOAT64:
    return load<double>(bytes, i);
  case FOURMIX_FLOAT16:
    return APFloat(APFloat::IEEEhalf(), APInt(16, load<uint16_t>(bytes, i))).convertToFloat();
  case FOURMIX_BFLOAT16:
    return APFloat(APFloat::BFloat(), APInt(16, load<uint16_t>(bytes, i))).convertToFloat();
  case FOURMIX_UINT64:
    return static_cast<double>(load<uint64_t>(bytes, i));
  default:
    return static_cast<double>(integer(i));
  }
}

static uint16_t roundTo16(double value, const fltSemantics &semantics) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

void HostTensor::setInteger(int64_t i, int64_t value) {
  switch (dtype) {
  case FOURMIX_BOOL:
    return store<uint8_t>(bytes, i, value != 0);
  case FOURMIX_INT8:
  case FOURMIX_UINT8:
    return store<uint8_t>(bytes, i, static_cast<uint8_t>(value));
  case FOURMIX_INT16:
  case FOURMIX_UINT16:
    return store<uint16_t>(bytes, i, static_cast<uint16_t>(value));
  case FOURMIX_INT32:
  case FOURMIX_UINT32:
    return store<uint32_t>(bytes, i, static_cast<uint32_t>(value));
  case FOURMIX_INT64:
  case FOURMIX_UINT64:
    return store<int64_t>(bytes, i, value);
  default:
    return setReal(i, static_cast<double>(value));
  }
}

void HostTensor::setReal(int64_t i, double value) {
  switch (dtype) {
  case FOURMIX_FLOAT32:
    return store<float>(bytes, i, static_cast<float>(value));
  case FOURMIX_FLOAT64:
    return store<double>(bytes, i, value);
  case FOURMIX_FLOAT16:
    return store<uint16_t>(bytes, i, roundTo16(value, APFloat::IEEEhalf()));
  case FOURMIX_BFLOAT16:
    return store<uint16_t>(bytes, i, roundTo16(value, APFloat::BFloat()));
  default:
    return setInteger(i, static_cast<int64_t>(value));
  }
}
