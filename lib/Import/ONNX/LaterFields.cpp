// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaterFields.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLExtras.h"

using namespace google::protobuf;

namespace fourmix::importer {

/// The schema's own idea of field `number`, or null where it has none.
static const FieldDescriptor *knownField(const Message &message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

template <typename Use>
static void forEachUnknown(const Message &message, int number, Use use) {
  const UnknownFieldSet &fields = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == number && fields.field(i).type() == UnknownField::TYPE_LENGTH_DELIMITED)
      use(fields.field(i).length_delimited());
}

std::string laterString(const Message &message, int number) {
  if (const FieldDescriptor *field = knownField(message, number))
    return message.GetReflection()->GetString(message, field);
  std::string result;
  forEachUnknown(message, number, [&](const std::string &bytes) { result = bytes; }); // the last one counts
  return result;
}

std::vector<std::string> laterMessages(const Message &message, int number) {
  std::vector<std::string> result;
  if (const FieldDescriptor *field = knownField(message, number)) {
    const Reflection *reflection = message.GetReflection();
    for (int i = 0; i < reflection->FieldSize(message, field); ++i)
      result.push_back(reflection->GetRepeatedMessage(message, field, i).SerializeAsString());
    return result;
  }
  forEachUnknown(message, number, [&](const std::string &bytes) { result.push_back(bytes); });
  return result;
}

std::vector<std::pair<std::string, std::string>> laterEntries(const Message &message, int number) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string &bytes : laterMessages(message, number)) {
    ::onnx::StringStringEntryProto entry;
    if (entry.ParseFromString(bytes))
      result.emplace_back(entry.key(), entry.value());
  }
  return result;
}

std::string otherUnknownFields(const Message &message, llvm::ArrayRef<int> known) {
  const UnknownFieldSet &fields = message.GetReflection()->GetUnknownFields(message);
  UnknownFieldSet others;
  for (int i = 0; i < fields.field_count(); ++i)
    if (!llvm::is_contained(known, fields.field(i).number()))
      others.AddField(fields.field(i));
  std::string bytes;
  others.SerializeToString(&bytes);
  return bytes;
}

/// On the wire a string and a message look the same, and parsing finds out whether the schema knows the field.
static void addBytes(Message &message, int number, const std::string &bytes) {
  UnknownFieldSet field;
  field.AddLengthDelimited(number, bytes);
  std::string wire;
  field.SerializeToString(&wire);
  message.MergeFromString(wire);
}

void setLaterString(Message &message, int number, llvm::StringRef value) { addBytes(message, number, value.str()); }

void addLaterMessage(Message &message, int number, const Message &element) {
  addBytes(message, number, element.SerializeAsString());
}

void addUnknownFields(Message &message, llvm::StringRef bytes) { message.MergeFromString(bytes.str()); }

} // namespace fourmix::importer
