// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/SpectralToVector/VectorEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace mlir;

namespace fourmix {

//===-- Indices ------------------------------------------------------------------------------------------------===//

AffineIndex AffineIndex::operator+(const AffineIndex &other) const {
  AffineIndex sum = *this;
  sum.constant += other.constant;
  for (auto [id, coefficient] : other.terms)
    if ((sum.terms[id] += coefficient) == 0)
      sum.terms.erase(id);
  return sum;
}

AffineIndex AffineIndex::operator*(const AffineIndex &other) const {
  if (!other.terms.empty())
    return other * *this;
  AffineIndex product(constant * other.constant);
  if (other.constant != 0)
    for (auto [id, coefficient] : terms)
      product.terms[id] = coefficient * other.constant;
  return product;
}

Value VectorEmitter::indexConstant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

AffineIndex VectorEmitter::variable(mlir::Value value) {
  Operation *definition = value.getDefiningOp();
  variables.push_back({value, value.getParentBlock(), definition});
  return AffineIndex::variable(variables.size() - 1);
}

Value VectorEmitter::emitAt(Variable &variable, llvm::function_ref<mlir::Value()> emit) {
  OpBuilder::InsertionGuard guard(builder);
  if (variable.last)
    builder.setInsertionPointAfter(variable.last);
  else
    builder.setInsertionPointToStart(variable.block);
  mlir::Value value = emit();
  variable.last = value.getDefiningOp();
  return value;
}

Value VectorEmitter::sumOfTerms(const std::map<unsigned, int64_t> &terms) {
  auto [id, coefficient] = *terms.rbegin();
  mlir::Value value = variables[id].value;
  if (terms.size() == 1 && coefficient == 1)
    return value;
  mlir::Value &cached = prefixes[terms];
  if (cached)
    return cached;
  std::map<unsigned, int64_t> outer = terms;
  outer.erase(id);
  mlir::Value before = outer.empty() ? mlir::Value() : sumOfTerms(outer);
  return cached = emitAt(variables[id], [&]() -> mlir::Value {
           auto flags = arith::IntegerOverflowFlags::nsw;
           mlir::Value product = value;
           if (coefficient != 1)
             product = arith::MulIOp::create(builder, loc, value, indexConstant(coefficient), flags);
           return before ? arith::AddIOp::create(builder, loc, before, product, flags).getResult() : product;
         });
}

Value VectorEmitter::materialize(const Index &index) {
  if (index.terms.empty())
    return indexConstant(index.constant);
  mlir::Value sum = sumOfTerms(index.terms);
  if (index.constant == 0)
    return sum;
  return arith::AddIOp::create(builder, loc, sum, indexConstant(index.constant), arith::IntegerOverflowFlags::nsw);
}

//===-- Loops --------------------------------------------------------------------------------------------------===//

void VectorEmitter::loop(mlir::Value begin, mlir::Value end, llvm::function_ref<void(Index)> body) {
  auto forOp = scf::ForOp::create(builder, loc, begin, end, indexConstant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(forOp.getBody()->getTerminator());
  body(variable(forOp.getInductionVar()));
}

void VectorEmitter::loop(int64_t trip, llvm::function_ref<void(Index)> body) {
  if (trip == 1)
    body(Index(0));
  else if (trip > 1)
    loop(indexConstant(0), indexConstant(trip), body);
}

std::vector<VectorEmitter::Value>
VectorEmitter::accumulate(int64_t trip, const std::vector<Value> &init,
                          llvm::function_ref<void(Index, std::vector<Value> &)> body) {
  if (trip < 1)
    return init;
  SmallVector<mlir::Value> initial;
  for (Value value : init)
    initial.push_back(dense(value));
  auto forOp = scf::ForOp::create(builder, loc, indexConstant(0), indexConstant(trip), indexConstant(1), initial);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(forOp.getBody());
    std::vector<Value> values;
    for (mlir::Value value : forOp.getRegionIterArgs())
      values.push_back({this, value});
    body(variable(forOp.getInductionVar()), values);
    SmallVector<mlir::Value> yielded;
    for (Value value : values)
      yielded.push_back(dense(value));
    scf::YieldOp::create(builder, loc, yielded);
  }
  std::vector<Value> results;
  for (mlir::Value value : forOp.getResults())
    results.push_back({this, value});
  return results;
}

//===-- Memory -------------------------------------------------------------------------------------------------===//

VectorEmitter::Plane VectorEmitter::slice(const Plane &plane, int64_t first, int64_t step) {
  if (!plane.memref)
    return {};
  return {plane.memref, plane.base + Index(first * plane.step), plane.step * step,
          plane.mirror, plane.first + first * plane.every,      plane.every * step};
}

VectorEmitter::Value VectorEmitter::load(const Plane &plane, const Index &row) {
  if (!plane.memref)
    return {};
  mlir::Value at = materialize(plane.base + row * Index(plane.step));
  return {this, vector::LoadOp::create(builder, loc, type, plane.memref, at)};
}

void VectorEmitter::store(const Plane &plane, const Index &row, Value value) {
  if (!plane.memref)
    return;
  mlir::Value at = materialize(plane.base + row * Index(plane.step));
  vector::StoreOp::create(builder, loc, dense(value), plane.memref, at);
  if (plane.mirror)
    storeMirrored(plane, row, value);
}

void VectorEmitter::storeMirrored(const Plane &plane, const Index &row, Value value) {
  const Mirror &mirror = *plane.mirror;
  Index index = Index(plane.first) + row * Index(plane.every);
  mlir::Value back = materialize(index * Index(-1) + Index(mirror.rows));
  bool maybeZero = index.constant <= 0;
  for (auto [id, coefficient] : index.terms)
    maybeZero |= coefficient < 0;
  if (maybeZero) {
    mlir::Value zero = indexConstant(0);
    mlir::Value isZero = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, materialize(index), zero);
    back = arith::SelectOp::create(builder, loc, isZero, zero, back);
  }
  mlir::Value at = materialize(mirror.base + variable(back) * Index(mirror.step));
  mlir::Value reversed = reverse({this, dense(value)}).value;
  scf::IfOp::create(builder, loc, mirror.when, [&](OpBuilder &inner, Location loc) {
    vector::StoreOp::create(inner, loc, reversed, plane.memref, at);
    scf::YieldOp::create(inner, loc);
  });
}

VectorEmitter::Value VectorEmitter::reverse(Value value) { return reverse(value, {}); }

VectorEmitter::Value VectorEmitter::reverse(Value value, Value first) {
  int64_t lanes = type.getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < lanes; ++i)
    mask.push_back(!first.value ? lanes - 1 - i : i == 0 ? 0 : 2 * lanes - i);
  mlir::Value a = first.value ? first.value : value.value;
  return {this, vector::ShuffleOp::create(builder, loc, a, value.value, mask)};
}

Value VectorEmitter::loadElement(const Plane &plane, const Index &at) {
  return memref::LoadOp::create(builder, loc, plane.memref, materialize(plane.base + at));
}

void VectorEmitter::storeElement(const Plane &plane, const Index &at, mlir::Value value) {
  memref::StoreOp::create(builder, loc, value, plane.memref, materialize(plane.base + at));
}

VectorEmitter::Value VectorEmitter::table(const Index &at) {
  auto emit = [&]() -> mlir::Value {
    mlir::Value number = memref::LoadOp::create(builder, loc, numbers, materialize(at));
    return vector::BroadcastOp::create(builder, loc, type, number);
  };
  if (at.terms.empty())
    return {this, emit()};
  // In the loop that determines it: the twiddles of a group of butterflies stay in registers.
  mlir::Value &value = tableValues[{at.terms, at.constant}];
  if (!value) {
    sumOfTerms(at.terms);
    value = emitAt(variables[at.terms.rbegin()->first], emit);
  }
  return {this, value};
}

//===-- Arithmetic ---------------------------------------------------------------------------------------------===//

static constexpr auto contract = arith::FastMathFlags::contract;

VectorEmitter::Value VectorEmitter::constant(double value) {
  if (value == 0)
    return {};
  auto attribute = DenseElementsAttr::get(type, builder.getFloatAttr(type.getElementType(), value));
  return {this, arith::ConstantOp::create(builder, loc, attribute)};
}

Value VectorEmitter::dense(Value value) {
  if (value.value)
    return value.value;
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

VectorEmitter::Value operator+(VectorEmitter::Value a, VectorEmitter::Value b) {
  if (!a.value || !b.value)
    return a.value ? a : b;
  VectorEmitter &e = *a.emitter;
  return {&e, arith::AddFOp::create(e.builder, e.loc, a.value, b.value, contract)};
}

VectorEmitter::Value operator-(VectorEmitter::Value a, VectorEmitter::Value b) {
  if (!b.value)
    return a;
  if (!a.value)
    return -b;
  VectorEmitter &e = *a.emitter;
  return {&e, arith::SubFOp::create(e.builder, e.loc, a.value, b.value, contract)};
}

VectorEmitter::Value operator*(VectorEmitter::Value a, VectorEmitter::Value b) {
  if (!a.value || !b.value)
    return {};
  VectorEmitter &e = *a.emitter;
  return {&e, arith::MulFOp::create(e.builder, e.loc, a.value, b.value, contract)};
}

VectorEmitter::Value VectorEmitter::Value::operator-() const {
  if (!value)
    return {};
  return {emitter, arith::NegFOp::create(emitter->builder, emitter->loc, value, contract)};
}

} // namespace fourmix
