// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Device/Profile.h"
#include "Builtin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::device;

const char *device::nameOf(Provenance provenance) {
  switch (provenance) {
  case Provenance::Source:
    return "source";
  case Provenance::Derived:
    return "derived";
  case Provenance::Assumed:
    return "assumed";
  }
  return "";
}

uint64_t Profile::hash() const {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : text)
    hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

double Profile::joulesPerFrame() const {
  double sum = 0;
  for (const auto &[component, joules] : frameEnergy)
    sum += joules;
  return sum;
}

std::vector<std::string> device::builtinProfiles() {
  std::vector<std::string> names;
  for (const BuiltinProfile &profile : builtinTexts())
    names.push_back(profile.name.str());
  return names;
}

Expected<Profile> device::loadProfile(StringRef device) {
  for (const BuiltinProfile &profile : builtinTexts())
    if (profile.name == device)
      return parseProfile(profile.text, device);
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(device, /*IsText=*/true);
  if (!file && !device.ends_with(".toml") && !device.contains('/'))
    return createStringError("no device '" + device + "': expected the path of a profile or one of " +
                             join(builtinProfiles(), ", "));
  if (!file)
    return createStringError("cannot read '" + device + "': " + file.getError().message());
  return parseProfile((*file)->getBuffer(), device);
}
