// Times Fourmix's transforms beside FFTW's, in alternating rounds of one process, one thread, and prints medians and
// ratios. See README.md here.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Emission.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/InitAll.h"
#include "fourmix/Pipelines/Pipelines.h"
#include "fourmix/Runtime/CompiledModel.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fftw3.h>
#include <functional>
#include <memory>
#include <random>

using namespace fourmix;
using llvm::formatv;

namespace {

struct Buffer {
  explicit Buffer(size_t count) : data(static_cast<float *>(fftwf_malloc(count * sizeof(float)))), count(count) {
    std::mt19937 generator(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (size_t i = 0; i < count; ++i)
      data[i] = uniform(generator);
  }
  ~Buffer() { fftwf_free(data); }
  float *data;
  size_t count;
};

/// `body` computes %r (and %s) from %x (and %y).
std::unique_ptr<CompiledModel> compile(mlir::MLIRContext &context, const std::string &text) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  auto target = resolveTarget();
  if (!module || !target) {
    llvm::errs() << text;
    exit(1);
  }
  mlir::PassManager manager(&context);
  PipelineOptions options;
  options.vectorWidth = target->vectorBytes / 4;
  options.vectorRegisters = target->vectorRegisters;
  (void)mlir::parsePassPipeline(
      formatv("convert-mix-to-spectral{{whole=true},func.func(convert-spectral-to-vector{{vector-width={0}})",
              options.vectorWidth)
          .str(),
      manager);
  buildPhasePipeline(manager, Phase::CPU, options);
  buildPhasePipeline(manager, Phase::LLVM, options);
  if (failed(manager.run(*module)))
    exit(1);
  EmitOptions emit;
  emit.target = *target;
  return compileInProcess(*module, emit);
}

void runModel(CompiledModel &model, llvm::ArrayRef<float *> in, llvm::ArrayRef<float *> out) {
  std::vector<fourmix_tensor> inputs, outputs;
  for (auto [data, info] : llvm::zip(in, model.inputs()))
    inputs.push_back({data, FOURMIX_FLOAT32, info.rank, info.dims});
  for (auto [data, info] : llvm::zip(out, model.outputs()))
    outputs.push_back({data, FOURMIX_FLOAT32, info.rank, info.dims});
  if (llvm::Error error = model.run(inputs, outputs)) {
    llvm::errs() << error << "\n";
    exit(1);
  }
}

/// Medians in microseconds, rounds alternating.
std::pair<double, double> measure(const std::function<void()> &ours, const std::function<void()> &theirs) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times[2];
  auto begin = Clock::now();
  for (int round = 0; round < 400; ++round) {
    for (int which : {0, 1}) {
      auto start = Clock::now();
      which ? theirs() : ours();
      times[which].push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    if (round > 10 && Clock::now() - begin > std::chrono::seconds(2))
      break;
  }
  for (auto &list : times)
    std::nth_element(list.begin(), list.begin() + list.size() / 2, list.end());
  return {times[0][times[0].size() / 2], times[1][times[1].size() / 2]};
}

void report(const std::string &name, std::pair<double, double> times, double error) {
  llvm::outs() << llvm::format("%-44s %10.1f us %10.1f us   %5.2f x   error %.1e\n", name.c_str(), times.first,
                               times.second, times.second / times.first, error);
  llvm::outs().flush();
}

double distance(const Buffer &a, const std::function<float(size_t)> &b) {
  double worst = 0, largest = 0;
  for (size_t i = 0; i < a.count; ++i) {
    worst = std::max(worst, std::fabs(double(a.data[i]) - b(i)));
    largest = std::max(largest, std::fabs(double(b(i))));
  }
  return worst / largest;
}

void complexTransform(mlir::MLIRContext &context, int64_t rows, int64_t columns, int axis) {
  std::string type = formatv("tensor<{0}x{1}xf32>", rows, columns);
  auto model = compile(context, formatv("func.func @main(%x: {0}, %y: {0}) -> ({0}, {0}) {{\n"
                                        "%a, %b = spectral.dft forward %x, %y along {1} : {0}\n"
                                        "return %a, %b : {0}, {0} }",
                                        type, axis));
  size_t n = rows * columns;
  Buffer re(n), im(n), outRe(n), outIm(n), in(2 * n), out(2 * n);
  int length = axis ? columns : rows, count = axis ? rows : columns, stride = axis ? 1 : columns;
  auto plan =
      fftwf_plan_many_dft(1, &length, count, (fftwf_complex *)in.data, nullptr, stride, axis ? columns : 1,
                          (fftwf_complex *)out.data, nullptr, stride, axis ? columns : 1, FFTW_FORWARD, FFTW_MEASURE);
  for (size_t i = 0; i < n; ++i) {
    in.data[2 * i] = re.data[i];
    in.data[2 * i + 1] = im.data[i];
  }
  auto times =
      measure([&] { runModel(*model, {re.data, im.data}, {outRe.data, outIm.data}); }, [&] { fftwf_execute(plan); });
  report(formatv("complex [{0}, {1}] along {2}", rows, columns, axis), times,
         distance(outRe, [&](size_t i) { return out.data[2 * i]; }));
  fftwf_destroy_plan(plan);
}

void realTransform(mlir::MLIRContext &context, int64_t rows, int64_t columns, int axis) {
  int64_t length = axis ? columns : rows, half = length / 2 + 1;
  std::string type = formatv("tensor<{0}x{1}xf32>", rows, columns);
  std::string spectrum = formatv("tensor<{0}x{1}xf32>", axis ? rows : half, axis ? half : columns);
  auto model = compile(context, formatv("func.func @main(%x: {0}) -> ({1}, {1}) {{\n"
                                        "%a, %b = spectral.rdft %x along {2} : {0}\n"
                                        "return %a, %b : {1}, {1} }",
                                        type, spectrum, axis));
  size_t lines = axis ? rows : columns, m = half * lines;
  Buffer x(rows * columns), outRe(m), outIm(m), out(2 * m), copy(rows * columns);
  int n = length, stride = axis ? 1 : columns;
  auto plan = fftwf_plan_many_dft_r2c(1, &n, lines, copy.data, nullptr, stride, axis ? columns : 1,
                                      (fftwf_complex *)out.data, nullptr, stride, axis ? half : 1, FFTW_MEASURE);
  std::copy(x.data, x.data + x.count, copy.data);
  auto times = measure([&] { runModel(*model, {x.data}, {outRe.data, outIm.data}); }, [&] { fftwf_execute(plan); });
  report(formatv("real [{0}, {1}] along {2}", rows, columns, axis), times,
         distance(outRe, [&](size_t i) { return out.data[2 * i]; }));
  fftwf_destroy_plan(plan);
}

void mixing(mlir::MLIRContext &context, int64_t n, int64_t d) {
  std::string type = formatv("tensor<{0}x{1}xf32>", n, d);
  auto model = compile(context, formatv("func.func @main(%x: {0}) -> {0} {{\n"
                                        "%y = mix.fourier %x sequence 0 hidden 1 : {0}\n"
                                        "return %y : {0} }",
                                        type));
  int64_t half = d / 2 + 1;
  Buffer x(n * d), y(n * d), copy(n * d), spectrum(2 * n * half), theirs(n * d);
  auto plan = fftwf_plan_dft_r2c_2d(n, d, copy.data, (fftwf_complex *)spectrum.data, FFTW_MEASURE);
  std::copy(x.data, x.data + x.count, copy.data);
  // The library's best complete form: half spectrum, real part, and the columns that are missing by symmetry.
  auto reference = [&] {
    fftwf_execute(plan);
    for (int64_t t = 0; t < n; ++t) {
      const float *row = spectrum.data + 2 * t * half, *mirrored = spectrum.data + 2 * ((n - t) % n) * half;
      float *to = theirs.data + t * d;
      for (int64_t k = 0; k < half; ++k)
        to[k] = row[2 * k];
      for (int64_t k = half; k < d; ++k)
        to[k] = mirrored[2 * (d - k)];
    }
  };
  auto times = measure([&] { runModel(*model, {x.data}, {y.data}); }, reference);
  report(formatv("mixing [{0}, {1}]", n, d), times, distance(y, [&](size_t i) { return theirs.data[i]; }));
  std::vector<RegionTime> profile;
  RunOptions options;
  options.profile = &profile;
  std::vector<int64_t> dims{n, d};
  for (int i = 0; i < 50; ++i)
    if (llvm::Error error = model->run({{x.data, FOURMIX_FLOAT32, 2, dims.data()}},
                                       {{y.data, FOURMIX_FLOAT32, 2, dims.data()}}, options))
      exit(1);
  for (RegionTime &region : profile)
    llvm::outs() << "    " << region.name << llvm::format(" %.1f us\n", region.seconds / region.calls * 1e6);
  fftwf_destroy_plan(plan);
}

} // namespace

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  mlir::registerAllToLLVMIRTranslations(registry);
  mlir::MLIRContext context(registry);
  llvm::outs() << llvm::format("%-44s %13s %13s   %7s\n", "f32, one thread, medians", "Fourmix", "FFTW", "ratio");
  mixing(context, 512, 768);
  if (argc > 1)
    return 0;
  mixing(context, 128, 256);
  mixing(context, 4096, 768);
  for (int64_t n : {128, 256, 384, 512, 768, 1000, 1024, 4096}) {
    complexTransform(context, n, 512, 0);
    complexTransform(context, 512, n, 1);
    realTransform(context, n, 512, 0);
    realTransform(context, 512, n, 1);
  }
}
