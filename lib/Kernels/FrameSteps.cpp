// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FrameSteps.h"
#include "lib/Kernels/Evaluate.h"
#include <algorithm>
#include <tuple>

namespace fourmix::kernels {

std::optional<std::vector<int64_t>> splitElectronic(int64_t rest, int64_t largest,
                                                    const std::vector<int64_t> &radices) {
  std::vector<int64_t> primes;
  for (int64_t p = 2; rest > 1; ++p)
    for (; rest % p == 0; rest /= p) {
      if (p > largest || std::find(radices.begin(), radices.end(), p) == radices.end())
        return std::nullopt;
      primes.push_back(p);
    }
  // The largest primes first, each to the smallest factor that it fits into: a stage more is a sweep over the memory.
  std::sort(primes.rbegin(), primes.rend());
  std::vector<int64_t> factors;
  for (int64_t p : primes) {
    auto fit = std::find_if(factors.begin(), factors.end(), [&](int64_t f) { return f * p <= largest; });
    if (fit == factors.end())
      factors.push_back(p);
    else
      *fit *= p;
    std::sort(factors.begin(), factors.end());
  }
  return factors;
}

std::optional<AxisStages> splitStages(int64_t cyclic, int64_t optical, int64_t aperture, int64_t largest,
                                      const std::vector<int64_t> &radices) {
  int64_t rest = cyclic;
  for (int64_t i = 0; i < optical; ++i) {
    if (rest % aperture)
      return std::nullopt;
    rest /= aperture;
  }
  std::optional<std::vector<int64_t>> electronic = splitElectronic(rest, largest, radices);
  if (!electronic)
    return std::nullopt;
  return AxisStages{optical, *electronic};
}

namespace {

/// Writes the steps of one axis; the table grows with their factors.
class AxisPlanner {
public:
  AxisPlanner(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic, int64_t aperture,
              int64_t largestTile, bool isMirrored, FactorTable &table)
      : transform(transform), stages(stages), cyclic(cyclic), aperture(aperture), largestTile(largestTile),
        isMirrored(isMirrored), table(table) {}

  std::vector<AxisStep> run() {
    int64_t length = transform.length, present = std::min(transform.input, length);
    if (cyclic == length) {
      addCyclic(present);
      FrameCoordinates &store = steps.back().axis.store;
      FrameCoordinates &further = steps.back().axis.further;
      further = {cyclic, -store.perGroup, -store.perLane, -store.step, cyclic}; // without 0, which is its own image
      // exp(+...) is exp(-...) at the negative index.
      if (transform.inverse) {
        further = store;
        reverse(store);
      } else {
        store.limit = further.limit = transform.output;
      }
      return std::move(steps);
    }
    // kn = (k^2 + n^2 - (k-n)^2) / 2: a convolution with a chirp, whose transform is the table's. L. I. Bluestein
    // (1970).
    int64_t chirpAt = table.append(cyclic, [&] { return chirps(); });
    int64_t spectrumAt = table.append(cyclic, [&] { return spectrumOf(chirps()); });
    int64_t first = steps.size();
    if (stages.electronic.empty())
      addCopy(present); // an electronic step for the factors, which the optics do not take
    addCyclic(present);
    FrameAxis &begin = steps[first].axis;
    begin.before = along(begin.load, chirpAt);
    FrameAxis &middle = steps.back().axis;
    middle.after = along(middle.store, spectrumAt);
    // The second transform is forward, too, so it gives index -k of the inverse: unless its input is reversed.
    reverse(middle.store);
    addCyclic(cyclic);
    FrameAxis &end = steps.back().axis;
    end.after = along(end.store, chirpAt);
    end.store.limit = transform.output;
    return std::move(steps);
  }

private:
  std::vector<Root> chirps() const {
    std::vector<Root> roots(cyclic, Root{0, 0});
    for (int64_t j = 0; j < transform.length; ++j) {
      roots[j] = chirp(j, transform.length);
      if (transform.inverse)
        roots[j].im = -roots[j].im;
    }
    return roots;
  }

  /// The transform of the conjugate chirp, cyclically continued to negative indices, over the cyclic length.
  std::vector<Root> spectrumOf(const std::vector<Root> &chirps) const {
    std::vector<double> re(cyclic), im(cyclic), outRe(cyclic), outIm(cyclic);
    for (int64_t j = 0; j < transform.length; ++j)
      for (int64_t at : {j, (cyclic - j) % cyclic}) {
        re[at] = chirps[j].re;
        im[at] = -chirps[j].im;
      }
    evaluateDft(planDft(cyclic), re.data(), im.data(), outRe.data(), outIm.data());
    std::vector<Root> roots;
    for (int64_t k = 0; k < cyclic; ++k)
      roots.push_back({outRe[k] / static_cast<double>(cyclic), outIm[k] / static_cast<double>(cyclic)});
    return roots;
  }

  /// Factors by coordinate: entry at + coordinate.
  static FrameFactors along(const FrameCoordinates &coordinates, int64_t at) {
    return {at + coordinates.base, coordinates.perGroup, coordinates.perLane, coordinates.step};
  }

  /// Coordinate c becomes -c modulo the limit, of which only `output` are kept: where that is less than all, the
  /// coordinates beyond it are dropped by the next reader.
  static void reverse(FrameCoordinates &c) {
    c = {c.limit - c.base, -c.perGroup, -c.perLane, -c.step, c.limit, /*wrap=*/true};
  }

  void addCopy(int64_t present) {
    FrameAxis axis;
    axis.count = std::min(present, largestTile);
    axis.groups = ceilDiv(present, axis.count);
    axis.load = axis.store = {0, axis.count, 0, 1, present, false};
    steps.push_back({/*optical=*/false, axis});
  }

  /// Stockham's stages, decimation in frequency: the electronic radices, then the optical ones.
  /// Source: P. N. Swarztrauber, FFT algorithms for vector computers, Parallel Computing 1 (1984).
  void addCyclic(int64_t present) {
    // Of a mirrored axis the first stage keeps `digits` of its `first` ones: the array is so much smaller until the
    // last stage, whose lanes are those digits and whose groups are those of the stages between.
    int64_t length = cyclic, stride = 1, first = 0, digits = 0;
    auto stage = [&](int64_t radix, bool optical) {
      int64_t groups = length / radix;
      FrameAxis axis;
      axis.groups = groups;
      axis.lanes = stride;
      axis.count = radix;
      axis.load = {0, stride, 1, stride * groups, stride == 1 ? present : stride * length, false};
      axis.store = {0, stride * radix, 1, stride, stride * length, false};
      axis.electronic = optical ? 0 : radix;
      if (groups > 1)
        axis.after = FrameFactors{twiddlesOf(length, radix), radix, 0, 1};
      if (isMirrored && !first) {
        first = radix;
        axis.stored = digits = radix / 2 + 1;
        axis.store = {0, digits, 1, 1, digits * groups, false};
        stride = digits;
      } else {
        if (isMirrored && groups == 1) {
          axis.groups = stride / digits;
          axis.lanes = digits;
          axis.load.perGroup = digits;
          axis.store = {0, first, 1, cyclic / radix, cyclic, false};
        }
        stride *= radix;
      }
      steps.push_back({optical, axis});
      length = groups;
    };
    std::vector<int64_t> electronic = stages.electronic;
    if (isMirrored) // of a large radix nearly half is left out
      std::reverse(electronic.begin(), electronic.end());
    for (int64_t radix : electronic)
      stage(radix, false);
    for (int64_t i = 0; i < stages.optical; ++i)
      stage(aperture, true);
  }

  /// Bluestein's two transforms have the same twiddles.
  int64_t twiddlesOf(int64_t length, int64_t radix) {
    for (auto [knownLength, knownRadix, at] : known)
      if (knownLength == length && knownRadix == radix)
        return at;
    int64_t at = table.append(length, [&] {
      std::vector<Root> twiddles;
      for (int64_t p = 0; p < length / radix; ++p)
        for (int64_t k = 0; k < radix; ++k)
          twiddles.push_back(rootOfUnity(p * k, length));
      return twiddles;
    });
    known.push_back({length, radix, at});
    return at;
  }

  const FrameTransform &transform;
  const AxisStages &stages;
  int64_t cyclic, aperture, largestTile;
  bool isMirrored;
  FactorTable &table;
  std::vector<AxisStep> steps;
  std::vector<std::tuple<int64_t, int64_t, int64_t>> known;
};

} // namespace

std::vector<AxisStep> planAxis(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic,
                               int64_t aperture, int64_t largestTile, bool isMirrored, FactorTable &table) {
  return AxisPlanner(transform, stages, cyclic, aperture, largestTile, isMirrored, table).run();
}

} // namespace fourmix::kernels
