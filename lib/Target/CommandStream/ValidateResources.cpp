// Rules V201 to V208: slots and extents are those that the device has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Validator.h"

namespace fourmix::focs {
namespace {
using llvm::Twine;

/// Whether `length` is a product of numbers of `radices`; not if it is one of `others`.
bool isProduct(uint64_t length, const std::vector<int64_t> &radices, std::set<uint64_t> &others) {
  if (length == 1)
    return true;
  if (others.count(length))
    return false;
  for (int64_t radix : radices)
    if (radix > 1 && length % radix == 0 && isProduct(length / radix, radices, others))
      return true;
  others.insert(length);
  return false;
}

struct ResourceCheck {
  const Code &code;
  size_t at;
  Report &report;
  const device::Profile &profile = code.profile;

  void slot(const char *rule, const char *memory, Slot slot, int64_t count) const {
    if (int64_t(slot.first) + slot.rotate > count)
      report.add(rule, code, at,
                 Twine("expected ") + memory + " slots below " + Twine(count) + ", found " + Twine(slot.first) +
                     (slot.rotate > 1 ? " to " + Twine(slot.first + slot.rotate - 1) : Twine()));
  }
  void field(Slot s) const { slot("V201", "field", s, profile.fieldTiles); }
  void filter(Slot s) const { slot("V202", "filter", s, profile.hasFilter() ? profile.filterSlots : 0); }
  void capture(Slot s) const { slot("V203", "capture", s, profile.captureTiles); }
  void accumulator(Slot s) const { slot("V204", "accumulator", s, profile.accumulatorTiles); }
  void extents(const char *rule, const char *of, const Access &access, int64_t rows, int64_t cols) const {
    if (access.row.count > rows || access.col.count > cols)
      report.add(rule, code, at,
                 Twine("expected at most the ") + Twine(rows) + " x " + Twine(cols) + " elements of " + of +
                     ", found " + Twine(access.row.count) + " x " + Twine(access.col.count));
  }
  void aperture(const Access &access) const { extents("V206", "the aperture", access, profile.rows, profile.cols); }
  void accumulatorTile(const Access &access) const {
    extents("V207", "an accumulator", access, profile.accumulatorRows, profile.accumulatorCols);
  }

  void operator()(const LoadField &i) const { field(i.field), aperture(i.from); }
  void operator()(const LoadFilter &i) const { filter(i.filter), aperture(i.from); }
  void operator()(const LoadTable &i) const {
    if (int64_t(i.to) + i.count > profile.tableEntries)
      report.add("V205", code, at,
                 "expected table entries below " + Twine(profile.tableEntries) + ", found " + Twine(i.to) + " to " +
                     Twine(int64_t(i.to) + i.count - 1));
  }
  void operator()(const LoadAccumulator &i) const { accumulator(i.accumulator), accumulatorTile(i.from); }
  void operator()(const Fire &i) const {
    field(i.field), capture(i.capture);
    if (i.mode != FireMode::FT)
      filter(i.filter);
  }
  void operator()(const ReadBack &i) const {
    capture(i.capture), accumulator(i.accumulator);
    if (profile.rows > profile.accumulatorRows || profile.cols > profile.accumulatorCols)
      report.add("V207", code, at,
                 "expected accumulators of at least the aperture's " + Twine(profile.rows) + " x " +
                     Twine(profile.cols) + " elements, found " + Twine(profile.accumulatorRows) + " x " +
                     Twine(profile.accumulatorCols));
  }
  void operator()(const Twiddle &i) const { accumulator(i.accumulator); }
  void operator()(const ElectronicDft &i) const {
    accumulator(i.accumulator);
    std::set<uint64_t> others;
    if (!isProduct(i.length, profile.radices, others))
      report.add("V208", code, at,
                 "expected a length that is a product of the device's radices, found " + Twine(i.length));
  }
  void operator()(const Elementwise &i) const { accumulator(i.to), accumulator(i.a), accumulator(i.b); }
  void operator()(const Store &i) const { accumulator(i.accumulator), accumulatorTile(i.to); }
  template <typename Control>
  void operator()(const Control &) const {}
};

} // namespace

void checkResources(const Code &code, Report &report) {
  for (size_t i = 0; i < code.instructions.size(); ++i)
    std::visit(ResourceCheck{code, i, report}, code.instructions[i].body);
}

} // namespace fourmix::focs
