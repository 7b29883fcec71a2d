// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Operands.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <charconv>
#include <cmath>

namespace fourmix::focs {
namespace {
using llvm::raw_ostream;
using llvm::StringRef;

/// Constants up to this size are written in hexadecimal digits, with numbers beside them; larger ones in base 64.
constexpr size_t mostHexBytes = 1 << 16;

bool isPrintable(StringRef text) {
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  return llvm::isLegalUTF8String(&begin, reinterpret_cast<const llvm::UTF8 *>(text.end())) &&
         llvm::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

std::string quoted(StringRef text) {
  bool isPlain = isPrintable(text);
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (isPlain || (byte >= 0x20 && byte < 0x7f))
      result += c;
    else
      result +=
          ("\\x" + llvm::Twine(llvm::hexdigit(byte >> 4, true)) + llvm::Twine(llvm::hexdigit(byte & 15, true))).str();
  }
  return result + "\"";
}

/// The shortest decimal number that reads back as this one; the bits of what is no number.
std::string text(double value) {
  if (!std::isfinite(value))
    return llvm::formatv("{0:x16}", llvm::bit_cast<uint64_t>(value));
  char buffer[40];
  return std::string(buffer, std::to_chars(buffer, std::end(buffer), value).ptr);
}

std::string text(const Linear &linear) {
  std::string result;
  for (int i = 0; i < maxLoopDepth; ++i)
    if (int64_t step = linear.step[i])
      result += llvm::formatv("{0}{1}*i{2}", step > 0 && !result.empty() ? "+" : "", step, i);
  if (linear.base == 0 && !result.empty())
    return result;
  return std::to_string(linear.base) + (result.empty() || result[0] == '-' ? "" : "+") + result;
}

std::string regionName(uint8_t region) {
  return region == constantRegion  ? "const"
         : region == scratchRegion ? "scratch"
                                   : "arg" + std::to_string(region - firstBinding);
}

/// Visits the operands of an instruction and prints them.
struct OperandPrinter {
  raw_ostream &out;
  bool isFirst = false; // in a group

  raw_ostream &begin(StringRef name) {
    out << (isFirst ? "" : " ") << name;
    isFirst = false;
    return out;
  }
  void flag(StringRef name, bool value) {
    if (value)
      begin(name);
  }
  template <typename E>
  void byte(StringRef name, E value) {
    auto number = static_cast<unsigned>(value);
    begin(name) << '=';
    if (!namesOf(value).empty() && isValue<E>(number))
      out << namesOf(value)[number];
    else if (name == "gain" && number == automaticGain)
      out << "auto";
    else
      out << number;
  }
  void slot(StringRef name, Slot slot) {
    begin(name) << '=' << slot.first;
    if (slot.rotate != 1)
      out << '%' << slot.rotate;
  }
  void count(StringRef name, uint32_t value) { begin(name) << '=' << value; }
  void integer(StringRef name, int64_t value) { begin(name) << '=' << value; }
  void real(StringRef name, double value) { begin(name) << '=' << text(value); }
  void linear(StringRef name, const Linear &value) { begin(name) << '=' << text(value); }
  void plane(StringRef name, const Plane &plane) {
    begin(name) << '=' << regionName(plane.region) << '[' << text(plane.offset) << ']';
  }
  template <typename F>
  void group(StringRef name, F &&operands) {
    begin(name) << '{';
    isFirst = true;
    operands();
    isFirst = false;
    out << '}';
  }
  template <typename T, typename F>
  void optional(StringRef, const std::optional<T> &value, F &&operands) {
    if (value)
      operands(*value);
  }
};

void printTokens(raw_ostream &out, StringRef name, uint32_t tokens) {
  StringRef separator = "=";
  for (int i = 0; i < numTokens; ++i)
    if (tokens >> i & 1) {
      if (separator == "=")
        out << ' ' << name;
      out << separator << i;
      separator = ",";
    }
}

void printCode(raw_ostream &out, StringRef name, llvm::ArrayRef<Instruction> code, const Program &program) {
  out << "  " << name << " {\n";
  size_t word = 0, depth = 0;
  for (const Instruction &instruction : code) {
    if (std::holds_alternative<EndLoop>(instruction.body) && depth > 0)
      --depth;
    out.indent(4 + 2 * depth) << opcodes[instruction.body.index()].mnemonic;
    OperandPrinter printer{out};
    std::visit([&](const auto &body) { operands(printer, body); }, instruction.body);
    printTokens(out, "wait", instruction.wait);
    printTokens(out, "signal", instruction.signal);
    out << " ; @" << word;
    if (const auto *mark = std::get_if<Mark>(&instruction.body); mark && mark->debug < program.debug.size())
      out << ' ' << quoted(program.debug[mark->debug]);
    out << '\n';
    word += countWords(instruction);
    depth += std::holds_alternative<Loop>(instruction.body);
  }
  out << "  }\n";
}

void print(raw_ostream &out, const Program &program) {
  out << "\nprogram " << quoted(program.name) << " {\n";
  for (size_t i = 0; i < program.bindings.size(); ++i) {
    const Binding &binding = program.bindings[i];
    out << (binding.isOutput ? "  output " : "  input ") << quoted(binding.name) << ' '
        << (binding.type == ElementType::F32 ? "f32" : "f64") << '[';
    llvm::interleaveComma(binding.shape, out);
    out << "] ; arg" << i << '\n';
  }
  out << "  scratch " << program.scratchBytes << '\n';
  for (int i = 0; i < numTokens; ++i)
    if (program.tokens[i])
      out << "  token " << i << " = " << program.tokens[i] << '\n';
  const Prediction &prediction = program.prediction;
  out << "  predicted frames=" << prediction.frames << " seconds=" << text(prediction.seconds)
      << " joules=" << text(prediction.joules) << '\n';
  out << "  debug {\n";
  for (size_t i = 0; i < program.debug.size(); ++i)
    out << "    " << quoted(program.debug[i]) << " ; " << i << '\n';
  out << "  }\n";
  printCode(out, "preload", program.preload, program);
  printCode(out, "main", program.main, program);
  out << "}\n";
}

/// A line each, raw where it can be.
void printProfile(raw_ostream &out, StringRef profile) {
  out << "\nprofile {\n";
  while (!profile.empty()) {
    size_t end = profile.find('\n');
    StringRef line = profile.take_front(end);
    if (end != StringRef::npos && isPrintable(line))
      out << "  |" << (line.empty() ? "" : " ") << line << '\n';
    else
      out << "  " << quoted(profile.take_front(end == StringRef::npos ? end : end + 1)) << '\n';
    profile = profile.drop_front(std::min(profile.size(), end == StringRef::npos ? end : end + 1));
  }
  out << "}\n";
}

void printConstants(raw_ostream &out, llvm::ArrayRef<uint8_t> bytes) {
  bool isHex = bytes.size() <= mostHexBytes;
  out << "\nconstants " << bytes.size() << (isHex ? " hex {\n" : " base64 {\n");
  for (size_t at = 0; at < bytes.size();) {
    llvm::ArrayRef<uint8_t> line = bytes.slice(at, std::min<size_t>(isHex ? 16 : 60, bytes.size() - at));
    if (!isHex) {
      out << "  " << llvm::encodeBase64(line) << '\n';
    } else {
      for (size_t i = 0; i < line.size(); ++i)
        out << (i % 4 == 0 ? (i ? " " : "  ") : "") << llvm::hexdigit(line[i] >> 4, true)
            << llvm::hexdigit(line[i] & 15, true);
      out << llvm::formatv(" ; {0:x}:", at);
      for (size_t i = 0; i + 4 <= line.size(); i += 4)
        out << llvm::formatv(" {0}", llvm::bit_cast<float>(llvm::support::endian::read32le(&line[i])));
      out << '\n';
    }
    at += line.size();
  }
  out << "}\n";
}

} // namespace

std::string disassemble(const CommandStream &stream) {
  std::string result;
  llvm::raw_string_ostream out(result);
  out << "; Instructions in order, '; @' is the offset in words. 3%2 is slot 3 + I mod 2, I numbers the iterations.\n"
      << "focs " << majorVersion << '\n';
  for (const auto &[key, value] : stream.metadata)
    out << "metadata " << quoted(key) << ' ' << quoted(value) << '\n';
  for (const Program &program : stream.programs)
    print(out, program);
  printProfile(out, stream.profile);
  printConstants(out, stream.constants);
  return result;
}

} // namespace fourmix::focs
