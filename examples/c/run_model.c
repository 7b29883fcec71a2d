/* Runs a compiled model once, from plain C: the whole of the interface in one page.
 *
 * With a shared library, which is opened at run time:
 *
 *     fourmix-compile model.onnx -o model.so
 *     cc -I include examples/c/run_model.c -o run_model -ldl
 *     ./run_model ./model.so
 *
 * With an object, which is linked in (the symbol carries the model's name); with -fopenmp on several threads:
 *
 *     fourmix-compile model.onnx --emit=object -o model.o
 *     cc -I include -fopenmp -DMODEL=fourmix_model_model examples/c/run_model.c model.o -o run_model -lm -ldl
 *     ./run_model
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "fourmix/Runtime/fourmix.h"
#include "fourmix/Runtime/openmp.h"
#include "fourmix/Runtime/weights.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef MODEL
extern const fourmix_model MODEL;
#endif

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
    size_t elements = (size_t)count_elements(&infos[i]);
    tensors[i].data = calloc(elements + 1, fourmix_dtype_bytes(infos[i].dtype));
    tensors[i].dtype = infos[i].dtype;
    tensors[i].rank = infos[i].rank;
    tensors[i].dims = infos[i].dims;
    if (!tensors[i].data)
      return NULL;
  }
  return tensors;
}

static void print_tensor(const char *kind, const fourmix_tensor_info *info, const fourmix_tensor *tensor) {
  int64_t i, count = count_elements(info);
  int32_t d;
  printf("%s %s [", kind, info->name);
  for (d = 0; d < info->rank; ++d)
    printf(d ? ", %lld" : "%lld", (long long)info->dims[d]);
  printf("]:");
  for (i = 0; i < count && i < 8; ++i)
    if (info->dtype == FOURMIX_FLOAT32)
      printf(" %g", ((const float *)tensor->data)[i]);
    else if (info->dtype == FOURMIX_INT64)
      printf(" %lld", (long long)((const int64_t *)tensor->data)[i]);
  printf(count > 8 ? " ...\n" : "\n");
}

/* The descriptor: linked in, or from a library. */
static const fourmix_model *find_model(int argc, char **argv) {
#ifdef MODEL
  (void)argc, (void)argv;
  return &MODEL;
#else
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  const fourmix_model *model = library ? (const fourmix_model *)dlsym(library, FOURMIX_MODEL_SYMBOL) : NULL;
  if (!model)
    fprintf(stderr, "run_model: %s\n", argc > 1 ? dlerror() : "usage: run_model ./model.so");
  return model;
#endif
}

int main(int argc, char **argv) {
  const fourmix_model *model = find_model(argc, argv);
  fourmix_run_args args = {0};
  fourmix_weights weights = {0};
  fourmix_tensor *inputs, *outputs;
  fourmix_status status;
  int64_t e;
  int32_t i;
  if (!model || model->abi_version != FOURMIX_ABI_VERSION)
    return 1;

  inputs = allocate(model->inputs, model->num_inputs);
  outputs = allocate(model->outputs, model->num_outputs);
  if (!inputs || !outputs)
    return 1;
  /* Inputs: 0, 1, 2, … for floats; ids and masks stay zero. */
  for (i = 0; i < model->num_inputs; ++i)
    for (e = 0; inputs[i].dtype == FOURMIX_FLOAT32 && e < count_elements(&model->inputs[i]); ++e)
      ((float *)inputs[i].data)[e] = (float)e;

  args.struct_size = sizeof(args);
  args.inputs = inputs;
  args.num_inputs = model->num_inputs;
  args.outputs = outputs;
  args.num_outputs = model->num_outputs;
  /* One workspace for every run that goes on at the same time; any malloc will do. */
  status = model->workspace_size(NULL, 0, &args.workspace_bytes);
  if (status == FOURMIX_OK)
    args.workspace = malloc(args.workspace_bytes + 1);
  /* Large weights lie in a file beside the library; a real program puts its folder before the name. */
  if (status == FOURMIX_OK && model->weights_file)
    status = fourmix_map_weights(model, model->weights_file, &weights);
  args.weights = weights.data;
  /* NULL is serial. Without -fopenmp this runs serially, too. */
  args.parallel = fourmix_parallel_openmp;
  if (status == FOURMIX_OK)
    status = model->run(&args);
  if (status != FOURMIX_OK) {
    fprintf(stderr, "run_model: %s\n", fourmix_status_text(status));
    return 1;
  }

  printf("model %s by %s\n", model->name, model->producer);
  for (i = 0; i < model->num_inputs; ++i)
    print_tensor("input", &model->inputs[i], &inputs[i]);
  for (i = 0; i < model->num_outputs; ++i)
    print_tensor("output", &model->outputs[i], &outputs[i]);
  for (i = 0; i < model->num_inputs; ++i)
    free(inputs[i].data);
  for (i = 0; i < model->num_outputs; ++i)
    free(outputs[i].data);
  free(inputs);
  free(outputs);
  free(args.workspace);
  fourmix_unmap_weights(&weights);
  return 0;
}
