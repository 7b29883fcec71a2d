// What all device programs are written with: loops, maps that are linear in their numbers, accesses, scratch.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMWRITER_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMWRITER_H

#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Device/Profile.h"
#include "lib/Kernels/FramePlan.h"

namespace fourmix::spectral_to_optic {

/// An array that a pass reads or writes: real and imaginary parts, strides of its two axes and of the batches.
/// `imShift`: so many elements further the imaginary parts lie than the real ones, in the same memory.
struct Array {
  mlir::Value re, im;
  int64_t imShift = 0;
  std::array<int64_t, 2> pitch{};
  llvm::SmallVector<int64_t> batchStrides;
};

/// A memory that a launch binds.
struct Binding {
  llvm::StringRef name;
  mlir::RankedTensorType type;
};

/// An empty program at the builder's place.
optic::ProgramOp createProgram(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
                               llvm::ArrayRef<Binding> inputs, llvm::ArrayRef<Binding> outputs, int64_t frames,
                               llvm::StringRef recipe);

/// The name of a location, for the layers of reports.
std::string nameOf(mlir::Location loc);

class ProgramWriter {
public:
  /// A loop's number, in the order in which they were entered, times a factor.
  using Term = std::pair<size_t, int64_t>;

  ProgramWriter(mlir::OpBuilder &b, mlir::Location loc, const device::Profile &profile)
      : b(b), loc(loc), element(profile.doublePrecision ? mlir::Type(b.getF64Type()) : mlir::Type(b.getF32Type())) {}

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type element; // of scratch

  /// Loops that are entered while it lives are left with it.
  class Scope {
  public:
    explicit Scope(ProgramWriter &writer) : writer(writer), guard(writer.b), outer(writer.trips.size()) {}
    ~Scope() { writer.trips.resize(outer); }

  private:
    ProgramWriter &writer;
    mlir::OpBuilder::InsertionGuard guard;
    size_t outer;
  };

  /// Opens loops; the insertion point goes into the innermost one. Each gets a number even where it has one iteration
  /// and is no loop. Returns the first one's.
  size_t enter(llvm::ArrayRef<int64_t> counts);

  /// base + the sum of terms.
  mlir::AffineMap linear(int64_t base, llvm::ArrayRef<Term> terms) const;

  /// An axis of tiles whose groups are numbered by loop `group` and whose lanes by the next.
  optic::AxisAttr axis(const kernels::FrameAxis &axis, const kernels::FrameCoordinates &c, int64_t pitch,
                       size_t group) const;

  /// Complex scratch of that shape from a byte on, the imaginary parts behind the real ones; `planeBytes` each.
  std::pair<mlir::Value, mlir::Value> scratch(llvm::ArrayRef<int64_t> shape, int64_t at) const;
  int64_t planeBytes(int64_t elements) const;

private:
  llvm::SmallVector<int64_t> trips; // of the loops that are open, those of one iteration included
};

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMWRITER_H
