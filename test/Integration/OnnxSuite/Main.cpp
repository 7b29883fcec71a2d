// onnx-suite: every model of libonnx-testdata through the compiler, each in a process of its own.
//
//   onnx-suite [--data=FOLDER] [--filter=TEXT] [--jobs=N] [--report=FILE.md] [--check=FILE] [--update=FILE]
//   [--only-listed]
//
// --check fails where a test listed in FILE does not pass, --update writes the list anew where that is no loss,
// --only-listed runs the listed ones alone.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Suite.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <map>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace fourmix::suite;

namespace {

/// The folders DATA/FAMILY/TEST that hold a model, sorted.
std::vector<std::string> findTests(const std::string &data) {
  std::vector<std::string> tests;
  std::error_code error;
  for (sys::fs::directory_iterator family(data, error), end; family != end && !error; family.increment(error))
    for (sys::fs::directory_iterator test(family->path(), error), none; test != none && !error; test.increment(error))
      if (sys::fs::exists(test->path() + "/model.onnx"))
        tests.push_back(test->path());
  llvm::sort(tests);
  return tests;
}

std::string labelOf(StringRef folder) {
  return (sys::path::filename(sys::path::parent_path(folder)) + "/" + sys::path::filename(folder)).str();
}

/// Result to text and back, over the pipe: fields between NUL bytes.
std::string serialise(const Result &result) {
  std::string text(1, static_cast<char>('0' + int(result.outcome)));
  for (const std::string &field : {result.reason, join(result.operators, "\n"), join(result.bound, "\n"),
                                   std::string(result.noInputLeft ? "1" : "")})
    text += field + '\0';
  return text;
}

void deserialise(StringRef text, Result &result) {
  result.outcome = Outcome(text.front() - '0');
  SmallVector<StringRef> fields;
  text.drop_front().split(fields, '\0');
  result.reason = fields[0].str();
  auto lines = [](StringRef field) {
    SmallVector<StringRef> parts;
    field.split(parts, '\n', -1, /*KeepEmpty=*/false);
    return std::vector<std::string>(parts.begin(), parts.end());
  };
  result.operators = lines(fields[1]);
  result.bound = lines(fields[2]);
  result.noInputLeft = !fields[3].empty();
}

/// A test in a child process: what it writes, or how it died.
class Child {
public:
  Child(const std::string &folder, double rtol, double atol) : folder(folder) {
    int ends[2];
    if (pipe(ends) != 0)
      report_fatal_error("no pipe");
    pid = fork();
    if (pid == 0) {
      close(ends[0]);
      alarm(120);
      std::string text = serialise(runTest(folder, rtol, atol));
      for (StringRef rest = text; !rest.empty();) {
        ssize_t written = write(ends[1], rest.data(), rest.size());
        if (written <= 0)
          break;
        rest = rest.drop_front(written);
      }
      _exit(0);
    }
    close(ends[1]);
    readEnd = ends[0];
  }

  /// Waits for the end.
  Result finish() {
    std::string text;
    char buffer[4096];
    for (ssize_t count; (count = read(readEnd, buffer, sizeof buffer)) > 0;)
      text.append(buffer, count);
    close(readEnd);
    int status = 0;
    waitpid(pid, &status, 0);
    Result result;
    result.name = sys::path::filename(folder).str();
    result.family = sys::path::filename(sys::path::parent_path(folder)).str();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty())
      deserialise(text, result);
    else
      result.reason = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "no result";
    return result;
  }

private:
  std::string folder;
  pid_t pid;
  int readEnd;
};

/// All tests, `jobs` at a time.
std::vector<Result> runAll(ArrayRef<std::string> tests, unsigned jobs, double rtol, double atol) {
  std::vector<Result> results;
  std::vector<Child> running;
  auto finishFirst = [&] {
    results.push_back(running.front().finish());
    running.erase(running.begin());
  };
  for (const std::string &test : tests) {
    if (running.size() == jobs)
      finishFirst();
    running.emplace_back(test, rtol, atol);
  }
  while (!running.empty())
    finishFirst();
  return results;
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  cl::opt<std::string> data("data", cl::init("/usr/share/libonnx-testdata/data"),
                            cl::desc("the folder of the families"));
  cl::opt<std::string> filter("filter", cl::desc("only tests whose FAMILY/NAME contains this"));
  cl::opt<unsigned> jobs("jobs", cl::init(std::thread::hardware_concurrency()), cl::desc("processes at a time"));
  cl::opt<std::string> report("report", cl::desc("write the report there, as Markdown"));
  cl::opt<std::string> check("check", cl::desc("fail if a test in this list does not pass"));
  cl::opt<std::string> update("update", cl::desc("write the list of tests that pass"));
  cl::opt<bool> onlyListed("only-listed", cl::desc("run the tests of --check alone"));
  // onnx.backend.test's own.
  cl::opt<double> rtol("rtol", cl::init(1e-3), cl::desc("|y - ref| <= atol + rtol |ref|"));
  cl::opt<double> atol("atol", cl::init(1e-7), cl::desc("see --rtol"));
  cl::opt<bool> allPass("all-pass", cl::desc("fail if any test does not pass"));
  cl::opt<bool> verbose("v", cl::desc("a line per test that does not pass"));
  cl::ParseCommandLineOptions(argc, argv, "runs ONNX's own test models\n");

  StringSet<> listed;
  if (!check.empty()) {
    auto file = MemoryBuffer::getFile(check);
    if (!file)
      return errs() << "onnx-suite: cannot read '" << check << "'\n", 1;
    SmallVector<StringRef> lines;
    (*file)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (StringRef line : lines)
      listed.insert(line);
  }
  std::vector<std::string> tests = findTests(data);
  if (tests.empty())
    return outs() << "onnx-suite: no tests in '" << data << "' (Debian's libonnx-testdata): skipped\n", 77;
  llvm::erase_if(tests, [&](const std::string &test) {
    std::string label = labelOf(test);
    return !StringRef(label).contains(filter) || (onlyListed && !listed.contains(label));
  });
  std::vector<Result> results = runAll(tests, std::max(1u, jobs.getValue()), rtol, atol);
  printTable(results, outs());

  int broken = 0;
  std::string passing;
  for (const Result &result : results) {
    std::string label = result.family + "/" + result.name;
    if (result.passes())
      passing += label + "\n";
    else if (listed.contains(label) && ++broken)
      outs() << "BROKEN " << label << ": " << outcomes[size_t(result.outcome)] << ": " << result.reason << '\n';
    else if (verbose)
      outs() << label << ": " << outcomes[size_t(result.outcome)] << ": " << result.reason << '\n';
  }
  auto writeTo = [](const std::string &path, function_ref<void(raw_ostream &)> write) {
    if (path.empty())
      return;
    std::error_code error;
    raw_fd_ostream os(path, error);
    if (error)
      report_fatal_error(Twine("cannot write '") + path + "': " + error.message());
    write(os);
  };
  writeTo(report, [&](raw_ostream &os) { writeReport(results, os); });
  if (!broken)
    writeTo(update, [&](raw_ostream &os) { os << passing; });
  if (broken)
    outs() << broken << " tests that passed do not pass any more\n";
  return broken || (allPass && !llvm::all_of(results, [](const Result &result) { return result.passes(); }));
}
