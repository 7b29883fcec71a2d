// Where the bytes of weights are: not in the text of a module.
//
// In memory the parameter store of a module is the resource manager of its context (Constants.h). On disk it is one
// file of our own beside the text:
//
//   bytes 0-7    "FOURMIXW"
//   bytes 8-15   format version, 1 (all numbers are little-endian and of 64 bits)
//   bytes 16-31  hash of the index (XXH3, 128 bits): the hash of the store
//   bytes 32-47  offset and size of the index
//   ...          the weights' bytes, each at a multiple of 64
//   index        per weight: length of its key, key, offset, size, hash of its bytes (XXH3, 64 bits)
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_PARAMETERSTORE_H
#define FOURMIX_SUPPORT_PARAMETERSTORE_H

#include "mlir/IR/BuiltinOps.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace fourmix {

/// Prints `module` without the bytes of its weights: a weight shows as `dense_resource<key>`.
void printWithoutWeights(mlir::ModuleOp module, llvm::raw_ostream &os, bool locations = false);

/// Writes the bytes of every weight of `module` to the file `path` and notes the store on the module as
/// `fourmix.store = {path, hash}`. The noted path is the file name alone where the store lies in `moduleFolder`, so
/// that text and store can move together, and absolute otherwise. Same weights, same bytes. Errors: a weight whose
/// bytes are not present, a file that cannot be written.
mlir::LogicalResult saveWeights(mlir::ModuleOp module, llvm::StringRef path, llvm::StringRef moduleFolder);

/// Fills the weights of a module that was read as text from the store that it notes, by mapping it; a noted relative
/// path starts at `moduleFolder`. A module that notes no store stays as it is. Errors: a store that is missing,
/// damaged or not the one that was written with this text, a weight that it lacks or has in another size.
mlir::LogicalResult loadWeights(mlir::ModuleOp module, llvm::StringRef moduleFolder);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_PARAMETERSTORE_H
