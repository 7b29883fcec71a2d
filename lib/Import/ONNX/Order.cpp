// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <functional>
#include <queue>

using namespace mlir;

namespace fourmix::importer {

/// Calls `use` with every name that the graph takes from around it.
static void forEachFreeName(const pb::GraphProto &graph, llvm::function_ref<void(StringRef)> use);

/// Calls `use` with every name that the node reads: its inputs, and what its subgraphs take from around them.
static void forEachUse(const pb::NodeProto &node, llvm::function_ref<void(StringRef)> use) {
  for (const std::string &name : node.input())
    if (!name.empty())
      use(name);
  for (const pb::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      forEachFreeName(attribute.g(), use);
    for (const pb::GraphProto &graph : attribute.graphs())
      forEachFreeName(graph, use);
  }
}

static void forEachFreeName(const pb::GraphProto &graph, llvm::function_ref<void(StringRef)> use) {
  llvm::StringSet<> own;
  for (const pb::ValueInfoProto &input : graph.input())
    own.insert(input.name());
  for (const pb::TensorProto &initializer : graph.initializer())
    own.insert(initializer.name());
  for (const pb::SparseTensorProto &initializer : graph.sparse_initializer())
    own.insert(initializer.values().name());
  for (const pb::NodeProto &node : graph.node())
    for (const std::string &name : node.output())
      own.insert(name);
  auto useFree = [&](StringRef name) {
    if (!own.contains(name))
      use(name);
  };
  for (const pb::NodeProto &node : graph.node())
    forEachUse(node, useFree);
  for (const pb::ValueInfoProto &output : graph.output())
    useFree(output.name());
}

/// A node as messages name it where there are several: `"fc1" (MatMul)`, or `#7 (MatMul)` where it has no name.
static std::string shortName(const Nodes &nodes, int i) {
  const pb::NodeProto &node = nodes.Get(i);
  std::string name = node.name().empty() ? "#" + std::to_string(i) : '"' + node.name() + '"';
  return name + " (" + node.op_type() + ")";
}

/// Some cycle among the nodes that could not be ordered: follow what each one waits for until one comes again.
static std::string describeCycle(const Nodes &nodes, const std::vector<SmallVector<int>> &needs,
                                 const std::vector<int> &waiting) {
  int at = 0;
  while (!waiting[at])
    ++at;
  SmallVector<int> path;
  while (!llvm::is_contained(path, at)) {
    path.push_back(at);
    at = *llvm::find_if(needs[at], [&](int need) { return waiting[need] > 0; });
  }
  // Each node of `cycle` waits for the next one, so the values flow backwards through it.
  ArrayRef<int> cycle = ArrayRef(path).drop_front(llvm::find(path, at) - path.begin());
  std::string text = shortName(nodes, at);
  constexpr size_t shown = 8;
  for (size_t i = cycle.size(); i-- > 1;) {
    if (cycle.size() - i == shown) {
      text += " -> ...";
      break;
    }
    text += " -> " + shortName(nodes, cycle[i]);
  }
  return text + " -> " + shortName(nodes, at);
}

FailureOr<SmallVector<int>> Importer::orderNodes(const Nodes &nodes, const Scope &scope) {
  int count = nodes.size();
  llvm::StringMap<int> definer;
  for (int i = 0; i < count; ++i) {
    for (const std::string &name : nodes.Get(i).output()) {
      if (name.empty())
        continue;
      if (scope.values.contains(name))
        return whereNode(nodes.Get(i), scope).error()
               << "value \"" << name << "\" is defined twice: by this node and as an input or initializer of the graph";
      auto [other, isNew] = definer.try_emplace(name, i);
      if (!isNew)
        return whereNode(nodes.Get(i), scope).error() << "value \"" << name << "\" is defined twice: by this node and "
                                                      << "by node " << shortName(nodes, other->second);
    }
  }

  std::vector<SmallVector<int>> needs(count), neededBy(count);
  std::vector<int> waiting(count, 0);
  for (int i = 0; i < count; ++i) {
    forEachUse(nodes.Get(i), [&](StringRef name) {
      if (auto known = definer.find(name); known != definer.end())
        needs[i].push_back(known->second);
    });
    llvm::sort(needs[i]);
    needs[i].erase(llvm::unique(needs[i]), needs[i].end());
    waiting[i] = needs[i].size();
    for (int need : needs[i])
      neededBy[need].push_back(i);
  }

  // Of the nodes that are ready always the first in the file: what is in order stays as it is.
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < count; ++i)
    if (!waiting[i])
      ready.push(i);
  SmallVector<int> order;
  while (!ready.empty()) {
    int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (int user : neededBy[next])
      if (--waiting[user] == 0)
        ready.push(user);
  }
  if (static_cast<int>(order.size()) != count)
    return emitError(fileLoc) << "expected a graph without cycles, found " << describeCycle(nodes, needs, waiting);
  return order;
}

} // namespace fourmix::importer
