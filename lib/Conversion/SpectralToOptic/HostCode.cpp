// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostCode.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Emit/Spectra.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fourmix;

void fourmix::spectral_to_optic::keepHostCode(ModuleOp module, ArrayRef<Operation *> ops, StringRef program) {
  std::string name = ("host." + program).str();
  if (!module->hasAttr("fourmix.keep_host_code") || module.lookupSymbol(name))
    return;
  llvm::SetVector<Value> inputs, results;
  SmallVector<Operation *> constants;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      if (maker && maker->hasTrait<OpTrait::ConstantLike>()) {
        if (!llvm::is_contained(constants, maker))
          constants.push_back(maker);
      } else if (!llvm::is_contained(ops, maker)) {
        inputs.insert(operand);
      }
    }
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !llvm::is_contained(ops, user); }))
        results.insert(result);
  }
  auto b = OpBuilder::atBlockEnd(module.getBody());
  auto named = [&](StringRef stem, size_t i) {
    return b.getDictionaryAttr(b.getNamedAttr("onnx.name", b.getStringAttr(stem + Twine(i))));
  };
  Location loc = ops.back()->getLoc();
  auto function = func::FuncOp::create(
      b, loc, name,
      b.getFunctionType(TypeRange(ValueRange(inputs.getArrayRef())), TypeRange(ValueRange(results.getArrayRef()))));
  function.setPrivate();
  function->setAttr("fourmix.host_code", FlatSymbolRefAttr::get(b.getContext(), program));
  IRMapping mapping;
  Block *body = function.addEntryBlock();
  for (auto [i, input] : llvm::enumerate(inputs)) {
    mapping.map(input, body->getArgument(i));
    function.setArgAttrs(i, named("x", i));
  }
  IRRewriter rewriter(b);
  rewriter.setInsertionPointToEnd(body);
  for (Operation *op : constants)
    rewriter.clone(*op, mapping);
  SmallVector<Operation *> copies;
  for (Operation *op : ops)
    copies.push_back(rewriter.clone(*op, mapping));
  SmallVector<Value> returned;
  for (auto [i, result] : llvm::enumerate(results)) {
    returned.push_back(mapping.lookup(result));
    function.setResultAttrs(i, named("y", i));
  }
  func::ReturnOp::create(rewriter, loc, returned);
  for (Operation *copy : copies) {
    if (auto planned = dyn_cast<spectral::FourierOpInterface>(copy))
      planned.setPlan(spectral::fftLowering);
    if (auto filter = dyn_cast<spectral::FilterOp>(copy)) {
      rewriter.setInsertionPoint(filter);
      lowering::expandFilter(rewriter, filter, spectral::fftLowering);
    }
  }
}
