// Rules V301 to V310: memory is touched where there is some, and written where it may be.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Footprint.h"
#include "lib/Target/CommandStream/Operands.h"

namespace fourmix::focs {
namespace {
using llvm::StringRef;
using llvm::Twine;

/// V301, V302: numbers that later sums and products of them do not overflow.
struct NumberCheck {
  const Code &code;
  size_t at;
  Report &report;
  Code::Loops trips = code.tripsOf(at);

  void bound(StringRef name, Wide value, Wide most) {
    if (value > most || value < -most)
      report.add("V301", code, at,
                 "expected '" + name + "' to stay below 2^" + Twine(most == mostElements ? 40 : 58) +
                     " in magnitude, found more");
  }
  void linear(StringRef name, const Linear &linear, int64_t step = 0, uint32_t count = 1) {
    bound(name, linear.base, mostElements);
    for (int64_t s : linear.step)
      bound(name, s, mostElements);
    Interval values = valuesOf(linear, trips) + Interval{0, Wide(count) - 1} * step;
    bound(name, values.low, mostReach);
    bound(name, values.high, mostReach);
  }
  void axis(StringRef name, const AxisAccess &axis) {
    bound(name, axis.step, mostElements);
    bound(name, axis.pitch, mostElements);
    bound(name, axis.limit, mostElements);
    linear(name, axis.start, axis.step, axis.count);
    // Addresses of an axis are computed, also where the other one has nothing inside.
    Interval inside{0, Wide(axis.limit) - 1};
    if (!axis.wrap)
      inside = inside & (valuesOf(axis.start, trips) + Interval{0, Wide(axis.count) - 1} * axis.step);
    if (!inside.isEmpty())
      bound(name, inside.high * axis.pitch, mostReach);
    if (axis.limit < 1)
      report.add("V302", code, at, "expected a limit of at least 1 along '" + name + "', found " + Twine(axis.limit));
  }
  void join(const AxisAccess &row, const AxisAccess &col) {
    if (!row.wrap || col.wrap || row.pitch != col.pitch || col.limit > row.limit)
      report.add(
          "V310", code, at,
          "expected joined axes of one pitch, rows that wrap, and columns that do not, of a limit of at most the "
          "rows' " +
              Twine(row.limit) + ", found others");
  }
  void factors(StringRef name, const std::optional<Factors> &factors) {
    if (!factors)
      return;
    bound(name, factors->step, mostElements);
    linear(name, factors->offset);
  }
  void check(const Instruction &instruction) {
    if (const Access *access = accessOf(instruction)) {
      axis("row", access->row);
      axis("col", access->col);
      if (access->joined)
        join(access->row, access->col);
      for (const std::optional<Plane> *plane : {&access->re, &access->im})
        if (*plane)
          linear("offset", (*plane)->offset);
    } else if (const auto *table = std::get_if<LoadTable>(&instruction.body)) {
      for (const Plane *plane : {&table->re, &table->im})
        linear("offset", plane->offset, 1, table->count);
    } else if (const auto *twiddle = std::get_if<Twiddle>(&instruction.body)) {
      factors("row", twiddle->row);
      factors("col", twiddle->col);
    }
  }
};

/// The bytes of a binding; none if there are too many or its shape is none.
std::optional<uint64_t> bytesOf(const Binding &binding) {
  Wide elements = 1;
  for (int64_t extent : binding.shape) {
    if (extent < 1 || extent > mostElements || (elements *= extent) > mostElements)
      return std::nullopt;
  }
  return static_cast<uint64_t>(elements) * byteSize(binding.type);
}

struct MemoryCheck {
  const Code &code;
  size_t at;
  Report &report;

  void fail(const char *rule, const Twine &message) { report.add(rule, code, at, message); }

  void check(const Footprint &footprint, bool isWrite, ElementType type) {
    uint64_t bytes = 0;
    std::string name;
    if (footprint.region == constantRegion) {
      name = "the constants";
      bytes = code.stream.constants.size();
      if (isWrite)
        fail("V305", "expected a region that may be written, found the constants");
    } else if (footprint.region == scratchRegion) {
      name = "the scratch";
      bytes = code.program.scratchBytes;
    } else {
      size_t number = footprint.region - firstBinding;
      if (number >= code.program.bindings.size())
        return fail("V303", "expected a region below " + Twine(firstBinding + code.program.bindings.size()) +
                                ", found " + Twine(unsigned(footprint.region)));
      if (code.isPreload)
        return fail("V308", "expected no binding in a preload, which runs before there is one, found region " +
                                Twine(unsigned(footprint.region)));
      const Binding &binding = code.program.bindings[number];
      name = "'" + binding.name + "'";
      bytes = bytesOf(binding).value_or(0);
      if (isWrite && !binding.isOutput)
        fail("V306", "expected an output to write to, found the input " + name);
      if (binding.type != type)
        fail("V307", "expected the element type of " + name + ", found another one");
    }
    const Interval &touched = footprint.bytes;
    if (!touched.isEmpty() && (touched.low < 0 || touched.high >= Wide(bytes)))
      fail("V304", "expected bytes 0 to " + Twine(bytes) + " of " + name + ", found " + text(touched.low) + " to " +
                       text(touched.high + 1));
  }
  /// Decimal, as far as a long reaches.
  static std::string text(Wide value) {
    return std::to_string(static_cast<long long>(std::clamp<Wide>(value, INT64_MIN, INT64_MAX)));
  }
};

} // namespace

void checkBindings(const Program &program, uint64_t scratchBefore, Report &report) {
  if (program.bindings.size() > 256 - firstBinding)
    report.add("V309", program,
               "expected at most " + Twine(256 - firstBinding) + " bindings, found " + Twine(program.bindings.size()));
  for (const Binding &binding : program.bindings) {
    if (!isValue<ElementType>(static_cast<uint8_t>(binding.type)))
      report.add("V101", program,
                 "expected a known element type of '" + binding.name + "', found " +
                     Twine(static_cast<unsigned>(binding.type)));
    else if (!bytesOf(binding))
      report.add("V309", program,
                 "expected extents of '" + binding.name +
                     "' of at least 1 and at most 2^40 elements in all, found others");
  }
  if (program.scratchBytes > mostScratch || scratchBefore > mostScratch - program.scratchBytes)
    report.add("V309", program,
               "expected scratches of at most " + Twine(mostScratch) + " bytes in all, found " +
                   Twine(program.scratchBytes) + " after " + Twine(scratchBefore));
}

void checkMemory(const Code &code, Report &report) {
  for (size_t i = 0; i < code.instructions.size(); ++i) {
    size_t before = report.found();
    NumberCheck{code, i, report}.check(code.instructions[i]);
    if (report.found() != before)
      continue;
    const Access *access = accessOf(code.instructions[i]);
    const auto *table = std::get_if<LoadTable>(&code.instructions[i].body);
    for (const Footprint &footprint : footprintsOf(code, i))
      MemoryCheck{code, i, report}.check(footprint, std::holds_alternative<Store>(code.instructions[i].body),
                                         access ? access->type : table->type);
  }
}

} // namespace fourmix::focs
