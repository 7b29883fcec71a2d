// What the host does to spectra of real signals before a launch.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_HOSTSPECTRA_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_HOSTSPECTRA_H

#include "Placement.h"
#include "lib/Emit/Emit.h"

namespace fourmix::spectral_to_optic {

/// What a launch reads of a transform's input `re` + i `im` (null: real), as the placement says: the same; of a real
/// signal's half spectrum the coefficients that stand for two taken twice, since x = Re(IDFT(X)) then; or of two such
/// signals, or of any two of whose transforms the real parts are wanted, the whole spectrum of x1 + i x2.
llvm::SmallVector<mlir::Value> launchInputs(lowering::Emit &e, DeviceTransform &transform,
                                            const PlacedTransform &placed, mlir::Value re, mlir::Value im);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_HOSTSPECTRA_H
