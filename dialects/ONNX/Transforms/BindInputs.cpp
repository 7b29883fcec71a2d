// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Transforms/BindInputs.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

bool fits(Type declared, RankedTensorType given) {
  auto tensor = dyn_cast<TensorType>(declared);
  if (!tensor || tensor.getElementType() != given.getElementType())
    return false;
  if (!tensor.hasRank())
    return true;
  if (tensor.getRank() != given.getRank())
    return false;
  for (auto [dim, size] : llvm::zip(tensor.getShape(), given.getShape()))
    if (!ShapedType::isDynamic(dim) && dim != size)
      return false;
  return true;
}

} // namespace

LogicalResult bindInputs(func::FuncOp main, ArrayRef<NamedTensor> bindings) {
  Block &body = main.getBody().front();
  auto nameOf = [&](unsigned i) {
    auto name = main.getArgAttrOfType<StringAttr>(i, "onnx.name");
    return name ? name.getValue() : StringRef();
  };
  for (const NamedTensor &binding : bindings) {
    unsigned index = 0;
    while (index < main.getNumArguments() && nameOf(index) != binding.name)
      ++index;
    if (index == main.getNumArguments()) {
      InFlightDiagnostic error = main.emitError() << "--bind names input \"" << binding.name << "\"; the inputs are";
      for (unsigned i = 0; i < main.getNumArguments(); ++i)
        error << (i ? ", \"" : " \"") << nameOf(i) << '"';
      return error;
    }
    auto type = RankedTensorType::get(binding.tensor.shape, elementType(main.getContext(), binding.tensor.dtype));
    Type declared = body.getArgument(index).getType();
    if (!fits(declared, type))
      return main.emitError() << "--bind of input \"" << binding.name << "\": expected " << declared << ", found "
                              << type;
    OpBuilder builder = OpBuilder::atBlockBegin(&body);
    ElementsAttr value = makeConstant(type, ArrayRef<char>(binding.tensor.bytes), binding.name);
    body.getArgument(index).replaceAllUsesWith(
        ConstantOp::create(builder, main.getLoc(), value, builder.getStringAttr(binding.name)));
    if (failed(main.eraseArgument(index)))
      return main.emitError() << "input \"" << binding.name << "\" cannot be bound";
  }
  return success();
}

} // namespace fourmix::onnx
