// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "lib/Kernels/Cost.h"
#include "llvm/Support/ErrorHandling.h"
#include <deque>

using namespace mlir;

namespace fourmix::spectral {

/// How many lines are transformed.
static double countLines(FourierOpInterface op) {
  RankedTensorType type = op.getInputType();
  return static_cast<double>(type.getNumElements()) / std::max<int64_t>(op.getInputExtent(), 1);
}

static std::optional<double> costOfFft(PlannableOpInterface plannable) {
  auto op = dyn_cast<FourierOpInterface>(*plannable);
  if (!op || !op.getInputType().hasStaticShape())
    return std::nullopt;
  bool halfOut = isa<RdftOp>(op), halfIn = isa<IrdftOp>(op);
  kernels::Cost cost = halfIn    ? kernels::countIrdft(kernels::planRdft(op.getLength()))
                       : halfOut ? kernels::countRdft(kernels::planRdft(op.getLength()))
                                 : kernels::countDft(kernels::planDft(op.getLength()), !op.getIm(), !op.isOutImUsed());
  return countLines(op) * static_cast<double>(cost.flops());
}

/// Of N^2 products per real part in and out a quarter is left by symmetry.
static std::optional<double> costOfMatmul(PlannableOpInterface plannable) {
  auto op = dyn_cast<FourierOpInterface>(*plannable);
  if (!op || !op.getInputType().hasStaticShape())
    return std::nullopt;
  double length = op.getLength(), in = op.getIm() ? 2 : 1, out = op.isOutImUsed() ? 2 : 1;
  return countLines(op) * in * out * length * length / 2;
}

namespace {
struct Registry {
  Registry() {
    all.push_back({fftLowering.str(), costOfFft, nullptr});
    all.push_back({matmulLowering.str(), costOfMatmul, nullptr});
    all.push_back({opticLowering.str(), costOfFft, nullptr}); // asked for by name only: light has other units
  }
  static Registry &get() {
    static Registry registry;
    return registry;
  }
  std::deque<Lowering> all; // pointers to elements stay valid
};
} // namespace

void registerLowering(Lowering lowering) {
  if (findLowering(lowering.name))
    llvm::reportFatalUsageError("a lowering named '" + Twine(lowering.name) + "' is registered already");
  if (!lowering.cost || !lowering.lower)
    llvm::reportFatalUsageError("the lowering '" + Twine(lowering.name) + "' lacks a cost or a function that lowers");
  Registry::get().all.push_back(std::move(lowering));
}

const Lowering *findLowering(StringRef name) {
  for (const Lowering &lowering : Registry::get().all)
    if (lowering.name == name)
      return &lowering;
  return nullptr;
}

SmallVector<const Lowering *> allLowerings() {
  SmallVector<const Lowering *> all;
  for (const Lowering &lowering : Registry::get().all)
    all.push_back(&lowering);
  return all;
}

std::string listLowerings() {
  std::string text;
  SmallVector<const Lowering *> all = allLowerings();
  for (auto [i, lowering] : llvm::enumerate(all))
    text += (i == 0 ? "" : i + 1 == all.size() ? " or " : ", ") + lowering->name;
  return text;
}

LogicalResult verifyPlan(PlannableOpInterface op) {
  std::optional<StringRef> plan = op.getPlan();
  if (plan && !findLowering(*plan)) // c5
    return op->emitOpError("expected the plan ") << listLowerings() << ", but found '" << *plan << "'";
  return success();
}

} // namespace fourmix::spectral
