// Passes from outside: plug-ins, and pipelines that a user adds after a phase.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PIPELINES_PLUGINS_H
#define FOURMIX_PIPELINES_PLUGINS_H

#include "fourmix/Pipelines/Pipelines.h"
#include "llvm/Support/Error.h"

namespace fourmix {

/// Loads the shared library `path` for good and lets it register its passes and lowerings (fourmix/Plugin.h); nothing
/// for one that is loaded already. Call it before anything compiles. An error says why it is no plug-in for us: no such
/// file, no library, no entry point, another version of the interface or of Fourmix.
llvm::Error loadPassPlugin(llvm::StringRef path);

/// Passes that run after a phase.
struct AddedPasses {
  Phase after;
  std::string pipeline; // MLIR's textual form, on the module
};

/// Understands `after:PHASE:PIPELINE`. The passes must be registered; an error names the text, what was expected and
/// what was found.
llvm::Expected<AddedPasses> parseAddedPasses(llvm::StringRef text);

/// "import, raise, … or llvm", for errors.
std::string listPhases();

} // namespace fourmix

#endif // FOURMIX_PIPELINES_PLUGINS_H
