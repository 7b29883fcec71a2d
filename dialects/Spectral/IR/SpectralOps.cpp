// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fourmix::spectral;

//===-- Result types and what they demand ----------------------------------------------------------------------===//

/// `input` with extent `outputExtent` along `axis`; an error naming the op where axis or length make no sense.
static FailureOr<RankedTensorType> spectrumType(StringRef op, std::optional<Location> loc, Type inputType, int64_t axis,
                                                int64_t length, int64_t outputExtent) {
  auto fail = [&](auto &&...message) {
    (void)emitOptionalError(loc, "'", op, "' op ", message...);
    return failure();
  };
  auto input = dyn_cast<RankedTensorType>(inputType);
  if (!input)
    return fail("expects a ranked tensor, but got ", inputType);
  if (axis < 0 || axis >= input.getRank()) // c1
    return fail("axis must lie in [0, ", input.getRank(), ") for ", input, ", but is ", axis);
  if (length < 1) // c2
    return fail("length must be at least 1, but is ", length);
  if (input.isDynamicDim(axis)) // c2
    return fail("axis ", axis, " must have a static extent, but the input is ", input);
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = outputExtent;
  return RankedTensorType::get(shape, input.getElementType(), input.getEncoding());
}

LogicalResult DftOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  int64_t length = adaptor.getLength();
  FailureOr<RankedTensorType> type =
      spectrumType(getOperationName(), loc, adaptor.getRe().getType(), adaptor.getAxis(), length, length);
  if (failed(type))
    return failure();
  types.assign(2, *type);
  return success();
}

LogicalResult RdftOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  int64_t length = adaptor.getLength();
  FailureOr<RankedTensorType> type =
      spectrumType(getOperationName(), loc, adaptor.getRe().getType(), adaptor.getAxis(), length, length / 2 + 1);
  if (failed(type))
    return failure();
  types.assign(2, *type);
  return success();
}

LogicalResult IrdftOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  int64_t length = adaptor.getLength();
  FailureOr<RankedTensorType> type =
      spectrumType(getOperationName(), loc, adaptor.getRe().getType(), adaptor.getAxis(), length, length);
  if (failed(type))
    return failure();
  types.assign(1, *type);
  return success();
}

/// dft_c3, irdft_c3
static LogicalResult verifyPair(FourierOpInterface op) {
  if (op.getIm() && op.getIm().getType() != op.getRe().getType())
    return op.emitOpError("imaginary part must have the type of the real part, ")
           << op.getRe().getType() << ", but has " << op.getIm().getType();
  return success();
}

LogicalResult DftOp::verify() { return verifyPair(*this); }

LogicalResult IrdftOp::verify() {
  int64_t expected = static_cast<int64_t>(getLength()) / 2 + 1;
  int64_t extent = FourierOpInterface(*this).getInputExtent();
  if (extent != expected) // c2
    return emitOpError("half spectrum of length ")
           << getLength() << " must have extent " << expected << " along axis " << getAxis() << ", but has " << extent;
  return verifyPair(*this);
}

//===-- Assembly -----------------------------------------------------------------------------------------------===//

// spectral.dft  DIRECTION %re (, %im)? along AXIS (length N)? (plan PLAN)? attr-dict : type(re)
// spectral.rdft           %re          along AXIS (length N)? (plan PLAN)? attr-dict : type(re)
// spectral.irdft          %re (, %im)? along AXIS  length N   (plan PLAN)? attr-dict : type(re)

namespace {
enum class Kind { Dft, Rdft, Irdft };
} // namespace

static ParseResult parseFourier(OpAsmParser &parser, OperationState &result, Kind kind) {
  Builder &builder = parser.getBuilder();
  if (kind == Kind::Dft) {
    StringRef word;
    SMLoc at = parser.getCurrentLocation();
    if (parser.parseKeyword(&word))
      return failure();
    std::optional<Direction> direction = symbolizeDirection(word);
    if (!direction)
      return parser.emitError(at, "expected 'forward' or 'inverse', but got '") << word << "'";
    result.addAttribute("direction", DirectionAttr::get(builder.getContext(), *direction));
  }

  SmallVector<OpAsmParser::UnresolvedOperand, 2> operands(1);
  if (parser.parseOperand(operands[0]))
    return failure();
  if (kind != Kind::Rdft && succeeded(parser.parseOptionalComma()) && parser.parseOperand(operands.emplace_back()))
    return failure();

  int64_t axis = 0, length = 0;
  if (parser.parseKeyword("along") || parser.parseInteger(axis))
    return failure();
  SMLoc at = parser.getCurrentLocation();
  bool hasLength = succeeded(parser.parseOptionalKeyword("length"));
  if (hasLength && parser.parseInteger(length))
    return failure();
  if (!hasLength && kind == Kind::Irdft)
    return parser.emitError(at, "expected 'length': a half spectrum does not tell even from odd");
  if (succeeded(parser.parseOptionalKeyword("plan"))) {
    std::string word;
    if (parser.parseKeywordOrString(&word))
      return failure();
    result.addAttribute("plan", builder.getStringAttr(word));
  }

  Type type;
  if (parser.parseOptionalAttrDict(result.attributes) || parser.parseColon())
    return failure();
  at = parser.getCurrentLocation();
  if (parser.parseType(type))
    return failure();
  for (OpAsmParser::UnresolvedOperand &operand : operands)
    if (parser.resolveOperand(operand, type, result.operands))
      return failure();

  if (!hasLength) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    bool known = tensor && axis >= 0 && axis < tensor.getRank() && !tensor.isDynamicDim(axis);
    length = known ? tensor.getDimSize(axis) : 1; // spectrumType() says what is wrong.
  }
  result.addAttribute("axis", builder.getI64IntegerAttr(axis));
  result.addAttribute("length", builder.getI64IntegerAttr(length));
  int64_t extent = kind == Kind::Rdft ? length / 2 + 1 : length;
  FailureOr<RankedTensorType> output =
      spectrumType(result.name.getStringRef(), parser.getEncodedSourceLoc(at), type, axis, length, extent);
  if (failed(output))
    return failure();
  result.addTypes(SmallVector<Type, 2>(kind == Kind::Irdft ? 1 : 2, *output));
  return success();
}

static void printFourier(OpAsmPrinter &printer, FourierOpInterface op, Kind kind) {
  printer << ' ';
  if (kind == Kind::Dft)
    printer << stringifyDirection(op.getDirection()) << ' ';
  printer << op->getOperands() << " along " << op.getAxis();
  if (kind == Kind::Irdft || op.getLength() != op.getInputExtent())
    printer << " length " << op.getLength();
  if (op.getPlan()) {
    printer << " plan ";
    printer.printKeywordOrString(*op.getPlan());
  }
  printer.printOptionalAttrDict(op->getAttrs(), {"direction", "axis", "length", "plan"});
  printer << " : " << op.getInputType();
}

ParseResult DftOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseFourier(parser, result, Kind::Dft);
}
void DftOp::print(OpAsmPrinter &printer) { printFourier(printer, *this, Kind::Dft); }

ParseResult RdftOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseFourier(parser, result, Kind::Rdft);
}
void RdftOp::print(OpAsmPrinter &printer) { printFourier(printer, *this, Kind::Rdft); }

ParseResult IrdftOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseFourier(parser, result, Kind::Irdft);
}
void IrdftOp::print(OpAsmPrinter &printer) { printFourier(printer, *this, Kind::Irdft); }

//===-- Filters ------------------------------------------------------------------------------------------------===//

static ParseResult parsePlan(OpAsmParser &parser, StringAttr &plan) {
  std::string word;
  if (parser.parseKeywordOrString(&word))
    return failure();
  plan = parser.getBuilder().getStringAttr(word);
  return success();
}

static void printPlan(OpAsmPrinter &printer, Operation *, StringAttr plan) { printer.printKeywordOrString(plan); }

LogicalResult FilterOp::verify() {
  RankedTensorType input = getInputType(), spectrum = getSpectrumType(), output = getOutputType();
  ArrayRef<int64_t> axes = getAxes(), lengths = getLengths();
  int64_t rank = input.getRank();
  if (axes.empty() || axes.size() != lengths.size()) // c1
    return emitOpError("expected a length for each of at least one axis, but found ")
           << axes.size() << " axes and " << lengths.size() << " lengths";
  for (auto [i, axis] : llvm::enumerate(axes))
    if (axis < 0 || axis >= rank || llvm::is_contained(axes.drop_front(i + 1), axis)) // c1
      return emitOpError("expected distinct axes in [0, ") << rank << "), but found axis " << axis;
  for (RankedTensorType type : {input, spectrum, output})
    if (type.getRank() != rank || type.getElementType() != input.getElementType() || !type.hasStaticShape()) // c2
      return emitOpError("expected static tensors of rank ")
             << rank << " of " << input.getElementType() << ", but found " << type;
  if (getIm() && getIm().getType() != spectrum) // c2
    return emitOpError("imaginary part must have the type of the real part, ")
           << spectrum << ", but has " << getIm().getType();
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t in = input.getDimSize(axis), of = spectrum.getDimSize(axis), out = output.getDimSize(axis);
    const auto *at = llvm::find(axes, axis);
    if (at == axes.end()) { // c4
      if ((in != of && in != 1 && of != 1) || out != (in == 1 ? of : in))
        return emitOpError("expected extents that broadcast along axis ")
               << axis << ", but found " << in << " by " << of << " -> " << out;
      continue;
    }
    int64_t length = lengths[at - axes.begin()];
    if (length < 1) // c1
      return emitOpError("expected lengths of at least 1, but found ") << length;
    int64_t coefficients = at + 1 == axes.end() ? length / 2 + 1 : length;
    if (of != coefficients) // c3
      return emitOpError("expected ") << coefficients << " coefficients along axis " << axis << ", but found " << of;
    if (out < 1 || out > length) // c3
      return emitOpError("expected 1 to ") << length << " elements along axis " << axis << ", but found " << out;
  }
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Spectral/IR/SpectralOps.cpp.inc"
