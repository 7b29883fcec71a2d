// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What --device-precision foretells of filters, beside what a simulated device with noise computes: a filter that
// passes little light asks for more captures than a transform, and then gives the SNR that its remark says.
#include "DeviceRun.h"
#include "fourmix/Support/Diagnostics.h"
#include "lib/Kernels/Grid.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;

namespace {

constexpr int64_t signals = 16;

/// A kernel of `side` x `side` taps, and how its light is spread: all frequencies alike, or few of them bright.
struct Kernel {
  const char *name;
  std::function<double(Draw &draw, double row, double col)> tap; // row, col: from -side/2 on
};

const Kernel kernelsOfLight[] = {
    {"one tap", [](Draw &, double row, double col) { return row == 0 && col == 0 ? 1.0 : 0.0; }},
    {"random", [](Draw &draw, double, double) { return std::normal_distribution<double>()(draw.generator); }},
    {"Gaussian of 1 pixel", [](Draw &, double row, double col) { return std::exp(-(row * row + col * col) / 2); }},
    {"Gaussian of 2 pixels", [](Draw &, double row, double col) { return std::exp(-(row * row + col * col) / 8); }},
};

std::string filterText(const Kernel &kernel, int64_t side) {
  Draw draw(1);
  std::vector<int64_t> shape = {1, side, side};
  std::vector<double> taps;
  for (int64_t r = 0; r < side; ++r)
    for (int64_t c = 0; c < side; ++c)
      taps.push_back(kernel.tap(draw, static_cast<double>(r - side / 2), static_cast<double>(c - side / 2)));
  kernels::ComplexGrid spectrum = kernels::halfSpectrum({shape, taps, {}}, {1, 2}, {side, side});
  spectrum.im.resize(spectrum.re.size());
  std::string data = typeOf({signals, side, side}), of = typeOf(spectrum.shape);
  return "func.func @main(%x: " + data + ") -> " + data + " {\n" + constantText("re", spectrum.re, spectrum.shape) +
         constantText("im", spectrum.im, spectrum.shape) +
         llvm::formatv("  %y = spectral.filter %x by %re, %im along [1, 2] lengths [{0}, {0}] plan optic : "
                       "({1}, {2}, {2}) -> {1}\n  return %y : {1}\n}\n",
                       side, data, of)
             .str();
}

std::vector<float> run(const focs::CommandStream &stream, simulator::Mode mode) {
  simulator::SimulatorOptions options;
  options.mode = mode;
  std::unique_ptr<simulator::Device> device = llvm::cantFail(simulator::Device::load(stream, options, nullptr));
  size_t count = 0;
  for (const focs::Binding &binding : stream.programs[0].bindings)
    count = std::max<size_t>(count, llvm::product_of(binding.shape));
  std::vector<float> x(count), y(count);
  Draw draw(2);
  for (float &number : x)
    number = static_cast<float>(std::normal_distribution<double>()(draw.generator));
  std::vector<simulator::Buffer> bound = {{x.data(), x.size() * sizeof(float)}, {y.data(), y.size() * sizeof(float)}};
  simulator::Usage usage;
  llvm::cantFail(device->run(0, bound, &usage));
  return y;
}

double snr(const std::vector<float> &exact, const std::vector<float> &found) {
  double power = 0, error = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    power += static_cast<double>(exact[i]) * exact[i];
    error += std::pow(static_cast<double>(exact[i]) - found[i], 2);
  }
  return 10 * std::log10(power / error);
}

/// "…; 31.2 dB of normal numbers are foretold"
double foretold(StringRef remark) {
  StringRef before = remark.substr(0, remark.find(" dB of normal"));
  double value = NAN;
  EXPECT_FALSE(before.substr(before.rfind(' ') + 1).getAsDouble(value)) << remark.str();
  return value;
}

/// Frames of a filter with every kernel, and their errors, which are as foretold.
std::vector<uint64_t> check(const std::string &device, double bits) {
  std::vector<uint64_t> frames;
  int64_t side = llvm::cantFail(device::loadProfile(device)).rows;
  for (const Kernel &kernel : kernelsOfLight) {
    std::unique_ptr<MLIRContext> context = createContext();
    std::string precision;
    showRemarks(*context, [&](const remark::detail::Remark &remark) {
      if (StringRef(remark.getMsg()).contains("foretold"))
        precision = remark.getMsg();
    });
    ScopedDiagnosticHandler quiet(context.get(), [](Diagnostic &) { return success(); });
    OwningOpRef<ModuleOp> module = placeOnDevice(*context, filterText(kernel, side), device, bits);
    FailureOr<focs::CommandStream> stream = buildCommandStream(*module, llvm::cantFail(device::loadProfile(device)));
    EXPECT_TRUE(succeeded(stream));
    if (failed(stream) || stream->programs.empty() || precision.empty()) {
      ADD_FAILURE() << device << ", " << kernel.name << " is not placed";
      continue;
    }
    double measured = snr(run(*stream, simulator::Mode::Exact), run(*stream, simulator::Mode::Noisy));
    EXPECT_NEAR(measured, foretold(precision), 2) << device << ", " << kernel.name << ": " << precision;
    frames.push_back(stream->programs[0].prediction.frames);
  }
  return frames;
}

/// A profile that comes with Fourmix with a smaller aperture, as a file.
std::string shrunk(const std::string &device, int64_t side) {
  std::string text = llvm::cantFail(device::loadProfile(device)).text;
  for (const char *key : {"\nrows = { value = ", "\ncols = { value = "}) {
    size_t at = text.find(key) + StringRef(key).size();
    text.replace(at, text.find_first_not_of("0123456789", at) - at, std::to_string(side));
  }
  llvm::SmallString<128> path;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("shrunk", "toml", path));
  llvm::cantFail(llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << text;
    return llvm::Error::success();
  }));
  return path.str().str();
}

TEST(Precision, FiltersOfLittleLight) {
  std::string correlator = shrunk("slm-4f-lab", 20);
  llvm::FileRemover remover(correlator);
  for (const std::string &device : {std::string("ofe-11"), std::string("ofe-16"), std::string("ofe-32"), correlator}) {
    std::vector<uint64_t> frames = check(device, 6);
    EXPECT_GT(frames.back(), frames.front()) << device;
    check(device, 7);
  }
}

} // namespace
