// Command streams as files: binary (.focs), text, and the check that a stream may run on a device.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TARGET_COMMANDSTREAMIO_H
#define FOURMIX_TARGET_COMMANDSTREAMIO_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace fourmix::focs {

/// The file's bytes. Equal streams give equal bytes.
std::vector<uint8_t> encode(const CommandStream &stream);

struct DecodeOptions {
  bool checkChecksums = true; // off for fuzzing and for looking at damaged files
};
/// Total: any bytes give a stream or one error, which says what was expected and found at which offset.
llvm::Expected<CommandStream> decode(llvm::ArrayRef<uint8_t> bytes, const DecodeOptions &options = {});

/// 128 bits of the file's content that tie a library to it.
std::array<uint8_t, 16> contentHash(llvm::ArrayRef<uint8_t> bytes);

/// The assembly text: lossless, commented with layer names. assemble(disassemble(s)) == s.
std::string disassemble(const CommandStream &stream);
llvm::Expected<CommandStream> assemble(llvm::StringRef text, llvm::StringRef where);

/// A rule that a stream breaks, and where.
struct Violation {
  std::string rule; // its id, "V203"
  std::string program;
  bool inPreload = false;
  size_t instruction = 0; // its index; wordOffset in the program's code of the binary form
  size_t wordOffset = 0;
  bool ofProgram = false; // and of none of its instructions
  std::string location;   // the debug entry in force there
  std::string message;    // what was expected and what was found
  std::string text() const;
};

/// Everything that is wrong, at most `most` violations. An empty answer promises that the simulator runs the stream
/// without trap, deadlock or access out of range. Knows nothing of the compiler that made the stream.
std::vector<Violation> validate(const CommandStream &stream, const device::Profile &profile, size_t most = 20);

/// Loops that have nothing but each other in them, around a body without loops.
struct LoopNest {
  size_t loop = 0;           // where the outermost one stands
  size_t levels = 1;         // how many loops
  size_t body = 0, size = 0; // the instructions in the innermost one: where the first stands, and how many
};

/// All of a code whose loops are in pairs, as large as they are.
std::vector<LoopNest> nestsOf(llvm::ArrayRef<Instruction> code);

/// Those of the main code of a valid stream of which no iteration touches an element of memory that another one writes:
/// iterations may be executed side by side, and in any order. Of a nest as many loops, from the innermost on, as are
/// known to be so in every iteration of those around.
std::vector<LoopNest> independentNests(const CommandStream &stream, const Program &program,
                                       const device::Profile &profile);

} // namespace fourmix::focs

#endif // FOURMIX_TARGET_COMMANDSTREAMIO_H
