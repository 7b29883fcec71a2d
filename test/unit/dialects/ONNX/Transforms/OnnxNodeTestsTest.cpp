// ONNX's own node tests: with their inputs as constants, what folds must be the expected output, and what does not must
// at least have its type.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;

namespace {

/// A field of protobuf's wire format with bytes in it.
std::string field(int number, StringRef bytes) {
  std::string text(1, static_cast<char>(number << 3 | 2));
  uint64_t length = bytes.size();
  for (; length >= 128; length >>= 7)
    text += static_cast<char>(length | 128);
  return text + static_cast<char>(length) + bytes.str();
}

/// The tensor in a .pb file, which the importer reads as the only initializer of a model; null if it is none.
ElementsAttr readTensor(const std::string &path, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return {};
  std::string graph = field(2, "g") + field(5, (*buffer)->getBuffer());
  std::string model = std::string("\x08\x08", 2) + field(7, graph) + field(8, std::string("\x10\x11", 2));
  SmallString<128> file;
  int descriptor;
  if (llvm::sys::fs::createTemporaryFile("tensor", "onnx", descriptor, file))
    return {};
  {
    llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
    stream << model;
  }
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = importONNX(file, context);
  llvm::sys::fs::remove(file);
  ElementsAttr value;
  if (module)
    module->walk([&](onnx::ConstantOp constant) { value = constant.getValue(); });
  return value;
}

/// Tests whose expected outputs are of another kind than the operator's: pi is 3.1415 in the windows', bfloat16 is
/// stored as uint16, dropout is that of training.
bool isExcluded(StringRef name) {
  return name.contains("window") || name.contains("BFLOAT16") || name.contains("training");
}

bool isClose(double found, double expected, double tolerance) {
  return found == expected || (std::isnan(found) && std::isnan(expected)) ||
         std::fabs(found - expected) <= tolerance * (1 + std::fabs(expected));
}

struct Counts {
  int typed = 0, folded = 0;
};

void checkTest(const std::string &folder, const DialectRegistry &registry, Counts &counts) {
  MLIRContext context(registry);
  std::string errors;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    errors += diagnostic.str() + "; ";
    return success();
  });
  OwningOpRef<ModuleOp> module = importONNX(folder + "/model.onnx", &context);
  auto main = module ? module->lookupSymbol<func::FuncOp>("main") : func::FuncOp();
  if (!main)
    return;
  std::string data = folder + "/test_data_set_0/";
  Block &body = main.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  unsigned file = 0;
  for (BlockArgument argument : body.getArguments()) {
    ElementsAttr value = readTensor(data + "input_" + std::to_string(file++) + ".pb", &context);
    if (!value || !isa<RankedTensorType>(argument.getType()) ||
        getElementTypeOrSelf(argument.getType()) != value.getElementType())
      return; // sequences, optionals, strings
    argument.replaceAllUsesWith(onnx::ConstantOp::create(builder, main.getLoc(), value, StringAttr()));
    argument.setType(value.getType());
  }
  errors.clear();
  if (failed(onnx::inferShapes(*module, {}))) {
    // Refused, but with a reason.
    EXPECT_FALSE(errors.empty());
    return;
  }
  ASSERT_TRUE(succeeded(verify(*module))) << errors;
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
    ElementsAttr expected = readTensor(data + "output_" + std::to_string(i) + ".pb", &context);
    if (!expected)
      continue;
    ++counts.typed;
    std::string found, wanted;
    llvm::raw_string_ostream(found) << value.getType();
    llvm::raw_string_ostream(wanted) << expected.getType();
    ASSERT_EQ(found, wanted);
    ElementsAttr constant = matchConstant(value);
    std::optional<std::vector<double>> numbers, reference = readDoubles(expected);
    if (constant)
      numbers = readDoubles(constant);
    if (!numbers || !reference)
      continue;
    ++counts.folded;
    double tolerance = expected.getElementType().isF16() ? 1e-3 : 2e-6;
    for (size_t k = 0; k < numbers->size(); ++k)
      ASSERT_TRUE(isClose((*numbers)[k], (*reference)[k], tolerance))
          << "element " << k << " is " << (*numbers)[k] << ", expected " << (*reference)[k];
  }
}

} // namespace

TEST(OnnxNodeTests, FoldToTheirExpectedOutputs) {
  const std::string root = "/usr/share/libonnx-testdata/data/node";
  if (!llvm::sys::fs::is_directory(root))
    GTEST_SKIP() << "no " << root << " (Debian's package libonnx-testdata)";
  DialectRegistry registry;
  registerAllDialects(registry);
  Counts counts;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(root, error), end; at != end && !error; at.increment(error)) {
    SCOPED_TRACE(at->path());
    if (!isExcluded(llvm::sys::path::filename(at->path())))
      checkTest(at->path(), registry, counts);
  }
  // Rows that stop working show here, not as tests that pass by skipping.
  EXPECT_GE(counts.typed, 750);
  EXPECT_GE(counts.folded, 570);
  RecordProperty("typed", counts.typed);
  RecordProperty("folded", counts.folded);
}
