// Every rule of the validator: a program that breaks it, and what is said then.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ValidProgram.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>

using namespace fourmix;
using namespace fourmix::focs;
using device::DetectMode;
using device::Domain;
using device::Kind;

namespace {
/// pipelineStream's main code.
enum : size_t { MarkAt, LoopAt, LoadAt, FireAt, ReadAt, TwiddleAt, DftAt, StoreAt, EndLoopAt, EndAt };

/// What a test may change.
struct Subject {
  CommandStream stream = pipelineStream();
  device::Profile profile = smallDevice();
  Program &program = stream.programs[0];
  std::vector<Instruction> &main = program.main, &preload = program.preload;

  template <typename T>
  T &get(size_t i) {
    return std::get<T>(main[i].body);
  }
  LoadField &load() { return get<LoadField>(LoadAt); }
  Fire &fire() { return get<Fire>(FireAt); }
  ReadBack &read() { return get<ReadBack>(ReadAt); }
  Store &store() { return get<Store>(StoreAt); }
  LoadFilter &filter() { return std::get<LoadFilter>(preload[0].body); }
  LoadTable &table() { return std::get<LoadTable>(preload[1].body); }
  void insert(size_t i, Instruction instruction) { main.insert(main.begin() + i, std::move(instruction)); }
  void erase(size_t i) { main.erase(main.begin() + i); }
  std::string check() { return textOf(validate(stream, profile)); }
};

/// After `change` the rule is broken, and the message has `part`.
void expectRule(const char *rule, const char *part, const std::function<void(Subject &)> &change) {
  Subject subject;
  change(subject);
  std::string text = subject.check();
  EXPECT_NE(text.find(std::string(rule) + ": program 'pipeline'"), std::string::npos) << rule << " in\n" << text;
  EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}
/// After `change` all is still well.
void expectFine(const std::function<void(Subject &)> &change) {
  Subject subject;
  change(subject);
  EXPECT_EQ(subject.check(), "");
}
} // namespace

TEST(Validate, AcceptsAPipeline) {
  for (uint32_t batches : {1, 2, 3, 10, 1000, 1000003})
    EXPECT_EQ(textOf(validate(pipelineStream(batches), smallDevice())), "") << batches;
}

TEST(Validate, SaysWhere) {
  Subject subject;
  subject.fire().gain = 9;
  EXPECT_EQ(subject.check(),
            "V403: program 'pipeline', main, instruction 3, word 38, in layer0/fourier: fire: expected "
            "a gain code below 4, found 9\n");
}

TEST(Validate, StopsWhereItIsTold) {
  Subject subject;
  for (Instruction &instruction : subject.main)
    if (queueOf(instruction) != Queue::None)
      instruction.body = Mark{7};
  EXPECT_EQ(validate(subject.stream, subject.profile, 3).size(), 3u);
  // The next program is not checked by halves when the list is full.
  subject.stream.programs.push_back(subject.program);
  EXPECT_EQ(validate(subject.stream, subject.profile, 1).size(), 1u);
}

TEST(Validate, Structure) {
  expectRule("V101", "expected a known value of 'mode', found 7", [](Subject &s) { s.fire().mode = FireMode(7); });
  expectRule("V101", "expected a known value of 'type', found 0",
             [](Subject &s) { s.load().from.type = ElementType(0); });
  expectRule("V101", "expected a known element type of 'x', found 9",
             [](Subject &s) { s.program.bindings[0].type = ElementType(9); });
  expectRule("V102", "found none", [](Subject &s) { s.main.pop_back(); });
  expectRule("V102", "found none", [](Subject &s) { s.preload.clear(); });
  expectRule("V102", "found 10 more", [](Subject &s) { s.insert(0, {0, 0, End{}}); });
  expectRule("V103", "expected a loop that it ends", [](Subject &s) { s.insert(0, {0, 0, EndLoop{}}); });
  expectRule("V103", "expected an endloop", [](Subject &s) { s.erase(EndLoopAt); });
  expectRule("V104", "at most 8 loops", [](Subject &s) {
    for (int i = 0; i < 8; ++i) {
      s.insert(LoopAt, {0, 0, Loop{1}});
      s.insert(s.main.size() - 1, {0, 0, EndLoop{}});
    }
  });
  expectRule("V105", "at least 1 iteration", [](Subject &s) { s.get<Loop>(LoopAt).trip = 0; });
  expectRule("V106", "slot 'field' to rotate", [](Subject &s) { s.load().field.rotate = 0; });
  expectRule("V107", "finite number for 're'", [](Subject &s) { s.read().re = NAN; });
  expectRule("V107", "finite number for 'scale'", [](Subject &s) { s.get<Twiddle>(TwiddleAt).scale = HUGE_VAL; });
  expectRule("V108", "no tokens", [](Subject &s) { s.main[LoopAt].wait = 1; });
  expectRule("V109", "debug table of 1, found 1", [](Subject &s) { s.get<Mark>(MarkAt).debug = 1; });
  expectRule("V110", "steps for the 1 loops around", [](Subject &s) { s.load().from.re->offset.step[1] = 1; });
  expectRule("V111", "'repeat' of at least 1", [](Subject &s) { s.fire().repeat = 0; });
  expectRule("V111", "'count' of at least 1", [](Subject &s) { s.load().from.row.count = 0; });
  expectRule("V112", "real or an imaginary part", [](Subject &s) { s.load().from.re.reset(); });
  expectRule("V113", "executes at most", [](Subject &s) {
    for (int i = 0; i < 2; ++i) {
      s.insert(LoopAt, {0, 0, Loop{~0u}});
      s.insert(s.main.size() - 1, {0, 0, EndLoop{}});
    }
  });
}

TEST(Validate, Resources) {
  expectRule("V201", "field slots below 2, found 1 to 2", [](Subject &s) { s.load().field.first = 1; });
  expectRule("V202", "filter slots below 8, found 8", [](Subject &s) { s.filter().filter.first = 8; });
  expectRule("V202", "filter slots below 0", [](Subject &s) { s.profile.kind = Kind::FT; });
  expectRule("V203", "capture slots below 3", [](Subject &s) { s.fire().capture = {65535, 65535}; });
  expectRule("V204", "accumulator slots below 4", [](Subject &s) { s.store().accumulator.first = 3; });
  expectRule("V205", "table entries below 64, found 60 to 75", [](Subject &s) { s.table().to = 60; });
  expectRule("V205", "table entries below 64", [](Subject &s) { s.table().to = ~0u; });
  expectRule("V205", "table entries below 64", [](Subject &s) { s.get<Twiddle>(TwiddleAt).row->step = -1; });
  expectRule("V206", "4 x 4 elements of the aperture, found 5 x 4", [](Subject &s) { s.load().from.row.count = 5; });
  expectRule("V206", "4 x 4 elements of the aperture, found 4 x 5", [](Subject &s) { s.filter().from.col.count = 5; });
  expectRule("V207", "8 x 8 elements of an accumulator", [](Subject &s) { s.store().to.row.count = 9; });
  expectRule("V207", "at least the aperture's", [](Subject &s) { s.profile.accumulatorRows = 3; });
  expectRule("V208", "product of the device's radices, found 4", [](Subject &s) { s.profile.radices = {3}; });
  expectFine([](Subject &s) { s.profile.radices = {4}; });
}

TEST(Validate, Memory) {
  auto re = [](Subject &s) -> Plane & { return *s.load().from.re; };
  expectRule("V301", "'offset' to stay below 2^40", [&](Subject &s) { re(s).offset.base = INT64_MIN; });
  expectRule("V301", "'row' to stay below 2^40", [&](Subject &s) { s.load().from.row.pitch = INT64_MAX; });
  expectRule("V301", "'col' to stay below 2^58", [&](Subject &s) {
    s.get<Loop>(LoopAt).trip = 1 << 20;
    s.load().from.col.start.step[0] = int64_t(1) << 39;
  });
  expectRule("V301", "'row' to stay below 2^58", [&](Subject &s) { // though no column is inside
    s.load().from.col.start.base = 4;
    s.load().from.row.start.base = int64_t(1) << 30;
    s.load().from.row.limit = s.load().from.row.pitch = int64_t(1) << 31;
  });
  expectRule("V302", "limit of at least 1 along 'col'", [&](Subject &s) { s.load().from.col.limit = 0; });
  expectRule("V303", "region below 4, found 4", [&](Subject &s) { re(s).region = 4; });
  expectRule("V304", "bytes 0 to 640 of 'x', found 4 to 644", [&](Subject &s) { re(s).offset.base = 1; });
  expectRule("V304", "bytes 0 to 640 of 'x', found -4 to 636", [&](Subject &s) { re(s).offset.base = -1; });
  expectRule("V304", "of 'x'", [&](Subject &s) { re(s).offset.step[0] = 17; });
  expectRule("V304", "of 'x'", [&](Subject &s) { re(s).offset.step[0] = -1; });
  expectRule("V304", "of the constants", [&](Subject &s) { s.table().im.offset.base = 50; });
  expectRule("V304", "bytes 0 to 255 of the constants, found 192 to 256",
             [&](Subject &s) { s.stream.constants.pop_back(); });
  expectRule("V304", "of the scratch, found 0 to 640", [&](Subject &s) { re(s).region = scratchRegion; });
  expectRule("V305", "found the constants", [&](Subject &s) { s.store().to.re->region = constantRegion; });
  expectRule("V306", "found the input 'x'", [&](Subject &s) { s.store().to.re->region = 2; });
  expectRule("V307", "element type of 'x'", [&](Subject &s) { s.load().from.type = ElementType::F64; });
  expectRule("V308", "no binding in a preload", [&](Subject &s) { s.filter().from.re->region = 2; });
  auto joined = [](Subject &s) {
    s.load().from.joined = s.load().from.row.wrap = true;
    s.load().from.row.limit = s.load().from.col.limit = 16;
    s.load().from.row.pitch = s.load().from.col.pitch = 1;
    s.load().from.row.step = 4;
  };
  expectFine(joined);
  expectFine([&](Subject &s) { joined(s), s.load().from.row.start.base = -5, s.load().from.col.limit = 3; });
  expectRule("V310", "rows that wrap", [&](Subject &s) { joined(s), s.load().from.row.wrap = false; });
  expectRule("V310", "columns that do not", [&](Subject &s) { joined(s), s.load().from.col.wrap = true; });
  expectRule("V310", "of one pitch", [&](Subject &s) { joined(s), s.load().from.col.pitch = 2; });
  expectRule("V310", "at most the rows' 16", [&](Subject &s) { joined(s), s.load().from.col.limit = 17; });
  expectRule("V304", "of 'x'", [&](Subject &s) {
    joined(s);
    s.load().from.row.limit = s.load().from.col.limit = 161;
  });
  expectRule("V309", "extents of 'x'", [&](Subject &s) { s.program.bindings[0].shape[0] = -1; });
  expectRule("V309", "extents of 'x'", [&](Subject &s) { s.program.bindings[0].shape = {1 << 30, 1 << 30, 1 << 30}; });
  expectRule("V309", "scratches of at most", [&](Subject &s) { s.program.scratchBytes = ~0ull; });
  expectRule("V309", "found 3221225472 after 3221225472", [&](Subject &s) {
    s.program.scratchBytes = 3ull << 30;
    s.stream.programs.push_back(Program(s.program));
  });
}

/// What lies beyond the limits is not touched, and what the steps of one axis give the other takes back.
TEST(Validate, MemoryIsExactAtEdges) {
  // Clipped: rows 2 and 3 of the last tile are outside.
  expectFine([](Subject &s) {
    s.program.bindings[0].shape = {38, 4};
    s.load().from.row.start.step[0] = 4;
    s.load().from.row.limit = 38;
    s.load().from.re->offset.step[0] = 0;
  });
  expectRule("V304", "of 'x'", [](Subject &s) {
    s.program.bindings[0].shape = {38, 4};
    s.load().from.row.start.step[0] = 4;
    s.load().from.row.limit = 39;
    s.load().from.re->offset.step[0] = 0;
  });
  // Wrapped: any start.
  expectFine([](Subject &s) {
    s.program.bindings[0].shape = {4, 4};
    s.load().from.row.start = {-1000, {7}};
    s.load().from.row.wrap = true;
    s.load().from.re->offset.step[0] = 0;
  });
  // Backwards.
  expectFine([](Subject &s) {
    s.load().from.col.start.base = 3;
    s.load().from.col.step = -1;
  });
  // The offset goes 16 on where the row goes 4 back: always the same tile.
  expectFine([](Subject &s) {
    s.program.bindings[0].shape = {4, 4};
    s.load().from.row.start = {36, {-4}};
    s.load().from.row.limit = 40;
    s.load().from.re->offset = {-144, {16}};
  });
  // Nothing is inside: nothing is touched, wherever it is.
  expectFine([](Subject &s) {
    s.load().from.row.start.base = 4;
    s.load().from.re->offset.base = 1 << 30;
  });
}

TEST(Validate, Optics) {
  expectRule("V401", "found mft", [](Subject &s) { s.profile.kind = Kind::Correlator4F; });
  expectRule("V401", "found correlate", [](Subject &s) {
    s.profile.kind = Kind::MFT;
    s.fire().mode = FireMode::Correlate4F;
  });
  expectRule("V401", "found ft", [](Subject &s) {
    s.profile.kind = Kind::Correlator4F;
    s.fire().mode = FireMode::FT;
  });
  expectRule("V402", "found intensity", [](Subject &s) {
    s.profile.detect = DetectMode::IQ;
    s.fire().detect = Detect::Intensity;
  });
  expectRule("V402", "found iq", [](Subject &s) { s.profile.detect = DetectMode::Quadrature; });
  expectRule("V402", "found iq", [](Subject &s) { s.profile.detect = DetectMode::Intensity; });
  expectRule("V403", "gain code below 4, found 4", [](Subject &s) { s.fire().gain = 4; });
  expectRule("V404", "found 5", [](Subject &s) {
    s.fire().detect = Detect::Intensity;
    s.fire().reference = 5;
  });
  expectRule("V404", "0 where quadratures", [](Subject &s) { s.fire().reference = 1; });
  expectRule("V404", "expected no reference", [](Subject &s) {
    s.profile.referenceAmplitude = 0;
    s.fire().detect = Detect::Intensity;
    s.fire().reference = 1;
  });
  auto complex = [](Subject &s) { s.load().from.im = s.load().from.re; };
  expectFine(complex);
  expectRule("V405", "expected one component", [&](Subject &s) {
    complex(s);
    s.profile.encodeDomain = Domain::Real;
  });
  expectFine([&](Subject &s) {
    complex(s);
    s.profile.encodeDomain = Domain::Real;
    s.load().component = Component::Imaginary;
  });
  expectRule("V406", "expected a bias or a part", [](Subject &s) { s.profile.encodeDomain = Domain::NonNegative; });
  expectFine([](Subject &s) {
    s.profile.encodeDomain = Domain::NonNegative;
    s.load().bias = true;
  });
  expectFine([](Subject &s) {
    s.profile.encodeDomain = Domain::NonNegative;
    s.load().component = Component::NegativeReal;
  });
  expectRule("V407", "expected real factors", [](Subject &s) { s.profile.filterDomain = Domain::Real; });
  // Factors are known if they are constants; so are fields, which then want no bias.
  auto factor = [](size_t i, float value) {
    return [=](Subject &s) {
      llvm::support::endian::write32le(&s.stream.constants[4 * i], llvm::bit_cast<uint32_t>(value));
      s.profile.filterDomain = value == 0.5f ? Domain::Binary : Domain::NonNegative;
      s.filter().from.im.reset();
    };
  };
  expectFine(factor(3, 2));
  expectFine(factor(3, 0.5f));
  expectRule("V408", "zero or more, found one of -2", factor(15, -2));
  expectFine(factor(16, -2)); // beyond the tile
  expectRule("V408", "zero or more, found one of", factor(0, NAN));
  expectRule("V408", "zero or one number, found 0.500000 and 0.750000", [&](Subject &s) {
    factor(1, 0.75f)(s);
    factor(2, 0.5f)(s);
  });
  expectRule("V408", "factors, and from the constants", [&](Subject &s) {
    factor(1, 1)(s);
    s.filter().from.re->region = scratchRegion;
    s.program.scratchBytes = 64;
  });
  auto constant = [](Subject &s) {
    s.profile.encodeDomain = Domain::NonNegative;
    *s.load().from.re = Plane{constantRegion, {0, {4}}};
  };
  expectFine(constant);
  expectRule("V406", "expected a bias or a part", [&](Subject &s) {
    constant(s);
    llvm::support::endian::write32le(&s.stream.constants[4 * 50], llvm::bit_cast<uint32_t>(-1.f)); // of the last tile
  });
}

TEST(Validate, Digits) {
  auto digit = [](Digit digit, Domain domain = Domain::Complex, int64_t bits = 8) {
    return [=](Subject &s) {
      s.load().digit = digit;
      s.profile.encodeDomain = domain;
      s.profile.encodeBits = bits;
      s.load().bias = domain == Domain::NonNegative || domain == Domain::Binary;
    };
  };
  expectRule("V409", "a digit below 3, which are all, found 3", digit({3, 3, 8}));
  expectRule("V409", "a digit below 0", digit({0, 0, 8}));
  expectRule("V409", "digits of 2 to 8 bits, which the encoder can show, found 9", digit({0, 1, 9}));
  expectRule("V409", "digits of 2 to 8 bits, which the encoder can show, found 1", digit({0, 1, 1}));
  expectRule("V409", "digits of 1 to 1 bits, which the encoder can show, found 2", digit({0, 1, 2}, Domain::Binary, 1));
  expectRule("V409", "at most 32 bits in all digits, found 35", digit({0, 5, 8}));
  expectRule("V409", "at most 32 bits in all digits, found 33", digit({0, 33, 1}, Domain::Binary, 1));
  expectFine(digit({0, 1, 8}));
  expectFine(digit({0, 1, 2}));
  expectFine(digit({0, 1, 1}, Domain::Binary, 1));
  expectFine(digit({0, 1, 16}, Domain::Complex, 0));

  // Two digits of each tile, with barriers.
  auto both = [](auto change) {
    return [=](Subject &s) {
      Instruction load = s.main[LoadAt], fire = s.main[FireAt], read = s.main[ReadAt];
      for (Instruction *instruction : {&load, &fire, &read})
        instruction->wait = instruction->signal = 0;
      s.load().digit = Digit{0, 2, 4};
      std::get<LoadField>(load.body).digit = Digit{1, 2, 4};
      std::get<ReadBack>(read.body).accumulate = true;
      change(std::get<LoadField>(load.body), std::get<ReadBack>(read.body), s);
      for (const Instruction &instruction : {Instruction{0, 0, Barrier{}}, read, Instruction{0, 0, Barrier{}}, fire,
                                             Instruction{0, 0, Barrier{}}, load, Instruction{0, 0, Barrier{}}})
        s.insert(ReadAt + 1, instruction);
      s.program.prediction.frames *= 2;
    };
  };
  expectFine(both([](LoadField &, ReadBack &, Subject &) {}));
  expectRule("V508", "expected all 3 digits in accumulator 0, found 2",
             both([](LoadField &second, ReadBack &, Subject &s) { second.digit->count = s.load().digit->count = 3; }));
  expectRule("V508", "found digit 1 of 2 alone",
             both([](LoadField &, ReadBack &second, Subject &) { second.accumulate = false; }));
  expectRule("V508", "found digit 1 of 2 after digit 1 of 2",
             both([](LoadField &, ReadBack &, Subject &s) { s.load().digit->index = 1; }));
  expectRule("V508", "found digit 0 of 2 after digit 0 of 2",
             both([](LoadField &second, ReadBack &, Subject &) { second.digit->index = 0; }));
  expectRule("V508", "found digit 1 of 2 after digit 0 of 2",
             both([](LoadField &, ReadBack &, Subject &s) { s.load().digit->bits = 5; }));
  expectRule("V508", "found digit 1 of 2 after digit 0 of 2 of another",
             both([](LoadField &second, ReadBack &, Subject &) {
               second.from.col.step = -1, second.from.col.start.base = 3;
             }));
  // All digits count alike; two readings of each may come in any order, and what is read of one may not be of none.
  const char *alike = "expected digit 1 to be fired and read back with the coefficients of the one before it";
  expectRule("V508", alike, both([](LoadField &, ReadBack &second, Subject &) { second.re = 0.5; }));
  expectRule("V508", alike, both([](LoadField &, ReadBack &second, Subject &) { second.reversedRows = true; }));
  auto twice = [&](double re, double im) {
    return both([=](LoadField &, ReadBack &second, Subject &s) {
      second.re = 1;
      Instruction again = s.main[ReadAt];
      again.wait = again.signal = 0;
      auto &read = std::get<ReadBack>(again.body);
      read.accumulate = true;
      read.re = re, read.im = im;
      s.insert(ReadAt + 1, again);
    });
  };
  expectRule("V508", alike, twice(0, 1)); // of the first digit only
  // Digits that are none follow nothing, least of all what is no digit.
  expectRule("V409", "a digit below 1, which are all, found 1", [](Subject &s) {
    s.load().digit = Digit{1, 1, 0};
    s.read().accumulate = true;
    Access tile = s.load().from;
    tile.re->offset = {};
    s.insert(LoopAt, {0, 0, Barrier{}});
    for (uint16_t slot : {0, 1})
      s.insert(LoopAt, {0, 0, LoadAccumulator{{slot, 1}, tile}});
  });
  expectRule("V508", "found digit 0 of 1 after digit 0 of 2",
             both([](LoadField &second, ReadBack &, Subject &) { second.digit.reset(); }));
}

TEST(Validate, Means) {
  auto mean = [](bool removed, bool added, FireMode mode) {
    return [=](Subject &s) {
      s.load().removeMean = removed;
      s.read().addMean = added;
      s.fire().mode = mode;
      s.profile.kind = Kind::Any;
    };
  };
  expectFine(mean(true, true, FireMode::FT));
  expectFine(mean(true, true, FireMode::Correlate4F));
  expectRule("V507", "found that of a product", mean(true, true, FireMode::MFT));
  expectRule("V507", "the mean to be added, since one was taken away, found that it is not",
             mean(true, false, FireMode::FT));
  expectRule("V507", "no mean to be added, since none was taken away, found it", mean(false, true, FireMode::FT));
  // Constants that are not negative have negative numbers without their mean.
  auto constant = [](bool removed) {
    return [=](Subject &s) {
      s.profile.encodeDomain = Domain::NonNegative;
      s.load().from.re = Plane{constantRegion, {}};
      s.load().removeMean = s.read().addMean = removed;
      s.fire().mode = FireMode::FT;
    };
  };
  expectFine(constant(false));
  expectRule("V406", "expected a bias or a part", constant(true));
}

TEST(Validate, DataFlow) {
  expectRule("V501", "field 0 to have been written", [](Subject &s) {
    s.insert(LoopAt, {0, 0, s.fire()});
    ++s.program.prediction.frames;
  });
  expectRule("V501", "filter 4 to have been written", [](Subject &s) { s.fire().filter.first = 4; });
  expectRule("V501", "capture 1 to have been written", [](Subject &s) { s.read().capture.first = 1; });
  expectRule("V501", "accumulator 2 to have been written",
             [](Subject &s) { s.get<Twiddle>(TwiddleAt).accumulator = {2, 1}; });
  expectRule("V501", "accumulator 0 to have been written", [](Subject &s) { s.read().accumulate = true; });
  expectRule("V501", "table entries 5 to 17 to have been loaded",
             [](Subject &s) { s.get<Twiddle>(TwiddleAt).row->offset.base = 5; });
  // Only in the second iteration is the slot another one.
  expectRule("V501", "filter 6 to have been written", [](Subject &s) { s.fire().filter.rotate = 2; });
  expectRule("V502", "capture 0 to have been read back", [](Subject &s) {
    s.insert(FireAt + 1, s.main[FireAt]);
    s.main[FireAt + 1].wait = s.main[FireAt + 1].signal = 0;
    s.program.prediction.frames *= 2;
  });
  expectRule("V503", "length of the tile's axis, 4, found 8",
             [](Subject &s) { s.get<ElectronicDft>(DftAt).length = 8; });
  expectRule("V503", "4 x 4 elements of the tile, found 5 x 4", [](Subject &s) {
    s.store().to.row.count = 5;
    s.program.bindings[1].shape.push_back(2);
  });
  auto other = [](Subject &s) { // a tile of 4 x 3 in accumulator 3, which the electronics add
    LoadAccumulator load{{3, 1}, s.load().from};
    load.from.col.count = 3;
    load.from.re->offset.step[0] = 0;
    s.insert(LoopAt, {0, 0, load});
    s.insert(LoopAt + 1, {0, 0, Barrier{}});
  };
  expectFine(other);
  expectRule("V503", "two tiles of the same extents, found 4 x 4 and 4 x 3", [&](Subject &s) {
    other(s);
    Elementwise sum;
    sum.to = sum.a = {0, 2};
    sum.b = {3, 1};
    s.insert(DftAt + 2, {0, 0, sum});
  });
  expectRule("V503", "tile of the aperture's extents, found 4 x 3", [&](Subject &s) {
    other(s);
    s.get<ReadBack>(ReadAt + 2).accumulate = true;
    s.get<ReadBack>(ReadAt + 2).accumulator = {3, 1};
  });
  auto reload = [](Subject &s) { // the filter of the preload, at the end of main
    s.insert(EndAt, {0, 0, Barrier{}});
    s.insert(EndAt + 1, {0, 0, s.filter()});
  };
  expectRule("V504", "filter 5 to be the preload's in every run", reload);
  expectFine([&](Subject &s) {
    reload(s);
    std::swap(s.main[EndAt + 1], s.main[MarkAt]);
    s.insert(LoopAt, {0, 0, Barrier{}});
  });
  expectRule("V504", "table entries 0 to 12 to be the preload's", [](Subject &s) {
    s.insert(EndAt, {0, 0, Barrier{}});
    s.insert(EndAt + 1, {0, 0, s.table()});
  });
  expectRule("V505", "region 1 undefined", [](Subject &s) {
    s.program.scratchBytes = 640;
    s.load().from.re->region = scratchRegion;
  });
  expectRule("V505", "region 3 undefined", [](Subject &s) { s.load().from.re->region = 3; });
  expectRule("V506", "expected a bias to remove", [](Subject &s) { s.read().removeBias = true; });
  expectRule("V506", "expected a bias to remove", [](Subject &s) {
    s.read().removeBias = s.load().bias = true; // but the filter has changed it
  });
  expectFine([](Subject &s) {
    s.read().removeBias = s.load().bias = true;
    s.fire().mode = FireMode::Correlate4F;
    s.profile.kind = Kind::Any;
  });
  expectFine([](Subject &s) {
    s.read().removeBias = s.load().bias = true;
    s.fire().mode = FireMode::FT;
  });
}

TEST(Validate, Order) {
  auto without = [](size_t i, bool wait, int token) {
    return [=](Subject &s) { (wait ? s.main[i].wait : s.main[i].signal) &= ~(1u << token); };
  };
  expectRule("V601", "token 0 to have been signalled", without(LoadAt, false, 0));
  expectRule("V601", "token 3 to have been signalled", [](Subject &s) { s.program.tokens[3] = 0; });
  // One iteration has enough, the next one has not.
  expectRule("V601", "token 1 to have been signalled", without(FireAt, false, 1));
  expectRule("V602", "token 9 to stay below 65536 if its takers are slow", [](Subject &s) {
    // Nobody waits for the store that takes token 9.
    s.get<Loop>(LoopAt).trip = s.program.prediction.frames = 100000;
    for (Plane *plane : {&*s.load().from.re, &*s.store().to.re, &*s.store().to.im})
      plane->offset.step[0] = 0;
    s.main = {s.main[MarkAt],         s.main[LoopAt],    {0, 1u << 9, s.load()},
              {1u << 9, 0, s.fire()}, s.main[EndLoopAt], s.main[EndAt]};
  });
  expectRule("V603", "token 9 to be 0 at the end", [](Subject &s) { s.main[StoreAt].signal |= 1u << 9; });
  expectRule("V604", "one queue alone to signal token 5", [](Subject &s) { s.main[DftAt].signal |= 1u << 5; });
  expectRule("V604", "one queue alone to wait for token 1", [](Subject &s) { s.main[FireAt].wait |= 1u << 1; });
  // Behind a barrier a token may join others: what the electronics and the store did with token 9, load and optics do.
  expectFine([](Subject &s) {
    s.main[DftAt].signal |= 1u << 9;
    s.main[StoreAt].wait |= 1u << 9;
    Instruction load = s.main[LoadAt], fire = s.main[FireAt];
    std::get<LoadField>(load.body).from.re->offset.step[0] = 0;
    load.wait = fire.signal = 0;
    load.signal = fire.wait = 1u << 9;
    s.insert(EndAt, {0, 0, Barrier{}});
    s.insert(EndAt + 1, load);
    s.insert(EndAt + 2, fire);
    ++s.program.prediction.frames;
  });
  expectRule("V605", "read field 0 after instruction 2 has written it", [&](Subject &s) {
    without(LoadAt, false, 0)(s);
    without(FireAt, true, 0)(s);
  });
  expectRule("V605", "read capture 0 after instruction 3", [&](Subject &s) {
    without(FireAt, false, 2)(s);
    without(ReadAt, true, 2)(s);
  });
  expectRule("V605", "read accumulator 0 after instruction 6", [&](Subject &s) {
    without(DftAt, false, 4)(s);
    without(StoreAt, true, 4)(s);
  });
  expectRule("V606", "write field 0 after instruction 3 has read it", [&](Subject &s) {
    without(LoadAt, true, 1)(s);
    without(FireAt, false, 1)(s);
  });
  // Three loads may run ahead, but there are two fields.
  expectRule("V606", "write field 0 after instruction 3 has read it", [](Subject &s) { s.program.tokens[1] = 3; });
  expectRule("V606", "write accumulator 0 after instruction 7 has read it", [&](Subject &s) {
    without(ReadAt, true, 5)(s);
    without(StoreAt, false, 5)(s);
  });
  expectRule("V607", "write accumulator 0 after instruction", [](Subject &s) {
    LoadAccumulator load{{0, 1}, s.load().from};
    load.from.re->offset.step[0] = 0;
    s.insert(EndLoopAt + 1, {0, 0, load});
  });
}

/// In place, tile after tile: the next one may be loaded before this one is stored, unless they have an element in
/// common.
TEST(Validate, OrderOfTilesInMemory) {
  auto inPlace = [](int64_t step, int64_t pitch) {
    return [=](Subject &s) {
      std::vector<Instruction> loop(s.main.begin() + LoopAt, s.main.begin() + EndLoopAt + 1);
      Access &tile = std::get<Store>(loop[StoreAt - LoopAt].body).to;
      tile.im.reset();
      tile.re->offset.step[0] = step;
      tile.row.pitch = pitch;
      std::get<LoadField>(loop[LoadAt - LoopAt].body).from = tile;
      s.insert(EndAt, {0, 0, Barrier{}});
      s.main.insert(s.main.begin() + EndAt + 1, loop.begin(), loop.end());
      s.program.prediction.frames *= 2;
    };
  };
  expectFine(inPlace(16, 4));
  expectFine(inPlace(17, 4));
  expectRule("V605", "read memory after instruction", inPlace(15, 4));
  expectRule("V605", "read memory after instruction", inPlace(0, 4));
  // Columns of four in rows of 40: interleaved, and yet apart. The last column of one the first of the next: not.
  expectFine(inPlace(4, 40));
  expectRule("V605", "read memory after instruction", inPlace(3, 40));
  expectRule("V605", "read memory after instruction", inPlace(4, 39));

  // The same tiles again in each iteration of a loop around them, which a barrier ends.
  auto again = [&](int64_t step, int64_t pitch, bool hasBarrier) {
    return [=](Subject &s) {
      inPlace(step, pitch)(s);
      for (size_t i = EndAt + 1; i < s.main.size(); ++i)
        if (auto *load = std::get_if<LoadField>(&s.main[i].body))
          std::swap(load->from.re->offset.step[0], load->from.re->offset.step[1]);
        else if (auto *store = std::get_if<Store>(&s.main[i].body))
          std::swap(store->to.re->offset.step[0], store->to.re->offset.step[1]);
      s.insert(EndAt + 1, {0, 0, Loop{3}});
      if (hasBarrier)
        s.insert(s.main.size() - 1, {0, 0, Barrier{}});
      s.insert(s.main.size() - 1, {0, 0, EndLoop{}});
      s.program.prediction.frames *= 2;
    };
  };
  expectFine(again(16, 4, true));
  expectRule("V605", "read memory after instruction", again(15, 4, true));
  expectRule("V605", "read memory after instruction", again(16, 4, false));
  expectFine(again(4, 40, true));
  expectRule("V605", "read memory after instruction", again(4, 40, false));
}

TEST(Validate, Predictions) {
  expectRule("V701", "10 frames, which the main code fires, found 11",
             [](Subject &s) { s.program.prediction.frames = 11; });
  expectFine([](Subject &s) { s.program.prediction = {}; });
  expectRule("V701", "30 frames", [](Subject &s) { s.fire().repeat = 3; });
  expectRule("V702", "zero or more seconds", [](Subject &s) { s.program.prediction.seconds = NAN; });
  expectRule("V702", "zero or more joules", [](Subject &s) { s.program.prediction.joules = -1; });
}

TEST(Validate, HasAnEnd) {
  // Periods of coprime rotations that no iteration repeats soon, in loops in loops.
  auto endless = [](Subject &s) {
    s.profile.captureTiles = s.profile.accumulatorTiles = s.profile.fieldTiles = 70000;
    LoadField load = s.load();
    load.from.re->offset.step[0] = 0;
    s.main = {{0, 0, Loop{1 << 15}}, {0, 0, Loop{1 << 15}}};
    for (uint16_t rotate : {65521, 65519, 65497})
      s.main.push_back({0, 0, load}), std::get<LoadField>(s.main.back().body).field.rotate = rotate;
    s.main.insert(s.main.end(), {{0, 0, EndLoop{}}, {0, 0, EndLoop{}}, {0, 0, End{}}});
    s.program.prediction = {};
    s.program.tokens = {};
  };
  expectRule("V901", "expected a code that can be checked", endless);
  // One look at each constant is for nothing, looks at the same ones again are not.
  expectRule("V901", "expected a stream that can be checked", [](Subject &s) {
    s.profile.encodeDomain = Domain::NonNegative;
    LoadField load = s.load();
    *load.from.re = Plane{constantRegion, {}};
    s.main.clear();
    for (int i = 0; i < 12; ++i)
      s.main.insert(s.main.end(), {{0, 0, Loop{1 << 16}}, {0, 0, load}, {0, 0, EndLoop{}}});
    s.main.push_back({0, 0, End{}});
    s.program.prediction = {};
    s.program.tokens = {};
  });
  // And so on, program after program.
  Subject subject;
  endless(subject);
  subject.stream.programs.resize(100, Program(subject.program));
  std::vector<Violation> violations = validate(subject.stream, subject.profile, 1000);
  EXPECT_NE(textOf(violations).find("expected a stream that can be checked"), std::string::npos);
  EXPECT_LT(violations.size(), 10u);
}
