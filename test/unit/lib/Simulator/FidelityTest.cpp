// How accurate a device is, against the formulas of docs/device-profiles.md.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

/// The profile of an n x n engine without noise that encodes without limit and detects with 8 bits.
static device::Profile detecting(int64_t n) {
  device::Profile profile = builtin("ofe-11");
  profile.rows = profile.cols = n;
  profile.gainSteps = 4, profile.gainRatio = 2;
  profile.encodeBits = 0;
  return profile;
}

static SimulatorOptions mode(Mode mode, uint64_t seed = 1) {
  SimulatorOptions options;
  options.mode = mode, options.seed = seed;
  return options;
}

/// The SNR of normal data over some frames.
static double meanSnr(const device::Profile &profile, focs::Fire fire, Mode m = Mode::Quant) {
  Runner run(Program().single(profile, fire), profile, mode(m));
  Numbers found, expected;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Numbers x = randomNumbers(profile.pixels(), seed), y = run({x})[0], z = dft2(x, profile.rows, profile.cols);
    found.insert(found.end(), y.begin(), y.end());
    expected.insert(expected.end(), z.begin(), z.end());
  }
  return snr(found, expected);
}

// Two frames one after the other, on a device whose encoder is perfect: what each adds is what a detector adds, what
// differs so far is the sum of both, and the run beside it computes what an exact device does.
TEST(Fidelity, ErrorsByOp) {
  device::Profile profile = detecting(11);
  int64_t rows = profile.rows, cols = profile.cols;
  Program built;
  int tensors[] = {built.tensor(rows * cols), built.tensor(rows * cols, true)};
  for (uint32_t pass : {0u, 1u}) { // the second one in place
    focs::LoadField load;
    load.from = matrix(tensors[pass], rows, cols);
    built.add(focs::Mark{pass}).add(load).add(focs::Fire()).add(focs::ReadBack());
    built.add(focs::Store{{}, matrix(tensors[1], rows, cols)});
  }
  built.program.debug = {"first", "second"};
  focs::CommandStream stream;
  stream.profile = profile.text;
  stream.programs = {finish(built.program)};
  const focs::Program &program = stream.programs[0];

  SimulatorOptions options = mode(Mode::Quant);
  options.attributes = true;
  llvm::Expected<std::unique_ptr<Device>> device = Device::load(stream, options, &profile);
  ASSERT_TRUE(bool(device)) << llvm::toString(device.takeError());
  options.mode = Mode::Exact;
  llvm::Expected<std::unique_ptr<Device>> ideal = Device::load(stream, options, &profile);
  ASSERT_TRUE(bool(ideal)) << llvm::toString(ideal.takeError());
  std::array<std::vector<std::vector<double>>, 3> values; // found, beside it, exact
  std::array<std::vector<Buffer>, 3> buffers;
  std::mt19937 engine(1);
  std::normal_distribution<double> normal;
  for (size_t binding = 0; binding < program.bindings.size(); ++binding) {
    std::vector<double> x(rows * cols);
    for (double &value : x)
      value = normal(engine);
    for (int i : {0, 1, 2}) {
      values[i].push_back(x);
      buffers[i].push_back({values[i].back().data(), x.size() * sizeof(double)});
    }
  }
  Attribution attribution{buffers[1], {}};
  llvm::Error error = (*device)->run(0, buffers[0], nullptr, nullptr, &attribution);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  error = (*ideal)->run(0, buffers[2]);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(values[1], values[2]);
  ASSERT_GE(attribution.byMark.size(), 2u);
  const Fidelity &first = attribution.byMark[0], &second = attribution.byMark[1];
  EXPECT_EQ(first.numbers, 242u);
  EXPECT_DOUBLE_EQ(first.snr(), first.localSnr()) << "nothing was wrong before";
  EXPECT_NEAR(first.localSnr(), 37, 3);
  double power = 0, noise = 0, sum = std::pow(10, -first.localSnr() / 10) + std::pow(10, -second.localSnr() / 10);
  for (size_t plane : {2, 3}) // of the output
    for (size_t i = 0; i < values[0][plane].size(); ++i) {
      power += values[2][plane][i] * values[2][plane][i];
      noise += std::pow(values[0][plane][i] - values[2][plane][i], 2);
    }
  EXPECT_NEAR(second.snr(), 10 * std::log10(power / noise), 1e-9) << "the last op has the output's SNR";
  EXPECT_NEAR(second.snr(), -10 * std::log10(sum), 1) << "errors add up";
}

// Scaling for the worst case wastes log2 n bits.
TEST(Fidelity, WorstCaseScaling) {
  focs::Fire fire;
  fire.gain = 0;
  EXPECT_NEAR(meanSnr(detecting(11), fire), 19.3, 0.5);
  EXPECT_NEAR(meanSnr(detecting(16), fire), 15.9, 0.7);
  EXPECT_NEAR(meanSnr(detecting(32), fire), 8.7, 0.7);
}

// 6.02 b + 4.77 - 20 log10 k with full scale k = 5 times the rms that Parseval predicts.
TEST(Fidelity, FiveTimesThePredictedRms) {
  for (int64_t bits : {6, 8, 10})
    for (int64_t n : {11, 16, 32}) {
      device::Profile profile = detecting(n);
      profile.detectBits = bits;
      profile.gainRatio = 1.02, profile.gainSteps = 255;
      double formula = 6.02 * double(bits) + 4.77 - 20 * std::log10(5);
      EXPECT_NEAR(meanSnr(profile, {}), formula, 1) << bits << " bits, " << n;
    }
}

// Of 8 bits in the encoder alone about 43 dB are left.
TEST(Fidelity, Encoder) {
  device::Profile profile = builtin("ofe-11");
  profile.detectBits = 0;
  EXPECT_NEAR(meanSnr(profile, {}), 43, 1);
  profile.encodeBits = 6;
  EXPECT_NEAR(meanSnr(profile, {}), 31, 1);
}

// As it comes, with all its noise: at least the 30 dB at which networks keep their predictions.
TEST(Fidelity, OfTheDefaultDevice) {
  device::Profile profile = builtin("ofe-11");
  EXPECT_GT(meanSnr(profile, {}, Mode::Quant), 34);
  double noisy = meanSnr(profile, {}, Mode::Noisy);
  EXPECT_GT(noisy, 30);
  EXPECT_LT(noisy, 36);
}

TEST(Fidelity, SaturationTakesAgain) {
  device::Profile profile = detecting(11);
  Numbers wave(121); // all of it meets in one pixel: 5 rms do not hold it
  for (int i = 0; i < 121; ++i)
    wave[i] = std::conj(root(i, 11));
  Runner run(Program().single(profile, {}), profile, mode(Mode::Quant));
  Numbers found = run({wave})[0];
  EXPECT_EQ(run.usage.saturated, 0u);
  EXPECT_EQ(run.usage.reruns, 2u); // gains 2, 1, 0
  EXPECT_EQ(run.usage.frames, 3u);
  EXPECT_NEAR(found[1].real(), 121, 1);
  focs::Fire once;
  once.rerun = false;
  Runner saturates(Program().single(profile, once), profile, mode(Mode::Quant));
  found = saturates({wave})[0];
  EXPECT_EQ(saturates.usage.saturated, 1u);
  EXPECT_EQ(saturates.usage.frames, 1u);
  EXPECT_NEAR(found[1].real(), 121 * std::numbers::sqrt2 / 4, 0.1); // full scale at gain 2
  // Averages are taken again as a whole.
  focs::Fire average;
  average.repeat = 4;
  Runner repeats(Program().single(profile, average), profile, mode(Mode::Quant));
  repeats({wave});
  EXPECT_EQ(repeats.usage.frames, 12u);
  EXPECT_EQ(repeats.usage.reruns, 8u);
  EXPECT_EQ(repeats.usage.repeats, 3u);
  // What is known to come is not tried with less.
  found = run({Numbers(121, 1)})[0];
  EXPECT_EQ(run.usage.frames, 1u);
  EXPECT_NEAR(found[0].real(), 121, 1);
}

/// A capture per digit, averaged as often as `repeats` says.
static double snrOfDigits(const device::Profile &profile, std::vector<int> repeats) {
  Program program;
  int in = program.tensor(profile.pixels()), out = program.tensor(profile.pixels(), true);
  for (size_t digit = 0; digit < repeats.size(); ++digit) {
    focs::LoadField load;
    load.from = matrix(in, profile.rows, profile.cols);
    if (repeats.size() > 1)
      load.digit = focs::Digit{uint8_t(digit), uint8_t(repeats.size()), uint8_t(profile.encodeBits)};
    focs::Fire fire;
    fire.repeat = repeats[digit];
    focs::ReadBack read;
    read.accumulate = digit > 0;
    program.add(load).add(fire).add(read);
  }
  program.add(focs::Store{{}, matrix(out, profile.rows, profile.cols)});
  Runner run(program, profile, mode(Mode::Noisy));
  Numbers found, expected;
  for (unsigned seed = 0; seed < 10; ++seed) {
    Numbers x = randomNumbers(profile.pixels(), seed), y = run({x})[0], z = dft2(x, profile.rows, profile.cols);
    found.insert(found.end(), y.begin(), y.end());
    expected.insert(expected.end(), z.begin(), z.end());
  }
  return snr(found, expected);
}

// optical.md 4.3: digits alone do not help against the detector, nor averages against the encoder; both together do.
TEST(Fidelity, DigitsAndAverages) {
  device::Profile profile = builtin("ofe-11");
  double plain = snrOfDigits(profile, {1});
  EXPECT_NEAR(snrOfDigits(profile, {1, 1}), plain, 1);
  double averaged = snrOfDigits(profile, {77}), both = snrOfDigits(profile, {76, 1});
  EXPECT_LT(averaged, 43); // the encoder's 8 bits
  EXPECT_GT(both, plain + 10 * std::log10(76) - 1);
  EXPECT_GT(both, averaged + 5);
}

/// A device with one kind of noise and no converters.
static device::Profile noisy() {
  device::Profile profile = detecting(11);
  profile.detectBits = 0;
  profile.photonsFullScale = profile.thermalFullScale = profile.phaseSigma = 0;
  return profile;
}

/// Errors of a transform whose outputs all are 1.
static Numbers errors(const device::Profile &profile, focs::Fire fire = {}, uint64_t seed = 1) {
  Numbers delta(121), all;
  delta[0] = 1;
  Runner run(Program().single(profile, fire), profile, mode(Mode::Noisy, seed));
  for (int i = 0; i < 100; ++i) {
    Numbers found = run({delta})[0];
    for (const Complex &y : found)
      all.push_back(y - 1.0);
  }
  return all;
}
static double rms(const Numbers &errors, bool imaginary) {
  double sum = 0;
  for (const Complex &e : errors)
    sum += imaginary ? e.imag() * e.imag() : e.real() * e.real();
  return std::sqrt(sum / double(errors.size()));
}

TEST(Fidelity, NoiseHasTheStatisticsOfTheModel) {
  const double worst = std::numbers::sqrt2 * 121;
  focs::Fire full;
  full.gain = 0;
  device::Profile thermal = noisy();
  thermal.thermalFullScale = 1e-3;
  EXPECT_NEAR(rms(errors(thermal, full), false) / (1e-3 * worst), 1, 0.03);
  EXPECT_NEAR(rms(errors(thermal, full), true) / (1e-3 * worst), 1, 0.03);
  focs::Fire third = full;
  third.gain = 3; // thermal noise follows the full scale
  EXPECT_NEAR(rms(errors(thermal, third), false) / (1e-3 * worst / 8), 1, 0.03);
  focs::Fire average = full;
  average.repeat = 16;
  EXPECT_NEAR(rms(errors(thermal, average), false) / (1e-3 * worst / 4), 1, 0.03);

  device::Profile shot = noisy();
  shot.photonsFullScale = 1e6;
  EXPECT_NEAR(rms(errors(shot, full), false) / (worst / 2e3), 1, 0.03);
  EXPECT_NEAR(rms(errors(shot, third), true) / (worst / 2e3), 1, 0.03); // and shot noise does not

  device::Profile phase = noisy();
  phase.phaseSigma = 0.01;
  EXPECT_NEAR(rms(errors(phase), true) / 0.01, 1, 0.03);
  EXPECT_LT(rms(errors(phase), false), 2e-4);

  device::Profile intensity = noisy();
  intensity.relativeIntensity = 0.02; // one factor for a frame
  Numbers flicker = errors(intensity);
  EXPECT_EQ(rms(flicker, true), 0);
  EXPECT_NEAR(rms(flicker, false) / 0.01, 1, 0.3);
  EXPECT_DOUBLE_EQ(flicker[0].real(), flicker[120].real());
  EXPECT_NE(flicker[0].real(), flicker[121].real());

  // Errors of pixels are those of the device: the same in every frame, others in another device.
  device::Profile fixed = noisy();
  fixed.fixedGainSigma = 0.05;
  Numbers first = errors(fixed), other = errors(fixed, {}, 2);
  EXPECT_EQ(first[5], first[121 + 5]);
  EXPECT_NE(first[5], other[5]);

  device::Profile leaks = noisy();
  leaks.crosstalk = 0.01; // the pixel in the corner has two neighbours
  Numbers leaked = errors(leaks);
  EXPECT_NEAR(leaked[0].real(), 0.02, 1e-7);
}

TEST(Fidelity, SeedsDecide) {
  device::Profile profile = builtin("ofe-11");
  Numbers x = randomNumbers(121, 3);
  auto once = [&](uint64_t seed) {
    return Runner(Program().single(profile, {}), profile, mode(Mode::Noisy, seed))({x});
  };
  EXPECT_EQ(once(7), once(7));
  EXPECT_NE(once(7), once(8));
}

TEST(Fidelity, Darkness) {
  device::Profile profile = detecting(11);
  profile.extinctionDb = 40;
  profile.detectBits = 0;
  Numbers delta(121);
  delta[0] = 1;
  // 120 dark pixels leak a hundredth each.
  EXPECT_NEAR(Runner(Program().single(profile, {}), profile, mode(Mode::Quant))({delta})[0][0].real(), 2.2, 1e-6);
  // Of the parts of a number on a binary encoder both have it, and what is left between light and dark is known.
  profile.encodeDomain = device::Domain::Binary;
  profile.encodeBits = 1;
  profile.doublePrecision = true;
  Program program;
  int in = program.tensor(121), out = program.tensor(121, true);
  for (focs::Component part : {focs::Component::PositiveReal, focs::Component::NegativeReal}) {
    focs::LoadField load;
    load.from = matrix(in, 11, 11);
    load.component = part;
    focs::ReadBack read;
    read.accumulate = part == focs::Component::NegativeReal;
    read.re = read.accumulate ? -1 : 1;
    program.add(load).add(focs::Fire()).add(read);
  }
  program.add(focs::Store{{}, matrix(out, 11, 11)});
  Numbers signs = randomNumbers(121, 5, /*isReal=*/true);
  for (Complex &value : signs)
    value = value.real() > 0.5 ? 3 : value.real() < -0.5 ? -3 : 0;
  EXPECT_LT(distance(Runner(program, profile, mode(Mode::Quant))({signs})[0], dft2(signs, 11, 11)), 1e-12);
}
