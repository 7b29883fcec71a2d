// Networks, curves and pictures as SVG inside of the page.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Format.h"
#include "Html.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"

namespace fourmix::report {

std::string escape(llvm::StringRef text) {
  std::string valid = llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text), result;
  for (char c : valid)
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    case '\'':
      result += "&#39;";
      break;
    default:
      result += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
    }
  return result;
}

llvm::StringRef colourOf(llvm::StringRef kind) {
  for (llvm::StringRef name : {"attention", "fourier", "gated", "lambda", "linear", "projection"})
    if (kind.contains("mix." + name.str()) || (name == "attention" && kind.contains("attention")))
      return name;
  return kind.contains("mix.") ? "convolution" : "rest";
}

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

/// Text that fits into a box, cut at a whole character.
static std::string fit(llvm::StringRef text, size_t characters) {
  std::string valid = llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  size_t count = 0, end = 0;
  for (; end < valid.size(); ++end)
    if ((static_cast<unsigned char>(valid[end]) & 0xC0) != 0x80 && ++count > characters)
      break;
  return end == valid.size() ? valid : valid.substr(0, end) + "\u2026";
}

void drawNetwork(const Network &network, llvm::ArrayRef<bool> changed, llvm::StringRef label, llvm::raw_ostream &os) {
  constexpr int width = 340, box = 46, gap = 12, margin = 2;
  int count = static_cast<int>(network.parts.size());
  int height = std::max(1, count * (box + gap) - gap + 2 * margin);
  os << llvm::formatv("<svg class=\"network\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n", width,
                      height, escape(label));
  for (int i = 0; i < count; ++i) {
    const Part &part = network.parts[i];
    int y = margin + i * (box + gap);
    bool isNew = part.layer && *part.layer < changed.size() && changed[*part.layer];
    if (i)
      os << llvm::formatv("<path class=\"flow\" d=\"M{0} {1}v{2}\"/>\n", width / 2, y - gap, gap);
    os << llvm::formatv("<g class=\"box {0}{1}\"><title>{2}\n{3}</title>", part.layer ? colourOf(part.title) : "rest",
                        isNew ? " changed" : "", escape(part.title), escape(part.detail));
    os << llvm::formatv("<rect class=\"body\" x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"7\"/>", margin, y,
                        width - 2 * margin, box);
    os << llvm::formatv("<rect class=\"edge\" x=\"{0}\" y=\"{1}\" width=\"5\" height=\"{2}\" rx=\"2.5\"/>", margin + 7,
                        y + 9, box - 18);
    os << llvm::formatv("<text class=\"name\" x=\"{0}\" y=\"{1}\">{2}</text>", margin + 22, y + 19,
                        escape(fit(part.title, 28)));
    os << llvm::formatv("<text class=\"detail\" x=\"{0}\" y=\"{1}\">{2}</text>", margin + 22, y + 35,
                        escape(fit(part.detail, 52)));
    os << llvm::formatv("<text class=\"cost\" x=\"{0}\" y=\"{1}\">{2}FLOP</text></g>\n", width - margin - 10, y + 19,
                        escape(withPrefix(part.work.flops)));
  }
  os << "</svg>\n";
}

//===----------------------------------------------------------------------===//
// Curves
//===----------------------------------------------------------------------===//

/// Decibels below the largest magnitude of the plot; what is 80 dB and more below is drawn there.
static std::vector<double> inDecibels(const std::vector<double> &values, double largest) {
  constexpr double least = -80;
  std::vector<double> result;
  for (double value : values)
    result.push_back(value > 0 && largest > 0 ? std::max(least, 20 * std::log10(value / largest)) : least);
  return result;
}

static void drawCurves(const Plot &plot, llvm::raw_ostream &os) {
  constexpr double width = 320, height = 130;
  constexpr size_t mostPoints = 400;
  std::vector<std::vector<double>> curves;
  double largest = 0, low = INFINITY, high = -INFINITY;
  for (const Series &series : plot.series)
    for (double value : series.values)
      largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  for (const Series &series : plot.series)
    curves.push_back(plot.isSpectrum ? inDecibels(series.values, largest) : series.values);
  for (const std::vector<double> &curve : curves)
    for (double value : curve)
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  if (!(low <= high))
    low = 0, high = 1;
  if (!plot.isSpectrum && low > 0)
    low = 0; // a weight is read from zero
  double range = high > low ? high - low : 1;
  os << llvm::formatv("<svg class=\"curves\" viewBox=\"0 -4 {0} {1}\" role=\"img\" aria-label=\"{2}\">", width,
                      height + 8, escape(plot.title));
  for (double level : {0.0, 0.5, 1.0})
    os << llvm::formatv("<path class=\"grid\" d=\"M0 {0:F1}H{1}\"/>", height * level, width);
  for (auto [i, curve] : llvm::enumerate(curves)) {
    size_t step = std::max<size_t>(1, (curve.size() + mostPoints - 1) / mostPoints);
    os << llvm::formatv("<path class=\"curve c{0}\" d=\"", i % 6);
    bool drawing = false;
    for (size_t k = 0; k < curve.size(); k += step) {
      if (!std::isfinite(curve[k])) {
        drawing = false;
        continue;
      }
      double x = curve.size() > 1 ? width * static_cast<double>(k) / static_cast<double>(curve.size() - 1) : 0;
      os << llvm::formatv("{0}{1:F1} {2:F1}", drawing ? "L" : "M", x, height * (high - curve[k]) / range);
      drawing = true;
    }
    os << llvm::formatv("\"><title>{0}</title></path>", escape(plot.series[i].name));
  }
  os << "</svg>";
  auto bound = [&](double value) {
    return plot.isSpectrum ? llvm::formatv("{0:F0} dB", value).str() : llvm::formatv("{0:F3}", value).str();
  };
  os << "<p class=\"axis\"><span>" << bound(low) << " to " << bound(high) << "</span><span>" << escape(plot.axis)
     << "</span></p>";
}

//===----------------------------------------------------------------------===//
// Pictures
//===----------------------------------------------------------------------===//

/// A bitmap of 24 bits, bottom row first, rows of whole words: blue below zero, red above, white at zero.
static std::string bitmap(const std::vector<double> &values, size_t columns) {
  size_t rows = values.size() / columns, stride = (columns * 3 + 3) / 4 * 4;
  double largest = 0;
  for (double value : values)
    largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  std::string bytes = "BM";
  auto word = [&](uint32_t value, int size) {
    for (int i = 0; i < size; ++i)
      bytes += static_cast<char>(value >> 8 * i);
  };
  constexpr uint32_t header = 54;
  word(static_cast<uint32_t>(header + stride * rows), 4);
  word(0, 4);
  word(header, 4);
  word(40, 4); // BITMAPINFOHEADER
  word(static_cast<uint32_t>(columns), 4);
  word(static_cast<uint32_t>(rows), 4);
  word(1, 2);
  word(24, 2);
  for (int i = 0; i < 6; ++i)
    word(0, 4);
  for (size_t row = rows; row-- > 0;) {
    for (size_t column = 0; column < columns; ++column) {
      double value = values[row * columns + column];
      double share = largest > 0 && std::isfinite(value) ? value / largest : 0, fade = 1 - std::abs(share);
      auto mix = [&](int full) { word(static_cast<uint32_t>(std::lround(full + (250 - full) * fade)), 1); };
      bool above = share >= 0;
      mix(above ? 50 : 190); // blue, green, red
      mix(above ? 70 : 105);
      mix(above ? 200 : 40);
    }
    bytes.append(stride - columns * 3, '\0');
  }
  return bytes;
}

static void drawPictures(const Plot &plot, llvm::raw_ostream &os) {
  os << "<div class=\"pictures\">";
  for (const Series &series : plot.series)
    if (!series.values.empty())
      os << llvm::formatv("<img alt=\"{0} {1}\" title=\"{1}\" src=\"data:image/bmp;base64,{2}\">", escape(plot.title),
                          escape(series.name), llvm::encodeBase64(bitmap(series.values, plot.columns)));
  bool isSigned = llvm::any_of(plot.series, [](const Series &series) {
    return llvm::any_of(series.values, [](double value) { return value < 0; });
  });
  os << "</div><p class=\"axis\"><span>white is zero, red above" << (isSigned ? ", blue below" : "") << "</span><span>"
     << escape(plot.axis) << "</span></p>";
}

void drawPlot(const Plot &plot, llvm::raw_ostream &os) {
  os << "<figure class=\"plot\"><figcaption>" << escape(plot.title) << " <small>";
  os << plot.series.size();
  if (plot.leftOut)
    os << " of " << plot.series.size() + plot.leftOut;
  os << "</small></figcaption>";
  if (plot.columns)
    drawPictures(plot, os);
  else
    drawCurves(plot, os);
  os << "</figure>\n";
}

} // namespace fourmix::report
