// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/fuzz/FuzzStream.h"
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "test/unit/lib/Target/CommandStream/RaceOracle.h"
#include "test/unit/lib/Target/CommandStream/ValidProgram.h"

namespace fourmix::focs {
namespace {

/// More memory than this is not filled for a test.
constexpr uint64_t mostBytes = 1 << 20;

bool isSmall(const CommandStream &stream) {
  uint64_t bytes = 0;
  for (const Program &program : stream.programs) {
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

/// The error of loading the stream and running its programs; that of a run that was stopped is none.
std::string run(const CommandStream &stream, const device::Profile &profile) {
  simulator::SimulatorOptions options;
  options.mode = simulator::Mode::Quant;
  options.instructionLimit = 2000;
  auto error = [](llvm::Error e) {
    std::string text = llvm::toString(std::move(e));
    return text.find("stopped after") == std::string::npos ? text : "";
  };
  auto device = simulator::Device::load(stream, options, &profile);
  if (!device)
    return error(device.takeError());
  for (size_t number = 0; number < stream.programs.size(); ++number) {
    std::vector<std::vector<uint8_t>> tensors;
    for (const Binding &binding : stream.programs[number].bindings) {
      uint64_t size = byteSize(binding.type);
      for (int64_t extent : binding.shape)
        size *= extent;
      tensors.emplace_back(size, uint8_t(0x3f));
    }
    std::vector<simulator::Buffer> buffers;
    for (std::vector<uint8_t> &tensor : tensors)
      buffers.push_back({tensor.data(), tensor.size()});
    if (llvm::Error e = (*device)->run(number, buffers))
      if (std::string text = error(std::move(e)); !text.empty())
        return text;
  }
  return "";
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
