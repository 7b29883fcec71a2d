// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_START_H
#define FOURMIX_LIB_CALIBRATION_FIT_START_H

#include "Objective.h"

namespace fourmix::calibration {

/// The closed-form start of one head (parameters as HeadLayout has them): its queries in clusters by k-means, a
/// component for each. The mean query of a cluster gives the gate, `scale * query . key`; ten rounds of iterative
/// proportional scaling give the kernel, so that each distance gets as much weight in all as in the maps; the mixture
/// says which cluster a query is near to. Without queries, gates and mixture are constant.
std::vector<double> closedFormStart(const AttentionData &data, const Tokens &tokens, int64_t components, int64_t head);

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_START_H
