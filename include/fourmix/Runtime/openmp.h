/* `parallel` of the C interface on OpenMP. Compile with -fopenmp (GCC's libgomp or LLVM's libomp); without it the
 * pragma is inert and the region runs serially.
 *
 *     args.parallel = fourmix_parallel_openmp;
 *     args.parallel_ctx = NULL;                  as many threads as OMP_NUM_THREADS says, or
 *     args.parallel_ctx = (void *)(intptr_t)4;   four threads
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FOURMIX_RUNTIME_OPENMP_H
#define FOURMIX_RUNTIME_OPENMP_H

#include "fourmix/Runtime/fourmix.h"
#ifdef _OPENMP
#include <omp.h>
#endif

static inline void fourmix_parallel_openmp(void *ctx, fourmix_task task, void *frame, int64_t n) {
  int64_t i;
#ifdef _OPENMP
  int threads = (int)(intptr_t)ctx;
  if (threads <= 0)
    threads = omp_get_max_threads();
  if (threads > n)
    threads = (int)n;
  if (threads > 1) {
    /* Tasks differ in length, and a core may be busy elsewhere: each thread takes the next one. */
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (i = 0; i < n; ++i)
      task(frame, i);
    return;
  }
#else
  (void)ctx;
#endif
  for (i = 0; i < n; ++i)
    task(frame, i);
}

#endif /* FOURMIX_RUNTIME_OPENMP_H */
