// The emitter (lib/Kernels/Dft.h) whose numbers are vectors and whose loops are scf.for.
//
// A Value is a vector of V independent lines of a transform, a Plane rows of V elements in a flat memref. Indices stay
// affine forms of the loop variables until they are used, so that what an index has in common with others is computed
// once, in the outermost loop where it can be.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOVECTOR_VECTOREMITTER_H
#define LIB_CONVERSION_SPECTRALTOVECTOR_VECTOREMITTER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <map>
#include <optional>
#include <vector>

namespace fourmix {

/// A constant plus multiples of loop variables (and other index values known to a VectorEmitter).
class AffineIndex {
public:
  AffineIndex(int64_t constant = 0) : constant(constant) {}
  static AffineIndex variable(unsigned id) {
    AffineIndex index;
    index.terms[id] = 1;
    return index;
  }

  AffineIndex operator+(const AffineIndex &other) const;
  /// At least one side must be a constant.
  AffineIndex operator*(const AffineIndex &other) const;

  int64_t constant;
  /// Coefficients, by the number of the variable; variables of outer loops have smaller numbers.
  std::map<unsigned, int64_t> terms;
};

class VectorEmitter {
public:
  using Index = AffineIndex;

  /// A vector; null stands for zero, which costs nothing.
  class Value {
  public:
    Value() = default;
    Value(VectorEmitter *emitter, mlir::Value value) : emitter(emitter), value(value) {}

    friend Value operator+(Value a, Value b);
    friend Value operator-(Value a, Value b);
    friend Value operator*(Value a, Value b);
    Value operator-() const;

    VectorEmitter *emitter = nullptr;
    mlir::Value value;
  };

  /// A second place for what is stored in a plane: row r, in reverse, becomes row -r modulo `rows`. Only where `when`
  /// holds.
  struct Mirror {
    AffineIndex base;
    int64_t step, rows;
    mlir::Value when;
  };
  /// Row r is the V elements of `memref` (of rank 1) from base + r * step on.
  struct Plane {
    mlir::Value memref;
    AffineIndex base;
    int64_t step = 0;
    /// Of a slice of a plane with a mirror: row r is row first + r * every of that plane.
    std::optional<Mirror> mirror = {};
    int64_t first = 0, every = 1;
  };

  /// Emits at `builder`'s insertion point vectors of `type`, with the plan's table in `numbers`, a memref of rank 1.
  VectorEmitter(mlir::OpBuilder &builder, mlir::Location loc, mlir::VectorType type, mlir::Value numbers)
      : builder(builder), loc(loc), type(type), numbers(numbers) {}

  /// An index value that is defined at the current insertion point.
  Index variable(mlir::Value value);
  /// The value of an index.
  mlir::Value materialize(const Index &index);

  void loop(int64_t trip, llvm::function_ref<void(Index)> body);
  std::vector<Value> accumulate(int64_t trip, const std::vector<Value> &init,
                                llvm::function_ref<void(Index, std::vector<Value> &)> body);
  /// A loop with computed bounds and step 1.
  void loop(mlir::Value begin, mlir::Value end, llvm::function_ref<void(Index)> body);

  Value load(const Plane &plane, const Index &row);
  void store(const Plane &plane, const Index &row, Value value);
  Value table(const Index &at);
  Value constant(double value);
  Plane slice(const Plane &plane, int64_t first, int64_t step);

  /// One element instead of a vector, `at` elements after the plane's base.
  mlir::Value loadElement(const Plane &plane, const Index &at);
  void storeElement(const Plane &plane, const Index &at, mlir::Value value);
  /// The elements of `value` in reverse; with `first`, shifted up by one and the first element of `first` in front.
  Value reverse(Value value);
  Value reverse(Value value, Value first);
  /// Null as a vector of zeros, every other value as it is.
  mlir::Value dense(Value value);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::VectorType type;

private:
  /// An index that is known from some operation on: a loop variable from the start of its body.
  struct Variable {
    mlir::Value value;
    mlir::Block *block;
    mlir::Operation *last; // what depends on it may stand after this; null: at the start of the block
  };

  /// The sum of the terms of `index`.
  mlir::Value sumOfTerms(const std::map<unsigned, int64_t> &terms);
  /// Calls `emit` where `variable` is known, as far out as possible, and returns what it made.
  mlir::Value emitAt(Variable &variable, llvm::function_ref<mlir::Value()> emit);
  mlir::Value indexConstant(int64_t value);
  void storeMirrored(const Plane &plane, const Index &row, Value value);

  mlir::Value numbers;
  std::vector<Variable> variables;
  std::map<std::map<unsigned, int64_t>, mlir::Value> prefixes;
  std::map<std::pair<std::map<unsigned, int64_t>, int64_t>, mlir::Value> tableValues;
};

} // namespace fourmix

#endif // LIB_CONVERSION_SPECTRALTOVECTOR_VECTOREMITTER_H
