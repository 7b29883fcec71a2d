// Programs by hand, and what they should compute.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_SIMULATOR_PROGRAMS_H
#define TEST_UNIT_SIMULATOR_PROGRAMS_H

#include "fourmix/Simulator/Simulator.h"
#include "gtest/gtest.h"
#include <cmath>
#include <complex>
#include <numbers>
#include <random>

namespace fourmix::simulator::test {

using Complex = std::complex<double>;
using Numbers = std::vector<Complex>;

inline device::Profile builtin(llvm::StringRef name) {
  llvm::Expected<device::Profile> profile = device::loadProfile(name);
  EXPECT_TRUE(bool(profile)) << llvm::toString(profile.takeError());
  return std::move(*profile);
}

inline Numbers randomNumbers(int64_t count, unsigned seed, bool isReal = false) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  Numbers result(count);
  for (Complex &x : result) {
    x = normal(engine);
    if (!isReal)
      x += Complex(0, normal(engine));
  }
  return result;
}

/// exp(-2 pi i k / n).
inline Complex root(int64_t k, int64_t n) { return std::polar(1.0, -2 * std::numbers::pi * double(k % n) / double(n)); }

inline Numbers dft2(const Numbers &x, int64_t rows, int64_t cols) {
  Numbers half(rows * cols), result(rows * cols);
  for (int64_t k = 0; k < rows; ++k)
    for (int64_t m = 0; m < cols; ++m)
      for (int64_t n = 0; n < rows; ++n)
        half[k * cols + m] += x[n * cols + m] * root(k * n, rows);
  for (int64_t k = 0; k < rows; ++k)
    for (int64_t l = 0; l < cols; ++l)
      for (int64_t m = 0; m < cols; ++m)
        result[k * cols + l] += half[k * cols + m] * root(l * m, cols);
  return result;
}

/// max |a - b| / max |b|.
inline double distance(const Numbers &a, const Numbers &b) {
  double error = 0, most = 0;
  EXPECT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    error = std::max(error, std::abs(a[i] - b[i]));
    most = std::max(most, std::abs(b[i]));
  }
  return error / most;
}

/// 10 log10 of the power of `b` over that of a - b.
inline double snr(const Numbers &a, const Numbers &b) {
  double noise = 0, signal = 0;
  for (size_t i = 0; i < a.size(); ++i)
    noise += std::norm(a[i] - b[i]), signal += std::norm(b[i]);
  return 10 * std::log10(signal / noise);
}

/// Complex tensors are pairs of F64 bindings: number i has its real part in region 2 + 2 i.
inline uint8_t re(int i) { return focs::firstBinding + 2 * i; }
inline uint8_t im(int i) { return re(i) + 1; }

inline focs::AxisAccess axis(int64_t count, int64_t pitch) {
  focs::AxisAccess axis;
  axis.count = count, axis.limit = count, axis.pitch = pitch;
  return axis;
}
/// A dense matrix at an offset of complex tensor i.
inline focs::Access matrix(int i, int64_t rows, int64_t cols, focs::Linear offset = {}) {
  return {focs::ElementType::F64, axis(rows, cols), axis(cols, 1), focs::Plane{re(i), offset},
          focs::Plane{im(i), offset}};
}
inline focs::Linear linear(int64_t base, std::initializer_list<int64_t> steps) {
  focs::Linear linear;
  linear.base = base;
  std::copy(steps.begin(), steps.end(), linear.step.begin());
  return linear;
}
inline focs::Slot slot(int first, int rotate = 1) {
  return {static_cast<uint16_t>(first), static_cast<uint16_t>(rotate)};
}

class Program {
public:
  /// Adds a complex tensor; returns its number.
  int tensor(int64_t size, bool isOutput = false) {
    for (const char *part : {"re", "im"})
      program.bindings.push_back(
          {part + std::to_string(program.bindings.size() / 2), focs::ElementType::F64, isOutput, {size}});
    return static_cast<int>(program.bindings.size() / 2) - 1;
  }
  template <typename Body>
  Program &add(Body body, uint32_t wait = 0, uint32_t signal = 0) {
    program.main.push_back({wait, signal, std::move(body)});
    return *this;
  }
  template <typename Body>
  Program &preload(Body body) {
    program.preload.push_back({0, 0, std::move(body)});
    return *this;
  }
  /// Input tensor 0 through one fire into output tensor 1, dense, all of the aperture.
  Program &single(const device::Profile &profile, focs::Fire fire, focs::ReadBack read = {}) {
    int64_t rows = profile.rows, cols = profile.cols;
    int in = tensor(rows * cols), out = tensor(rows * cols, true);
    focs::LoadField load;
    load.from = matrix(in, rows, cols);
    return add(load).add(fire).add(read).add(focs::Store{{}, matrix(out, rows, cols)});
  }

  focs::Program program;
};

/// Ends both codes, says how many frames there are, and puts a barrier between any two instructions where the program
/// has no tokens of its own.
inline focs::Program finish(focs::Program program) {
  auto hasTokens = [](const focs::Instruction &instruction) { return instruction.wait || instruction.signal; };
  for (std::vector<focs::Instruction> *code : {&program.preload, &program.main}) {
    std::vector<focs::Instruction> ordered;
    bool needsBarriers = std::none_of(code->begin(), code->end(), hasTokens);
    std::vector<uint64_t> times = {1};
    for (const focs::Instruction &instruction : *code) {
      ordered.push_back(instruction);
      if (const auto *loop = std::get_if<focs::Loop>(&instruction.body))
        times.push_back(times.back() * loop->trip);
      if (std::holds_alternative<focs::EndLoop>(instruction.body))
        times.pop_back();
      if (const auto *fire = std::get_if<focs::Fire>(&instruction.body))
        program.prediction.frames += times.back() * fire->repeat;
      if (needsBarriers && focs::queueOf(instruction) != focs::Queue::None)
        ordered.push_back({0, 0, focs::Barrier()});
    }
    ordered.push_back({0, 0, focs::End()});
    *code = std::move(ordered);
  }
  return program;
}

/// A device with one program, and its runs.
class Runner {
public:
  Runner(Program built, const device::Profile &profile, SimulatorOptions options = {}, bool loads = true) {
    built.program.name = "main";
    focs::CommandStream stream;
    stream.profile = profile.text;
    stream.programs = {finish(built.program)};
    llvm::Expected<std::unique_ptr<Device>> loaded = Device::load(stream, options, &profile);
    if (loaded)
      device = std::move(*loaded);
    else
      message = llvm::toString(loaded.takeError());
    EXPECT_EQ(message.empty(), loads) << message;
  }

  /// The outputs, one after the other. `usage` and `byMark` are those of the run.
  std::vector<Numbers> operator()(std::vector<Numbers> inputs) {
    if (!device)
      return {Numbers(inputs.empty() ? 1 : inputs[0].size())};
    const focs::Program &program = device->stream().programs[0];
    std::vector<std::vector<double>> planes;
    std::vector<Buffer> buffers;
    size_t next = 0;
    for (size_t i = 0; i < program.bindings.size(); ++i) {
      planes.emplace_back(program.bindings[i].shape[0]);
      if (!program.bindings[i].isOutput)
        for (size_t k = 0; k < planes.back().size(); ++k)
          planes.back()[k] = i % 2 ? inputs[next][k].imag() : inputs[next][k].real();
      next += !program.bindings[i].isOutput && i % 2;
    }
    for (std::vector<double> &plane : planes)
      buffers.push_back({plane.data(), plane.size() * sizeof(double)});
    usage = {};
    byMark.clear();
    llvm::Error error = device->run(0, buffers, &usage, &byMark);
    message = error ? llvm::toString(std::move(error)) : "";
    std::vector<Numbers> outputs;
    for (size_t i = 0; i < planes.size(); i += 2)
      if (program.bindings[i].isOutput) {
        outputs.emplace_back();
        for (size_t k = 0; k < planes[i].size(); ++k)
          outputs.back().push_back({planes[i][k], planes[i + 1][k]});
      }
    return outputs;
  }

  std::unique_ptr<Device> device;
  Usage usage;
  std::vector<Usage> byMark;
  std::string message;
};

} // namespace fourmix::simulator::test

#endif // TEST_UNIT_SIMULATOR_PROGRAMS_H
