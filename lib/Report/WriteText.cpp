// The report for terminals: tables of text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Format.h"
#include "llvm/Support/Unicode.h"

namespace fourmix::report {
namespace {

using Row = std::vector<std::string>;

int width(llvm::StringRef text) {
  int columns = llvm::sys::unicode::columnWidthUTF8(text);
  return columns < 0 ? static_cast<int>(text.size()) : columns;
}

/// Columns as wide as their widest cell; the first row is the heading. Columns of figures stand to the right.
void writeTable(llvm::raw_ostream &os, const std::vector<Row> &rows, size_t firstFigure) {
  std::vector<int> widths(rows.front().size());
  for (const Row &row : rows)
    for (auto [i, cell] : llvm::enumerate(row))
      widths[i] = std::max(widths[i], width(cell));
  for (auto [r, row] : llvm::enumerate(rows)) {
    std::string line = " ";
    for (auto [i, cell] : llvm::enumerate(row)) {
      std::string fill(widths[i] - width(cell), ' ');
      line += " " + (i < firstFigure ? cell + fill : fill + cell) + " ";
    }
    os << llvm::StringRef(line).rtrim() << '\n';
    if (r == 0) {
      int total = 0;
      for (int columns : widths)
        total += columns + 2;
      os << "  " << std::string(total - 2, '-') << '\n';
    }
  }
}

std::string arrow(const std::string &before, const std::string &after) {
  return before == after ? before : before + " -> " + after;
}

std::string changeText(const Report &report, const Layer &layer, double (*figure)(const Work &)) {
  const Side *side = now(report, layer);
  double before = layer.before ? figure(layer.before->work) : 0, after = side ? figure(side->work) : 0;
  return arrow(shortNumber(before), shortNumber(after));
}

void writeMovements(llvm::raw_ostream &os, llvm::ArrayRef<NamedMovement> movements) {
  std::vector<Row> rows = {{"output", "cosine: mean", "5th percentile", "worst", "relative change: mean",
                            "95th percentile", "worst", "same nearest", "same largest"}};
  for (const NamedMovement &output : movements) {
    if (!output.movement) {
      rows.push_back({output.name, "not measured: " + output.notMeasured, "", "", "", "", "", "", ""});
      continue;
    }
    const auto &[relative, cosine] = *output.movement;
    rows.push_back({output.name, cosineText(cosine.mean), cosineText(cosine.tail), cosineText(cosine.worst),
                    relativeText(relative.mean), relativeText(relative.tail), relativeText(relative.worst),
                    shareText(output.sameNearest), shareText(output.sameLargest)});
  }
  writeTable(os, rows, 1);
}

void writeStatements(llvm::raw_ostream &os, const Report &report, llvm::StringRef title, Statement::Kind kind) {
  bool first = true;
  for (const Statement &statement : report.statements) {
    if (statement.kind != kind)
      continue;
    if (std::exchange(first, false))
      os << '\n' << title << '\n';
    os << "  " << statement.pass << ": " << statement.words << '\n';
    for (const Figure &figure : ownFigures(statement))
      os << "    " << figure.name << " = " << figure.value << '\n';
  }
}

} // namespace

void writeText(const Report &report, llvm::raw_ostream &os) {
  os << "Fourmix report: " << report.name << '\n';
  for (const std::string &port : report.inputs)
    os << "  input  " << port << '\n';
  for (const std::string &port : report.outputs)
    os << "  output " << port << '\n';
  const Work &before = report.before.work, &after = (report.after ? *report.after : report.before).work;
  os << '\n' << (report.after ? "The network, before and after" : "The network: nothing was rewritten") << '\n';
  std::vector<Row> totals = {{"", "before", "after", "change"}};
  auto total = [&](const char *name, double old, double now) {
    totals.push_back({name, shortNumber(old), shortNumber(now), difference(old, now)});
  };
  total("parameters", static_cast<double>(before.parameters), static_cast<double>(after.parameters));
  total("FLOP", before.flops, after.flops);
  total("bytes", static_cast<double>(before.bytes), static_cast<double>(after.bytes));
  if (const auto &m = report.measurement)
    totals.push_back({"run time (batch " + std::to_string(m->batch) + ")", secondsText(m->secondsBefore),
                      secondsText(m->secondsAfter), difference(m->secondsBefore, m->secondsAfter)});
  writeTable(os, totals, 1);
  if (!after.uncounted.empty())
    os << "  FLOP without " << uncountedText(after) << '\n';

  os << "\nLayers\n";
  std::vector<Row> rows = {{"layer", "node", "was", "is", "parameters", "FLOP", "bytes", "cosine", "relative change"}};
  for (const Layer &layer : report.layers) {
    const Side *side = now(report, layer);
    auto kind = [](const Side *side) {
      return !side ? std::string("-") : side->kind + (side->detail.empty() ? "" : " (" + side->detail + ")");
    };
    std::string old = kind(layer.before ? &*layer.before : nullptr), is = kind(side);
    rows.push_back({layer.number ? std::to_string(*layer.number) : "", layer.node, old, is == old ? "=" : is,
                    changeText(report, layer, [](const Work &w) { return static_cast<double>(w.parameters); }),
                    changeText(report, layer, [](const Work &w) { return w.flops; }),
                    changeText(report, layer, [](const Work &w) { return static_cast<double>(w.bytes); }),
                    layer.movement ? cosineText(layer.movement->cosine.mean) : "",
                    layer.movement ? relativeText(layer.movement->relative.mean) : ""});
  }
  if (rows.size() == 1)
    os << "  none: no mixing of tokens was recognised\n";
  else
    writeTable(os, rows, 4);
  for (const Layer &layer : report.layers)
    if (!layer.notMeasured.empty())
      os << "  " << layer.node << " is not measured: " << layer.notMeasured << '\n';

  if (const auto &m = report.measurement) {
    os << "\nHow far the outputs moved, on " << dataText(*m) << '\n';
    writeMovements(os, m->outputs);
    if (!m->deleted.empty()) {
      os << "\nFor comparison: " << layerList(m->deletedLayers)
         << " without attention, their mean output in its place\n";
      writeMovements(os, m->deleted);
    }
  } else {
    os << "\nHow far the outputs moved: not measured, " << report.notMeasured << '\n';
  }
  writeStatements(os, report, "Rewritten", Statement::Done);
  writeStatements(os, report, "Not rewritten", Statement::Skipped);
  writeStatements(os, report, "Notes", Statement::Note);
  writeStatements(os, report, "Recognised in the graph", Statement::Recognised);
  writeStatements(os, report, "Nearly recognised", Statement::NotRecognised);
}

} // namespace fourmix::report
