// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FrameSteps.h"
#include "lib/Kernels/Evaluate.h"
#include <algorithm>
#include <numeric>
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

std::optional<AxisStages> splitStages(const FrameTransform &transform, const FrameChoice &choice, int axis,
                                      const FrameDevice &device, bool isMirrored) {
  AxisStages stages{choice.optical, device.aperture[axis], {}, choice.whole, false, device.aperture};
  if (choice.whole)
    stages.opticalRadix = device.aperture[0] * device.aperture[1];
  int64_t part = 1, rest = choice.cyclic;
  for (int64_t i = 0; i < choice.optical; ++i, rest /= stages.opticalRadix, part *= stages.opticalRadix)
    if (rest % stages.opticalRadix)
      return std::nullopt;
  std::optional<std::vector<int64_t>> electronic = splitElectronic(rest, device.tile[axis], device.radices);
  if (!electronic)
    return std::nullopt;
  stages.electronic = std::move(*electronic);
  // Indices then go around the whole length at both ends, so that it has to be there; a whole frame's access can also
  // be cut. Of several electronic stages the first one's digits alone have no mirror image.
  bool isThere = choice.cyclic == transform.length && transform.input >= transform.length &&
                 (choice.whole || transform.output == transform.length);
  stages.isCoprime =
      part > 1 && rest > 1 && std::gcd(part, rest) == 1 && isThere && !(isMirrored && stages.electronic.size() > 1);
  return stages;
}

namespace {

/// Writes the steps of one axis; the table grows with their factors.
class AxisPlanner {
public:
  AxisPlanner(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic, int64_t largestTile,
              bool isMirrored, FactorTable &table)
      : transform(transform), stages(stages), cyclic(cyclic), largestTile(largestTile), isMirrored(isMirrored),
        table(table) {}

  std::vector<AxisStep> run() {
    int64_t length = transform.length, present = std::min(transform.input, length);
    if (cyclic == length) {
      addCyclic(present);
      FrameCoordinates &store = steps.back().axis.store;
      FrameCoordinates &further = steps.back().axis.further; // without 0, which is its own image
      further = {cyclic, -store.perGroup, -store.perLane, -store.step, cyclic, store.wrap};
      // exp(+...) is exp(-...) at the negative index.
      if (transform.inverse) {
        further = store;
        reverse(store);
      } else {
        store.limit = further.limit = transform.output;
      }
      if (stages.whole)
        spread(steps.back());
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

  /// From the array in order to its transform in order; of the array the first `present` points are there.
  void addCyclic(int64_t present) {
    size_t first = steps.size();
    std::vector<int64_t> electronic = stages.electronic, optical(stages.optical, stages.opticalRadix);
    if (isMirrored) // of a large radix nearly half is left out
      std::reverse(electronic.begin(), electronic.end());
    if (stages.isCoprime) {
      addCoprime(electronic, optical);
    } else {
      int64_t stride = addStages(electronic, /*optical=*/false, cyclic, 1);
      stride = addStages(optical, /*optical=*/true, cyclic / product(electronic), stride);
      if (isMirrored) {
        int64_t kept = steps[first].axis.stored, radix = steps[first].axis.count;
        endWith(kept, {0, radix, 1, cyclic / steps.back().axis.count, cyclic, false});
      }
    }
    steps[first].axis.load.limit = present;
    if (isMirrored)
      steps.back().axis.digitsOf = steps[first].axis.count;
  }

  /// A length of two coprime parts, L = A B, with no factors between them: n = B n1 + A n2 modulo L goes in, and what
  /// comes out at k1, k2 is the k that leaves these remainders. I. J. Good, J. R. Statist. Soc. B 20 (1958);
  /// L. H. Thomas, Applications of Digital Computers (1963).
  void addCoprime(const std::vector<int64_t> &electronic, const std::vector<int64_t> &optical) {
    int64_t a = product(electronic), b = product(optical);
    size_t first = steps.size();
    // Over n1, with the n2 carried along in the lanes.
    addStages(electronic, /*optical=*/false, a, b);
    FrameCoordinates &load = steps[first].axis.load;
    load.perLane = a;
    load.wrap = true;
    // Over n2, with the k1 in the lanes: of a mirrored axis those that are kept.
    FrameAxis &between = steps.back().axis;
    int64_t kept = isMirrored ? between.stored : a;
    between.groups = b;
    between.lanes /= b;
    between.load.perGroup = between.load.perLane;
    between.load.perLane = b;
    between.store = {0, kept, 1, a / between.count, kept * b, false};
    addStages(optical, /*optical=*/true, b, kept);
    int64_t fromA = remainder(1, a, 0, b), fromB = remainder(0, a, 1, b);
    endWith(kept, {0, fromB, fromA, fromB * (b / steps.back().axis.count) % cyclic, cyclic, /*wrap=*/true});
  }

  /// Stockham's stages, decimation in frequency, of `length` points that lie `stride` apart; what lies between them is
  /// carried along. Returns the stride of the result's last digit. The first one of a mirrored axis keeps half of its
  /// digits: the array is so much smaller until the last stage.
  /// Source: P. N. Swarztrauber, FFT algorithms for vector computers, Parallel Computing 1 (1984).
  int64_t addStages(const std::vector<int64_t> &radices, bool optical, int64_t length, int64_t stride) {
    for (int64_t radix : radices) {
      int64_t groups = length / radix;
      FrameAxis axis;
      axis.groups = groups;
      axis.lanes = stride;
      axis.count = radix;
      axis.load = {0, stride, 1, stride * groups, stride * length, false};
      axis.store = {0, stride * radix, 1, stride, stride * length, false};
      axis.electronic = optical ? 0 : radix;
      if (groups > 1)
        axis.after = FrameFactors{twiddlesOf(length, radix), radix, 0, 1};
      if (isMirrored && steps.empty()) {
        axis.stored = radix / 2 + 1;
        axis.store = {0, axis.stored, 1, 1, axis.stored * groups, false};
        stride = axis.stored;
      } else {
        stride *= radix;
      }
      steps.push_back({optical, axis});
      length = groups;
    }
    return stride;
  }

  /// The last stage, whose lanes are digits of what went before: the first `kept` become the lanes, the others groups.
  void endWith(int64_t kept, const FrameCoordinates &store) {
    FrameAxis &end = steps.back().axis;
    end.groups = end.lanes / kept;
    end.lanes = kept;
    end.load.perGroup = kept;
    end.store = store;
  }

  /// A stage of all points of an aperture of coprime sides P x Q, as a frame's rows and columns: point t is (i, j) with
  /// t = Q i + P j modulo P Q in memory, and what comes out is at the remainders of its index.
  void spread(AxisStep &step) {
    auto [p, q] = stages.aperture;
    FrameAxis &rows = step.axis, columns;
    rows.count = p;
    columns.count = q;
    auto divide = [&](FrameCoordinates &row, FrameCoordinates &col, int64_t perRow, int64_t perCol) {
      col = {0, 0, 0, row.step * perCol % cyclic, row.limit, false};
      row = {row.base, row.perGroup, row.perLane, row.step * perRow % cyclic, cyclic, /*wrap=*/true};
    };
    divide(rows.load, columns.load, q, p);
    divide(rows.store, columns.store, remainder(1, p, 0, q), remainder(0, p, 1, q));
    step.columns = columns;
  }

  static int64_t product(const std::vector<int64_t> &factors) {
    return std::accumulate(factors.begin(), factors.end(), int64_t(1), std::multiplies<int64_t>());
  }
  /// The number below p q that is a modulo p and b modulo q.
  static int64_t remainder(int64_t a, int64_t p, int64_t b, int64_t q) {
    int64_t k = a;
    while (k % q != b)
      k += p;
    return k;
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
  int64_t cyclic, largestTile;
  bool isMirrored;
  FactorTable &table;
  std::vector<AxisStep> steps;
  std::vector<std::tuple<int64_t, int64_t, int64_t>> known;
};

} // namespace

std::vector<AxisStep> planAxis(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic,
                               int64_t largestTile, bool isMirrored, FactorTable &table) {
  return AxisPlanner(transform, stages, cyclic, largestTile, isMirrored, table).run();
}

} // namespace fourmix::kernels
