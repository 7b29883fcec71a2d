// RNN, GRU, LSTM.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// X [steps, batch, inputs], W [directions, gates * hidden, inputs], R [.., gates * hidden, hidden], B [.., 2 * gates *
/// hidden], lengths [batch], initial states [directions, batch, hidden], peepholes [.., 3 * hidden]; with layout 1 the
/// batch comes first.
template <int64_t gates>
LogicalResult inferRecurrent(Inference &op) {
  if (failed(op.expectRank(0, 3)) || failed(op.expectRank(1, 3)) || failed(op.expectRank(2, 3)))
    return failure();
  bool batchFirst = op.node.getInt("layout", 0);
  ArrayRef<int64_t> x = op.shape(0);
  int64_t steps = x[batchFirst], batch = x[!batchFirst], hidden = op.shape(2)[2];
  StringRef direction = op.node.getString("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return op.error() << "expected direction forward, reverse or bidirectional, found \"" << direction << '"';
  int64_t directions = direction == "bidirectional" ? 2 : 1;
  if (int64_t size = op.node.getInt("hidden_size", hidden); size != hidden)
    return op.error() << "expected hidden_size " << hidden << " (the recurrent weights'), found " << size;
  Shape states = batchFirst ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  Shape wanted[] = {Shape(x),
                    {directions, gates * hidden, x[2]},
                    {directions, gates * hidden, hidden},
                    {directions, 2 * gates * hidden},
                    {batch},
                    states,
                    states,
                    {directions, 3 * hidden}};
  constexpr const char *names[] = {"X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"};
  for (unsigned i = 1; i < std::min<unsigned>(op.inputs(), gates == 4 ? 8 : 6); ++i)
    if (op.has(i) && op.shape(i) != ArrayRef<int64_t>(wanted[i]))
      return op.error() << "expected shape " << formatShape(wanted[i]) << " for input " << i << " (" << names[i]
                        << "), found " << op.type(i);
  Shape all = batchFirst ? Shape{batch, steps, directions, hidden} : Shape{steps, directions, batch, hidden};
  if (failed(op.result(0, all, op.element(0))))
    return failure();
  for (unsigned i = 1; i < (gates == 4 ? 3 : 2); ++i)
    if (failed(op.result(i, states, op.element(0))))
      return failure();
  return success();
}

} // namespace

void addRecurrentRows(OpTable &table) {
  table.add({"RNN", 7, 3, inferRecurrent<1>});
  table.add({"GRU", 7, 3, inferRecurrent<3>});
  table.add({"LSTM", 7, 3, inferRecurrent<4>});
}

} // namespace fourmix::onnx
