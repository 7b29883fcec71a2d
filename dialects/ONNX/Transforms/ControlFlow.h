// Control flow and sequences whose course is known, and fused operators: they dissolve into the nodes that remain.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_CONTROLFLOW_H
#define DIALECTS_ONNX_TRANSFORMS_CONTROLFLOW_H

#include "dialects/ONNX/IR/ONNX.h"

namespace fourmix::onnx {

/// One more iteration of a Loop or Scan, as a copy of its body in front of it; once it has ended, its results take the
/// place of its outputs and it goes. The caller types what is new, and comes back here when it meets the node again.
/// Returns the operation to go on with. An error where the number of iterations depends on data.
mlir::FailureOr<mlir::Operation *> peelLoop(NodeOp loop);

/// A node that takes from a sequence of known elements (SequenceAt, SequenceLength, ConcatFromSequence), or that makes
/// one by splitting, replaced by nodes on tensors. Returns the operation to go on with, null where there is nothing to
/// replace, failure after an error.
mlir::FailureOr<mlir::Operation *> dissolveSequence(NodeOp node);

/// A node of com.microsoft that stands for several of ai.onnx, replaced by them. Returns as above.
mlir::FailureOr<mlir::Operation *> dissolveFusion(NodeOp node);

/// True for the operators that only build sequences: they need no types and go once nothing takes from them.
bool buildsSequence(NodeOp node);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_TRANSFORMS_CONTROLFLOW_H
