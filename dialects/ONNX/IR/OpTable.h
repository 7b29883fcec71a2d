// The op table: what Fourmix knows of an ONNX operator, a row per (domain, op, since-version).
//
// A row says how result types follow from operand types and constants (infer) and how a node of constants is
// evaluated (fold). How an operator is lowered stands with the doors that lower it. The rows are in
// dialects/ONNX/Ops, a file per family.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_IR_OPTABLE_H
#define DIALECTS_ONNX_IR_OPTABLE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include <string>
#include <vector>

namespace fourmix::onnx {
class Folding;
class Inference;
class NodeOp;

/// What is known of an operator from opset `since` of its domain on, until the next row of the same operator.
struct OpRow {
  /// Sets the types of all results from the operands' static types and constants, or emits one error that names the
  /// node, what was expected and what was found.
  using Infer = mlir::LogicalResult (*)(Inference &);
  /// Sets all results to constants and returns true, or leaves everything as it is.
  using Fold = bool (*)(Folding &);
  enum Flags : unsigned {
    None = 0,
    /// The fold needs the operands' types only (Shape, Size).
    FoldsTypes = 1,
    /// The fold copies no elements (Constant, Reshape, splats): it is tried whatever the size of the result.
    FoldsAnySize = 2,
  };

  std::string op;
  int64_t since;
  /// How many leading inputs must be there.
  unsigned requiredInputs;
  Infer infer;
  Fold fold = nullptr;
  unsigned flags = None;
  /// "" is ai.onnx.
  std::string domain = "";
};

class OpTable {
public:
  /// The table with all rows of dialects/ONNX/Ops; made at the first call.
  static const OpTable &get();

  void add(OpRow row);

  /// The row with the largest since-version that is not above `version`, or null.
  const OpRow *lookup(mlir::StringRef domain, mlir::StringRef op, int64_t version) const;
  const OpRow *lookup(NodeOp node) const;

private:
  /// Rows of one operator by ascending since-version, under "domain:op".
  llvm::StringMap<std::vector<OpRow>> rows;
};

/// One error at `root` that lists the operators of `nodes`, each with domain, version, count and the names of its first
/// nodes: `2 operators are not supported: Foo (ai.onnx 20, 3 nodes: "a", "b", "c"), …`. Nothing for no nodes.
void reportUnsupported(mlir::Operation *root, mlir::ArrayRef<NodeOp> nodes);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_IR_OPTABLE_H
