// One choice per plannable op: the user's word, unless a plug-in's lowering is cheaper.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "dialects/Spectral/Transforms/Passes.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix::spectral {
#define GEN_PASS_DEF_SPECTRALPLAN
#include "dialects/Spectral/Transforms/Passes.h.inc"
} // namespace fourmix::spectral

using namespace mlir;
using namespace fourmix::spectral;

namespace {

struct Candidate {
  const Lowering *lowering;
  double cost;
};

bool isOwn(const Lowering &lowering) { return !lowering.lower; }

/// The cheapest comes first, `wanted` before others of its cost.
SmallVector<Candidate> candidatesOf(PlannableOpInterface op, const Lowering &wanted) {
  SmallVector<Candidate> candidates;
  auto offer = [&](const Lowering &lowering) {
    if (std::optional<double> cost = lowering.cost(op))
      candidates.push_back({&lowering, *cost});
  };
  offer(wanted);
  if (candidates.empty())
    offer(*findLowering(fftLowering));
  for (const Lowering *lowering : allLowerings())
    if (!isOwn(*lowering) && lowering != &wanted)
      offer(*lowering);
  auto *best = llvm::min_element(candidates, [](const Candidate &a, const Candidate &b) { return a.cost < b.cost; });
  if (best != candidates.end())
    std::rotate(candidates.begin(), best, best + 1);
  return candidates;
}

struct SpectralPlan : fourmix::spectral::impl::SpectralPlanBase<SpectralPlan> {
  using SpectralPlanBase::SpectralPlanBase;

  void runOnOperation() override {
    const Lowering *wanted = findLowering(fourier);
    if (!wanted) {
      getOperation()->emitError("there is no lowering '") << fourier << "'; expected " << listLowerings();
      return signalPassFailure();
    }
    // The costs of the compiler's own are not worth counting while nobody competes.
    bool alone = isOwn(*wanted) && llvm::all_of(allLowerings(), [](const Lowering *known) { return isOwn(*known); });
    getOperation()->walk([&](PlannableOpInterface op) {
      if (op.getPlan())
        return;
      SmallVector<Candidate> candidates;
      if (!alone)
        candidates = candidatesOf(op, *wanted);
      op.setPlan(StringRef(candidates.empty() ? wanted->name : candidates.front().lowering->name));
      if (candidates.size() > 1 || !isOwn(*findLowering(*op.getPlan())))
        report(op, candidates);
    });
  }

  static void report(PlannableOpInterface op, ArrayRef<Candidate> candidates) {
    std::string costs;
    for (const Candidate &candidate : candidates)
      costs +=
          llvm::formatv("{0}{1} {2:f0}", costs.empty() ? "" : ", ", candidate.lowering->name, candidate.cost).str();
    remark::analysis(op->getLoc(), remark::RemarkOpts::name("choice").category("plan"))
        << op->getName().getStringRef() << " is planned " << *op.getPlan() << "; operations: " << costs;
  }
};

} // namespace
