// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Lexer.h"
#include "lib/Target/CommandStream/Operands.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"

namespace fourmix::focs {
namespace {
using llvm::StringRef;
using llvm::Twine;

/// Visits the operands of an instruction and reads them.
struct OperandParser {
  Lexer &in;

  void key(StringRef name) {
    if (!in.is(name) || !in.isBefore('='))
      return in.fail("'" + name + "='");
    in.take(name);
    in.take("=");
  }
  void flag(StringRef name, bool &value) { value = !in.isBefore('=') && !in.isBefore('{') && in.take(name); }
  template <typename E>
  void byte(StringRef name, E &value) {
    key(name);
    llvm::ArrayRef<const char *> names = namesOf(value);
    for (size_t i = 0; i < names.size(); ++i)
      if (*names[i] && in.take(names[i])) {
        value = static_cast<E>(i);
        return;
      }
    if (name == "gain" && in.take("auto")) {
      value = static_cast<E>(automaticGain);
      return;
    }
    std::string expected = names.empty() ? "a number" : "one of";
    for (const char *one : names)
      expected += *one ? std::string(" ") + one : "";
    if (in.kind() != Lexer::Kind::Number)
      return in.fail(expected);
    value = static_cast<E>(in.expectUnsigned(expected, 255));
  }
  void slot(StringRef name, Slot &slot) {
    key(name);
    slot.first = in.expectUnsigned("a slot", 0xffff);
    slot.rotate = in.take("%") ? in.expectUnsigned("a number of slots", 0xffff) : 1;
  }
  template <typename T>
  void count(StringRef name, T &value) {
    key(name);
    value = in.expectUnsigned("a count", std::numeric_limits<T>::max());
  }
  void integer(StringRef name, int64_t &value) {
    key(name);
    value = in.expectInteger("an integer");
  }
  void real(StringRef name, double &value) {
    key(name);
    value = in.expectReal("a number");
  }
  /// [-] number [* i loop] { (+ | -) number [* i loop] }
  void linear(Linear &linear) {
    linear = {};
    bool hasBase = false;
    do {
      in.take("+");
      int64_t value = in.expectInteger("a number");
      if (in.take("*")) {
        unsigned loop = maxLoopDepth;
        for (unsigned i = 0; i < maxLoopDepth && loop == maxLoopDepth; ++i)
          if (in.take("i" + std::to_string(i)))
            loop = i;
        if (loop == maxLoopDepth)
          return in.fail("a loop, i0 to i" + Twine(maxLoopDepth - 1));
        if (linear.step[loop] != 0 || value == 0)
          return in.fail("one step for each loop, and none of zero, before");
        linear.step[loop] = value;
      } else {
        if (hasBase)
          return in.fail("one number without a loop, before");
        linear.base = value;
        hasBase = true;
      }
    } while (in.is("+") || in.is("-"));
  }
  void linear(StringRef name, Linear &value) {
    key(name);
    linear(value);
  }
  void plane(StringRef name, Plane &plane) {
    key(name);
    if (in.take("const")) {
      plane.region = constantRegion;
    } else if (in.take("scratch")) {
      plane.region = scratchRegion;
    } else {
      unsigned binding = 256;
      for (unsigned i = 0; i + firstBinding < 256 && binding == 256; ++i)
        if (in.is("arg" + std::to_string(i)))
          binding = i;
      if (binding == 256)
        return in.fail("a region: const, scratch, or arg0 to arg253");
      in.take("arg" + std::to_string(binding));
      plane.region = binding + firstBinding;
    }
    in.expect("[");
    linear(plane.offset);
    in.expect("]");
  }
  template <typename F>
  void group(StringRef name, F &&operands) {
    in.expect(name);
    in.expect("{");
    operands();
    in.expect("}");
  }
  template <typename T, typename F>
  void optional(StringRef name, std::optional<T> &value, F &&operands) {
    if (in.is(name))
      operands(value.emplace());
    else
      value.reset();
  }
};

class Assembler {
public:
  Assembler(StringRef text, StringRef where) : in(text, where) {}

  llvm::Expected<CommandStream> assemble() {
    in.expect("focs");
    if (in.expectUnsigned("version", majorVersion) != majorVersion)
      in.fail("version " + Twine(majorVersion) + " before");
    bool hasProfile = false, hasConstants = false;
    while (!in.isAtEnd()) {
      if (in.take("metadata")) {
        std::string key = in.expectString();
        stream.metadata.emplace_back(key, in.expectString());
      } else if (in.take("program")) {
        program(stream.programs.emplace_back());
      } else if (!hasProfile && in.take("profile")) {
        hasProfile = true;
        profile();
      } else if (!hasConstants && in.take("constants")) {
        hasConstants = true;
        constants();
      } else {
        in.fail("a program, metadata, one profile or constants once");
      }
    }
    if (in.hasFailed())
      return in.takeError();
    return std::move(stream);
  }

private:
  /// { item item … }
  template <typename F>
  void block(F &&item) {
    in.expect("{");
    while (!in.hasFailed() && !in.take("}"))
      item();
  }

  void profile() {
    block([&] { stream.profile += in.kind() == Lexer::Kind::Line ? in.takeLine() : in.expectString(); });
  }

  void constants() {
    uint64_t size = in.expectUnsigned("a size in bytes", UINT64_MAX);
    bool isHex = in.take("hex");
    if (!isHex)
      in.expect("base64");
    if (!in.is("{"))
      return in.fail("'{'");
    in.take("{");
    std::string digits = in.takeDigits();
    std::string problem;
    if (isHex) {
      std::string bytes;
      if (digits.size() % 2 || !llvm::tryGetFromHex(digits, bytes))
        problem = "hexadecimal digits, two of each byte, before";
      stream.constants.assign(bytes.begin(), bytes.end());
    } else {
      std::vector<char> bytes;
      if (llvm::Error e = llvm::decodeBase64(digits, bytes)) {
        llvm::consumeError(std::move(e));
        problem = "base 64 before";
      }
      stream.constants.assign(bytes.begin(), bytes.end());
    }
    if (problem.empty() && stream.constants.size() != size)
      problem =
          (Twine(size) + " bytes of constants before, of which there are " + Twine(stream.constants.size())).str();
    if (!problem.empty())
      return in.fail(problem);
    in.expect("}");
  }

  void binding(Program &program, bool isOutput) {
    Binding &result = program.bindings.emplace_back();
    result.name = in.expectString();
    result.isOutput = isOutput;
    if (in.take("f64"))
      result.type = ElementType::F64;
    else
      in.expect("f32");
    in.expect("[");
    if (in.take("]"))
      return;
    do
      result.shape.push_back(in.expectInteger("an extent"));
    while (in.take(","));
    in.expect("]");
  }

  void program(Program &program) {
    program.name = in.expectString();
    block([&] {
      if (in.take("input"))
        return binding(program, false);
      if (in.take("output"))
        return binding(program, true);
      if (in.take("scratch")) {
        program.scratchBytes = in.expectUnsigned("a size in bytes", UINT64_MAX);
      } else if (in.take("token")) {
        uint64_t token = in.expectUnsigned("a token", numTokens - 1);
        in.expect("=");
        program.tokens[token] = in.expectUnsigned("a count", 0xffff);
      } else if (in.take("predicted")) {
        OperandParser operands{in};
        operands.count("frames", program.prediction.frames);
        operands.real("seconds", program.prediction.seconds);
        operands.real("joules", program.prediction.joules);
      } else if (in.take("debug")) {
        block([&] { program.debug.push_back(in.expectString()); });
      } else if (in.take("preload")) {
        block([&] { instruction(program.preload.emplace_back()); });
      } else if (in.take("main")) {
        block([&] { instruction(program.main.emplace_back()); });
      } else {
        in.fail("input, output, scratch, token, predicted, debug, preload or main");
      }
    });
  }

  uint32_t tokens(StringRef name) {
    uint32_t mask = 0;
    if (in.take(name)) {
      in.expect("=");
      do
        mask |= 1u << in.expectUnsigned("a token", numTokens - 1);
      while (in.take(","));
    }
    return mask;
  }

  void instruction(Instruction &instruction) {
    size_t known = 0;
    while (known < numBodies && !in.is(opcodes[known].mnemonic))
      ++known;
    if (known == numBodies)
      return in.fail("an instruction");
    in.take(opcodes[known].mnemonic);
    instruction.body = makeBody(known);
    OperandParser parser{in};
    std::visit([&](auto &body) { operands(parser, body); }, instruction.body);
    instruction.wait = tokens("wait");
    instruction.signal = tokens("signal");
  }

  Lexer in;
  CommandStream stream;
};

} // namespace

llvm::Expected<CommandStream> assemble(StringRef text, StringRef where) { return Assembler(text, where).assemble(); }

} // namespace fourmix::focs
