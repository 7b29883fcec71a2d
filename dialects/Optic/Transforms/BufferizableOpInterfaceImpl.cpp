// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/Transforms/BufferizableOpInterfaceImpl.h"
#include "dialects/Optic/IR/Optic.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace fourmix::optic;

namespace {

struct LaunchModel : DstBufferizableOpInterfaceExternalModel<LaunchModel, LaunchOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<LaunchOp>(op).isDpsInit(&operand); // a program writes every element of its outputs
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto launch = cast<LaunchOp>(op);
    Location loc = op->getLoc();
    // The device takes dense buffers only: what is a part of a larger one goes through a copy.
    auto dense = [&](Value tensor, bool isInput) -> FailureOr<std::pair<Value, Value>> {
      FailureOr<Value> buffer = getBuffer(rewriter, tensor, options, state);
      if (failed(buffer))
        return failure();
      auto type = cast<MemRefType>(buffer->getType());
      if (type.getLayout().isIdentity())
        return std::pair(*buffer, *buffer);
      FailureOr<Value> copy =
          options.createAlloc(rewriter, loc, MemRefType::get(type.getShape(), type.getElementType()), {});
      if (failed(copy) || (isInput && failed(options.createMemCpy(rewriter, loc, *buffer, *copy))))
        return failure();
      return std::pair(*copy, *buffer);
    };
    SmallVector<Value> ins, outs, results;
    for (Value tensor : launch.getIns()) {
      auto buffer = dense(tensor, /*isInput=*/true);
      if (failed(buffer))
        return failure();
      ins.push_back(buffer->first);
    }
    for (Value tensor : launch.getOuts()) {
      auto buffer = dense(tensor, /*isInput=*/false);
      if (failed(buffer))
        return failure();
      outs.push_back(buffer->first);
      results.push_back(buffer->second);
    }
    LaunchOp::create(rewriter, loc, TypeRange(), launch.getProgram(), ins, outs);
    for (auto [written, wanted] : llvm::zip_equal(outs, results))
      if (written != wanted && failed(options.createMemCpy(rewriter, loc, written, wanted)))
        return failure();
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

} // namespace

void fourmix::optic::registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, OpticDialect *) { LaunchOp::attachInterface<LaunchModel>(*context); });
}
