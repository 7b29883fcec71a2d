// Runs one op of mix, compiled, on random numbers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_MIXTOSPECTRAL_EXECUTE_H
#define TEST_UNIT_LIB_CONVERSION_MIXTOSPECTRAL_EXECUTE_H

#include "../../CPU/CompileAndRun.h"
#include "../Definitions.h"
#include "fourmix/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <random>

namespace fourmix::test {

inline std::string typeText(const std::vector<int64_t> &shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

/// Numbers that f32 holds.
inline RealTensor randomTensor(std::vector<int64_t> shape, std::mt19937 &random) {
  RealTensor tensor = makeTensor(std::move(shape));
  std::normal_distribution<float> normal;
  for (double &value : tensor.values)
    value = normal(random);
  return tensor;
}

/// A function @main whose arguments and weights are named tensors.
class OneOp {
public:
  /// With `alsoThroughONNX` the nodes that the op becomes are run, too.
  explicit OneOp(bool alsoThroughONNX = false) : alsoThroughONNX(alsoThroughONNX) {}

  /// `name` as an argument, or as a constant.
  void add(llvm::StringRef name, const RealTensor &tensor, bool isConstant = false) {
    std::string type = typeText(tensor.shape);
    if (isConstant) {
      std::string bytes;
      for (double value : tensor.values) {
        auto rounded = static_cast<float>(value);
        bytes += llvm::toHex(llvm::StringRef(reinterpret_cast<const char *>(&rounded), sizeof(float)));
      }
      body += "%" + name.str() + " = onnx.constant dense<\"0x" + bytes + "\"> : " + type + "\n";
    } else {
      arguments += (arguments.empty() ? "%" : ", %") + name.str() + ": " + type;
      inputs.emplace_back(tensor.values.begin(), tensor.values.end());
    }
  }
  /// The largest error of `op` against `expected`, in parts of its maximum.
  double error(const std::string &op, const RealTensor &expected) {
    double own = errorOf(op, expected, /*opset=*/0);
    static unsigned turn = 0; // a new and an old opset, from case to case
    return alsoThroughONNX ? std::max(own, errorOf(op, expected, ++turn % 2 ? 20 : 11)) : own;
  }

private:
  double errorOf(const std::string &op, const RealTensor &expected, int64_t opset) {
    std::string type = typeText(expected.shape);
    std::string text = "func.func @main(" + arguments + ") -> " + type + " {\n" + body + "%y = " + op +
                       "\nreturn %y : " + type + "\n}";
    if (opset)
      text = asONNX(text, opset);
    Program program(text, "native", Phase::Raise);
    std::vector<float> y = program(inputs)[0];
    double largest = 0, worst = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      largest = std::max(largest, std::abs(expected.values[i]));
      worst = std::max(worst, std::abs(y[i] - expected.values[i]));
    }
    return worst / largest;
  }

  static std::string asONNX(const std::string &text, int64_t opset) {
    std::unique_ptr<mlir::MLIRContext> context = createContext();
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, mlir::ParserConfig(context.get()));
    mlir::PassManager passes(context.get());
    ConvertMixToONNXOptions options;
    options.opset = opset;
    passes.addPass(createConvertMixToONNX(options));
    EXPECT_TRUE(module && succeeded(passes.run(*module))) << text;
    std::string nodes;
    llvm::raw_string_ostream os(nodes);
    module->print(os); // with the bytes of constants, which << leaves out
    return nodes;
  }

  bool alsoThroughONNX;
  std::string arguments, body;
  std::vector<std::vector<float>> inputs;
};

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_MIXTOSPECTRAL_EXECUTE_H
