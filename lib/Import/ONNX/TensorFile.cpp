// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Import/TensorProto.h"
#include "onnx/onnx_pb.h"
#include "llvm/Support/Error.h"

using namespace llvm;
using namespace fourmix;

/// One entry per element: the low bytes of each.
template <typename T>
static bool takeEntries(const google::protobuf::RepeatedField<T> &entries, HostTensor &tensor, size_t elementBytes) {
  if (entries.size() * elementBytes != tensor.bytes.size())
    return false;
  for (int i = 0; i < entries.size(); ++i)
    std::memcpy(tensor.bytes.data() + i * elementBytes, &entries.Get(i), elementBytes);
  return true;
}

/// The field that ONNX assigns to the element type (onnx.proto, TensorProto).
static bool takeTyped(const onnx::TensorProto &proto, HostTensor &tensor, size_t elementBytes) {
  switch (tensor.dtype) {
  case FOURMIX_FLOAT32:
    return takeEntries(proto.float_data(), tensor, elementBytes);
  case FOURMIX_FLOAT64:
    return takeEntries(proto.double_data(), tensor, elementBytes);
  case FOURMIX_INT64:
    return takeEntries(proto.int64_data(), tensor, elementBytes);
  case FOURMIX_UINT32:
  case FOURMIX_UINT64:
    return takeEntries(proto.uint64_data(), tensor, elementBytes);
  default:
    return takeEntries(proto.int32_data(), tensor, elementBytes);
  }
}

Expected<NamedTensor> fourmix::parseTensorProto(StringRef contents) {
  onnx::TensorProto proto;
  if (contents.size() > INT32_MAX || !proto.ParseFromArray(contents.data(), static_cast<int>(contents.size())) ||
      proto.data_type() == onnx::TensorProto::UNDEFINED)
    return createStringError("not a TensorProto");
  size_t elementBytes = fourmix_dtype_bytes(proto.data_type());
  if (elementBytes == 0)
    return createStringError("unsupported element type " + std::to_string(proto.data_type()));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return createStringError("its data lie in another file");
  SmallVector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  std::optional<int64_t> count = countElements(shape, elementBytes);
  // A claimed shape must not become an allocation that the file cannot fill.
  if (!count || uint64_t(*count) > contents.size())
    return createStringError("expected the bytes of " + typeText(proto.data_type(), shape) + ", found a file of " +
                             std::to_string(contents.size()));
  NamedTensor result{proto.name(), HostTensor::zeros(proto.data_type(), shape)};
  HostTensor &tensor = result.tensor;
  if (proto.raw_data().size() == tensor.bytes.size() && !tensor.bytes.empty())
    std::memcpy(tensor.bytes.data(), proto.raw_data().data(), tensor.bytes.size());
  else if (!takeTyped(proto, tensor, elementBytes))
    return createStringError("expected the bytes of " + tensor.typeText() + ", found another number of them");
  return result;
}
