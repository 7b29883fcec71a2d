// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/fuzz/FuzzStream.h"
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "test/unit/lib/Target/CommandStream/RaceOracle.h"
#include "test/unit/lib/Target/CommandStream/ValidProgram.h"
#include <cmath>
#include <cstring>

namespace fourmix::focs {
namespace {

/// More memory than this is not filled for a test, and captures are not averaged more often.
constexpr uint64_t mostBytes = 1 << 20;
constexpr uint32_t mostRepeats = 64;

bool isSmall(const CommandStream &stream) {
  uint64_t bytes = 0;
  for (const Program &program : stream.programs) {
    for (const std::vector<Instruction> *code : {&program.preload, &program.main})
      for (const Instruction &instruction : *code)
        if (const auto *fire = std::get_if<Fire>(&instruction.body); fire && fire->repeat > mostRepeats)
          return false;
    bytes += program.scratchBytes;
    for (const Binding &binding : program.bindings) {
      uint64_t size = byteSize(binding.type);
      for (int64_t extent : binding.shape) // positive, 2^40 at most in all: the stream is valid
        size *= extent;
      bytes += size;
    }
  }
  return bytes <= mostBytes;
}

/// Whether numbers are equal: of zeros the sign, of what is none anything may differ.
template <typename T>
bool isSame(const std::vector<uint8_t> &a, const std::vector<uint8_t> &b) {
  for (size_t at = 0; at < a.size(); at += sizeof(T)) {
    T x, y;
    std::memcpy(&x, a.data() + at, sizeof(T)), std::memcpy(&y, b.data() + at, sizeof(T));
    if (!(x == y || (!std::isfinite(x) && !std::isfinite(y))))
      return false;
  }
  return true;
}
bool isSame(const CommandStream &stream, const std::vector<std::vector<uint8_t>> &a,
            const std::vector<std::vector<uint8_t>> &b) {
  size_t i = 0;
  for (const Program &program : stream.programs)
    for (const Binding &binding : program.bindings) {
      if (!(binding.type == ElementType::F32 ? isSame<float>(a[i], b[i]) : isSame<double>(a[i], b[i])))
        return false;
      ++i;
    }
  return true;
}

/// What a run leaves in the tensors of all bindings, and what it used.
struct Outcome {
  std::vector<std::vector<uint8_t>> tensors;
  simulator::Usage usage;
};

/// Loads the stream and runs its programs. The error; none of a run that was stopped, which `isStopped` says.
std::string run(const CommandStream &stream, const device::Profile &profile, simulator::SimulatorOptions options,
                Outcome &outcome, bool &isStopped) {
  std::vector<std::vector<uint8_t>> &tensors = outcome.tensors;
  options.instructionLimit = 2000;
  auto error = [&](llvm::Error e) {
    std::string text = llvm::toString(std::move(e));
    isStopped |= text.find("stopped after") != std::string::npos;
    return isStopped ? "" : text;
  };
  auto device = simulator::Device::load(stream, options, &profile);
  if (!device)
    return error(device.takeError());
  for (size_t number = 0; number < stream.programs.size(); ++number) {
    std::vector<simulator::Buffer> buffers;
    size_t first = tensors.size();
    for (const Binding &binding : stream.programs[number].bindings) {
      uint64_t size = byteSize(binding.type);
      for (int64_t extent : binding.shape)
        size *= extent;
      std::vector<uint8_t> &tensor = tensors.emplace_back(size, uint8_t(0x3f)); // all numbers are below 1
      for (size_t i = 0; i < size; ++i)
        if (uint64_t width = byteSize(binding.type); i % width < width - 1)
          tensor[i] = uint8_t(i * 37 + i / 64);
    }
    for (size_t i = first; i < tensors.size(); ++i)
      buffers.push_back({tensors[i].data(), tensors[i].size()});
    if (llvm::Error e = (*device)->run(number, buffers, &outcome.usage))
      if (std::string text = error(std::move(e)); !text.empty())
        return text;
  }
  return "";
}

/// Runs with converters, and exactly in both ways, which compute and take the same, as does what is only counted.
std::string run(const CommandStream &stream, const device::Profile &profile) {
  Outcome quantised, exact, oneByOne, counted;
  bool isStopped = false;
  simulator::SimulatorOptions options;
  options.mode = simulator::Mode::Quant;
  if (std::string error = run(stream, profile, options, quantised, isStopped); !error.empty())
    return error;
  options.mode = simulator::Mode::Count;
  if (std::string error = run(stream, profile, options, counted, isStopped); !error.empty())
    return error;
  options.mode = simulator::Mode::Exact;
  if (std::string error = run(stream, profile, options, exact, isStopped); !error.empty())
    return error;
  options.sideBySide = false;
  if (std::string error = run(stream, profile, options, oneByOne, isStopped); !error.empty())
    return error;
  if (isStopped)
    return "";
  if (!isSame(stream, exact.tensors, oneByOne.tensors))
    return "iterations side by side compute something else";
  return exact.usage == oneByOne.usage && counted.usage == oneByOne.usage ? "" : "iterations at once take another time";
}

} // namespace

std::string fuzzStream(llvm::ArrayRef<uint8_t> bytes, int *reached) {
  int unused = 0;
  int &stage = reached ? *reached : unused;
  stage = 0;
  llvm::Expected<CommandStream> stream = decode(bytes, {/*checkChecksums=*/false});
  if (!stream) {
    llvm::consumeError(stream.takeError());
    return "";
  }
  stage = 1;
  std::vector<uint8_t> again = encode(*stream);
  llvm::Expected<CommandStream> decoded = decode(again);
  if (!decoded)
    return "not decoded again: " + llvm::toString(decoded.takeError());
  if (encode(*decoded) != again)
    return "decoded to another stream";
  llvm::Expected<CommandStream> assembled = assemble(disassemble(*stream), "text");
  if (!assembled)
    return "not assembled: " + llvm::toString(assembled.takeError());
  if (encode(*assembled) != again)
    return "assembled to another stream";
  device::Profile profile = smallDevice();
  if (!validate(*stream, profile).empty())
    return "";
  stage = 2;
  for (const Program &program : stream->programs)
    for (bool inPreload : {true, false})
      if (std::string race = findRace(program, profile, inPreload, 500); !race.empty())
        return "valid, but: " + race;
  if (!isSmall(*stream))
    return "";
  stage = 3;
  std::string error = run(*stream, profile);
  return error.empty() ? "" : "valid, but: " + error;
}

} // namespace fourmix::focs
