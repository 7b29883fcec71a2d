// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Samples.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>

using namespace llvm;

namespace fourmix::calibration {

Expected<Samples> readSamples(StringRef path) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("cannot read '" + path + "': " + file.getError().message());
  Expected<Samples> samples = parseNpz((*file)->getBuffer());
  if (!samples)
    return createStringError("'" + path + "': " + toString(samples.takeError()));
  return samples;
}

Error writeSamples(StringRef path, ArrayRef<NamedTensor> arrays) {
  Expected<std::string> archive = formatNpz(arrays);
  Error error = archive ? writeToOutput(path,
                                        [&](raw_ostream &os) {
                                          os << *archive;
                                          return Error::success();
                                        })
                        : archive.takeError();
  return error ? createStringError("cannot write '" + path + "': " + toString(std::move(error))) : Error::success();
}

/// Bytes of one element of axis 0.
static int64_t rowBytes(const HostTensor &tensor) {
  return tensor.bytes.size() / std::max<int64_t>(tensor.shape[0], 1);
}

Samples sliceSamples(const Samples &samples, int64_t from, int64_t count) {
  Samples result;
  for (const NamedTensor &array : samples) {
    HostTensor part;
    part.dtype = array.tensor.dtype;
    part.shape = array.tensor.shape;
    part.shape[0] = count;
    int64_t bytes = rowBytes(array.tensor);
    const char *start = array.tensor.bytes.data() + from * bytes;
    part.bytes.assign(start, start + count * bytes);
    result.push_back({array.name, std::move(part)});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// SampleFeed
//===----------------------------------------------------------------------===//

static std::string listArrays(const Samples &samples) {
  std::string text;
  for (const NamedTensor &array : samples)
    text += (text.empty() ? "'" : ", '") + array.name + "' (" + array.tensor.typeText() + ")";
  return text.empty() ? "none" : text;
}

/// "SAMPLESx64xi64".
static std::string expectedText(const InputDecl &input) {
  return "SAMPLESx" + typeText(input.dtype, ArrayRef<int64_t>(input.dims).drop_front(input.dims.empty() ? 0 : 1));
}

Expected<SampleFeed> SampleFeed::create(ArrayRef<InputDecl> inputs, const Samples &samples) {
  SampleFeed feed;
  std::string first; // the input that decided how many samples there are
  auto countError = [&](const InputDecl &input, int64_t count, int64_t perRun) {
    return createStringError("input '" + input.name + "' has " + Twine(count) + " samples, " + Twine(perRun) +
                             " in a run, but input '" + first + "' has " + Twine(feed.count) + ", " +
                             Twine(feed.perRun) + " in a run");
  };
  for (const InputDecl &input : inputs) {
    auto found = find_if(samples, [&](const NamedTensor &array) { return array.name == input.name; });
    if (found == samples.end())
      return createStringError("input '" + input.name + "' (" + typeText(input.dtype, input.dims) +
                               "): the samples have no array of that name, but " + listArrays(samples));
    const HostTensor &array = found->tensor;
    ArrayRef<int64_t> shape = array.shape, dims = input.dims;
    bool isWhole = shape.size() == dims.size() + 1 && shape.drop_front() == dims;
    bool isSliced = !dims.empty() && shape.size() == dims.size() && shape.drop_front() == dims.drop_front();
    feed.sources.push_back({&array, /*shared=*/shape == dims});
    if (array.dtype != input.dtype || (!isWhole && !isSliced && shape != dims))
      return createStringError("input '" + input.name + "': expected an array " + expectedText(input) +
                               " (axis 0 runs over samples), found " + array.typeText());
    if (!shape.empty() && shape[0] == 0)
      return createStringError("input '" + input.name + "': the array has no samples (" + array.typeText() + ")");
    if (shape == dims) // perhaps the same for all runs: others decide
      continue;
    int64_t perRun = isWhole ? 1 : dims[0];
    if (first.empty()) {
      first = input.name;
      feed.count = shape[0];
      feed.perRun = perRun;
      feed.wholeRuns = isWhole;
    } else if (shape[0] != feed.count || perRun != feed.perRun || isWhole != feed.wholeRuns) {
      return countError(input, shape[0], perRun);
    }
  }
  if (first.empty()) { // one run in all, of as many samples as the first input has
    if (!inputs.empty() && !inputs.front().dims.empty())
      feed.count = feed.perRun = inputs.front().dims[0];
    return feed;
  }
  // What fits as it is, is the same for all runs, unless its axis 0 looks like the batch.
  for (auto [input, source] : zip_equal(inputs, feed.sources))
    if (source.shared && !feed.wholeRuns && !input.dims.empty() && input.dims[0] == feed.perRun &&
        feed.count != feed.perRun)
      return countError(input, input.dims[0], feed.perRun);
  return feed;
}

void SampleFeed::fill(int64_t index, std::vector<HostTensor> &inputs) const {
  for (auto [source, input] : zip_equal(sources, inputs)) {
    if (source.shared || count == perRun) {
      std::memcpy(input.bytes.data(), source.array->bytes.data(), input.bytes.size());
      continue;
    }
    int64_t bytes = rowBytes(*source.array);
    for (int64_t i = 0; i < perRun; ++i) {
      int64_t sample = std::min(index * perRun + i, count - 1);
      std::memcpy(input.bytes.data() + i * bytes, source.array->bytes.data() + sample * bytes, bytes);
    }
  }
}

} // namespace fourmix::calibration
