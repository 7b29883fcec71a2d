// A slot of a tile memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_TILE_H
#define LIB_SIMULATOR_TILE_H

#include <complex>
#include <cstdint>
#include <vector>

namespace fourmix::simulator {

/// rows x cols complex numbers, row-major, in two planes. The planes are empty where nothing is computed.
struct Tile {
  int64_t rows = 0, cols = 0;
  std::vector<double> re, im;
  /// Fields, filters and captures: what a number is in units of the data. Exact fields and filters hold the data itself
  /// (unit 1) and beside it the scale that codes would have.
  double unit = 1, scale = 0;
  /// What a bias added and what a mean took away, in units of the data: of every pixel of a field; of pixel (0, 0) of a
  /// capture, or of all its pixels.
  std::complex<double> bias, mean;
  bool isEverywhere = false;
  /// Filters: element (0, 0) as it was loaded.
  std::complex<double> first;
  /// Fields: elements that were loaded, and whether they show a part of the data only.
  int64_t loaded = 0;
  bool partial = false;

  int64_t size() const { return rows * cols; }
  void resize(int64_t newRows, int64_t newCols, bool computes) {
    rows = newRows, cols = newCols;
    if (computes) {
      re.resize(rows * cols);
      im.resize(rows * cols);
    }
  }
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_TILE_H
