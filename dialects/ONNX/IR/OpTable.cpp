// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/OpTable.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "llvm/ADT/MapVector.h"
#include <tuple>

using namespace mlir;
using namespace fourmix::onnx;

static std::string key(StringRef domain, StringRef op) { return (domain + ":" + op).str(); }

void OpTable::add(OpRow row) {
  std::vector<OpRow> &versions = rows[key(row.domain, row.op)];
  auto at = llvm::lower_bound(versions, row.since, [](const OpRow &r, int64_t since) { return r.since < since; });
  versions.insert(at, std::move(row));
}

const OpRow *OpTable::lookup(StringRef domain, StringRef op, int64_t version) const {
  auto found = rows.find(key(domain == "ai.onnx" ? StringRef() : domain, op));
  if (found == rows.end())
    return nullptr;
  const OpRow *best = nullptr;
  for (const OpRow &row : found->second)
    if (row.since <= version)
      best = &row;
  return best;
}

const OpRow *OpTable::lookup(NodeOp node) const {
  return lookup(node.getDomain(), node.getOpType(), node.getVersion());
}

void fourmix::onnx::reportUnsupported(Operation *root, ArrayRef<NodeOp> nodes) {
  if (nodes.empty())
    return;
  using Key = std::tuple<StringRef, StringRef, int64_t>;
  llvm::MapVector<Key, SmallVector<NodeOp>, std::map<Key, unsigned>> kinds;
  for (NodeOp node : nodes)
    kinds[Key(node.getOpType(), node.getDomain(), node.getVersion())].push_back(node);
  constexpr size_t namesShown = 3;
  InFlightDiagnostic error = root->emitError();
  error << kinds.size() << (kinds.size() == 1 ? " operator is" : " operators are") << " not supported: ";
  bool first = true;
  for (auto &[kind, users] : kinds) {
    auto &[op, domain, version] = kind;
    error << (first ? "" : ", ") << op << " (" << (domain.empty() ? "ai.onnx" : domain) << ' ' << version << ", "
          << users.size() << (users.size() == 1 ? " node" : " nodes");
    first = false;
    const char *separator = ": ";
    for (NodeOp user : ArrayRef(users).take_front(namesShown)) {
      error << separator << '"' << user.getName().value_or("") << '"';
      separator = ", ";
    }
    if (users.size() > namesShown)
      error << ", ...";
    error << ')';
  }
}
