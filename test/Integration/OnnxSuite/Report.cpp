// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Suite.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include <array>
#include <map>
#include <numeric>
#include <set>

using namespace llvm;

namespace fourmix::suite {
namespace {

using Counts = std::array<int, numOutcomes>;

std::map<std::string, Counts> countByFamily(ArrayRef<Result> results) {
  std::map<std::string, Counts> counts;
  for (const Result &result : results) {
    ++counts[result.family][size_t(result.outcome)];
    ++counts["~ all"][size_t(result.outcome)]; // sorts behind the families
  }
  return counts;
}

int sum(const Counts &counts) { return std::accumulate(counts.begin(), counts.end(), 0); }

/// One line, without what would break a table.
std::string oneLine(StringRef text) {
  std::string line;
  for (char c : text)
    line += c == '\n' ? ' ' : c == '|' ? '/' : c;
  constexpr size_t longest = 200;
  return line.size() > longest ? line.substr(0, longest) + " …" : line;
}

} // namespace

void printTable(ArrayRef<Result> results, raw_ostream &os) {
  os << "| family | tests | ";
  for (const char *outcome : outcomes)
    os << outcome << " | ";
  os << "\n|---|";
  for (size_t i = 0; i <= numOutcomes; ++i)
    os << "--:|";
  os << '\n';
  for (auto &[family, counts] : countByFamily(results)) {
    os << "| " << (StringRef(family).starts_with("~") ? "**all**" : family) << " | " << sum(counts) << " | ";
    for (int count : counts)
      os << count << " | ";
    os << '\n';
  }
}

void writeReport(ArrayRef<Result> results, raw_ostream &os) {
  os << "# What of ONNX compiles and computes what it should\n\n"
        "Written by `make test-onnx`: every model of Debian's libonnx-testdata goes through the compiler, runs, and "
        "is\n"
        "compared with the stored outputs (|y - ref| <= 1e-7 + 1e-3 |ref|, integers and booleans equal). What is "
        "listed\n"
        "here as passing has passed.\n\n";
  printTable(results, os);
  os << "\n*With inputs bound*: shapes are static here, so an input whose value decides about a shape (the new shape "
        "of\n"
        "a `Reshape`, the `k` of a `TopK`) has to be known to the compiler: `--bind NAME=@x.npy`. These tests pass "
        "with\n"
        "exactly the inputs bound that the compiler's errors ask for. ";
  os << llvm::count_if(results, [](const Result &r) { return r.outcome == Outcome::PassBound && r.noInputLeft; })
     << " of them have no other input: they test the evaluation of constants alone.\n\n## Operators\n\n"
        "Tests in which the operator occurs, of all families.\n\n| operator | pass | with inputs bound | of "
        "|\n|---|--:|--:|--:|\n";
  std::map<std::string, std::array<int, 3>> operators;
  for (const Result &result : results)
    for (const std::string &name : result.operators) {
      auto &[pass, bound, all] = operators[name];
      pass += result.outcome == Outcome::Pass;
      bound += result.outcome == Outcome::PassBound;
      ++all;
    }
  for (auto &[name, counts] : operators)
    if (counts[0] + counts[1])
      os << "| " << name << " | " << counts[0] << " | " << counts[1] << " | " << counts[2] << " |\n";
  os << "\n## Tests that do not pass\n\n| test | | |\n|---|---|---|\n";
  for (const Result &result : results)
    if (!result.passes())
      os << "| " << result.family << '/' << result.name << " | " << outcomes[size_t(result.outcome)] << " | "
         << oneLine(result.reason) << " |\n";
}

} // namespace fourmix::suite
