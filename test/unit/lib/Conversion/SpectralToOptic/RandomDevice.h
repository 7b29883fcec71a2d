// Device profiles with figures that nobody thought of, for the tests with random ops.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_RANDOMDEVICE_H
#define TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_RANDOMDEVICE_H

#include "DeviceRun.h"
#include "llvm/Support/Process.h"

namespace fourmix {

/// How many cases, `usual` unless FOURMIX_SEEDS wants others.
inline unsigned seedCount(unsigned usual) {
  const char *wanted = std::getenv("FOURMIX_SEEDS");
  return wanted ? std::atoi(wanted) : usual;
}

/// The path of a profile of this text, of this process alone.
inline std::string writeDevice(llvm::StringRef name, llvm::StringRef text) {
  std::string path =
      testing::TempDir() + name.str() + "." + std::to_string(llvm::sys::Process::getProcessId()) + ".toml";
  std::error_code error;
  llvm::raw_fd_ostream(path, error) << text;
  EXPECT_FALSE(error) << path;
  return path;
}

/// The path of a profile; one that is none is drawn again, and so is one without the fires that are asked for.
inline std::string drawDevice(Draw &draw, bool hasFilter) {
  using llvm::StringRef;
  using llvm::Twine;
  std::vector<std::string> names = device::builtinProfiles();
  while (true) {
    std::string text = llvm::cantFail(device::loadProfile(names[draw.below(names.size())])).text;
    auto set = [&](StringRef section, StringRef key, const Twine &value) {
      size_t begin = text.find(("[" + section + "]").str()), end = text.find("\n[", begin);
      size_t at = text.find(("\n" + key + " = ").str(), begin);
      std::string line = ("\n" + key + " = " + value).str();
      if (at < end)
        text.replace(at, text.find('\n', at + 1) - at, line);
      else
        text.insert(text.find('\n', begin), line);
    };
    auto sometimes = [&](StringRef section, StringRef key, std::initializer_list<StringRef> values) {
      if (draw.below(3) == 0)
        set(section, key, values.begin()[draw.below(values.size())]);
    };
    int64_t largest = hasFilter && draw.below(4) == 0 ? 64 : 20;
    int64_t rows = 1 + draw.below(largest), cols = 1 + draw.below(largest);
    set("geometry", "rows", Twine(rows));
    set("geometry", "cols", Twine(cols));
    set("memory", "accumulator_rows", Twine(rows + draw.below(60)));
    set("memory", "accumulator_cols", Twine(cols + draw.below(60)));
    for (StringRef key : {"field_tiles", "capture_tiles", "accumulator_tiles"})
      set("memory", key, Twine(1 + draw.below(8)));
    set("geometry", "engines", Twine(1 + draw.below(3)));
    set("memory", "table_entries", Twine(draw.below(4) ? 4096 : draw.below(200)));
    set("memory", "scratch_bytes", Twine(draw.below(4096)));
    sometimes("encoder", "domain", {"\"complex\"", "\"real\"", "\"nonnegative\""});
    sometimes("encoder", "digits", {"1", "2", "3"});
    sometimes("detector", "mode", {"\"iq\"", "\"quadrature\"", "\"intensity\""});
    sometimes("electronics", "radices", {"[]", "[2]", "[3]", "[2, 3, 5]", "[2, 3, 5, 7, 11, 13, 17, 19]"});
    if (hasFilter) {
      sometimes("geometry", "kind", {"\"mft\"", "\"4f\"", "\"any\""});
      sometimes("filter", "domain", {"\"complex\"", "\"real\"", "\"nonnegative\"", "\"ideal\""});
      sometimes("filter", "slots", {"1", "2", "4", "7", "64"});
    }
    llvm::Expected<device::Profile> drawn = device::parseProfile(text, "drawn");
    if (!drawn)
      llvm::consumeError(drawn.takeError());
    else if (!hasFilter || drawn->hasFilter())
      return writeDevice("drawn", text);
  }
}

} // namespace fourmix

#endif // TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_RANDOMDEVICE_H
