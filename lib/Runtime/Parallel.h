// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_RUNTIME_PARALLEL_H
#define FOURMIX_LIB_RUNTIME_PARALLEL_H

#include "fourmix/Runtime/CompiledModel.h"

namespace fourmix {

/// The parallel function and context of one run.
class ParallelRun {
public:
  ParallelRun(const fourmix_model &model, const RunOptions &options);
  fourmix_parallel function() const { return parallel; }
  void *context() { return this; }

private:
  static void runRegion(void *ctx, fourmix_task task, void *frame, int64_t n);

  const fourmix_model &model;
  int threads;
  std::vector<RegionTime> *profile;
  fourmix_parallel parallel;
  int32_t next = 0; // the region that comes next
};

} // namespace fourmix

#endif // FOURMIX_LIB_RUNTIME_PARALLEL_H
