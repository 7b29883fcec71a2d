// From a module to a file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "fourmix/Export/ONNX.h"
#include "fourmix/Support/Constants.h"
#include <climits>
#include <google/protobuf/io/zero_copy_stream_impl.h>

using namespace mlir;

namespace fourmix {

using namespace exporter;

/// Protobuf cannot hold more; the rest of a model has room in what is kept free.
static constexpr uint64_t mostBytes = INT_MAX, keptFree = uint64_t(64) << 20;

/// The bytes that the weights would have in the model file.
static uint64_t sizeOfWeights(ModuleOp module) {
  uint64_t size = 0;
  module->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr weight) {
      auto type = cast<ShapedType>(weight.getType());
      size += type.getNumElements() * elementBytes(type.getElementType());
    });
  });
  return size;
}

static LogicalResult write(const ::onnx::ModelProto &model, WholeFile &file) {
  // Serialised piece by piece, so that the model is not held twice.
  struct Adaptor : google::protobuf::io::CopyingOutputStream {
    llvm::raw_ostream &os;
    explicit Adaptor(llvm::raw_ostream &os) : os(os) {}
    bool Write(const void *data, int size) override {
      os.write(static_cast<const char *>(data), size);
      return true;
    }
  } adaptor(file.os());
  google::protobuf::io::CopyingOutputStreamAdaptor stream(&adaptor);
  return success(model.SerializePartialToZeroCopyStream(&stream) && stream.Flush());
}

LogicalResult exportONNX(ModuleOp module, StringRef path, const ExportONNXOptions &options) {
  std::optional<uint64_t> threshold = options.externalThreshold;
  constexpr uint64_t usualThreshold = 1024; // as in onnx.save_model
  if (!threshold && sizeOfWeights(module) > mostBytes - keptFree)
    threshold = usualThreshold;
  bool hasFolder = path != "-";
  if (threshold && !hasFolder)
    return emitError(module.getLoc()) << "standard output has no file beside it for external data";

  DataFile data((path + ".data").str());
  ::onnx::ModelProto model;
  if (failed(Exporter(module, threshold, hasFolder ? &data : nullptr).exportModel(model)))
    return failure();
  if (uint64_t size = model.ByteSizeLong(); size > mostBytes)
    return emitError(module.getLoc()) << "expected a model of at most 2 GiB, as protobuf does, found " << size
                                      << " bytes beside the external data";
  llvm::Expected<WholeFile> file = WholeFile::create(path);
  if (!file)
    return emitError(module.getLoc()) << llvm::toString(file.takeError());
  if (failed(write(model, *file)))
    return emitError(module.getLoc()) << "the model cannot be serialised";
  if (llvm::Error error = data.keep())
    return emitError(module.getLoc()) << llvm::toString(std::move(error));
  if (llvm::Error error = file->keep())
    return emitError(module.getLoc()) << llvm::toString(std::move(error));
  return success();
}

} // namespace fourmix
