// The way of a model through the house: the phases and the pipeline of each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PIPELINES_PIPELINES_H
#define FOURMIX_PIPELINES_PIPELINES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace fourmix {

/// The phases in the order a model passes them; `--compile-to` and `--compile-from` take their names.
enum class Phase { Import, Raise, Rewrite, Spectral, Plan, Optic, CPU, LLVM };

struct PhaseInfo {
  Phase phase;
  llvm::StringRef name;
  llvm::StringRef contract; // what holds after it
};

llvm::ArrayRef<PhaseInfo> allPhases();
std::optional<Phase> phaseNamed(llvm::StringRef name);

/// Attention to Fourier mixing: the options of pass attention-to-fourier.
struct FourierRewrite {
  std::string layers, scale = "paper", keep = "none", calibration;
  bool dropMask = false;
};

/// Dense projections to circular ones: the options of pass projections-to-circular.
struct CircularRewrite {
  std::string kind;
  double maxError = 1e-5;
  std::string where = "attention", calibration;
};

/// Attention to gated attention: the options of pass attention-to-gated.
struct GatedRewrite {
  std::string layers, calibration;
};

/// What the user decides about the compilation of one model.
struct PipelineOptions {
  /// Static shapes of inputs, each "NAME=1x512".
  std::vector<std::string> shapes;
  /// How transforms are computed: "fft", "matmul" or "optic".
  std::string fourier = "fft";
  /// The target's vector unit: f32 elements of a register, and how many registers there are.
  int64_t vectorWidth = 4;
  int64_t vectorRegisters = 16;
  /// What the user wants the network to become.
  std::optional<FourierRewrite> attentionToFourier = {};
  std::optional<CircularRewrite> projectionsToCircular = {};
  std::optional<GatedRewrite> attentionToGated = {};
  /// Half spectra in FNet's blocks: pass fast-fnet.
  bool fastFNet = false;
  /// The Fourier-optical device of "optic": a profile's name or file.
  std::string device = {};
  /// Effective bits of its captures; 0: as they come.
  double deviceBits = 0;
  /// Rows and columns of its aperture, where dense projections are to go there, too; else 0.
  int64_t denseRows = 0, denseCols = 0;
  /// What goes there: "all" that it takes, or what needs less "time" or "energy".
  std::string offload = "all";
  /// A file with measured seconds of the host, for that choice (fourmix/Device/HostTimes.h); empty: there are none.
  std::string hostTimes = {};
  /// Weights stay in the store once they are packed: other modules of the context are still to be compiled.
  bool keepWeights = false;
};

/// Appends the passes that bring a module from the phase before `phase` to `phase`. Import has no passes: it is
/// importONNX().
void buildPhasePipeline(mlir::OpPassManager &passes, Phase phase, const PipelineOptions &options);

/// Registers each phase as a pipeline of fourmix-opt: --fourmix-raise, --fourmix-spectral, …
void registerPhasePipelines();

} // namespace fourmix

#endif // FOURMIX_PIPELINES_PIPELINES_H
