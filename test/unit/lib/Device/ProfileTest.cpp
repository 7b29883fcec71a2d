// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Device/Profile.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace fourmix;
using namespace fourmix::device;

static Profile builtin(llvm::StringRef name) {
  llvm::Expected<Profile> profile = loadProfile(name);
  EXPECT_TRUE(bool(profile)) << llvm::toString(profile.takeError());
  return profile ? std::move(*profile) : Profile();
}

/// The error that a change to ofe-11 gives.
static std::string errorOf(llvm::StringRef from, llvm::StringRef to) {
  std::string text = builtin("ofe-11").text;
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  text.replace(at, from.size(), to.str());
  llvm::Expected<Profile> profile = parseProfile(text, "x.toml");
  return profile ? "none" : llvm::toString(profile.takeError());
}

TEST(Profile, ComesWithFourmix) {
  std::vector<std::string> names = builtinProfiles();
  EXPECT_EQ(llvm::join(names, " "),
            "ideal ofe-11 ofe-11-proto ofe-16 ofe-32 ofe-11x16 enable-16e slm-4f-lab dmd-4f-1k jtc-256");
  for (const std::string &name : names) {
    Profile profile = builtin(name);
    EXPECT_EQ(profile.name, name);
    EXPECT_FALSE(profile.description.empty());
    EXPECT_GE(profile.accumulatorRows, 64) << name;
    EXPECT_FALSE(profile.frameEnergy.empty()) << name;
    // Every figure says where it comes from.
    for (llvm::StringRef line : llvm::split(profile.text, '\n'))
      EXPECT_EQ(line.contains(" value = "), line.contains(", from = \"")) << name << ": " << line.str();
    // The engine holds two streams of every axis's tiles.
    EXPECT_GE(profile.captureTiles, 2) << name;
  }
}

TEST(Profile, HasTheFiguresOfTheReference) {
  Profile ofe = builtin("ofe-11");
  EXPECT_EQ(ofe.kind, Kind::MFT);
  EXPECT_EQ(ofe.rows, 11);
  EXPECT_EQ(ofe.cols, 11);
  EXPECT_EQ(ofe.detect, DetectMode::IQ);
  EXPECT_EQ(ofe.gainSteps, 12);
  EXPECT_DOUBLE_EQ(ofe.frameHz, 1e9);
  EXPECT_DOUBLE_EQ(ofe.linkIn, 32e9);
  EXPECT_NEAR(ofe.joulesPerFrame(), 2.24e-9, 0.01e-9);
  EXPECT_EQ(ofe.origins["geometry.rows"].provenance, Provenance::Source);
  EXPECT_EQ(ofe.origins["timing.frame_hz"].provenance, Provenance::Assumed);
  EXPECT_EQ(ofe.origins["energy.frame.dac"].provenance, Provenance::Derived);
  EXPECT_NE(ofe.origins["energy.frame.dac"].note.find("SCATTER"), std::string::npos);
  EXPECT_NEAR(builtin("ofe-16").joulesPerFrame(), 4.7e-9, 0.05e-9);
  EXPECT_NEAR(builtin("ofe-32").joulesPerFrame(), 19e-9, 0.1e-9);
  EXPECT_NEAR(builtin("ofe-11x16").joulesPerFrame(), 3.3e-9, 0.05e-9);
  EXPECT_EQ(builtin("enable-16e").engines, 16);
  EXPECT_EQ(builtin("dmd-4f-1k").encodeDomain, Domain::Binary);
  EXPECT_EQ(builtin("ideal").joulesPerFrame(), 0);
  EXPECT_TRUE(builtin("ideal").firesCorrelation());
  EXPECT_FALSE(builtin("slm-4f-lab").firesTransform());
  EXPECT_FALSE(builtin("jtc-256").hasFilter());
}

TEST(Profile, HashIsOfTheText) {
  Profile a = builtin("ofe-11"), b = builtin("ofe-16");
  EXPECT_NE(a.hash(), b.hash());
  llvm::Expected<Profile> again = parseProfile(a.text, "again");
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->hash(), a.hash());
  Profile letter;
  letter.text = "a"; // FNV-1a's published value
  EXPECT_EQ(letter.hash(), 0xaf63dc4c8601ec8cu);
}

TEST(Profile, ABareFigureIsAssumed) {
  std::string text = builtin("ofe-11").text;
  llvm::StringRef from = "rows = { value = 11, from = \"source\"";
  size_t at = text.find(from.str()), end = text.find('\n', at);
  text.replace(at, end - at, "rows = 11");
  llvm::Expected<Profile> profile = parseProfile(text, "x.toml");
  ASSERT_TRUE(bool(profile)) << llvm::toString(profile.takeError());
  EXPECT_EQ(profile->rows, 11);
  EXPECT_EQ(profile->origins["geometry.rows"].provenance, Provenance::Assumed);
}

TEST(Profile, ErrorsNameLineKeyExpectedAndFound) {
  EXPECT_EQ(errorOf("rows = { value = 11", "rows = { value = \"eleven\""),
            "x.toml:8: geometry.rows: expected an integer from 1 to 4096, found \"eleven\"");
  EXPECT_EQ(errorOf("rows = { value = 11", "rows = { value = 0"),
            "x.toml:8: geometry.rows: expected an integer from 1 to 4096, found 0");
  EXPECT_EQ(errorOf("rows = { value = 11", "row = { value = 11"),
            "x.toml:8: unknown key 'geometry.row': expected one of kind, rows, cols, engines");
  EXPECT_EQ(errorOf("[geometry]", "[geomtry]"),
            "x.toml:6: unknown section 'geomtry': expected geometry, encoder, filter, detector, timing, link, memory, "
            "electronics, noise, energy or host");
  EXPECT_EQ(errorOf("kind = { value = \"mft\"", "kind = { value = \"fft\""),
            "x.toml:7: geometry.kind: expected one of \"ft\", \"mft\", \"4f\", \"jtc\", \"any\", found \"fft\"");
  EXPECT_EQ(errorOf("value = 1e9, from = \"assumed\", note = \"no", "value = nan, from = \"assumed\", note = \"no"),
            "x.toml:31: timing.frame_hz: expected a number from 0.001 to 1e+18, found nan");
  EXPECT_EQ(errorOf("from = \"source\"", "from = \"internet\""),
            "x.toml:7: geometry.kind.from: expected one of \"source\", \"derived\", \"assumed\", found \"internet\"");
  EXPECT_EQ(errorOf("from = \"source\"", "form = \"source\""),
            "x.toml:7: geometry.kind: expected value, from and note, found 'form'");
  EXPECT_EQ(errorOf("accumulator_rows = { value = 64", "accumulator_rows = { value = 8"),
            "x.toml:43: memory.accumulator_rows: expected at least the aperture's 11, found 8");
  EXPECT_EQ(errorOf("[2, 3, 4,", "[2, 4, 3,"),
            "x.toml:52: electronics.radices: expected rising integers from 2 to 64, found an array");
  EXPECT_EQ(errorOf("slots = { value = 64", "slots = { value = 0"),
            "x.toml:20: filter.slots: expected at least 1 of a device whose kind has a filter, found 0");
  EXPECT_EQ(errorOf("note = \"per quadrature\" }", "note = \"per quadrature\" }\ndigits = 5"),
            "x.toml:15: encoder.digits: expected at most 32 bits in all digits, without sign, found 35");
  EXPECT_EQ(errorOf("value = 8, from = \"assumed\", note = \"per quadrature\" }", "value = 0 }\ndigits = 2"),
            "x.toml:15: encoder.digits: expected 1 of an encoder of unlimited bits, found 2");
  EXPECT_EQ(errorOf("double_precision = { value = false", "double_precision = { value = 1"),
            "x.toml:53: electronics.double_precision: expected true or false, found 1");
  EXPECT_EQ(errorOf("dac = { value = 8.643e-10", "dac = { value = -1"),
            "x.toml:64: energy.frame.dac: expected a number from 0 to 1000000, found -1");
  EXPECT_EQ(errorOf("frame_hz", "# frame_hz"),
            "x.toml:30: timing.frame_hz: expected a number from 0.001 to 1e+18, found nothing");
  EXPECT_NE(errorOf("[geometry]", "[geometry").find("x.toml:6: "), std::string::npos);
  EXPECT_NE(errorOf("rows =", "kind =").find("x.toml:8: "), std::string::npos);
}

TEST(Profile, UnknownDevices) {
  llvm::Expected<Profile> none = loadProfile("ofe-12");
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(llvm::toString(none.takeError()),
            "no device 'ofe-12': expected the path of a profile or one of ideal, ofe-11, ofe-11-proto, ofe-16, ofe-32, "
            "ofe-11x16, enable-16e, slm-4f-lab, dmd-4f-1k, jtc-256");
  llvm::Expected<Profile> absent = loadProfile("/no/such.toml");
  ASSERT_FALSE(bool(absent));
  EXPECT_EQ(llvm::toString(absent.takeError()), "cannot read '/no/such.toml': No such file or directory");
}

// Any bytes give a profile or one error.
TEST(Profile, DamagedTextsGiveErrors) {
  for (llvm::StringRef text :
       {"[", "[=", "[[", "[.", "[\x01", "a", "a =", "a = {", "a = [", "= 1", "\"", "[a]\n[a]", "\r"}) {
    llvm::Expected<Profile> profile = parseProfile(text, "x");
    EXPECT_FALSE(bool(profile)) << text.str();
    EXPECT_TRUE(llvm::StringRef(llvm::toString(profile.takeError())).starts_with("x:")) << text.str();
  }
  std::string text = builtin("ofe-11").text;
  for (size_t i = 0; i < text.size(); i += 7)
    for (char replacement : {'\0', '"', '{', '9', '\xff'}) {
      std::string damaged = text;
      damaged[i] = replacement;
      llvm::Expected<Profile> profile = parseProfile(damaged, "x");
      if (!profile)
        EXPECT_FALSE(llvm::toString(profile.takeError()).empty());
    }
}
