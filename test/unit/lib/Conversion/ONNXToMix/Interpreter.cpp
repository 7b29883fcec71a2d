// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Interpreter.h"
#include "AttentionInterpreter.h"
#include "ConvolutionInterpreter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "gtest/gtest.h"
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

using namespace mlir;
using namespace fourmix;

namespace {

int64_t offsetOf(const std::vector<int64_t> &shape, const std::vector<int64_t> &index) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    offset = offset * shape[axis] + index[axis];
  return offset;
}

RealTensor make(std::vector<int64_t> shape) {
  int64_t size = count(shape);
  return {std::move(shape), std::vector<double>(size, 0.0)};
}

/// out[index] = in[source(index)], zero where `source` says false.
template <typename Source>
RealTensor move(const RealTensor &in, std::vector<int64_t> shape, Source source) {
  RealTensor out = make(std::move(shape));
  forEachIndex(out.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    std::vector<int64_t> from = index;
    if (source(from))
      out.values[offset] = in.values[offsetOf(in.shape, from)];
  });
  return out;
}

/// The operand as seen by numpy's broadcasting to `shape`.
double broadcastAt(const RealTensor &in, const std::vector<int64_t> &index) {
  std::vector<int64_t> from(index.end() - in.shape.size(), index.end());
  for (size_t axis = 0; axis < from.size(); ++axis)
    if (in.shape[axis] == 1)
      from[axis] = 0;
  return in.values[offsetOf(in.shape, from)];
}

RealTensor dft(const RealTensor &in, int64_t axis, int64_t length, bool inverse, bool onesided) {
  axis = axis < 0 ? axis + in.shape.size() : axis;
  std::vector<int64_t> shape = in.shape;
  shape[axis] = onesided ? length / 2 + 1 : length;
  shape.back() = 2;
  RealTensor out = make(shape);
  bool isComplex = in.shape.back() == 2;
  forEachIndex(out.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    double sum = 0;
    for (int64_t j = 0; j < std::min(length, in.shape[axis]); ++j) {
      std::vector<int64_t> from = index;
      from[axis] = j;
      from.back() = 0;
      double re = in.values[offsetOf(in.shape, from)], im = 0;
      if (isComplex) {
        from.back() = 1;
        im = in.values[offsetOf(in.shape, from)];
      }
      double angle = (inverse ? 2 : -2) * std::numbers::pi * static_cast<double>(index[axis] * j % length) / length;
      sum +=
          index.back() == 0 ? re * std::cos(angle) - im * std::sin(angle) : re * std::sin(angle) + im * std::cos(angle);
    }
    out.values[offset] = inverse ? sum / length : sum;
  });
  return out;
}

RealTensor matMul(const RealTensor &a, const RealTensor &b, std::vector<int64_t> shape) {
  RealTensor out = make(std::move(shape));
  forEachIndex(out.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    for (int64_t k = 0; k < a.shape.back(); ++k) {
      std::vector<int64_t> left = index, right = index;
      left.back() = k;
      right[right.size() - 2] = k;
      out.values[offset] += broadcastAt(a, left) * broadcastAt(b, right);
    }
  });
  return out;
}

RealTensor einsum(std::string equation, const std::vector<RealTensor> &operands, std::vector<int64_t> shape) {
  llvm::erase(equation, ' ');
  auto [left, right] = llvm::StringRef(equation).split("->");
  llvm::SmallVector<llvm::StringRef> subscripts;
  left.split(subscripts, ',');
  std::map<char, int64_t> extents;
  std::vector<std::string> letters;
  for (auto [text, operand] : llvm::zip(subscripts, operands)) {
    std::string spelled = text.str();
    if (size_t dots = spelled.find("..."); dots != std::string::npos) {
      std::string batch;
      for (size_t i = 0; i < operand.shape.size() - (spelled.size() - 3); ++i)
        batch += static_cast<char>('A' + i);
      spelled.replace(dots, 3, batch);
    }
    for (auto [letter, extent] : llvm::zip(spelled, operand.shape))
      extents[letter] = extent;
    letters.push_back(spelled);
  }
  std::string output = right.str();
  if (size_t dots = output.find("..."); dots != std::string::npos) {
    std::string batch;
    for (size_t i = 0; i < shape.size() - (output.size() - 3); ++i)
      batch += static_cast<char>('A' + i);
    output.replace(dots, 3, batch);
  }
  std::string all;
  std::vector<int64_t> allExtents;
  for (auto [letter, extent] : extents) {
    all += letter;
    allExtents.push_back(extent);
  }
  RealTensor out = make(std::move(shape));
  forEachIndex(allExtents, [&](const std::vector<int64_t> &index, int64_t) {
    auto pick = [&](const std::string &spelled) {
      std::vector<int64_t> picked;
      for (char letter : spelled)
        picked.push_back(index[all.find(letter)]);
      return picked;
    };
    double product = 1;
    for (auto [spelled, operand] : llvm::zip(letters, operands))
      product *= operand.values[offsetOf(operand.shape, pick(spelled))];
    out.values[offsetOf(out.shape, pick(output))] += product;
  });
  return out;
}

class Interpreter {
public:
  std::map<void *, RealTensor> known;

  const RealTensor &at(Value value) { return known.at(value.getAsOpaquePointer()); }
  std::vector<int64_t> ints(Value value) {
    std::vector<int64_t> result;
    for (double number : at(value).values)
      result.push_back(std::llround(number));
    return result;
  }

  RealTensor run(onnx::NodeOp node, unsigned result) {
    std::vector<int64_t> shape(cast<RankedTensorType>(node.getResult(result).getType()).getShape());
    const RealTensor &in = at(node.getInput(0));
    auto rank = static_cast<int64_t>(in.shape.size());
    auto axisOf = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
    if (node.is("Unsqueeze") || node.is("Squeeze") || node.is("Reshape") || node.is("Identity") || node.is("Flatten"))
      return {shape, in.values};
    if (node.is("Transpose")) {
      SmallVector<int64_t> permutation = *node.getInts("perm");
      return move(in, shape, [&](std::vector<int64_t> &index) {
        std::vector<int64_t> to = index;
        for (size_t i = 0; i < to.size(); ++i)
          index[permutation[i]] = to[i];
        return true;
      });
    }
    if (node.is("Expand"))
      return move(in, shape, [&](std::vector<int64_t> &index) {
        index.erase(index.begin(), index.end() - rank);
        for (int64_t axis = 0; axis < rank; ++axis)
          if (in.shape[axis] == 1)
            index[axis] = 0;
        return true;
      });
    if (node.is("Gather")) {
      int64_t axis = axisOf(node.getInt("axis", 0));
      std::vector<int64_t> indices = ints(node.getInput(1));
      bool drops = at(node.getInput(1)).shape.empty();
      return move(in, shape, [&](std::vector<int64_t> &index) {
        if (drops)
          index.insert(index.begin() + axis, 0);
        index[axis] = (indices[index[axis]] + in.shape[axis]) % in.shape[axis];
        return true;
      });
    }
    if (node.is("Slice")) {
      std::vector<int64_t> starts = ints(node.getInput(1)), axes = ints(node.getInput(3));
      std::vector<int64_t> steps(axes.size(), 1);
      if (node.getInput(4))
        steps = ints(node.getInput(4));
      return move(in, shape, [&](std::vector<int64_t> &index) {
        for (auto [start, axis, step] : llvm::zip(starts, axes, steps)) {
          int64_t first = start < 0 ? start + in.shape[axisOf(axis)] : start;
          index[axisOf(axis)] = first + step * index[axisOf(axis)];
        }
        return true;
      });
    }
    if (node.is("Split")) {
      int64_t axis = axisOf(node.getInt("axis", 0)), offset = 0;
      for (unsigned i = 0; i < result; ++i)
        offset += cast<RankedTensorType>(node.getResult(i).getType()).getDimSize(axis);
      return move(in, shape, [&](std::vector<int64_t> &index) {
        index[axis] += offset;
        return true;
      });
    }
    if (node.is("Pad") && node.getString("mode", "constant") == "constant") {
      std::vector<int64_t> pads = ints(node.getInput(1));
      return move(in, shape, [&](std::vector<int64_t> &index) {
        for (int64_t axis = 0; axis < rank; ++axis) {
          index[axis] -= pads[axis];
          if (index[axis] < 0 || index[axis] >= in.shape[axis])
            return false;
        }
        return true;
      });
    }
    if (node.is("Concat")) {
      RealTensor out = make(shape);
      int64_t axis = axisOf(node.getInt("axis", 0)), offset = 0;
      for (Value input : node.getInputs()) {
        const RealTensor &part = at(input);
        forEachIndex(part.shape, [&](std::vector<int64_t> index, int64_t from) {
          index[axis] += offset;
          out.values[offsetOf(out.shape, index)] = part.values[from];
        });
        offset += part.shape[axis];
      }
      return out;
    }
    if (node.is("Add") || node.is("Sub") || node.is("Mul") || node.is("Div")) {
      const RealTensor &other = at(node.getInput(1));
      RealTensor out = make(shape);
      forEachIndex(out.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
        double a = broadcastAt(in, index), b = broadcastAt(other, index);
        out.values[offset] = node.is("Add") ? a + b : node.is("Sub") ? a - b : node.is("Mul") ? a * b : a / b;
      });
      return out;
    }
    if (node.is("Neg")) {
      RealTensor out = in;
      for (double &value : out.values)
        value = -value;
      return out;
    }
    if (node.is("DFT")) {
      int64_t axis = node.getInt("axis", 1);
      if (node.getVersion() >= 20)
        axis = node.getInput(2) ? ints(node.getInput(2)).front() : -2;
      int64_t length = node.getInput(1) ? ints(node.getInput(1)).front() : in.shape[axisOf(axis)];
      return dft(in, axis, length, node.getInt("inverse", 0), node.getInt("onesided", 0));
    }
    if (node.is("MatMul"))
      return matMul(in, at(node.getInput(1)), shape);
    if (node.is("Einsum")) {
      std::vector<RealTensor> operands;
      for (Value input : node.getInputs())
        operands.push_back(at(input));
      return einsum(node.getString("equation", "").str(), operands, shape);
    }
    std::vector<RealTensor> inputs;
    for (Value input : node.getInputs())
      inputs.push_back(at(input));
    if (std::optional<RealTensor> out = runElementary(node, inputs))
      return *out;
    if (std::optional<RealTensor> out = runConvolutionNode(node, inputs))
      return *out;
    ADD_FAILURE() << "the interpreter does not know " << node.getOpType().str();
    return make(shape);
  }
};
} // namespace

RealTensor evaluate(func::FuncOp function, ArrayRef<RealTensor> arguments) {
  Interpreter interpreter;
  for (auto [value, argument] : llvm::zip(function.getArguments(), arguments))
    interpreter.known[value.getAsOpaquePointer()] = argument;
  for (Operation &op : function.getBody().front()) {
    if (auto returned = dyn_cast<func::ReturnOp>(op))
      return interpreter.at(returned.getOperand(0));
    if (auto constant = dyn_cast<onnx::ConstantOp>(op)) {
      std::vector<int64_t> shape(constant.getValue().getShapedType().getShape());
      interpreter.known[op.getResult(0).getAsOpaquePointer()] = {shape, *readDoubles(constant.getValue())};
    } else if (auto mixing = dyn_cast<mix::FourierOp>(op)) {
      Part part = mixing.getPart() == mix::FourierPart::Hartley     ? Part::Hartley
                  : mixing.getPart() == mix::FourierPart::Magnitude ? Part::Magnitude
                                                                    : Part::Real;
      std::vector<int64_t> axes;
      for (std::optional<uint64_t> axis : {mixing.getSequence(), mixing.getHidden()})
        if (axis)
          axes.push_back(*axis);
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          fourierMixing(interpreter.at(mixing.getInput()), axes, part, mixing.getHalf());
    } else if (auto cosine = dyn_cast<mix::CosineOp>(op)) {
      SmallVector<int64_t> axes = cosine.getMixedAxes();
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          cosineMixing(interpreter.at(cosine.getInput()), std::vector<int64_t>(ArrayRef<int64_t>(axes)),
                       cosine.getInverse(), cosine.getOrtho());
    } else if (auto attention = dyn_cast<mix::AttentionOp>(op)) {
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          runAttention(attention, [&](Value value) -> const RealTensor & { return interpreter.at(value); });
    } else if (auto attention = dyn_cast<mix::LinearAttentionOp>(op)) {
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          runLinearAttention(attention, [&](Value value) -> const RealTensor & { return interpreter.at(value); });
    } else if (isa<mix::ProjectionOp, mix::CirculantOp>(op)) {
      SmallVector<RealTensor> inputs;
      for (Value input : op.getOperands())
        inputs.push_back(interpreter.at(input));
      interpreter.known[op.getResult(0).getAsOpaquePointer()] = *runConvolutionOp(&op, inputs);
    } else if (auto linear = dyn_cast<mix::LinearOp>(op)) {
      const RealTensor *h = linear.getHidden() ? &interpreter.at(linear.getHiddenMatrix()) : nullptr;
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          linearMixing(interpreter.at(linear.getInput()), linear.getSequence(),
                       interpreter.at(linear.getSequenceMatrix()), linear.getHidden().value_or(0), h);
    } else if (auto layer = dyn_cast<mix::LambdaOp>(op)) {
      auto optional = [&](Value value) { return value ? &interpreter.at(value) : nullptr; };
      interpreter.known[op.getResult(0).getAsOpaquePointer()] =
          lambdaLayer({optional(layer.getQueries()), optional(layer.getValues()), optional(layer.getKeys()),
                       optional(layer.getTable()), optional(layer.getKernel()), optional(layer.getBias()),
                       std::vector<int64_t>(layer.getGrid())});
    } else if (auto node = dyn_cast<onnx::NodeOp>(op)) {
      for (unsigned i = 0; i < node->getNumResults(); ++i)
        interpreter.known[node->getResult(i).getAsOpaquePointer()] = interpreter.run(node, i);
    } else if (!isa<onnx::NoneOp>(op)) {
      ADD_FAILURE() << "the interpreter does not know " << op.getName().getStringRef().str();
    }
  }
  return {};
}
