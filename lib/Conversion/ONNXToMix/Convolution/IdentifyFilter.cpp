// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "IdentifyFilter.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;

namespace {

/// Drops the modes that are zero at the end of the last axis and in the middle of the others.
void dropZeroModes(kernels::ComplexGrid &spectrum, ArrayRef<int64_t> axes, size_t firstAxis) {
  double limit = 0;
  for (size_t i = 0; i < spectrum.re.size(); ++i)
    limit = std::max({limit, std::abs(spectrum.re[i]), std::abs(spectrum.im[i])});
  limit *= 1e-9;
  for (int64_t axis : axes) {
    int64_t at = axis + static_cast<int64_t>(firstAxis), modes = spectrum.shape[at], inner = 1, kept = 1;
    for (size_t i = at + 1; i < spectrum.shape.size(); ++i)
      inner *= spectrum.shape[i];
    bool isHalf = axis == axes.back();
    for (size_t i = 0; i < spectrum.re.size(); ++i) {
      if (std::max(std::abs(spectrum.re[i]), std::abs(spectrum.im[i])) <= limit)
        continue;
      // Frequency f >= 0 needs 2 f + 1 modes, frequency -f needs 2 f.
      int64_t mode = static_cast<int64_t>(i) / inner % modes;
      bool isUpper = !isHalf && 2 * mode >= modes + (modes & 1);
      kept = std::max(kept, isHalf ? mode + 1 : isUpper ? 2 * (modes - mode) : 2 * mode + 1);
    }
    if (kept >= modes)
      continue;
    kernels::ComplexGrid cut{spectrum.shape, {}, {}};
    cut.shape[at] = kept;
    for (size_t i = 0; i < spectrum.re.size(); ++i) {
      int64_t mode = static_cast<int64_t>(i) / inner % modes;
      bool isKept = isHalf ? mode < kept : mode < (kept + 1) / 2 || mode >= modes - kept / 2;
      if (isKept) {
        cut.re.push_back(spectrum.re[i]);
        cut.im.push_back(spectrum.im[i]);
      }
    }
    spectrum = std::move(cut);
  }
}

kernels::ComplexGrid spectrumOf(const Numbers &kernel, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths) {
  return kernels::halfSpectrum({kernels::Extents(kernel.shape.begin(), kernel.shape.end()), kernel.values, {}},
                               kernels::Extents(axes.begin(), axes.end()),
                               kernels::Extents(lengths.begin(), lengths.end()));
}

/// A circular convolution over `axes`, with a sum over `channel` unless that is -1.
std::optional<Filter> identifyCircular(const Map &map, ArrayRef<int64_t> from, ArrayRef<int64_t> to,
                                       ArrayRef<int64_t> axes, int64_t channel, bool asKernel) {
  Filter filter;
  filter.axes.assign(axes.begin(), axes.end());
  filter.channel = channel;
  for (int64_t axis : axes)
    filter.lengths.push_back(from[axis]);
  Numbers x = makeNoise(from, 2), sum = Numbers::zeros(to);
  std::optional<Numbers> y = map(x);
  if (!y)
    return std::nullopt;
  if (channel < 0) {
    std::optional<Numbers> response = impulseResponse(map, from, axes);
    if (!response || !areEqual(*y, convolve(x, *response, axes, /*isCorrelation=*/false)))
      return std::nullopt;
    Numbers kernel = withoutConstantAxes(std::move(*response), axes);
    if (asKernel) {
      filter.kind = Filter::Circulant;
      filter.kernel = reflect(kernel, axes);
      return filter;
    }
    filter.spectrum = spectrumOf(kernel, axes, filter.lengths);
    dropZeroModes(filter.spectrum, axes, 0);
    return filter;
  }
  // One response per input channel, [.., outputs, ..]; the filter is [outputs, .., inputs, ..].
  int64_t inputs = from[channel], outputs = to[channel];
  SmallVector<Numbers> responses;
  for (int64_t c = 0; c < inputs; ++c) {
    std::optional<Numbers> response = impulseResponse(map, from, axes, channel, c);
    if (!response)
      return std::nullopt;
    SmallVector<int64_t> kept(axes);
    kept.push_back(channel);
    Numbers part = Numbers::zeros(to); // channel c of x at every output
    int64_t inner = ShapedType::getNumElements(to.drop_front(channel + 1));
    for (int64_t i = 0; i < part.size(); ++i) {
      int64_t outer = i / inner / outputs;
      part.values[i] = x.values[(outer * inputs + c) * inner + i % inner];
    }
    Numbers filtered = convolve(part, *response, axes, /*isCorrelation=*/false);
    for (auto [total, value] : llvm::zip_equal(sum.values, filtered.values))
      total += value;
    responses.push_back(withoutConstantAxes(std::move(*response), kept));
    if (responses.back().shape != responses.front().shape)
      return std::nullopt;
  }
  if (!areEqual(*y, sum))
    return std::nullopt;
  Numbers kernel;
  kernel.shape = {outputs};
  kernel.shape.append(responses[0].shape.begin(), responses[0].shape.end());
  kernel.shape[channel + 1] = inputs;
  kernel.values.resize(ShapedType::getNumElements(kernel.shape));
  int64_t inner = ShapedType::getNumElements(ArrayRef(kernel.shape).drop_front(channel + 2));
  int64_t outer = ShapedType::getNumElements(ArrayRef(kernel.shape).slice(1, channel));
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t b = 0; b < outer; ++b)
      for (int64_t c = 0; c < inputs; ++c)
        std::copy_n(&responses[c].values[(b * outputs + o) * inner], inner,
                    &kernel.values[((o * outer + b) * inputs + c) * inner]);
  SmallVector<int64_t> shifted = llvm::map_to_vector(axes, [](int64_t axis) { return axis + 1; });
  filter.spectrum = spectrumOf(kernel, shifted, filter.lengths);
  dropZeroModes(filter.spectrum, axes, 1);
  return filter;
}

/// A convolution without wrap along one axis of n elements, of which the first m results are there.
std::optional<Filter> identifyLinear(const Map &map, ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t axis,
                                     int64_t transform, bool asKernel) {
  int64_t n = from[axis], m = to[axis];
  std::optional<Numbers> ahead = impulseResponse(map, from, axis);
  std::optional<Numbers> back = impulseResponse(map, from, axis, -1, 0, /*atEnd=*/true);
  Numbers x = makeNoise(from, 3);
  std::optional<Numbers> y = map(x);
  if (!ahead || !back || !y)
    return std::nullopt;
  // On a circle that is long enough there is no wrap: lag t >= 0 stands at t, lag -t at length - t.
  int64_t length = std::max(n + m - 1, transform), inner = ShapedType::getNumElements(to.drop_front(axis + 1));
  auto along = [&](ArrayRef<int64_t> shape, int64_t extent) {
    SmallVector<int64_t> changed(shape);
    changed[axis] = extent;
    return changed;
  };
  Numbers kernel = Numbers::zeros(along(to, length)), padded = Numbers::zeros(kernel.shape);
  double backwards = 0;
  int64_t outer = ShapedType::getNumElements(to.take_front(axis));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      for (int64_t t = 0; t < m; ++t)
        kernel.values[(o * length + t) * inner + i] = ahead->values[(o * m + t) * inner + i];
      for (int64_t t = 1; t < n; ++t) { // element n - 1 reaches result n - 1 - t
        double weight = n - 1 - t < m ? back->values[(o * m + n - 1 - t) * inner + i] : 0;
        kernel.values[(o * length + length - t) * inner + i] = weight;
        backwards = std::max(backwards, std::abs(weight));
      }
      for (int64_t j = 0; j < n; ++j)
        padded.values[(o * length + j) * inner + i] = x.values[(o * n + j) * inner + i];
    }
  Numbers whole = convolve(padded, kernel, axis, /*isCorrelation=*/false), result = Numbers::zeros(to);
  for (int64_t o = 0; o < outer; ++o)
    std::copy_n(&whole.values[o * length * inner], m * inner, &result.values[o * m * inner]);
  if (!areEqual(*y, result))
    return std::nullopt;
  kernel = withoutConstantAxes(std::move(kernel), axis);

  Filter filter;
  filter.axes = {axis};
  bool isCausal = backwards <= mapTolerance * largest(kernel);
  if ((isCausal && !asKernel) || n != m) {
    filter.lengths = {length};
    if (m != std::min(n, length))
      filter.sizes = SmallVector<int64_t>{m};
    filter.spectrum = spectrumOf(kernel, axis, length);
    dropZeroModes(filter.spectrum, axis, 0);
    return filter;
  }
  // y[i] = sum of t[j - i + n - 1] x[j]: the lag i - j stands at n - 1 - (i - j).
  filter.kind = Filter::Toeplitz;
  filter.kernel = Numbers::zeros(along(kernel.shape, 2 * n - 1));
  int64_t lines = kernel.size() / length,
          step = ShapedType::getNumElements(ArrayRef(kernel.shape).drop_front(axis + 1));
  for (int64_t line = 0; line < lines; ++line)
    for (int64_t lag = 1 - n; lag < n; ++lag) {
      int64_t o = line / step, i = line % step;
      filter.kernel.values[(o * (2 * n - 1) + n - 1 - lag) * step + i] =
          kernel.values[(o * length + (lag + length) % length) * step + i];
    }
  return filter;
}

} // namespace

std::optional<Filter> onnx_to_mix::identifyFilter(const Map &map, ArrayRef<int64_t> from, ArrayRef<int64_t> to,
                                                  int64_t transform, bool asKernel) {
  std::optional<SmallVector<AxisRole>> roles = findRoles(map, from, to);
  if (!roles)
    return std::nullopt;
  SmallVector<int64_t> circular, other;
  for (auto [axis, role] : llvm::enumerate(*roles)) {
    if (role == AxisRole::Circular)
      circular.push_back(static_cast<int64_t>(axis));
    else if (role == AxisRole::Other)
      other.push_back(static_cast<int64_t>(axis));
  }
  if (other.empty() && !circular.empty())
    return identifyCircular(map, from, to, circular, -1, asKernel);
  if (other.size() == 1 && !circular.empty())
    return identifyCircular(map, from, to, circular, other[0], asKernel);
  if (other.size() == 1 && from[other[0]] > 1)
    return identifyLinear(map, from, to, other[0], transform, asKernel);
  return std::nullopt;
}

void onnx_to_mix::shortenKernel(Filter &filter) {
  double least = 1e-12 * largest(filter.kernel);
  filter.origins.clear();
  for (int64_t axis : filter.axes) {
    Numbers &kernel = filter.kernel;
    int64_t n = kernel.shape[axis], inner = ShapedType::getNumElements(ArrayRef(kernel.shape).drop_front(axis + 1));
    std::vector<bool> isUsed(n, false);
    for (int64_t at = 0; at < kernel.size(); ++at)
      if (std::abs(kernel.values[at]) > least)
        isUsed[at / inner % n] = true;
    // The longest run of zeros ends before the first tap.
    int64_t first = 0, longest = 0, run = 0;
    for (int64_t i = 0; i < 2 * n; ++i) {
      run = isUsed[i % n] ? 0 : run + 1;
      if (run > longest && run <= n) {
        longest = run;
        first = (i + 1) % n;
      }
    }
    int64_t taps = std::max<int64_t>(n - longest, 1);
    Numbers shorter;
    shorter.shape = kernel.shape;
    shorter.shape[axis] = taps;
    shorter.values.resize(kernel.size() / n * taps);
    for (int64_t at = 0; at < shorter.size(); ++at) {
      int64_t outer = at / inner / taps, tap = at / inner % taps;
      shorter.values[at] = kernel.values[(outer * n + (first + tap) % n) * inner + at % inner];
    }
    kernel = std::move(shorter);
    filter.origins.push_back((n - first) % n);
  }
}
