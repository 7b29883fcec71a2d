// ConvertSpectralToVector: Fourier transforms as loops over vectors.
//
// One transform becomes one parallel loop over tasks, each a loop over blocks of lines (Lines.h); the stages of a plan
// (lib/Kernels/Dft.h) are emitted by VectorEmitter. LowerTransform.cpp lowers single transforms, LowerFoldedPair.cpp
// the two of FNet's mixing together.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/Passes.h"
#include "lib/Conversion/SpectralToVector/Schedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTSPECTRALTOVECTOR
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

namespace {

bool isPlanned(FourierOpInterface op) { return op.getPlan().value_or(fftLowering) == fftLowering; }

struct ConvertSpectralToVector : fourmix::impl::ConvertSpectralToVectorBase<ConvertSpectralToVector> {
  using ConvertSpectralToVectorBase::ConvertSpectralToVectorBase;

  void runOnOperation() override {
    if (vectorWidth < 1 || !llvm::isPowerOf2_64(vectorWidth) || maxTasks < 1) {
      emitError(getOperation().getLoc()) << "vector-width must be a power of two and max-tasks positive, but they are "
                                         << vectorWidth << " and " << maxTasks;
      return signalPassFailure();
    }
    bool failed = false;
    getOperation().walk([&](FourierOpInterface op) {
      Type element = op.getInputType().getElementType();
      if (!isPlanned(op) || (op.getInputType().hasStaticShape() && (element.isF32() || element.isF64())))
        return;
      op.emitOpError("can be lowered to vectors for static shapes of f32 or f64 only, but has ") << op.getInputType();
      failed = true;
    });
    if (failed)
      return signalPassFailure();

    PlanCache plans(getOperation(), vectorWidth * 4);
    auto lanes = [&](FourierOpInterface op) {
      return std::max<int64_t>(vectorWidth * 32 / op.getInputType().getElementTypeBitWidth(), 1);
    };
    // Pairs first: they erase two transforms at once.
    SmallVector<DftOp> columns;
    getOperation().walk([&](DftOp op) { columns.push_back(op); });
    for (DftOp op : columns)
      if (isPlanned(op))
        lowerFoldedPair(op, plans, lanes(op), maxTasks);
    SmallVector<FourierOpInterface> ops;
    getOperation().walk([&](FourierOpInterface op) {
      if (isPlanned(op))
        ops.push_back(op);
    });
    for (FourierOpInterface op : ops)
      lowerTransform(op, plans, lanes(op), maxTasks);
  }
};

} // namespace
