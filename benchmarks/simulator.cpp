// Times fourmix-sim's machine on whole streams beside FFTW alone, in double, on the same transforms, and prints the
// ratio. See README.md here.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <ctime>
#include <fftw3.h>
#include <map>
#include <random>

using namespace fourmix;
using llvm::formatv;

namespace {

/// Of this thread's time, so that others on the machine disturb little.
double secondsOf(llvm::function_ref<void()> work) {
  auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  double start = now();
  work();
  return now() - start;
}

template <typename T>
T check(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  llvm::errs() << llvm::toString(value.takeError()) << '\n';
  exit(1);
}

/// A transform: of both axes of a tile, or along its rows (0) or columns (1).
struct Shape {
  int64_t rows, cols;
  int axis;
  auto operator<=>(const Shape &) const = default;
};

/// What the main code transforms, with how often. Extents of tiles follow the slots, in the order of the text.
std::map<Shape, uint64_t> transformsOf(const focs::Program &program, const device::Profile &profile) {
  std::map<Shape, uint64_t> count;
  std::map<uint16_t, std::pair<int64_t, int64_t>> extents;
  std::vector<uint64_t> times{1};
  for (const focs::Instruction &instruction : program.main) {
    if (const auto *loop = std::get_if<focs::Loop>(&instruction.body))
      times.push_back(times.back() * loop->trip);
    else if (std::holds_alternative<focs::EndLoop>(instruction.body))
      times.pop_back();
    else if (const auto *fire = std::get_if<focs::Fire>(&instruction.body))
      count[{profile.rows, profile.cols, 2}] +=
          times.back() * fire->repeat * (fire->mode == focs::FireMode::Correlate4F ? 2 : 1);
    else if (const auto *read = std::get_if<focs::ReadBack>(&instruction.body))
      extents[read->accumulator.first] = {profile.rows, profile.cols};
    else if (const auto *load = std::get_if<focs::LoadAccumulator>(&instruction.body))
      extents[load->accumulator.first] = {load->from.row.count, load->from.col.count};
    else if (const auto *sum = std::get_if<focs::Elementwise>(&instruction.body))
      extents[sum->to.first] = extents[sum->a.first];
    else if (const auto *dft = std::get_if<focs::ElectronicDft>(&instruction.body)) {
      auto [rows, cols] = extents[dft->accumulator.first];
      count[{rows, cols, dft->axis == focs::TileAxis::Row ? 0 : 1}] += times.back();
    }
  }
  return count;
}

/// Seconds of one transform by FFTW's best plan (FFTW_MEASURE), tile after tile, out of place in the cache.
double fftwSeconds(const Shape &shape) {
  int64_t size = shape.rows * shape.cols;
  auto *in = fftw_alloc_complex(size), *out = fftw_alloc_complex(size);
  int rows = static_cast<int>(shape.rows), cols = static_cast<int>(shape.cols);
  fftw_plan plan =
      shape.axis == 2 ? fftw_plan_dft_2d(rows, cols, in, out, FFTW_FORWARD, FFTW_MEASURE)
      : shape.axis == 0
          ? fftw_plan_many_dft(1, &rows, cols, in, nullptr, cols, 1, out, nullptr, cols, 1, FFTW_FORWARD, FFTW_MEASURE)
          : fftw_plan_many_dft(1, &cols, rows, in, nullptr, 1, cols, out, nullptr, 1, cols, FFTW_FORWARD, FFTW_MEASURE);
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < size; ++i)
    in[i][0] = normal(generator), in[i][1] = normal(generator);
  double best = INFINITY;
  int64_t count = std::max<int64_t>(1, 200'000 / size);
  for (int round = 0; round < 20; ++round)
    best = std::min(best, secondsOf([&] {
                            for (int64_t i = 0; i < count; ++i)
                              fftw_execute(plan);
                          }) / static_cast<double>(count));
  fftw_destroy_plan(plan);
  fftw_free(in), fftw_free(out);
  return best;
}

void measure(const focs::CommandStream &stream, const device::Profile &profile, size_t number, llvm::StringRef only,
             int rounds) {
  const focs::Program &program = stream.programs[number];
  std::vector<std::vector<double>> memory; // of any type: doubles are large enough
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  for (const focs::Binding &binding : program.bindings) {
    size_t size = 1;
    for (int64_t extent : binding.shape)
      size *= extent;
    std::vector<double> &tensor = memory.emplace_back(size);
    for (size_t i = 0; i < size; ++i)
      if (binding.type == focs::ElementType::F32)
        reinterpret_cast<float *>(tensor.data())[i] = static_cast<float>(normal(generator));
      else
        tensor[i] = normal(generator);
  }
  std::vector<simulator::Buffer> buffers;
  for (auto [binding, tensor] : llvm::zip_equal(program.bindings, memory))
    buffers.push_back({tensor.data(), tensor.size() * focs::byteSize(binding.type)});

  double frames = 0, electronic = 0;
  uint64_t framesFired = 0, electronicTransforms = 0;
  for (const auto &[shape, count] : transformsOf(program, profile)) {
    bool isFrame = shape.axis == 2;
    (isFrame ? frames : electronic) += static_cast<double>(count) * fftwSeconds(shape);
    (isFrame ? framesFired : electronicTransforms) += count;
  }
  llvm::outs() << formatv(
      "{0} on {1}: {2} frames, FFTW {3:f2} ms; {4} electronic transforms of tiles, FFTW {5:f2} ms\n", program.name,
      profile.name, framesFired, 1e3 * frames, electronicTransforms, 1e3 * electronic);
  for (auto [mode, name] : {std::pair(simulator::Mode::Exact, "exact"),
                            {simulator::Mode::Quant, "quant"},
                            {simulator::Mode::Noisy, "noisy"},
                            {simulator::Mode::Count, "count"}}) {
    if (!only.empty() && only != name)
      continue;
    simulator::SimulatorOptions options;
    options.mode = mode;
    std::unique_ptr<simulator::Device> device = check(simulator::Device::load(stream, options, &profile));
    double best = INFINITY;
    for (int round = 0; round < rounds; ++round)
      best = std::min(best, secondsOf([&] {
                        if (llvm::Error error = device->run(number, buffers)) {
                          llvm::errs() << llvm::toString(std::move(error)) << '\n';
                          exit(1);
                        }
                      }));
    llvm::outs() << formatv("  {0}  {1,9:f2} ms, {2,7:f1} thousand frames/s", name, 1e3 * best,
                            framesFired / best / 1e3);
    if (mode != simulator::Mode::Count)
      llvm::outs() << formatv(", {0:f1} % of FFTW's rate on the frames alone, {1:f1} % on all transforms",
                              100 * frames / best, 100 * (frames + electronic) / best);
    llvm::outs() << '\n';
    llvm::outs().flush();
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    llvm::errs() << "simulator-benchmark [--mode=exact|quant|noisy|count] [--rounds=5] MODEL.focs...\n";
    return 1;
  }
  llvm::StringRef only;
  int rounds = 5;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    if (argument.consume_front("--mode=")) {
      only = argument;
      continue;
    }
    if (argument.consume_front("--rounds=")) {
      rounds = std::max(1, std::atoi(argument.data()));
      continue;
    }
    auto file = llvm::MemoryBuffer::getFile(argv[i], false, false);
    if (!file) {
      llvm::errs() << "cannot read '" << argv[i] << "': " << file.getError().message() << '\n';
      return 1;
    }
    llvm::StringRef bytes = (*file)->getBuffer();
    focs::CommandStream stream = check(focs::decode({bytes.bytes_begin(), bytes.bytes_end()}));
    device::Profile profile = check(device::parseProfile(stream.profile, argv[i]));
    for (size_t program = 0; program < stream.programs.size(); ++program)
      measure(stream, profile, program, only, rounds);
  }
}
