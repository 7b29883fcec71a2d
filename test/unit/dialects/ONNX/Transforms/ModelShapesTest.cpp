// Real exports: the shapes that onnx-infer-shapes finds are those of the reference outputs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <map>

using namespace mlir;
using namespace fourmix;

namespace {

std::vector<std::string> modelsIn(StringRef folder) {
  std::vector<std::string> models;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(folder, error), end; at != end && !error; at.increment(error))
    if (llvm::sys::fs::exists(at->path() + "/model.onnx") && llvm::sys::fs::exists(at->path() + "/inputs.npz"))
      models.push_back(at->path());
  llvm::sort(models);
  return models;
}

std::map<std::string, SmallVector<int64_t>> shapesIn(const std::string &path) {
  std::map<std::string, SmallVector<int64_t>> shapes;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return shapes;
  auto tensors = parseNpz((*buffer)->getBuffer());
  if (!tensors) {
    ADD_FAILURE() << path << ": " << llvm::toString(tensors.takeError());
    return shapes;
  }
  for (NamedTensor &tensor : *tensors)
    shapes[tensor.name] = tensor.tensor.shape;
  return shapes;
}

std::string text(ArrayRef<int64_t> shape) {
  std::string result;
  for (int64_t dim : shape)
    result += (result.empty() ? "" : "x") + std::to_string(dim);
  return result.empty() ? "scalar" : result;
}

void checkModel(const std::string &folder) {
  SCOPED_TRACE(folder);
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = importONNX(folder + "/model.onnx", &context);
  ASSERT_TRUE(module);
  std::vector<std::string> shapes;
  for (auto &[name, shape] : shapesIn(folder + "/inputs.npz"))
    shapes.push_back(name + "=" + text(shape));
  ASSERT_TRUE(succeeded(onnx::inferShapes(*module, shapes)));
  ASSERT_TRUE(succeeded(verify(*module)));

  module->walk([&](onnx::NodeOp node) {
    for (Type type : node.getResultTypes())
      EXPECT_TRUE((isa<RankedTensorType, onnx::AbsentType>(type))) << node.getOpType().str();
    // Nothing that computes shapes is left.
    for (StringRef op : {"Shape", "Size", "Constant", "ConstantOfShape", "Range"})
      EXPECT_FALSE(node.is(op)) << op.str();
  });
  auto main = module->lookupSymbol<func::FuncOp>("main");
  std::map<std::string, SmallVector<int64_t>> expected = shapesIn(folder + "/outputs.npz");
  ASSERT_EQ(expected.size(), main.getNumResults());
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    std::string name = main.getResultAttrOfType<StringAttr>(i, "onnx.name").str();
    auto type = dyn_cast<RankedTensorType>(main.getResultTypes()[i]);
    ASSERT_TRUE(type);
    EXPECT_EQ(text(type.getShape()), text(expected[name])) << name;
  }
}

} // namespace

TEST(ModelShapes, OfTheProjectsOwnModels) {
  std::vector<std::string> models = modelsIn(FOURMIX_SOURCE_DIR "/test/models");
  ASSERT_FALSE(models.empty());
  for (const std::string &model : models)
    checkModel(model);
}

TEST(ModelShapes, OfTheSharedModels) {
  std::vector<std::string> models = modelsIn(FOURMIX_SOURCE_DIR "/../shared/models");
  if (models.empty())
    GTEST_SKIP() << "no folder ../shared/models beside the checkout";
  for (const std::string &model : models)
    checkModel(model);
}
