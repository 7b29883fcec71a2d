// The words of the assembly text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_LEXER_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_LEXER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace fourmix::focs {

/// Reads a text word by word. After the first error it is at its end, so that callers look at the end only.
class Lexer {
public:
  enum class Kind { End, Word, Number, String, Line, Sign };

  Lexer(llvm::StringRef text, llvm::StringRef where) : text(text), where(where) { advance(); }

  Kind kind() const { return current; }
  bool isAtEnd() const { return current == Kind::End; }
  bool is(llvm::StringRef word) const { return (current == Kind::Word || current == Kind::Sign) && spelling == word; }
  /// A sign that follows the current word, without the blanks between.
  bool isBefore(char sign) const { return text.substr(at).ltrim(" \t").starts_with(llvm::StringRef(&sign, 1)); }

  /// Passes over the word, if it is there.
  bool take(llvm::StringRef word);
  void expect(llvm::StringRef word);
  std::string expectString();
  std::string expectWord(const char *what);
  /// What a profile's line holds.
  std::string takeLine();
  uint64_t expectUnsigned(llvm::StringRef what, uint64_t most);
  int64_t expectInteger(llvm::StringRef what);
  double expectReal(llvm::StringRef what);
  /// Everything up to the next '}' without blanks and comments; the brace is then the current word.
  std::string takeDigits();

  void fail(const llvm::Twine &expected);
  void failAt(size_t position, const llvm::Twine &message);
  bool hasFailed() const { return error.has_value(); }
  llvm::Error takeError() const { return error ? llvm::createStringError(*error) : llvm::Error::success(); }

private:
  void advance();
  void skipBlanks();
  void lexString();
  /// The current number without its sign.
  uint64_t magnitude(llvm::StringRef what, uint64_t most);

  llvm::StringRef text, where;
  size_t at = 0;    // behind the current word
  size_t start = 0; // of the current word
  Kind current = Kind::End;
  llvm::StringRef spelling;
  std::string string; // of a String or a Line
  std::optional<std::string> error;
};

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_LEXER_H
