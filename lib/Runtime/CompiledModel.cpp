// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runtime/CompiledModel.h"
#include "Parallel.h"
#include "fourmix/Runtime/weights.h"
#include "fourmix/Support/HostTensor.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include <cstdlib>

using namespace llvm;
using namespace fourmix;

void AlignedBytes::Free::operator()(char *memory) const {
  if (memory)
    munmap(memory, bytes);
}

AlignedBytes::AlignedBytes(size_t bytes) : bytes(bytes) {
  if (bytes == 0)
    return;
  void *mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    report_bad_alloc_error("out of memory");
#ifdef MADV_HUGEPAGE
  // Activations are swept through again and again: large pages spare most of the TLB misses.
  if (bytes >= (size_t(4) << 20))
    (void)madvise(mapped, bytes, MADV_HUGEPAGE);
#endif
  memory = std::unique_ptr<char, Free>(static_cast<char *>(mapped), Free{bytes});
}

/// The first instruction set that the code needs and this CPU lacks; empty: none.
static std::string missingFeature(StringRef target) {
  SmallVector<StringRef> words, features;
  target.split(words, ' ');
  if (words.size() < 3)
    return "";
  words[2].split(features, ',', -1, /*KeepEmpty=*/false);
  StringMap<bool> host = sys::getHostCPUFeatures();
  for (StringRef feature : features) {
    auto found = host.find(feature.drop_front());
    if (found != host.end() && !found->second)
      return found->first().str();
  }
  return "";
}

Error CompiledModel::adopt(const fourmix_model *descriptor, StringRef directory, AlignedBytes weightBytes) {
  model = descriptor;
  if (model->abi_version != FOURMIX_ABI_VERSION || model->struct_size < sizeof(fourmix_model))
    return createStringError("the model speaks version " + std::to_string(model->abi_version) +
                             " of the C interface, expected " + std::to_string(FOURMIX_ABI_VERSION));
  if (std::string feature = missingFeature(model->target); !feature.empty())
    return createStringError("the model was compiled for '" +
                             StringRef(model->target).split(' ').second.split(' ').first +
                             "' and needs the instruction set '" + feature + "', which this CPU lacks");
  ownWeights = std::move(weightBytes);
  if (ownWeights.size()) {
    if (ownWeights.size() != model->weights_bytes)
      return createStringError("expected " + std::to_string(model->weights_bytes) + " bytes of weights, found " +
                               std::to_string(ownWeights.size()));
    weights = ownWeights.data();
  } else if (model->weights_file) {
    SmallString<128> path(directory);
    sys::path::append(path, model->weights_file);
    auto mapped = std::make_shared<fourmix_weights>();
    fourmix_status status = fourmix_map_weights(model, path.c_str(), mapped.get());
    if (status != FOURMIX_OK)
      return createStringError(Twine("'") + path + "': " + fourmix_status_text(status));
    weights = mapped->data;
    mapping = std::shared_ptr<void>(mapped.get(), [mapped](void *) { fourmix_unmap_weights(mapped.get()); });
  }
  return Error::success();
}

AlignedBytes CompiledModel::takeWorkspace(size_t bytes) {
  {
    std::lock_guard<std::mutex> lock(workspacesMutex);
    if (!workspaces.empty() && workspaces.back().size() >= bytes) {
      AlignedBytes workspace = std::move(workspaces.back());
      workspaces.pop_back();
      return workspace;
    }
  }
  return AlignedBytes(bytes);
}

void CompiledModel::returnWorkspace(AlignedBytes workspace) {
  std::lock_guard<std::mutex> lock(workspacesMutex);
  workspaces.push_back(std::move(workspace));
}

/// "input 'x': expected 1x4xf32, found 1x5xf32".
static std::string describeMismatch(const fourmix_tensor_info &info, const fourmix_tensor &tensor, const char *kind,
                                    fourmix_status status) {
  std::string text = std::string(kind) + " '" + info.name + "': ";
  if (status == FOURMIX_ERROR_NULL)
    return text + fourmix_status_text(status);
  return text + "expected " + typeText(info.dtype, {info.dims, size_t(info.rank)}) + ", found " +
         typeText(tensor.dtype, {tensor.dims, size_t(std::max(tensor.rank, 0))});
}

Error CompiledModel::run(ArrayRef<fourmix_tensor> inputs, ArrayRef<fourmix_tensor> outputs, const RunOptions &options) {
  size_t bytes = 0;
  fourmix_status status = model->workspace_size(nullptr, 0, &bytes);
  if (status != FOURMIX_OK)
    return createStringError(fourmix_status_text(status));
  ParallelRun parallel(*model, options);
  AlignedBytes workspace = takeWorkspace(bytes);
  fourmix_run_args args = {};
  args.struct_size = sizeof(args);
  args.inputs = inputs.data();
  args.num_inputs = inputs.size();
  args.outputs = outputs.data();
  args.num_outputs = outputs.size();
  args.weights = weights;
  args.workspace = workspace.data();
  args.workspace_bytes = workspace.size();
  args.parallel = parallel.function();
  args.parallel_ctx = parallel.context();
  args.driver = options.driver;
  status = model->run(&args);
  returnWorkspace(std::move(workspace));
  if (status == FOURMIX_OK)
    return Error::success();
  if (status == FOURMIX_ERROR_COUNT)
    return createStringError("expected " + std::to_string(model->num_inputs) + " inputs and " +
                             std::to_string(model->num_outputs) + " outputs, found " + std::to_string(inputs.size()) +
                             " and " + std::to_string(outputs.size()));
  if (args.error_index >= 0 && args.error_index < model->num_inputs)
    return createStringError(
        describeMismatch(model->inputs[args.error_index], inputs[args.error_index], "input", status));
  if (int32_t index = args.error_index - model->num_inputs; index >= 0 && index < model->num_outputs)
    return createStringError(describeMismatch(model->outputs[index], outputs[index], "output", status));
  return createStringError(fourmix_status_text(status));
}
