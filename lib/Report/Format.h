// How figures are written for people.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REPORT_FORMAT_H
#define LIB_REPORT_FORMAT_H

#include "Report.h"
#include "fourmix/Support/Units.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include <cmath>

namespace fourmix::report {

/// "18.2 M", "7", without the blank that would stand before a unit.
inline std::string shortNumber(double value) { return llvm::StringRef(withPrefix(value)).rtrim().str(); }

/// "-37 %", "+2.4 %", "same"; nothing where there was nothing.
inline std::string difference(double before, double after) {
  if (before == after)
    return "same";
  if (before <= 0)
    return "";
  double percent = 100 * (after / before - 1);
  return llvm::formatv(std::abs(percent) < 10 ? "{0}{1:F1} %" : "{0}{1:F0} %", percent > 0 ? "+" : "\u2212",
                       std::abs(percent))
      .str();
}

inline std::string cosineText(double value) {
  return std::isfinite(value) ? llvm::formatv("{0:F4}", value).str() : "NaN";
}

inline std::string relativeText(double value) {
  if (!std::isfinite(value))
    return "NaN";
  return value == 0 ? "0" : value < 1e-3 ? llvm::formatv("{0:e1}", value).str() : llvm::formatv("{0:F3}", value).str();
}

inline std::string shareText(const std::optional<double> &share) {
  return share ? llvm::formatv("{0:F1} %", 100 * *share).str() : "";
}

inline std::string secondsText(double seconds) {
  return seconds < 1e-3  ? llvm::formatv("{0:F0} \u00b5s", seconds * 1e6).str()
         : seconds < 1.0 ? llvm::formatv("{0:F1} ms", seconds * 1e3).str()
                         : llvm::formatv("{0:F2} s", seconds).str();
}

inline std::string layerList(llvm::ArrayRef<int64_t> layers) {
  std::string text = layers.size() == 1 ? "layer " : "layers ";
  for (size_t i = 0; i < layers.size(); ++i) {
    size_t last = i;
    while (last + 1 < layers.size() && layers[last + 1] == layers[last] + 1)
      ++last;
    text += (i ? ", " : "") + std::to_string(layers[i]) +
            (last > i ? (last > i + 1 ? "\u2013" : ", ") + std::to_string(layers[last]) : "");
    i = last;
  }
  return text;
}

inline std::string dataText(const Measurement &m) {
  return std::to_string(m.samples) + (m.samples == 1 ? " sample of " : " samples of ") +
         llvm::sys::path::filename(m.file).str() +
         (m.isHoldout ? " (held out: no rewrite has seen it)" : " (the calibration inputs themselves)");
}

/// The figures that no table has: with four digits, where they are no whole numbers.
inline std::vector<Figure> ownFigures(const Statement &statement) {
  static const llvm::StringSet<> tabled = {"parametersBefore", "parametersAfter", "flopsBefore",
                                           "flopsAfter",       "bytesBefore",     "bytesAfter"};
  std::vector<Figure> figures;
  for (const Figure &figure : statement.figures) {
    double value = 0;
    if (tabled.contains(figure.name))
      continue;
    bool isFloat = figure.value.find_first_of(".eE") != std::string::npos &&
                   !llvm::StringRef(figure.value).getAsDouble(value) && std::isfinite(value);
    bool isSmall = value != 0 && std::abs(value) < 1e-3;
    figures.push_back(
        {figure.name, !isFloat ? figure.value : llvm::formatv(isSmall ? "{0:e2}" : "{0:F4}", value).str()});
  }
  return figures;
}

inline std::string uncountedText(const Work &work) {
  std::string text;
  for (const auto &[op, count] : work.uncounted)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + op;
  return text;
}

/// What the layer is.
inline const Side *now(const Report &report, const Layer &layer) {
  const std::optional<Side> &side = report.after ? layer.after : layer.before;
  return side ? &*side : nullptr;
}

} // namespace fourmix::report

#endif // LIB_REPORT_FORMAT_H
