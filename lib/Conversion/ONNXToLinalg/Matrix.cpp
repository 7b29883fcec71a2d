// MatMul and Gemm.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

LogicalResult lowerMatMul(NodeLowering &n) {
  Value product = matmulND(n, n.input(0), n.input(1));
  if (!product)
    return n.node.emitNodeError() << Emit::typeOf(n.input(0)) << " and " << Emit::typeOf(n.input(1))
                                  << " do not fit a matrix product";
  return n.set(product);
}

/// alpha * A' B' + beta * C
LogicalResult lowerGemm(NodeLowering &n) {
  Value a = n.input(0), b = n.input(1);
  if (Emit::rankOf(a) != 2 || Emit::rankOf(b) != 2)
    return n.node.emitNodeError() << "A and B must be matrices, found " << Emit::typeOf(a) << " and "
                                  << Emit::typeOf(b);
  if (n.node.getInt("transA", 0))
    a = n.transpose(a, {1, 0});
  if (n.node.getInt("transB", 0))
    b = n.transpose(b, {1, 0});
  double alpha = n.node.getFloat("alpha", 1), beta = n.node.getFloat("beta", 1);
  Value result = matmulND(n, a, b);
  if (!result)
    return n.node.emitNodeError() << Emit::typeOf(n.input(0)) << " and " << Emit::typeOf(n.input(1))
                                  << " do not fit a matrix product";
  bool hasC = n.input(2) && beta != 0;
  if (alpha == 1 && !hasC)
    return n.set(result);
  SmallVector<Value> inputs{result};
  if (hasC)
    inputs.push_back(n.input(2));
  Type type = n.resultType().getElementType();
  return n.set(n.elementwise(n.resultShape(), type, inputs, [&](Scalars &s, ValueRange x) {
    Value value = alpha == 1 ? x[0] : s.mul(s.constant(type, alpha), x[0]);
    if (!hasC)
      return value;
    return s.add(value, beta == 1 ? x[1] : s.mul(s.constant(type, beta), x[1]));
  }));
}

} // namespace

void addMatrixRows(LoweringTable &table) {
  table.add("MatMul", 1, lowerMatMul, 2);
  table.add("Gemm", 1, lowerGemm, 2);
}

} // namespace fourmix::lowering
