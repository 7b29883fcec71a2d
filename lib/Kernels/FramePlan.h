// Discrete Fourier transforms of any length on optics that know one size: which frames, in which order.
//
// A frame is the optical Fourier transform of a whole aperture, N1 x N2 points. An aperture of N samples the
// frequencies k/N only, so a longer transform is taken apart into stages of N points (optical) and of small radices
// (electronic), and a length without a factor N becomes a convolution of a length that has one (Bluestein). Both axes
// of a tile are transformed in every frame: an axis that has no stage left is carried through, and what the optics did
// to it is undone.
//
// A plan is data: passes over the whole array, each a loop over tiles that loads, multiplies, transforms, multiplies
// and stores. FrameEvaluate in the tests runs it, lib/Conversion/SpectralToOptic makes programs of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_FRAMEPLAN_H
#define LIB_KERNELS_FRAMEPLAN_H

#include "lib/Kernels/RootsOfUnity.h"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fourmix::kernels {

/// What a plan must know of a device. Extents in points, times in seconds.
struct FrameDevice {
  std::array<int64_t, 2> aperture{}; // points of a frame along the two axes of a tile
  std::array<int64_t, 2> tile{};     // the largest tile of the electronics, at least the aperture
  std::vector<int64_t> radices;      // primes of the electronics' butterflies
  int64_t tableEntries = 0;          // complex factors that it can hold
  int64_t tiles = 4;                 // of the electronics
  double frameSeconds = 0;           // of one frame, all engines working
  double latencySeconds = 0;         // from a frame to its capture
  double multiplySeconds = 0;        // of a complex multiplication
  double pointSeconds = 0;           // to read or write a complex point in its memory
  double scratchPoints = 1e300;      // complex points that this memory has room for; more lie behind the links
  double linkIn = 0, linkOut = 0;    // for a real number of the host's; a complex point of scratch is two
};

/// Factors of the table that an axis of a tile is multiplied by: element t by entry
/// offset + group * perGroup + lane * perLane + t * step.
struct FrameFactors {
  int64_t offset = 0, perGroup = 0, perLane = 0, step = 0;
};

/// A tile's points along one axis, in an array: point t of the tile of (group, lane) has coordinate
/// base + group * perGroup + lane * perLane + t * step. Coordinates from `limit` on are not there: they read as zero
/// and are not written. With `wrap` a coordinate is taken modulo `limit` first.
struct FrameCoordinates {
  int64_t base = 0, perGroup = 0, perLane = 0, step = 1, limit = 0;
  bool wrap = false;
};

/// What a pass does along one axis: for every group and lane a tile of `count` points. Of a pass that takes real
/// signals apart: `mirror` is where the tile at negative coordinates is loaded from, `further` where the other half is
/// stored.
struct FrameAxis {
  int64_t groups = 1, lanes = 1, count = 1, stored = 0;
  FrameCoordinates load, mirror, store, further;
  std::optional<FrameFactors> before, after; // `before`: in electronic passes only
  int64_t electronic = 0;                    // points of the electronics' own DFT after the optics, 0 for none
  bool inverse = false;                      // of that one
  bool reversed = false;                     // read back at index -t modulo the aperture
  int64_t digitsOf = 0;                      // where a mirrored axis ends: the radix whose first digits its lanes are

  int64_t tiles() const { return groups * lanes; }
};

/// Two real signals as one complex one, whose spectrum Z is taken apart at the end, where X[-k] = conj X[k].
/// Pairs: x1 + i x2; X1 = (Z[k] + conj Z[-k]) / 2, X2 = (Z[k] - conj Z[-k]) / 2i.
/// Halves: the even and the odd points of one signal along `axis`, E and O; X[k] = E[k] + w^k O[k],
/// X[k + L/2] = E[k] - w^k O[k]. W. H. Press et al., Numerical Recipes, 12.3.
/// Mirror: the first stage along `axis`, of r points, gives digits of which those beyond r/2 are the mirror image of
/// others; they are left out, and the last pass stores each tile a second time, conjugated, at negative coordinates.
/// Spectra: of two complex inputs only the real parts of the outputs are wanted. What is transformed is made of both by
/// the host, so that they come out as real and imaginary part.
enum class FramePacking { None, Pairs, Halves, Mirror, Spectra };

/// Whether the first pass loads two real signals as a complex one.
inline bool isComplexOfTwo(FramePacking packing) {
  return packing == FramePacking::Pairs || packing == FramePacking::Halves;
}

/// A sweep over the array. `optical`: every tile goes through a frame. Tile rows are axis 0. The pass that `separates`
/// loads Z[k] and, at `mirror`, Z[-k], and stores what they are made of; of halves E[k] + `after` O[k], and at
/// `further` E[k] - `after` O[k].
/// `whole`: rows and columns of a tile are points of this axis of the array, and the groups of the columns are the
/// lines of the other one. A point's coordinate is the sum of its row's and its column's, modulo the limit of the rows;
/// what is then not below the limit of the columns is not there.
struct FramePass {
  bool optical = false;
  std::optional<int> whole;
  FramePacking separates = FramePacking::None;
  std::array<FrameAxis, 2> axes;
  std::optional<std::array<FrameAxis, 2>> rest;
  double scale = 1;

  int64_t tiles() const {
    return axes[0].tiles() * axes[1].tiles() + (rest ? (*rest)[0].tiles() * (*rest)[1].tiles() : 0);
  }
  /// Extents of the array that it writes, or, with `load`, reads.
  std::array<int64_t, 2> extents(FrameCoordinates FrameAxis::*which = &FrameAxis::store) const {
    if (!whole)
      return {(axes[0].*which).limit, (axes[1].*which).limit};
    std::array<int64_t, 2> result;
    result[*whole] = (axes[1].*which).limit;
    result[1 - *whole] = axes[1].groups;
    return result;
  }
};

/// One axis of the array that is transformed: `input` points, padded with zeros or cut to `length`; the first `output`
/// coefficients are kept. An axis that is not transformed (a batch) has length 0.
struct FrameTransform {
  int64_t length = 0, input = 0, output = 0;
  bool inverse = false;

  static FrameTransform batch(int64_t extent) { return {0, extent, extent, false}; }
};

struct FramePlan {
  std::vector<FramePass> passes;
  std::vector<Root> table;
  int64_t tableEntries = 0; // factors of the table, whether or not it was computed
  std::string recipe;       // "512 = Bluestein 1089 (9 e, 11, 11); …": for people
  double seconds = 0;       // of all arrays, as the device's figures foretell: in every pass the slowest decides
  /// Of these seconds, those of passes that frames, multiplications, the own memory and links decide.
  std::array<double, 4> decided{};

  /// Frames per transform of the array, where the device encodes and detects complex numbers.
  int64_t frames() const;
  /// Whether arrays are so large that all passes run on one before the next one: scratch holds only one then.
  bool isLarge() const;
};

/// What a plan must know of the arrays beside their transforms.
struct FrameArrays {
  bool isComplex = true;                         // the input has an imaginary part
  int64_t outputs = 2;                           // parts of the output that are wanted
  int64_t count = 1;                             // so many are transformed
  int64_t framesOfReal = 1, framesOfComplex = 1; // that a tile takes
  FramePacking packing = FramePacking::None;     // of a real input
  int64_t packedAxis = 0;                        // of Halves and Mirror
};

/// The fastest plan for an array of two axes, or why there is none.
struct FramePlanResult {
  std::optional<FramePlan> plan;
  std::string reason;
};
FramePlanResult planFrames(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                           const FrameArrays &arrays = {});

/// The same with no choice: per axis the number of optical stages, and the cyclic length (the transform's own, or that
/// of Bluestein's convolution). `whole`: its one optical stage has all points of the aperture, whose sides are coprime.
/// What tables of frame counts are made from.
/// Without `withTable` the plan is one to compare: it has all but the factors.
struct FrameChoice {
  int64_t optical = 0, cyclic = 0;
  bool whole = false;
};
FramePlanResult planFrames(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                           const std::array<FrameChoice, 2> &choice, const FrameArrays &arrays = {},
                           bool withTable = true);

/// What the first form of planFrames chooses from: all pairs of these. `reason` says why an axis has none.
struct FrameChoices {
  std::array<std::vector<FrameChoice>, 2> axes;
  std::string reason;
};
FrameChoices frameChoices(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                          const FrameArrays &arrays = {});

/// Fills in `seconds` and `decided`.
void foretell(FramePlan &plan, const FrameDevice &device, const FrameArrays &arrays);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FRAMEPLAN_H
