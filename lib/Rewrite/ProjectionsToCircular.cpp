// Dense projections become circular ones, where the matrix is near enough to one.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CalibrationFile.h"
#include "Projections.h"
#include "Remarks.h"
#include "Sublayer.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Rewrite/Passes.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include "lib/Conversion/ONNXToMix/Convolution/ConstantProduct.h"
#include "lib/Kernels/StructuredFit.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

namespace fourmix {
#define GEN_PASS_DEF_PROJECTIONSTOCIRCULAR
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using kernels::StructuredFit;
using onnx::NodeOp;
using onnx_to_mix::ConstantProduct;
using onnx_to_mix::Structure;

namespace {

constexpr llvm::StringLiteral passName = "projections-to-circular";

/// What the matrices are to become.
struct Wanted {
  mix::ProjectionKind kind;
  SmallVector<int64_t> extents; // of the grid or the block; empty: whatever fits

  /// 1d, 2d, 2d:11x11, block:4.
  static std::optional<Wanted> parse(StringRef text) {
    auto [word, rest] = text.split(':');
    bool hasRest = text.contains(':');
    if (word == "1d" && !hasRest)
      return Wanted{mix::ProjectionKind::Circular1D, {}};
    if (word == "2d" && !hasRest)
      return Wanted{mix::ProjectionKind::Circular2D, {}};
    auto [first, second] = rest.split('x');
    int64_t a, b;
    if (word == "2d" && llvm::to_integer(first, a, 10) && llvm::to_integer(second, b, 10) && a > 0 && b > 0)
      return Wanted{mix::ProjectionKind::Circular2D, {a, b}};
    if (word == "block" && llvm::to_integer(rest, a, 10) && a > 1)
      return Wanted{mix::ProjectionKind::BlockCirculant, {a}};
    return std::nullopt;
  }
};

/// A grid for a matrix of so many rows and columns, or why there is none.
std::optional<kernels::Extents> gridFor(const Wanted &wanted, int64_t rows, int64_t columns, std::string &reason) {
  std::string size = llvm::formatv("its matrix is {0} x {1}", rows, columns);
  if (wanted.kind == mix::ProjectionKind::BlockCirculant) {
    int64_t block = wanted.extents[0];
    if (rows % block == 0 && columns % block == 0)
      return kernels::Extents{block};
    reason = llvm::formatv("{0}, which blocks of {1} do not fill", size, block);
    return std::nullopt;
  }
  if (rows % columns != 0) {
    reason = size + ", neither square nor several squares below one another";
    return std::nullopt;
  }
  if (wanted.kind == mix::ProjectionKind::Circular1D)
    return kernels::Extents{columns};
  if (!wanted.extents.empty()) {
    if (wanted.extents[0] * wanted.extents[1] == columns)
      return kernels::Extents{wanted.extents[0], wanted.extents[1]};
    reason = llvm::formatv("a token has {0} features, and the grid is {1} x {2}", columns, wanted.extents[0],
                           wanted.extents[1]);
    return std::nullopt;
  }
  // The grid nearest to a square.
  for (int64_t side = static_cast<int64_t>(std::sqrt(static_cast<double>(columns))); side > 1; --side)
    if (columns % side == 0)
      return kernels::Extents{side, columns / side};
  reason = llvm::formatv("a token has {0} features, which no grid of two axes has", columns);
  return std::nullopt;
}

/// 0.9961, 7.9e-06.
std::string errorText(double error) {
  constexpr double small = 1e-3;
  return (error == 0 || error >= small ? llvm::formatv("{0:f4}", error) : llvm::formatv("{0:e1}", error)).str();
}

struct ProjectionsToCircular : fourmix::impl::ProjectionsToCircularBase<ProjectionsToCircular> {
  using ProjectionsToCircularBase::ProjectionsToCircularBase;

  void runOnOperation() override {
    std::optional<Wanted> wanted = Wanted::parse(kind);
    if (!wanted)
      return reject("kind: expected 1d, 2d, 2d:K1xK2 or block:B, but found '" + kind + "'");
    if (where != "attention" && where != "all")
      return reject("where: expected attention or all, but found '" + where + "'");
    if (!(maxError >= 0) || !std::isfinite(maxError))
      return reject("max-error: expected a number of at least 0, but found " +
                    llvm::formatv("{0}", double(maxError)).str());
    if (!calibration.empty()) {
      llvm::Expected<CalibrationFile> read = CalibrationFile::read(calibration);
      if (!read)
        return reject(llvm::toString(read.takeError()));
      statistics = std::move(*read);
    }
    for (auto [op, layer] : findProjections(getOperation(), where == "all")) {
      auto node = dyn_cast<NodeOp>(op);
      if (!node) // It is of the kind that is asked for, or of another one that is as good.
        remarkSkipped({passName, op, layer}, "mix.projection", "it is circular already");
      else if (failed(rewriteProjection(node, layer, *wanted)))
        return signalPassFailure();
    }
  }

private:
  void reject(const Twine &message) {
    getOperation().emitError() << "--" << passName << ": " << message;
    signalPassFailure();
  }

  LogicalResult rewriteProjection(NodeOp node, std::optional<int64_t> layer, const Wanted &wanted) {
    Subject subject{passName, node, layer};
    auto skip = [&](const Twine &reason, ArrayRef<Fact> facts = {}) {
      remarkSkipped(subject, node.getOpType(), reason, facts);
      return success();
    };
    std::optional<ConstantProduct> product = onnx_to_mix::readConstantProduct(node);
    if (!product)
      return skip("it is no product of tokens with one constant matrix");
    kernels::MatrixView matrix = product->view();
    std::string reason;
    std::optional<kernels::Extents> grid = gridFor(wanted, matrix.rows, matrix.columns, reason);
    if (!grid)
      return skip(reason);
    FailureOr<Statistics> data = statisticsOf(*product);
    if (failed(data))
      return failure();
    // What is circular by its numbers needs no data.
    constexpr double exact = 1e-5;
    StructuredFit fit = kernels::fitCirculantBlocks(matrix, *grid);
    bool isAware = !data->covariance.empty() && !(fit.error <= exact);
    if (isAware)
      fit = kernels::fitCirculantBlocks(matrix, *grid, &data->covariance);
    std::vector<double> shift;
    if (isAware)
      shift = shiftOfMean(*product, *grid, fit.weights, data->mean);
    Structure structure = structureOf(wanted.kind, *grid, matrix, std::move(fit.weights));
    std::string name = describeKind(wanted.kind, *grid);
    int64_t before = matrix.rows * matrix.columns, after = structure.kernels.size();
    SmallVector<Fact> facts{{"error", fit.error},
                            {"maxError", double(maxError)},
                            {"kind", StringRef(name)},
                            {"parametersBefore", before},
                            {"parametersAfter", after}};
    std::string distance = llvm::formatv(
        "its matrix of {0} x {1} is {2} away from the nearest one of {3}, relative to its {4}", matrix.rows,
        matrix.columns, errorText(fit.error), name, isAware ? "outputs on the data" : "norm");
    if (!(fit.error <= maxError)) { // a matrix with NaN in it, too
      if (!isAware)
        distance += llvm::formatv(" (numbers without any structure: {0:f4})", kernels::distanceOfNoise(*grid));
      return skip(distance + ", more than max-error " + errorText(maxError), facts);
    }
    addToBias(*product, shift);
    Operation *now = replace(*product, structure);
    remarkRewritten(
        {passName, now, layer}, "dense", name,
        llvm::formatv("{0}; it became circular: {1} parameters now, {2} before", distance, after, before).str(), facts);
    return success();
  }

  /// What the calibration file says of the product's inputs; empty without a file.
  struct Statistics {
    std::vector<double> covariance, mean;
  };

  /// Failure after an error.
  FailureOr<Statistics> statisticsOf(const ConstantProduct &product) {
    Statistics found;
    if (calibration.empty() || statisticsKey(product.data, "covariance").empty())
      return found;
    int64_t k = product.columns;
    auto read = [&](StringRef what, ArrayRef<int64_t> shape, std::vector<double> &values) {
      std::string key = statisticsKey(product.data, what);
      const HostTensor *array = statistics.find(key);
      if (!array || array->shape != shape) {
        getOperation().emitError() << "--" << passName << ": '" << calibration << "': expected an array '" << key
                                   << "' of " << typeText(FOURMIX_FLOAT64, shape) << " for " << describe(product.data)
                                   << ", but found " << (array ? array->typeText() : "none");
        return failure();
      }
      values.resize(array->size());
      for (auto [i, value] : llvm::enumerate(values))
        value = array->real(i);
      return success();
    };
    if (failed(read("covariance", {k, k}, found.covariance)) ||
        (statistics.find(statisticsKey(product.data, "mean")) && failed(read("mean", {k}, found.mean))))
      return failure();
    return found;
  }

  /// By how much the mean output changes, (W - C) mean; empty where no mean is known or the result has no one bias.
  static std::vector<double> shiftOfMean(const ConstantProduct &product, const kernels::Extents &grid,
                                         const std::vector<double> &weights, const std::vector<double> &mean) {
    bool hasBias =
        product.bias && !isa_and_nonnull<DenseElementsAttr, DenseResourceElementsAttr>(matchConstant(product.bias));
    if (mean.empty() || hasBias || product.rows.size() != 1 || !llvm::is_sorted(product.resultOrder))
      return {};
    kernels::MatrixView matrix = product.view();
    std::vector<double> shift = kernels::multiplyCirculantBlocks(weights, grid, matrix.rows, mean);
    for (int64_t row = 0; row < matrix.rows; ++row) {
      shift[row] = -shift[row];
      for (int64_t column = 0; column < matrix.columns; ++column)
        shift[row] += matrix.at(row, column) * mean[column];
    }
    return shift;
  }

  static void addToBias(ConstantProduct &product, std::vector<double> shift) {
    if (shift.empty())
      return;
    if (product.bias) {
      std::optional<std::vector<double>> bias = readDoubles(matchConstant(product.bias));
      if (!bias || bias->empty() || shift.size() % bias->size() != 0)
        return;
      for (auto [i, value] : llvm::enumerate(shift))
        value += (*bias)[i % bias->size()];
    }
    auto type =
        RankedTensorType::get({static_cast<int64_t>(shift.size())}, getElementTypeOrSelf(product.data.getType()));
    OpBuilder builder(product.node);
    product.bias = onnx::ConstantOp::create(builder, product.node.getLoc(), makeConstant(type, shift, "bias"),
                                            /*name=*/StringAttr());
  }

  static std::string describeKind(mix::ProjectionKind kind, const kernels::Extents &grid) {
    std::string extents = std::to_string(grid[0]) + (grid.size() > 1 ? " x " + std::to_string(grid[1]) : "");
    return (stringifyProjectionKind(kind) +
            (kind == mix::ProjectionKind::BlockCirculant ? " with blocks of " : " over ") + extents)
        .str();
  }

  static Structure structureOf(mix::ProjectionKind kind, const kernels::Extents &grid,
                               const kernels::MatrixView &matrix, std::vector<double> weights) {
    int64_t block = kernels::countPositions(grid);
    Structure structure{kind, SmallVector<int64_t>(grid.begin(), grid.end()), 1, false, {}, std::move(weights)};
    if (kind == mix::ProjectionKind::BlockCirculant) {
      structure.shape = {matrix.rows / block, matrix.columns / block, block};
      return structure;
    }
    structure.heads = matrix.rows / block;
    structure.shape = {structure.heads};
    structure.shape.append(grid.begin(), grid.end());
    return structure;
  }

  /// The new projection. What computes the end of a sublayer keeps the layer's number.
  static Operation *replace(const ConstantProduct &product, const Structure &structure) {
    NodeOp node = product.node;
    Attribute number = node->getAttr(layerAttrName);
    // Reshapes behind the product may go with it; another user stays and sees the new result.
    auto users = node->getResult(0).getUses();
    auto stays = llvm::find_if(users, [](OpOperand &use) {
      auto user = dyn_cast<NodeOp>(use.getOwner());
      return !user || !onnx_to_mix::isReshapeNode(user);
    });
    Operation *user = stays == users.end() ? nullptr : stays->getOwner();
    unsigned index = user ? stays->getOperandNumber() : 0;
    mix::ProjectionOp projection = onnx_to_mix::replaceProduct(product, structure);
    if (number)
      (user ? user->getOperand(index).getDefiningOp() : projection.getOperation())->setAttr(layerAttrName, number);
    return projection;
  }

  CalibrationFile statistics;
};
} // namespace
