/* Two models in one program, each run by two threads at once; all results equal those of serial runs before.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "fourmix/Runtime/fourmix.h"
#include "fourmix/Runtime/openmp.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const fourmix_model fourmix_first_model, fourmix_second_model;
/* The functions are there under their own names, too. */
fourmix_status fourmix_first_run(fourmix_run_args *args);
fourmix_status fourmix_second_run(fourmix_run_args *args);

typedef struct job {
  const fourmix_model *model;
  fourmix_status (*run)(fourmix_run_args *args);
  fourmix_parallel parallel;
  float result[16];
  int failed;
} job;

static void *work(void *arg) {
  static const int64_t dims[] = {2, 8};
  job *self = (job *)arg;
  float x[16], y[16];
  fourmix_tensor in = {0}, out = {0};
  fourmix_run_args args = {0};
  int i, round;
  for (i = 0; i < 16; ++i)
    x[i] = (float)i;
  in.data = x, out.data = y;
  in.dtype = out.dtype = FOURMIX_FLOAT32;
  in.rank = out.rank = 2;
  in.dims = out.dims = dims;
  args.struct_size = sizeof(args);
  args.inputs = &in, args.outputs = &out;
  args.num_inputs = args.num_outputs = 1;
  self->failed = self->model->workspace_size(&in, 1, &args.workspace_bytes) != FOURMIX_OK;
  args.workspace = malloc(args.workspace_bytes);
  args.parallel = self->parallel;
  args.parallel_ctx = (void *)(intptr_t)2;
  for (round = 0; round < 1000 && !self->failed; ++round) {
    memset(y, 0, sizeof(y));
    self->failed = self->run(&args) != FOURMIX_OK;
    if (round && memcmp(y, self->result, sizeof(y)) != 0)
      self->failed = 1;
    memcpy(self->result, y, sizeof(y));
  }
  free(args.workspace);
  return NULL;
}

int main(void) {
  job serial[2] = {{&fourmix_first_model, fourmix_first_run, NULL, {0}, 0},
                   {&fourmix_second_model, fourmix_second_run, NULL, {0}, 0}};
  job jobs[4];
  pthread_t threads[4];
  int i, failed = 0;
  work(&serial[0]);
  work(&serial[1]);
  for (i = 0; i < 4; ++i) {
    jobs[i] = serial[i % 2];
    jobs[i].parallel = fourmix_parallel_openmp;
    if (pthread_create(&threads[i], NULL, work, &jobs[i]))
      return 2;
  }
  for (i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
    failed |= jobs[i].failed || memcmp(jobs[i].result, serial[i % 2].result, sizeof(jobs[i].result)) != 0;
  }
#ifdef _OPENMP
  printf("with OpenMP: ");
#else
  printf("without OpenMP: ");
#endif
  printf("%s %g, %s %g%s\n", fourmix_first_model.name, serial[0].result[0], fourmix_second_model.name,
         serial[1].result[0], failed || serial[0].failed || serial[1].failed ? " FAILED" : "");
  return failed || serial[0].failed || serial[1].failed;
}
