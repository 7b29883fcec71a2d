// Products with constant matrices as circular convolutions: with a vector in row 0 of a tile, the kernel
// h[i, -j] = W[i, j] gives W x in column 0, a block of the matrix with every kernel.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Einsum.h"
#include "lib/Kernels/Grid.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTLINALGTOSPECTRAL
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using lowering::Emit;

namespace {

struct LinalgToSpectral : fourmix::impl::ConvertLinalgToSpectralBase<LinalgToSpectral> {
  using ConvertLinalgToSpectralBase::ConvertLinalgToSpectralBase;

  void runOnOperation() override {
    if (rows < 1 || cols < 1) {
      getOperation().emitError("expected rows and cols of at least 1, but found ")
          << rows.getValue() << " and " << cols.getValue();
      return signalPassFailure();
    }
    SmallVector<linalg::MatmulOp> products;
    getOperation().walk([&](linalg::MatmulOp op) { products.push_back(op); });
    for (linalg::MatmulOp op : products)
      convert(op);
  }

  void convert(linalg::MatmulOp op) {
    ElementsAttr constant = matchConstant(op.getInputs()[1]);
    if (!constant || op.getNumResults() != 1 || op.hasUserDefinedMaps())
      return;
    auto refuse = [&](const std::string &reason) {
      remark::missed(op.getLoc(), remark::RemarkOpts::name("dense").category("linalg-to-spectral"))
          << "a product with a constant matrix stays one: " << reason;
    };
    auto type = dyn_cast<RankedTensorType>(op.getResult(0).getType());
    if (!type || !type.hasStaticShape() || !isa<FloatType>(type.getElementType()) ||
        !cast<ShapedType>(op.getInputs()[0].getType()).hasStaticShape())
      return refuse("its shape is not static, or its elements are no floats");
    int64_t tokens = type.getDimSize(0), outputs = type.getDimSize(1);
    int64_t inputs = cast<ShapedType>(constant.getType()).getDimSize(0);
    int64_t p = llvm::divideCeil(outputs, rows), q = llvm::divideCeil(inputs, cols);
    constexpr int64_t mostPoints = int64_t(1) << 24;
    if (tokens == 0 || outputs == 0 || inputs == 0 || p * q * rows * cols > mostPoints)
      return refuse(llvm::formatv("{0} x {1} blocks of {2} x {3} are nothing, or more than are worth their memory", p,
                                  q, rows, cols)
                        .str());
    std::optional<std::vector<double>> weights = readDoubles(constant);
    if (!weights)
      return refuse("its numbers are not there");

    kernels::ComplexGrid kernel{{1, p, q, rows, cols}, std::vector<double>(p * q * rows * cols), {}};
    for (int64_t j = 0; j < inputs; ++j)
      for (int64_t i = 0; i < outputs; ++i)
        kernel.re[((i / rows * q + j / cols) * rows + i % rows) * cols + (cols - j % cols) % cols] =
            (*weights)[j * outputs + i];
    kernel = kernels::halfSpectrum(std::move(kernel), {3, 4}, {rows, cols});
    kernel.im.resize(kernel.re.size()); // a real one has no imaginary part
    OpBuilder b(op);
    Emit e(b, op.getLoc());
    Type element = type.getElementType();
    auto spectrum = RankedTensorType::get(kernel.shape, element);
    Value x = op.getInputs()[0];
    if (q * cols != inputs)
      x = e.concat({x, e.zeros({tokens, q * cols - inputs}, element)}, 1);
    Value y = spectral::FilterOp::create(b, op.getLoc(), RankedTensorType::get({tokens, p, q, rows, 1}, element),
                                         e.reshape(x, {tokens, 1, q, 1, cols}),
                                         e.constant(makeConstant(spectrum, kernel.re, "dense_re")),
                                         e.constant(makeConstant(spectrum, kernel.im, "dense_im")),
                                         ArrayRef<int64_t>{3, 4}, ArrayRef<int64_t>{rows, cols}, nullptr);
    y = e.reshape(y, {tokens, p, q, rows});
    if (q > 1) {
      lowering::Scalars scalars(b, op.getLoc(), /*isUnsigned=*/false);
      y = e.reduce(y, 2, scalars.constant(element, 0),
                   [](lowering::Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
    }
    y = e.sliceAxis(e.reshape(y, {tokens, p * rows}), 1, 0, outputs);
    Value onto = op.getOutputs()[0];
    auto fill = onto.getDefiningOp<linalg::FillOp>();
    if (!fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
      y = e.elementwise(type.getShape(), element, {y, onto},
                        [](lowering::Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
    op.getResult(0).replaceAllUsesWith(y);
    op.erase();
  }
};

} // namespace
