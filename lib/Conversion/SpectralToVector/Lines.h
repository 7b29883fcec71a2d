// The lines of a tensor along one axis, cut into blocks of as many as a vector has lanes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOVECTOR_LINES_H
#define LIB_CONVERSION_SPECTRALTOVECTOR_LINES_H

#include "lib/Conversion/SpectralToVector/VectorEmitter.h"

namespace fourmix {

/// A tensor [outer, extent, inner] seen along `extent`. Where `inner` has room for a vector, a block is `lanes`
/// neighbouring lines, and a row of it one vector in the tensor itself (*adjacent*). Otherwise it is `lanes` lines
/// counted through (outer, inner), which must be gathered into rows. The last block overlaps the one before it where
/// the count does not divide: the same values are computed twice, and no lane is ever masked.
struct Lines {
  /// At most `maxLanes` lanes, a power of two.
  Lines(llvm::ArrayRef<int64_t> shape, int64_t axis, int64_t maxLanes);

  int64_t outer = 1, inner = 1;
  int64_t lanes = 1;
  bool adjacent = false;
  int64_t blocks = 1;
};

/// Where one block lies: of adjacent lines the index of the outer dimensions and the first inner one, of others the
/// number of the first line.
struct LineBlock {
  AffineIndex outer, first;
};
LineBlock locate(VectorEmitter &emitter, const Lines &lines, mlir::Value block);

/// The rows of a block of adjacent lines in a tensor with `extent` elements along the axis; absent for a null memref.
VectorEmitter::Plane rowsOf(const Lines &lines, const LineBlock &block, mlir::Value memref, int64_t extent);

/// Copies the first `count` elements of a block's lines, of `extent` elements each in `memref`, to the rows of
/// `plane`; and back.
void gather(VectorEmitter &emitter, const Lines &lines, const LineBlock &block, mlir::Value memref, int64_t extent,
            int64_t count, const VectorEmitter::Plane &plane);
void scatter(VectorEmitter &emitter, const Lines &lines, const LineBlock &block, mlir::Value memref, int64_t extent,
             const VectorEmitter::Plane &plane);

/// The transpose of a square of vectors, by shuffles that are one instruction each where 128-bit groups are.
std::vector<VectorEmitter::Value> transpose(VectorEmitter &emitter, std::vector<VectorEmitter::Value> rows);

} // namespace fourmix

#endif // LIB_CONVERSION_SPECTRALTOVECTOR_LINES_H
