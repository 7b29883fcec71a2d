// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Parallel.h"
#include "fourmix/Runtime/openmp.h"
#include <chrono>

using namespace fourmix;

ParallelRun::ParallelRun(const fourmix_model &model, const RunOptions &options)
    : model(model), threads(options.threads), profile(options.profile),
      parallel(threads == 1 && !profile ? nullptr : &runRegion) {
  if (profile && profile->empty())
    for (int32_t i = 0; i < model.num_regions; ++i)
      profile->push_back({model.regions[i].name});
}

void ParallelRun::runRegion(void *ctx, fourmix_task task, void *frame, int64_t n) {
  auto &self = *static_cast<ParallelRun *>(ctx);
  void *threads = reinterpret_cast<void *>(intptr_t(self.threads));
  if (!self.profile)
    return fourmix_parallel_openmp(threads, task, frame, n);
  auto start = std::chrono::steady_clock::now();
  fourmix_parallel_openmp(threads, task, frame, n);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  // Equal code is one task, so the order of the calls tells the regions apart; some calls may be missing.
  int32_t regions = self.model.num_regions;
  for (int32_t tried = 0; tried < regions; ++tried) {
    int32_t i = (self.next + tried) % regions;
    if (self.model.regions[i].task != task)
      continue;
    (*self.profile)[i].seconds += seconds;
    (*self.profile)[i].calls += 1;
    self.next = i + 1;
    return;
  }
}
