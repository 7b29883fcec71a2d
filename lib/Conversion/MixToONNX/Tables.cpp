// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Tables.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

Table::Table(int64_t rows, int64_t columns, llvm::function_ref<int64_t(int64_t, int64_t)> weight)
    : rows(rows), columns(columns) {
  weights.reserve(rows * columns);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      weights.push_back(weight(row, column));
}

Value mix_to_onnx::asMatrices(Emitter &nodes, Value weights, Table table) {
  if (!weights)
    return {};
  SmallVector<int64_t> shape(shapeOf(weights));
  int64_t last = shape.size() - 1, count = shape.back();
  if (llvm::is_contained(table.weights, -1)) {
    shape.back() = 1;
    auto type = RankedTensorType::get(shape, cast<RankedTensorType>(weights.getType()).getElementType());
    Value zero = nodes.constant(makeConstant(type, std::vector<double>(type.getNumElements(), 0.0), "zero"));
    weights = nodes.create("Concat", {weights, zero}, nodes.attr("axis", last));
    for (int64_t &weight : table.weights)
      weight = weight < 0 ? count : weight;
  }
  auto type = RankedTensorType::get({table.rows, table.columns}, nodes.builder.getI64Type());
  const char *raw = reinterpret_cast<const char *>(table.weights.data());
  ArrayRef<char> bytes(raw, table.weights.size() * sizeof(int64_t));
  // Layers of one shape share the table.
  std::string key = llvm::formatv("table {0} {1} ", table.rows, table.columns).str();
  key.append(bytes.begin(), bytes.end());
  Value constant = nodes.sharedConstant(key, [&] { return makeConstant(type, bytes, "indices"); });
  return nodes.create("Gather", {weights, constant}, nodes.attr("axis", last));
}

static int64_t wrap(int64_t value, int64_t modulus) { return ((value % modulus) + modulus) % modulus; }

int64_t mix_to_onnx::tapAt(int64_t to, int64_t from, int64_t extent, int64_t taps, int64_t origin,
                           mix::Orientation orientation) {
  int64_t difference = orientation == mix::Orientation::Correlation ? from - to : to - from;
  int64_t tap = wrap(difference + origin, extent);
  return tap < taps ? tap : -1;
}
