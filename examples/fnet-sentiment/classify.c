/* Runs the compiled demo network through its C interface: over a test split, or on sentences.
 *
 *     classify model.so test.npz                     accuracy, agreement with PyTorch's logits, time per sentence
 *     classify model.so vocabulary.txt SENTENCE...   what the network thinks of each
 *
 * Exit status: 0; 1 where a prediction differs from PyTorch's or something cannot be read or run.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#define _POSIX_C_SOURCE 200809L
#include "fourmix/Runtime/fourmix.h"
#include "npz.h"
#include "text.h"
#include <dlfcn.h>
#include <math.h>
#include <time.h>

enum { SEQUENCE = 64, CLASSES = 2 };
static const char *const class_name[CLASSES] = {"negative", "positive"};

static int fail(const char *what, const char *why) {
  fprintf(stderr, "classify: %s: %s\n", what, why);
  return 1;
}

/* A loaded model and the memory of one run at a time. */
typedef struct {
  const fourmix_model *model;
  void *workspace;
  size_t workspace_bytes;
} session;

static int open_session(const char *path, session *s) {
  /* dlopen looks for a name without a slash elsewhere. */
  char local[4096];
  snprintf(local, sizeof local, "%s%s", strchr(path, '/') ? "" : "./", path);
  void *library = dlopen(local, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(path, dlerror());
  s->model = dlsym(library, FOURMIX_MODEL_SYMBOL);
  if (!s->model || s->model->abi_version != FOURMIX_ABI_VERSION)
    return fail(path, "not a model of this version of Fourmix");
  fourmix_status status = s->model->workspace_size(NULL, 0, &s->workspace_bytes);
  if (status != FOURMIX_OK)
    return fail(path, fourmix_status_text(status));
  s->workspace = malloc(s->workspace_bytes + 1);
  return s->workspace ? 0 : fail(path, "out of memory");
}

/* ids [1, SEQUENCE] -> logits [1, CLASSES], on one thread. */
static int run(const session *s, const int64_t *ids, float *logits) {
  static const int64_t ids_dims[] = {1, SEQUENCE}, logits_dims[] = {1, CLASSES};
  fourmix_tensor input = {(void *)ids, FOURMIX_INT64, 2, ids_dims};
  fourmix_tensor output = {logits, FOURMIX_FLOAT32, 2, logits_dims};
  fourmix_run_args args = {0};
  args.struct_size = sizeof args;
  args.inputs = &input;
  args.num_inputs = 1;
  args.outputs = &output;
  args.num_outputs = 1;
  args.workspace = s->workspace;
  args.workspace_bytes = s->workspace_bytes;
  fourmix_status status = s->model->run(&args);
  return status == FOURMIX_OK ? 0 : fail("run", fourmix_status_text(status));
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int classify_split(const session *s, const char *path) {
  size_t size;
  unsigned char *file = npz_load(path, &size);
  npz_array ids, labels, reference;
  if (!file || !npz_find(file, size, "ids", "<i8", 2, &ids) || !npz_find(file, size, "labels", "<i8", 1, &labels) ||
      !npz_find(file, size, "logits", "<f4", 2, &reference))
    return fail(path, "no ids (int64), labels (int64) and logits (float32) to be read there");
  int64_t count = ids.dims[0];
  if (ids.dims[1] != SEQUENCE || labels.dims[0] != count || reference.dims[0] != count || reference.dims[1] != CLASSES)
    return fail(path, "expected ids Nx64, labels N, logits Nx2");

  double *times = malloc(sizeof(double) * (size_t)count);
  int64_t right = 0, right_pytorch = 0, same = 0;
  float difference = 0, largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    float logits[CLASSES], expected[CLASSES];
    int64_t row[SEQUENCE], label; /* The file's bytes are not aligned. */
    memcpy(row, (const char *)ids.data + i * (int64_t)sizeof row, sizeof row);
    memcpy(&label, (const char *)labels.data + i * 8, 8);
    memcpy(expected, (const char *)reference.data + i * (int64_t)sizeof expected, sizeof expected);
    double start = milliseconds();
    if (run(s, row, logits))
      return 1;
    times[i] = milliseconds() - start;
    int ours = logits[1] > logits[0], pytorch = expected[1] > expected[0];
    right += ours == label;
    right_pytorch += pytorch == label;
    same += ours == pytorch;
    for (int k = 0; k < CLASSES; ++k) {
      difference = fmaxf(difference, isnan(logits[k]) ? INFINITY : fabsf(logits[k] - expected[k]));
      largest = fmaxf(largest, fabsf(expected[k]));
    }
  }
  qsort(times, (size_t)count, sizeof *times, ascending);
  printf("accuracy     %ld of %ld correct = %.2f %%; PyTorch: %ld of %ld\n", (long)right, (long)count,
         100.0 * (double)right / (double)count, (long)right_pytorch, (long)count);
  printf("agreement    %ld of %ld predictions as PyTorch's; logits differ by at most %.1e of the largest\n", (long)same,
         (long)count, difference / largest);
  printf("time         %.3f ms per sentence (median; min %.3f), one thread\n", times[count / 2], times[0]);
  free(times);
  free(file);
  return same == count ? 0 : fail("agreement", "predictions differ from PyTorch's");
}

static int classify_sentences(const session *s, const char *path, int count, char **sentences) {
  static text_vocabulary vocabulary;
  if (!text_load(path, &vocabulary))
    return fail(path, "not a vocabulary");
  for (int i = 0; i < count; ++i) {
    int64_t ids[SEQUENCE];
    float logits[CLASSES];
    char *lower = strdup(sentences[i]);
    text_encode(&vocabulary, lower, ids, SEQUENCE);
    free(lower);
    if (run(s, ids, logits))
      return 1;
    int chosen = logits[1] > logits[0];
    printf("%s %3.0f %%  %s\n", class_name[chosen], 100 / (1 + exp(-fabs((double)logits[1] - logits[0]))),
           sentences[i]);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: classify model.so test.npz\n       classify model.so vocabulary.txt SENTENCE...\n");
    return 1;
  }
  session s;
  if (open_session(argv[1], &s))
    return 1;
  return argc == 3 ? classify_split(&s, argv[2]) : classify_sentences(&s, argv[2], argc - 3, argv + 3);
}
