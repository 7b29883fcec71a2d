// docs/command-stream.md says what the code does: the table of instructions, the bytes of the example, the rules.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Operands.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"
#include "gtest/gtest.h"
#include <set>

using namespace fourmix::focs;
using llvm::StringRef;

namespace {
const std::string source = FOURMIX_SOURCE_DIR, page = source + "/docs/command-stream.md";

std::string contentOf(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(!!buffer) << path;
  return buffer ? (*buffer)->getBuffer().str() : "";
}

/// What stands between ```NAME and ``` in the page.
std::string blockOf(StringRef name) {
  std::string text = contentOf(page), start = ("```" + name + "\n").str();
  StringRef rest = StringRef(text).split(start).second;
  EXPECT_FALSE(rest.empty()) << name.str();
  return rest.split("```").first.str();
}

std::set<std::string> rulesIn(StringRef text) {
  std::set<std::string> rules;
  llvm::Regex rule("V[1-9][0-9][0-9]");
  llvm::SmallVector<StringRef> match;
  while (rule.match(text, &match)) {
    rules.insert(match[0].str());
    text = StringRef(match[0].end(), text.end() - match[0].end());
  }
  return rules;
}

/// Visits the operands of an instruction and names them.
struct Describer {
  std::string flags, words, prefix;
  bool inBytes = false;

  void add(StringRef name, const char *kind) {
    inBytes = false;
    words += (llvm::Twine(words.empty() ? "" : ", ") + prefix + name + " " + kind).str();
  }
  void flag(StringRef name, bool) { flags += (llvm::Twine(flags.empty() ? "" : ", ") + prefix + name).str(); }
  template <typename E>
  void byte(StringRef name, E) {
    words += (inBytes ? " + " : words.empty() ? "" : ", ") + prefix + name.str() + " byte";
    inBytes = true;
  }
  void slot(StringRef name, Slot) { add(name, "slot"); }
  void count(StringRef name, uint32_t) { add(name, "word"); }
  void integer(StringRef name, int64_t) { add(name, "integer"); }
  void real(StringRef name, double) { add(name, "real"); }
  void linear(StringRef name, const Linear &) { add(name, "linear"); }
  void plane(StringRef name, const Plane &) { add(name, "plane"); }
  template <typename F>
  void group(StringRef name, F &&operands) {
    std::string outer = prefix;
    prefix += name.str() + ".";
    operands();
    prefix = outer;
  }
  template <typename T, typename F>
  void optional(StringRef name, std::optional<T> &value, F &&operands) {
    flag(name.str() + "?", true);
    std::string before = words;
    words.clear();
    operands(value.emplace());
    words = before + ", [" + words + "]";
  }
};
} // namespace

TEST(Docs, HaveTheTableOfInstructions) {
  std::string text = contentOf(page);
  const char *queues[] = {"", "load", "optics", "electronics", "store"};
  for (size_t i = 0; i < numBodies; ++i) {
    Instruction instruction{0, 0, makeBody(i)};
    Describer describer;
    std::visit([&](auto &body) { operands(describer, body); }, instruction.body);
    for (const char *axis : {"row", "col"}) {
      std::string parts;
      for (const char *part : {"start linear", "step integer", "limit integer", "pitch integer", "count word"})
        parts += (parts.empty() ? "" : ", ") + std::string(axis) + "." + part;
      if (size_t at = describer.words.find(parts); at != std::string::npos)
        describer.words.replace(at, parts.size(), std::string(axis) + " axis");
    }
    std::string line =
        llvm::formatv("| {0:x2} | `{1}` | {2} | {3} | {4} |", opcodes[i].code, opcodes[i].mnemonic,
                      queues[static_cast<size_t>(queueOf(instruction))], describer.flags, describer.words);
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
  }
}

TEST(Docs, TheDumpIsTheText) {
  llvm::Expected<CommandStream> stream = assemble(blockOf("focs"), "docs");
  ASSERT_TRUE(!!stream) << llvm::toString(stream.takeError());
  std::vector<uint8_t> bytes;
  std::string text = blockOf("hexdump");
  llvm::SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n', -1, false);
  for (StringRef line : lines) {
    auto [offset, rest] = line.split(':');
    size_t at = 0;
    ASSERT_FALSE(offset.getAsInteger(16, at)) << line.str();
    ASSERT_GE(at, bytes.size());
    bytes.resize(at); // what is left out is zero
    std::string digits = rest.split(';').first.str(), content;
    llvm::erase(digits, ' ');
    ASSERT_TRUE(llvm::tryGetFromHex(digits, content)) << line.str();
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  llvm::Expected<CommandStream> decoded = decode(bytes);
  std::string dump;
  std::vector<uint8_t> expected = encode(*stream);
  for (size_t i = 0; i < expected.size(); i += 16) {
    dump += llvm::formatv("{0}:", llvm::format_hex_no_prefix(i, 3));
    for (size_t k = i; k < std::min(i + 16, expected.size()); ++k)
      dump += llvm::formatv("{0}{1}", k % 4 ? "" : " ", llvm::format_hex_no_prefix(expected[k], 2));
    dump += "\n";
  }
  ASSERT_TRUE(!!decoded) << llvm::toString(decoded.takeError()) << "\n" << dump;
  EXPECT_TRUE(*decoded == *stream) << dump;
}

TEST(Docs, EveryRuleIsDocumentedAndTested) {
  std::set<std::string> inCode;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator file(source + "/lib/Target/CommandStream", error), end; file != end && !error;
       file.increment(error))
    if (StringRef(file->path()).ends_with(".cpp"))
      inCode.merge(rulesIn(contentOf(file->path())));
  EXPECT_EQ(rulesIn(contentOf(page)), inCode);
  EXPECT_EQ(rulesIn(contentOf(source + "/test/unit/lib/Target/CommandStream/ValidateTest.cpp")), inCode);
}
