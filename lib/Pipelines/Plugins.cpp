// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Pipelines/Plugins.h"
#include "fourmix/Version.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace fourmix {

/// Versions fit if their first two numbers are the same.
static StringRef series(StringRef version) { return version.take_front(version.find('.', version.find('.') + 1)); }

Error loadPassPlugin(StringRef path) {
  static StringSet<> loaded;
  std::string file(path); // as the dynamic linker takes it: a bare name is searched, anything else is a path
  if (sys::fs::exists(path))
    if (SmallString<128> real; !sys::fs::real_path(path, real))
      file = real.str();
  if (loaded.contains(file))
    return Error::success();
  if (sys::fs::is_directory(file))
    return createStringError("plug-in '" + path + "' is a directory");
  Expected<mlir::PassPlugin> plugin = mlir::PassPlugin::load(file);
  if (!plugin)
    return createStringError("plug-in '" + path + "': " + toString(plugin.takeError()));
  // The library stays loaded, so this is the same handle again.
  void *entry = sys::DynamicLibrary::getPermanentLibrary(file.c_str()).getAddressOfSymbol("fourmixPluginBuiltWith");
  if (auto builtWith = reinterpret_cast<const char *(*)()>(entry))
    if (series(builtWith()) != series(FOURMIX_VERSION))
      return createStringError("plug-in '" + path + "': expected one built with Fourmix " + series(FOURMIX_VERSION) +
                               ", but found one built with " + builtWith());
  plugin->registerPassRegistryCallbacks();
  loaded.insert(file);
  return Error::success();
}

/// What the parser of pipelines has to say, without its quotation of the text.
static std::string messageOf(StringRef report) {
  std::string message;
  for (StringRef line : split(report, '\n')) {
    size_t at = line.find("error: ");
    bool ofOption = line.consume_front("<Pass-Options-Parser>: ");
    if (at == StringRef::npos && !ofOption)
      continue;
    message += (message.empty() ? "" : "; ") + (ofOption ? line : line.substr(at + strlen("error: "))).str();
  }
  return message.empty() ? report.split('\n').first.str() : message;
}

std::string listPhases() {
  std::string text;
  for (auto [i, info] : enumerate(allPhases()))
    text += (i == 0 ? "" : i + 1 == allPhases().size() ? " or " : ", ") + info.name.str();
  return text;
}

Expected<AddedPasses> parseAddedPasses(StringRef text) {
  auto [place, rest] = text.split(':');
  auto [name, pipeline] = rest.split(':');
  if (place != "after" || pipeline.trim().empty())
    return createStringError("expected after:PHASE:PIPELINE, but found '" + text + "'");
  std::optional<Phase> phase = phaseNamed(name);
  if (!phase)
    return createStringError("expected " + listPhases() + " in '" + text + "', but found '" + name + "'");
  std::string report;
  raw_string_ostream os(report);
  mlir::OpPassManager passes("builtin.module");
  if (failed(mlir::parsePassPipeline(pipeline, passes, os)))
    return createStringError("in '" + text + "': " + messageOf(report));
  return AddedPasses{*phase, pipeline.str()};
}

} // namespace fourmix
