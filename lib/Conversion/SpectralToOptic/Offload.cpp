// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Offload.h"
#include "dialects/Optic/Transforms/Passes.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/OpticToCommandStream.h"
#include "fourmix/Simulator/Simulator.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;

std::optional<Offload> fourmix::spectral_to_optic::offloadNamed(StringRef name) {
  return llvm::StringSwitch<std::optional<Offload>>(name)
      .Case("all", Offload::All)
      .Case("time", Offload::Time)
      .Case("energy", Offload::Energy)
      .Default(std::nullopt);
}

FailureOr<Expense> fourmix::spectral_to_optic::deviceExpense(optic::ProgramOp program, const device::Profile &profile) {
  OwningOpRef<ModuleOp> alone = ModuleOp::create(program.getLoc());
  auto copy = program.clone();
  alone->push_back(copy);
  if (failed(optic::scheduleProgram(copy, profile)))
    return failure();
  FailureOr<focs::CommandStream> stream = buildCommandStream(*alone, profile);
  if (failed(stream))
    return failure();
  if (llvm::Error error = simulator::predict(*stream, profile))
    return program.emitError(llvm::toString(std::move(error)));
  const focs::Prediction &counted = stream->programs.front().prediction;
  double launch = profile.hostLaunchSeconds;
  return Expense{counted.seconds + launch, counted.joules + launch * profile.hostPower};
}

Expense fourmix::spectral_to_optic::hostExpense(const DeviceTransform &transform, const device::Profile &profile) {
  const spectral::Lowering *fft = spectral::findLowering(spectral::fftLowering);
  double operations = 0;
  for (spectral::FourierOpInterface op : transform.ops)
    operations += fft->cost(cast<spectral::PlannableOpInterface>(op.getOperation())).value_or(0);
  double seconds = operations / profile.hostFlops;
  return {seconds, seconds * profile.hostPower};
}
