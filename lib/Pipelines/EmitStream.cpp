// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Conversion/OpticToCommandStream.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;

/// What reports about a run of the network need: how often programs are launched, more than once, and how long the host
/// takes for their work, where that was measured.
static void noteMetadata(ModuleOp module, focs::CommandStream &stream) {
  llvm::MapVector<StringRef, uint64_t> launches;
  module.walk([&](optic::LaunchOp launch) { ++launches[launch.getProgram()]; });
  for (auto [program, count] : launches)
    if (count > 1)
      stream.metadata.emplace_back("launches:" + program.str(), std::to_string(count));
  if (auto cpu = module->getAttrOfType<StringAttr>("fourmix.cpu"))
    stream.metadata.emplace_back("cpu", cpu.str());
  for (auto program : module.getOps<optic::ProgramOp>())
    if (auto seconds = program->getAttrOfType<FloatAttr>("fourmix.cpu_seconds"))
      stream.metadata.emplace_back("cpu_seconds:" + program.getSymName().str(),
                                   llvm::formatv("{0:e6}", seconds.getValueAsDouble()).str());
}

FailureOr<std::vector<uint8_t>> fourmix::emitCommandStream(ModuleOp module, const device::Profile &profile,
                                                           StringRef name) {
  FailureOr<focs::CommandStream> stream = buildCommandStream(module, profile);
  if (failed(stream))
    return failure();
  if (stream->programs.empty())
    return std::vector<uint8_t>();
  // The plan's formula foretells frames; counting confirms them and foretells time and energy.
  std::vector<focs::Program> planned = stream->programs;
  if (llvm::Error error = simulator::predict(*stream, profile))
    return module.emitError(llvm::toString(std::move(error)));
  for (auto [plan, counted] : llvm::zip_equal(planned, stream->programs))
    if (plan.prediction.frames != counted.prediction.frames)
      return module.emitError("program '") << plan.name << "': expected " << plan.prediction.frames
                                           << " frames by its plan, but it fires " << counted.prediction.frames;
  noteMetadata(module, *stream);
  std::vector<uint8_t> bytes = focs::encode(*stream);
  Builder builder(module.getContext());
  std::string hash = llvm::toHex(focs::contentHash(bytes), /*LowerCase=*/true);
  NamedAttribute attributes[] = {
      builder.getNamedAttr("file", builder.getStringAttr(name)),
      builder.getNamedAttr("hash", builder.getStringAttr(hash)),
      builder.getNamedAttr("programs", builder.getI64IntegerAttr(static_cast<int64_t>(stream->programs.size())))};
  module->setAttr("fourmix.stream", builder.getDictionaryAttr(attributes));
  return bytes;
}
