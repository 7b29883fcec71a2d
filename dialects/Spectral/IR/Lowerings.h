// The ways to compute a plannable op: the candidates among which spectral-plan chooses.
//
// `fft`, `matmul` and `optic` are the compiler's own, and a door each lowers them. Others are registered, as a rule by a plug-in
// while it is loaded, and lowered by the pass spectral-lower.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_LOWERINGS_H
#define DIALECTS_SPECTRAL_IR_LOWERINGS_H

#include "dialects/Spectral/IR/Spectral.h"
#include "mlir/IR/PatternMatch.h"
#include <functional>

namespace fourmix::spectral {

struct Lowering {
  /// What `plan` says, unique among all.
  std::string name;
  /// What `op`, of static types, costs this way: floating-point operations at the speed of FFT code. Nothing where this
  /// way cannot compute it. Operands' types, attributes and uses of results may be asked, nothing is changed.
  std::function<std::optional<double>(PlannableOpInterface op)> cost;
  /// Replaces `op`, for which `cost` gave a number, by code of the dialects that may stand after phase plan. Failure
  /// after an error at `op`. Null for the compiler's own.
  std::function<llvm::LogicalResult(mlir::RewriterBase &rewriter, PlannableOpInterface op)> lower;
};

/// The compiler's own: factorised, in loops over vectors; dense DFT matrices; frames of an optical device.
constexpr llvm::StringLiteral fftLowering = "fft", matmulLowering = "matmul", opticLowering = "optic";

/// Makes a lowering known to the process, for good. Call it while nothing compiles; a name that is taken is a fatal
/// error, as it is for passes.
void registerLowering(Lowering lowering);

/// Null where there is none of that name.
const Lowering *findLowering(llvm::StringRef name);

/// All, in the order in which they were registered: fft, matmul and optic first.
llvm::SmallVector<const Lowering *> allLowerings();

/// "fft, matmul, optic or butterfly": the names, for an error that says what it expected.
std::string listLowerings();

} // namespace fourmix::spectral

#endif // DIALECTS_SPECTRAL_IR_LOWERINGS_H
