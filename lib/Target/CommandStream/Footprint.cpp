// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Footprint.h"
#include <algorithm>

namespace fourmix::focs {
namespace {

Wide magnitude(Wide value) { return value < 0 ? -value : value; }

Wide greatestCommonDivisor(Wide a, Wide b) {
  while (b != 0)
    std::swap(a %= b, b);
  return a;
}

/// A number of a mixed-radix system: weight * (0 .. reach / weight).
struct Digit {
  Wide weight; // of its steps
  Wide reach;  // the greatest, with weight
};

/// Whether different digits give different sums, also when a number from 0 to `below` is added.
bool tellsApart(llvm::SmallVectorImpl<Digit> &digits, Wide below = 0) {
  std::sort(digits.begin(), digits.end(), [](Digit a, Digit b) { return a.weight < b.weight; });
  for (Digit digit : digits) {
    if (digit.reach == 0)
      continue;
    if (digit.weight <= below)
      return false;
    below += digit.reach;
  }
  return true;
}

/// The same of sums modulo `modulus`: one digit after the other is told by the remainder modulo all that the others are
/// multiples of, as by the Chinese remainder theorem.
bool tellsApartAround(llvm::SmallVector<Digit, 2 * maxLoopDepth> digits, Wide modulus) {
  llvm::erase_if(digits, [](Digit digit) { return digit.reach == 0; });
  while (!digits.empty()) {
    auto *told = llvm::find_if(digits, [&](const Digit &digit) {
      Wide common = modulus;
      for (const Digit &other : digits)
        common = &other == &digit ? common : greatestCommonDivisor(common, other.weight);
      return digit.reach / digit.weight < common / greatestCommonDivisor(common, digit.weight);
    });
    if (told == digits.end())
      return false;
    digits.erase(told);
  }
  return true;
}

/// The coordinates that an axis can reach.
Interval coordinatesOf(const AxisAccess &axis, llvm::ArrayRef<uint32_t> trips) {
  return valuesOf(axis.start, trips) + Interval{0, axis.count - 1} * axis.step;
}
/// Those of them that are inside.
Interval insideOf(const AxisAccess &axis, llvm::ArrayRef<uint32_t> trips) {
  Interval all{0, axis.limit - 1};
  return axis.wrap ? all : coordinatesOf(axis, trips) & all;
}

void addPlane(const Access &access, const Plane &plane, llvm::ArrayRef<uint32_t> trips, Footprints &footprints) {
  Footprint &result = footprints.emplace_back();
  result.region = plane.region;
  result.elementBytes = byteSize(access.type);
  result.access = &access;
  result.plane = &plane;
  result.isAffine = !access.row.wrap && !access.col.wrap; // rows of joined ones wrap
  result.base = plane.offset.base;
  for (size_t i = 0; i < trips.size(); ++i)
    result.loopStrides.push_back(plane.offset.step[i]);
  Interval offset = valuesOf(plane.offset, trips);
  Interval row = insideOf(access.row, trips), col = insideOf(access.col, trips);
  if (access.joined)
    row = {0, 0}, col = {0, access.col.limit - 1}; // the sum of both
  if (row.isEmpty() || col.isEmpty()) {
    result.bytes = {0, -1};
    return;
  }
  // Each axis either by the coordinates that are inside, or by all of them as a part of one linear function, which sees
  // that the steps of one take back those of the other. Both contain what is touched.
  result.rows = access.row.count;
  result.cols = access.col.count;
  Interval elements = offset + row * access.row.pitch + col * access.col.pitch;
  for (int linearAxes = 1; linearAxes < 4 && !access.joined; ++linearAxes) {
    Wide base = result.base;
    llvm::SmallVector<Wide, maxLoopDepth> strides(result.loopStrides);
    Interval rest{0, 0};
    bool isPossible = true;
    for (auto [bit, axis, inside] : {std::tuple(1, &access.row, row), {2, &access.col, col}}) {
      if (!(linearAxes & bit)) {
        rest = rest + inside * axis->pitch;
        continue;
      }
      isPossible &= !axis->wrap;
      base += Wide(axis->start.base) * axis->pitch;
      for (size_t i = 0; i < trips.size(); ++i)
        strides[i] += Wide(axis->start.step[i]) * axis->pitch;
      rest = rest + Interval{0, axis->count - 1} * (Wide(axis->step) * axis->pitch);
    }
    if (!isPossible)
      continue;
    rest = rest + Interval{base, base};
    for (size_t i = 0; i < trips.size(); ++i)
      rest = rest + Interval{0, Wide(trips[i]) - 1} * strides[i];
    elements = elements & rest;
    if (linearAxes == 3) {
      result.base = base;
      result.loopStrides = strides;
      result.rowStride = Wide(access.row.step) * access.row.pitch;
      result.colStride = Wide(access.col.step) * access.col.pitch;
    }
  }
  result.bytes = {elements.low * result.elementBytes, elements.high * result.elementBytes + result.elementBytes - 1};
}

/// Such trips that only the loops from one on go around.
Code::Loops tripsFrom(size_t loop, llvm::ArrayRef<uint32_t> trips) {
  Code::Loops result(trips);
  std::fill(result.begin(), result.begin() + loop, 1);
  return result;
}

/// The digits of the coordinate along one axis: its elements and loops.
void addDigits(const AxisAccess &axis, llvm::ArrayRef<uint32_t> trips, llvm::SmallVectorImpl<Digit> &digits) {
  digits.push_back({magnitude(axis.step), magnitude(axis.step) * (Wide(axis.count) - 1)});
  for (size_t i = 0; i < trips.size(); ++i)
    digits.push_back({magnitude(axis.start.step[i]), magnitude(axis.start.step[i]) * (Wide(trips[i]) - 1)});
}

/// Whether the coordinate of one axis, or the sum of joined ones, tells loops and elements apart.
bool tellsApart(const Access &access, llvm::ArrayRef<uint32_t> trips) {
  for (const AxisAccess *axis : {&access.row, &access.col})
    if (axis->step == 0 && axis->count > 1)
      return false;
  llvm::SmallVector<Digit, 2 * maxLoopDepth> joined;
  for (const AxisAccess *axis : {&access.row, &access.col}) {
    llvm::SmallVector<Digit, 2 * maxLoopDepth> digits;
    addDigits(*axis, trips, access.joined ? joined : digits);
    Interval all = coordinatesOf(*axis, trips);
    if (access.joined || (axis->wrap && tellsApartAround(digits, axis->limit)))
      continue;
    if (!tellsApart(digits) || (axis->wrap && all.high - all.low >= axis->limit))
      return false;
  }
  return tellsApartAround(joined, access.row.limit);
}

/// From which loop on an access touches different elements in different iterations, where those before stand still: the
/// address tells row, column and the loops of the offset apart, and each of them tells its own loops apart.
std::optional<size_t> injectiveFrom(const Footprint &footprint, llvm::ArrayRef<uint32_t> trips) {
  const AxisAccess &row = footprint.access->row, &col = footprint.access->col;
  size_t first = 0;
  for (size_t i = 0; i < trips.size(); ++i) {
    int places = (row.start.step[i] != 0) + (col.start.step[i] != 0) + (footprint.plane->offset.step[i] != 0);
    if (trips[i] > 1 && places != 1)
      first = i + 1;
  }
  Code::Loops inner = tripsFrom(first, trips);
  if (!tellsApart(*footprint.access, inner))
    return std::nullopt;
  llvm::SmallVector<Digit, maxLoopDepth + 2> digits;
  for (const AxisAccess *axis : {&row, &col}) {
    Interval inside = insideOf(*axis, trips);
    if (footprint.access->joined)
      inside = axis == &row ? Interval{0, 0} : Interval{0, col.limit - 1};
    if (axis->pitch == 0 && inside.low != inside.high)
      return std::nullopt;
    digits.push_back({magnitude(axis->pitch), magnitude(axis->pitch) * (inside.high - inside.low)});
  }
  for (size_t i = first; i < trips.size(); ++i) {
    Wide weight = magnitude(footprint.plane->offset.step[i]);
    digits.push_back({weight, weight * (Wide(trips[i]) - 1)});
  }
  return tellsApart(digits) ? std::optional(first) : std::nullopt;
}

/// Whether two planes touch the same elements in the same iteration.
bool isSameTile(const Footprint &a, const Footprint &b) {
  const Access &x = *a.access, &y = *b.access;
  bool isTurned = x.row == y.col && x.col == y.row && !x.joined; // of joined ones the rows wrap alone
  return *a.plane == *b.plane && x.joined == y.joined && ((x.row == y.row && x.col == y.col) || isTurned);
}

/// Addresses as a base and multiples of steps, each 0 .. count-1 times; any number of times where count is 0.
struct Sum {
  struct Step {
    Wide size, count;
  };
  Wide base;
  llvm::SmallVector<Step, 16> steps;

  Sum(const Footprint &footprint, llvm::ArrayRef<uint32_t> trips) : base(footprint.plane->offset.base) {
    auto addLoops = [&](const Linear &linear, Wide pitch) {
      for (size_t i = 0; i < trips.size(); ++i)
        add(linear.step[i] * pitch, trips[i]);
    };
    addLoops(footprint.plane->offset, 1);
    if (!footprint.access) {
      add(footprint.colStride, footprint.cols);
      return;
    }
    for (const AxisAccess *axis : {&footprint.access->row, &footprint.access->col}) {
      base += Wide(axis->start.base) * axis->pitch;
      addLoops(axis->start, axis->pitch);
      add(Wide(axis->step) * axis->pitch, axis->count);
      if (axis->wrap)
        add(Wide(axis->limit) * axis->pitch, 0);
    }
  }
  void add(Wide size, Wide count) {
    if (size != 0 && count != 1)
      steps.push_back({size, count});
  }
  /// What is left of the addresses modulo `modulus`, which divides all steps of at least `large` and those that are
  /// taken any number of times; nothing where it is much.
  std::optional<std::set<Wide>> residues(Wide modulus, Wide large) const {
    auto around = [&](Wide x) { return (x % modulus + modulus) % modulus; };
    std::set<Wide> result{around(base)};
    for (auto [size, count] : steps) {
      if (count == 0 || magnitude(size) >= large)
        continue;
      if (count > Wide(mostResidues))
        return std::nullopt;
      std::set<Wide> more;
      for (Wide i = 0; i < count; ++i)
        for (Wide residue : result)
          more.insert(around(residue + i * size));
      if (more.size() > mostResidues)
        return std::nullopt;
      result = std::move(more);
    }
    return result;
  }
  static constexpr size_t mostResidues = 32;
};

/// Whether the two are kept apart by a common divisor of all strides, or of all but some short ones: the even and the
/// odd elements, say, or the first two and the last two of every six.
bool areInterleaved(const Footprint &a, const Footprint &b, llvm::ArrayRef<uint32_t> tripsA,
                    llvm::ArrayRef<uint32_t> tripsB) {
  Sum x(a, tripsA), y(b, tripsB);
  std::set<Wide> lengths;
  for (const Sum *sum : {&x, &y})
    for (auto [size, count] : sum->steps)
      lengths.insert(magnitude(size));
  for (Wide large : lengths) {
    Wide modulus = 0;
    for (const Sum *sum : {&x, &y})
      for (auto [size, count] : sum->steps)
        if (count == 0 || magnitude(size) >= large)
          modulus = greatestCommonDivisor(modulus, magnitude(size));
    if (modulus < 2)
      continue;
    auto atX = x.residues(modulus, large), atY = y.residues(modulus, large);
    if (atX && atY && llvm::none_of(*atX, [&](Wide residue) { return atY->count(residue); }))
      return true;
  }
  return false;
}

/// What a footprint touches in an iteration with the first `outer` loops at 0.
Interval withinOuter(const Footprint &footprint, llvm::ArrayRef<uint32_t> trips, size_t outer) {
  Interval result{footprint.base, footprint.base};
  for (size_t i = outer; i < trips.size(); ++i)
    result = result + Interval{0, Wide(trips[i]) - 1} * footprint.loopStrides[i];
  return result + Interval{0, footprint.rows - 1} * footprint.rowStride +
         Interval{0, footprint.cols - 1} * footprint.colStride;
}

Overlap overlapOf(const Footprint &a, const Footprint &b, const Code::Loops &loopsA, const Code::Loops &loopsB,
                  const Code::Loops &tripsA, const Code::Loops &tripsB) {
  if (a.region != b.region || !a.bytes.meets(b.bytes))
    return {};
  size_t common = std::mismatch(loopsA.begin(), loopsA.end(), loopsB.begin(), loopsB.end()).first - loopsA.begin();
  if (a.elementBytes != b.elementBytes)
    return {true};
  if (loopsA == loopsB && a.access && b.access && isSameTile(a, b))
    if (std::optional<size_t> within = injectiveFrom(a, tripsA); within && *within < common)
      return {true, *within, common};
  if (areInterleaved(a, b, tripsA, tripsB))
    return {};
  if (!a.isAffine || !b.isAffine)
    return {true};
  // Loops whose steps are longer than all that happens inside keep their iterations apart; those around them stand
  // still.
  for (size_t outer = common; outer > 0; --outer) {
    Interval x = withinOuter(a, tripsA, outer), y = withinOuter(b, tripsB, outer);
    if (!std::equal(a.loopStrides.begin(), a.loopStrides.begin() + outer, b.loopStrides.begin()))
      continue;
    size_t within = outer;
    llvm::SmallVector<Digit, maxLoopDepth> digits;
    for (; within > 0 && (a.loopStrides[within - 1] != 0 || tripsA[within - 1] == 1); --within) {
      Wide weight = magnitude(a.loopStrides[within - 1]);
      digits.push_back({weight, weight * (Wide(tripsA[within - 1]) - 1)});
    }
    if (within < outer && tellsApart(digits, std::max(x.high, y.high) - std::min(x.low, y.low)))
      return within > 0 || x.meets(y) ? Overlap{true, within, outer} : Overlap{};
  }
  return {true};
}

} // namespace

Interval valuesOf(const Linear &linear, llvm::ArrayRef<uint32_t> trips) {
  Interval result{linear.base, linear.base};
  for (size_t i = 0; i < trips.size(); ++i)
    result = result + Interval{0, Wide(trips[i]) - 1} * linear.step[i];
  return result;
}

Footprints footprintsOf(const Code &code, size_t instruction) {
  Code::Loops trips = code.tripsOf(instruction);
  Footprints footprints;
  if (const Access *access = accessOf(code.instructions[instruction])) {
    for (const std::optional<Plane> *plane : {&access->re, &access->im})
      if (*plane)
        addPlane(*access, **plane, trips, footprints);
  } else if (const auto *table = std::get_if<LoadTable>(&code.instructions[instruction].body)) {
    for (const Plane *plane : {&table->re, &table->im}) {
      Footprint &footprint = footprints.emplace_back();
      footprint.region = plane->region;
      footprint.elementBytes = byteSize(table->type);
      footprint.plane = plane;
      footprint.base = plane->offset.base;
      for (size_t i = 0; i < trips.size(); ++i)
        footprint.loopStrides.push_back(plane->offset.step[i]);
      footprint.cols = table->count;
      footprint.colStride = 1;
      Interval elements = withinOuter(footprint, trips, 0);
      footprint.bytes = {elements.low * footprint.elementBytes,
                         elements.high * footprint.elementBytes + footprint.elementBytes - 1};
    }
  }
  return footprints;
}

Overlap overlapOf(const Code &code, size_t a, size_t b) {
  Code::Loops loopsA = code.loopsOf(a), loopsB = code.loopsOf(b), tripsA = code.tripsOf(a), tripsB = code.tripsOf(b);
  Overlap result;
  for (const Footprint &x : footprintsOf(code, a))
    for (const Footprint &y : footprintsOf(code, b)) {
      Overlap overlap = overlapOf(x, y, loopsA, loopsB, tripsA, tripsB);
      if (overlap.can)
        result = {true, std::max(result.within, overlap.within),
                  result.can ? std::min(result.common, overlap.common) : overlap.common};
    }
  return result;
}

} // namespace fourmix::focs
