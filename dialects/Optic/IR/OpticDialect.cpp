// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/IR/Optic.h"
#include "mlir/IR/AffineExprVisitor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fourmix::optic;

#include "dialects/Optic/IR/OpticDialect.cpp.inc"
#include "dialects/Optic/IR/OpticEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Optic/IR/OpticTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Optic/IR/OpticAttrs.cpp.inc"

void OpticDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Optic/IR/OpticTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Optic/IR/OpticAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Optic/IR/OpticOps.cpp.inc"
      >();
}

unsigned fourmix::optic::loopDepth(Operation *op) {
  unsigned depth = 0;
  while ((op = op->getParentOp()))
    depth += isa<LoopOp>(op);
  return depth;
}

namespace {
/// Adds an expression, `times` times, to a constant and factors of dimensions.
bool addTerms(AffineExpr expression, int64_t times, MutableArrayRef<int64_t> sum) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression)) {
    sum[0] += times * constant.getValue();
    return true;
  }
  if (auto dimension = dyn_cast<AffineDimExpr>(expression)) {
    sum[dimension.getPosition() + 1] += times;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addTerms(binary.getLHS(), times, sum) && addTerms(binary.getRHS(), times, sum);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && factor && addTerms(binary.getLHS(), times * factor.getValue(), sum);
}
} // namespace

std::optional<SmallVector<int64_t>> fourmix::optic::linearCoefficients(AffineMap map) {
  SmallVector<int64_t> sum(map.getNumDims() + 1, 0);
  if (map.getNumResults() != 1 || map.getNumSymbols() || !addTerms(map.getResult(0), 1, sum))
    return std::nullopt;
  return sum;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

int64_t MemoryType::getNumElements() const { return ShapedType::getNumElements(getShape()); }

int64_t MemoryType::getNumBytes() const { return getNumElements() * getElementType().getIntOrFloatBitWidth() / 8; }

LogicalResult MemoryType::verify(function_ref<InFlightDiagnostic()> error, ArrayRef<int64_t> shape, Type element) {
  if (!element.isF32() && !element.isF64())
    return error() << "expected elements f32 or f64, but found " << element;
  for (int64_t extent : shape)
    if (extent < 1)
      return error() << "expected positive extents, but found " << extent;
  return success();
}

Type MemoryType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(element) ||
      parser.parseGreater())
    return {};
  return MemoryType::getChecked([&] { return parser.emitError(loc); }, parser.getContext(), shape, element);
}

void MemoryType::print(AsmPrinter &printer) const {
  printer << '<';
  for (int64_t extent : getShape())
    printer << extent << 'x';
  printer << getElementType() << '>';
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

LogicalResult AxisAttr::verify(function_ref<InFlightDiagnostic()> error, AffineMap start, int64_t count, int64_t,
                               int64_t limit, int64_t pitch, bool) {
  if (!linearCoefficients(start))
    return error() << "expected a start that is linear in the loops' dimensions";
  if (count < 1 || limit < 1 || pitch < 0)
    return error() << "expected count >= 1, limit >= 1 and pitch >= 0, but found " << count << ", " << limit << ", "
                   << pitch;
  return success();
}

Attribute AxisAttr::parse(AsmParser &parser, Type) {
  AffineMap start;
  int64_t numbers[4];
  static constexpr StringLiteral names[] = {"count", "step", "limit", "pitch"};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseAffineMap(start))
    return {};
  for (auto [name, number] : llvm::zip_equal(names, numbers))
    if (parser.parseComma() || parser.parseKeyword(name) || parser.parseEqual() || parser.parseInteger(number))
      return {};
  bool wrap = succeeded(parser.parseOptionalComma());
  if ((wrap && parser.parseKeyword("wrap")) || parser.parseGreater())
    return {};
  return AxisAttr::getChecked([&] { return parser.emitError(loc); }, parser.getContext(), start, numbers[0], numbers[1],
                              numbers[2], numbers[3], wrap);
}

void AxisAttr::print(AsmPrinter &printer) const {
  printer << '<' << getStart() << ", count = " << getCount() << ", step = " << getStep() << ", limit = " << getLimit()
          << ", pitch = " << getPitch() << (getWrap() ? ", wrap>" : ">");
}

LogicalResult DigitAttr::verify(function_ref<InFlightDiagnostic()> error, int64_t index, int64_t count, int64_t bits) {
  if (index < 0 || index >= count || count > 32 || bits < 1 || bits > 32)
    return error() << "expected one of 1 to 32 digits of 1 to 32 bits, but found digit " << index << " of " << count
                   << " of " << bits << " bits";
  return success();
}

LogicalResult FactorsAttr::verify(function_ref<InFlightDiagnostic()> error, AffineMap start, int64_t) {
  if (!linearCoefficients(start))
    return error() << "expected a start that is linear in the loops' dimensions";
  return success();
}
