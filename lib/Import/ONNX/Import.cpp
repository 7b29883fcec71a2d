// From a path to a parsed message; what it says is Importer's.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "fourmix/Import/ONNX.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

using namespace mlir;

namespace fourmix {

bool importer::parseModel(StringRef bytes, pb::ModelProto &model) {
  // Protobuf's own limit for nested messages (100) would refuse deep but valid control flow.
  constexpr int maxNesting = 1000;
  google::protobuf::LogSilencer silence; // we report errors ourselves
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  stream.SetTotalBytesLimit(INT_MAX);
  stream.SetRecursionLimit(maxNesting);
  return model.ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

OwningOpRef<ModuleOp> importONNX(StringRef path, MLIRContext *context, const ImportONNXOptions &options) {
  Location loc = FileLineColLoc::get(context, path == "-" ? "<stdin>" : path, 0, 0);
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return emitError(loc) << "cannot be read: " << buffer.getError().message(), nullptr;
  StringRef bytes = (*buffer)->getBuffer();
  if (bytes.empty())
    return emitError(loc) << "expected an ONNX model, found an empty file", nullptr;
  if (bytes.size() > INT_MAX)
    return emitError(loc) << "expected at most 2 GiB, as protobuf does, found " << bytes.size()
                          << " bytes; larger weights are external data",
           nullptr;
  auto file = std::make_shared<importer::ParsedModel>();
  if (!importer::parseModel(bytes, file->model))
    return emitError(loc) << "expected an ONNX model, found " << bytes.size()
                          << " bytes that are not one: truncated, damaged, or of another format",
           nullptr;
  buffer->reset();

  std::string folder = options.externalDataFolder;
  if (folder.empty() && path != "-")
    folder = llvm::sys::path::parent_path(path);
  importer::Importer importer(context, path == "-" ? "<stdin>" : path, folder, std::move(file));
  OwningOpRef<ModuleOp> module = importer.importModel();
  if (!module || failed(verify(*module)))
    return nullptr;
  return module;
}

} // namespace fourmix
