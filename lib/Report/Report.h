// What a report says, whatever form it is written in.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REPORT_REPORT_H
#define LIB_REPORT_REPORT_H

#include "lib/Rewrite/Work.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace fourmix::report {

using rewrite::Work;

/// A figure of many samples. `tail` is the 5th percentile from the bad side: of cosines that of the small ones, of
/// relative changes that of the large ones.
struct Spread {
  double mean = 0, tail = 0, worst = 0;
};

/// How far a tensor moved: |new - old| / |old|, and the cosine of the angle between new and old.
struct Movement {
  Spread relative, cosine;
};

/// One curve of a plot, or one picture.
struct Series {
  std::string name;
  std::vector<double> values;
};

/// Learned numbers to look at: curves over one axis, or pictures of `columns` numbers per row.
struct Plot {
  std::string title, axis;
  std::vector<Series> series;
  int64_t columns = 0;     // 0: curves
  size_t leftOut = 0;      // how many more there are
  bool isSpectrum = false; // of magnitudes: to be read in decibels
};

/// A layer of a network as it was, or as it is.
struct Side {
  std::string kind;   // "mix.attention", "4 mix.gated"
  std::string detail; // "12 heads, masked"
  Work work;
  std::vector<Plot> plots;
};

/// A place where tokens are mixed.
struct Layer {
  std::optional<int64_t> number; // that of options and remarks, which only attentions and what replaced them have
  std::string node;              // its name in the model
  std::optional<Side> before, after;
  bool changed = false;
  std::optional<Movement> movement; // of what it gives to the network
  std::string notMeasured;          // why there is no movement, where others have one
};

/// Something that is drawn as one box: a layer, or what stands between two.
struct Part {
  std::string title, detail;
  std::optional<size_t> layer; // the index in Report::layers
  Work work;
};

struct Network {
  Work work;
  std::vector<Part> parts;
};

struct Figure {
  std::string name, value;
};

/// What a pass said.
struct Statement {
  /// The first three are of rewrites; the others are what was recognised in the graph, and what nearly was.
  enum Kind { Done, Skipped, Note, Recognised, NotRecognised } kind = Note;
  std::string pass, node, words, from, to, reason;
  std::optional<int64_t> layer;
  std::vector<Figure> figures;
};

/// An output of the network.
struct NamedMovement {
  std::string name;
  std::optional<Movement> movement;
  std::string notMeasured;
  /// The share of samples whose nearest neighbour among the samples, by cosine, is the same; nothing for too few
  /// samples or too much work.
  std::optional<double> sameNearest;
  /// The share of samples whose largest number stands in the same place: of logits, the prediction.
  std::optional<double> sameLargest;
};

/// What running both networks gave.
struct Measurement {
  std::string file;
  bool isHoldout = false; // else it is what the rewrites were calibrated on
  int64_t samples = 0;
  std::vector<NamedMovement> outputs;
  /// The outputs if the layers that became Fourier mixings gave their mean instead, that is without their attention.
  std::vector<NamedMovement> deleted;
  std::vector<int64_t> deletedLayers;
  /// Seconds of one run, the fastest of several; of `batch` samples.
  double secondsBefore = 0, secondsAfter = 0;
  int64_t batch = 1;
};

struct Report {
  std::string name;
  std::vector<std::string> inputs, outputs; // "ids: 1x64xi64"
  Network before;
  std::optional<Network> after; // nothing where nothing was rewritten
  std::vector<Layer> layers;
  std::vector<Statement> statements;
  std::optional<Measurement> measurement;
  std::string notMeasured; // why there is no measurement
};

void writeJson(const Report &report, llvm::raw_ostream &os);
void writeText(const Report &report, llvm::raw_ostream &os);
/// One file that needs no other.
void writeHtml(const Report &report, llvm::raw_ostream &os);

} // namespace fourmix::report

#endif // LIB_REPORT_REPORT_H
