// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Lexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include <charconv>

namespace fourmix::focs {
using llvm::StringRef;
using llvm::Twine;

void Lexer::failAt(size_t position, const Twine &message) {
  if (error)
    return;
  StringRef before = text.take_front(position);
  size_t line = before.count('\n') + 1, column = position - (before.rfind('\n') + 1) + 1;
  error = (where + ":" + Twine(line) + ":" + Twine(column) + ": " + message).str();
  current = Kind::End;
  spelling = {};
  at = text.size();
}

void Lexer::fail(const Twine &expected) {
  std::string found = current == Kind::End      ? "the end of the text"
                      : current == Kind::String ? "a string"
                      : current == Kind::Line   ? "a line"
                                                : ("'" + spelling + "'").str();
  failAt(start, "expected " + expected + ", found " + found);
}

void Lexer::skipBlanks() {
  for (;;) {
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    if (at == text.size() || text[at] != ';')
      return;
    at = std::min(text.find('\n', at), text.size());
  }
}

void Lexer::advance() {
  skipBlanks();
  start = at;
  string.clear();
  if (at == text.size()) {
    current = Kind::End;
    spelling = {};
    return;
  }
  StringRef rest = text.drop_front(at);
  char c = rest[0];
  if (c == '"')
    return lexString();
  if (c == '|') {
    StringRef line = rest.drop_front().take_until([](char c) { return c == '\n'; });
    at += 1 + line.size();
    line.consume_front(" ");
    string = line.str() + "\n";
    current = Kind::Line;
    return;
  }
  if (llvm::isAlpha(c) || c == '_') {
    spelling = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    current = Kind::Word;
  } else if (llvm::isDigit(c)) {
    // Letters and digits, and the sign of a decimal exponent.
    size_t size = 1;
    bool isHex = rest.starts_with("0x");
    while (size < rest.size() && (llvm::isAlnum(rest[size]) || rest[size] == '.' ||
                                  (!isHex && (rest[size] == '+' || rest[size] == '-') && rest[size - 1] == 'e')))
      ++size;
    spelling = rest.take_front(size);
    current = Kind::Number;
  } else {
    spelling = rest.take_front(1);
    current = Kind::Sign;
  }
  at += spelling.size();
}

void Lexer::lexString() {
  current = Kind::String;
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at) {
    if (text[at] != '\\') {
      string += text[at];
      continue;
    }
    StringRef escape = text.substr(at + 1, 3);
    unsigned byte = 0;
    if (escape.starts_with("n")) {
      string += '\n';
      ++at;
    } else if (escape.starts_with("t")) {
      string += '\t';
      ++at;
    } else if (escape.starts_with("\"") || escape.starts_with("\\")) {
      string += escape[0];
      ++at;
    } else if (escape.size() == 3 && escape[0] == 'x' && !escape.drop_front().getAsInteger(16, byte)) {
      string += static_cast<char>(byte);
      at += 3;
    } else {
      return failAt(at, "expected one of the escapes \\n \\t \\\" \\\\ \\x00, found another");
    }
  }
  if (at == text.size() || text[at] != '"')
    return failAt(start, "expected a string that ends in its line, found none");
  ++at;
}

bool Lexer::take(StringRef word) {
  if (!is(word))
    return false;
  advance();
  return true;
}

void Lexer::expect(StringRef word) {
  if (!take(word))
    fail("'" + word + "'");
}

std::string Lexer::expectString() {
  if (current != Kind::String) {
    fail("a string");
    return "";
  }
  std::string result = std::move(string);
  advance();
  return result;
}

std::string Lexer::takeLine() {
  std::string result = std::move(string);
  advance();
  return result;
}

std::string Lexer::expectWord(const char *what) {
  if (current != Kind::Word) {
    fail(what);
    return "";
  }
  std::string result = spelling.str();
  advance();
  return result;
}

uint64_t Lexer::magnitude(StringRef what, uint64_t most) {
  uint64_t value = 0;
  if (current != Kind::Number || spelling.getAsInteger(spelling.starts_with("0x") ? 0 : 10, value) || value > most) {
    fail(what + " of at most " + Twine(most));
    return 0;
  }
  advance();
  return value;
}

uint64_t Lexer::expectUnsigned(StringRef what, uint64_t most) { return magnitude(what, most); }

int64_t Lexer::expectInteger(StringRef what) {
  bool isNegative = take("-");
  uint64_t value = magnitude(what, isNegative ? uint64_t(1) << 63 : INT64_MAX);
  return static_cast<int64_t>(isNegative ? -value : value);
}

double Lexer::expectReal(StringRef what) {
  bool isNegative = take("-");
  double value = 0;
  uint64_t bits = 0;
  if (current == Kind::Number && spelling.starts_with("0x") && !isNegative && !spelling.getAsInteger(0, bits)) {
    advance();
    return llvm::bit_cast<double>(bits);
  }
  auto [end, problem] = std::from_chars(spelling.begin(), spelling.end(), value);
  if (current != Kind::Number || problem != std::errc() || end != spelling.end()) {
    fail(what);
    return 0;
  }
  advance();
  return isNegative ? -value : value;
}

std::string Lexer::takeDigits() {
  std::string digits;
  at = start; // what the last word began with belongs to it
  for (; at < text.size() && !hasFailed(); ++at) {
    char c = text[at];
    if (c == '}')
      break;
    if (c == ';')
      at = std::min(text.find('\n', at), text.size()) - 1;
    else if (!llvm::isSpace(c))
      digits += c;
  }
  if (!hasFailed())
    advance();
  return digits;
}

} // namespace fourmix::focs
