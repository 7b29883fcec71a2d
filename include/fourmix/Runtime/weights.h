/* Weights in a side file (POSIX). A model whose weights_file is not NULL wants them mapped once per process:
 *
 *     fourmix_weights weights;
 *     fourmix_status status = fourmix_map_weights(model, "/where/the/library/lies/" + model->weights_file, &weights);
 *     args.weights = weights.data;
 *     ...
 *     fourmix_unmap_weights(&weights);
 *
 * The pages are shared between all processes that map the file and are read when a run first needs them.
 *
 * The file: 64 bytes of header (fourmix_weights_header, rest zero), then the bytes.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FOURMIX_RUNTIME_WEIGHTS_H
#define FOURMIX_RUNTIME_WEIGHTS_H

#include "fourmix/Runtime/fourmix.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FOURMIX_WEIGHTS_MAGIC "FMXWGT01"
#define FOURMIX_WEIGHTS_OFFSET 64

typedef struct fourmix_weights_header {
  char magic[8];
  uint64_t bytes;
  uint64_t hash;     /* as in the model: a file of another compilation is refused */
  uint64_t tag_hash; /* FNV-1a-64 of the model's tag */
} fourmix_weights_header;

typedef struct fourmix_weights {
  const void *data;
  void *mapping;
  size_t mapping_bytes;
} fourmix_weights;

static inline uint64_t fourmix_tag_hash(const char *tag) {
  uint64_t hash = 14695981039346656037u;
  for (; *tag; ++tag)
    hash = (hash ^ (unsigned char)*tag) * 1099511628211u;
  return hash;
}

/* Maps the side file at path, read only. FOURMIX_ERROR_FILE where it cannot be read or its header does not match the
 * model's tag, size and hash. The bytes themselves are not hashed: that would read them all. */
static inline fourmix_status fourmix_map_weights(const fourmix_model *model, const char *path, fourmix_weights *out) {
  struct stat status;
  fourmix_weights_header header;
  void *mapping;
  int file = open(path, O_RDONLY);
  memset(out, 0, sizeof(*out));
  if (file < 0)
    return FOURMIX_ERROR_FILE;
  if (fstat(file, &status) != 0 || status.st_size < FOURMIX_WEIGHTS_OFFSET ||
      (uint64_t)status.st_size - FOURMIX_WEIGHTS_OFFSET != model->weights_bytes) {
    close(file);
    return FOURMIX_ERROR_FILE;
  }
  mapping = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapping == MAP_FAILED)
    return FOURMIX_ERROR_FILE;
  memcpy(&header, mapping, sizeof(header));
  if (memcmp(header.magic, FOURMIX_WEIGHTS_MAGIC, sizeof(header.magic)) != 0 || header.bytes != model->weights_bytes ||
      header.hash != model->weights_hash || header.tag_hash != fourmix_tag_hash(model->name)) {
    munmap(mapping, (size_t)status.st_size);
    return FOURMIX_ERROR_FILE;
  }
  out->mapping = mapping;
  out->mapping_bytes = (size_t)status.st_size;
  out->data = (const char *)mapping + FOURMIX_WEIGHTS_OFFSET;
  return FOURMIX_OK;
}

static inline void fourmix_unmap_weights(fourmix_weights *weights) {
  if (weights->mapping)
    munmap(weights->mapping, weights->mapping_bytes);
  memset(weights, 0, sizeof(*weights));
}

#ifdef __cplusplus
}
#endif

#endif /* FOURMIX_RUNTIME_WEIGHTS_H */
