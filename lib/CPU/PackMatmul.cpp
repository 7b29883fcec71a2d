// Brings the right-hand sides of matrix products into the order in which the register tile reads them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "fourmix/Support/Constants.h"
#include "lib/CPU/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

namespace fourmix {
#define GEN_PASS_DEF_CPUPACKMATMUL
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::cpu;

namespace {

/// The matrix `bytes` ([K, N], or [N, K] where `transposed`) in panels [ceil(N/P), K, P], columns beyond N zero.
std::vector<char> packPanels(const float *matrix, int64_t K, int64_t N, bool transposed, int64_t P) {
  int64_t panels = llvm::divideCeil(N, P);
  std::vector<char> packed(panels * K * P * sizeof(float), 0);
  auto *out = reinterpret_cast<float *>(packed.data());
  for (int64_t p = 0; p < panels; ++p)
    for (int64_t k = 0; k < K; ++k)
      for (int64_t j = 0, e = std::min(P, N - p * P); j < e; ++j) {
        int64_t n = p * P + j;
        out[(p * K + k) * P + j] = transposed ? matrix[n * K + k] : matrix[k * N + n];
      }
  return packed;
}

struct PackMatmul : fourmix::impl::CPUPackMatmulBase<PackMatmul> {
  using CPUPackMatmulBase::CPUPackMatmulBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> products;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureTensorSemantics() && matchContraction(op))
        products.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : products)
      pack(rewriter, op, *matchContraction(op));
    if (!keepWeights)
      releasePacked();
  }

  /// The store gives back the bytes of weights that nothing but their panels stands for now.
  void releasePacked() {
    DenseSet<Attribute> used;
    getOperation().walk([&](arith::ConstantOp op) {
      if (!op.use_empty())
        used.insert(op.getValue());
    });
    for (auto &packed : packedOnce)
      for (auto [original, panels] : packed)
        if (panels && !used.contains(original))
          fourmix::releaseConstant(cast<ElementsAttr>(original));
  }

  void pack(IRRewriter &rewriter, linalg::LinalgOp op, const Contraction &parts) {
    rewriter.setInsertionPoint(op);
    Location loc = op.getLoc();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    AffineMap &map = maps[parts.b];
    Value b = op->getOperand(parts.b);
    if (!map.isProjectedPermutation())
      return;
    if (Value panels = packedConstant(rewriter, op, parts)) {
      b = panels;
      map = panelMap(op.getNumLoops(), parts.n, parts.k, panelVectors * vectorWidth, &getContext());
    } else if (map.getDimPosition(map.getNumResults() - 1) != parts.n) {
      // Computed, and n is not innermost: transpose it once, so that the tile loads whole vectors.
      auto type = cast<RankedTensorType>(b.getType());
      SmallVector<int64_t> permutation, shape;
      int64_t position = 0;
      for (unsigned i = 0; i < map.getNumResults(); ++i)
        if (map.getDimPosition(i) == parts.n)
          position = i;
        else
          permutation.push_back(i);
      permutation.push_back(position);
      SmallVector<AffineExpr> exprs;
      for (int64_t i : permutation) {
        shape.push_back(type.getDimSize(i));
        exprs.push_back(map.getResult(i));
      }
      Value empty = tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType());
      b = linalg::TransposeOp::create(rewriter, loc, b, empty, permutation)->getResult(0);
      map = AffineMap::get(map.getNumDims(), 0, exprs, &getContext());
    }
    SmallVector<Value> inputs = {op->getOperand(0), op->getOperand(1)};
    inputs[parts.b] = b;
    // Equal fills are one op after CSE; a product that accumulates in place needs its own, or bufferization copies it.
    Value init = op->getOperand(2);
    if (auto fill = init.getDefiningOp<linalg::FillOp>(); fill && !fill->hasOneUse()) {
      auto type = cast<RankedTensorType>(init.getType());
      Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
      init = linalg::FillOp::create(rewriter, loc, fill.getInputs()[0], empty).getResult(0);
    }
    auto generic = linalg::GenericOp::create(
        rewriter, loc, op->getResultTypes(), inputs, ValueRange{init}, maps, op.getIteratorTypesArray(),
        [](OpBuilder &builder, Location loc, ValueRange args) {
          Value product = arith::MulFOp::create(builder, loc, args[0], args[1]);
          linalg::YieldOp::create(builder, loc, ValueRange{arith::AddFOp::create(builder, loc, args[2], product)});
        });
    rewriter.replaceOp(op, generic);
  }

  /// The panels of a constant B, packed now; null where B is no constant matrix.
  Value packedConstant(IRRewriter &rewriter, linalg::LinalgOp op, const Contraction &parts) {
    Value b = op->getOperand(parts.b);
    ElementsAttr constant = matchConstant(b);
    auto type = cast<RankedTensorType>(b.getType());
    if (!constant || type.getRank() != 2)
      return {};
    bool transposed = op.getIndexingMapsArray()[parts.b].getDimPosition(0) == parts.n;
    int64_t P = panelVectors * vectorWidth;
    ElementsAttr &packed = packedOnce[transposed][constant];
    int64_t N = type.getDimSize(transposed ? 0 : 1), K = type.getDimSize(transposed ? 1 : 0);
    if (!packed) {
      std::vector<char> scratch;
      std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
      if (!bytes || static_cast<int64_t>(bytes->size()) != type.getNumElements() * 4)
        return {};
      std::vector<float> aligned(type.getNumElements());
      std::memcpy(aligned.data(), bytes->data(), bytes->size());
      std::vector<char> panels = packPanels(aligned.data(), K, N, transposed, P);
      std::string key = "panels";
      if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
        key = (resource.getRawHandle().getKey() + ".panels").str();
      int64_t count = llvm::divideCeil(N, P);
      auto packedType = RankedTensorType::get({count, K, P}, type.getElementType());
      packed = makeConstant(packedType, ArrayRef<char>(panels), key);
    }
    return arith::ConstantOp::create(rewriter, op.getLoc(), cast<TypedAttr>(packed));
  }

  /// A weight that several products share is packed once.
  DenseMap<Attribute, ElementsAttr> packedOnce[2];
};

} // namespace
