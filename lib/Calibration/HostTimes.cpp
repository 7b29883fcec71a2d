// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/HostTimes.h"
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Calibration/ModelRunner.h"
#include "fourmix/Device/HostTimes.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Pipelines/HostForms.h"
#include "fourmix/Support/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <algorithm>
#include <cstring>
#include <random>

using namespace mlir;

namespace fourmix::calibration {

static constexpr const char *keep = "fourmix.keep_host_code", *workName = "fourmix.work";

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

/// Seconds of a module's main, the fastest run.
static llvm::Expected<double> timeOf(ModuleOp module, const ModelRunnerOptions &options) {
  std::unique_ptr<ModelRunner> runner = ModelRunner::create(module, {}, options);
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

static ModelRunnerOptions hostOptions(Phase from, const PipelineOptions &pipeline, const EmitOptions &emit) {
  ModelRunnerOptions options;
  options.from = from;
  options.pipeline = pipeline;
  options.pipeline.fourier = "fft";
  options.pipeline.device.clear();
  options.emit = emit;
  return options;
}

/// Measures the host code of a module after phase optic, as far as its seconds are not known, and takes it out.
static llvm::Error measureKept(ModuleOp module, const ModelRunnerOptions &options, device::HostTimes &times) {
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    auto work = function->getAttrOfType<StringAttr>(workName);
    if (!work)
      continue;
    if (!times.find(work)) {
      OwningOpRef<ModuleOp> alone = ModuleOp::create(function.getLoc());
      auto main = cast<func::FuncOp>(function->clone());
      main.setName("main");
      main.setPublic();
      alone->push_back(main);
      llvm::Expected<double> seconds = timeOf(*alone, options);
      if (!seconds)
        return seconds.takeError();
      times.seconds[work.str()] = *seconds;
    }
    function.erase();
  }
  times.cpu = cpuName();
  module->removeAttr(keep);
  return llvm::Error::success();
}

llvm::Error measureHostCode(ModuleOp module, const PipelineOptions &pipeline, const EmitOptions &emit) {
  device::HostTimes times;
  if (llvm::Error error = measureKept(module, hostOptions(Phase::Optic, pipeline, emit), times))
    return error;
  Builder b(module.getContext());
  for (auto program : module.getOps<optic::ProgramOp>())
    if (auto work = program->getAttrOfType<StringAttr>(workName)) {
      program->removeAttr(workName);
      program->setAttr("fourmix.cpu_seconds", b.getF64FloatAttr(times.find(work).value_or(0)));
    }
  module->setAttr("fourmix.cpu", b.getStringAttr(times.cpu));
  return llvm::Error::success();
}

llvm::Error measureHostTimes(ModuleOp module, Phase from, PipelineOptions &pipeline, const EmitOptions &emit,
                             StringRef path) {
  device::HostTimes times;
  if (!pipeline.hostTimes.empty()) {
    llvm::Expected<device::HostTimes> known = device::readHostTimes(pipeline.hostTimes);
    if (!known)
      return known.takeError();
    times = std::move(*known);
    if (!times.cpu.empty() && times.cpu != cpuName())
      return llvm::createStringError("'" + pipeline.hostTimes + "' was measured on " + times.cpu + ", and this is " +
                                     cpuName());
  }
  if (from <= Phase::Rewrite)
    for (Operation *op : opsOfTwoForms(module)) {
      std::string work = describeWork(op);
      if (times.find(work))
        continue;
      llvm::Expected<double> seconds = timeOf(*moduleOf(op), hostOptions(from, pipeline, emit));
      if (!seconds)
        return seconds.takeError();
      times.seconds[work] = *seconds;
    }
  // All that might be placed, then what is looked at when mixing that takes less in its host form has that. What is
  // refused is taken apart, and its parts are asked for alone, so each is done until nothing new comes up.
  pipeline.hostTimes = path.str();
  bool hasForms = from <= Phase::Rewrite && !opsOfTwoForms(module).empty();
  for (bool isAll : hasForms ? SmallVector<bool>{true, false} : SmallVector<bool>{true})
    for (size_t known = SIZE_MAX; known != times.seconds.size();) {
      known = times.seconds.size();
      if (llvm::Error error = device::writeHostTimes(path, times))
        return error;
      OwningOpRef<ModuleOp> clone = module.clone();
      keepHostCode(*clone);
      if (isAll)
        (*clone)->setAttr("fourmix.note_expense", UnitAttr::get(module.getContext()));
      CompileOptions options;
      options.pipeline = pipeline;
      options.from = from;
      options.to = Phase::Optic;
      MutedRemarks muted;
      if (failed(compile(*clone, options)))
        return llvm::createStringError("");
      if (llvm::Error error = measureKept(*clone, hostOptions(Phase::Optic, pipeline, emit), times))
        return error;
    }
  return llvm::Error::success();
}

} // namespace fourmix::calibration
