// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelInterface.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace fourmix;

std::string fourmix::modelTag(StringRef name) {
  std::string tag = name.empty() ? "model" : name.str();
  for (char &c : tag)
    if (!llvm::isAlnum(c))
      c = '_';
  return tag;
}

fourmix_dtype fourmix::dtypeOf(Type type) {
  if (type.isF32())
    return FOURMIX_FLOAT32;
  if (type.isF64())
    return FOURMIX_FLOAT64;
  if (type.isF16())
    return FOURMIX_FLOAT16;
  if (type.isBF16())
    return FOURMIX_BFLOAT16;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return 0;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return FOURMIX_BOOL;
  case 8:
    return isUnsigned ? FOURMIX_UINT8 : FOURMIX_INT8;
  case 16:
    return isUnsigned ? FOURMIX_UINT16 : FOURMIX_INT16;
  case 32:
    return isUnsigned ? FOURMIX_UINT32 : FOURMIX_INT32;
  case 64:
    return isUnsigned ? FOURMIX_UINT64 : FOURMIX_INT64;
  default:
    return 0;
  }
}

static LogicalResult readTensors(ModuleOp module, StringRef attribute, SmallVectorImpl<TensorDecl> &tensors) {
  auto array = module->getAttrOfType<ArrayAttr>(attribute);
  if (!array)
    return success();
  for (Attribute entry : array) {
    auto dictionary = dyn_cast<DictionaryAttr>(entry);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    auto type = dictionary ? dictionary.getAs<TypeAttr>("type") : TypeAttr();
    auto tensor = type ? dyn_cast<RankedTensorType>(type.getValue()) : RankedTensorType();
    if (!name || !tensor)
      return module.emitError() << attribute << ": expected {name = \"…\", type = tensor<…>}, found " << entry;
    fourmix_dtype dtype = dtypeOf(tensor.getElementType());
    if (!dtype || !tensor.hasStaticShape())
      return module.emitError() << attribute << ": '" << name.getValue()
                                << "' must have a static shape and an element type of the C interface, found "
                                << tensor;
    tensors.push_back({name.str(), dtype, llvm::to_vector(tensor.getShape())});
  }
  return success();
}

static FailureOr<int64_t> readBytesAttribute(ModuleOp module, StringRef attribute) {
  Attribute found = module->getAttr(attribute);
  if (!found)
    return 0;
  auto integer = dyn_cast<IntegerAttr>(found);
  if (!integer || integer.getInt() < 0)
    return module.emitError() << attribute << ": expected a number of bytes, found " << found;
  return integer.getInt();
}

/// `fourmix.regions`, or without it every function that can be a task, under its own name.
static LogicalResult readRegions(ModuleOp module, SmallVectorImpl<RegionDecl> &regions) {
  auto array = module->getAttrOfType<ArrayAttr>("fourmix.regions");
  if (!array) {
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      ArrayRef<Type> params = function.getFunctionType().getParams();
      if (!function.isExternal() && params.size() == 2 && isa<LLVM::LLVMPointerType>(params[0]) &&
          params[1].isInteger(64) && function.getName().starts_with("task_"))
        regions.push_back({function.getName().str(), function.getName().str()});
    }
    return success();
  }
  for (Attribute entry : array) {
    auto dictionary = dyn_cast<DictionaryAttr>(entry);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    auto task = dictionary ? dictionary.getAs<FlatSymbolRefAttr>("task") : FlatSymbolRefAttr();
    if (!name || !task)
      return module.emitError() << "fourmix.regions: expected {name = \"…\", task = @…}, found " << entry;
    regions.push_back({name.str(), task.getValue().str()});
  }
  return success();
}

/// What the model needs of a device.
static LogicalResult readStream(ModuleOp module, ModelInterface &interface) {
  Attribute attr = module->getAttr("fourmix.stream");
  if (!attr)
    return success();
  auto dictionary = dyn_cast<DictionaryAttr>(attr);
  auto file = dictionary ? dictionary.getAs<StringAttr>("file") : StringAttr();
  auto hash = dictionary ? dictionary.getAs<StringAttr>("hash") : StringAttr();
  auto programs = dictionary ? dictionary.getAs<IntegerAttr>("programs") : IntegerAttr();
  if (!file || !hash || !programs || programs.getInt() < 1)
    return module.emitError() << "fourmix.stream: expected {file = \"…\", hash = \"…\", programs = N : i64}, found "
                              << attr;
  interface.streamFile = file.str();
  interface.streamHash = hash.str();
  interface.programs = programs.getInt();
  return success();
}

FailureOr<ModelInterface> ModelInterface::read(ModuleOp module, StringRef modelName) {
  ModelInterface result;
  result.tag = modelTag(modelName);
  auto main = module.lookupSymbol<LLVM::LLVMFuncOp>("main");
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  if (!main || main.isExternal() || main.getFunctionType().getParams() != ArrayRef<Type>(pointer))
    return module.emitError("expected a function 'llvm.func @main(%frame: !llvm.ptr)' with a body");
  FailureOr<int64_t> workspace = readBytesAttribute(module, "fourmix.workspace_bytes");
  FailureOr<int64_t> weights = readBytesAttribute(module, "fourmix.weights_bytes");
  if (failed(workspace) || failed(weights) || failed(readTensors(module, "fourmix.inputs", result.inputs)) ||
      failed(readTensors(module, "fourmix.outputs", result.outputs)) || failed(readRegions(module, result.regions)) ||
      failed(readStream(module, result)))
    return failure();
  result.workspaceBytes = *workspace;
  result.weightsBytes = *weights;
  return result;
}

LogicalResult fourmix::packWeights(ModuleOp module, MutableArrayRef<char> blob) {
  auto array = module->getAttrOfType<ArrayAttr>("fourmix.weights");
  if (!array)
    return success();
  for (auto [index, entry] : llvm::enumerate(array)) {
    auto dictionary = dyn_cast<DictionaryAttr>(entry);
    auto value = dictionary ? dictionary.getAs<ElementsAttr>("value") : ElementsAttr();
    auto offset = dictionary ? dictionary.getAs<IntegerAttr>("offset") : IntegerAttr();
    if (!value || !offset)
      return module.emitError() << "fourmix.weights: expected {value = <elements>, offset = <bytes> : i64} at index "
                                << index;
    std::vector<char> scratch;
    std::optional<ArrayRef<char>> bytes = readBytes(value, scratch);
    if (!bytes)
      return module.emitError() << "the bytes of weight " << index << " (" << value.getType()
                                << ") are not present: a module written as text holds none";
    if (offset.getInt() < 0 || offset.getInt() % 64 != 0 || offset.getInt() > int64_t(blob.size()) ||
        bytes->size() > blob.size() - offset.getInt())
      return module.emitError() << "weight " << index << ": expected a 64-byte aligned offset within " << blob.size()
                                << " bytes, found " << bytes->size() << " bytes at " << offset.getInt();
    std::copy(bytes->begin(), bytes->end(), blob.begin() + offset.getInt());
  }
  return success();
}
