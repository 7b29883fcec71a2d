// The numbers of the container; docs/command-stream.md says what they mean.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_FORMAT_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_FORMAT_H

#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/StringRef.h"

namespace fourmix::focs {

constexpr llvm::StringLiteral magic = "FOCS";
constexpr uint32_t endianMark = 0x01020304;
constexpr uint16_t majorVersion = 1, minorVersion = 0;
constexpr uint64_t headerBytes = 64, entryBytes = 32, sectionAlignment = 64;
constexpr uint32_t noProgram = 0xffffffff, sectionRequired = 1;

/// Fields of the header and of an entry of the section table, by offset.
namespace header {
constexpr size_t endian = 4, major = 8, minor = 10, headerSize = 12, fileSize = 16, capabilities = 24, profileHash = 32,
                 sections = 40, tableChecksum = 44, reserved = 48, checksum = 60;
} // namespace header
namespace entry {
constexpr size_t type = 0, flags = 4, offset = 8, size = 16, program = 24, checksum = 28;
} // namespace entry

enum class Section : uint32_t { Profile = 1, Constants, Program, Main, Preload, Debug, Prediction, Metadata };
/// A file has Profile and Constants, these five of each program, and Metadata, in this order.
constexpr Section programSections[] = {Section::Program, Section::Main, Section::Preload, Section::Debug,
                                       Section::Prediction};
const char *nameOf(Section section);
/// Whether a reader must understand it to run the stream.
inline bool isRequired(Section section) {
  return section != Section::Debug && section != Section::Prediction && section != Section::Metadata;
}

/// What a device must be able to do, one bit each.
enum Capability : uint64_t {
  FilterCapability = 1 << 0,     // fire mft or correlate, load_filter
  CorrelateCapability = 1 << 1,  // fire correlate
  IntensityCapability = 1 << 2,  // fire with detect intensity
  QuadratureCapability = 1 << 3, // fire with detect iq, i or q
  ReferenceCapability = 1 << 4,  // fire with a reference beam
  BiasCapability = 1 << 5,       // load_field bias
  DoubleCapability = 1 << 6,     // f64 in memory
  ElectronicCapability = 1 << 7, // twiddle, dft, elementwise
  DigitCapability = 1 << 8,      // load_field with a digit
  MeanCapability = 1 << 9,       // load_field remove_mean
  PartCapability = 1 << 10,      // load_field of a positive or negative part
  JoinedCapability = 1 << 11,    // a joined access
};
constexpr uint64_t knownCapabilities = 0xfff;
uint64_t capabilitiesOf(const CommandStream &stream);

/// The words of the binary form of an instruction.
size_t countWords(const Instruction &instruction);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_FORMAT_H
