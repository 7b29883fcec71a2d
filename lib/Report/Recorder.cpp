// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Report/Recorder.h"
#include "Layers.h"
#include "Measure.h"
#include "fourmix/Support/WholeFile.h"
#include "lib/Rewrite/Remarks.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include <mutex>

using namespace mlir;

namespace fourmix {

using namespace report;

using Writer = void (*)(const Report &, llvm::raw_ostream &);

struct ReportRecorder::State {
  ReportOptions options;
  Writer writer = nullptr;
  Report report;
  OwningOpRef<ModuleOp> before;
  SmallVector<Span> spans; // of `before`
  std::mutex hearing;

  void look(ModuleOp module);
  LogicalResult lookAgain(ModuleOp module);
};

ReportRecorder::ReportRecorder() : state(std::make_unique<State>()) {}
ReportRecorder::~ReportRecorder() = default;

llvm::Expected<std::unique_ptr<ReportRecorder>> ReportRecorder::create(ReportOptions options) {
  StringRef ending = llvm::sys::path::extension(options.path);
  auto writer = llvm::StringSwitch<Writer>(ending)
                    .Case(".json", writeJson)
                    .Case(".txt", writeText)
                    .Case(".html", writeHtml)
                    .Default(nullptr);
  if (!writer)
    return llvm::createStringError("--report: expected a file that ends in .json, .txt or .html, but found '" +
                                   options.path + "'");
  std::unique_ptr<ReportRecorder> recorder(new ReportRecorder());
  recorder->state->report.name = options.name;
  recorder->state->report.notMeasured = "nothing was rewritten";
  recorder->state->writer = writer;
  recorder->state->options = std::move(options);
  return recorder;
}

//===----------------------------------------------------------------------===//
// What passes say
//===----------------------------------------------------------------------===//

void ReportRecorder::hear(const remark::detail::Remark &remark) {
  Statement statement;
  bool isRewrite = remark.getCategoryName() == rewrite::remarkCategory;
  switch (remark.getRemarkType()) {
  case llvm::remarks::Type::Passed:
    statement.kind = isRewrite ? Statement::Done : Statement::Recognised;
    break;
  case llvm::remarks::Type::Missed:
  case llvm::remarks::Type::Failure:
    statement.kind = isRewrite ? Statement::Skipped : Statement::NotRecognised;
    break;
  default:
    statement.kind = isRewrite ? Statement::Note : Statement::Recognised;
  }
  statement.pass = remark.getRemarkName().str();
  for (const remark::detail::Remark::Arg &fact : remark.getArgs()) {
    auto known = llvm::StringSwitch<std::string *>(fact.key)
                     .Case("Remark", &statement.words)
                     .Case("node", &statement.node)
                     .Case("from", &statement.from)
                     .Case("to", &statement.to)
                     .Case("reason", &statement.reason)
                     .Default(nullptr);
    int64_t number = 0;
    if (known)
      *known += fact.val;
    else if (fact.key == "layer" && !StringRef(fact.val).getAsInteger(10, number))
      statement.layer = number;
    else
      statement.figures.push_back({fact.key, fact.val});
  }
  std::lock_guard<std::mutex> lock(state->hearing);
  state->report.statements.push_back(std::move(statement));
}

//===----------------------------------------------------------------------===//
// What the network is
//===----------------------------------------------------------------------===//

static std::vector<std::string> describePorts(func::FuncOp main, bool results) {
  std::vector<std::string> ports;
  TypeRange types = results ? TypeRange(main.getResultTypes()) : TypeRange(main.getArgumentTypes());
  for (auto [i, type] : llvm::enumerate(types)) {
    auto name = results ? main.getResultAttrOfType<StringAttr>(i, "onnx.name")
                        : main.getArgAttrOfType<StringAttr>(i, "onnx.name");
    std::string text = (name ? name.getValue() : "?").str() + ": ";
    llvm::raw_string_ostream os(text);
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      for (int64_t extent : tensor.getShape())
        os << extent << 'x';
      os << tensor.getElementType();
    } else {
      os << type;
    }
    ports.push_back(text);
  }
  return ports;
}

static func::FuncOp mainOf(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  return main && !main.isExternal() ? main : func::FuncOp();
}

void ReportRecorder::State::look(ModuleOp module) {
  func::FuncOp main = mainOf(module);
  if (!main)
    return;
  if (options.to >= Phase::Rewrite)
    mark(main);
  before = cast<ModuleOp>(module->clone());
  func::FuncOp copy = mainOf(*before);
  report.inputs = describePorts(copy, false);
  report.outputs = describePorts(copy, true);
  rewrite::WorkCounter counter(copy);
  spans = spansBefore(copy);
  SmallVector<size_t> indices;
  for (const Span &span : spans) {
    indices.push_back(report.layers.size());
    Layer layer;
    layer.number = span.number;
    layer.node = nameOf(span);
    layer.before = describe(span, counter);
    report.layers.push_back(std::move(layer));
  }
  report.before = {counter.count(), partsOf(copy, spans, indices, counter)};
}

/// True where nothing in `main` is new and nothing is gone.
static bool isUnchanged(func::FuncOp main, func::FuncOp before) {
  size_t known = 0;
  for (Operation &op : main.front()) {
    if (!op.hasAttr("fourmix.mark"))
      return false;
    ++known;
  }
  return known == before.front().getOperations().size();
}

LogicalResult ReportRecorder::State::lookAgain(ModuleOp module) {
  OwningOpRef<ModuleOp> before = std::move(this->before); // nobody looks at it later, and contexts do not wait
  func::FuncOp original = mainOf(module);
  if (!original || !before)
    return success();
  OwningOpRef<ModuleOp> after = cast<ModuleOp>(module->clone());
  unmark(original);
  func::FuncOp main = mainOf(*after);
  if (isUnchanged(main, mainOf(*before)))
    return success();
  report.notMeasured.clear();
  rewrite::WorkCounter counter(main);
  SmallVector<std::optional<Span>> found = spansAfter(main, spans);
  SmallVector<LayerValues> values;
  std::vector<std::pair<Span, size_t>> places;
  for (auto [i, span] : llvm::enumerate(found)) {
    if (i >= report.layers.size()) {
      report.layers.emplace_back();
      report.layers[i].node = nameOf(*span);
    }
    Layer &layer = report.layers[i];
    layer.changed = true;
    if (!span)
      continue;
    layer.after = describe(*span, counter);
    places.push_back({*span, i});
    if (i >= spans.size())
      continue;
    layer.changed = llvm::any_of(span->ops, [](Operation *op) { return !op->hasAttr("fourmix.mark"); }) ||
                    span->ops.size() != spans[i].ops.size();
    if (span->producer->getNumResults() && spans[i].producer->getNumResults())
      values.push_back({i, spans[i].producer->getResult(0), span->producer->getResult(0),
                        StringRef(layer.before->kind).contains("attention") &&
                            StringRef(layer.after->kind).contains("mix.fourier")});
  }
  llvm::sort(places, [](auto &a, auto &b) { return a.first.producer->isBeforeInBlock(b.first.producer); });
  SmallVector<Span> ordered;
  SmallVector<size_t> indices;
  for (auto &[span, index] : places) {
    ordered.push_back(span);
    indices.push_back(index);
  }
  report.after = Network{counter.count(), partsOf(main, ordered, indices, counter)};

  bool isHoldout = !options.holdout.empty();
  StringRef file = isHoldout ? options.holdout : options.calibration;
  if (file.empty()) {
    report.notMeasured = "no data was given (--calibrate, --holdout)";
    return success();
  }
  calibration::ModelRunnerOptions running;
  running.from = Phase::Rewrite;
  llvm::Expected<CPUTarget> target = resolveTarget("", "native");
  if (!target) {
    module.emitError("--report: ") << llvm::toString(target.takeError());
    return failure();
  }
  constexpr int64_t floatBytes = 4;
  running.emit.target = *target;
  running.pipeline.fourier = options.fourier;
  running.pipeline.vectorWidth = target->vectorBytes / floatBytes;
  running.pipeline.vectorRegisters = target->vectorRegisters;
  return measure(report, *before, *after, values, file, isHoldout, running);
}

LogicalResult ReportRecorder::afterPhase(Phase phase, ModuleOp module) {
  // Where the compilation starts after the phase rewrite, there is nothing to compare with.
  if (phase == Phase::Raise || (phase == Phase::Rewrite && !state->before))
    state->look(module);
  return phase == Phase::Rewrite ? state->lookAgain(module) : success();
}

llvm::Error ReportRecorder::write() const {
  llvm::Expected<WholeFile> file = WholeFile::create(state->options.path);
  if (!file)
    return file.takeError();
  state->writer(state->report, file->os());
  return file->keep();
}

} // namespace fourmix
