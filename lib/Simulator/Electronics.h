// What the device computes without light: on accumulators, with a table of factors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_ELECTRONICS_H
#define LIB_SIMULATOR_ELECTRONICS_H

#include "Regions.h"
#include "Transform.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Simulator/Simulator.h"
#include <map>

namespace fourmix::simulator {

/// Every operation says how many complex multiplications it is: one for every element that is scaled, added or
/// multiplied by a factor. In mode count that is all it does. Where the device computes in f32, results are rounded to
/// it, except in mode exact.
class Electronics {
public:
  Electronics(const device::Profile &profile, Mode mode);

  llvm::Expected<uint64_t> readBack(const focs::ReadBack &op, const Tile &capture, Tile &accumulator);
  llvm::Expected<uint64_t> twiddle(const focs::Twiddle &op, const Position &position, Tile &accumulator);
  llvm::Expected<uint64_t> transform(const focs::ElectronicDft &op, Tile &accumulator);
  llvm::Expected<uint64_t> elementwise(const focs::Elementwise &op, const Tile &a, const Tile &b, Tile &to);
  llvm::Error loadTable(const focs::LoadTable &op, const Position &position, llvm::ArrayRef<Region> regions);
  llvm::Error loadAccumulator(const Walk &walk, llvm::ArrayRef<Region> regions, Tile &accumulator);

  /// Multiplications of a transform of `length` points: eight real operations, a complex multiply-accumulate, each.
  uint64_t transformWork(int64_t length);
  /// While it sleeps it computes nothing, as in mode count: somebody else does.
  void sleep(bool sleeps) { isAsleep = sleeps; }
  llvm::ArrayRef<double> factorsRe() const { return tableRe; }
  llvm::ArrayRef<double> factorsIm() const { return tableIm; }

private:
  bool computes() const { return mode != Mode::Count && !isAsleep; }
  void round(Tile &tile) const;
  llvm::Error fetch(const std::optional<focs::Factors> &factors, const Position &position, int64_t count, double scale,
                    std::vector<double> &re, std::vector<double> &im) const;

  const device::Profile &profile;
  Mode mode;
  bool isAsleep = false;
  bool rounds;
  std::vector<double> tableRe, tableIm;
  std::vector<double> rowRe, rowIm, colRe, colIm;
  std::map<int64_t, uint64_t> work;                                       // by length
  std::map<std::tuple<int64_t, int64_t, bool>, LineTransform> transforms; // by rows, columns, along which of them
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_ELECTRONICS_H
