// Puts the C interface around a model's code: see Entry.c for the code, this file for its data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelInterface.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"
#include <variant>

using namespace llvm;
using namespace fourmix;

static const unsigned char entryBitcode[] = {
#include "EntryBitcode.inc"
};

namespace {
/// Builds constants of the types that clang gave the C structs, so that the two cannot disagree silently.
class DataBuilder {
public:
  explicit DataBuilder(Module &module) : module(module), context(module.getContext()) {}

  Constant *null() { return ConstantPointerNull::get(PointerType::get(context, 0)); }

  Constant *string(StringRef text) { return table(ConstantDataArray::getString(context, text), Align(1)); }

  Constant *table(Constant *data, Align alignment) {
    auto *global = new GlobalVariable(module, data->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, data);
    global->setAlignment(alignment);
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  }

  Constant *table(StructType *type, ArrayRef<Constant *> rows) {
    return rows.empty() ? null() : table(ConstantArray::get(ArrayType::get(type, rows.size()), rows), Align(8));
  }

  /// A struct from numbers (cast to the field's type) and pointers; an error where the count or a kind differs.
  Expected<Constant *> structure(StructType *type, ArrayRef<std::variant<int64_t, Constant *>> values) {
    if (type->getNumElements() != values.size())
      return mismatch(type);
    SmallVector<Constant *> fields;
    for (auto [fieldType, value] : zip_equal(type->elements(), values)) {
      bool isNumber = std::holds_alternative<int64_t>(value);
      if (isNumber != fieldType->isIntegerTy())
        return mismatch(type);
      fields.push_back(isNumber ? ConstantInt::get(fieldType, std::get<int64_t>(value)) : std::get<Constant *>(value));
    }
    return ConstantStruct::get(type, fields);
  }

  Expected<Constant *> tensors(StructType *type, ArrayRef<TensorDecl> decls) {
    SmallVector<Constant *> rows;
    for (const TensorDecl &decl : decls) {
      Constant *dims = decl.dims.empty()
                           ? null()
                           : table(ConstantDataArray::get(
                                       context, ArrayRef<uint64_t>(reinterpret_cast<const uint64_t *>(decl.dims.data()),
                                                                   decl.dims.size())),
                                   Align(8));
      Expected<Constant *> row =
          structure(type, {string(decl.name), int64_t(decl.dtype), int64_t(decl.dims.size()), dims});
      if (!row)
        return row.takeError();
      rows.push_back(*row);
    }
    return table(type, rows);
  }

private:
  static Error mismatch(StructType *type) {
    return createStringError(inconvertibleErrorCode(), "'" + type->getName() + "' of the C interface has changed");
  }

  Module &module;
  LLVMContext &context;
};
} // namespace

/// The parallel regions, in the order in which a run meets them.
static Expected<std::pair<Constant *, int64_t>> regionTable(Module &module, const ModelInterface &interface,
                                                            DataBuilder &data) {
  auto *pointer = PointerType::get(module.getContext(), 0);
  auto *type = StructType::get(pointer, pointer);
  SmallVector<Constant *> rows;
  for (const RegionDecl &region : interface.regions) {
    Function *task = module.getFunction(region.task);
    if (!task || task->isDeclaration())
      return createStringError("fourmix.regions names '" + region.task + "', which is no function of the module");
    Expected<Constant *> row = data.structure(type, {data.string(region.name), task});
    if (!row)
      return row.takeError();
    rows.push_back(*row);
  }
  return std::pair(data.table(type, rows), int64_t(rows.size()));
}

/// Brings the entry's module to this target and links it.
static Error linkBitcode(Module &module) {
  StringRef bytes(reinterpret_cast<const char *>(entryBitcode), sizeof(entryBitcode));
  Expected<std::unique_ptr<Module>> entry = parseBitcodeFile({bytes, "entry"}, module.getContext());
  if (!entry)
    return entry.takeError();
  // Flags of clang's (PIC level, uwtable) and its CPU would only disagree with the model's.
  if (NamedMDNode *flags = (*entry)->getModuleFlagsMetadata())
    flags->eraseFromParent();
  (*entry)->setTargetTriple(module.getTargetTriple());
  (*entry)->setDataLayout(module.getDataLayout());
  for (Function &function : **entry)
    for (StringRef attribute : {"target-cpu", "target-features", "tune-cpu", "frame-pointer", "min-legal-vector-width",
                                "stack-protector-buffer-size"})
      function.removeFnAttr(attribute);
  if (Linker::linkModules(module, std::move(*entry)))
    return createStringError(inconvertibleErrorCode(), "cannot link the entry of the C interface");
  return Error::success();
}

Error fourmix::linkEntry(Module &module, const ModelInterface &interface, const WeightsLocation &weights,
                         const CPUTarget &target) {
  module.getFunction("main")->setName("fourmix_entry_main");
  if (Error error = linkBitcode(module))
    return error;

  DataBuilder data(module);
  auto *model = module.getNamedGlobal("fourmix_entry_model");
  auto *arena = module.getNamedGlobal("fourmix_entry_arena_bytes");
  Function *run = module.getFunction("fourmix_entry_run");
  Function *workspaceSize = module.getFunction("fourmix_entry_workspace_size");
  if (!model || !arena || !run || !workspaceSize)
    return createStringError(inconvertibleErrorCode(), "the entry of the C interface is incomplete");
  arena->setInitializer(ConstantInt::get(arena->getValueType(), interface.workspaceBytes));

  LLVMContext &context = module.getContext();
  auto *pointer = PointerType::get(context, 0);
  auto *i32 = Type::getInt32Ty(context);
  auto *tensorType = StructType::get(pointer, i32, i32, pointer);
  Expected<Constant *> inputs = data.tensors(tensorType, interface.inputs);
  if (!inputs)
    return inputs.takeError();
  Expected<Constant *> outputs = data.tensors(tensorType, interface.outputs);
  if (!outputs)
    return outputs.takeError();
  auto regions = regionTable(module, interface, data);
  if (!regions)
    return regions.takeError();
  Constant *weightsAddress = data.null();
  if (!weights.symbol.empty())
    weightsAddress = new GlobalVariable(module, Type::getInt8Ty(context), true, GlobalValue::ExternalLinkage, nullptr,
                                        weights.symbol);

  auto *modelType = cast<StructType>(model->getValueType());
  Expected<Constant *> descriptor = data.structure(
      modelType, {int64_t(sizeof(fourmix_model)), int64_t(FOURMIX_ABI_VERSION), int64_t(interface.inputs.size()),
                  int64_t(interface.outputs.size()), regions->second, data.string(interface.tag),
                  data.string("fourmix " FOURMIX_VERSION),
                  data.string(target.triple + " " + target.cpu + " " + target.requirements), *inputs, *outputs,
                  regions->first, weightsAddress, interface.weightsBytes, int64_t(weights.hash),
                  weights.file.empty() ? data.null() : data.string(weights.file), workspaceSize, run,
                  interface.programs, interface.programs ? data.string(interface.streamFile) : data.null(),
                  interface.programs ? data.string(interface.streamHash) : data.null()});
  if (!descriptor)
    return descriptor.takeError();
  model->setInitializer(*descriptor);

  for (GlobalObject &object : module.global_objects())
    if (!object.isDeclaration() && !object.hasPrivateLinkage())
      object.setLinkage(GlobalValue::InternalLinkage);
  std::pair<GlobalValue *, StringRef> published[] = {
      {model, "_model"}, {run, "_run"}, {workspaceSize, "_workspace_size"}};
  for (auto [value, suffix] : published) {
    value->setLinkage(GlobalValue::ExternalLinkage);
    value->setDSOLocal(false);
    value->setName("fourmix_" + interface.tag + suffix);
  }
  return Error::success();
}
