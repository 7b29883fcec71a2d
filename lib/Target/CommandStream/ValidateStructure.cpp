// Rules V101 to V113: an instruction taken for itself, loops, the end.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Validator.h"
#include <cmath>

namespace fourmix::focs {
namespace {
using llvm::StringRef;
using llvm::Twine;

/// Visits the operands of an instruction.
struct OperandCheck {
  const Code &code;
  size_t at, depth; // the loops around it
  Report &report;

  void fail(const char *rule, const Twine &message) { report.add(rule, code, at, message); }
  void flag(StringRef, bool) {}
  template <typename E>
  void byte(StringRef name, E value) {
    if (!isValue<E>(static_cast<uint8_t>(value)))
      fail("V101", "expected a known value of '" + name + "', found " + Twine(static_cast<unsigned>(value)));
  }
  void slot(StringRef name, Slot slot) {
    if (slot.rotate == 0)
      fail("V106", "expected slot '" + name + "' to rotate through at least 1, found 0");
  }
  void count(StringRef name, uint32_t value) {
    if (value == 0 && name != "debug" && name != "to" && name != "trip")
      fail("V111", "expected '" + name + "' of at least 1, found 0");
  }
  void integer(StringRef, int64_t) {}
  void real(StringRef name, double value) {
    if (!std::isfinite(value))
      fail("V107", "expected a finite number for '" + name + "', found " + Twine(std::to_string(value)));
  }
  void linear(StringRef name, const Linear &linear) {
    for (size_t i = depth; i < maxLoopDepth; ++i)
      if (linear.step[i] != 0)
        fail("V110", "expected '" + name + "' to have steps for the " + Twine(depth) +
                         " loops around the instruction, found one for loop " + Twine(i));
  }
  void plane(StringRef name, const Plane &plane) { linear(name, plane.offset); }
  template <typename F>
  void group(StringRef, F &&operands) {
    operands();
  }
  template <typename T, typename F>
  void optional(StringRef, const std::optional<T> &value, F &&operands) {
    if (value)
      operands(*value);
  }
};

/// V102, V103, V104, V105: fills code.loopOf and code.endOf.
void matchLoops(Code &code, Report &report) {
  size_t count = code.instructions.size();
  code.loopOf.assign(count, Code::none);
  code.endOf.assign(count, Code::none);
  std::vector<uint32_t> open;
  for (size_t i = 0; i < count; ++i) {
    const Body &body = code.instructions[i].body;
    if (std::holds_alternative<EndLoop>(body)) {
      if (open.empty()) {
        report.add("V103", code, i, "expected a loop that it ends, found none");
        continue;
      }
      code.endOf[open.back()] = i;
      open.pop_back();
    }
    code.loopOf[i] = open.empty() ? Code::none : open.back();
    if (const auto *loop = std::get_if<Loop>(&body)) {
      if (loop->trip == 0)
        report.add("V105", code, i, "expected at least 1 iteration, found 0");
      if (open.size() == maxLoopDepth)
        report.add("V104", code, i,
                   "expected at most " + Twine(maxLoopDepth) + " loops in each other, found another one");
      open.push_back(i);
    }
    if (std::holds_alternative<End>(body) && i + 1 != count)
      report.add("V102", code, i, "expected the end as the last instruction, found " + Twine(count - i - 1) + " more");
  }
  for (uint32_t loop : open)
    report.add("V103", code, loop, "expected an endloop, found the end of the code");
  if (count == 0 || !std::holds_alternative<End>(code.instructions.back().body))
    report.add("V102", code, count ? count - 1 : 0, "expected the end as the last instruction, found none");
}

/// V113.
void checkLength(const Code &code, Report &report) {
  Wide executed = 0;
  for (size_t i = 0; i < code.instructions.size(); ++i) {
    Wide times = 1;
    for (uint32_t trip : code.tripsOf(i))
      times = std::min<Wide>(times * trip, mostExecuted + 1);
    executed += times;
    if (executed > mostExecuted)
      return report.add("V113", code, i,
                        "expected a code that executes at most " + Twine(mostExecuted) + " instructions, found more");
  }
}

} // namespace

const Access *accessOf(const Instruction &instruction) {
  if (const auto *load = std::get_if<LoadField>(&instruction.body))
    return &load->from;
  if (const auto *load = std::get_if<LoadFilter>(&instruction.body))
    return &load->from;
  if (const auto *load = std::get_if<LoadAccumulator>(&instruction.body))
    return &load->from;
  if (const auto *store = std::get_if<Store>(&instruction.body))
    return &store->to;
  return nullptr;
}

bool checkStructure(Code &code, Report &report) {
  size_t before = report.found();
  matchLoops(code, report);
  if (report.found() != before)
    return false;
  checkLength(code, report);
  for (size_t i = 0; i < code.instructions.size(); ++i) {
    const Instruction &instruction = code.instructions[i];
    if (queueOf(instruction) == Queue::None && (instruction.wait || instruction.signal))
      report.add("V108", code, i, "expected no tokens of an instruction that belongs to no queue");
    if (const auto *mark = std::get_if<Mark>(&instruction.body))
      if (mark->debug >= code.program.debug.size())
        report.add("V109", code, i,
                   "expected an entry of the debug table of " + Twine(code.program.debug.size()) + ", found " +
                       Twine(mark->debug));
    OperandCheck check{code, i, code.loopsOf(i).size(), report};
    std::visit([&](const auto &body) { operands(check, body); }, instruction.body);
    if (const Access *access = accessOf(instruction); access && !access->re && !access->im)
      report.add("V112", code, i, "expected a real or an imaginary part, found none");
  }
  return report.found() == before;
}

} // namespace fourmix::focs
