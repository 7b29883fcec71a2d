// Everything Fourmix knows, for tools and embedders.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_INITALL_H
#define FOURMIX_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace fourmix {

/// Fourmix's dialects and the upstream ones its phases pass through, with their external interfaces.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Fourmix's passes, and the upstream ones that tests and pipelines use.
void registerAllPasses();

} // namespace fourmix

#endif // FOURMIX_INITALL_H
