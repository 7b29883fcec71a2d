// Which elements of memory an instruction can touch, over all iterations of its loops, and whether two can be the same.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_FOOTPRINT_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_FOOTPRINT_H

#include "lib/Target/CommandStream/Validator.h"
#include <optional>

namespace fourmix::focs {

/// The values of a linear function over its loops.
Interval valuesOf(const Linear &linear, llvm::ArrayRef<uint32_t> trips);

/// One plane of an access, or the elements of a table in memory.
struct Footprint {
  uint8_t region;
  int64_t elementBytes;
  Interval bytes;                 // from the start of the region
  const Access *access = nullptr; // none of a table
  const Plane *plane;
  /// Without wrap an address is base + sum stride * digit over loops, rows and columns; those that are not inside are
  /// left out.
  bool isAffine = true;
  Wide base = 0;
  llvm::SmallVector<Wide, maxLoopDepth> loopStrides; // by depth
  Wide rowStride = 0, colStride = 0;
  Wide rows = 1, cols = 1;
};
using Footprints = llvm::SmallVector<Footprint, 2>;

/// Of an instruction whose numbers are in bounds (checkMemory).
Footprints footprintsOf(const Code &code, size_t instruction);

/// When two instructions, one of which writes, can touch the same element: never, or of iterations that agree in the
/// first `within` of the loops around both, in those that agree in the first `common` (0: in any). Nothing is said of
/// iterations that differ in an outer loop: a sum may be begun anew in each.
struct Overlap {
  bool can = false;
  size_t within = 0, common = 0;
};
Overlap overlapOf(const Code &code, size_t a, size_t b);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_FOOTPRINT_H
