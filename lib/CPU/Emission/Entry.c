// The entry of every compiled model: checks the caller's arguments, fills the frame, calls the model's code.
//
// Compiled by clang to bitcode when Fourmix is built, and linked into each model's LLVM module (LinkEntry.cpp), which
// defines what is `extern` here and gives everything the model's tag. It is target-neutral as far as 64-bit
// little-endian targets go, and calls no library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runtime/fourmix.h"

// Defined by the emission for each model.
extern const fourmix_model fourmix_entry_model;
extern const int64_t fourmix_entry_arena_bytes; // what the generated code uses, 64-byte aligned
void fourmix_entry_main(void **frame);          // the generated code

enum {
  kAlignment = 64,
  kWorkspaceSlot = 0,
  kWeightsSlot,
  kParallelSlot,
  kParallelCtxSlot,
  kDriverSlot,
  kStatusSlot,
  kFirstTensorSlot
};

// The arena, and room to align it in whatever memory the caller has.
static size_t workspaceBytes(void) {
  return fourmix_entry_arena_bytes ? (size_t)fourmix_entry_arena_bytes + kAlignment - 1 : 0;
}

static int isEmpty(const fourmix_tensor_info *info) {
  for (int32_t d = 0; d < info->rank; ++d)
    if (info->dims[d] == 0)
      return 1;
  return 0;
}

// Compares types and shapes; *index becomes the first tensor that differs.
static fourmix_status checkTensors(const fourmix_tensor_info *infos, const fourmix_tensor *tensors, int32_t count,
                                   int needData, int32_t *index) {
  for (int32_t i = 0; i < count; ++i) {
    *index = i;
    if (!tensors || (tensors[i].rank > 0 && !tensors[i].dims))
      return FOURMIX_ERROR_NULL;
    if (tensors[i].dtype != infos[i].dtype)
      return FOURMIX_ERROR_DTYPE;
    if (tensors[i].rank != infos[i].rank)
      return FOURMIX_ERROR_RANK;
    for (int32_t d = 0; d < infos[i].rank; ++d)
      if (tensors[i].dims[d] != infos[i].dims[d])
        return FOURMIX_ERROR_SHAPE;
    if (needData && !tensors[i].data && !isEmpty(&infos[i]))
      return FOURMIX_ERROR_NULL;
  }
  return FOURMIX_OK;
}

fourmix_status fourmix_entry_workspace_size(const fourmix_tensor *inputs, int32_t num_inputs, size_t *bytes) {
  if (inputs) {
    int32_t index;
    if (num_inputs != fourmix_entry_model.num_inputs)
      return FOURMIX_ERROR_COUNT;
    fourmix_status status = checkTensors(fourmix_entry_model.inputs, inputs, num_inputs, 0, &index);
    if (status != FOURMIX_OK)
      return status;
  }
  *bytes = workspaceBytes();
  return FOURMIX_OK;
}

// What the generated code calls where a part was placed on a device. After a failure nothing is launched any more.
void fourmix_entry_launch(void **frame, int64_t program, void **buffers, int64_t count) {
  const fourmix_driver *driver = frame[kDriverSlot];
  fourmix_status *status = frame[kStatusSlot];
  if (*status == FOURMIX_OK)
    *status = driver->run(driver->ctx, (int32_t)program, buffers, (int32_t)count);
}

fourmix_status fourmix_entry_run(fourmix_run_args *args) {
  const fourmix_model *model = &fourmix_entry_model;
  // Callers of version 1 know no driver.
  if (!args || args->struct_size < offsetof(fourmix_run_args, driver))
    return FOURMIX_ERROR_VERSION;
  const fourmix_driver *driver = args->struct_size < sizeof(fourmix_run_args) ? 0 : args->driver;
  args->error_index = -1;
  if (args->num_inputs != model->num_inputs || args->num_outputs != model->num_outputs)
    return FOURMIX_ERROR_COUNT;
  fourmix_status status = checkTensors(model->inputs, args->inputs, model->num_inputs, 1, &args->error_index);
  if (status != FOURMIX_OK)
    return status;
  status = checkTensors(model->outputs, args->outputs, model->num_outputs, 1, &args->error_index);
  if (status != FOURMIX_OK) {
    args->error_index += model->num_inputs;
    return status;
  }
  args->error_index = -1;
  if (workspaceBytes() && (!args->workspace || args->workspace_bytes < workspaceBytes()))
    return FOURMIX_ERROR_WORKSPACE;
  const void *weights = args->weights ? args->weights : model->weights;
  if (!weights && model->weights_bytes)
    return FOURMIX_ERROR_WEIGHTS;

  if (model->programs && (!driver || driver->struct_size < sizeof(fourmix_driver) || !driver->run))
    return FOURMIX_ERROR_DRIVER;

  fourmix_status launched = FOURMIX_OK;
  void *frame[kFirstTensorSlot + model->num_inputs + model->num_outputs];
  frame[kWorkspaceSlot] = (void *)(((uintptr_t)args->workspace + kAlignment - 1) & ~(uintptr_t)(kAlignment - 1));
  frame[kWeightsSlot] = (void *)weights;
  frame[kParallelSlot] = (void *)args->parallel;
  frame[kParallelCtxSlot] = args->parallel_ctx;
  frame[kDriverSlot] = (void *)driver;
  frame[kStatusSlot] = &launched;
  void **slot = frame + kFirstTensorSlot;
  for (int32_t i = 0; i < model->num_inputs; ++i)
    *slot++ = args->inputs[i].data;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    *slot++ = args->outputs[i].data;
  fourmix_entry_main(frame);
  return launched;
}
