// What a row of the lowering table is, and what it sees of its node.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOLINALG_LOWERING_H
#define LIB_CONVERSION_ONNXTOLINALG_LOWERING_H

#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Emit.h"
#include <map>

namespace fourmix::lowering {

/// One node on its way down. Inputs are the values that stand for the node's operands in linalg (null where absent);
/// results are set with `set` in any order, each of the signless form of the node's result type.
class NodeLowering : public Emit {
public:
  NodeLowering(mlir::OpBuilder &builder, onnx::NodeOp node, llvm::SmallVector<mlir::Value> inputs)
      : Emit(builder, node.getLoc()), node(node), inputs(std::move(inputs)), results(node.getNumResults()) {}

  mlir::Value input(unsigned i) const { return i < inputs.size() ? inputs[i] : mlir::Value(); }
  /// The ONNX element type of input `i`: tells unsigned integers from signed ones.
  bool isUnsigned(unsigned i = 0) { return isUnsignedType(node.getInput(i)); }
  bool isResultUnsigned(unsigned i = 0) { return isUnsignedType(node->getResult(i)); }

  mlir::RankedTensorType resultType(unsigned i = 0) {
    return llvm::cast<mlir::RankedTensorType>(signless(node->getResult(i).getType()));
  }
  Shape resultShape(unsigned i = 0) {
    return llvm::cast<mlir::RankedTensorType>(node->getResult(i).getType()).getShape();
  }

  void set(unsigned i, mlir::Value value) { results[i] = value; }
  /// For nodes with one result.
  mlir::LogicalResult set(mlir::Value value) {
    results[0] = value;
    return mlir::success();
  }

  /// `axis` of a tensor of `rank` dimensions, counted from the front; an error where it lies outside.
  llvm::FailureOr<int64_t> axis(int64_t axis, int64_t rank);
  llvm::FailureOr<llvm::SmallVector<int64_t>> axes(llvm::ArrayRef<int64_t> axes, int64_t rank);

  /// The integers of the constant input `i`; an error where it is no constant. nullopt where it is absent.
  llvm::FailureOr<std::optional<llvm::SmallVector<int64_t>>> constantInts(unsigned i);
  /// Input `i` where `attribute` (the older form) is absent.
  llvm::FailureOr<std::optional<llvm::SmallVector<int64_t>>> constantInts(unsigned i, llvm::StringRef attribute);

  onnx::NodeOp node;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::Value> results;

private:
  static bool isUnsignedType(mlir::Value value) {
    auto shaped = llvm::dyn_cast_or_null<mlir::ShapedType>(value ? value.getType() : mlir::Type());
    return shaped && shaped.getElementType().isUnsignedInteger();
  }
};

/// Lowers one node; on failure it has emitted an error that names the node.
using Lower = std::function<mlir::LogicalResult(NodeLowering &)>;

/// What lowers the nodes of one operator, and the number of inputs that must be there for it.
struct LoweringRow {
  Lower lower;
  unsigned requiredInputs;
};

/// The rows, by domain, op and since-version. A row stands for all later versions up to the next row of its op.
class LoweringTable {
public:
  void add(llvm::StringRef op, int64_t since, Lower lower, unsigned requiredInputs = 1, llvm::StringRef domain = "") {
    rows[(domain + ":" + op).str()][since] = {std::move(lower), requiredInputs};
  }
  /// The row that holds for `node`, or null.
  const LoweringRow *find(onnx::NodeOp node) const;

private:
  std::map<std::string, std::map<int64_t, LoweringRow>> rows;
};

// The rows of each family, one file each.
void addElementwiseRows(LoweringTable &table);
void addActivationRows(LoweringTable &table);
void addShapeRows(LoweringTable &table);
void addSliceRows(LoweringTable &table);
void addGeneratorRows(LoweringTable &table);
void addMatrixRows(LoweringTable &table);
void addEinsumRows(LoweringTable &table);
void addConvolutionRows(LoweringTable &table);
void addReduceRows(LoweringTable &table);
void addNormalizeRows(LoweringTable &table);
void addGatherRows(LoweringTable &table);
void addScatterRows(LoweringTable &table);
void addPoolRows(LoweringTable &table);
void addLossRows(LoweringTable &table);
void addResizeRows(LoweringTable &table);
void addQuantizeRows(LoweringTable &table);
void addSelectRows(LoweringTable &table);
void addSampleRows(LoweringTable &table);
void addRecurrentRows(LoweringTable &table);
void addDeterminantRows(LoweringTable &table);
void addNGramRows(LoweringTable &table);
void addTrainingRows(LoweringTable &table);
void addRotaryRows(LoweringTable &table);
void addLinearAttentionRows(LoweringTable &table);

/// All of them.
const LoweringTable &loweringTable();

// Shared between families.

/// The i64 index of the greatest (least) element along `axis`, which leaves the shape; of equals the first or the last.
/// Integers are signed as input 0 of the node is.
mlir::Value argumentOf(NodeLowering &n, mlir::Value x, int64_t axis, bool greatest, bool last);

/// The activation that recurrent cells call `name`, whatever its case; null for one that does not exist.
mlir::Value activate(Scalars &s, llvm::StringRef name, mlir::Value x, std::optional<double> alpha,
                     std::optional<double> beta);

} // namespace fourmix::lowering

#endif // LIB_CONVERSION_ONNXTOLINALG_LOWERING_H
