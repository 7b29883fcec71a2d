// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random transforms of random tensors on every device: what a simulated device computes exactly is the transform, and
// it fires the frames that were foretold. FOURMIX_SEEDS=n tries more.
#include "DeviceRun.h"
#include "RandomDevice.h"
#include "lib/Conversion/SpectralToOptic/ProgramBuilder.h"
#include "lib/Kernels/Grid.h"
#include <numeric>

using namespace mlir;
using namespace fourmix;
using kernels::ComplexGrid;
using kernels::Extents;

namespace {

/// A transform along one axis, or two of which the second reads the first, as text, and the same in double.
struct Case {
  std::string text;
  Extents input, output;
  bool hasIm = false, readsRe = true, readsIm = false, isHalf = false;
  int64_t halfAxis = -1, halfLength = 0;
  Extents lengths; // of transforms, by axis of the input; 0 where there is none
  ComplexGrid x, y;
};

/// One op from the values named `from`, giving those named `to`; changes the grid as it does.
std::string drawOp(Draw &draw, Case &c, ComplexGrid &grid, int64_t axis, bool hasIm, bool mayEnd, StringRef from,
                   StringRef to, bool &endsReal) {
  Extents before = grid.shape;
  int64_t extent = before[axis];
  c.lengths.resize(before.size());
  std::string operands = "%" + from.str() + "re" + (hasIm ? ", %" + from.str() + "im" : "");
  std::string results = "%" + to.str() + "re, %" + to.str() + "im = ";
  std::string along = " along " + std::to_string(axis);
  auto length = [](int64_t n) { return " length " + std::to_string(n); };
  std::string tail = " plan optic : " + typeOf(before) + "\n";
  endsReal = false;
  if (!hasIm && draw.below(3) == 0) {
    int64_t n = std::max<int64_t>(1, extent + draw.below(3) - 1);
    grid = kernels::transformAxis(grid, axis, n, false, n / 2 + 1);
    return results + "spectral.rdft " + operands + along + length(n) + tail;
  }
  if (mayEnd && draw.below(3) == 0) {
    int64_t n = std::max<int64_t>(1, 2 * (extent - 1) + draw.below(2));
    c.isHalf = true;
    c.halfAxis = axis;
    c.halfLength = n;
    grid = kernels::fromHalfSpectrum(grid, {axis}, {n});
    endsReal = true;
    c.lengths[axis] = n;
    return "%" + to.str() + "re = spectral.irdft " + operands + along + length(n) + tail;
  }
  bool inverse = draw.coin();
  int64_t n = draw.below(4) ? extent : std::max<int64_t>(1, extent + draw.below(5) - 2);
  grid = kernels::transformAxis(grid, axis, n, inverse, n);
  c.lengths[axis] = n;
  return results + "spectral.dft " + (inverse ? "inverse " : "forward ") + operands + along + length(n) + tail;
}

/// Of a device whose sides and all of its points are lengths of stages.
Case drawCase(unsigned seed, const device::Profile &profile) {
  Draw draw(seed);
  Case c;
  auto rank = 1 + draw.below(4);
  bool isWholeFrames = rank <= 2 && profile.pixels() <= 400 && draw.below(4) == 0;
  bool isLong = rank <= 2 && draw.below(6) == 0;    // more than a tile of the electronics
  bool hasStages = rank <= 2 && draw.below(4) == 0; // lengths that apertures and electronics share
  for (int64_t i = 0; i < rank; ++i)
    c.input.push_back(isWholeFrames && i == rank - 1 ? profile.pixels() * (1 + draw.below(3))
                      : hasStages                    ? std::array{22, 33, 44, 48, 55, 64, 66, 96}[draw.below(8)]
                                                     : 1 + draw.below(rank > 2 ? 14
                                                                      : isLong ? 300
                                                                               : 40));
  c.hasIm = draw.coin();
  std::normal_distribution<double> normal;
  c.x.shape = c.input;
  for (int64_t i = 0; i < kernels::countPositions(c.input); ++i) {
    c.x.re.push_back(static_cast<float>(normal(draw.generator)));
    if (c.hasIm)
      c.x.im.push_back(static_cast<float>(normal(draw.generator)));
  }
  c.y = c.x;
  int64_t first = draw.below(rank), second = draw.below(rank);
  bool isPair = rank > 1 && first != second && draw.coin(), endsReal = false;
  std::string type = typeOf(c.input);
  c.text = "func.func @main(%xre: " + type + ", %xim: " + type + ") -> (RESULTS) {\n";
  c.text += drawOp(draw, c, c.y, first, c.hasIm, !isPair, "x", isPair ? "a" : "y", endsReal);
  if (isPair)
    c.text += drawOp(draw, c, c.y, second, true, true, "a", "y", endsReal);
  c.output = c.y.shape;
  c.readsIm = !endsReal && draw.coin();
  c.readsRe = !c.readsIm || draw.coin();
  std::string values, types;
  for (auto [isRead, name] : {std::pair{c.readsRe, "%yre"}, {c.readsIm, "%yim"}})
    if (isRead) {
      values += (values.empty() ? "" : ", ") + std::string(name);
      types += (types.empty() ? "" : ", ") + typeOf(c.output);
    }
  c.text.replace(c.text.find("RESULTS"), 7, types);
  c.text += "return " + values + " : " + types + "\n}\n";
  return c;
}

/// What the host does before the launch: coefficients of a half spectrum that stand for two are doubled.
std::vector<float> hostPart(const Case &c, const std::vector<double> &part) {
  std::vector<float> result(part.begin(), part.end());
  if (!c.isHalf)
    return result;
  int64_t inner = 1, extent = c.input[c.halfAxis];
  for (size_t i = c.halfAxis + 1; i < c.input.size(); ++i)
    inner *= c.input[i];
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t k = static_cast<int64_t>(i) / inner % extent;
    if (k != 0 && 2 * k != c.halfLength)
      result[i] *= 2;
  }
  return result;
}

/// What the host makes of spectra of which two are transformed as one, of a shape in which batches between axes are one
/// dimension each and one of them is halved: Z[k] = Ha[k] + i Hb[k], H[k] = (A[k] + conj A[-k]) / 2.
std::array<std::vector<float>, 2> packSpectra(const Case &c, ArrayRef<int64_t> packed) {
  std::vector<float> re = hostPart(c, c.x.re), im = hostPart(c, c.x.im);
  SmallVector<int64_t> extents, axes; // of the dimensions; how long their transforms are, 0 for a batch
  for (auto [i, extent] : llvm::enumerate(c.input)) {
    if (c.lengths[i] || axes.empty() || axes.back()) {
      extents.push_back(extent);
      axes.push_back(c.lengths[i]);
    } else {
      extents.back() *= extent;
    }
  }
  EXPECT_EQ(extents.size(), packed.size());
  std::array<std::vector<float>, 2> result;
  auto at = [&](ArrayRef<int64_t> index, bool second, bool mirrored) -> std::complex<double> {
    int64_t position = 0;
    for (auto [i, k] : llvm::enumerate(index)) {
      int64_t own = axes[i] && mirrored ? (axes[i] - k) % axes[i] : k;
      if (!axes[i] && packed[i] != extents[i])
        own += second ? extents[i] / 2 : 0;
      if (own >= extents[i])
        return 0;
      position = position * extents[i] + own;
    }
    return {re[position], im[position]};
  };
  SmallVector<int64_t> index(packed.size(), 0);
  for (int64_t n = llvm::product_of(packed); n > 0; --n) {
    std::complex<double> z = 0;
    for (bool second : {false, true})
      z += (second ? std::complex<double>(0, 0.5) : 0.5) *
           (at(index, second, false) + std::conj(at(index, second, true)));
    result[0].push_back(static_cast<float>(z.real()));
    result[1].push_back(static_cast<float>(z.imag()));
    for (size_t i = packed.size(); i-- > 0 && ++index[i] == packed[i];)
      index[i] = 0;
  }
  return result;
}

struct RandomTransforms : testing::Test {
  std::unique_ptr<MLIRContext> context = createContext();
  /// What recipes say, and how often.
  std::map<std::string, unsigned> decompositions{
      {"Bluestein", 0}, {"batch", 0}, {"halves", 0}, {"2 real signals in one", 0}, {"Good-Thomas", 0}, {"spectra", 0}};

  /// False where the device takes nothing of it.
  bool check(const Case &c, const std::string &device) {
    std::vector<std::vector<float>> buffers = {hostPart(c, c.x.re)};
    if (c.hasIm)
      buffers.push_back(hostPart(c, c.x.im));
    for (bool isRead : {c.readsRe, c.readsIm})
      if (isRead)
        buffers.emplace_back(kernels::countPositions(c.output), NAN);
    auto prepare = [&](const focs::Program &program, StringRef recipe) {
      if (recipe.contains("spectra"))
        std::tie(buffers[0], buffers[1]) = std::tuple_cat(packSpectra(c, program.bindings[0].shape));
      for (auto &[part, count] : decompositions)
        count += recipe.contains(part);
    };
    if (!runOnDevice(*context, c.text, device, buffers, prepare))
      return false;
    double worst = 0, largest = 1e-30;
    size_t next = buffers.size() - c.readsRe - c.readsIm;
    for (auto [isRead, part] : {std::pair{c.readsRe, &c.y.re}, {c.readsIm, &c.y.im}})
      if (isRead) {
        const std::vector<float> &found = buffers[next++];
        for (size_t i = 0; i < found.size(); ++i) {
          double reference = part->empty() ? 0 : (*part)[i];
          double distance = std::abs(found[i] - reference);
          worst = std::max(worst, std::isnan(distance) ? INFINITY : distance);
        }
      }
    for (size_t i = 0; i < c.y.re.size(); ++i)
      largest = std::max(largest, std::hypot(c.y.re[i], c.y.im.empty() ? 0 : c.y.im[i]));
    EXPECT_LT(worst / largest, 2e-6) << device << "\n" << c.text;
    return true;
  }
};

TEST_F(RandomTransforms, OnEveryDevice) {
  unsigned seeds = seedCount(60);
  for (const std::string &device : device::builtinProfiles()) {
    device::Profile profile = llvm::cantFail(device::loadProfile(device));
    unsigned placed = 0;
    for (unsigned seed = 0; seed < seeds; ++seed)
      placed += check(drawCase(seed, profile), device);
    if (profile.firesTransform())
      EXPECT_GT(placed, seeds / 3) << device;
    else
      EXPECT_EQ(placed, 0u) << device;
  }
  for (auto &[part, count] : decompositions)
    EXPECT_GT(count, seeds / 20) << "too few plans of the kind: " << part;
}

/// Both axes of a real array of whole stages, forward: the lengths for which mirrored plans are fastest.
Case wholeStages(const Extents &shape, bool readsIm) {
  Draw draw(shape[0]);
  std::normal_distribution<double> normal;
  Case c;
  c.input = c.output = shape;
  c.readsIm = readsIm;
  c.x.shape = shape;
  for (int64_t i = 0; i < kernels::countPositions(shape); ++i)
    c.x.re.push_back(static_cast<float>(normal(draw.generator)));
  c.y = kernels::transformAxis(c.x, 1, shape[1], false, shape[1]);
  c.y = kernels::transformAxis(c.y, 0, shape[0], false, shape[0]);
  std::string type = typeOf(shape), tail = " plan optic : " + type + "\n", results = readsIm ? "%c, %d" : "%c";
  std::string types = readsIm ? type + ", " + type : type;
  c.text = "func.func @main(%x: " + type + ") -> (" + types + ") {\n  %a, %b = spectral.dft forward %x along 1" + tail +
           "  %c, %d = spectral.dft forward %a, %b along 0" + tail + "  return " + results + " : " + types + "\n}\n";
  return c;
}

/// Whole frames of coprime sides: what they load is padded, cut, reversed, read in pairs and in halves.
TEST_F(RandomTransforms, WholeFrames) {
  decompositions = {{"11 x 16", 0}};
  device::Profile profile = llvm::cantFail(device::loadProfile("ofe-11x16"));
  unsigned found = 0;
  for (unsigned seed = 0, seeds = 4 * seedCount(60); seed < seeds; ++seed) {
    Case c = drawCase(seed, profile);
    found += llvm::any_of(c.input, [&](int64_t extent) { return extent % profile.pixels() == 0; });
    if (c.input.back() >= profile.pixels())
      check(c, "ofe-11x16");
  }
  EXPECT_GT(decompositions["11 x 16"], found / 4);
  EXPECT_GT(found, 10u);
}

TEST_F(RandomTransforms, Mirrored) {
  decompositions = {{"mirrored", 0}};
  for (bool readsIm : {false, true}) {
    EXPECT_TRUE(check(wholeStages({121, 363}, readsIm), "ofe-11"));
    EXPECT_TRUE(check(wholeStages({484, 363}, readsIm), "ofe-11"));
    EXPECT_TRUE(check(wholeStages({242, 484}, readsIm), "ofe-11-proto"));
    EXPECT_TRUE(check(wholeStages({256, 768}, readsIm), "ofe-16"));
  }
  EXPECT_GE(decompositions["mirrored"], 4u);
}

/// ofe-11 with an encoder of less; the path of its profile.
std::string withEncoder(StringRef name, StringRef domain, int64_t bits, int64_t digits) {
  std::string text = llvm::cantFail(device::loadProfile("ofe-11")).text;
  size_t begin = text.find("[encoder]"), end = text.find("[filter]");
  text.replace(
      begin, end - begin,
      ("[encoder]\ndomain = \"" + domain + "\"\nbits = " + Twine(bits) + "\ndigits = " + Twine(digits) + "\n\n").str());
  return writeDevice(name, text);
}

// Numbers in digits are exact in exact mode, too: bit planes of a binary encoder, slices of real and complex ones.
TEST_F(RandomTransforms, InDigits) {
  unsigned placed = 0;
  for (const std::string &device : {withEncoder("binary", "binary", 1, 8), withEncoder("real", "real", 4, 3),
                                    withEncoder("complex", "complex", 4, 2)})
    for (unsigned seed = 0; seed < 12; ++seed)
      placed += check(drawCase(seed, llvm::cantFail(device::loadProfile(device))), device);
  EXPECT_GT(placed, 12u);
}

TEST_F(RandomTransforms, OnRandomDevices) {
  unsigned seeds = seedCount(200), placed = 0, coprime = 0; // sides
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Draw draw(seed);
    std::string device = drawDevice(draw, /*hasFilter=*/false);
    device::Profile profile = llvm::cantFail(device::loadProfile(device));
    coprime += std::gcd(profile.rows, profile.cols) == 1 && profile.rows > 1 && profile.cols > 1;
    placed += check(drawCase(seed, profile), device);
    if (HasFailure())
      FAIL() << "seed " << seed << ", on\n" << profile.text;
  }
  EXPECT_GT(placed, seeds / 4);
  EXPECT_GT(coprime, seeds / 4);
  EXPECT_GT(decompositions["Good-Thomas"], seeds / 40);
}

/// Plans are compared by the time that they foretell, so that has to be the one that is counted.
TEST_F(RandomTransforms, TimesAreForetold) {
  auto pairOfTransforms = [](const std::string &type, int64_t axis) {
    std::string tail = " plan optic : " + type + "\n", at = std::to_string(axis), before = std::to_string(axis - 1);
    return "func.func @main(%x: " + type + ") -> (" + type + ") {\n  %a, %b = spectral.dft forward %x along " + at +
           tail + "  %c, %d = spectral.dft forward %a, %b along " + before + tail + "  return %c : " + type + "\n}\n";
  };
  for (const char *device : {"ofe-11", "ofe-16", "ofe-32", "ofe-11x16", "enable-16e", "ofe-11-proto"}) {
    device::Profile profile = llvm::cantFail(device::loadProfile(device));
    for (auto [type, axis] : {std::pair<std::string, int64_t>{"tensor<512x768xf32>", 1},
                              {"tensor<484x726xf32>", 1},
                              {"tensor<352x176xf32>", 1},
                              {"tensor<64x128xf32>", 1},
                              {"tensor<8x64x128xf32>", 2},
                              {"tensor<65x11x11xf32>", 2},
                              {"tensor<16x16x16xf32>", 2}}) {
      auto module = parseSourceString<ModuleOp>(pairOfTransforms(type, axis), ParserConfig(context.get()));
      ASSERT_TRUE(module);
      spectral::FourierOpInterface first;
      module->walk([&](spectral::FourierOpInterface op) { first = first ? first : op; });
      std::optional<spectral_to_optic::DeviceTransform> pair = spectral_to_optic::pairOf(first, "optic");
      ASSERT_TRUE(pair);
      spectral_to_optic::Placement placement = place(*pair, profile, 0);
      ASSERT_TRUE(placement.transform) << placement.reason;
      PassManager passes(context.get());
      passes.addPass(createConvertSpectralToOptic({device, 0}));
      optic::OpticScheduleOptions schedule;
      schedule.device = device;
      passes.nest<optic::ProgramOp>().addPass(optic::createOpticSchedule(schedule));
      ASSERT_TRUE(succeeded(passes.run(*module)));
      FailureOr<focs::CommandStream> stream = buildCommandStream(*module, profile);
      ASSERT_TRUE(succeeded(stream));
      llvm::cantFail(simulator::predict(*stream, profile));
      double counted = stream->programs.front().prediction.seconds;
      EXPECT_NEAR(placement.transform->plan.seconds, counted, 0.05 * counted)
          << device << ": " << type << ": " << placement.transform->plan.recipe;
    }
  }
}

} // namespace
