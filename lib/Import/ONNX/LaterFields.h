// Fields that ONNX's schema got after the version we may have been built with.
//
// A protobuf parser keeps fields that its schema does not know, byte for byte. The few that matter are read here, by
// number: from the schema where it knows them, from the unknown fields otherwise. They are written the same way.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_IMPORT_ONNX_LATERFIELDS_H
#define LIB_IMPORT_ONNX_LATERFIELDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace google::protobuf {
class Message;
} // namespace google::protobuf

namespace fourmix::importer {

/// Field numbers of onnx.proto (IR version 13).
namespace field {
constexpr int nodeOverload = 8, nodeMetadata = 9;
constexpr int functionAttributeDefaults = 11, functionValueInfo = 12, functionOverload = 13, functionMetadata = 14;
constexpr int graphMetadata = 16, tensorMetadata = 16, valueMetadata = 4;
} // namespace field

/// The string field `number` of `message`, empty where it is absent.
std::string laterString(const google::protobuf::Message &message, int number);

/// The serialised elements of the repeated message field `number`.
std::vector<std::string> laterMessages(const google::protobuf::Message &message, int number);

/// The repeated field `number` of StringStringEntryProto as pairs, in the order of the file.
std::vector<std::pair<std::string, std::string>> laterEntries(const google::protobuf::Message &message, int number);

/// The fields of `message` itself that the schema does not know and that `known` does not list, as they stood in the
/// file.
std::string otherUnknownFields(const google::protobuf::Message &message, llvm::ArrayRef<int> known);

/// The other direction: sets, or adds to a repeated field.
void setLaterString(google::protobuf::Message &message, int number, llvm::StringRef value);
void addLaterMessage(google::protobuf::Message &message, int number, const google::protobuf::Message &element);
/// What otherUnknownFields returned.
void addUnknownFields(google::protobuf::Message &message, llvm::StringRef bytes);

} // namespace fourmix::importer

#endif // LIB_IMPORT_ONNX_LATERFIELDS_H
