// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix::importer {

Type Importer::elementType(int32_t dataType) {
  return dataType == 0 ? onnx::UnknownType::get(context) : onnx::elementType(context, dataType);
}

FailureOr<Type> Importer::importType(const pb::TypeProto &proto, const Where &where, unsigned depth) {
  // Deeper than any real type; the printer and the verifier recurse over what we make here.
  constexpr unsigned maxDepth = 64;
  if (depth > maxDepth)
    return where.error() << "expected types nested at most " << maxDepth << " deep, found more";

  auto tensor = [&](int32_t dataType, const pb::TensorShapeProto *shape) -> FailureOr<Type> {
    Type element = elementType(dataType);
    if (!element)
      return where.error() << "expected a known element type, found number " << dataType;
    if (!shape)
      return Type(UnrankedTensorType::get(element));
    SmallVector<int64_t> sizes;
    SmallVector<StringAttr> names, denotations;
    int64_t count = 1;
    for (auto [i, dim] : llvm::enumerate(shape->dim())) {
      names.push_back(str(dim.dim_param()));
      denotations.push_back(str(dim.denotation()));
      // Some converters write -1 for a size that is open, and ONNX Runtime reads it so.
      if (!dim.has_dim_value() || dim.dim_value() == -1) {
        sizes.push_back(ShapedType::kDynamic);
        continue;
      }
      if (dim.dim_value() < 0)
        return where.error() << "expected sizes of at least 0, found " << dim.dim_value() << " for dimension " << i;
      if (llvm::MulOverflow(count, std::max<int64_t>(dim.dim_value(), 1), count))
        return where.error() << "the number of elements overflows at dimension " << i << ", found " << dim.dim_value();
      sizes.push_back(dim.dim_value());
    }
    bool named = llvm::any_of(names, [](StringAttr name) { return !name.empty(); });
    bool denoted = llvm::any_of(denotations, [](StringAttr name) { return !name.empty(); });
    if (!denoted)
      denotations.clear();
    Attribute encoding = named || denoted ? onnx::DimsAttr::get(context, names, denotations) : Attribute();
    return Type(RankedTensorType::get(sizes, element, encoding));
  };

  switch (proto.value_case()) {
  case pb::TypeProto::kTensorType:
    return tensor(proto.tensor_type().elem_type(),
                  proto.tensor_type().has_shape() ? &proto.tensor_type().shape() : nullptr);
  case pb::TypeProto::kSparseTensorType: {
    const pb::TypeProto::SparseTensor &sparse = proto.sparse_tensor_type();
    FailureOr<Type> dense = tensor(sparse.elem_type(), sparse.has_shape() ? &sparse.shape() : nullptr);
    if (failed(dense))
      return failure();
    return Type(onnx::SparseTensorType::get(context, cast<TensorType>(*dense)));
  }
  case pb::TypeProto::kSequenceType: {
    FailureOr<Type> element = importType(proto.sequence_type().elem_type(), where, depth + 1);
    if (failed(element))
      return failure();
    return Type(onnx::SequenceType::get(context, *element));
  }
  case pb::TypeProto::kOptionalType: {
    FailureOr<Type> element = importType(proto.optional_type().elem_type(), where, depth + 1);
    if (failed(element))
      return failure();
    return Type(onnx::OptionalType::get(context, *element));
  }
  case pb::TypeProto::kMapType: {
    Type key = elementType(proto.map_type().key_type());
    if (!key)
      return where.error() << "expected a known key type, found number " << proto.map_type().key_type();
    FailureOr<Type> value = importType(proto.map_type().value_type(), where, depth + 1);
    if (failed(value))
      return failure();
    return Type(onnx::MapType::get(context, key, *value));
  }
  case pb::TypeProto::kOpaqueType:
    return Type(onnx::OpaqueType::get(context, str(proto.opaque_type().domain()), str(proto.opaque_type().name())));
  case pb::TypeProto::VALUE_NOT_SET:
    break;
  }
  return Type(onnx::UnknownType::get(context));
}

} // namespace fourmix::importer
