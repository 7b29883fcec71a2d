// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomStream.h"
#include "ValidProgram.h"
#include "gtest/gtest.h"
#include <random>

using namespace fourmix::focs;

static std::string errorOf(llvm::StringRef text) {
  llvm::Expected<CommandStream> stream = assemble(text, "a.s");
  return stream ? "" : llvm::toString(stream.takeError());
}

TEST(Text, AssemblesWhatItDisassembled) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    CommandStream stream = arbitraryStream(seed);
    std::string text = disassemble(stream);
    llvm::Expected<CommandStream> again = assemble(text, "a.s");
    ASSERT_TRUE(!!again) << seed << ": " << llvm::toString(again.takeError()) << "\n" << text;
    EXPECT_TRUE(*again == stream) << seed << "\n" << text;
    EXPECT_TRUE(encode(*again) == encode(stream)) << seed; // bits of zeros and infinities, too
  }
}

TEST(Text, HasLargeConstantsInBase64) {
  CommandStream stream;
  for (size_t size : {65536, 65537, 65538, 65539, 65596}) {
    stream.constants.resize(size);
    for (size_t i = 0; i < size; ++i)
      stream.constants[i] = static_cast<uint8_t>(i * 131 >> 3);
    std::string text = disassemble(stream);
    EXPECT_EQ(text.find(" hex {") == std::string::npos, size > 65536);
    llvm::Expected<CommandStream> again = assemble(text, "a.s");
    ASSERT_TRUE(!!again) << llvm::toString(again.takeError());
    EXPECT_TRUE(*again == stream) << size;
  }
}

TEST(Text, SaysWhatItExpectedAndFoundWhere) {
  auto main = [](const char *code) { return std::string("focs 1\nprogram \"p\" { main {\n") + code + "\n} }\n"; };
  EXPECT_EQ(errorOf(""), "a.s:1:1: expected 'focs', found the end of the text");
  EXPECT_EQ(errorOf("focs 2"), "a.s:1:6: expected version of at most 1, found '2'");
  EXPECT_EQ(errorOf("focs 1 what"),
            "a.s:1:8: expected a program, metadata, one profile or constants once, found 'what'");
  EXPECT_EQ(errorOf("focs 1\nmetadata \"a"), "a.s:2:10: expected a string that ends in its line, found none");
  EXPECT_EQ(errorOf("focs 1\nmetadata \"\\q\" \"\""),
            "a.s:2:11: expected one of the escapes \\n \\t \\\" \\\\ \\x00, found another");
  EXPECT_EQ(errorOf(main("jump")), "a.s:3:1: expected an instruction, found 'jump'");
  EXPECT_EQ(errorOf(main("loop")), "a.s:4:1: expected 'trip=', found '}'");
  EXPECT_EQ(errorOf(main("loop trip=x")), "a.s:3:11: expected a count of at most 4294967295, found 'x'");
  EXPECT_EQ(errorOf(main("fire mode=dft")), "a.s:3:11: expected one of ft mft correlate, found 'dft'");
  EXPECT_EQ(errorOf(main("load_field field=1 component=real type=f32 row{start=3*i9")),
            "a.s:3:56: expected a loop, i0 to i7, found 'i9'");
  EXPECT_EQ(errorOf(main("load_table to=0 count=1 type=f32 re=heap[0]")),
            "a.s:3:37: expected a region: const, scratch, or arg0 to arg253, found 'heap'");
  EXPECT_EQ(errorOf(main("end wait=32")), "a.s:3:10: expected a token of at most 31, found '32'");
  EXPECT_EQ(errorOf("focs 1 constants 2 hex { 00 }"),
            "a.s:1:29: expected 2 bytes of constants before, of which there are 1, found '}'");
  EXPECT_EQ(errorOf("focs 1 constants 1 hex { 0 }"),
            "a.s:1:28: expected hexadecimal digits, two of each byte, before, found '}'");
}

/// Whatever the text: a stream or an error.
TEST(Text, SurvivesDamage) {
  std::string original = disassemble(pipelineStream());
  std::mt19937 random(7);
  size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = original;
    for (unsigned n = 1 + random() % 3; n > 0; --n) {
      size_t at = random() % text.size();
      switch (random() % 4) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, random() % 20);
        break;
      case 2:
        text.insert(at, original.substr(random() % original.size(), random() % 20));
        break;
      default:
        text.resize(at + 1);
      }
    }
    accepted += errorOf(text).empty();
  }
  EXPECT_GT(accepted, 100u); // what fell into comments
}
