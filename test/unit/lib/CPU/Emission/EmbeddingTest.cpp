// Models in other people's programs, built by plain cc with the installed headers alone.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RowAdd.h"
#include "llvm/Support/Program.h"

using namespace fourmix;
using namespace fourmix::test;

namespace {

class Embedding : public ModelTest {
protected:
  void SetUp() override {
    ModelTest::SetUp();
    llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("cc");
    if (!found)
      GTEST_SKIP() << "no cc in PATH";
    compiler = *found;
  }

  /// What the program prints, both streams, or its exit status where it is not 0.
  std::string run(std::vector<std::string> command) {
    std::string log = path("log");
    (void)llvm::sys::fs::remove(log); // it would be written over, not cut
    std::vector<llvm::StringRef> words(command.begin(), command.end());
    std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), log, log};
    int status = llvm::sys::ExecuteAndWait(words[0], words, std::nullopt, redirects);
    return status ? "status " + std::to_string(status) + ": " + bytes(log) : bytes(log);
  }

  /// cc, as strict as it can be about C99.
  std::string compile(std::vector<std::string> arguments) {
    std::vector<std::string> command = {compiler,    "-std=gnu99", "-Wall", "-Wextra",
                                        "-pedantic", "-Werror",    "-O1",   "-I" FOURMIX_SOURCE_DIR "/include"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run(command);
  }

  std::string emit(llvm::StringRef name, llvm::StringRef file) {
    EmitOptions options;
    options.modelName = name.str();
    EXPECT_TRUE(succeeded(file.ends_with(".o") ? emitObject(*module, options, path(file))
                                               : emitLibrary(*module, options, path(file))));
    return path(file);
  }

  static constexpr const char *example = FOURMIX_SOURCE_DIR "/examples/c/run_model.c";
  static constexpr const char *expected = "model row_add by fourmix 0.1.0\n"
                                          "input x [2, 8]: 0 1 2 3 4 5 6 7 ...\n"
                                          "output y [2, 8]: 1 3 5 7 9 11 13 15 ...\n";
  std::string compiler;
};

TEST_F(Embedding, TheExampleOpensALibrary) {
  std::string library = emit("row_add", "m.so");
  EXPECT_EQ(compile({example, "-o", path("program"), "-ldl"}), "");
  EXPECT_EQ(run({path("program"), library}), expected);
  EXPECT_NE(run({path("program"), path("absent.so")}).find("status 1: run_model: "), std::string::npos);
}

TEST_F(Embedding, TheExampleLinksAnObject) {
  std::string object = emit("row_add", "m.o");
  EXPECT_EQ(compile({"-fopenmp", "-DMODEL=fourmix_row_add_model", example, object, "-o", path("program"), "-lm"}), "");
  EXPECT_EQ(run({path("program")}), expected);
}

TEST_F(Embedding, TwoModelsLinkIntoOneProgram) {
  std::string first = emit("first", "first.o"), text = rowAdd;
  text.replace(text.find("[1.0, 2.0"), 4, "[9.0");
  module = parse(text);
  std::string second = emit("second", "second.o");
  std::string source = FOURMIX_SOURCE_DIR "/test/unit/lib/CPU/Emission/two_models.c";
  // Without OpenMP the compiler does not know the pragma: that is what the flag is about.
  EXPECT_EQ(compile({"-Wno-unknown-pragmas", source, first, second, "-o", path("serial"), "-lpthread", "-lm"}), "");
  EXPECT_EQ(run({path("serial")}), "without OpenMP: first 1, second 9\n");
  EXPECT_EQ(compile({"-fopenmp", source, first, second, "-o", path("openmp"), "-lm"}), "");
  EXPECT_EQ(run({path("openmp")}), "with OpenMP: first 1, second 9\n");
}

} // namespace
