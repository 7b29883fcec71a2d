// ONNX's DFT and STFT to transforms on pairs of real tensors.
//
// ONNX keeps real and imaginary part in a last dimension of 2. Here they are taken apart where a chain of transforms
// begins and put together where somebody else reads them; between transforms the pair stays a pair. A zero imaginary
// part that an exporter concatenates and a real part that it gathers cost nothing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/Tensors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTONNXTOSPECTRAL
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx;
using namespace fourmix::spectral;

namespace {

/// A complex tensor without its last dimension; `im` null is zero.
struct Complex {
  Value re, im;
};

RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// The same elements without a last dimension of 1; where a node has just put that in, what it put it into.
Value dropLast(OpBuilder &b, Location loc, Value value) {
  ArrayRef<int64_t> shape = typeOf(value).getShape().drop_back();
  auto node = value.getDefiningOp<NodeOp>();
  if (node && (node.is("Unsqueeze") || node.is("Reshape")) &&
      node.getInputs()[0].getType() == typeOf(value).clone(shape))
    return node.getInputs()[0];
  return reshape(b, loc, value, shape);
}

/// The same elements with a last dimension of 1.
Value appendOne(OpBuilder &b, Location loc, Value value) {
  SmallVector<int64_t> shape(typeOf(value).getShape());
  shape.push_back(1);
  return reshape(b, loc, value, shape);
}

/// The integer that constant input `i` holds; nullopt where it is absent, an error where it is not known.
FailureOr<std::optional<int64_t>> scalarInput(NodeOp node, unsigned i, StringRef what) {
  Value value = node.getInput(i);
  if (!value)
    return std::optional<int64_t>();
  ElementsAttr constant = matchConstant(value);
  std::optional<SmallVector<int64_t>> values = constant ? readInts(constant) : std::nullopt;
  if (!values || values->size() != 1) {
    node.emitNodeError() << "expected " << what << " to be a constant scalar, found " << value.getType();
    return failure();
  }
  return std::optional<int64_t>(values->front());
}

class Converter {
public:
  /// DFT, STFT, and the scalings between them that other normalisations need.
  bool takes(NodeOp node) { return node.is("DFT") || node.is("STFT") || scaled(node); }

  LogicalResult convert(NodeOp node) {
    OpBuilder builder(node);
    LogicalResult ok = node.is("DFT")    ? convertDFT(builder, node)
                       : node.is("STFT") ? convertSTFT(builder, node)
                                         : convertScaling(builder, node);
    if (succeeded(ok))
      converted.push_back(node);
    return ok;
  }

  /// Gives the readers of converted nodes what they read, and erases the nodes.
  void finish() {
    for (auto [node, result] : llvm::zip(converted, results))
      for (Operation *user : llvm::make_early_inc_range(node->getUsers()))
        if (auto reader = dyn_cast<NodeOp>(user))
          readPart(reader, node->getResult(0), result);
    for (auto [node, result] : llvm::zip_equal(llvm::reverse(converted), llvm::reverse(results))) {
      OpBuilder builder(node);
      builder.setInsertionPointAfter(node);
      if (!node->use_empty())
        node->getResult(0).replaceAllUsesWith(join(builder, node.getLoc(), result));
      node.erase();
    }
  }

private:
  //===-- Pairs ------------------------------------------------------------------------------------------------===//

  /// The parts of `value`, [.., 1] or [.., 2].
  Complex split(OpBuilder &b, Location loc, Value value) {
    if (auto known = parts.find(value); known != parts.end())
      return known->second;
    RankedTensorType type = typeOf(value);
    int64_t last = type.getRank() - 1;
    if (type.getDimSize(last) == 1)
      return {dropLast(b, loc, value), Value()};
    if (auto concat = value.getDefiningOp<NodeOp>(); concat && concat.is("Concat") && concat.getInputs().size() == 2) {
      int64_t axis = concat.getInt("axis", 0);
      if (axis == last || axis == -1) {
        Value re = concat.getInputs()[0], im = concat.getInputs()[1];
        return {dropLast(b, loc, re), isZeroConstant(im) ? Value() : dropLast(b, loc, im)};
      }
    }
    return {dropLast(b, loc, sliceAxis(b, loc, value, last, 0, 1)),
            dropLast(b, loc, sliceAxis(b, loc, value, last, 1, 1))};
  }

  /// [.., 2] of a pair, [.., 1] of a real result.
  Value join(OpBuilder &b, Location loc, const Complex &value) {
    Value re = appendOne(b, loc, value.re);
    if (!value.im)
      return re;
    int64_t rank = typeOf(re).getRank();
    SmallVector<int64_t> shape = withExtent(typeOf(re).getShape(), rank - 1, 2), at(rank, 0);
    Value joined = tensor::EmptyOp::create(b, loc, shape, typeOf(re).getElementType());
    joined = insertAt(b, loc, re, joined, at);
    at[rank - 1] = 1;
    return insertAt(b, loc, appendOne(b, loc, value.im), joined, at);
  }

  /// The transform that stands for `node`, checked against the type that was inferred for it.
  LogicalResult setResult(NodeOp node, Complex result) {
    SmallVector<int64_t> shape(typeOf(result.re).getShape());
    shape.push_back(result.im ? 2 : 1);
    Type type = RankedTensorType::get(shape, typeOf(result.re).getElementType());
    if (node->getResult(0).getType() != type)
      return node.emitNodeError() << "expected a result of type " << type << ", found " << node->getResult(0).getType();
    results.push_back(result);
    parts[node->getResult(0)] = result;
    return success();
  }

  /// Replaces a Gather, Slice or Split of the last dimension of `value` by the parts that it takes.
  void readPart(NodeOp reader, Value value, const Complex &complex) {
    if (!complex.im || reader.getInput(0) != value || !typeOf(reader->getResult(0)))
      return;
    int64_t last = typeOf(value).getRank() - 1;
    auto isLast = [&](int64_t axis) { return axis == last || axis == -1; };
    auto ints = [&](unsigned i) -> SmallVector<int64_t> {
      ElementsAttr constant = matchConstant(reader.getInput(i));
      return constant ? readInts(constant).value_or(SmallVector<int64_t>()) : SmallVector<int64_t>();
    };
    OpBuilder b(reader);
    Location loc = reader.getLoc();
    auto use = [&](unsigned result, int64_t part) {
      Value taken = part ? complex.im : complex.re;
      Value old = reader->getResult(result);
      if (typeOf(old).getRank() != last)
        taken = appendOne(b, loc, taken);
      if (taken.getType() == old.getType())
        old.replaceAllUsesWith(taken);
    };

    if (reader.is("Gather") && isLast(reader.getInt("axis", 0))) {
      SmallVector<int64_t> index = ints(1);
      if (index.size() == 1 && index[0] >= -2 && index[0] < 2)
        use(0, (index[0] + 2) % 2);
    } else if (reader.is("Slice") && reader.getVersion() >= 10) {
      SmallVector<int64_t> starts = ints(1), ends = ints(2), axes = ints(3);
      SmallVector<int64_t> steps = reader.getInput(4) ? ints(4) : SmallVector<int64_t>{1};
      if (starts.size() == 1 && ends.size() == 1 && axes.size() == 1 && isLast(axes[0]) && steps.size() == 1 &&
          steps[0] == 1 && typeOf(reader->getResult(0)).getDimSize(last) == 1)
        use(0, starts[0] == 1 || starts[0] == -1);
    } else if (reader.is("Split") && isLast(reader.getInt("axis", 0)) && reader->getNumResults() == 2) {
      for (unsigned i : {0, 1})
        if (reader.hasOutput(i) && !reader->getResult(i).use_empty() && typeOf(reader->getResult(i)))
          use(i, i);
    } else
      return;
    if (reader->use_empty())
      reader.erase();
  }

  //===-- Nodes ------------------------------------------------------------------------------------------------===//

  /// DFT: axis is an attribute before opset 20 and an input from then on.
  LogicalResult convertDFT(OpBuilder &b, NodeOp node) {
    Location loc = node.getLoc();
    RankedTensorType type = typeOf(node.getInputs()[0]);
    if (!type || !type.hasStaticShape() || type.getRank() < 2 || type.getShape().back() > 2)
      return node.emitNodeError() << "expected an input of static shape [.., 1 or 2], found "
                                  << node.getInputs()[0].getType();
    int64_t rank = type.getRank(), axis = -2;
    if (node.getVersion() < 20) {
      axis = node.getInt("axis", 1);
    } else {
      FailureOr<std::optional<int64_t>> given = scalarInput(node, 2, "axis");
      if (failed(given))
        return failure();
      axis = given->value_or(-2);
    }
    int64_t normal = axis < 0 ? axis + rank : axis;
    if (normal < 0 || normal >= rank - 1)
      return node.emitNodeError() << "expected axis from " << -rank << " to " << rank - 2 << " and not the last, found "
                                  << axis;

    bool inverse = node.getInt("inverse", 0), onesided = node.getInt("onesided", 0);
    int64_t extent = type.getDimSize(normal);
    FailureOr<std::optional<int64_t>> given = scalarInput(node, 1, "dft_length");
    if (failed(given))
      return failure();
    int64_t length = given->value_or(inverse && onesided ? 2 * (extent - 1) : extent);
    if (length < 1)
      return node.emitNodeError() << "expected a transform length of 1 or more, found " << length;

    Complex x = split(b, loc, node.getInputs()[0]);
    if (onesided && inverse) {
      int64_t bins = length / 2 + 1;
      x.re = fitAxis(b, loc, x.re, normal, bins);
      if (x.im)
        x.im = fitAxis(b, loc, x.im, normal, bins);
      return setResult(node, {IrdftOp::create(b, loc, x.re, x.im, normal, length, nullptr), Value()});
    }
    if (onesided) {
      if (x.im)
        return node.emitNodeError() << "expected real input for a one-sided transform, found " << type;
      auto rdft = RdftOp::create(b, loc, x.re, normal, length, nullptr);
      return setResult(node, {rdft.getOutRe(), rdft.getOutIm()});
    }
    auto dft =
        DftOp::create(b, loc, inverse ? Direction::Inverse : Direction::Forward, x.re, x.im, normal, length, nullptr);
    return setResult(node, {dft.getOutRe(), dft.getOutIm()});
  }

  /// STFT: frames of the signal, each times the window, each transformed.
  LogicalResult convertSTFT(OpBuilder &b, NodeOp node) {
    Location loc = node.getLoc();
    Value signal = node.getInputs()[0], window = node.getInput(2);
    RankedTensorType type = typeOf(signal), windowType = window ? typeOf(window) : RankedTensorType();
    if (!type || !type.hasStaticShape() || type.getRank() < 2 || type.getRank() > 3 ||
        (window && (!windowType || windowType.getRank() != 1)))
      return node.emitNodeError() << "expected a signal of static shape [batch, samples, 1 or 2], found "
                                  << signal.getType();
    FailureOr<std::optional<int64_t>> step = scalarInput(node, 1, "frame_step");
    FailureOr<std::optional<int64_t>> given = scalarInput(node, 3, "frame_length");
    if (failed(step) || failed(given))
      return failure();
    int64_t samples = type.getDimSize(1), hop = step->value_or(0);
    int64_t length = given->value_or(window ? windowType.getDimSize(0) : samples);
    if (hop < 1 || length < 1 || length > samples || (window && windowType.getDimSize(0) != length))
      return node.emitNodeError() << "expected frame_step of 1 or more and a window of frame_length, at most "
                                  << samples << ", found " << hop << " and " << length;

    Complex x = type.getRank() == 2 ? Complex{signal, Value()} : split(b, loc, signal);
    int64_t frames = (samples - length) / hop + 1;
    x.re = cutFrames(b, loc, x.re, window, frames, length, hop);
    if (x.im)
      x.im = cutFrames(b, loc, x.im, window, frames, length, hop);
    if (node.getInt("onesided", 1)) {
      if (x.im)
        return node.emitNodeError() << "expected a real signal for a one-sided transform, found " << type;
      auto rdft = RdftOp::create(b, loc, x.re, 2, length, nullptr);
      return setResult(node, {rdft.getOutRe(), rdft.getOutIm()});
    }
    auto dft = DftOp::create(b, loc, Direction::Forward, x.re, x.im, 2, length, nullptr);
    return setResult(node, {dft.getOutRe(), dft.getOutIm()});
  }

  /// The complex operand of a Mul or Div by a constant number, or null.
  Value scaled(NodeOp node) {
    if (!(node.is("Mul") || node.is("Div")) || node.getInputs().size() != 2)
      return {};
    Value x = node.getInputs()[0], factor = node.getInputs()[1];
    if (node.is("Mul") && !parts.count(x))
      std::swap(x, factor);
    auto known = parts.find(x);
    ElementsAttr constant = matchConstant(factor);
    bool isNumber = constant && constant.getNumElements() == 1 && isa<FloatType>(constant.getElementType());
    return known != parts.end() && known->second.im && isNumber && node->getResult(0).getType() == x.getType()
               ? x
               : Value();
  }

  /// Both parts times, or divided by, the constant.
  LogicalResult convertScaling(OpBuilder &b, NodeOp node) {
    Value x = scaled(node);
    Value factor = node.getInputs()[x == node.getInputs()[0] ? 1 : 0];
    std::optional<std::vector<double>> number = readDoubles(matchConstant(factor));
    if (!number)
      return node.emitNodeError() << "the constant it scales by has no bytes here";
    Location loc = node.getLoc();
    auto scale = [&](Value part) {
      RankedTensorType type = typeOf(part);
      Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
      SmallVector<int64_t> at(type.getRank(), 0);
      return insertElementwise(b, loc, Reflected{part, {}}, empty, at, [&](OpBuilder &body, Location at, ValueRange e) {
        auto value = FloatAttr::get(type.getElementType(), number->front());
        Value constant = arith::ConstantOp::create(body, at, value);
        return node.is("Mul") ? Value(arith::MulFOp::create(body, at, e[0], constant))
                              : Value(arith::DivFOp::create(body, at, e[0], constant));
      });
    };
    Complex value = parts.lookup(x);
    return setResult(node, {scale(value.re), scale(value.im)});
  }

  /// [batch, samples] -> [batch, frames, length]: sample `hop * frame + i`, times window[i] where there is one.
  Value cutFrames(OpBuilder &b, Location loc, Value signal, Value window, int64_t frames, int64_t length, int64_t hop) {
    RankedTensorType type = typeOf(signal);
    AffineExpr batch, frame, i;
    bindDims(b.getContext(), batch, frame, i);
    SmallVector<AffineMap> maps = {AffineMap::get(3, 0, {batch, frame * hop + i}, b.getContext())};
    SmallVector<Value> inputs = {signal};
    if (window) {
      maps.push_back(AffineMap::get(3, 0, i, b.getContext()));
      inputs.push_back(window);
    }
    maps.push_back(b.getMultiDimIdentityMap(3));
    Value empty = tensor::EmptyOp::create(b, loc, {type.getDimSize(0), frames, length}, type.getElementType());
    SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
    return linalg::GenericOp::create(b, loc, empty.getType(), inputs, empty, maps, iterators,
                                     [&](OpBuilder &body, Location at, ValueRange elements) {
                                       Value sample = elements[0];
                                       if (window)
                                         sample = arith::MulFOp::create(body, at, sample, elements[1]);
                                       linalg::YieldOp::create(body, at, sample);
                                     })
        .getResult(0);
  }

  SmallVector<NodeOp> converted;
  SmallVector<Complex> results;
  DenseMap<Value, Complex> parts;
};

/// After it no DFT and no STFT is left at ONNX level.
struct ConvertONNXToSpectral : fourmix::impl::ConvertONNXToSpectralBase<ConvertONNXToSpectral> {
  void runOnOperation() override {
    SmallVector<NodeOp> nodes;
    getOperation()->walk([&](NodeOp node) { nodes.push_back(node); });
    Converter converter;
    for (NodeOp node : nodes)
      if (converter.takes(node) && failed(converter.convert(node)))
        return signalPassFailure();
    converter.finish();
  }
};

} // namespace
