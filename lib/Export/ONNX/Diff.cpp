// Compares what two files say, field by field through protobuf's reflection, so that no field can be forgotten.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Export/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "lib/Import/ONNX/Importer.h"
#include "lib/Import/ONNX/LaterFields.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <climits>
#include <cstring>
#include <google/protobuf/unknown_field_set.h>
#include <map>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::importer;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownFieldSet;

namespace {

using Difference = std::optional<ONNXDifference>;

std::string quote(StringRef text) {
  constexpr size_t most = 120;
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '"';
  os.write_escaped(text.take_front(most));
  os << (text.size() > most ? "\"..." : "\"");
  return result;
}

std::string show(const Message &message) {
  constexpr size_t most = 160;
  std::string text = message.ShortDebugString();
  return "{ " + (text.size() > most ? text.substr(0, most) + " ..." : text) + " }";
}

/// What a scalar field holds; `i` is -1 for a field that is not repeated.
std::string showScalar(const Message &message, const FieldDescriptor *field, int i) {
  const Reflection *access = message.GetReflection();
  auto pick = [&](auto one, auto many) { return i < 0 ? one() : many(); };
  switch (field->cpp_type()) {
  case FieldDescriptor::CPPTYPE_STRING:
    return quote(pick([&] { return access->GetString(message, field); },
                      [&] { return access->GetRepeatedString(message, field, i); }));
  case FieldDescriptor::CPPTYPE_FLOAT: {
    float value = pick([&] { return access->GetFloat(message, field); },
                       [&] { return access->GetRepeatedFloat(message, field, i); });
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    return llvm::formatv("{0} ({1:x8})", value, bits).str();
  }
  case FieldDescriptor::CPPTYPE_INT64:
    return std::to_string(pick([&] { return access->GetInt64(message, field); },
                               [&] { return access->GetRepeatedInt64(message, field, i); }));
  case FieldDescriptor::CPPTYPE_INT32:
    return std::to_string(pick([&] { return access->GetInt32(message, field); },
                               [&] { return access->GetRepeatedInt32(message, field, i); }));
  case FieldDescriptor::CPPTYPE_ENUM:
    return (i < 0 ? access->GetEnum(message, field) : access->GetRepeatedEnum(message, field, i))->name();
  default:
    return "?"; // the schema has no others outside of tensors
  }
}

/// The element of a repeated field as a path names it: node[3] "fc1" (MatMul).
std::string nameElement(const FieldDescriptor *field, int i, const Message *element) {
  std::string name = llvm::formatv("{0}[{1}]", field->name(), i).str();
  if (!element)
    return name;
  if (auto node = dynamic_cast<const pb::NodeProto *>(element))
    return name + (node->name().empty() ? "" : " " + quote(node->name())) + " (" + node->op_type() + ")";
  const FieldDescriptor *label = element->GetDescriptor()->FindFieldByName("name");
  if (!label || label->cpp_type() != FieldDescriptor::CPPTYPE_STRING)
    return name;
  std::string value = element->GetReflection()->GetString(*element, label);
  return value.empty() ? name : name + " " + quote(value);
}

Difference within(const std::string &where, Difference inner) {
  if (inner)
    inner->where = inner->where.empty() ? where : where + (inner->where[0] == '[' ? "" : ".") + inner->where;
  return inner;
}

struct File {
  std::shared_ptr<pb::ModelProto> model = std::make_shared<pb::ModelProto>();
  std::unique_ptr<ExternalFolder> folder;
};

class Comparison {
public:
  Comparison(File &first, File &second) : first(first), second(second) {
    context.loadDialect<fourmix::onnx::ONNXDialect>();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      if (trouble.empty())
        trouble = diagnostic.str();
      return success();
    });
  }

  Difference compare(const Message &a, const Message &b);
  /// Why a tensor could not be read; empty where all could.
  std::string trouble;

private:
  Difference compareField(const Message &a, const Message &b, const FieldDescriptor *field);
  Difference compareRepeated(const Message &a, const Message &b, const FieldDescriptor *field);
  Difference compareUnknown(const Message &a, const Message &b);
  Difference compareElements(const pb::TensorProto &a, const pb::TensorProto &b);
  std::string showElement(Type type, ArrayRef<char> bytes);

  File &first, &second;
  MLIRContext context{MLIRContext::Threading::DISABLED};
};

Difference Comparison::compare(const Message &a, const Message &b) {
  // How a tensor is stored is no part of what it says.
  bool isTensor = a.GetDescriptor() == pb::TensorProto::descriptor();
  static const StringRef stored[] = {"float_data",  "int32_data", "int64_data",    "double_data",
                                     "uint64_data", "raw_data",   "external_data", "data_location"};
  for (int i = 0; i < a.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor *field = a.GetDescriptor()->field(i);
    if (isTensor && llvm::is_contained(stored, field->name()))
      continue;
    if (Difference found = field->is_repeated() ? compareRepeated(a, b, field) : compareField(a, b, field))
      return found;
  }
  if (isTensor)
    if (Difference found =
            compareElements(static_cast<const pb::TensorProto &>(a), static_cast<const pb::TensorProto &>(b)))
      return found;
  return compareUnknown(a, b);
}

Difference Comparison::compareField(const Message &a, const Message &b, const FieldDescriptor *field) {
  const Reflection *access = a.GetReflection();
  bool inA = access->HasField(a, field), inB = access->HasField(b, field);
  if (!inA && !inB)
    return std::nullopt;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const Message &messageA = access->GetMessage(a, field), &messageB = access->GetMessage(b, field);
    if (inA && inB)
      return within(field->name(), compare(messageA, messageB));
    if ((inA ? messageA : messageB).ByteSizeLong() == 0 && !field->containing_oneof())
      return std::nullopt;
    return ONNXDifference{field->name(), inA ? show(messageA) : "nothing", inB ? show(messageB) : "nothing"};
  }
  // One of several alternatives says something by being there; other fields are their default while absent.
  bool matters = field->containing_oneof() && inA != inB;
  std::string textA = showScalar(a, field, -1), textB = showScalar(b, field, -1);
  bool equal = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
                   ? access->GetString(a, field) == access->GetString(b, field)
                   : textA == textB;
  if (equal && !matters)
    return std::nullopt;
  return ONNXDifference{field->name(), inA || !matters ? textA : "nothing", inB || !matters ? textB : "nothing"};
}

Difference Comparison::compareRepeated(const Message &a, const Message &b, const FieldDescriptor *field) {
  const Reflection *access = a.GetReflection();
  bool isMessage = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  bool isString = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  int sizeA = access->FieldSize(a, field), sizeB = access->FieldSize(b, field);
  auto showAt = [&](const Message &message, int i) {
    return isMessage ? show(access->GetRepeatedMessage(message, field, i)) : showScalar(message, field, i);
  };
  for (int i = 0; i < std::min(sizeA, sizeB); ++i) {
    if (isMessage) {
      const Message &elementA = access->GetRepeatedMessage(a, field, i);
      if (Difference found = compare(elementA, access->GetRepeatedMessage(b, field, i)))
        return within(nameElement(field, i, &elementA), found);
    } else if (isString ? access->GetRepeatedString(a, field, i) != access->GetRepeatedString(b, field, i)
                        : showAt(a, i) != showAt(b, i)) {
      return ONNXDifference{nameElement(field, i, nullptr), showAt(a, i), showAt(b, i)};
    }
  }
  if (sizeA == sizeB)
    return std::nullopt;
  int i = std::min(sizeA, sizeB);
  return ONNXDifference{nameElement(field, i, nullptr), sizeA > i ? showAt(a, i) : "nothing",
                        sizeB > i ? showAt(b, i) : "nothing"};
}

/// The fields that the schema does not know, by number; their order among each other says nothing.
std::map<int, std::vector<std::string>> unknownFields(const Message &message) {
  std::map<int, std::vector<std::string>> fields;
  const UnknownFieldSet &unknown = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    UnknownFieldSet one;
    one.AddField(unknown.field(i));
    std::string bytes;
    one.SerializeToString(&bytes);
    if (unknown.field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      bytes = unknown.field(i).length_delimited();
    fields[unknown.field(i).number()].push_back(bytes);
  }
  return fields;
}

Difference Comparison::compareUnknown(const Message &a, const Message &b) {
  std::map<int, std::vector<std::string>> fieldsA = unknownFields(a), fieldsB = unknownFields(b);
  for (auto *fields : {&fieldsA, &fieldsB})
    for (auto &entry : *fields) {
      int number = entry.first;
      const std::vector<std::string> &valuesA = fieldsA[number], &valuesB = fieldsB[number];
      for (size_t i = 0; i < std::max(valuesA.size(), valuesB.size()); ++i) {
        std::string where = llvm::formatv("<field {0}>[{1}]", number, i).str();
        if (i >= valuesA.size() || i >= valuesB.size())
          return ONNXDifference{where, i < valuesA.size() ? quote(valuesA[i]) : "nothing",
                                i < valuesB.size() ? quote(valuesB[i]) : "nothing"};
        if (valuesA[i] == valuesB[i])
          continue;
        // Defaults of a function's attributes may hold tensors, which can be stored in more than one way.
        pb::AttributeProto attributeA, attributeB;
        if (a.GetDescriptor() == pb::FunctionProto::descriptor() && number == field::functionAttributeDefaults &&
            attributeA.ParseFromString(valuesA[i]) && attributeB.ParseFromString(valuesB[i])) {
          if (Difference found = compare(attributeA, attributeB))
            return within(where, found);
          continue;
        }
        return ONNXDifference{where, quote(valuesA[i]), quote(valuesB[i])};
      }
    }
  return std::nullopt;
}

std::string Comparison::showElement(Type type, ArrayRef<char> bytes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (type.isIntOrFloat()) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data(), bytes.size());
    APInt integer(64, bits);
    integer = integer.trunc(type.getIntOrFloatBitWidth());
    if (auto real = dyn_cast<FloatType>(type))
      APFloat(real.getFloatSemantics(), integer).print(os);
    else
      integer.print(os, !type.isUnsignedInteger());
    os << ' ';
  }
  os << "(0x";
  for (char byte : llvm::reverse(bytes))
    os << llvm::format_hex_no_prefix(static_cast<uint8_t>(byte), 2);
  os << ')';
  return text;
}

Difference Comparison::compareElements(const pb::TensorProto &a, const pb::TensorProto &b) {
  if (a.data_type() == pb::TensorProto::STRING || a.data_type() == pb::TensorProto::UNDEFINED)
    return std::nullopt; // strings are a field like others
  Location loc = UnknownLoc::get(&context);
  FailureOr<TensorData> dataA = readTensor(a, &context, first.model, *first.folder, {loc, "tensor", a.name()});
  FailureOr<TensorData> dataB = readTensor(b, &context, second.model, *second.folder, {loc, "tensor", b.name()});
  if (failed(dataA) || failed(dataB) || dataA->bytes == dataB->bytes)
    return std::nullopt;
  auto [inA, inB] = std::mismatch(dataA->bytes.begin(), dataA->bytes.end(), dataB->bytes.begin(), dataB->bytes.end());
  size_t size = elementBytes(dataA->type.getElementType());
  size_t i = (inA - dataA->bytes.begin()) / size;
  Type element = dataA->type.getElementType();
  return ONNXDifference{llvm::formatv("[element {0}]", i).str(),
                        showElement(element, dataA->bytes.slice(i * size, size)),
                        showElement(element, dataB->bytes.slice(i * size, size))};
}

llvm::Expected<File> load(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": cannot be read: " + buffer.getError().message());
  File file;
  file.folder = std::make_unique<ExternalFolder>(llvm::sys::path::parent_path(path));
  if ((*buffer)->getBufferSize() > INT_MAX || !parseModel((*buffer)->getBuffer(), *file.model) ||
      !file.model->has_graph())
    return llvm::createStringError(path + ": expected an ONNX model, found another file");
  return file;
}

} // namespace

llvm::Expected<std::optional<ONNXDifference>> fourmix::diffONNX(StringRef first, StringRef second) {
  llvm::Expected<File> a = load(first);
  if (!a)
    return a.takeError();
  llvm::Expected<File> b = load(second);
  if (!b)
    return b.takeError();
  Comparison comparison(*a, *b);
  Difference found = comparison.compare(*a->model, *b->model);
  if (!comparison.trouble.empty())
    return llvm::createStringError(comparison.trouble);
  return found;
}
