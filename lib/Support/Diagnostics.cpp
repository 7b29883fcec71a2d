// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/raw_ostream.h"
#include <atomic>

using namespace mlir;

namespace fourmix {

static StringRef severityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

static void print(const Diagnostic &diagnostic, llvm::raw_ostream &os) {
  // Node names are in the message already, so that of a location only the file is of interest.
  if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>()) {
    os << file.getFilename().getValue() << ':';
    if (file.getLine())
      os << file.getLine() << ':' << file.getColumn() << ':';
    os << ' ';
  }
  os << severityName(diagnostic.getSeverity()) << ": " << diagnostic.str() << '\n';
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context, llvm::raw_ostream &os) : ScopedDiagnosticHandler(context) {
  setHandler([&os](Diagnostic &diagnostic) {
    print(diagnostic, os);
    for (const Diagnostic &note : diagnostic.getNotes())
      print(note, os);
    return success();
  });
}

static std::atomic<int> muted = 0;
MutedRemarks::MutedRemarks() { ++muted; }
MutedRemarks::~MutedRemarks() { --muted; }

namespace {
/// The words of a remark, without MLIR's bookkeeping around them and without the facts that are for reports.
class RemarksAsDiagnostics : public remark::detail::MLIRRemarkStreamerBase {
public:
  using Listener = std::function<void(const remark::detail::Remark &)>;
  explicit RemarksAsDiagnostics(Listener listener) : listener(std::move(listener)) {}

private:
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    if (muted)
      return;
    InFlightDiagnostic diagnostic = emitRemark(remark.getLocation());
    for (const remark::detail::Remark::Arg &argument : remark.getArgs())
      if (argument.key == "Remark")
        diagnostic << argument.val;
    diagnostic.report();
    if (listener)
      listener(remark);
  }

  Listener listener;
};
} // namespace

void showRemarks(MLIRContext &context, std::function<void(const remark::detail::Remark &)> listener) {
  // An absent category would mean none of its remarks, whatever `all` says.
  remark::RemarkCategories categories = {".*", "", "", "", ""};
  (void)remark::enableOptimizationRemarks(context, std::make_unique<RemarksAsDiagnostics>(std::move(listener)),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
}

} // namespace fourmix
