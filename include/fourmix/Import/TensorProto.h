// Tensors in ONNX's own files, as its test data hold them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_IMPORT_TENSORPROTO_H
#define FOURMIX_IMPORT_TENSORPROTO_H

#include "fourmix/Support/HostTensor.h"

namespace fourmix {

/// The tensor of a serialised TensorProto, under the name it carries. Errors: no TensorProto, an element type without
/// counterpart in the C interface (strings, complex, 8-bit floats), bytes that do not match the shape, external data.
llvm::Expected<NamedTensor> parseTensorProto(llvm::StringRef contents);

} // namespace fourmix

#endif // FOURMIX_IMPORT_TENSORPROTO_H
