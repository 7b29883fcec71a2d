// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Validator.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>

namespace fourmix::focs {

Code::Loops Code::loopsOf(size_t instruction) const {
  Loops loops;
  for (uint32_t loop = loopOf[instruction]; loop != none; loop = loopOf[loop])
    loops.push_back(loop);
  std::reverse(loops.begin(), loops.end());
  return loops;
}

Code::Loops Code::tripsOf(size_t instruction) const {
  Loops trips = loopsOf(instruction);
  for (uint32_t &loop : trips)
    loop = std::get<Loop>(instructions[loop].body).trip;
  return trips;
}

void Intervals::add(Interval interval) {
  if (interval.isEmpty())
    return;
  Intervals result;
  for (Interval old : *this)
    if (old.high + 1 < interval.low || interval.high + 1 < old.low)
      result.push_back(old);
    else
      interval = interval | old;
  result.push_back(interval);
  std::sort(result.begin(), result.end(), [](Interval a, Interval b) { return a.low < b.low; });
  *this = std::move(result);
}

void Intervals::remove(Interval interval) {
  Intervals result;
  for (Interval old : *this)
    for (Interval rest : {old & Interval{old.low, interval.low - 1}, old & Interval{interval.high + 1, old.high}})
      if (!rest.isEmpty())
        result.push_back(rest);
  *this = std::move(result);
}

bool Intervals::contains(Interval interval) const {
  return interval.isEmpty() || std::any_of(begin(), end(), [&](Interval i) { return i.contains(interval); });
}

void Report::add(const char *rule, const Code &code, size_t instruction, const llvm::Twine &message) {
  ++count;
  if (isFull() || !seen.insert({&code.program, code.isPreload, instruction, rule}).second)
    return;
  Violation &violation = violations.emplace_back();
  violation.rule = rule;
  violation.program = code.program.name;
  violation.inPreload = code.isPreload;
  violation.instruction = instruction;
  for (size_t i = 0; i < std::min(instruction, code.instructions.size()); ++i) {
    violation.wordOffset += countWords(code.instructions[i]);
    if (const auto *mark = std::get_if<Mark>(&code.instructions[i].body))
      violation.location = mark->debug < code.program.debug.size() ? code.program.debug[mark->debug] : "";
  }
  if (instruction < code.instructions.size())
    violation.message = std::string(opcodes[code.instructions[instruction].body.index()].mnemonic) + ": ";
  violation.message += message.str();
}

void Report::add(const char *rule, const Program &program, const llvm::Twine &message) {
  ++count;
  if (isFull())
    return;
  Violation &violation = violations.emplace_back();
  violation.rule = rule;
  violation.program = program.name;
  violation.ofProgram = true;
  violation.message = message.str();
}

bool Report::spend(uint64_t steps, const Code &code, size_t instruction) {
  work += steps;
  if (work > mostTotalWork)
    add("V901", code, instruction,
        "expected a stream that can be checked in " + llvm::Twine(mostTotalWork) + " steps, found a longer one");
  return work <= mostTotalWork;
}

std::string Violation::text() const {
  std::string where = llvm::formatv("{0}: program '{1}'", rule, program);
  if (!ofProgram)
    where += llvm::formatv(", {0}, instruction {1}, word {2}", inPreload ? "preload" : "main", instruction, wordOffset);
  if (!location.empty())
    where += llvm::formatv(", in {0}", location);
  return where + ": " + message;
}

void checkPrediction(const Code &main, Report &report) {
  const Prediction &prediction = main.program.prediction;
  if (prediction == Prediction())
    return;
  Wide frames = 0; // checkStructure has bounded the products
  for (size_t i = 0; i < main.instructions.size(); ++i)
    if (const auto *fire = std::get_if<Fire>(&main.instructions[i].body)) {
      Wide executed = fire->repeat;
      for (uint32_t trip : main.tripsOf(i))
        executed *= trip;
      frames += executed;
    }
  if (frames != prediction.frames)
    report.add("V701", main.program,
               llvm::formatv("expected a prediction of {0} frames, which the main code fires, found {1}",
                             static_cast<uint64_t>(frames), prediction.frames)
                   .str());
  for (auto [value, what] : {std::pair(prediction.seconds, "seconds"), {prediction.joules, "joules"}})
    if (!std::isfinite(value) || value < 0)
      report.add("V702", main.program,
                 llvm::formatv("expected a prediction of zero or more {0}, found {1}", what, value).str());
}

std::vector<Violation> validate(const CommandStream &stream, const device::Profile &profile, size_t most) {
  Report report(most, stream.constants.size() / byteSize(ElementType::F32));
  uint64_t scratch = 0; // a sum that goes round has been refused before
  for (const Program &program : stream.programs) {
    if (report.isFull() || report.isExhausted())
      break;
    size_t before = report.found();
    checkBindings(program, scratch, report);
    scratch += program.scratchBytes;
    Code preload(stream, program, profile, /*isPreload=*/true), main(stream, program, profile, /*isPreload=*/false);
    Inherited inherited;
    for (Code *code : {&preload, &main}) {
      if (!checkStructure(*code, report))
        continue;
      checkResources(*code, report);
      checkMemory(*code, report);
      checkOptics(*code, report);
      if (!code->isPreload)
        checkPrediction(*code, report);
    }
    // Data flow and order are asked of codes that are right instruction by instruction.
    if (report.found() != before)
      continue;
    checkOrder(preload, inherited, report);
    if (report.found() == before)
      checkOrder(main, inherited, report);
  }
  return report.take();
}

} // namespace fourmix::focs
