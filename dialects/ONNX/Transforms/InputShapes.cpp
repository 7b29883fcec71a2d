// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Transforms/InputShapes.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Ops/FoldTensor.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

StringRef nameOf(func::FuncOp main, unsigned arg) {
  auto name = main.getArgAttrOfType<StringAttr>(arg, "onnx.name");
  return name ? name.getValue() : StringRef();
}

/// The file's name for dim `dim` of argument `arg`, or "".
StringRef dimNameOf(func::FuncOp main, unsigned arg, unsigned dim) {
  auto names = main.getArgAttrOfType<ArrayAttr>(arg, "onnx.dims");
  if (!names || dim >= names.size() || !isa<StringAttr>(names[dim]))
    return {};
  return cast<StringAttr>(names[dim]).getValue();
}

/// `1x512` or `scalar`; nullopt for anything else.
std::optional<Shape> parseShape(StringRef text) {
  Shape shape;
  if (text == "scalar")
    return shape;
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t dim;
    if (part.getAsInteger(10, dim) || dim < 0)
      return std::nullopt;
    shape.push_back(dim);
  }
  return shape;
}

/// The type as the declaration has it, `?` for open dims.
std::string formatType(RankedTensorType type) {
  std::string text;
  for (int64_t dim : type.getShape())
    text += (text.empty() ? "" : "x") + (ShapedType::isDynamic(dim) ? "?" : std::to_string(dim));
  return text.empty() ? "scalar" : text;
}

bool fits(RankedTensorType declared, ArrayRef<int64_t> shape) {
  if (declared.getRank() != static_cast<int64_t>(shape.size()))
    return false;
  for (auto [dim, given] : llvm::zip(declared.getShape(), shape))
    if (!ShapedType::isDynamic(dim) && dim != given)
      return false;
  return true;
}

} // namespace

LogicalResult applyInputShapes(func::FuncOp main, ArrayRef<std::string> texts) {
  bool bad = false;
  Block &body = main.getBody().front();
  llvm::StringMap<int64_t> sizes; // of named dims
  for (const std::string &text : texts) {
    auto [name, shapeText] = StringRef(text).rsplit('=');
    std::optional<Shape> shape = parseShape(shapeText);
    if (!shape || name.empty() || !elementCount(*shape)) {
      main.emitError() << "expected --shape NAME=1x512, found \"" << text << '"';
      bad = true;
      continue;
    }
    std::optional<unsigned> index;
    for (unsigned i = 0; i < body.getNumArguments(); ++i)
      if (nameOf(main, i) == name)
        index = i;
    if (!index) {
      InFlightDiagnostic error = main.emitError() << "--shape names input \"" << name << "\"; the inputs are";
      for (unsigned i = 0; i < body.getNumArguments(); ++i)
        error << (i ? ", \"" : " \"") << nameOf(main, i) << '"';
      bad = true;
      continue;
    }
    BlockArgument argument = body.getArgument(*index);
    auto declared = dyn_cast<TensorType>(argument.getType());
    auto ranked = dyn_cast<RankedTensorType>(argument.getType());
    if (!declared || (ranked && !fits(ranked, *shape))) {
      InFlightDiagnostic error = main.emitError() << "input \"" << name << "\": expected a shape like ";
      if (ranked)
        error << formatType(ranked);
      else
        error << argument.getType();
      error << ", found " << shapeText;
      bad = true;
      continue;
    }
    if (ranked)
      for (unsigned i = 0; i < shape->size(); ++i)
        if (StringRef dimName = dimNameOf(main, *index, i); !dimName.empty() && ranked.isDynamicDim(i))
          if (int64_t size = sizes.try_emplace(dimName, (*shape)[i]).first->second; size != (*shape)[i])
            main.emitWarning() << "input \"" << name << "\": dim " << i << " (\"" << dimName << "\") is " << (*shape)[i]
                               << ", but " << size << " where another input has it";
    argument.setType(RankedTensorType::get(*shape, declared.getElementType()));
  }
  for (BlockArgument argument : body.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    Shape shape(type.getShape());
    for (unsigned i = 0; i < shape.size(); ++i)
      if (auto size = sizes.find(dimNameOf(main, argument.getArgNumber(), i));
          ShapedType::isDynamic(shape[i]) && size != sizes.end())
        shape[i] = size->second;
    argument.setType(RankedTensorType::get(shape, type.getElementType()));
  }
  main.setFunctionType(
      FunctionType::get(main.getContext(), body.getArgumentTypes(), main.getFunctionType().getResults()));
  return failure(bad);
}

LogicalResult requireStaticInputs(func::FuncOp main) {
  bool bad = false;
  for (BlockArgument argument : main.getArguments()) {
    unsigned index = argument.getArgNumber();
    StringRef name = nameOf(main, index);
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type) {
      InFlightDiagnostic error = main.emitError() << "input \"" << name << "\": expected a tensor of known rank, found "
                                                  << argument.getType();
      if (isa<TensorType>(argument.getType()))
        error << "; give its shape with --shape " << name << "=...";
      bad = true;
      continue;
    }
    std::string open;
    for (unsigned i = 0; i < type.getRank(); ++i) {
      if (!type.isDynamicDim(i))
        continue;
      open += (open.empty() ? "dim " : ", dim ") + std::to_string(i);
      if (StringRef dimName = dimNameOf(main, index, i); !dimName.empty())
        open += " (\"" + dimName.str() + "\")";
    }
    if (open.empty())
      continue;
    main.emitError() << "input \"" << name << "\": " << open << " is open; fix it with --shape " << name << '='
                     << formatType(type) << " (a number for each ?)";
    bad = true;
  }
  return failure(bad);
}

} // namespace fourmix::onnx
