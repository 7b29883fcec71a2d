// Which dimension of an attention is batch, head, query; where its operands are read; what nodes that needs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONLAYOUT_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONLAYOUT_H

#include "AttentionForm.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"

namespace fourmix::onnx_to_mix {

/// The nodes that give a tensor other axes: Reshape, Transpose, Reshape, Expand, Reshape, as far as they are needed.
class Rearrangement {
public:
  /// nullopt where `from` has a dimension that `to` does not have. Dimensions that `from` lacks are broadcast. Both are
  /// resolved.
  static std::optional<Rearrangement> plan(const DimTable &dims, llvm::ArrayRef<int64_t> shape, const Axes &from,
                                           const Axes &to);
  unsigned cost() const { return steps.size(); }
  mlir::Value emit(onnx::NodeBuilder &nodes, mlir::Value value) const;

private:
  struct Step {
    enum Kind { Reshape, Transpose, Expand } kind;
    llvm::SmallVector<int64_t> numbers;
  };
  llvm::SmallVector<Step, 2> steps;
};

/// The dimensions by what they mean, outermost first.
struct Roles {
  DimList batch, heads, queries, keys, size, valueSize;
  /// So many heads, from the innermost dimension on, share keys and values: that many last dimensions of `heads`.
  size_t groupDims = 0;

  DimList kvHeads() const { return DimList(llvm::ArrayRef(heads).drop_back(groupDims)); }
  /// [batch, sequence, heads * size] or [batch, heads, sequence, size].
  static Axes layout(const DimList &batch, const DimList &heads, const DimList &sequence, const DimList &size,
                     bool isFlat);
};

/// A tensor to be read or written in one of the two layouts.
struct Place {
  size_t index;     // in its chain of sources or results
  bool isFlat;      // rank 3
  Rearrangement by; // nodes between
};

struct AttentionLayout {
  Roles roles;
  Place query, key, value, result;
};

/// The assignment of roles, and the places of all operands and of the result, that leave the fewest nodes in the graph.
/// With `fixed` roles are known already; more heads than those of `fixed` may turn out to share keys and values, if
/// `mayGroup`.
std::optional<AttentionLayout> chooseLayout(AttentionForm &form);
std::optional<AttentionLayout> chooseLayout(AttentionForm &form, const Roles &fixed, bool mayGroup);

/// The same roles after dimensions have been split.
Roles resolve(const Roles &roles, const DimTable &dims);

/// What `value` is a view of, nearest first; with `scales` also through multiplications with one number.
llvm::SmallVector<Source, 0> collectSources(DimTable &dims, mlir::Value value, const Axes &axes, bool scales);
/// What only views make of `value`, nearest first.
llvm::SmallVector<View, 0> collectResults(DimTable &dims, mlir::Value value, const Axes &axes);

/// The axes of a mask: [batch, heads, queries, keys], each of them whole or 1.
Axes maskAxes(const Roles &roles, const Axes &own);
/// True if a mask with `own` axes and `shape` broadcasts to the scores as it stands.
bool broadcastsAsMask(const Roles &roles, const Axes &own, llvm::ArrayRef<int64_t> shape);

/// The elements of a constant, rearranged as a Rearrangement would.
template <typename T>
std::vector<T> rearrange(const DimTable &dims, llvm::ArrayRef<T> elements, const Axes &from, const Axes &to) {
  DimList source = flatten(from), target = flatten(to);
  llvm::DenseMap<Dim, int64_t> strides;
  int64_t stride = 1;
  for (Dim dim : llvm::reverse(source)) {
    strides[dim] = stride;
    stride *= dims.extent(dim);
  }
  std::vector<T> result(dims.product(target));
  for (auto [i, element] : llvm::enumerate(result)) {
    int64_t rest = i, offset = 0;
    for (Dim dim : llvm::reverse(target)) {
      offset += rest % dims.extent(dim) * strides.lookup(dim);
      rest /= dims.extent(dim);
    }
    element = elements[offset];
  }
  return result;
}

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONLAYOUT_H
