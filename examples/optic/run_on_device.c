/* Runs a compiled model of which a part was placed on a device, with the device's simulator as its driver.
 *
 *     fourmix-compile model.onnx --device=ofe-11 -o model.so              (writes model.focs, too)
 *     cc -I include examples/optic/run_on_device.c -o run_on_device -L build/lib -lFourmix -Wl,-rpath,build/lib -ldl
 *     ./run_on_device ./model.so mode=noisy,seed=1
 *
 * examples/c/run_model.c has the whole of the interface of models; here it is as short as it gets.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "fourmix/Runtime/simulator.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t count_elements(const fourmix_tensor_info *info) {
  int64_t count = 1;
  int32_t d;
  for (d = 0; d < info->rank; ++d)
    count *= info->dims[d];
  return count;
}

/* A zeroed buffer for every tensor of a list. */
static fourmix_tensor *allocate(const fourmix_tensor_info *infos, int32_t count) {
  fourmix_tensor *tensors = calloc((size_t)count + 1, sizeof(fourmix_tensor));
  int32_t i;
  for (i = 0; tensors && i < count; ++i) {
    tensors[i].data = calloc((size_t)count_elements(&infos[i]) + 1, fourmix_dtype_bytes(infos[i].dtype));
    tensors[i].dtype = infos[i].dtype;
    tensors[i].rank = infos[i].rank;
    tensors[i].dims = infos[i].dims;
    if (!tensors[i].data)
      return NULL;
  }
  return tensors;
}

/* The stream that the model names, in the library's folder. NULL where something fails, which has been said. */
static fourmix_simulator *open_device(const fourmix_model *model, const char *library, const char *options) {
  const char *slash = strrchr(library, '/');
  size_t folder = slash ? (size_t)(slash - library) + 1 : 0;
  char path[4096], error[512];
  fourmix_simulator *simulator;
  if (folder + strlen(model->stream_file) >= sizeof(path))
    return NULL;
  memcpy(path, library, folder);
  strcpy(path + folder, model->stream_file);
  /* The hash: another compilation's stream could have other programs. */
  simulator = fourmix_simulator_open(path, options, model->stream_hash, error, sizeof(error));
  if (!simulator)
    fprintf(stderr, "run_on_device: %s\n", error);
  return simulator;
}

int main(int argc, char **argv) {
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  const fourmix_model *model = library ? (const fourmix_model *)dlsym(library, FOURMIX_MODEL_SYMBOL) : NULL;
  fourmix_simulator *simulator = NULL;
  fourmix_run_args args = {0};
  fourmix_status status;
  int64_t e;
  int32_t i;
  if (!model) {
    fprintf(stderr, "run_on_device: %s\n", argc > 1 ? dlerror() : "usage: run_on_device ./model.so [mode=...,seed=N]");
    return 1;
  }
  args.struct_size = sizeof(args);
  args.inputs = allocate(model->inputs, model->num_inputs);
  args.num_inputs = model->num_inputs;
  args.outputs = allocate(model->outputs, model->num_outputs);
  args.num_outputs = model->num_outputs;
  status = model->workspace_size(NULL, 0, &args.workspace_bytes);
  args.workspace = malloc(args.workspace_bytes + 1);
  if (!args.inputs || !args.outputs || !args.workspace || status != FOURMIX_OK)
    return 1;
  /* Inputs: a wave for floats; ids and masks stay zero. */
  for (i = 0; i < model->num_inputs; ++i)
    for (e = 0; model->inputs[i].dtype == FOURMIX_FLOAT32 && e < count_elements(&model->inputs[i]); ++e)
      ((float *)args.inputs[i].data)[e] = (float)(e % 7) / 7;

  /* A model without programs needs no driver and would not look at one. */
  if (model->programs) {
    simulator = open_device(model, argv[1], argc > 2 ? argv[2] : NULL);
    if (!simulator)
      return 1;
    args.driver = fourmix_simulator_driver(simulator);
  }
  status = model->run(&args);
  if (status != FOURMIX_OK) {
    fprintf(stderr, "run_on_device: %s\n", fourmix_status_text(status));
    return 1;
  }
  for (i = 0; i < model->num_outputs; ++i) {
    printf("%s:", model->outputs[i].name);
    for (e = 0; model->outputs[i].dtype == FOURMIX_FLOAT32 && e < count_elements(&model->outputs[i]) && e < 8; ++e)
      printf(" %g", ((const float *)args.outputs[i].data)[e]);
    printf("\n");
  }
  if (simulator) {
    fourmix_device_usage usage;
    fourmix_simulator_usage(simulator, &usage);
    printf("%lld programs, %llu frames, %llu bytes over the links, %.3g s, %.3g J\n", (long long)model->programs,
           (unsigned long long)usage.frames, (unsigned long long)usage.link_bytes, usage.seconds, usage.joules);
    fourmix_simulator_close(simulator);
  }
  return 0;
}
