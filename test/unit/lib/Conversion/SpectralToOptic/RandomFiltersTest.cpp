// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random filters of random tensors on every device that has a filter: what a simulated device computes exactly is the
// convolution, written out, and it fires the frames that were foretold. FOURMIX_SEEDS=n tries more.
#include "DeviceRun.h"
#include "RandomDevice.h"
#include "lib/Kernels/Grid.h"

using namespace mlir;
using namespace fourmix;
using kernels::Extents;

namespace {

struct Case {
  std::string text;
  Extents input, output, kernel; // the kernel's circles are whole
  Extents axes, lengths;
  std::vector<double> x, h, y;
};

/// Visits the multi-indices of a shape in row-major order.
template <typename F>
void forEach(const Extents &shape, F visit) {
  Extents index(shape.size(), 0);
  for (int64_t i = 0, count = kernels::countPositions(shape); i < count; ++i) {
    visit(index, i);
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];)
      index[axis] = 0;
  }
}

/// The number of an element; indices of axes of extent 1 count as 0.
int64_t numberOf(const Extents &shape, const Extents &index) {
  int64_t number = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    number = number * shape[axis] + (shape[axis] == 1 ? 0 : index[axis]);
  return number;
}

/// y[i] = sum of h[j] x[i - j] around the circles, point by point.
void convolve(Case &c) {
  c.y.assign(kernels::countPositions(c.output), 0.0);
  std::vector<std::pair<Extents, double>> taps;
  forEach(c.kernel, [&](const Extents &index, int64_t at) {
    if (c.h[at] != 0)
      taps.emplace_back(index, c.h[at]);
  });
  forEach(c.output, [&](const Extents &index, int64_t at) {
    for (const auto &[tap, value] : taps) {
      Extents from = index;
      bool isThere = true;
      for (size_t axis = 0; axis < index.size(); ++axis) {
        auto filtered = std::find(c.axes.begin(), c.axes.end(), axis);
        if (filtered == c.axes.end()) {
          isThere &= c.kernel[axis] == 1 || tap[axis] == index[axis];
          continue;
        }
        int64_t length = c.lengths[filtered - c.axes.begin()];
        from[axis] = (index[axis] - tap[axis] + length) % length;
        isThere &= from[axis] < c.input[axis];
      }
      if (isThere)
        c.y[at] += value * c.x[numberOf(c.input, from)];
    }
  });
}

/// Of few signals where a device is slow to simulate.
Case drawCase(unsigned seed, bool isSmall = false) {
  Draw draw(seed);
  Case c;
  int64_t rank = 1 + draw.below(4), first = draw.below(rank), second = draw.below(rank);
  c.axes = {first};
  if (second != first && draw.coin())
    c.axes.push_back(second);
  int64_t largest = draw.below(4) || isSmall ? 5 : 40; // batches
  constexpr int64_t circles[] = {1, 2, 5, 8, 11, 16, 22, 32, 33};
  for (int64_t axis = 0; axis < rank; ++axis) {
    auto filtered = std::find(c.axes.begin(), c.axes.end(), axis);
    if (filtered == c.axes.end()) {
      int64_t extent = 1 + draw.below(rank < 4 ? largest : 5), which = draw.below(3);
      c.input.push_back(which == 0 ? 1 : extent);
      c.kernel.push_back(which == 1 ? 1 : extent);
      c.output.push_back(extent);
      continue;
    }
    int64_t length = draw.coin() ? circles[draw.below(9)] : 1 + draw.below(c.axes.size() == 1 ? 60 : 20);
    c.kernel.push_back(length);
    c.input.push_back(draw.coin() ? length : 1 + draw.below(length));
    c.output.push_back(draw.coin() ? length : 1 + draw.below(length));
  }
  for (int64_t axis : c.axes)
    c.lengths.push_back(c.kernel[axis]);

  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < kernels::countPositions(c.input); ++i)
    c.x.push_back(static_cast<float>(normal(draw.generator)));
  // Taps of an arc of each circle, somewhere on it; some of all.
  Extents begin, taps;
  for (int64_t length : c.lengths) {
    begin.push_back(draw.below(length));
    taps.push_back(draw.below(3) ? 1 + draw.below(std::min<int64_t>(length, 6)) : length);
  }
  forEach(c.kernel, [&](const Extents &index, int64_t) {
    bool isTap = true;
    for (size_t i = 0; i < c.axes.size(); ++i)
      isTap &= (index[c.axes[i]] - begin[i] + c.lengths[i]) % c.lengths[i] < taps[i];
    c.h.push_back(isTap ? normal(draw.generator) : 0.0);
  });
  convolve(c);

  kernels::ComplexGrid spectrum = kernels::halfSpectrum({c.kernel, c.h, {}}, c.axes, c.lengths);
  auto constant = [&](const char *name, std::vector<double> numbers) {
    numbers.resize(kernels::countPositions(spectrum.shape)); // real ones have no imaginary part
    return constantText(name, numbers, spectrum.shape);
  };
  auto list = [](const Extents &numbers) {
    std::string text;
    for (int64_t number : numbers)
      text += (text.empty() ? "" : ", ") + std::to_string(number);
    return "[" + text + "]";
  };
  std::string in = typeOf(c.input), out = typeOf(c.output), of = typeOf(spectrum.shape);
  c.text = "func.func @main(%x: " + in + ") -> " + out + " {\n" + constant("re", spectrum.re) +
           constant("im", spectrum.im) + "  %y = spectral.filter %x by %re, %im along " + list(c.axes) + " lengths " +
           list(c.lengths) + " plan optic : (" + in + ", " + of + ", " + of + ") -> " + out + "\n  return %y : " + out +
           "\n}\n";
  return c;
}

/// The input with zeros behind it, up to the shape that the program wants.
std::vector<float> padded(const Case &c, const Extents &shape) {
  std::vector<float> result(kernels::countPositions(shape), 0);
  forEach(c.input, [&](const Extents &index, int64_t at) { result[numberOf(shape, index)] = c.x[at]; });
  return result;
}

struct RandomFilters : testing::Test {
  std::unique_ptr<MLIRContext> context = createContext();
  unsigned sharing = 0; // plans with signals or tiles side by side

  /// False where the device does not take it.
  bool check(const Case &c, const std::string &device) {
    std::vector<std::vector<float>> buffers = {{c.x.begin(), c.x.end()}, std::vector<float>(c.y.size(), NAN)};
    std::string planned;
    auto pad = [&](const focs::Program &program, StringRef recipe) {
      planned = recipe;
      buffers[0] = padded(c, program.bindings[0].shape);
      sharing += recipe.contains("side by side");
    };
    if (!runOnDevice(*context, c.text, device, buffers, pad))
      return false;
    double worst = 0, largest = 0.1; // of numbers around 1
    for (size_t i = 0; i < c.y.size(); ++i) {
      double distance = std::abs(buffers[1][i] - c.y[i]);
      worst = std::max(worst, std::isnan(distance) ? INFINITY : distance);
      largest = std::max(largest, std::abs(c.y[i]));
    }
    EXPECT_LT(worst / largest, 4e-6) << device << ": " << planned << "\n" << c.text.substr(c.text.find("  %y"));
    return true;
  }
};

TEST_F(RandomFilters, OnEveryDevice) {
  unsigned seeds = seedCount(60);
  for (const std::string &device : device::builtinProfiles()) {
    device::Profile profile = llvm::cantFail(device::loadProfile(device));
    unsigned placed = 0;
    unsigned count = profile.pixels() > 100000 ? seeds / 30
                     : profile.pixels() > 4096 ? seeds / 6
                                               : seeds; // large ones are slow to simulate
    for (unsigned seed = 0; seed < count; ++seed)
      placed += check(drawCase(seed, profile.pixels() > 4096), device);
    if (profile.hasFilter())
      EXPECT_GT(placed, count / 2) << device;
    else
      EXPECT_EQ(placed, 0u) << device;
  }
}

TEST_F(RandomFilters, OnRandomDevices) {
  unsigned seeds = seedCount(100), placed = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Draw draw(seed);
    std::string device = drawDevice(draw, /*hasFilter=*/true);
    placed += check(drawCase(seed), device);
    if (HasFailure())
      FAIL() << "seed " << seed << ", on\n" << llvm::cantFail(device::loadProfile(device)).text;
  }
  EXPECT_GT(placed, seeds / 4);
  EXPECT_GT(sharing, seeds / 20);
}

} // namespace
