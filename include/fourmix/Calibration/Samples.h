// The data that a model is calibrated and measured on.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_SAMPLES_H
#define FOURMIX_CALIBRATION_SAMPLES_H

#include "fourmix/Runner/Runner.h"

namespace fourmix::calibration {

/// Arrays by the name of an input; axis 0 runs over samples. Arrays of other names are of no interest.
using Samples = std::vector<NamedTensor>;

/// The arrays of an .npz file. Errors name the file.
llvm::Expected<Samples> readSamples(llvm::StringRef path);

/// Writes arrays as an .npz file, whole or not at all.
llvm::Error writeSamples(llvm::StringRef path, llvm::ArrayRef<NamedTensor> arrays);

/// The samples `from, …, from + count - 1` of every array. Arrays must have as many.
Samples sliceSamples(const Samples &samples, int64_t from, int64_t count);

/// Samples, cut into what one run of a model takes. For an input [batch, rest…] an array is
///
/// * [samples, rest…]: a run gets `batch` of them, the last run as many as are left and the last one again;
/// * [samples, batch, rest…]: every sample is a run of its own;
/// * [batch, rest…] while other arrays have another number of samples: every run gets the same.
class SampleFeed {
public:
  /// Errors name the input, what was expected and what was found: no array of this name, another type, another shape,
  /// arrays with different numbers of samples.
  static llvm::Expected<SampleFeed> create(llvm::ArrayRef<InputDecl> inputs, const Samples &samples);

  int64_t samples() const { return count; }
  int64_t runs() const { return (count + perRun - 1) / perRun; }
  /// Samples of one run.
  int64_t batch() const { return perRun; }
  /// True where a sample is a run of its own, and no axis of the model runs over samples.
  bool isWholeRuns() const { return wholeRuns; }

  /// Inputs for run `index`, in the declared order. The tensors must have the declared types and shapes.
  void fill(int64_t index, std::vector<HostTensor> &inputs) const;

private:
  struct Source {
    const HostTensor *array;
    bool shared; // the same for all runs
  };
  std::vector<Source> sources;
  int64_t count = 1, perRun = 1;
  bool wholeRuns = false;
};

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_SAMPLES_H
