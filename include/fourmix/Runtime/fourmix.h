/* The C interface of a compiled model, version 1. Plain C99; needs no library.
 *
 * A compiled model (`.o` or `.so`) defines, for its tag <tag> (the model's name as a C identifier),
 *
 *     const fourmix_model fourmix_<tag>_model;     everything below hangs on it
 *     fourmix_status fourmix_<tag>_run(fourmix_run_args *args);
 *     fourmix_status fourmix_<tag>_workspace_size(const fourmix_tensor *inputs, int32_t num_inputs, size_t *bytes);
 *
 * so models link into one program side by side; a `.so` also exports its descriptor as `fourmix_model`, the one
 * name for dlsym. A model has no state: any number of threads may run it at once, each with its own workspace and
 * frame of arguments.
 *
 * Every struct that crosses the interface starts with its size in the writer's version. Later versions append
 * fields; a reader looks at a field only where the size covers it. `abi_version` changes only when that is not enough.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FOURMIX_RUNTIME_FOURMIX_H
#define FOURMIX_RUNTIME_FOURMIX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FOURMIX_ABI_VERSION 1

/* What a call returns. fourmix_status_text says it in words. */
typedef int32_t fourmix_status;
enum {
  FOURMIX_OK = 0,
  FOURMIX_ERROR_VERSION = 1,   /* a struct is smaller than version 1 of it, or NULL */
  FOURMIX_ERROR_COUNT = 2,     /* number of inputs or outputs */
  FOURMIX_ERROR_NULL = 3,      /* a tensor without data or dims */
  FOURMIX_ERROR_DTYPE = 4,     /* element type of a tensor */
  FOURMIX_ERROR_RANK = 5,      /* number of dimensions of a tensor */
  FOURMIX_ERROR_SHAPE = 6,     /* a dimension of a tensor */
  FOURMIX_ERROR_WORKSPACE = 7, /* workspace NULL or smaller than workspace_size says */
  FOURMIX_ERROR_WEIGHTS = 8,   /* the weights lie in a side file, and args->weights is NULL */
  FOURMIX_ERROR_FILE = 9,      /* fourmix/Runtime/weights.h: file not readable, or not the weights of this model */
  FOURMIX_ERROR_DRIVER = 10,   /* the model needs a device, and args->driver is NULL */
  FOURMIX_ERROR_DEVICE = 11,   /* the device failed; what the outputs hold is undefined */
  FOURMIX_STATUS_COUNT = 12
};

/* Element types, with the numbers of ONNX's TensorProto.DataType. A bool is one byte, 0 or 1. */
typedef int32_t fourmix_dtype;
enum {
  FOURMIX_FLOAT32 = 1,
  FOURMIX_UINT8 = 2,
  FOURMIX_INT8 = 3,
  FOURMIX_UINT16 = 4,
  FOURMIX_INT16 = 5,
  FOURMIX_INT32 = 6,
  FOURMIX_INT64 = 7,
  FOURMIX_BOOL = 9,
  FOURMIX_FLOAT16 = 10,
  FOURMIX_FLOAT64 = 11,
  FOURMIX_UINT32 = 12,
  FOURMIX_UINT64 = 13,
  FOURMIX_BFLOAT16 = 16
};

/* An input or output as the model declares it. dims has rank entries; -1 stands for a dimension that a run chooses
 * (no model of version 1 has one). */
typedef struct fourmix_tensor_info {
  const char *name;
  fourmix_dtype dtype;
  int32_t rank;
  const int64_t *dims;
} fourmix_tensor_info;

/* A buffer of the caller's: dense, row-major, of the alignment of its element type. Outputs overlap nothing. */
typedef struct fourmix_tensor {
  void *data;
  fourmix_dtype dtype;
  int32_t rank;
  const int64_t *dims;
} fourmix_tensor;

/* One parallel region: call task(frame, i) once for every i in 0 .. n-1, in any order, from any threads, and return
 * when all are done. ctx is the caller's own. */
typedef void (*fourmix_task)(void *frame, int64_t i);
typedef void (*fourmix_parallel)(void *ctx, fourmix_task task, void *frame, int64_t n);

/* What runs the parts of a model that were placed on a device: a driver of hardware, or of its simulator. `program` is
 * a program of the command stream that the model names, `buffers` are its inputs and outputs, in the order of its
 * bindings. Called from one thread of a run; runs at the same time call at the same time. FOURMIX_OK or
 * FOURMIX_ERROR_DEVICE. */
typedef struct fourmix_driver {
  size_t struct_size;
  void *ctx;
  fourmix_status (*run)(void *ctx, int32_t program, void *const *buffers, int32_t count);
} fourmix_driver;

/* The arguments of a run. Set struct_size to sizeof(fourmix_run_args), everything unused to 0. */
typedef struct fourmix_run_args {
  size_t struct_size;
  const fourmix_tensor *inputs;
  const fourmix_tensor *outputs;
  int32_t num_inputs;
  int32_t num_outputs;
  const void *weights; /* NULL: those in the library. Else weights_bytes bytes, 64-byte aligned, read only */
  void *workspace;     /* this run's own memory, any alignment; contents do not matter before or after */
  size_t workspace_bytes;
  fourmix_parallel parallel; /* NULL: serial */
  void *parallel_ctx;
  int32_t error_index; /* out, with an error about one tensor: its index, outputs counted after the inputs */
  const fourmix_driver *driver; /* of the model's device; NULL where it has none */
} fourmix_run_args;

/* A parallel region of the model, for profilers: a run calls `parallel` for the regions in this order (it may skip
 * some); the name says which part of the network it computes. */
typedef struct fourmix_region {
  const char *name;
  fourmix_task task;
} fourmix_region;

/* A compiled model. */
typedef struct fourmix_model {
  size_t struct_size;
  uint32_t abi_version;
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_regions;
  const char *name;     /* the tag */
  const char *producer; /* "fourmix 0.1.0" */
  const char *target;   /* triple, a blank, CPU, a blank, the features that the code needs: "+avx2,+fma" */
  const fourmix_tensor_info *inputs;
  const fourmix_tensor_info *outputs;
  const fourmix_region *regions;
  const void *weights; /* in the library; NULL where there are none or they lie in weights_file */
  uint64_t weights_bytes;
  uint64_t weights_hash;    /* XXH3-64 of the weights */
  const char *weights_file; /* name of the side file, beside the library; NULL: none */
  /* Bytes of workspace that a run with inputs of these types and shapes needs (data is not looked at). inputs may be
   * NULL: the declared shapes. */
  fourmix_status (*workspace_size)(const fourmix_tensor *inputs, int32_t num_inputs, size_t *bytes);
  /* Reads the inputs, writes the outputs. On an error nothing has been written. */
  fourmix_status (*run)(fourmix_run_args *args);
  int64_t programs;        /* of the command stream that the model needs a driver for; 0: none */
  const char *stream_file; /* the stream's file, beside the library; NULL: none */
  const char *stream_hash; /* the hash of its content, 32 hexadecimal digits */
} fourmix_model;

/* The name of a descriptor in a `.so`, for dlsym. */
#define FOURMIX_MODEL_SYMBOL "fourmix_model"

/* What a status means, in words. */
static inline const char *fourmix_status_text(fourmix_status status) {
  static const char *const text[FOURMIX_STATUS_COUNT] = {
      "ok",
      "a struct is NULL or smaller than this version of the interface",
      "wrong number of inputs or outputs",
      "a tensor has no data or no dims",
      "a tensor has another element type than the model declares",
      "a tensor has another number of dimensions than the model declares",
      "a tensor has another shape than the model declares",
      "the workspace is missing or too small",
      "the weights lie in a side file and were not given",
      "the side file of the weights cannot be read or belongs to another model",
      "the model needs the driver of a device, and none was given",
      "the device failed",
  };
  return status >= 0 && status < FOURMIX_STATUS_COUNT ? text[status] : "unknown status";
}

/* Bytes of one element, 0 for a type we do not know. */
static inline size_t fourmix_dtype_bytes(fourmix_dtype dtype) {
  switch (dtype) {
  case FOURMIX_UINT8:
  case FOURMIX_INT8:
  case FOURMIX_BOOL:
    return 1;
  case FOURMIX_UINT16:
  case FOURMIX_INT16:
  case FOURMIX_FLOAT16:
  case FOURMIX_BFLOAT16:
    return 2;
  case FOURMIX_FLOAT32:
  case FOURMIX_INT32:
  case FOURMIX_UINT32:
    return 4;
  case FOURMIX_INT64:
  case FOURMIX_FLOAT64:
  case FOURMIX_UINT64:
    return 8;
  default:
    return 0;
  }
}

#ifdef __cplusplus
}
#endif

#endif /* FOURMIX_RUNTIME_FOURMIX_H */
