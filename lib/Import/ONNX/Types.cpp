// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix::importer {

Type Importer::elementType(int32_t dataType) {
  auto integer = [&](unsigned width, IntegerType::SignednessSemantics sign) {
    return IntegerType::get(context, width, sign);
  };
  // The numbers of TensorProto.DataType; those from 17 on are later than Debian's schema.
  switch (dataType) {
  case 0:
    return onnx::UnknownType::get(context);
  case 1:
    return Float32Type::get(context);
  case 2:
    return integer(8, IntegerType::Unsigned);
  case 3:
    return integer(8, IntegerType::Signless);
  case 4:
    return integer(16, IntegerType::Unsigned);
  case 5:
    return integer(16, IntegerType::Signless);
  case 6:
    return integer(32, IntegerType::Signless);
  case 7:
    return integer(64, IntegerType::Signless);
  case 8:
    return onnx::StringType::get(context);
  case 9:
    return integer(1, IntegerType::Signless);
  case 10:
    return Float16Type::get(context);
  case 11:
    return Float64Type::get(context);
  case 12:
    return integer(32, IntegerType::Unsigned);
  case 13:
    return integer(64, IntegerType::Unsigned);
  case 14:
    return ComplexType::get(Float32Type::get(context));
  case 15:
    return ComplexType::get(Float64Type::get(context));
  case 16:
    return BFloat16Type::get(context);
  case 17:
    return Float8E4M3FNType::get(context);
  case 18:
    return Float8E4M3FNUZType::get(context);
  case 19:
    return Float8E5M2Type::get(context);
  case 20:
    return Float8E5M2FNUZType::get(context);
  case 21:
    return integer(4, IntegerType::Unsigned);
  case 22:
    return integer(4, IntegerType::Signless);
  case 23:
    return Float4E2M1FNType::get(context);
  case 24:
    return Float8E8M0FNUType::get(context);
  case 25:
    return integer(2, IntegerType::Unsigned);
  case 26:
    return integer(2, IntegerType::Signless);
  case 27:
    return Float6E2M3FNType::get(context);
  case 28:
    return Float6E3M2FNType::get(context);
  }
  return {};
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
      if (!dim.has_dim_value()) {
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
