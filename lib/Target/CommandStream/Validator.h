// The parts of the validator. Each checks some families of rules; docs/command-stream.md lists the rules.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_VALIDATOR_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_VALIDATOR_H

#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <set>

namespace fourmix::focs {

/// Numbers that products of two 64-bit ones fit into.
__extension__ using Wide = __int128;

/// What the validator refuses for its size, so that check and simulation end.
constexpr int64_t mostElements = int64_t(1) << 40;   // any number of an address
constexpr int64_t mostReach = int64_t(1) << 58;      // any coordinate or offset, also where nothing is touched
constexpr uint64_t mostScratch = uint64_t(1) << 32;  // bytes, of all programs
constexpr uint64_t mostExecuted = uint64_t(1) << 40; // instructions of one run
constexpr uint64_t mostWork = 3'000'000;             // steps of the check of one code
constexpr uint64_t mostWorkWhenWrong = 20'000;       // of them, after the first finding: there may be others
constexpr uint64_t mostTotalWork = 10'000'000;       // and of all
constexpr uint32_t mostTokens = 65535;               // that a token may count

/// Least and greatest of some numbers; none if low > high.
struct Interval {
  Wide low = 0, high = -1;
  bool isEmpty() const { return low > high; }
  Interval operator+(Interval other) const { return {low + other.low, high + other.high}; }
  Interval operator*(Wide factor) const {
    return factor >= 0 ? Interval{low * factor, high * factor} : Interval{high * factor, low * factor};
  }
  Interval operator&(Interval other) const { return {std::max(low, other.low), std::min(high, other.high)}; }
  /// The least interval that has both.
  Interval operator|(Interval other) const {
    if (isEmpty() || other.isEmpty())
      return isEmpty() ? other : *this;
    return {std::min(low, other.low), std::max(high, other.high)};
  }
  bool meets(Interval other) const { return !(*this & other).isEmpty(); }
  bool contains(Interval other) const { return other.isEmpty() || (low <= other.low && other.high <= high); }
  bool operator==(const Interval &) const = default;
};

/// A set of numbers as intervals that neither meet nor touch, rising.
struct Intervals : llvm::SmallVector<Interval, 4> {
  void add(Interval interval);
  void remove(Interval interval);
  bool contains(Interval interval) const;
};

/// One code of a program, with the loops around its instructions.
struct Code {
  const CommandStream &stream;
  const Program &program;
  const device::Profile &profile;
  bool isPreload;
  llvm::ArrayRef<Instruction> instructions;
  /// By instruction: the innermost loop around it (of a Loop: around that), and of a Loop its EndLoop. Structure's.
  static constexpr uint32_t none = ~uint32_t(0);
  std::vector<uint32_t> loopOf, endOf;

  Code(const CommandStream &stream, const Program &program, const device::Profile &profile, bool isPreload)
      : stream(stream), program(program), profile(profile), isPreload(isPreload),
        instructions(isPreload ? program.preload : program.main) {}

  using Loops = llvm::SmallVector<uint32_t, maxLoopDepth>;
  /// The loops around an instruction, the outermost first, and how often they go round.
  Loops loopsOf(size_t instruction) const;
  Loops tripsOf(size_t instruction) const;
};

/// The tile in memory that an instruction reads or writes, if it does.
const Access *accessOf(const Instruction &instruction);

/// Collects violations, of each rule at each instruction the first one.
class Report {
public:
  /// `constants`: as many as one look at each of the stream's takes.
  explicit Report(size_t most, uint64_t constants) : most(most), constants(constants) {}

  void add(const char *rule, const Code &code, size_t instruction, const llvm::Twine &message);
  /// Of a program as a whole.
  void add(const char *rule, const Program &program, const llvm::Twine &message);
  /// How often something was wrong, also where that is not kept.
  size_t found() const { return count; }
  bool isFull() const { return violations.size() >= most; }
  /// Counts steps of the check. False if it has taken too many, which is V901.
  bool spend(uint64_t steps, const Code &code, size_t instruction);
  /// The same for looks at constants, of which the first ones cost nothing: the time for them is that of reading the
  /// file.
  bool spendOnConstants(uint64_t looks, const Code &code, size_t instruction) {
    uint64_t granted = std::min(looks, constants);
    constants -= granted;
    return spend(looks - granted, code, instruction);
  }
  bool isExhausted() const { return work > mostTotalWork; }
  std::vector<Violation> take() { return std::move(violations); }

private:
  size_t most, count = 0;
  uint64_t constants, work = 0;
  std::vector<Violation> violations;
  std::set<std::tuple<const Program *, bool, size_t, std::string>> seen;
};

/// V1: what stands in the instructions; fills the loops of `code`. The other checks want a code that passes.
bool checkStructure(Code &code, Report &report);
/// V2: slots, extents. V4: optics.
void checkResources(const Code &code, Report &report);
void checkOptics(const Code &code, Report &report);
/// V3: memory. The first of the bindings and the scratch, with the bytes of the programs before.
void checkBindings(const Program &program, uint64_t scratchBefore, Report &report);
void checkMemory(const Code &code, Report &report);
/// V7.
void checkPrediction(const Code &main, Report &report);

/// What a preload leaves on the device.
struct Inherited {
  std::set<uint32_t> filters;
  Intervals table;  // entries
  Interval scratch; // bytes, about
};
/// V5, V6: data flow and order. Adds what is defined at the end to `inherited`.
void checkOrder(const Code &code, Inherited &inherited, Report &report);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_VALIDATOR_H
