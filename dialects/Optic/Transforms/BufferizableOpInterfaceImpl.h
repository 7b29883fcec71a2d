// Launches on buffers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define DIALECTS_OPTIC_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace fourmix::optic {

/// `optic.launch` bufferizes: it reads `ins`, writes all of `outs` and reads nothing of them.
void registerBufferizableOpInterfaceExternalModels(mlir::DialectRegistry &registry);

} // namespace fourmix::optic

#endif // DIALECTS_OPTIC_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
