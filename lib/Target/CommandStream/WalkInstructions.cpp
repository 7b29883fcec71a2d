// What each instruction asks of the walk and leaves behind.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Walk.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/bit.h"

namespace fourmix::focs {
using llvm::Twine;

//===- Instructions -------------------------------------------------------===//

void Walk::operator()(const Fire &i) {
  const Tile &field = read(Fields, i.field);
  if (field.isMeanless && i.mode == FireMode::MFT)
    fail("V507", "expected a transform or a correlation of a field without its mean, which can be added again, found "
                 "that of a product");
  if (i.mode != FireMode::FT)
    read(Filters, i.filter);
  if (tileOf(Captures, i.capture).isUnread)
    fail("V502", "expected capture " + Twine(indexOf(i.capture)) + " to have been read back, found it overwritten");
  Tile &capture = write(Captures, i.capture);
  capture.isUnread = true;
  capture.isBiased = field.isBiased;
  capture.isMeanless = field.isMeanless;
  capture.isSum = i.mode != FireMode::MFT;
  capture.load = field.load;
  capture.digit = field.digit;
  Slot filter = i.mode == FireMode::FT ? Slot() : i.filter;
  capture.counted = llvm::hash_combine(i.mode, i.detect, i.reference, filter.first, filter.rotate);
}

Tile &Walk::readWhole(Slot slot) {
  Tile &tile = read(Accumulators, slot);
  if (tile.isDefined && !tile.isWhole())
    fail("V508", "expected all " + Twine(unsigned(tile.digit.count)) + " digits in accumulator " +
                     Twine(indexOf(slot)) + ", found " + Twine(tile.digit.index + 1));
  else if (tile.isDefined)
    checkCounted(tile);
  return tile;
}

/// V508: what a digit counts is in the unit of its field, and all the rest of it is the same for all digits: else the
/// sum is no number.
void Walk::checkCounted(const Tile &sum) {
  if (!sum.isCountedAlike())
    fail("V508", "expected digit " + Twine(unsigned(sum.digit.index)) +
                     " to be fired and read back with the coefficients of the one before it, found others");
}

/// V508: digits are added up in order, each measured as often as it takes, all of one number.
void Walk::addDigit(const ReadBack &i, const Tile &capture, Tile &sum) {
  auto said = [](Digit digit) {
    return ("digit " + Twine(unsigned(digit.index)) + " of " + Twine(unsigned(digit.count))).str();
  };
  Digit digit = capture.digit;
  bool isFirst = digit.index == 0 && (!i.accumulate || sum.isWhole()),
       isSame = i.accumulate && sum.load == capture.load;
  auto numberOf = [&](uint32_t load) { // whose digits they are; none of what another rule has refused
    std::optional<LoadField> number;
    if (const auto *field = std::get_if<LoadField>(&code.instructions[load].body)) {
      number = *field;
      number->field = {};
      number->digit.reset();
    }
    return number;
  };
  bool isNext = i.accumulate && digit.index > 0 &&
                sum.digit == Digit{uint8_t(digit.index - 1), digit.count, digit.bits} &&
                code.loopOf[sum.load] == code.loopOf[capture.load] && numberOf(sum.load) == numberOf(capture.load);
  if (!isFirst && !isSame && !isNext)
    fail("V508", "expected the digits of a number in order, the first one alone or onto whole numbers, found " +
                     said(digit) + (i.accumulate ? " after " + said(sum.digit) : " alone") +
                     (i.accumulate && sum.digit.index + 1 == digit.index ? " of another" : ""));
  uint64_t counted = llvm::hash_combine(capture.counted, llvm::bit_cast<uint64_t>(i.re), llvm::bit_cast<uint64_t>(i.im),
                                        i.reversedRows, i.reversedCols);
  if (digit.count == 1) {
    sum.counted = sum.expected = 0;
  } else if (isSame && !isFirst) {
    sum.counted += counted;
  } else {
    checkCounted(sum);
    sum.expected = isNext ? sum.counted : 0;
    sum.counted = counted;
  }
  sum.load = capture.load;
  sum.digit = digit;
}

void Walk::operator()(const ReadBack &i) {
  Tile &capture = read(Captures, i.capture);
  capture.isUnread = false;
  if (i.removeBias && capture.isDefined && !(capture.isBiased && capture.isSum))
    fail("V506", "expected a bias to remove, of a transform or a correlation of a biased field, found none");
  if (i.addMean != capture.isMeanless && capture.isDefined)
    fail("V507", Twine("expected ") +
                     (i.addMean ? "no mean to be added, since none" : "the mean to be added, since one") +
                     " was taken away, found " + (i.addMean ? "it" : "that it is not"));
  if (i.accumulate) {
    const Tile &sum = read(Accumulators, i.accumulator);
    if (sum.isDefined && (sum.rows != code.profile.rows || sum.cols != code.profile.cols))
      fail("V503", "expected to accumulate on a tile of the aperture's extents, found " + extents(sum));
  }
  Tile &result = write(Accumulators, i.accumulator);
  result.rows = code.profile.rows;
  result.cols = code.profile.cols;
  if (capture.isDefined)
    addDigit(i, capture, result);
}

void Walk::operator()(const Twiddle &i) {
  const Tile &tile = readWhole(i.accumulator);
  Code::Loops counts;
  for (uint64_t trip : trips)
    counts.push_back(trip);
  for (auto [factors, extent] : {std::pair(&i.row, tile.rows), {&i.col, tile.cols}}) {
    if (!*factors || !tile.isDefined)
      continue;
    Interval entries = valuesOf((*factors)->offset, counts) + Interval{0, Wide(extent) - 1} * (*factors)->step;
    if (entries.low < 0 || entries.high >= code.profile.tableEntries)
      fail("V205", "expected table entries below " + Twine(code.profile.tableEntries) + ", found others");
    else if (!state.table.contains(entries))
      fail(inherited.table.contains(entries) ? "V504" : "V501",
           "expected table entries " + Twine(int64_t(entries.low)) + " to " + Twine(int64_t(entries.high)) +
               (inherited.table.contains(entries)
                    ? " to be the preload's in every run, found that this code overwrites some"
                    : " to have been loaded, found some undefined"));
    for (uint32_t load : tables) {
      const auto &table = std::get<LoadTable>(code.instructions[load].body);
      if (entries.meets({table.to, Wide(table.to) + table.count - 1}) && !isKnown(load))
        fail("V605", "expected to read the table after instruction " + Twine(load) +
                         " has written it, found no token or barrier between them");
    }
    spend(tables.size());
    state.read[at] = state.read[at] | entries;
  }
  touch(twiddles);
  keepExtents(i.accumulator, tile);
}

void Walk::operator()(const LoadTable &i) {
  Interval entries{i.to, Wide(i.to) + i.count - 1};
  for (uint32_t twiddle : twiddles)
    if (entries.meets(state.read[twiddle]) && !isKnown(twiddle))
      fail("V606", "expected to write the table after instruction " + Twine(twiddle) +
                       " has read it, found no token or barrier between them");
  spend(twiddles.size() + state.table.size());
  state.table.add(entries);
  touch(tables);
  touchMemory();
}

//===- Memory -------------------------------------------------------------===//

void Walk::touch(std::vector<uint32_t> &list) {
  if (llvm::find(list, at) == list.end()) {
    list.push_back(at);
    firstIterations[at] = iterations[at];
  }
  spend(list.size() / 16);
  state.touched[at] = now;
}

Overlap Walk::overlap(size_t load, size_t store) {
  auto [found, isNew] = overlaps.try_emplace({load, store});
  if (isNew) {
    spend(10);
    found->second = overlapOf(code, load, store);
  }
  return found->second;
}

void Walk::touchMemory() {
  bool isStore = queue == static_cast<size_t>(Queue::Store);
  for (uint32_t other : isStore ? loads : stores) {
    Overlap may = isStore ? overlap(other, at) : overlap(at, other);
    // Iterations come in order: what agrees with the first agrees with all since then, what does not with the last with
    // none.
    auto agrees = [&](size_t loops, llvm::ArrayRef<uint64_t> with) {
      return std::equal(iteration.begin(), iteration.begin() + loops, with.begin());
    };
    bool isElsewhere = agrees(may.within, firstIterations[other]) && !agrees(may.common, iterations[other]);
    if (!may.can || isKnown(other) || isElsewhere)
      continue;
    fail(isStore ? "V606" : "V605", "expected to " + Twine(isStore ? "write" : "read") + " memory after instruction " +
                                        Twine(other) + " has " + (isStore ? "read" : "written") +
                                        " it, found no token or barrier between them");
  }
  spend(isStore ? loads.size() : stores.size());
  touch(isStore ? stores : loads);
  for (const Footprint &footprint : footprints[at]) {
    Interval &stored = state.stored[footprint.region];
    if (isStore)
      stored = stored | footprint.bytes;
    else if (footprint.region == constantRegion || footprint.bytes.isEmpty())
      continue;
    else if (footprint.region == scratchRegion || code.program.bindings[footprint.region - firstBinding].isOutput)
      if (!stored.meets(footprint.bytes))
        fail("V505", "expected memory that has been stored to, found region " + Twine(unsigned(footprint.region)) +
                         " undefined there");
  }
}

} // namespace fourmix::focs
