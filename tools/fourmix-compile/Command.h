// What a command line asks for.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TOOLS_COMPILE_COMMAND_H
#define FOURMIX_TOOLS_COMPILE_COMMAND_H

#include "Flags.h"
#include "fourmix/CPU/Emission.h"
#include "fourmix/Calibration/CalibrateRewrites.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Pipelines/Compiler.h"
#include <optional>

namespace fourmix {

struct Command {
  CompileOptions compile;
  EmitOptions emission;
  EmitONNXOptions onnx;
  calibration::CalibrateOptions calibrate;
  std::string samples, holdout; // .npz files; empty for none
  std::optional<device::Profile> profile;
  /// Seconds of the host are measured for the choice between host and device.
  bool measuresHostTimes = false;
};

/// Loads plug-ins on the way. An error for flags that exclude or need each other, and for values out of range.
llvm::Expected<Command> readCommand(Flags &flags);

/// "model" of "folder/model.onnx", and of standard input.
std::string stemOf(llvm::StringRef input);

} // namespace fourmix

#endif // FOURMIX_TOOLS_COMPILE_COMMAND_H
