// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/DftPlan.h"
#include "lib/Kernels/Evaluate.h"
#include "lib/Kernels/RootsOfUnity.h"
#include <algorithm>

namespace fourmix::kernels {

int64_t DftPlan::foldRows() const {
  int64_t rows = 0;
  for (const Stage &stage : stages)
    if (stage.radix > maxWrittenRadix)
      rows = std::max(rows, stage.radix);
  return rows;
}

std::vector<int64_t> factorize(int64_t length, PlanOptions options) {
  std::vector<int64_t> odd, even;
  int64_t rest = length;
  int64_t twos = 0;
  for (; rest % 2 == 0; rest /= 2)
    ++twos;
  for (int64_t p = 3; p <= maxGenericRadix && rest > 1; p += 2)
    for (; rest % p == 0; rest /= p)
      odd.push_back(p);
  if (rest > 1)
    return {};
  // As few stages as the largest radix allows, then as even as possible: 2^5 with radix 8 is 8 * 4, not 8 * 2 * 2, and
  // 2^4 is 4 * 4, not 8 * 2.
  int64_t bits = options.radix >= 8 ? 3 : options.radix >= 4 ? 2 : 1;
  // A two that would be a stage of its own joins a three.
  if (bits > 1 && twos % bits == 1 && !odd.empty() && odd.front() == 3) {
    odd.front() = 6;
    --twos;
  }
  int64_t count = (twos + bits - 1) / bits;
  for (int64_t i = 0; i < count; ++i) {
    int64_t take = (twos + count - i - 1) / (count - i);
    even.push_back(int64_t(1) << take);
    twos -= take;
  }
  // Odd radices first: the last stage, which has no twiddles, is then the widest power of two.
  std::sort(even.begin(), even.end());
  odd.insert(odd.end(), even.begin(), even.end());
  return odd;
}

namespace {

void append(std::vector<double> &table, Root root) {
  table.push_back(root.re);
  table.push_back(root.im);
}

/// Fills `plan.stages` and their part of the table for `length` points with the given radices.
void addStages(DftPlan &plan, int64_t length, const std::vector<int64_t> &radices) {
  int64_t n = length;
  for (int64_t radix : radices) {
    Stage stage{radix, n, length / n, static_cast<int64_t>(plan.table.size()), 0};
    if (n > radix)
      for (int64_t p = 0; p < n / radix; ++p)
        for (int64_t k = 1; k < radix; ++k)
          append(plan.table, rootOfUnity(p * k, n));
    stage.roots = plan.table.size();
    if (radix > maxWrittenRadix)
      for (int64_t k = 1; k <= radix / 2; ++k)
        for (int64_t j = 1; j <= radix / 2; ++j) {
          Root root = rootOfUnity(j * k, radix);
          append(plan.table, {root.re, -root.im});
        }
    plan.stages.push_back(stage);
    n /= radix;
  }
}

/// The cheapest length of a convolution of at least `least` points: a product of small radices.
int64_t convolutionLength(int64_t least) {
  int64_t best = 1;
  while (best < least)
    best *= 2;
  for (int64_t odd : {3, 5, 9, 15, 25, 27})
    for (int64_t n = odd * 4; n < best; n *= 2)
      if (n >= least)
        best = n;
  return best;
}

void planBluestein(DftPlan &plan, PlanOptions options) {
  int64_t n = plan.length;
  int64_t m = plan.convolution = convolutionLength(2 * n - 1);
  DftPlan inner = planDft(m, options);
  // The spectrum of the conjugate chirp, wrapped around so that negative distances stand at the end.
  std::vector<long double> re(m), im(m), outRe(m), outIm(m);
  for (int64_t j = 0; j < n; ++j) {
    Root root = chirp(j, n);
    re[j] = re[(m - j) % m] = root.re;
    im[j] = im[(m - j) % m] = -root.im;
  }
  evaluateDft<long double>(inner, re.data(), im.data(), outRe.data(), outIm.data());
  plan.stages = std::move(inner.stages);
  plan.table = std::move(inner.table);
  plan.chirp = plan.table.size();
  for (int64_t j = 0; j < n; ++j)
    append(plan.table, chirp(j, n));
  plan.spectrum = plan.table.size();
  for (int64_t k = 0; k < m; ++k)
    append(plan.table, {static_cast<double>(outRe[k] / m), static_cast<double>(outIm[k] / m)});
}

} // namespace

DftPlan planDft(int64_t length, PlanOptions options) {
  DftPlan plan;
  plan.length = length;
  if (length == 1)
    return plan;
  std::vector<int64_t> radices = factorize(length, options);
  if (radices.empty())
    planBluestein(plan, options);
  else
    addStages(plan, length, radices);
  return plan;
}

RdftPlan planRdft(int64_t length, PlanOptions options) {
  RdftPlan plan;
  plan.length = length;
  plan.complex = planDft(length % 2 ? length : length / 2, options);
  plan.split = plan.complex.table.size();
  if (plan.isHalved())
    for (int64_t k = 0; k <= length / 4; ++k) {
      Root root = rootOfUnity(k, length);
      append(plan.complex.table, {root.im / 2, -root.re / 2});
    }
  return plan;
}

} // namespace fourmix::kernels
