// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LayerList.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace fourmix::rewrite {

static Error wrong(const std::string &message) { return createStringError(inconvertibleErrorCode(), message.c_str()); }

static std::string describeCount(int64_t count) {
  return formatv("the network has {0} attention layer{1}{2}", count, count == 1 ? "" : "s",
                 count == 0 ? "" : formatv(", 0 to {0}", count - 1).str());
}

/// `K` of `first=K`: how many layers.
static Expected<int64_t> parseSome(StringRef text, StringRef some, int64_t count) {
  int64_t number;
  if (!to_integer(some, number, 10) || number < 0)
    return wrong(formatv("expected a number of layers after '=', but found '{0}'", text));
  if (number > count)
    return wrong(formatv("expected at most {0} layers, but found '{1}': {2}", count, text, describeCount(count)));
  return number;
}

Expected<std::set<int64_t>> parseLayers(StringRef text, int64_t count) {
  std::set<int64_t> layers;
  auto addRange = [&](int64_t from, int64_t end) {
    for (int64_t layer = from; layer < end; ++layer)
      layers.insert(layer);
  };
  if (text == "all") {
    addRange(0, count);
    return layers;
  }
  auto [word, some] = text.split('=');
  if (text.contains('=') && is_contained({"first", "last", "all-but-first", "all-but-last"}, word)) {
    Expected<int64_t> number = parseSome(text, some, count);
    if (!number)
      return number.takeError();
    bool isFirst = word == "first" || word == "all-but-last";
    int64_t size = word.starts_with("all-but") ? count - *number : *number;
    addRange(isFirst ? 0 : count - size, isFirst ? size : count);
    return layers;
  }
  SmallVector<StringRef> items;
  text.split(items, ',');
  for (StringRef item : items) {
    auto [first, last] = item.split('-');
    int64_t from, to;
    bool isRange = item.contains('-');
    if (!to_integer(first, from, 10) || (isRange && !to_integer(last, to, 10)))
      return wrong(formatv("expected all, first=K, last=K, all-but-first=K, all-but-last=K, or numbers and ranges such "
                           "as 1,3,5-7, but found '{0}'",
                           text));
    if (!isRange)
      to = from;
    if (from > to)
      return wrong(formatv("expected a range that ascends, but found '{0}'", item));
    if (from < 0 || to >= count)
      return wrong(formatv("there is no layer {0}: {1}", from >= count || from < 0 ? from : to, describeCount(count)));
    addRange(from, to + 1);
  }
  return layers;
}

} // namespace fourmix::rewrite
