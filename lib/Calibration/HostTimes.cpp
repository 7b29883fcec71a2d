// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/HostTimes.h"
#include "fourmix/Calibration/ModelRunner.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <algorithm>
#include <cstring>
#include <random>

using namespace mlir;

namespace fourmix::calibration {

static constexpr const char *keep = "fourmix.keep_host_code";

void keepHostCode(ModuleOp module) { module->setAttr(keep, UnitAttr::get(module.getContext())); }

static HostTensor randomTensor(const InputDecl &decl) {
  HostTensor tensor = HostTensor::zeros(decl.dtype, decl.dims);
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  auto fill = [&](auto zero) {
    for (size_t at = 0; at + sizeof(zero) <= tensor.bytes.size(); at += sizeof(zero)) {
      zero = static_cast<decltype(zero)>(normal(generator));
      std::memcpy(tensor.bytes.data() + at, &zero, sizeof(zero));
    }
  };
  decl.dtype == FOURMIX_FLOAT64 ? fill(double()) : fill(float());
  return tensor;
}

/// What the system calls this CPU, or else LLVM.
static std::string cpuName() {
  if (auto file = llvm::MemoryBuffer::getFileAsStream("/proc/cpuinfo"))
    for (StringRef rest = (*file)->getBuffer(); !rest.empty();) {
      auto [line, next] = rest.split('\n');
      if (line.consume_front("model name"))
        return line.ltrim(" \t:").rtrim().str();
      rest = next;
    }
  return llvm::sys::getHostCPUName().str();
}

/// Seconds of a function, the fastest run.
static llvm::Expected<double> timeOf(func::FuncOp function, const ModelRunnerOptions &options) {
  OwningOpRef<ModuleOp> alone = ModuleOp::create(function.getLoc());
  auto main = cast<func::FuncOp>(function->clone());
  main.setName("main");
  main.setPublic();
  alone->push_back(main);
  std::unique_ptr<ModelRunner> runner = ModelRunner::create(*alone, {}, options);
  if (!runner)
    return llvm::createStringError("");
  Samples samples;
  for (const InputDecl &input : runner->inputs())
    samples.push_back({input.name, randomTensor(input)});
  // Small work is done before threads have met.
  llvm::Expected<double> single = runner->time(samples, /*count=*/20, /*threads=*/1);
  if (!single)
    return single;
  llvm::Expected<double> together = runner->time(samples, /*count=*/20);
  if (!together)
    return together;
  return std::min(*single, *together);
}

llvm::Error measureHostCode(ModuleOp module, const PipelineOptions &pipeline, const EmitOptions &emit) {
  ModelRunnerOptions options;
  options.from = Phase::Optic;
  options.pipeline = pipeline;
  options.pipeline.fourier = "fft";
  options.pipeline.device.clear();
  options.emit = emit;
  Builder b(module.getContext());
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    auto program = function->getAttrOfType<FlatSymbolRefAttr>("fourmix.host_code");
    if (!program)
      continue;
    llvm::Expected<double> seconds = timeOf(function, options);
    if (!seconds)
      return seconds.takeError();
    if (Operation *op = module.lookupSymbol(program.getValue()))
      op->setAttr("fourmix.cpu_seconds", b.getF64FloatAttr(*seconds));
    function.erase();
  }
  module->setAttr("fourmix.cpu", b.getStringAttr(cpuName()));
  module->removeAttr(keep);
  return llvm::Error::success();
}

} // namespace fourmix::calibration
