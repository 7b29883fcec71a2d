// What exact mode computes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

static device::Profile aperture(int64_t rows, int64_t cols) {
  device::Profile profile = builtin("ideal");
  profile.rows = rows, profile.cols = cols;
  profile.accumulatorRows = std::max(rows, profile.accumulatorRows);
  profile.accumulatorCols = std::max(cols, profile.accumulatorCols);
  return profile;
}

TEST(Function, TransformsOfAllApertures) {
  for (auto [rows, cols] : {std::pair(11, 11), {16, 16}, {32, 32}, {11, 16}, {1, 256}, {7, 1}, {20, 50}, {17, 67}}) {
    device::Profile profile = aperture(rows, cols);
    Numbers x = randomNumbers(rows * cols, 1);
    Runner run(Program().single(profile, {}), profile);
    EXPECT_LT(distance(run({x})[0], dft2(x, rows, cols)), 1e-13) << rows << " x " << cols;
    EXPECT_EQ(run.usage.frames, 1u);
  }
}

// optical.md 3.7: an inverse transform is a transform read backwards.
TEST(Function, InverseByReversal) {
  device::Profile profile = builtin("ofe-11x16");
  focs::ReadBack read;
  read.reversedRows = read.reversedCols = true;
  read.re = 1.0 / double(profile.pixels());
  Numbers x = randomNumbers(profile.pixels(), 2);
  Runner run(Program().single(profile, {}, read), profile);
  EXPECT_LT(distance(run({dft2(x, 11, 16)})[0], x), 1e-13);
}

static Program withFilter(const device::Profile &profile, focs::FireMode mode) {
  focs::Fire fire;
  fire.mode = mode;
  Program program;
  program.single(profile, fire);
  int filter = program.tensor(profile.pixels());
  focs::LoadFilter load;
  load.from = matrix(filter, profile.rows, profile.cols);
  program.program.main.insert(program.program.main.begin(), focs::Instruction{0, 0, load});
  return program;
}

TEST(Function, ProductAndCorrelation) {
  device::Profile profile = builtin("ideal");
  int64_t n = profile.rows;
  Numbers x = randomNumbers(n * n, 3), h = randomNumbers(n * n, 4), product(n * n);
  for (int64_t i = 0; i < n * n; ++i)
    product[i] = x[i] * h[i];
  Runner multiply(withFilter(profile, focs::FireMode::MFT), profile);
  EXPECT_LT(distance(multiply({x, h})[0], dft2(product, n, n)), 1e-13);
  EXPECT_EQ(multiply.usage.filterLoads, 1u);

  // With the transform of a kernel as the filter: the circular convolution.
  Numbers kernel = randomNumbers(n * n, 5), convolution(n * n);
  for (int64_t r = 0; r < n; ++r)
    for (int64_t c = 0; c < n; ++c)
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j)
          convolution[r * n + c] += kernel[i * n + j] * x[(r - i + n) % n * n + (c - j + n) % n];
  Runner correlate(withFilter(profile, focs::FireMode::Correlate4F), profile);
  EXPECT_LT(distance(correlate({x, dft2(kernel, n, n)})[0], convolution), 1e-13);
}

// optical.md 3.3: eleven transforms of 121 points in 22 frames. The batch stands on the second axis, which two passes
// give back reversed and eleven times as large.
TEST(Function, ParityCancellation) {
  device::Profile profile = builtin("ofe-11");
  const int64_t n = 11, length = 121;
  Program program;
  int in = program.tensor(n * length), factors = program.tensor(length), out = program.tensor(n * length, true);
  program.program.scratchBytes = 2 * n * length * sizeof(double);
  focs::LoadTable table;
  table.count = length, table.type = focs::ElementType::F64;
  table.re.region = re(factors), table.im.region = im(factors);
  program.add(table);
  auto scratch = [&](focs::Linear offset, int64_t rowPitch) {
    focs::Access access = matrix(0, n, n, offset);
    access.row.pitch = rowPitch;
    access.re->region = access.im->region = focs::scratchRegion;
    access.im->offset.base += n * length;
    return access;
  };
  // Pass 1, a frame for each n2: x[11 n1 + n2] over n1, twiddled by w^(n2 k1), to scratch [n2][k1][b].
  focs::LoadField load;
  load.field = slot(0, 2);
  load.from = matrix(in, n, n, linear(0, {1}));
  load.from.row.pitch = n, load.from.col.pitch = length;
  focs::Fire fire;
  fire.field = fire.capture = slot(0, 2);
  focs::ReadBack read;
  read.capture = read.accumulator = slot(0, 2);
  focs::Twiddle twiddle;
  twiddle.accumulator = slot(0, 2);
  twiddle.row = focs::Factors{linear(0, {n}), 1, false};
  program.add(focs::Mark{0}).add(focs::Loop{n}).add(load).add(fire).add(read).add(twiddle);
  program.add(focs::Store{slot(0, 2), scratch(linear(0, {n * n}), n)}).add(focs::EndLoop());
  // Pass 2, a frame for each k1, over n2; to X[k1 + 11 k2].
  load.from = scratch(linear(0, {n}), n * n);
  read.reversedCols = true;
  read.re = 1.0 / n;
  focs::Access to = matrix(out, n, n, linear(0, {1}));
  to.row.pitch = n, to.col.pitch = length;
  program.add(focs::Mark{1}).add(focs::Barrier()).add(focs::Loop{n}).add(load).add(fire).add(read);
  program.add(focs::Store{slot(0, 2), to}).add(focs::EndLoop());
  program.program.debug = {"first pass", "second pass"};

  Numbers x = randomNumbers(n * length, 6), w(length), expected(n * length);
  for (int64_t n2 = 0; n2 < n; ++n2)
    for (int64_t k1 = 0; k1 < n; ++k1)
      w[n2 * n + k1] = root(n2 * k1, length);
  for (int64_t b = 0; b < n; ++b)
    for (int64_t k = 0; k < length; ++k)
      for (int64_t i = 0; i < length; ++i)
        expected[b * length + k] += x[b * length + i] * root(i * k, length);
  Runner run(program, profile);
  EXPECT_LT(distance(run({x, w})[0], expected), 1e-13);
  EXPECT_EQ(run.message, "");
  EXPECT_EQ(run.usage.frames, 22u);
  ASSERT_EQ(run.byMark.size(), 2u);
  EXPECT_EQ(run.byMark[0].frames, 11u);
  EXPECT_EQ(run.byMark[1].frames, 11u);
  EXPECT_EQ(run.usage.utilisation(profile), 1);
  // Scratch is the device's own memory.
  EXPECT_EQ(run.usage.memoryBytes, uint64_t(2 * 2 * n * length * 8));
  EXPECT_EQ(run.usage.bytesOut, uint64_t(2 * n * length * 8));
  EXPECT_NEAR(run.byMark[0].seconds + run.byMark[1].seconds, run.usage.seconds, run.usage.seconds);
  // The same with 8 bits: what two passes cost.
  SimulatorOptions options;
  options.mode = Mode::Quant;
  double ratio = snr(Runner(program, profile, options)({x, w})[0], expected);
  EXPECT_GT(ratio, 30);
  EXPECT_LT(ratio, 40);
}

// optical.md 3.9: three or four intensities make a complex number, whatever the scale of the block.
TEST(Function, IntensitiesWithReference) {
  device::Profile profile = builtin("ofe-11-proto");
  Numbers x = randomNumbers(121, 7);
  for (Complex &value : x)
    value *= 1e4;
  for (bool balanced : {false, true}) {
    Program program;
    int in = program.tensor(121), out = program.tensor(121, true);
    focs::LoadField load;
    load.from = matrix(in, 11, 11);
    program.add(load);
    auto shot = [&](int reference, double re, double im) {
      focs::Fire fire;
      fire.detect = focs::Detect::Intensity;
      fire.reference = reference;
      focs::ReadBack read;
      read.accumulate = program.program.main.size() > 1;
      read.re = re, read.im = im;
      program.add(fire).add(read);
    };
    if (balanced) {
      shot(1, 0.5, 0), shot(3, -0.5, 0), shot(2, 0, 0.5), shot(4, 0, -0.5);
    } else {
      shot(0, -1, -1), shot(1, 1, 0), shot(2, 0, 1);
    }
    program.add(focs::Store{{}, matrix(out, 11, 11)});
    Runner run(program, profile);
    EXPECT_LT(distance(run({x})[0], dft2(x, 11, 11)), 1e-12) << balanced;
    EXPECT_EQ(run.usage.frames, balanced ? 4u : 3u);
    EXPECT_EQ(run.usage.partialDetects, run.usage.frames);
    SimulatorOptions options;
    options.mode = Mode::Quant;
    EXPECT_GT(snr(Runner(program, profile, options)({x})[0], dft2(x, 11, 11)), 15) << balanced;
  }
}

TEST(Function, QuadraturesAlone) {
  device::Profile profile = builtin("ofe-11");
  Numbers x = randomNumbers(121, 8), expected = dft2(x, 11, 11);
  for (focs::Detect detect : {focs::Detect::I, focs::Detect::Q}) {
    focs::Fire fire;
    fire.detect = detect;
    Numbers found = Runner(Program().single(profile, fire), profile)({x})[0], half = expected;
    for (Complex &value : half)
      value = detect == focs::Detect::I ? Complex(value.real(), 0) : Complex(0, value.imag());
    EXPECT_LT(distance(found, half), 1e-13);
  }
}

TEST(Function, EncodersOfLess) {
  device::Profile profile = builtin("ideal");
  int64_t n = profile.rows;
  Numbers x = randomNumbers(n * n, 9);
  auto run = [&](device::Domain domain, focs::Component component, bool bias) {
    device::Profile changed = profile;
    changed.encodeDomain = domain;
    Program program;
    program.single(changed, {});
    auto &load = std::get<focs::LoadField>(program.program.main[0].body);
    load.component = component, load.bias = bias;
    Runner runner(program, changed);
    Numbers found = runner({x})[0];
    EXPECT_EQ(runner.usage.partialFields, bias || component != focs::Component::Complex ? 1u : 0u);
    return found;
  };
  auto expected = [&](auto of) {
    Numbers shown;
    for (const Complex &value : x)
      shown.push_back(of(value));
    return dft2(shown, n, n);
  };
  using device::Domain, focs::Component;
  EXPECT_LT(distance(run(Domain::Real, Component::Real, false), expected([](Complex z) { return z.real(); })), 1e-13);
  EXPECT_LT(distance(run(Domain::Real, Component::Imaginary, false), expected([](Complex z) { return z.imag(); })),
            1e-13);
  EXPECT_LT(distance(run(Domain::Complex, Component::Imaginary, false), expected([](Complex z) { return z.imag(); })),
            1e-13);
  double scale = 0;
  for (const Complex &value : x)
    scale = std::max(scale, std::abs(value.real()));
  EXPECT_LT(
      distance(run(Domain::NonNegative, Component::Real, true), expected([&](Complex z) { return z.real() + scale; })),
      1e-13);
}

// optical.md 3.9: real and imaginary parts with a bias each, by intensities: six frames for a complex transform on a
// device that knows intensities alone. The bias goes again.
TEST(Function, BiasAndIntensities) {
  device::Profile profile = builtin("jtc-256");
  Numbers x = randomNumbers(256, 14);
  for (bool balanced : {false, true}) {
    Program program;
    int in = program.tensor(256), out = program.tensor(256, true);
    for (bool imaginary : {false, true}) {
      focs::LoadField load;
      load.from = matrix(in, 1, 256);
      load.component = imaginary ? focs::Component::Imaginary : focs::Component::Real;
      load.bias = true;
      program.add(load);
      auto shot = [&](int reference, Complex coefficient) {
        focs::Fire fire;
        fire.detect = focs::Detect::Intensity;
        fire.reference = reference;
        focs::ReadBack read;
        coefficient *= imaginary ? Complex(0, 1) : 1;
        read.removeBias = true;
        read.accumulate = program.program.main.size() > 1;
        read.re = coefficient.real(), read.im = coefficient.imag();
        program.add(fire).add(read);
      };
      if (balanced)
        shot(1, 0.5), shot(3, -0.5), shot(2, {0, 0.5}), shot(4, {0, -0.5});
      else
        shot(0, {-1, -1}), shot(1, 1), shot(2, {0, 1});
    }
    program.add(focs::Store{{}, matrix(out, 1, 256)});
    Runner run(program, profile);
    EXPECT_LT(distance(run({x})[0], dft2(x, 1, 256)), 1e-6) << run.message; // tables and tiles of f32
    EXPECT_EQ(run.usage.frames, balanced ? 8u : 6u);
    profile.detectBits = 12;
    SimulatorOptions options;
    options.mode = Mode::Quant;
    EXPECT_GT(snr(Runner(program, profile, options)({x})[0], dft2(x, 1, 256)), 20) << balanced;
  }
}

/// A field of `x` in digits through one fire each, all of them added up.
static Program inDigits(const device::Profile &profile, int digits, int bits, bool bias, bool mean = false) {
  Program program;
  int in = program.tensor(profile.pixels()), out = program.tensor(profile.pixels(), true);
  for (int digit = 0; digit < digits; ++digit) {
    focs::LoadField load;
    load.from = matrix(in, profile.rows, profile.cols);
    load.component = bias ? focs::Component::Real : focs::Component::Complex;
    load.bias = bias;
    load.digit = focs::Digit{uint8_t(digit), uint8_t(digits), uint8_t(bits)};
    load.removeMean = mean;
    focs::ReadBack read;
    read.accumulate = digit > 0;
    read.removeBias = bias;
    read.addMean = mean;
    program.add(load).add(focs::Fire()).add(read);
  }
  return program.add(focs::Store{{}, matrix(out, profile.rows, profile.cols)});
}

// Digits add up to the whole: exactly in exact mode; else to as many bits as they have, whatever the encoder has.
TEST(Function, Digits) {
  SimulatorOptions quant;
  quant.mode = Mode::Quant;
  for (bool isBinary : {false, true})
    for (bool mean : {false, true})
      for (int digits : {1, 2, 3, 8, 16}) {
        device::Profile profile = builtin("ofe-11");
        profile.detectBits = 0;
        profile.doublePrecision = true;
        int bits = isBinary ? 1 : 3;
        profile.encodeDomain = isBinary ? device::Domain::Binary : device::Domain::Complex;
        profile.encodeBits = isBinary ? 1 : 4; // a bit more than the digits have: they do not become less exact by it
        Numbers x = randomNumbers(121, digits, isBinary);
        Program program = inDigits(profile, digits, bits, isBinary, mean);
        Runner exact(program, profile);
        EXPECT_LT(distance(exact({x})[0], dft2(x, 11, 11)), 1e-13) << digits << exact.message;
        // n of the largest number is 2^(m digits) - 1, twice that with a bias: an error of a step / sqrt(12).
        double largest = 0, power = 0;
        Complex sum;
        for (const Complex &value : x)
          sum += value;
        for (const Complex &value : x) {
          Complex z = mean ? value - sum / 121.0 : value;
          largest = std::max({largest, std::abs(z.real()), std::abs(z.imag())});
          power += std::norm(value) / 121;
        }
        double levels = std::exp2(isBinary ? digits : 2 * digits) - 1, step = largest * (isBinary ? 2 : 1) / levels;
        double formula = 10 * std::log10(power / ((isBinary ? 1 : 2) * step * step / 12));
        Runner run(program, profile, quant);
        double found = snr(run({x})[0], dft2(x, 11, 11));
        EXPECT_NEAR(found, formula, digits < 3 ? 4 : 1.5) << digits << (isBinary ? " planes" : " slices") << mean;
        EXPECT_EQ(run.usage.partialFields, unsigned(digits));
      }
}

// A mean goes past the optics; what a detection cannot see of it, it does not get.
TEST(Function, Means) {
  device::Profile profile = builtin("ofe-11");
  profile.detect = device::DetectMode::Ideal;
  profile.detectBits = 0;
  Numbers x = randomNumbers(121, 21);
  for (Complex &value : x)
    value += Complex(3, -2);
  auto shot = [&](Program &program, focs::Detect detect, int reference, Complex coefficient) {
    focs::Fire fire;
    fire.detect = detect, fire.reference = reference;
    focs::ReadBack read;
    read.accumulate = program.program.main.size() > 1;
    read.addMean = true;
    read.re = coefficient.real(), read.im = coefficient.imag();
    program.add(fire).add(read);
  };
  for (int how : {0, 1, 2, 3}) {
    Program program;
    int in = program.tensor(60), out = program.tensor(121, true);
    focs::LoadField load;
    load.from = matrix(in, 6, 10); // the mean is that of the whole aperture
    load.removeMean = true;
    program.add(load);
    if (how == 0)
      shot(program, focs::Detect::IQ, 0, {0.5, 2});
    else if (how == 1)
      shot(program, focs::Detect::I, 0, {0.5, 2}), shot(program, focs::Detect::Q, 0, {0.5, 2});
    else if (how == 2)
      for (int reference : {1, 2, 3, 4})
        shot(program, focs::Detect::Intensity, reference,
             std::polar(0.5, (reference - 1) * std::numbers::pi / 2) * Complex(0.5, 2));
    else
      shot(program, focs::Detect::Intensity, 0, Complex(-1, -1) * Complex(0.5, 2)),
          shot(program, focs::Detect::Intensity, 1, {0.5, 2}), shot(program, focs::Detect::Intensity, 2, {-2, 0.5});
    program.add(focs::Store{{}, matrix(out, 11, 11)});
    Numbers data(x.begin(), x.begin() + 60), expected(121);
    for (int r = 0; r < 6; ++r)
      for (int c = 0; c < 10; ++c)
        expected[r * 11 + c] = data[r * 10 + c] * Complex(0.5, 2);
    Runner run(program, profile);
    EXPECT_LT(distance(run({data})[0], dft2(expected, 11, 11)), 1e-6) << how << run.message; // tiles of f32
  }
}

// A number is its positive part less its negative one, on encoders without signs, too; its mean goes with the first.
TEST(Function, Parts) {
  device::Profile profile = builtin("ideal");
  profile.encodeDomain = device::Domain::NonNegative;
  profile.encodeBits = 0;
  int64_t n = profile.rows;
  Numbers x = randomNumbers(n * n, 24);
  for (Complex &value : x)
    value += Complex(1, -2);
  for (bool mean : {false, true}) {
    Program program;
    int in = program.tensor(n * n), out = program.tensor(n * n, true);
    for (focs::Component component : {focs::Component::PositiveReal, focs::Component::NegativeReal,
                                      focs::Component::PositiveImaginary, focs::Component::NegativeImaginary}) {
      focs::LoadField load;
      load.from = matrix(in, n, n);
      load.component = component;
      load.removeMean = mean;
      focs::ReadBack read;
      read.accumulate = !program.program.main.empty();
      read.addMean = mean;
      double sign = focs::isNegativePart(component) ? -1 : 1;
      (focs::isImaginary(component) ? read.im : read.re) = sign;
      (focs::isImaginary(component) ? read.re : read.im) = 0;
      program.add(load).add(focs::Fire()).add(read);
    }
    program.add(focs::Store{{}, matrix(out, n, n)});
    Runner run(program, profile);
    EXPECT_LT(distance(run({x})[0], dft2(x, n, n)), 1e-13) << mean << run.message;
  }
}

// Bias and mean of a correlation: the filter's first element times them, everywhere.
TEST(Function, MeansAndBiasesOfCorrelations) {
  device::Profile profile = builtin("ideal");
  int64_t n = profile.rows * profile.cols;
  Numbers x = randomNumbers(n, 22), h = randomNumbers(n, 23);
  for (Complex &value : x)
    value += Complex(3, -2);
  Numbers plain = Runner(withFilter(profile, focs::FireMode::Correlate4F), profile)({x, h})[0];
  for (bool bias : {false, true}) {
    Program program = withFilter(profile, focs::FireMode::Correlate4F);
    auto &load = std::get<focs::LoadField>(program.program.main[1].body);
    auto &read = std::get<focs::ReadBack>(program.program.main[3].body);
    load.removeMean = read.addMean = true;
    load.bias = read.removeBias = bias;
    EXPECT_LT(distance(Runner(program, profile)({x, h})[0], plain), 1e-13) << bias;
  }
}

TEST(Function, ElectronicPasses) {
  device::Profile profile = builtin("ideal");
  const int64_t rows = 12, cols = 35;
  Numbers x = randomNumbers(rows * cols, 10), w = randomNumbers(60, 11);
  Program program;
  int in = program.tensor(rows * cols), factors = program.tensor(60), out = program.tensor(rows * cols, true);
  focs::LoadTable table;
  table.to = 5, table.count = 60, table.type = focs::ElementType::F64;
  table.re.region = re(factors), table.im.region = im(factors);
  focs::Twiddle twiddle;
  twiddle.row = focs::Factors{linear(5 + 59, {}), -1, true};
  twiddle.col = focs::Factors{linear(5, {}), 1, false};
  twiddle.scale = 3;
  focs::Elementwise combine{focs::TileOp::Combine, slot(1), slot(0), slot(0), false, true, 2, 1, 0, 3};
  focs::Elementwise product{focs::TileOp::Multiply, slot(2), slot(1), slot(0), true, false, 1, 0, 0, 0};
  program.add(table).add(focs::LoadAccumulator{slot(0), matrix(in, rows, cols)});
  program.add(focs::ElectronicDft{slot(0), focs::TileAxis::Row, rows, false});
  program.add(focs::ElectronicDft{slot(0), focs::TileAxis::Col, cols, true});
  program.add(twiddle).add(combine).add(product).add(focs::Store{slot(2), matrix(out, rows, cols)});

  Numbers expected(rows * cols);
  for (int64_t k = 0; k < rows; ++k)
    for (int64_t l = 0; l < cols; ++l) {
      Complex sum;
      for (int64_t n = 0; n < rows; ++n)
        for (int64_t m = 0; m < cols; ++m)
          sum += x[n * cols + m] * root(k * n, rows) * std::conj(root(l * m, cols));
      sum *= 3.0 * std::conj(w[59 - k]) * w[l];
      Complex combined = Complex(2, 1) * sum + Complex(0, 3) * std::conj(sum);
      expected[k * cols + l] = std::conj(combined) * sum;
    }
  Runner run(program, profile);
  EXPECT_LT(distance(run({x, w})[0], expected), 1e-12) << run.message;
  EXPECT_EQ(run.usage.frames, 0u);
}

TEST(Function, CountsWithoutComputing) {
  device::Profile profile = builtin("ofe-11");
  focs::Fire fire;
  fire.repeat = 3;
  Program program = withFilter(profile, focs::FireMode::MFT);
  std::get<focs::Fire>(program.program.main[2].body).repeat = 3;
  Numbers x = randomNumbers(121, 12);
  Runner exact(program, profile);
  SimulatorOptions options;
  options.mode = Mode::Count;
  Runner count(program, profile, options);
  exact({x, x});
  Numbers nothing = count({x, x})[0];
  EXPECT_EQ(nothing, Numbers(121));
  EXPECT_EQ(count.usage.frames, 3u);
  EXPECT_EQ(count.usage.repeats, 2u);
  EXPECT_EQ(count.usage.frames, exact.usage.frames);
  EXPECT_EQ(count.usage.multiplications, exact.usage.multiplications);
  EXPECT_EQ(count.usage.bytesIn, exact.usage.bytesIn);
  EXPECT_EQ(count.usage.seconds, exact.usage.seconds);
  EXPECT_EQ(count.usage.joules, exact.usage.joules);
}

// Tables and filters of a preload stay until another program overwrites them.
TEST(Function, PreloadsStay) {
  device::Profile profile = builtin("ideal");
  int64_t n = profile.rows;
  auto make = [&](int filterSlot, int64_t constantsAt) {
    focs::Fire fire;
    fire.mode = focs::FireMode::MFT;
    fire.filter = slot(filterSlot);
    Program program;
    program.single(profile, fire);
    focs::LoadFilter load;
    load.filter = slot(filterSlot);
    load.from = matrix(0, n, n);
    load.from.re = focs::Plane{focs::constantRegion, linear(constantsAt, {})};
    load.from.im.reset();
    program.preload(load);
    program.program.name = "p" + std::to_string(constantsAt);
    return finish(program.program);
  };
  focs::CommandStream stream;
  std::vector<double> constants(2 * n * n);
  std::fill_n(constants.begin(), n * n, 1.0);
  std::fill_n(constants.begin() + n * n, n * n, 2.0);
  const auto *bytes = reinterpret_cast<const uint8_t *>(constants.data());
  stream.constants.assign(bytes, bytes + constants.size() * sizeof(double));
  Numbers x = randomNumbers(n * n, 13), expected = dft2(x, n, n);
  for (bool shared : {false, true}) {
    stream.programs = {make(0, 0), make(shared ? 0 : 1, n * n)};
    llvm::Expected<std::unique_ptr<Device>> device = Device::load(stream, {}, &profile);
    ASSERT_TRUE(bool(device)) << llvm::toString(device.takeError());
    EXPECT_EQ((*device)->preloadUsage(0).filterLoads, 1u);
    for (int program : {0, 1, 1, 0}) {
      std::vector<double> in[2], out[2];
      for (const Complex &value : x)
        in[0].push_back(value.real()), in[1].push_back(value.imag());
      out[0].resize(n * n), out[1].resize(n * n);
      size_t size = n * n * sizeof(double);
      Usage usage;
      llvm::Error error = (*device)->run(
          program, {{in[0].data(), size}, {in[1].data(), size}, {out[0].data(), size}, {out[1].data(), size}}, &usage);
      ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
      Numbers found;
      for (int64_t i = 0; i < n * n; ++i)
        found.push_back(Complex(out[0][i], out[1][i]) / double(program + 1));
      EXPECT_LT(distance(found, expected), 1e-13);
      static const uint64_t again[] = {1, 1, 0, 1}; // program 0 first, after both preloads at loading
      static int step = 0;
      EXPECT_EQ(usage.filterLoads, shared ? again[step++ % 4] : 0);
    }
  }
}

TEST(Function, ErrorsSayWhere) {
  device::Profile profile = builtin("ofe-11");
  Program waits;
  waits.single(profile, {});
  waits.program.main[1].wait = 1;
  Runner deadlocked(waits, profile, {}, /*loads=*/false);
  EXPECT_NE(deadlocked.message.find("program 'main', main, instruction 1"), std::string::npos) << deadlocked.message;
  Runner run(Program().single(profile, {}), profile);
  std::vector<double> tooFew(3);
  llvm::Error error = run.device->run(0, {Buffer{tooFew.data(), 24}});
  EXPECT_EQ(llvm::toString(std::move(error)), "program 'main': expected 4 buffers, found 1");
  std::vector<Buffer> buffers(4, Buffer{tooFew.data(), 24});
  error = run.device->run(0, buffers);
  EXPECT_EQ(llvm::toString(std::move(error)), "program 'main', binding 're0': expected 968 bytes, found 24");
  error = run.device->run(1, buffers);
  EXPECT_EQ(llvm::toString(std::move(error)), "there is no program 1: the stream has 1");
  SimulatorOptions options;
  options.instructionLimit = 100;
  Program endless;
  endless.add(focs::Loop{1u << 20}).add(focs::Nop()).add(focs::EndLoop());
  Runner stopped(endless, profile, options);
  stopped({});
  EXPECT_EQ(stopped.message, "program 'main', instruction 2 of the main code: stopped after 100 instructions");
}
