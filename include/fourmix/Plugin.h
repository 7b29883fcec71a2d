// What a plug-in says about itself, once, in one of its files:
//
//   FOURMIX_PASS_PLUGIN("my-passes", "1.0", [] { mlir::PassRegistration<MyPass>(); })
//
// The callback runs when a tool loads the plug-in: it registers passes (mlir::PassRegistration), pipelines
// (mlir::PassPipelineRegistration) and lowerings (dialects/Spectral/IR/Lowerings.h). How to build one: docs/plugins.md.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PLUGIN_H
#define FOURMIX_PLUGIN_H

#include "fourmix/Version.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

/// The two entry points of a plug-in: MLIR's, which mlir-opt and fourmix-opt ask for, and the version of the headers it
/// was built with, which fourmix-compile checks as well.
#define FOURMIX_PASS_PLUGIN(name, version, ...)                                                                        \
  extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT const char *fourmixPluginBuiltWith() { return FOURMIX_VERSION; }        \
  extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT ::mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {                 \
    return {MLIR_PLUGIN_API_VERSION, name, version, __VA_ARGS__};                                                      \
  }

#endif // FOURMIX_PLUGIN_H
