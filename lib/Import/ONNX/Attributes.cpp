// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

namespace fourmix::importer {

/// The type of an attribute; files before IR version 2 leave it out, so that the field in use must tell.
static pb::AttributeProto::AttributeType typeOf(const pb::AttributeProto &proto) {
  if (proto.type() != pb::AttributeProto::UNDEFINED)
    return proto.type();
  if (proto.has_f())
    return pb::AttributeProto::FLOAT;
  if (proto.has_i())
    return pb::AttributeProto::INT;
  if (proto.has_s())
    return pb::AttributeProto::STRING;
  if (proto.has_t())
    return pb::AttributeProto::TENSOR;
  if (proto.has_g())
    return pb::AttributeProto::GRAPH;
  if (proto.has_sparse_tensor())
    return pb::AttributeProto::SPARSE_TENSOR;
  if (proto.has_tp())
    return pb::AttributeProto::TYPE_PROTO;
  if (proto.floats_size())
    return pb::AttributeProto::FLOATS;
  if (proto.ints_size())
    return pb::AttributeProto::INTS;
  if (proto.strings_size())
    return pb::AttributeProto::STRINGS;
  if (proto.tensors_size())
    return pb::AttributeProto::TENSORS;
  if (proto.graphs_size())
    return pb::AttributeProto::GRAPHS;
  if (proto.sparse_tensors_size())
    return pb::AttributeProto::SPARSE_TENSORS;
  if (proto.type_protos_size())
    return pb::AttributeProto::TYPE_PROTOS;
  return pb::AttributeProto::UNDEFINED;
}

/// `import` of each element as one array.
template <typename Elements, typename Import>
static FailureOr<Attribute> importEach(MLIRContext *context, const Elements &elements, Import import) {
  SmallVector<Attribute> values;
  for (const auto &element : elements) {
    FailureOr<Attribute> value = import(element);
    if (failed(value))
      return failure();
    values.push_back(*value);
  }
  return Attribute(ArrayAttr::get(context, values));
}

FailureOr<Attribute> Importer::importAttribute(const pb::AttributeProto &proto, const Where &where) {
  if (!proto.ref_attr_name().empty()) {
    std::string kind = StringRef(pb::AttributeProto::AttributeType_Name(proto.type())).lower();
    return Attribute(onnx::RefAttr::get(context, str(proto.ref_attr_name()), str(kind)));
  }
  // Tensors of attributes are named by their node, since their own names are mostly empty.
  StringRef key = where.name.empty() ? StringRef(proto.name()) : where.name;
  auto tensor = [&](const pb::TensorProto &value) -> FailureOr<Attribute> {
    FailureOr<ElementsAttr> elements = importTensor(value, value.name().empty() ? key : StringRef(value.name()), where);
    if (failed(elements))
      return failure();
    return Attribute(*elements);
  };
  auto sparse = [&](const pb::SparseTensorProto &value) { return importSparse(value, key, where); };
  auto type = [&](const pb::TypeProto &value) -> FailureOr<Attribute> {
    FailureOr<Type> imported = importType(value, where);
    if (failed(imported))
      return failure();
    return Attribute(TypeAttr::get(*imported));
  };
  auto integer = [&](int64_t value) -> FailureOr<Attribute> { return Attribute(builder.getI64IntegerAttr(value)); };
  auto real = [&](float value) -> FailureOr<Attribute> {
    return Attribute(FloatAttr::get(builder.getF32Type(), APFloat(value)));
  };
  auto string = [&](const std::string &value) -> FailureOr<Attribute> { return Attribute(str(value)); };

  switch (typeOf(proto)) {
  case pb::AttributeProto::FLOAT:
    return real(proto.f());
  case pb::AttributeProto::INT:
    return integer(proto.i());
  case pb::AttributeProto::STRING:
    return string(proto.s());
  case pb::AttributeProto::TENSOR:
    return tensor(proto.t());
  case pb::AttributeProto::SPARSE_TENSOR:
    return sparse(proto.sparse_tensor());
  case pb::AttributeProto::TYPE_PROTO:
    return type(proto.tp());
  case pb::AttributeProto::FLOATS:
    return importEach(context, proto.floats(), real);
  case pb::AttributeProto::INTS:
    return importEach(context, proto.ints(), integer);
  case pb::AttributeProto::STRINGS:
    return importEach(context, proto.strings(), string);
  case pb::AttributeProto::TENSORS:
    return importEach(context, proto.tensors(), tensor);
  case pb::AttributeProto::SPARSE_TENSORS:
    return importEach(context, proto.sparse_tensors(), sparse);
  case pb::AttributeProto::TYPE_PROTOS:
    return importEach(context, proto.type_protos(), type);
  case pb::AttributeProto::UNDEFINED:
    return Attribute(builder.getArrayAttr({})); // an empty list of some type, in a file that names no types
  case pb::AttributeProto::GRAPH:
  case pb::AttributeProto::GRAPHS:
    break; // regions, not attributes
  }
  return where.error() << "expected a value, found a graph";
}

FailureOr<Attribute> Importer::importSparse(const pb::SparseTensorProto &proto, StringRef key, const Where &where) {
  int64_t count = 1;
  for (auto [i, size] : llvm::enumerate(proto.dims())) {
    if (size < 0)
      return where.error() << "expected sizes of at least 0, found " << size << " for dimension " << i;
    if (llvm::MulOverflow(count, std::max<int64_t>(size, 1), count))
      return where.error() << "the number of elements overflows at dimension " << i << ", found " << size;
  }
  FailureOr<ElementsAttr> values = importTensor(proto.values(), key, where);
  if (failed(values))
    return failure();
  FailureOr<ElementsAttr> indices = importTensor(proto.indices(), (key + ".indices").str(), where);
  if (failed(indices))
    return failure();
  ShapedType valueType = values->getShapedType(), indexType = indices->getShapedType();
  int64_t rank = proto.dims_size();
  bool linear = indexType.getRank() == 1, coordinates = indexType.getRank() == 2 && indexType.getDimSize(1) == rank;
  if (valueType.getRank() != 1 || !indexType.getElementType().isInteger(64) || !(linear || coordinates) ||
      indexType.getDimSize(0) != valueType.getDimSize(0))
    return where.error() << "expected values of shape [n] and i64 indices of shape [n] or [n, " << rank << "], found "
                         << valueType << " and " << indexType;
  return Attribute(onnx::SparseAttr::get(context, *values, *indices,
                                         SmallVector<int64_t>(proto.dims().begin(), proto.dims().end())));
}

DictionaryAttr Importer::entries(ArrayRef<std::pair<std::string, std::string>> pairs) {
  NamedAttrList list;
  for (const auto &[key, value] : pairs)
    if (!key.empty())
      list.set(key, str(value)); // of equal keys the last one counts, as in any protobuf map
  return list.getDictionary(context);
}

} // namespace fourmix::importer
