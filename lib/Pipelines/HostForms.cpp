// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Pipelines/HostForms.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Device/HostTimes.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "fourmix/Support/Outline.h"
#include "fourmix/Support/Units.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace fourmix {

SmallVector<Operation *> opsOfTwoForms(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    auto projection = dyn_cast<mix::ProjectionOp>(op);
    if (isa<mix::CirculantOp, mix::GatedOp, mix::GlobalFilterOp, mix::LambdaOp>(op) ||
        (projection && projection.getKind() != mix::ProjectionKind::Dense))
      ops.push_back(op);
  });
  return ops;
}

std::string describeWork(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName() << ' ';
  if (Attribute properties = op->getPropertiesAsAttribute())
    os << properties << ' ';
  auto withMark = [&](Value operand) {
    Operation *maker = operand.getDefiningOp();
    os << (maker && maker->hasTrait<OpTrait::ConstantLike>() ? "constant " : "") << operand.getType();
  };
  llvm::interleaveComma(op->getOperands(), os << '(', withMark);
  llvm::interleaveComma(op->getResultTypes(), os << ") -> ");
  return text;
}

OwningOpRef<ModuleOp> moduleOf(Operation *op) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  copyToFunction(*module, op, "main");
  return module;
}

namespace {
/// An op alone, compiled for the device as far as that pays there.
struct Trial {
  bool isPlaced = false;
  double seconds = 0, joules = 0; // of device and host together
  std::string refused;            // why, of what was refused first
};
} // namespace

static FailureOr<Trial> tryOnDevice(Operation *op, const PipelineOptions &options) {
  OwningOpRef<ModuleOp> module = moduleOf(op);
  (*module)->setAttr("fourmix.note_expense", UnitAttr::get(op->getContext()));
  CompileOptions compiling;
  compiling.pipeline = options;
  compiling.from = Phase::Rewrite;
  compiling.to = Phase::Optic;
  MutedRemarks muted;
  if (failed(compile(*module, compiling)))
    return failure();
  Trial trial;
  module->walk([&](optic::LaunchOp) { trial.isPlaced = true; });
  if (auto expense = (*module)->getAttrOfType<DictionaryAttr>("fourmix.expense")) {
    trial.seconds = expense.getAs<FloatAttr>("seconds").getValueAsDouble();
    trial.joules = expense.getAs<FloatAttr>("joules").getValueAsDouble();
    trial.refused = expense.getAs<StringAttr>("refused").str();
  }
  return trial;
}

LogicalResult chooseHostForms(ModuleOp module, const PipelineOptions &options) {
  SmallVector<Operation *> ops = opsOfTwoForms(module);
  if (options.device.empty() || options.offload == "all" || options.fourier != "optic" || ops.empty())
    return success();
  device::HostTimes times;
  if (!options.hostTimes.empty()) {
    llvm::Expected<device::HostTimes> read = device::readHostTimes(options.hostTimes);
    if (!read)
      return module.emitError(llvm::toString(read.takeError()));
    times = std::move(*read);
  }
  llvm::Expected<device::Profile> profile = device::loadProfile(options.device);
  if (!profile)
    return module.emitError(llvm::toString(profile.takeError()));
  for (Operation *op : ops) {
    FailureOr<Trial> trial = tryOnDevice(op, options);
    if (failed(trial))
      return failure();
    std::string reason;
    std::optional<double> seconds = times.find(describeWork(op));
    if (!trial->isPlaced) {
      reason = "nothing of it is placed on " + profile->name + (trial->refused.empty() ? "" : ": " + trial->refused);
    } else if (seconds) {
      bool byEnergy = options.offload == "energy";
      double joules = *seconds * profile->hostPower;
      if (byEnergy ? joules <= trial->joules : *seconds <= trial->seconds)
        reason = llvm::formatv("it takes {0} (measured on {1}) and {2} there, {3} and {4} with {5}",
                               quantity(*seconds, "s"), times.cpu, quantity(joules, "J"), quantity(trial->seconds, "s"),
                               quantity(trial->joules, "J"), profile->name)
                     .str();
    }
    if (reason.empty())
      continue;
    op->setAttr("fourmix.host_form", UnitAttr::get(op->getContext()));
    remark::missed(op->getLoc(), remark::RemarkOpts::name("placement").category("spectral-to-optic"))
        << op->getName().getStringRef().str() + " is left to the host, as without a device: " + reason;
  }
  return success();
}

} // namespace fourmix
