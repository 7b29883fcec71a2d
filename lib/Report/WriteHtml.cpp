// The report as a page: one file, no script, nothing from elsewhere.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Format.h"
#include "Html.h"

namespace fourmix::report {
namespace {

class Page {
public:
  Page(const Report &report, llvm::raw_ostream &os)
      : report(report), os(os), after(report.after ? report.after->work : report.before.work) {}

  void write() {
    os << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
       << escape(llvm::sys::path::filename(report.name)) << " \u2013 Fourmix report</title>\n<style>" << styleSheet
       << "</style>\n</head>\n<body>\n<main>\n";
    writeHeader();
    writeLayers();
    writeMeasurement();
    writeStatements("What was rewritten", Statement::Done);
    writeStatements("What was not rewritten, and why", Statement::Skipped);
    writeStatements("Notes", Statement::Note);
    writeNetworks();
    writePlots();
    writeStatements("Recognised in the graph", Statement::Recognised, true);
    writeStatements("Nearly recognised", Statement::NotRecognised, true);
    writeFooter();
    os << "</main>\n</body>\n</html>\n";
  }

private:
  //===-- Heading ---------------------------------------------------------===//

  void writeHeader() {
    os << "<header>\n<p class=\"kicker\">Fourmix report</p>\n<h1 title=\"" << escape(report.name) << "\">"
       << escape(llvm::sys::path::filename(report.name)) << "</h1>\n";
    for (auto [word, list] : {std::pair("in", &report.inputs), std::pair("out", &report.outputs)})
      for (const std::string &port : *list)
        os << "<div class=\"ports\">" << word << " <code>" << escape(port) << "</code></div>\n";
    os << "<p class=\"lead\">" << escape(summary()) << "</p>\n<div class=\"tiles\">\n";
    const Work &before = report.before.work;
    tile("Parameters", static_cast<double>(before.parameters), static_cast<double>(after.parameters), "");
    tile("Floating-point operations", before.flops, after.flops, "FLOP");
    tile("Bytes touched", static_cast<double>(before.bytes), static_cast<double>(after.bytes), "B");
    if (const auto &m = report.measurement)
      tile("Run time here, " + std::to_string(m->batch) + (m->batch == 1 ? " sample" : " samples"), m->secondsBefore,
           m->secondsAfter, "s");
    if (const Movement *movement = firstOutput())
      os << "<div class=\"tile\"><div class=\"what\">Cosine of the output</div><div class=\"now\">"
         << cosineText(movement->cosine.mean) << "</div><div class=\"was\">worst " << cosineText(movement->cosine.worst)
         << "</div>" << bar(std::max(0.0, movement->cosine.mean)) << "</div>\n";
    os << "</div>\n";
    if (!after.uncounted.empty())
      os << "<p class=\"soft\">Operations are not counted for " << escape(uncountedText(after)) << ".</p>\n";
    os << "</header>\n";
  }

  std::string summary() const {
    size_t changed = llvm::count_if(report.layers, [](const Layer &layer) { return layer.changed; });
    if (!report.after)
      return "Nothing was rewritten: this is what the network is. " + std::to_string(report.layers.size()) +
             (report.layers.size() == 1 ? " place mixes" : " places mix") + " its tokens.";
    std::string text =
        std::to_string(changed) + " of " + std::to_string(report.layers.size()) + " mixing layers changed.";
    if (!report.measurement)
      return text + " How far the outputs moved was not measured: " + report.notMeasured + ".";
    return text + " Measured on " + dataText(*report.measurement) + ".";
  }

  const Movement *firstOutput() const {
    if (!report.measurement || report.measurement->outputs.empty() || !report.measurement->outputs.front().movement)
      return nullptr;
    return &*report.measurement->outputs.front().movement;
  }

  static std::string bar(double share) {
    return llvm::formatv("<div class=\"bar\"><i style=\"width:{0:F1}%\"></i></div>",
                         100 * std::min(1.0, std::max(0.0, share)))
        .str();
  }

  void tile(const std::string &what, double before, double after, llvm::StringRef unit) {
    auto text = [&](double value) {
      return unit == "s" ? secondsText(value) : unit.empty() ? shortNumber(value) : withPrefix(value) + unit.str();
    };
    os << "<div class=\"tile\"><div class=\"what\">" << escape(what) << "</div><div class=\"now\">"
       << escape(text(after)) << "</div>";
    if (report.after)
      os << "<div class=\"was\">was " << escape(text(before)) << ", " << escape(difference(before, after)) << "</div>"
         << bar(after / std::max({before, after, 1e-300}));
    os << "</div>\n";
  }

  //===-- Layers ----------------------------------------------------------===//

  void chip(const Side *side) {
    if (!side) {
      os << "\u2013";
      return;
    }
    llvm::StringRef kind = side->kind;
    os << "<span class=\"chip " << colourOf(kind) << "\" title=\"" << escape(side->detail) << "\">" << escape(kind)
       << "<small>" << escape(side->detail) << "</small></span>";
  }

  void figure(const Side *before, const Side *after, double (*of)(const Work &)) {
    os << "<td>";
    std::string old = before ? shortNumber(of(before->work)) : "0", is = after ? shortNumber(of(after->work)) : "0";
    os << escape(is);
    if (before && old != is)
      os << "<div class=\"was\">was " << escape(old) << "</div>";
    os << "</td>";
  }

  void writeLayers() {
    os << "<h2>Layers that mix tokens</h2>\n";
    if (report.layers.empty()) {
      os << "<p>None: no mixing of tokens was recognised.</p>\n";
      return;
    }
    bool rewritten = report.after.has_value(), measured = report.measurement.has_value();
    os << "<div class=\"scroll\"><table>\n<thead>";
    if (measured)
      os << "<tr class=\"group\"><th colspan=\"" << (rewritten ? 7 : 6)
         << "\"></th><th colspan=\"3\">cosine of its output</th><th colspan=\"3\">relative change of its "
            "output</th></tr>";
    os << "<tr><th>layer</th><th class=\"l\">node</th><th class=\"l\">" << (rewritten ? "was" : "is") << "</th>";
    if (rewritten)
      os << "<th class=\"l\">is</th>";
    os << "<th>parameters</th><th>FLOP</th><th>bytes</th>";
    if (measured)
      os << "<th>mean</th><th>5th pct</th><th>worst</th><th>mean</th><th>95th pct</th><th>worst</th>";
    os << "</tr></thead>\n<tbody>\n";
    for (const Layer &layer : report.layers)
      writeRow(layer, rewritten, measured);
    os << "</tbody></table></div>\n";
    for (const Layer &layer : report.layers)
      if (!layer.notMeasured.empty())
        os << "<p class=\"soft\">Not measured: <code>" << escape(layer.node) << "</code>, " << escape(layer.notMeasured)
           << ".</p>\n";
  }

  void writeRow(const Layer &layer, bool rewritten, bool measured) {
    const Side *before = layer.before ? &*layer.before : nullptr, *side = now(report, layer);
    os << (layer.changed ? "<tr class=\"changed\">" : "<tr>") << "<td>"
       << (layer.number ? std::to_string(*layer.number) : "") << "</td><td class=\"l name\" title=\""
       << escape(layer.node) << "\"><code>" << escape(layer.node) << "</code></td><td class=\"l\">";
    chip(before);
    os << "</td>";
    if (rewritten) {
      os << "<td class=\"l\">";
      if (layer.changed)
        chip(side);
      else
        os << "<span class=\"soft\">as before</span>";
      os << "</td>";
    }
    figure(before, side, [](const Work &work) { return static_cast<double>(work.parameters); });
    figure(before, side, [](const Work &work) { return work.flops; });
    figure(before, side, [](const Work &work) { return static_cast<double>(work.bytes); });
    if (measured)
      writeMovement(layer.movement);
    os << "</tr>\n";
  }

  void writeMovement(const std::optional<Movement> &movement) {
    if (!movement) {
      os << "<td colspan=\"6\" class=\"soft\">not measured</td>";
      return;
    }
    for (double value : {movement->cosine.mean, movement->cosine.tail, movement->cosine.worst})
      os << "<td>" << cosineText(value) << "</td>";
    for (double value : {movement->relative.mean, movement->relative.tail, movement->relative.worst})
      os << "<td>" << relativeText(value) << "</td>";
  }

  //===-- Measurement -----------------------------------------------------===//

  void writeMeasurement() {
    os << "<h2>How far the outputs moved</h2>\n";
    if (!report.measurement) {
      os << (report.after ? "<p class=\"warn\">" : "<p class=\"soft\">")
         << "Not measured: " << escape(report.notMeasured) << ".</p>\n";
      return;
    }
    const Measurement &m = *report.measurement;
    os << "<p>On " << escape(dataText(m)) << ".</p>\n";
    if (!m.isHoldout)
      os << "<p class=\"warn\">These are the inputs that rewrites were calibrated on, so that the figures are kinder "
            "than those of unseen data. <code>--holdout=@more.npz</code> measures on other data.</p>\n";
    writeMovements(m.outputs);
    os << "<p>One run of " << m.batch << (m.batch == 1 ? " sample" : " samples") << " took "
       << escape(secondsText(m.secondsBefore)) << " before and takes " << escape(secondsText(m.secondsAfter))
       << " now, a factor of " << llvm::formatv("{0:F2}", m.secondsAfter / m.secondsBefore)
       << " (the fastest of ten runs each, in turns).</p>\n";
    if (m.deleted.empty())
      return;
    os << "<h3>For comparison: " << escape(layerList(m.deletedLayers)) << " without attention</h3>\n"
       << "<p>A Fourier mixing knows nothing of what attention computed. Here the same layers give their mean output "
          "instead, for every token alike: what the mixing gains over that is what it is worth without "
          "retraining.</p>\n";
    writeMovements(m.deleted);
  }

  void writeMovements(llvm::ArrayRef<NamedMovement> movements) {
    os << "<div class=\"scroll\"><table>\n<thead><tr class=\"group\"><th></th><th colspan=\"3\">cosine</th>"
          "<th colspan=\"3\">relative change</th><th colspan=\"2\">the same for</th></tr><tr><th "
          "class=\"l\">output</th><th>mean</th><th>5th pct</th>"
          "<th>worst</th><th>mean</th><th>95th pct</th><th>worst</th><th>nearest neighbour</th>"
          "<th>largest element</th></tr></thead>\n<tbody>\n";
    for (const NamedMovement &output : movements) {
      os << "<tr><td class=\"l\"><code>" << escape(output.name) << "</code></td>";
      if (output.movement)
        writeMovement(output.movement);
      else
        os << "<td colspan=\"6\" class=\"l soft\">not measured: " << escape(output.notMeasured) << "</td>";
      os << "<td>" << shareText(output.sameNearest) << "</td><td>" << shareText(output.sameLargest) << "</td></tr>\n";
    }
    os << "</tbody></table></div>\n";
  }

  //===-- What passes said ------------------------------------------------===//

  void writeStatements(llvm::StringRef title, Statement::Kind kind, bool folded = false) {
    auto wanted = llvm::make_filter_range(report.statements, [&](const Statement &s) { return s.kind == kind; });
    if (wanted.empty())
      return;
    os << "<h2>" << escape(title) << "</h2>\n";
    if (folded)
      os << "<details><summary>" << std::distance(wanted.begin(), wanted.end()) << " remarks</summary>\n";
    os << "<ul class=\"says\">\n";
    for (const Statement &statement : wanted) {
      os << "<li class=\"" << colourOf(statement.to.empty() ? statement.from : statement.to)
         << "\"><span class=\"pass\">" << escape(statement.pass) << "</span> " << escape(statement.words);
      if (std::vector<Figure> figures = ownFigures(statement); !figures.empty()) {
        os << "<dl>";
        for (const Figure &figure : figures)
          os << "<div><dt>" << escape(figure.name) << "</dt><dd>" << escape(figure.value) << "</dd></div>";
        os << "</dl>";
      }
      os << "</li>\n";
    }
    os << "</ul>\n" << (folded ? "</details>\n" : "");
  }

  //===-- Drawings --------------------------------------------------------===//

  void writeNetworks() {
    llvm::SmallVector<bool> changed = llvm::map_to_vector(report.layers, [](const Layer &l) { return l.changed; });
    os << "<h2>The network" << (report.after ? ", before and after" : "") << "</h2>\n<div class=\"networks\">\n<div>";
    if (report.after)
      os << "<h3>before</h3>";
    drawNetwork(report.before, changed, "the network before", os);
    os << "</div>\n";
    if (report.after) {
      os << "<div><h3>after</h3>";
      drawNetwork(*report.after, changed, "the network after", os);
      os << "</div>\n";
    }
    os << "</div>\n";
  }

  void writePlots() {
    bool first = true;
    for (const Layer &layer : report.layers) {
      const Side *side = now(report, layer);
      if (!side || side->plots.empty())
        continue;
      if (std::exchange(first, false))
        os << "<h2>Kernels and spectra</h2>\n";
      os << "<h3>" << (layer.number ? "layer " + std::to_string(*layer.number) + ", " : "") << "<code>"
         << escape(layer.node) << "</code> <span class=\"soft\">" << escape(side->kind) << "</span></h3>\n"
         << "<div class=\"plots\">\n";
      for (const Plot &plot : side->plots)
        drawPlot(plot, os);
      os << "</div>\n";
    }
  }

  void writeFooter() {
    os << "<footer><p>Operations: a multiply-add counts as two, a transform of N points as 5 N log2 N, of real ones as "
          "half. Bytes: of all tensors that are read or written, each once. Parameters: numbers in constants of "
          "floats. Cosine and relative change are per sample, over all elements; nearest neighbours are among the "
          "samples, "
          "by cosine; the largest element of logits is the prediction.</p></footer>\n";
  }

  const Report &report;
  llvm::raw_ostream &os;
  const Work &after;
};

} // namespace

void writeHtml(const Report &report, llvm::raw_ostream &os) { Page(report, os).write(); }

} // namespace fourmix::report
