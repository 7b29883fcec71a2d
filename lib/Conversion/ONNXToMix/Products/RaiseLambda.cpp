// Lambda layers, however they are spelled, become mix.lambda.
//
// A value's normal form is a sum of products (ProductForm.h): content, queries * softmax(keys) * values, and position,
// queries * table * values. Which dim stands in which factor says what it is (MatchLambda.cpp); neither names nor the
// order of nodes matter. A table is searched for the relative table it was gathered from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchLambda.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// A node that can be the last of a layer: it multiplies or adds.
bool canEndLayer(NodeOp node) {
  return node->getNumResults() == 1 && staticShape(node.getResult(0)) &&
         (node.is("Einsum") || node.is("MatMul") || node.is("Gemm") || node.is("ReduceSum") || node.is("Add") ||
          node.is("Sub") || node.is("Sum"));
}

/// True if all products of the layer are computed for it alone.
bool freesProducts(NodeOp root, const LambdaMatch &match) {
  return llvm::all_of(match.nodes, [&](Operation *op) {
    return op == root || llvm::all_of(op->getUsers(), [&](Operation *user) {
             auto node = cast<NodeOp>(op);
             bool isView = !canEndLayer(node) && !node.is("Conv") && !node.is("Mul");
             return isView || match.nodes.contains(user);
           });
  });
}

class Commit {
public:
  Commit(NodeOp root, const LambdaMatch &match, const DimTable &dims)
      : root(root), match(match), dims(dims), builder(root), nodes(builder, root.getLoc(), root.getVersion()) {}

  /// Replaces the value; null, and nothing changed, if a constant's bytes are not present.
  Operation *run() {
    Value position, bias;
    DimList kernelOrder = joined({match.key, match.depth, match.taps});
    DimList tableOrder = joined({match.queryPositions, match.contextPositions, match.key, match.depth});
    if (!match.kernel.empty())
      position = constant(match.kernel, match.positionScale, kernelShape(), "lambda_kernel");
    else if (match.position && !match.grid.empty())
      position = rearranged(*match.position, kernelOrder, match.positionScale, kernelShape(), "lambda_kernel");
    else if (match.position)
      position = rearranged(*match.position, tableOrder, match.positionScale,
                            extentsOf(dims, {match.queryPositions, match.contextPositions, match.key, match.depth}),
                            "lambda_table");
    if (match.bias)
      bias = rearranged(*match.bias, match.key, match.biasScale, extentsOf(dims, {match.key}), "lambda_bias");
    if ((match.position && !position) || (match.bias && !bias))
      return nullptr;
    Value queries = placed(match.queries, {match.batch, match.heads, match.key, match.queryPositions});
    Value values = placed(match.values, {match.batch, match.depth, match.value, match.contextPositions});
    Value keys =
        match.keys ? placed(*match.keys, {match.batch, match.depth, match.key, match.contextPositions}) : Value();
    bool isKernel = !match.grid.empty();
    auto layer = mix::LambdaOp::create(builder, root.getLoc(), queries, values, keys, isKernel ? Value() : position,
                                       isKernel ? position : Value(), bias, match.grid);
    remark::passed(root.getLoc(), remark::RemarkOpts::name("lambda-layer").category("onnx-to-mix"))
        << (describe(root) + " and what feeds it, " + std::to_string(match.nodes.size()) +
            " nodes, raised to mix.lambda: " + summary(layer));
    Value result = layer.getOutput();
    if (match.scale != 1)
      result = nodes.create("Mul", {result, nodes.number(match.scale, getElementTypeOrSelf(result))});
    Axes axes = {match.batch, match.heads, match.value, match.queryPositions};
    result = arrange(nodes, result, axes, match.layout, dims);
    Value old = root.getResult(0);
    onnx::passNameOn(old, result);
    old.replaceAllUsesWith(result);
    eraseDead(root);
    return layer;
  }

private:
  static DimList joined(ArrayRef<DimList> parts) { return flatten(parts); }

  SmallVector<int64_t> kernelShape() {
    SmallVector<int64_t> shape = extentsOf(dims, {match.key, match.depth});
    for (auto [i, extent] : llvm::enumerate(match.grid))
      shape.push_back(match.taps.empty() ? 2 * extent - 1 : dims.extent(match.taps[i]));
    return shape;
  }

  Value placed(const ProductFactor &factor, ArrayRef<DimList> groups) {
    return arrange(nodes, factor.value, factor.axes, groups, dims);
  }

  Value constant(std::vector<double> numbers, double scale, ArrayRef<int64_t> shape, StringRef hint) {
    for (double &number : numbers)
      number *= scale;
    auto type = RankedTensorType::get(shape, getElementTypeOrSelf(root.getResult(0)));
    return nodes.constant(makeConstant(type, numbers, hint));
  }

  /// The constant itself where it is as it should be.
  Value rearranged(const ProductFactor &factor, ArrayRef<Dim> order, double scale, ArrayRef<int64_t> shape,
                   StringRef hint) {
    if (matchConstant(factor.value) == factor.constant && flatten(factor.axes) == order && scale == 1 &&
        *staticShape(factor.value) == shape)
      return factor.value;
    std::optional<std::vector<double>> numbers = readArranged(factor, order, dims);
    return numbers ? constant(std::move(*numbers), scale, shape, hint) : Value();
  }

  static std::string summary(mix::LambdaOp layer) {
    mix::LambdaOp::Sizes sizes = layer.getSizes();
    std::string text = llvm::formatv("{0} heads, depth {1}", sizes.heads, sizes.depth).str();
    if (layer.getKeys())
      text += ", content";
    if (layer.getTable())
      text += ", position by a table";
    if (!layer.getKernel())
      return text;
    text += ", position by a kernel of ";
    llvm::raw_string_ostream stream(text);
    llvm::interleave(layer.getKernelExtents(), stream, " x ");
    stream << " over ";
    llvm::interleave(layer.getGrid(), stream, " x ");
    return text;
  }

  NodeOp root;
  const LambdaMatch &match;
  const DimTable &dims;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
};

void missed(const LambdaMatch &match, NodeOp root) {
  NodeOp node = match.node ? match.node : root;
  remark::missed(node.getLoc(), remark::RemarkOpts::name("lambda-layer").category("onnx-to-mix"))
      << (describe(root) + " is not raised to mix.lambda: " + (node == root ? "" : "at " + describe(node) + ", ") +
          match.reason);
}

void raiseBlock(Block &block) {
  // Latest first: the sum of content and position, not one of them.
  llvm::SmallPtrSet<Operation *, 16> spoken;
  for (Operation *op = block.empty() ? nullptr : &block.back(); op;) {
    auto root = dyn_cast<NodeOp>(op);
    op = op->getPrevNode();
    if (!root || !canEndLayer(root) || spoken.contains(root))
      continue;
    DimTable dims;
    LambdaMatch match = matchLambda(root.getResult(0), dims);
    if (match.degree == LambdaMatch::Layer && !freesProducts(root, match)) {
      match.degree = LambdaMatch::Near;
      match.reason = "its products are also used by other nodes";
    }
    if (match.degree == LambdaMatch::Layer) {
      if (Operation *layer = Commit(root, match, dims).run())
        op = layer->getPrevNode();
    } else if (match.degree == LambdaMatch::Near) {
      missed(match, root);
      spoken.insert(match.nodes.begin(), match.nodes.end());
    }
  }
}
} // namespace

void onnx_to_mix::raiseLambda(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) { blocks.push_back(block); });
  for (Block *block : blocks)
    raiseBlock(*block);
}
