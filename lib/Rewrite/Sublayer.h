// Where attention stands in a network: the sublayer around a mix.attention, and the numbers of layers.
//
// A sublayer starts with the one tensor of which queries, keys and values are made and ends with the tensor that is
// added to the residual stream; both have one shape. It is found by meaning: in the flow of data, not by the names or
// the order of nodes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_SUBLAYER_H
#define LIB_REWRITE_SUBLAYER_H

#include "Dependence.h"
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fourmix::rewrite {

//===-- Numbers -----------------------------------------------------------===//

/// The attribute of an operation that computes the output of a sublayer (of an attention without one: its own output):
/// the layer's number. Whoever rewrites a layer puts it on what computes the new output, so that the layer keeps its
/// number and is found at the same place before and after.
inline constexpr llvm::StringLiteral layerAttrName = "mix.layer";

struct AttentionLayer {
  int64_t number;
  mix::AttentionOp attention;
};

/// Every mix.attention of `function` with its layer's number, in program order. Layers that have no number yet get the
/// next ones: the first call, before any rewrite, numbers all of them 0, 1, ….
llvm::SmallVector<AttentionLayer> attentionLayers(mlir::func::FuncOp function);

/// How many layers were numbered, rewritten ones included: one more than the largest number.
int64_t countLayers(mlir::func::FuncOp function);

/// The operation that computes the output of layer `number`, whatever the layer is now; null for none.
mlir::Operation *layerProducer(mlir::func::FuncOp function, int64_t number);

/// The same layer is computed by `to` from now on.
void passLayerOn(mlir::Operation *from, mlir::Operation *to);

//===-- The sublayer ------------------------------------------------------===//

/// A product with a constant matrix inside of a sublayer.
struct DenseProjection {
  mlir::Operation *op;
  mlir::Value weight;
  bool query = false, key = false, value = false; // what is made of its result
  bool output = false;                            // it stands after the attention
};

struct Sublayer {
  mix::AttentionOp attention;
  mlir::Value input, output; // of one type, of rank 2 or 3
  int64_t sequence;          // their axis of tokens; the last axis is the hidden one
  llvm::SmallVector<DenseProjection> projections;

  mlir::RankedTensorType getType() const { return llvm::cast<mlir::RankedTensorType>(input.getType()); }
  int64_t hidden() const { return getType().getRank() - 1; }
};

/// The sublayer, or why there is none: a clause that completes "it has no sublayer: ".
struct SublayerAnalysis {
  std::optional<Sublayer> sublayer;
  std::string reason;
};

/// The input is the nearest common dominator of queries, keys and values in the flow of data, before their projections;
/// tables of positions (RoPE) may join on the way to queries and keys. The output is what the token-wise linear nodes
/// with constant operands after the attention give, each the only user of the one before: projection, bias, scales,
/// regrouping of heads. Refused: cross attention, several starting points, tokens that are regrouped (windows).
///
/// `known`: the dependence of the attention's block, where it is at hand; else it is computed.
SublayerAnalysis analyseSublayer(mix::AttentionOp attention, const Dependence *known = nullptr);

/// The operations through which `output` depends on `input`, in program order: of a sublayer, all that is in it.
llvm::SmallVector<mlir::Operation *> opsBetween(mlir::Value input, mlir::Value output);

/// The operation as messages name it: node "fc1" (MatMul).
std::string describe(mlir::Operation *op);
/// What computes the value, as messages name it, or the input of the network that it is.
std::string describe(mlir::Value value);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_SUBLAYER_H
