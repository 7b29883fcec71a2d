// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Target.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace fourmix;

static Error makeError(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

static void initializeTargets() {
  static const bool done = [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    InitializeAllAsmParsers();
    return true;
  }();
  (void)done;
}

/// The instruction sets of the x86-64 levels beyond the baseline, with LLVM's names.
static const StringRef level2[] = {"cx16", "sahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2"};
static const StringRef level3[] = {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"};
static const StringRef level4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

/// The host as a base CPU, from which the scheduling model and the tuning come, and all of its feature bits.
static void describeHost(const Triple &triple, CPUTarget &target) {
  StringMap<bool> host = sys::getHostCPUFeatures();
  auto hasAll = [&](ArrayRef<StringRef> names) {
    return all_of(names, [&](StringRef name) { return host.lookup(name); });
  };
  target.cpu = "generic";
  if (triple.getArch() == Triple::x86_64) {
    target.cpu = "x86-64";
    if (hasAll(level2) && hasAll(level3))
      target.cpu = hasAll(level4) ? "x86-64-v4" : "x86-64-v3";
    else if (hasAll(level2))
      target.cpu = "x86-64-v2";
  }
  SmallVector<std::string> features;
  for (const StringMapEntry<bool> &entry : host)
    features.push_back((entry.second ? "+" : "-") + entry.first().str());
  llvm::sort(features);
  target.features = join(features, ",");
}

/// Refuses a feature that the target does not know; LLVM itself would only print a warning.
static Error checkFeatures(StringRef features, const MCSubtargetInfo &info, const Triple &triple) {
  SmallVector<StringRef> parts;
  features.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    StringRef name = part.drop_front();
    bool known = any_of(info.getAllProcessorFeatures(), [&](const auto &entry) { return name == entry.Key; });
    if ((part[0] != '+' && part[0] != '-') || !known)
      return makeError("unknown CPU feature '" + part + "' for " + triple.str() + "; expected +NAME or -NAME");
  }
  return Error::success();
}

bool CPUTarget::has(StringRef feature) const {
  SmallVector<StringRef> parts;
  StringRef(requirements).split(parts, ',');
  return any_of(parts, [&](StringRef part) { return part.drop_front(part.empty() ? 0 : 1) == feature; });
}

Expected<CPUTarget> fourmix::resolveTarget(StringRef triple, StringRef cpu, StringRef features) {
  initializeTargets();
  CPUTarget target;
  target.triple = triple.empty() ? sys::getDefaultTargetTriple() : Triple::normalize(triple);
  Triple parsed(target.triple);
  std::string reason;
  const Target *backend = TargetRegistry::lookupTarget(parsed, reason);
  if (!backend)
    return makeError("unknown target triple '" + target.triple + "'");
  if (!parsed.isOSBinFormatELF() || !parsed.isArch64Bit() || !parsed.isLittleEndian())
    return makeError("unsupported target triple '" + target.triple + "': expected a 64-bit little-endian ELF target");

  if (cpu.empty() || cpu == "native") {
    if (parsed.getArch() == Triple(sys::getProcessTriple()).getArch())
      describeHost(parsed, target);
    else if (cpu.empty())
      target.cpu = "generic";
    else
      return makeError("CPU 'native' is not a '" + parsed.getArchName() + "'; name one");
  } else {
    std::unique_ptr<MCSubtargetInfo> info(backend->createMCSubtargetInfo(parsed, "", ""));
    if (!info->isCPUStringValid(cpu))
      return makeError("unknown CPU '" + cpu + "' for " + target.triple +
                       (parsed.getArch() == Triple::x86_64
                            ? "; expected native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or a name that LLVM knows"
                            : "; expected native or a name that LLVM knows"));
    target.cpu = cpu.str();
  }
  std::unique_ptr<MCSubtargetInfo> info(backend->createMCSubtargetInfo(parsed, target.cpu, ""));
  if (Error error = checkFeatures(features, *info, parsed))
    return error;
  if (!features.empty())
    target.features += (target.features.empty() ? "" : ",") + features.str();
  // With these LLVM 22 dies on bf16 vectors of 2^k + 1 elements, from 9 on. Of bf16 we need no instruction.
  if (parsed.getArch() == Triple::x86_64)
    target.features += std::string(target.features.empty() ? "" : ",") + "-avx512bf16,-avxneconvert";

  // What the code may use, in the names that the host detection knows: the loader compares the two.
  info.reset(backend->createMCSubtargetInfo(parsed, target.cpu, target.features));
  StringMap<bool> detectable = sys::getHostCPUFeatures();
  SmallVector<std::string> required;
  for (const SubtargetFeatureKV &feature : info->getAllProcessorFeatures())
    if (info->checkFeatures((Twine("+") + feature.Key).str()) && detectable.contains(feature.Key))
      required.push_back(std::string("+") + feature.Key);
  llvm::sort(required);
  target.requirements = join(required, ",");
  if (target.has("avx512f"))
    target.vectorBytes = 64, target.vectorRegisters = 32;
  else if (target.has("avx"))
    target.vectorBytes = 32;
  else if (parsed.getArch() == Triple::aarch64)
    target.vectorRegisters = 32;
  return target;
}

Expected<std::unique_ptr<TargetMachine>> fourmix::createTargetMachine(const CPUTarget &target, int optLevel) {
  initializeTargets();
  std::string reason;
  Triple triple(target.triple);
  const Target *backend = TargetRegistry::lookupTarget(triple, reason);
  if (!backend)
    return makeError(reason);
  TargetOptions options;
  std::optional<CodeGenOptLevel> level = CodeGenOpt::getLevel(optLevel);
  std::unique_ptr<TargetMachine> machine(backend->createTargetMachine(triple, target.cpu, target.features, options,
                                                                      Reloc::PIC_, CodeModel::Small,
                                                                      level.value_or(CodeGenOptLevel::Aggressive)));
  if (!machine)
    return makeError("no code generator for '" + target.triple + "'");
  return machine;
}
