// The normal form of a value that is linear in one source tensor.
//
// A separable form says: the value is a sum of terms, and each term multiplies every axis of the source by a matrix of
// its own (a Kronecker product). Real linear algebra is all there is: the real and imaginary part of an ONNX complex
// value are two rows of its last axis. A row of an axis matrix is one of a few functionals that FNet's mixing is built
// of: a sample of the axis, a cosine, a sine, or zero, times a number. On a full axis of N samples the canonical
// cosines and sines are a basis, so comparing rows compares the maps themselves; no pattern of nodes is involved. The
// rows of the discrete cosine transform (mix.cosine) and of its inverse are functionals of their own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SEPARABLEFORM_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SEPARABLEFORM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fourmix::onnx_to_mix {

/// How close a constant must be to the number it is taken for, relative to the scale of its row.
constexpr double tolerance = 1e-5;

/// One row of an axis matrix: `scale` times x[index], or sum over j < width of x[j] cos|sin(2 pi index j / length), or
/// row `index` of a cosine transform of `length` = width samples: Dct is cos(pi index (2 j + 1) / 2 length), InverseDct
/// and InverseDctOrtho are rows of the inverses as mix.cosine defines them.
struct Row {
  enum Kind : uint8_t { Zero, Unit, Cos, Sin, Dct, InverseDct, InverseDctOrtho } kind = Zero;
  int64_t length = 0;
  int64_t index = 0;
  int64_t width = 0;
  double scale = 0;

  static Row unit(int64_t index, double scale = 1) { return {Unit, 0, index, 0, scale}; }
  /// The canonical trigonometric row: 0 <= index <= length / 2, no sine that vanishes, samples where width is 1.
  static Row trig(Kind kind, int64_t length, int64_t index, int64_t width, double scale);
  Row times(double factor) const;
  bool isDct() const { return kind >= Dct; }
  /// True for a functional that sees many samples.
  bool isTransformed() const { return kind > Unit; }
  /// True if the rows are multiples of one functional.
  bool parallel(const Row &other) const {
    return kind == other.kind && length == other.length && index == other.index && width == other.width;
  }
  bool operator==(const Row &other) const { return parallel(other) && scale == other.scale; }
};

using AxisMap = std::vector<Row>;
using SharedMap = std::shared_ptr<const AxisMap>;

/// If the map is c times the first `width` samples in order, then zeros: width and c.
struct Prefix {
  int64_t width;
  double scale;
};
std::optional<Prefix> matchPrefix(const AxisMap &map);

/// `matrix`, whose rows read map.size() samples, applied after `map`: possible where `map` is a prefix.
std::optional<AxisMap> compose(const AxisMap &matrix, const AxisMap &map);

struct Term {
  double scale = 1;
  llvm::SmallVector<SharedMap, 4> maps; // one per factor
};

/// A factor is a source axis of extent > 1, or (source = -1) an axis that the graph made, such as re/im.
struct Factor {
  int64_t source;
  int64_t extent; // rows now
  bool operator==(const Factor &other) const { return source == other.source && extent == other.extent; }
};

class SeparableForm {
public:
  llvm::SmallVector<Factor, 4> factors;                   // source axes in order, then made axes in layout order
  llvm::SmallVector<llvm::SmallVector<int, 1>, 4> layout; // per axis of the value, its factors of extent > 1
  std::vector<Term> terms;                                // none: the value is zero

  /// The source itself.
  static SeparableForm identity(llvm::ArrayRef<int64_t> shape);
  /// A value of this rank that is zero.
  static SeparableForm zero(size_t rank);
  bool isZero() const { return terms.empty(); }

  // Each of these returns false, with the form in an unspecified state, where the result is not separable.

  /// Replaces axis `axis` by `change` of its rows, for each term; all results have `extent` rows. An axis of extent 1
  /// has the row unit(0). `change` may say nullopt.
  bool mapAxis(int64_t axis, int64_t extent,
               llvm::function_ref<std::optional<AxisMap>(const AxisMap &, Term &)> change);
  /// Row i of the axis becomes row indices[i], or zero where that is -1.
  bool select(int64_t axis, llvm::ArrayRef<int64_t> indices);
  bool transpose(llvm::ArrayRef<int64_t> permutation);
  /// Regroups the axes; the elements keep their row-major order.
  bool reshape(llvm::ArrayRef<int64_t> shape);
  /// this += factor * other.
  bool add(const SeparableForm &other, double factor);
  void multiply(double factor);
  /// The discrete Fourier transform of `length` points along `axis`; the last axis is [re] or [re, im].
  bool dft(int64_t axis, int64_t length, bool inverse, bool onesided, int64_t complexAxis);
  /// Puts `parts` behind one another; their extents along `axis` are given since zero parts have no layout.
  static std::optional<SeparableForm> concat(llvm::ArrayRef<SeparableForm> parts, llvm::ArrayRef<int64_t> extents,
                                             int64_t axis);

private:
  /// Restores the order of factors, hides those of extent 1, merges equal terms and drops zero ones.
  void normalise();
  void mergeTerms();
};

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SEPARABLEFORM_H
