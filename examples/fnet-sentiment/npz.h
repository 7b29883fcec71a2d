/* Reads arrays from a .npz file as numpy.savez writes it (not savez_compressed): a ZIP of stored .npy files.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef EXAMPLES_NPZ_H
#define EXAMPLES_NPZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const void *data; /* row-major, inside the file's bytes */
  char type[8];     /* NumPy's: "<i8", "<f4" */
  int rank;
  int64_t dims[8];
} npz_array;

static uint64_t npz_little(const unsigned char *p, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i)
    value = value << 8 | p[i];
  return value;
}

/* The whole file, with a final 0; NULL where it cannot be read. */
static unsigned char *npz_load(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  unsigned char *bytes = length < 0 ? NULL : malloc((size_t)length + 1);
  if (bytes && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  if (bytes) {
    bytes[length] = 0;
    *size = (size_t)length;
  }
  return bytes;
}

/* Fills `array` from a .npy file in memory; 0 where it is not one that we read. */
static int npz_parse_npy(const unsigned char *npy, size_t size, npz_array *array) {
  if (size < 12 || memcmp(npy, "\x93NUMPY", 6) != 0)
    return 0;
  size_t prefix = npy[6] == 1 ? 10 : 12;
  size_t length = npz_little(npy + 8, npy[6] == 1 ? 2 : 4);
  if (length > size - prefix || length > 4096)
    return 0;
  char header[4097];
  memcpy(header, npy + prefix, length);
  header[length] = 0;
  const char *type = strstr(header, "'descr': '"), *shape = strstr(header, "'shape': (");
  if (!type || !shape || !strstr(header, "'fortran_order': False") || sscanf(type + 10, "%7[^']", array->type) != 1)
    return 0;
  shape += 10;
  int64_t bytes = atoi(array->type + 2);
  for (array->rank = 0; *shape != ')'; ++array->rank) {
    char *end;
    if (array->rank == 8)
      return 0;
    bytes *= array->dims[array->rank] = strtoll(shape, &end, 10);
    if (end == shape)
      return 0;
    shape = end + strspn(end, ", ");
  }
  array->data = npy + prefix + length;
  return bytes >= 0 && (uint64_t)bytes <= size - prefix - length;
}

/* The array `name` of the file `bytes`; 0 where there is none, or compressed, or of another type or rank. */
static int npz_find(const unsigned char *bytes, size_t size, const char *name, const char *type, int rank,
                    npz_array *array) {
  size_t at = 0;
  while (at + 30 <= size && memcmp(bytes + at, "PK\3\4", 4) == 0) {
    const unsigned char *local = bytes + at;
    uint64_t length = npz_little(local + 18, 4);
    size_t name_length = npz_little(local + 26, 2), extra = npz_little(local + 28, 2);
    size_t start = at + 30 + name_length + extra;
    if (start > size || npz_little(local + 8, 2) != 0)
      return 0;
    if (length == 0xffffffffu && extra >= 20) /* ZIP64: the sizes stand in the extra field. */
      length = npz_little(local + 30 + name_length + 12, 8);
    if (length > size - start)
      return 0;
    if (name_length == strlen(name) + 4 && memcmp(local + 30, name, name_length - 4) == 0)
      return npz_parse_npy(bytes + start, length, array) && strcmp(array->type, type) == 0 && array->rank == rank;
    at = start + length;
  }
  return 0;
}

#endif
