// What the convolutions of mix mean, by the sums that define them, in double.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_CONVOLUTIONDEFINITIONS_H
#define TEST_UNIT_LIB_CONVERSION_CONVOLUTIONDEFINITIONS_H

#include "Definitions.h"

/// mix.projection with a circular kernel over `grid`; w is [heads, taps...] with `hasHeads`, else [taps...].
RealTensor circularProjection(const RealTensor &x, const RealTensor &w, bool hasHeads, const std::vector<int64_t> &grid,
                              const std::vector<int64_t> &origin, bool isConvolution);
/// mix.projection block_circulant; w is [heads?, rows, columns, block].
RealTensor blockProjection(const RealTensor &x, const RealTensor &w, bool hasHeads, bool isConvolution);
/// mix.projection dense; w is [heads?, d, k].
RealTensor denseProjection(const RealTensor &x, const RealTensor &w, bool hasHeads);

RealTensor circulantMixing(const RealTensor &x, const RealTensor &c, const std::vector<int64_t> &axes,
                           const std::vector<int64_t> &origin, bool isConvolution);
RealTensor toeplitzMixing(const RealTensor &x, const RealTensor &t, int64_t axis);
RealTensor gatedMixing(const RealTensor &x, const RealTensor &g, const RealTensor &c, int64_t axis);

/// The operands of mix.global_filter; `im` may be null, `resampled` and `sizes` empty, `channel` -1.
struct FilterOperands {
  const RealTensor *x, *re, *im = nullptr;
  std::vector<int64_t> axes, lengths, resampled = {}, sizes = {};
  int64_t channel = -1;
};
RealTensor globalFilter(const FilterOperands &operands);

#endif // TEST_UNIT_LIB_CONVERSION_CONVOLUTIONDEFINITIONS_H
