// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/OpTable.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace fourmix::onnx;

const OpTable &OpTable::get() {
  static const OpTable table = [] {
    OpTable rows;
    addElementwiseRows(rows);
    addShapeRows(rows);
    addMovementRows(rows);
    addGatherRows(rows);
    addReduceRows(rows);
    addMatrixRows(rows);
    addNormalizeRows(rows);
    addTransformRows(rows);
    addAttentionRows(rows);
    addSampleRows(rows);
    addQuantizeRows(rows);
    addLossRows(rows);
    addRecurrentRows(rows);
    addDynamicRows(rows);
    addTrainingRows(rows);
    addControlFlowRows(rows);
    return rows;
  }();
  return table;
}
