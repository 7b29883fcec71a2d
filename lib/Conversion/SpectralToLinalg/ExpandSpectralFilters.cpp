// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/Passes.h"
#include "lib/Emit/Spectra.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fourmix {
#define GEN_PASS_DEF_EXPANDSPECTRALFILTERS
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

namespace {

struct ExpandSpectralFilters : fourmix::impl::ExpandSpectralFiltersBase<ExpandSpectralFilters> {
  using ExpandSpectralFiltersBase::ExpandSpectralFiltersBase;

  void runOnOperation() override {
    SmallVector<FilterOp> filters;
    getOperation().walk([&](FilterOp op) {
      if (!isTaken(op))
        filters.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (FilterOp op : filters)
      lowering::expandFilter(rewriter, op, op.getPlan());
  }

  /// Whether there is another way than by transforms.
  bool isTaken(FilterOp op) const {
    auto takes = [&](const Lowering &lowering) {
      return lowering.lower ? lowering.cost(op).has_value() : lowering.name == opticLowering;
    };
    if (std::optional<StringRef> plan = op.getPlan()) {
      const Lowering *lowering = findLowering(*plan);
      return lowering && takes(*lowering);
    }
    return llvm::any_of(allLowerings(), [&](const Lowering *lowering) {
      return (lowering->lower || lowering->name == fourier) && takes(*lowering);
    });
  }
};

} // namespace
