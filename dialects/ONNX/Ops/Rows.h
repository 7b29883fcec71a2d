// One function per family of operators, each adding its rows to the table.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_ROWS_H
#define DIALECTS_ONNX_OPS_ROWS_H

namespace fourmix::onnx {
class OpTable;

void addElementwiseRows(OpTable &table);
void addShapeRows(OpTable &table);
void addMovementRows(OpTable &table);
void addGatherRows(OpTable &table);
void addReduceRows(OpTable &table);
void addMatrixRows(OpTable &table);
void addNormalizeRows(OpTable &table);
void addTransformRows(OpTable &table);
void addAttentionRows(OpTable &table);
void addSampleRows(OpTable &table);
void addQuantizeRows(OpTable &table);
void addLossRows(OpTable &table);
void addRecurrentRows(OpTable &table);
void addDynamicRows(OpTable &table);
void addTrainingRows(OpTable &table);
void addControlFlowRows(OpTable &table);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_ROWS_H
