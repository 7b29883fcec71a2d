// The schema of profiles, as a table, and what checks a file by it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Device/Profile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <optional>
#include <variant>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// Some texts break what the parser of toml++ 3.3 asserts ('[' and a character that no key has), and in a release build
// it tells the compiler that none does. Its checks after the assertions find these texts.
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSUME
#undef TOML_ASSERT_ASSUME
#define TOML_ASSUME(...) static_assert(true)
#define TOML_ASSERT_ASSUME(...) static_assert(true)
#include <toml++/toml.h>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::device;

namespace {

//===- The schema ---------------------------------------------------------===//

struct Integer {
  int64_t Profile::*member;
  int64_t least, most;
};
struct Real {
  double Profile::*member;
  double least, most;
};
struct Flag {
  bool Profile::*member;
};
template <typename E>
struct Word {
  E Profile::*member;
  ArrayRef<std::pair<StringLiteral, E>> words;
};
struct Radices {};
struct Components {}; // [energy.frame]: any names

struct Key {
  StringLiteral name;
  bool required;
  std::variant<Integer, Real, Flag, Word<Kind>, Word<Domain>, Word<DetectMode>, Radices, Components> type;
};

} // namespace

static constexpr std::pair<StringLiteral, Kind> kinds[] = {
    {"ft", Kind::FT}, {"mft", Kind::MFT}, {"4f", Kind::Correlator4F}, {"jtc", Kind::JTC}, {"any", Kind::Any}};
static constexpr std::pair<StringLiteral, Domain> domains[] = {{"complex", Domain::Complex},
                                                               {"real", Domain::Real},
                                                               {"nonnegative", Domain::NonNegative},
                                                               {"binary", Domain::Binary},
                                                               {"ideal", Domain::Ideal}};
static constexpr std::pair<StringLiteral, DetectMode> modes[] = {{"iq", DetectMode::IQ},
                                                                 {"quadrature", DetectMode::Quadrature},
                                                                 {"intensity", DetectMode::Intensity},
                                                                 {"ideal", DetectMode::Ideal}};
static constexpr std::pair<StringLiteral, Provenance> provenances[] = {
    {"source", Provenance::Source}, {"derived", Provenance::Derived}, {"assumed", Provenance::Assumed}};

static constexpr int64_t mostExtent = 4096, mostTiles = 1024, mostRadix = 64, mostTilePixels = int64_t(1) << 26;
static constexpr double mostRate = 1e18;

static ArrayRef<Key> schema() {
  static const Key keys[] = {
      {"geometry.kind", true, Word<Kind>{&Profile::kind, kinds}},
      {"geometry.rows", true, Integer{&Profile::rows, 1, mostExtent}},
      {"geometry.cols", true, Integer{&Profile::cols, 1, mostExtent}},
      {"geometry.engines", false, Integer{&Profile::engines, 1, 4096}},
      {"encoder.domain", true, Word<Domain>{&Profile::encodeDomain, domains}},
      {"encoder.bits", true, Integer{&Profile::encodeBits, 0, 24}},
      {"encoder.digits", false, Integer{&Profile::encodeDigits, 1, 32}},
      {"encoder.extinction_db", false, Real{&Profile::extinctionDb, 0, 200}},
      {"filter.domain", false, Word<Domain>{&Profile::filterDomain, domains}},
      {"filter.bits", false, Integer{&Profile::filterBits, 0, 24}},
      {"filter.slots", false, Integer{&Profile::filterSlots, 0, 65535}},
      {"detector.mode", true, Word<DetectMode>{&Profile::detect, modes}},
      {"detector.bits", true, Integer{&Profile::detectBits, 0, 24}},
      {"detector.gain_steps", false, Integer{&Profile::gainSteps, 1, 255}},
      {"detector.gain_ratio", false, Real{&Profile::gainRatio, 1.001, 1000}},
      {"detector.headroom", false, Real{&Profile::headroom, 0.1, 1000}},
      {"detector.reference_amplitude", false, Real{&Profile::referenceAmplitude, 1e-6, 1e6}},
      {"timing.frame_hz", true, Real{&Profile::frameHz, 1e-3, mostRate}},
      {"timing.latency_s", false, Real{&Profile::latencySeconds, 0, 3600}},
      {"timing.filter_load_s", false, Real{&Profile::filterLoadSeconds, 0, 3600}},
      {"link.in_bytes_per_s", true, Real{&Profile::linkIn, 0, mostRate}},
      {"link.out_bytes_per_s", true, Real{&Profile::linkOut, 0, mostRate}},
      {"memory.field_tiles", true, Integer{&Profile::fieldTiles, 1, mostTiles}},
      {"memory.capture_tiles", true, Integer{&Profile::captureTiles, 1, mostTiles}},
      {"memory.accumulator_tiles", true, Integer{&Profile::accumulatorTiles, 1, mostTiles}},
      {"memory.accumulator_rows", true, Integer{&Profile::accumulatorRows, 1, mostExtent}},
      {"memory.accumulator_cols", true, Integer{&Profile::accumulatorCols, 1, mostExtent}},
      {"memory.table_entries", true, Integer{&Profile::tableEntries, 0, int64_t(1) << 24}},
      {"memory.scratch_bytes", true, Integer{&Profile::scratchBytes, 0, int64_t(1) << 40}},
      {"memory.bandwidth_bytes_per_s", true, Real{&Profile::memoryBandwidth, 0, mostRate}},
      {"electronics.clock_hz", true, Real{&Profile::clockHz, 1, mostRate}},
      {"electronics.multipliers_per_cycle", true, Real{&Profile::multipliersPerCycle, 0, 1e9}},
      {"electronics.radices", true, Radices{}},
      {"electronics.double_precision", false, Flag{&Profile::doublePrecision}},
      {"noise.photons_full_scale", false, Real{&Profile::photonsFullScale, 0, 1e30}},
      {"noise.thermal_full_scale", false, Real{&Profile::thermalFullScale, 0, 1}},
      {"noise.relative_intensity", false, Real{&Profile::relativeIntensity, 0, 1}},
      {"noise.phase_sigma", false, Real{&Profile::phaseSigma, 0, 10}},
      {"noise.fixed_gain_sigma", false, Real{&Profile::fixedGainSigma, 0, 1}},
      {"noise.crosstalk", false, Real{&Profile::crosstalk, 0, 0.25}},
      {"energy.frame", false, Components{}},
      {"energy.multiplication", false, Real{&Profile::multiplicationEnergy, 0, 1}},
      {"energy.link_per_byte", false, Real{&Profile::linkEnergyPerByte, 0, 1}},
      {"energy.memory_per_byte", false, Real{&Profile::memoryEnergyPerByte, 0, 1}},
      {"energy.idle_power", false, Real{&Profile::idlePower, 0, 1e9}},
      {"host.transform_flops", false, Real{&Profile::hostFlops, 0, mostRate}},
      {"host.power", false, Real{&Profile::hostPower, 0, 1e9}},
      {"host.launch_s", false, Real{&Profile::hostLaunchSeconds, 0, 3600}},
  };
  return keys;
}

//===- Words for errors ---------------------------------------------------===//

template <typename E>
static std::string listWords(ArrayRef<std::pair<StringLiteral, E>> words) {
  std::string text;
  for (const auto &[word, value] : words)
    text += (text.empty() ? "\"" : ", \"") + word.str() + "\"";
  return "one of " + text;
}

static std::string numberText(double value) {
  // Whole numbers in full, others as short as they are exact.
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<int64_t>(value));
  char text[32];
  for (int digits = 1; digits <= 17; ++digits)
    if (snprintf(text, sizeof text, "%.*g", digits, value); strtod(text, nullptr) == value)
      break;
  return text;
}

static std::string expectedBy(const Key &key) {
  if (const auto *type = std::get_if<Integer>(&key.type))
    return "an integer from " + std::to_string(type->least) + " to " + std::to_string(type->most);
  if (const auto *type = std::get_if<Real>(&key.type))
    return "a number from " + numberText(type->least) + " to " + numberText(type->most);
  if (const auto *type = std::get_if<Word<Kind>>(&key.type))
    return listWords(type->words);
  if (const auto *type = std::get_if<Word<Domain>>(&key.type))
    return listWords(type->words);
  if (const auto *type = std::get_if<Word<DetectMode>>(&key.type))
    return listWords(type->words);
  if (std::holds_alternative<Flag>(key.type))
    return "true or false";
  if (std::holds_alternative<Radices>(key.type))
    return "rising integers from 2 to " + std::to_string(mostRadix);
  return "a table of joules by component";
}

static std::string foundText(const toml::node *node) {
  if (!node)
    return "nothing";
  if (const auto *value = node->as_integer())
    return std::to_string(value->get());
  if (const auto *value = node->as_floating_point())
    return numberText(value->get());
  if (const auto *value = node->as_boolean())
    return value->get() ? "true" : "false";
  if (const auto *value = node->as_string())
    return "\"" + value->get() + "\"";
  return node->is_table() ? "a table" : node->is_array() ? "an array" : "a date";
}

//===- The parser ---------------------------------------------------------===//

namespace {
class Parser {
public:
  Parser(StringRef where, Profile &profile) : where(where), profile(profile) {}

  Error parse(const toml::table &root);

private:
  Error fail(const toml::node *at, const Twine &key, const Twine &expected, const Twine &found) const {
    std::string line = at && at->source().begin ? ":" + std::to_string(at->source().begin.line) : "";
    return createStringError(where + line + ": " + key + ": expected " + expected + ", found " + found);
  }
  Error readText(const toml::table &root, StringRef key, std::string &text, size_t most) const;
  /// The value of a figure; where it comes from is noted. Null and an error where the figure is malformed.
  Expected<const toml::node *> readFigure(const toml::node &node, const Twine &key);
  Error readKey(const Key &key, const toml::node &node);
  Error readComponents(const toml::node &node);
  template <typename E>
  bool readWord(const Word<E> &type, const toml::node &node) {
    const auto *text = node.as_string();
    const auto *found = text ? find_if(type.words, [&](auto &word) { return word.first == text->get(); }) : nullptr;
    if (!found || found == type.words.end())
      return false;
    profile.*type.member = found->second;
    return true;
  }
  bool readRadices(const toml::node &node);
  Error checkNames(const toml::table &root) const;
  Error checkWhole(const toml::table &root) const;

  StringRef where;
  Profile &profile;
};
} // namespace

Error Parser::readText(const toml::table &root, StringRef key, std::string &text, size_t most) const {
  const toml::node *node = root.get(key);
  const auto *value = node ? node->as_string() : nullptr;
  if (!value || value->get().empty() || value->get().size() > most || !all_of(value->get(), isPrint))
    return fail(node, key, "a line of 1 to " + Twine(most) + " characters", foundText(node));
  text = value->get();
  return Error::success();
}

Expected<const toml::node *> Parser::readFigure(const toml::node &node, const Twine &keyName) {
  std::string key = keyName.str();
  Profile::Origin origin;
  const toml::node *value = &node;
  if (const toml::table *table = node.as_table()) {
    for (const auto &[name, part] : *table)
      if (name != "value" && name != "from" && name != "note")
        return fail(&part, key, "value, from and note", "'" + Twine(std::string(name.str())) + "'");
    value = table->get("value");
    if (!value)
      return fail(&node, key, "{ value = ..., from = ..., note = ... }", "no value");
    const toml::node *from = table->get("from"), *note = table->get("note");
    const auto *word = from ? from->as_string() : nullptr;
    const auto *known = word ? find_if(provenances, [&](auto &p) { return p.first == word->get(); }) : nullptr;
    if (from && (!known || known == std::end(provenances)))
      return fail(from, key + ".from", listWords<Provenance>(provenances), foundText(from));
    if (known)
      origin.provenance = known->second;
    if (note && !note->is_string())
      return fail(note, key + ".note", "text", foundText(note));
    if (note)
      origin.note = note->as_string()->get();
  }
  profile.origins[key] = std::move(origin);
  return value;
}

bool Parser::readRadices(const toml::node &node) {
  const toml::array *array = node.as_array();
  if (!array)
    return false;
  for (const toml::node &element : *array) {
    const auto *radix = element.as_integer();
    int64_t least = profile.radices.empty() ? 2 : profile.radices.back() + 1;
    if (!radix || radix->get() < least || radix->get() > mostRadix)
      return false;
    profile.radices.push_back(radix->get());
  }
  return true;
}

Error Parser::readComponents(const toml::node &node) {
  const toml::table *table = node.as_table();
  if (!table)
    return fail(&node, "energy.frame", "a table of joules by component", foundText(&node));
  for (const auto &[name, figure] : *table) {
    std::string component(name.str()), key = "energy.frame." + component;
    if (component.empty() || component.size() > 32 || !all_of(component, [](char c) { return isAlnum(c) || c == '_'; }))
      return fail(&figure, "energy.frame", "letters, digits and _", "'" + component + "'");
    Expected<const toml::node *> value = readFigure(figure, key);
    if (!value)
      return value.takeError();
    std::optional<double> joules = (*value)->value<double>();
    if (!(*value)->is_number() || !(*joules >= 0 && *joules <= 1e6))
      return fail(*value, key, "a number from 0 to 1000000", foundText(*value));
    profile.frameEnergy[component] = *joules;
  }
  return Error::success();
}

Error Parser::readKey(const Key &key, const toml::node &node) {
  if (std::holds_alternative<Components>(key.type))
    return readComponents(node);
  Expected<const toml::node *> figure = readFigure(node, key.name);
  if (!figure)
    return figure.takeError();
  const toml::node &value = **figure;
  auto read = [&]() {
    if (const auto *type = std::get_if<Integer>(&key.type)) {
      const auto *number = value.as_integer();
      if (!number || number->get() < type->least || number->get() > type->most)
        return false;
      profile.*type->member = number->get();
      return true;
    }
    if (const auto *type = std::get_if<Real>(&key.type)) {
      std::optional<double> number = value.is_number() ? value.value<double>() : std::nullopt;
      if (!number || !(*number >= type->least && *number <= type->most))
        return false;
      profile.*type->member = *number;
      return true;
    }
    if (const auto *type = std::get_if<Flag>(&key.type)) {
      if (const auto *flag = value.as_boolean())
        return profile.*type->member = flag->get(), true;
      return false;
    }
    if (const auto *type = std::get_if<Word<Kind>>(&key.type))
      return readWord(*type, value);
    if (const auto *type = std::get_if<Word<Domain>>(&key.type))
      return readWord(*type, value);
    if (const auto *type = std::get_if<Word<DetectMode>>(&key.type))
      return readWord(*type, value);
    return readRadices(value);
  };
  return read() ? Error::success() : fail(&value, key.name, expectedBy(key), foundText(&value));
}

/// Every section and key of the file is one of the schema.
Error Parser::checkNames(const toml::table &root) const {
  auto isKey = [](StringRef name) { return any_of(schema(), [&](const Key &key) { return key.name == name; }); };
  auto isSection = [](StringRef name) {
    return any_of(schema(), [&](const Key &key) { return key.name.split('.').first == name; });
  };
  for (const auto &[sectionName, section] : root) {
    std::string name(sectionName.str());
    if (name == "name" || name == "description")
      continue;
    if (!isSection(name))
      return createStringError(where + ":" + Twine(sectionName.source().begin.line) + ": unknown section '" + name +
                               "': expected geometry, encoder, filter, detector, timing, link, memory, electronics, "
                               "noise, energy or host");
    const toml::table *table = section.as_table();
    if (!table)
      return fail(&section, name, "a section", foundText(&section));
    for (const auto &[keyName, value] : *table) {
      std::string key = name + "." + std::string(keyName.str());
      if (isKey(key))
        continue;
      std::string known;
      for (const Key &other : schema())
        if (auto [prefix, rest] = other.name.split('.'); prefix == name)
          known += (known.empty() ? "" : ", ") + rest.str();
      return createStringError(where + ":" + Twine(keyName.source().begin.line) + ": unknown key '" + key +
                               "': expected one of " + known);
    }
  }
  return Error::success();
}

/// What no key alone can say.
Error Parser::checkWhole(const toml::table &root) const {
  auto at = [&](StringRef section, StringRef key) -> const toml::node * {
    const toml::node *table = root.get(section);
    const toml::node *node = table ? table->as_table()->get(key) : nullptr;
    return node ? node : table;
  };
  auto failAt = [&](StringRef section, StringRef key, const Twine &expected, const Twine &found) {
    return fail(at(section, key), section + "." + key, expected, found);
  };
  struct Extent {
    StringRef key;
    int64_t has, needs;
  };
  for (auto [key, has, needs] : {Extent{"accumulator_rows", profile.accumulatorRows, profile.rows},
                                 Extent{"accumulator_cols", profile.accumulatorCols, profile.cols}})
    if (has < needs)
      return failAt("memory", key, "at least the aperture's " + Twine(needs), Twine(has));
  for (auto [key, tiles, pixels] :
       {std::tuple("field_tiles", profile.fieldTiles, profile.pixels()),
        std::tuple("capture_tiles", profile.captureTiles, profile.pixels()),
        std::tuple("accumulator_tiles", profile.accumulatorTiles, profile.accumulatorRows * profile.accumulatorCols)})
    if (tiles * pixels > mostTilePixels)
      return failAt("memory", key, "at most " + Twine(mostTilePixels) + " numbers in all tiles", Twine(tiles * pixels));
  if (profile.hasFilter() && profile.filterSlots < 1)
    return failAt("filter", "slots", "at least 1 of a device whose kind has a filter", Twine(profile.filterSlots));
  if (profile.filterSlots * profile.pixels() > 16 * mostTilePixels)
    return failAt("filter", "slots", "at most " + Twine(16 * mostTilePixels) + " numbers in all slots",
                  Twine(profile.filterSlots * profile.pixels()));
  if (profile.encodeDomain == Domain::Ideal && profile.encodeBits != 0)
    return failAt("encoder", "bits", "0 of an ideal encoder", Twine(profile.encodeBits));
  if (profile.encodeDomain == Domain::Binary && profile.encodeBits != 1)
    return failAt("encoder", "bits", "1 of a binary encoder", Twine(profile.encodeBits));
  if (profile.hasFilter() && profile.filterDomain == Domain::Ideal && profile.filterBits != 0)
    return failAt("filter", "bits", "0 of an ideal filter", Twine(profile.filterBits));
  if (profile.hasFilter() && profile.filterDomain == Domain::Binary && profile.filterBits != 1)
    return failAt("filter", "bits", "1 of a binary filter", Twine(profile.filterBits));
  if (profile.detect == DetectMode::Ideal && profile.detectBits != 0)
    return failAt("detector", "bits", "0 of an ideal detector", Twine(profile.detectBits));
  if (profile.encodeBits == 1 && profile.encodeDomain != Domain::Binary)
    return failAt("encoder", "bits", "at least 2 of an encoder that is not binary, or 0", "1");
  bool isUnsigned = profile.encodeDomain == Domain::NonNegative || profile.encodeDomain == Domain::Binary;
  if (profile.encodeDigits > 1 && profile.encodeBits == 0)
    return failAt("encoder", "digits", "1 of an encoder of unlimited bits", Twine(profile.encodeDigits));
  if (int64_t bits = profile.encodeBits - !isUnsigned; profile.encodeDigits > 1 && profile.encodeDigits * bits > 32)
    return failAt("encoder", "digits", "at most 32 bits in all digits, without sign",
                  Twine(profile.encodeDigits * bits));
  if (profile.detectBits == 1)
    return failAt("detector", "bits", "at least 2, or 0", "1");
  return Error::success();
}

Error Parser::parse(const toml::table &root) {
  if (Error error = readText(root, "name", profile.name, 64))
    return error;
  if (root.get("description"))
    if (Error error = readText(root, "description", profile.description, 200))
      return error;
  if (Error error = checkNames(root))
    return error;
  for (const Key &key : schema()) {
    auto [section, name] = key.name.split('.');
    const toml::node *table = root.get(section), *node = table ? table->as_table()->get(name) : nullptr;
    if (node) {
      if (Error error = readKey(key, *node))
        return error;
    } else if (key.required) {
      return fail(table, key.name, expectedBy(key), "nothing");
    }
  }
  return checkWhole(root);
}

Expected<Profile> device::parseProfile(StringRef text, StringRef where) {
  toml::parse_result parsed = toml::parse(std::string_view(text.data(), text.size()));
  if (!parsed)
    return createStringError(where + ":" + Twine(parsed.error().source().begin.line) + ": " +
                             std::string(parsed.error().description()));
  Profile profile;
  profile.text = text.str();
  if (Error error = Parser(where, profile).parse(parsed.table()))
    return error;
  return profile;
}
