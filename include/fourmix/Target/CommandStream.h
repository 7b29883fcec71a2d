// The command stream of a Fourier-optical device: what its instructions are. docs/command-stream.md specifies the
// machine and the binary form of this in words.
//
// The device has memories of tiles, numbered slots each:
//   field        rows x cols codes of the encoder, with the scale of the block
//   filter       rows x cols complex factors
//   capture      rows x cols codes of the detector, with their scale and the number of saturated ones
//   accumulator  complex numbers of the electronics, at most accumulatorRows x accumulatorCols
//   table        complex numbers in one row: twiddles and chirps
// and regions of memory outside, which it addresses by region and offset: 0 holds constants, 1 is scratch, from 2 on
// the bindings of a program. Four queues execute in order, each its own kind: load, optics, electronics, store; tokens
// and barriers order them among each other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TARGET_COMMANDSTREAM_H
#define FOURMIX_TARGET_COMMANDSTREAM_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fourmix::focs {

constexpr int maxLoopDepth = 8, numTokens = 32;
constexpr uint8_t constantRegion = 0, scratchRegion = 1, firstBinding = 2;

enum class ElementType : uint8_t { F32 = 1, F64 = 2 };
inline int64_t byteSize(ElementType type) { return type == ElementType::F32 ? 4 : 8; }

/// base + the sum over enclosing loops, the outermost first, of step[i] * (iteration of loop i).
struct Linear {
  int64_t base = 0;
  std::array<int64_t, maxLoopDepth> step{};
  bool operator==(const Linear &) const = default;
};

/// A slot of a tile memory: first + (I mod rotate), where I numbers the iterations of all enclosing loops together
/// (the innermost one runs fastest) from 0.
struct Slot {
  uint16_t first = 0, rotate = 1;
  bool operator==(const Slot &) const = default;
};

/// One axis of a tile in memory. Element t (0 <= t < count) stands at coordinate c(t) = start + t * step. A coordinate
/// is inside if 0 <= c < limit, and its address is c * pitch; with `wrap`, c is first reduced modulo limit (to
/// 0 .. limit-1), so that all are inside. `step` may be negative.
struct AxisAccess {
  Linear start;
  int64_t step = 1, limit = 1, pitch = 0;
  uint32_t count = 1;
  bool wrap = false;
  bool operator==(const AxisAccess &) const = default;
};

/// Where one part (real or imaginary) of a tile lies: element (0, 0) of the two axes' coordinates is at `offset`,
/// in elements, from the start of the region.
struct Plane {
  uint8_t region = 0;
  Linear offset;
  bool operator==(const Plane &) const = default;
};

/// A tile in memory: element (r, c) of a part is at plane.offset + address(row, r) + address(col, c). What is outside
/// on either axis reads as zero and is not written. A missing part reads as zero and is not written; one of the two is
/// there.
/// `joined`: both axes of the tile go along one of the memory. Element (r, c) has as its coordinate the sum of its
/// row's and its column's, reduced modulo the rows' limit; it is inside if that is below the columns' limit, and its
/// address is this coordinate times their pitch. The rows wrap, the columns do not. So an aperture of coprime sides
/// transforms a line of all its points: I. J. Good (1958).
struct Access {
  ElementType type = ElementType::F32;
  AxisAccess row, col;
  std::optional<Plane> re, im;
  bool joined = false;
  bool operator==(const Access &) const = default;
};

//===- Control ------------------------------------------------------------===//

struct Nop {
  bool operator==(const Nop &) const = default;
};
/// The end of a program: the last instruction, once.
struct End {
  bool operator==(const End &) const = default;
};
/// What follows starts when everything before has completed, on all queues.
struct Barrier {
  bool operator==(const Barrier &) const = default;
};
/// From here on work belongs to entry `debug` of the program's debug table.
struct Mark {
  uint32_t debug = 0;
  bool operator==(const Mark &) const = default;
};
struct Loop {
  uint32_t trip = 1;
  bool operator==(const Loop &) const = default;
};
struct EndLoop {
  bool operator==(const EndLoop &) const = default;
};

//===- Queue load ---------------------------------------------------------===//

/// What of a complex number the encoder is given, for encoders that know less than complex numbers. The positive part
/// of x is max(x, 0), its negative part max(-x, 0): x is the difference of two that show on encoders without signs.
enum class Component : uint8_t {
  Complex = 0,
  Real = 1,
  Imaginary = 2,
  PositiveReal = 3,
  NegativeReal = 4,
  PositiveImaginary = 5,
  NegativeImaginary = 6
};
inline bool isNegativePart(Component c) { return c == Component::NegativeReal || c == Component::NegativeImaginary; }
inline bool isPart(Component c) {
  return c == Component::PositiveReal || c == Component::PositiveImaginary || isNegativePart(c);
}
inline bool isImaginary(Component c) {
  return c == Component::Imaginary || c == Component::PositiveImaginary || c == Component::NegativeImaginary;
}

/// A digit of the codes of a field, to show numbers on an encoder that has too few bits for them: bit planes of a
/// binary one, slices of others. A code is a sign and `count` digits, the first one counts most, of a radix R = 2^m
/// each, with m = `bits`, or `bits` - 1 where the encoder shows signs: n / (R^count - 1) with a whole number n. The
/// digit d is shown as the code d / (R - 1), and the scale of the field is that of the digit.
struct Digit {
  uint8_t index = 0, count = 1, bits = 8;
  bool operator==(const Digit &) const = default;
};

/// field[slot] = encode(memory + bias). Block floating point: the scale is the largest magnitude of the block (of real
/// and imaginary parts separately, for an encoder of quadratures), so that codes lie in [-1, 1]; an all-zero block has
/// scale 0. Elements of the aperture beyond the access are zero (and get no bias).
/// With `bias` (for encoders of non-negative numbers) the codes are (code + 1) / 2 on the whole aperture, so that they
/// lie in [0, 1], and the scale is doubled; ReadBack::removeBias takes the bias back. With `removeMean` the mean of the
/// whole aperture is subtracted from all of it before a part and the scale are taken; ReadBack::addMean adds it again,
/// that of a negative part being 0. With `digit`
/// the field shows that digit of the codes alone; what is read back of all of them adds up to the whole.
struct LoadField {
  Slot field;
  Component component = Component::Complex;
  bool bias = false;
  Access from;
  std::optional<Digit> digit = std::nullopt;
  bool removeMean = false;
  bool operator==(const LoadField &) const = default;
};
/// filter[slot] = memory. Used in preloads as a rule; complex codes of the filter's own resolution.
struct LoadFilter {
  Slot filter;
  Access from;
  bool operator==(const LoadFilter &) const = default;
};
/// table[to .. to+count) = complex numbers from memory, element i at offset + i of both planes.
struct LoadTable {
  uint32_t to = 0, count = 0;
  ElementType type = ElementType::F32;
  Plane re, im;
  bool operator==(const LoadTable &) const = default;
};
/// accumulator[slot] = memory, past the optics, for electronic passes.
struct LoadAccumulator {
  Slot accumulator;
  Access from;
  bool operator==(const LoadAccumulator &) const = default;
};

//===- Queue optics -------------------------------------------------------===//

/// FT: X[k,l] = sum x[n,m] exp(-2 pi i (kn/rows + lm/cols)) of the whole aperture. MFT: the same of filter * field.
/// Correlate4F: inverse FT (divided by rows * cols) of filter * FT(field).
enum class FireMode : uint8_t { FT = 0, MFT = 1, Correlate4F = 2 };
/// IQ: both quadratures at once; I, Q: one of them; Intensity: |output + reference|^2.
enum class Detect : uint8_t { IQ = 0, I = 1, Q = 2, Intensity = 3 };

constexpr uint8_t automaticGain = 0xff;

/// capture[slot] = detect(optics(field)). The detector's full scale is that of gain code g: worst / gainRatio^g, where
/// `worst` is the largest amplitude that the aperture can give. automaticGain: the electronics choose the largest g
/// whose full scale is at least `headroom` times the rms that Parseval predicts (profile), and holds the sum of the
/// field, which is element (0, 0) of a transform; with `rerun`, a capture with saturated elements is taken again with
/// the next smaller g until there is none or g is 0. `reference`: 0 none, 1 .. 4 the reference beam at phase (reference
/// - 1) * 90 degrees, of the profile's amplitude. `repeat` captures are averaged.
struct Fire {
  FireMode mode = FireMode::FT;
  Slot field, filter, capture;
  Detect detect = Detect::IQ;
  uint8_t reference = 0, gain = automaticGain;
  bool rerun = true;
  uint16_t repeat = 1;
  bool operator==(const Fire &) const = default;
};

//===- Queue electronics --------------------------------------------------===//

/// accumulator = [accumulator +] coefficient * capture, in the units of the field that was loaded. With reversedRows
/// (reversedCols) row r is capture row -r mod rows: the index reversal that makes an FT an inverse one, times its size.
/// The accumulator then has the aperture's extents.
/// An intensity with a reference of amplitude R is read as (|output + reference|^2 - R^2) / 2R, one without as
/// |output|^2 / 2R with the same R, so that captures of one field combine with coefficients that depend on nothing: the
/// real part is half the difference of those at 0 and 180 degrees, or that at 0 degrees less that without; the
/// imaginary part is the same with 90 and 270 degrees.
/// removeBias subtracts what LoadField's bias added, times the coefficient, from element (0, 0): scale / 2 * rows *
/// cols of a transform's real part; of intensities as much at 0 degrees, the negative of it at 180 degrees, else
/// nothing. Of a correlation it subtracts the same of scale / 2 * the filter's element (0, 0), from all elements. All
/// read-backs of a biased field have it.
/// addMean adds what LoadField::removeMean took away, times the coefficient: mean * rows * cols to element (0, 0) of a
/// transform, mean * the filter's element (0, 0) to all elements of a correlation; of one quadrature or of intensities
/// the part that they measure. Read-backs of a field without its mean have it, and no others.
struct ReadBack {
  Slot capture, accumulator;
  bool accumulate = false, reversedRows = false, reversedCols = false, removeBias = false, addMean = false;
  double re = 1, im = 0; // the coefficient
  bool operator==(const ReadBack &) const = default;
};
/// Where factors of one axis stand in the table: factor t at offset + t * step.
struct Factors {
  Linear offset;
  int64_t step = 1;
  bool conjugate = false;
  bool operator==(const Factors &) const = default;
};
/// accumulator[r, c] *= scale * row(r) * col(c); a missing factor is 1.
struct Twiddle {
  Slot accumulator;
  std::optional<Factors> row, col;
  double scale = 1;
  bool operator==(const Twiddle &) const = default;
};
enum class TileAxis : uint8_t { Row = 0, Col = 1 };
/// The unnormalised DFT of the `length` elements along one axis of the tile, all that it has, computed by the
/// electronics: butterflies of a radix that is the product of the profile's. `inverse`: with exp(+...).
struct ElectronicDft {
  Slot accumulator;
  TileAxis axis = TileAxis::Row;
  uint32_t length = 1;
  bool inverse = false;
  bool operator==(const ElectronicDft &) const = default;
};
/// Combine: to = alpha * a + beta * b (conjugated where said). Multiply: to = alpha * a * b.
enum class TileOp : uint8_t { Combine = 0, Multiply = 1 };
struct Elementwise {
  TileOp op = TileOp::Combine;
  Slot to, a, b;
  bool conjugateA = false, conjugateB = false;
  double alphaRe = 1, alphaIm = 0, betaRe = 0, betaIm = 0;
  bool operator==(const Elementwise &) const = default;
};

//===- Queue store --------------------------------------------------------===//

/// memory = the parts of the accumulator that the access has.
struct Store {
  Slot accumulator;
  Access to;
  bool operator==(const Store &) const = default;
};

/// An instruction waits until each token of `wait` is positive, takes one of each, executes, and adds one to each token
/// of `signal` when it has completed. Tokens are as `Program::tokens` at the start and again at the end. Between two
/// barriers a token joins two queues: all its signals come from one and all its waits from one, so that the order in
/// which queues happen to run changes nothing. Instructions of no queue neither wait nor signal.
/// The instructions of a queue start and complete in order.
struct Instruction {
  uint32_t wait = 0, signal = 0;
  std::variant<Nop, End, Barrier, Mark, Loop, EndLoop, LoadField, LoadFilter, LoadTable, LoadAccumulator, Fire,
               ReadBack, Twiddle, ElectronicDft, Elementwise, Store>
      body;
  bool operator==(const Instruction &) const = default;
};

/// Barrier and control belong to no queue.
enum class Queue : uint8_t { None, Load, Optics, Electronics, Store };
Queue queueOf(const Instruction &instruction);

/// A tensor that the host gives (input) or gets (output): dense, row-major, from offset 0 of region 2 + its number.
struct Binding {
  std::string name;
  ElementType type = ElementType::F32;
  bool isOutput = false;
  std::vector<int64_t> shape;
  bool operator==(const Binding &) const = default;
};

/// What the compiler foretells of one run of the main code, counted on frames that nothing saturates: `frames` is the
/// sum of `repeat` over the FIREs that are executed. All zero: it foretells nothing.
struct Prediction {
  uint64_t frames = 0;
  double seconds = 0, joules = 0;
  bool operator==(const Prediction &) const = default;
};

struct Program {
  std::string name;
  std::vector<Binding> bindings;
  uint64_t scratchBytes = 0;
  std::array<uint16_t, numTokens> tokens{}; // counts at the start
  /// Each ends with End. Preload runs once after loading, without bindings; main finds its filters, table entries and
  /// scratch, and does not overwrite those that it uses: every run finds the same.
  std::vector<Instruction> preload, main;
  std::vector<std::string> debug; // layer or operation names, for Mark
  Prediction prediction;
  bool operator==(const Program &) const = default;
};

/// A file.
struct CommandStream {
  std::string profile;            // the TOML text of the device it was made for, whole
  std::vector<uint8_t> constants; // region 0 of all programs
  std::vector<Program> programs;
  std::vector<std::pair<std::string, std::string>> metadata;
  bool operator==(const CommandStream &) const = default;
};

} // namespace fourmix::focs

#endif // FOURMIX_TARGET_COMMANDSTREAM_H
