// One choice per transform. Today the user's word decides; candidates with costs are for a later planner.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/Transforms/Passes.h"

namespace fourmix::spectral {
#define GEN_PASS_DEF_SPECTRALPLAN
#include "dialects/Spectral/Transforms/Passes.h.inc"
} // namespace fourmix::spectral

using namespace fourmix::spectral;

namespace {
struct SpectralPlan : impl::SpectralPlanBase<SpectralPlan> {
  using SpectralPlanBase::SpectralPlanBase;
  void runOnOperation() override {
    getOperation()->walk([&](FourierOpInterface op) {
      if (!op.getPlan())
        op.setPlan(fourier.getValue());
    });
  }
};
} // namespace
