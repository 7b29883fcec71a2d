// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomStream.h"
#include "lib/Target/CommandStream/Operands.h"
#include <random>

namespace fourmix::focs {
namespace {

/// Visits operands and draws them.
struct Randomizer {
  std::mt19937_64 random;

  uint64_t below(uint64_t end) { return random() % end; }
  bool coin() { return below(2); }
  int64_t anyInteger() {
    int64_t values[] = {
        0, 1, -1, INT64_MIN, INT64_MAX, static_cast<int64_t>(below(1000)), static_cast<int64_t>(random())};
    return values[below(std::size(values))];
  }
  double anyReal() {
    double values[] = {0., -0., 1, -1, 0.1, 1e-310, 1e300, static_cast<double>(below(1000)) / 7, HUGE_VAL};
    return values[below(std::size(values))];
  }
  std::string anyString() {
    std::string text(below(12), ' ');
    for (char &c : text)
      c = below(4) ? static_cast<char>('a' + below(26)) : static_cast<char>(random());
    return text;
  }

  void flag(llvm::StringRef, bool &value) { value = coin(); }
  template <typename E>
  void byte(llvm::StringRef, E &value) {
    do {
      value = static_cast<E>(below(namesOf(E{}).empty() ? 256 : namesOf(E{}).size()));
    } while (!isValue<E>(static_cast<uint8_t>(value)));
  }
  void slot(llvm::StringRef, Slot &slot) { slot = {static_cast<uint16_t>(random()), static_cast<uint16_t>(below(4))}; }
  template <typename T>
  void count(llvm::StringRef, T &value) {
    value = static_cast<T>(coin() ? random() : below(9));
  }
  void integer(llvm::StringRef, int64_t &value) { value = anyInteger(); }
  void real(llvm::StringRef, double &value) { value = anyReal(); }
  void linear(llvm::StringRef, Linear &linear) {
    linear.base = anyInteger();
    for (int64_t &step : linear.step)
      step = coin() ? 0 : anyInteger();
  }
  void plane(llvm::StringRef, Plane &plane) {
    linear({}, plane.offset);
    plane.region = static_cast<uint8_t>(random());
  }
  template <typename F>
  void group(llvm::StringRef, F &&operands) {
    operands();
  }
  template <typename T, typename F>
  void optional(llvm::StringRef, std::optional<T> &value, F &&operands) {
    if (coin())
      operands(value.emplace());
  }

  std::vector<Instruction> anyCode() {
    std::vector<Instruction> code(below(30));
    for (Instruction &instruction : code) {
      if (coin())
        instruction.wait = static_cast<uint32_t>(random());
      if (coin())
        instruction.signal = static_cast<uint32_t>(random());
      instruction.body = makeBody(below(numBodies));
      std::visit([&](auto &body) { operands(*this, body); }, instruction.body);
    }
    return code;
  }
};

} // namespace

CommandStream arbitraryStream(unsigned seed) {
  Randomizer draw{std::mt19937_64(seed)};
  CommandStream stream;
  stream.profile = "name = \"any\"\n";
  for (uint64_t lines = draw.below(4); lines > 0; --lines)
    stream.profile += draw.anyString() + (draw.coin() ? "\n" : "");
  stream.constants.resize(draw.below(100));
  for (uint8_t &byte : stream.constants)
    byte = static_cast<uint8_t>(draw.random());
  stream.programs.resize(draw.below(4));
  for (Program &program : stream.programs) {
    program.name = draw.anyString();
    program.bindings.resize(draw.below(4));
    for (Binding &binding : program.bindings) {
      binding = {draw.anyString(), draw.coin() ? ElementType::F32 : ElementType::F64, draw.coin(), {}};
      binding.shape.resize(draw.below(4));
      for (int64_t &extent : binding.shape)
        extent = draw.anyInteger();
    }
    program.scratchBytes = draw.random() >> draw.below(64);
    for (uint16_t &count : program.tokens)
      count = static_cast<uint16_t>(draw.below(3) ? 0 : draw.random());
    program.preload = draw.anyCode();
    program.main = draw.anyCode();
    program.debug.resize(draw.below(4));
    for (std::string &name : program.debug)
      name = draw.anyString();
    program.prediction = {draw.random(), draw.anyReal(), draw.anyReal()};
  }
  stream.metadata.resize(draw.below(3));
  for (auto &[key, value] : stream.metadata)
    key = draw.anyString(), value = draw.anyString();
  return stream;
}

} // namespace fourmix::focs
