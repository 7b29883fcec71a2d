// fourmix-translate: from foreign formats to MLIR text and back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Support/Diagnostics.h"
#include "fourmix/Support/ParameterStore.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::OptionCategory category("Translation");
  cl::opt<std::string> input(cl::Positional, cl::desc("<input file, - for standard input>"), cl::init("-"),
                             cl::cat(category));
  cl::opt<std::string> output("o", cl::desc("Output file"), cl::value_desc("file"), cl::init("-"), cl::cat(category));
  cl::opt<bool> importONNX("import-onnx", cl::desc("Read an ONNX model, write MLIR without the bytes of weights"),
                           cl::cat(category));
  cl::opt<std::string> weights("save-weights", cl::desc("Write the weights beside the module"), cl::value_desc("file"),
                               cl::cat(category));
  cl::opt<bool> locations("mlir-print-debuginfo", cl::desc("Print locations"), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Fourmix translation driver\n");
  if (!importONNX) {
    errs() << "error: expected a translation (--import-onnx), found none\n";
    return 1;
  }

  mlir::DialectRegistry registry;
  fourmix::registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  fourmix::DiagnosticPrinter printer(&context, errs());
  mlir::OwningOpRef<mlir::ModuleOp> module = fourmix::importONNX(input, &context);
  if (!module)
    return 1;
  StringRef outputFolder = sys::path::has_parent_path(output) ? sys::path::parent_path(output) : ".";
  if (!weights.empty() && failed(fourmix::saveWeights(*module, weights, outputFolder)))
    return 1;

  std::string error;
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(output, &error);
  if (!file) {
    errs() << "error: " << error << '\n';
    return 1;
  }
  fourmix::printWithoutWeights(*module, file->os(), locations);
  file->keep();
  return 0;
}
