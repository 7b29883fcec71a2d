// The report for programs. Numbers that are none (NaN) are null.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Report.h"
#include "llvm/Support/JSON.h"
#include <cmath>

namespace fourmix::report {
namespace {

using llvm::json::OStream;

llvm::json::Value number(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

/// Names come from files and may be any bytes.
llvm::json::Value text(llvm::StringRef value) {
  return llvm::json::isUTF8(value) ? value.str() : llvm::json::fixUTF8(value);
}

void writeWork(OStream &j, const Work &work) {
  j.attribute("parameters", work.parameters);
  j.attribute("flops", number(work.flops));
  j.attribute("bytes", work.bytes);
  if (!work.uncounted.empty())
    j.attributeObject("flopsNotCountedFor", [&] {
      for (const auto &[op, count] : work.uncounted)
        j.attribute(op, count);
    });
}

void writeSpread(OStream &j, llvm::StringRef name, llvm::StringRef tail, const Spread &spread) {
  j.attributeObject(name, [&] {
    j.attribute("mean", number(spread.mean));
    j.attribute(tail, number(spread.tail));
    j.attribute("worst", number(spread.worst));
  });
}

void writeMovement(OStream &j, const Movement &movement) {
  writeSpread(j, "relative", "percentile95", movement.relative);
  writeSpread(j, "cosine", "percentile5", movement.cosine);
}

/// What the page draws: learned kernels and their spectra, as numbers.
void writePlot(OStream &j, const Plot &plot) {
  j.object([&] {
    j.attribute("title", text(plot.title));
    j.attribute("axis", text(plot.axis));
    j.attribute("isSpectrum", plot.isSpectrum);
    if (plot.columns)
      j.attribute("columns", plot.columns);
    if (plot.leftOut)
      j.attribute("leftOut", static_cast<int64_t>(plot.leftOut));
    j.attributeArray("series", [&] {
      for (const Series &series : plot.series)
        j.array([&] {
          for (double value : series.values)
            j.value(number(value));
        });
    });
  });
}

void writeSide(OStream &j, llvm::StringRef name, const std::optional<Side> &side) {
  if (!side)
    return j.attribute(name, nullptr);
  j.attributeObject(name, [&] {
    j.attribute("kind", text(side->kind));
    j.attribute("detail", text(side->detail));
    writeWork(j, side->work);
    if (!side->plots.empty())
      j.attributeArray("kernels", [&] {
        for (const Plot &plot : side->plots)
          writePlot(j, plot);
      });
  });
}

void writeLayer(OStream &j, const Report &report, const Layer &layer) {
  j.object([&] {
    if (layer.number)
      j.attribute("layer", *layer.number);
    j.attribute("node", text(layer.node));
    j.attribute("changed", layer.changed);
    writeSide(j, "before", layer.before);
    writeSide(j, "after", report.after ? layer.after : layer.before);
    if (layer.movement)
      j.attributeObject("change", [&] { writeMovement(j, *layer.movement); });
    else if (!layer.notMeasured.empty())
      j.attribute("notMeasured", text(layer.notMeasured));
  });
}

void writeStatement(OStream &j, const Statement &statement) {
  j.object([&] {
    j.attribute("pass", text(statement.pass));
    if (statement.layer)
      j.attribute("layer", *statement.layer);
    for (auto [name, value] : {std::pair("node", &statement.node), std::pair("from", &statement.from),
                               std::pair("to", &statement.to), std::pair("reason", &statement.reason)})
      if (!value->empty())
        j.attribute(name, text(*value));
    j.attribute("message", text(statement.words));
    if (!statement.figures.empty())
      j.attributeObject("figures", [&] {
        for (const Figure &figure : statement.figures) {
          double value = 0;
          bool isNumber = !llvm::StringRef(figure.value).getAsDouble(value);
          j.attribute(text(figure.name).getAsString()->str(), isNumber ? number(value) : text(figure.value));
        }
      });
  });
}

void writeStatements(OStream &j, const Report &report, llvm::StringRef name, Statement::Kind kind) {
  j.attributeArray(name, [&] {
    for (const Statement &statement : report.statements)
      if (statement.kind == kind)
        writeStatement(j, statement);
  });
}

void writeMovements(OStream &j, llvm::StringRef name, llvm::ArrayRef<NamedMovement> movements) {
  j.attributeArray(name, [&] {
    for (const NamedMovement &output : movements)
      j.object([&] {
        j.attribute("name", text(output.name));
        if (output.movement)
          writeMovement(j, *output.movement);
        else
          j.attribute("notMeasured", text(output.notMeasured));
        if (output.sameNearest)
          j.attribute("sameNearestNeighbour", number(*output.sameNearest));
        if (output.sameLargest)
          j.attribute("sameLargestElement", number(*output.sameLargest));
      });
  });
}

void writeMeasurement(OStream &j, const Measurement &m) {
  j.attributeObject("measured", [&] {
    j.attribute("file", text(m.file));
    j.attribute("data", m.isHoldout ? "holdout" : "calibration");
    j.attribute("samples", m.samples);
    writeMovements(j, "outputs", m.outputs);
    if (!m.deleted.empty())
      j.attributeObject("withoutAttention", [&] {
        j.attributeArray("layers", [&] {
          for (int64_t layer : m.deletedLayers)
            j.value(layer);
        });
        writeMovements(j, "outputs", m.deleted);
      });
    j.attributeObject("time", [&] {
      j.attribute("batch", m.batch);
      j.attribute("secondsBefore", number(m.secondsBefore));
      j.attribute("secondsAfter", number(m.secondsAfter));
      j.attribute("ratio", number(m.secondsAfter / m.secondsBefore));
    });
  });
}

} // namespace

void writeJson(const Report &report, llvm::raw_ostream &os) {
  OStream j(os, 2);
  j.object([&] {
    j.attribute("fourmixReport", 1);
    j.attribute("network", text(report.name));
    auto ports = [&](llvm::StringRef name, llvm::ArrayRef<std::string> list) {
      j.attributeArray(name, [&] {
        for (const std::string &port : list)
          j.value(text(port));
      });
    };
    ports("inputs", report.inputs);
    ports("outputs", report.outputs);
    j.attribute("rewritten", report.after.has_value());
    j.attributeObject("total", [&] {
      j.attributeObject("before", [&] { writeWork(j, report.before.work); });
      j.attributeObject("after", [&] { writeWork(j, (report.after ? *report.after : report.before).work); });
    });
    j.attributeArray("layers", [&] {
      for (const Layer &layer : report.layers)
        writeLayer(j, report, layer);
    });
    writeStatements(j, report, "done", Statement::Done);
    writeStatements(j, report, "skipped", Statement::Skipped);
    writeStatements(j, report, "notes", Statement::Note);
    writeStatements(j, report, "recognised", Statement::Recognised);
    writeStatements(j, report, "notRecognised", Statement::NotRecognised);
    if (report.measurement)
      writeMeasurement(j, *report.measurement);
    else
      j.attribute("notMeasured", text(report.notMeasured));
  });
  os << '\n';
}

} // namespace fourmix::report
