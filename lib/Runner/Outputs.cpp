// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Outputs.h"
#include "Arguments.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"

using namespace llvm;
using namespace fourmix;

Expected<std::optional<Tolerance>> fourmix::chooseTolerance(std::optional<double> ofMaximum, std::optional<double> rtol,
                                                            std::optional<double> atol) {
  if (ofMaximum && (rtol || atol))
    return createStringError("--tolerance and --rtol/--atol exclude each other");
  if (!ofMaximum && !rtol && !atol)
    return std::nullopt;
  return Tolerance{ofMaximum, rtol.value_or(1e-5), atol.value_or(1e-8)};
}

/// What the type of an output lets expect. A network of half precision rounds in every layer, and no two runtimes at
/// the same places.
static Tolerance defaultTolerance(fourmix_dtype dtype) {
  Tolerance tolerance;
  tolerance.ofMaximum = dtype == FOURMIX_FLOAT16 ? 0x8p-11 : dtype == FOURMIX_BFLOAT16 ? 0x8p-8 : 1e-5;
  return tolerance;
}

/// "[1, 0, 3]" for an element of a tensor.
static std::string indexText(int64_t element, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    index[d] = element % shape[d];
    element /= shape[d];
  }
  std::string text = "[";
  for (size_t d = 0; d < index.size(); ++d)
    text += (d ? ", " : "") + std::to_string(index[d]);
  return text + "]";
}

static std::string numberText(double value) {
  std::string text;
  raw_string_ostream(text) << format("%.9g", value);
  return text;
}

Error fourmix::checkOutputs(ArrayRef<NamedTensor> outputs, ArrayRef<std::optional<HostTensor>> expected,
                            const std::optional<Tolerance> &given, raw_ostream &out) {
  std::string problem;
  for (auto [output, reference] : zip_equal(outputs, expected)) {
    if (!reference)
      continue;
    Tolerance tolerance = given.value_or(defaultTolerance(output.tensor.dtype));
    Comparison found = compare(output.tensor, *reference, tolerance);
    out << "output '" << output.name << "' " << output.tensor.typeText() << ": max |y - ref| "
        << format("%.3g", found.maxError) << ", max |ref| " << format("%.3g", found.maxReference);
    if (found.maxReference > 0)
      out << ", relative " << format("%.2g", found.maxError / found.maxReference);
    out << (found.mismatches ? ": MISMATCH\n" : "\n");
    if (!found.mismatches || !problem.empty())
      continue;
    auto at = [&](int64_t i) {
      return indexText(i, output.tensor.shape) + " found " + numberText(output.tensor.real(i)) + ", expected " +
             numberText(reference->real(i));
    };
    problem = "output '" + output.name + "': " + std::to_string(found.mismatches) + " of " +
              std::to_string(output.tensor.size()) + " elements differ by more than ";
    if (output.tensor.isInteger())
      problem += "nothing";
    else if (tolerance.ofMaximum)
      problem += numberText(*tolerance.ofMaximum) + " of the maximum " + numberText(found.maxReference);
    else
      problem += numberText(tolerance.atol) + " + " + numberText(tolerance.rtol) + " |ref|";
    problem += "; first at " + at(found.first) + "; worst at " + at(found.worst) + " (difference " +
               numberText(found.maxError) + ")";
  }
  return problem.empty() ? Error::success() : createStringError(problem);
}

Error fourmix::writeFile(const std::string &path, const std::string &contents) {
  if (Error error = writeToOutput(path, [&](raw_ostream &os) {
        os << contents;
        return Error::success();
      }))
    return createStringError("cannot write '" + path + "': " + toString(std::move(error)));
  return Error::success();
}

Error fourmix::writeOutputs(ArrayRef<NamedTensor> outputs, ArrayRef<std::string> texts) {
  size_t next = 0;
  for (const std::string &text : texts) {
    Expected<Argument> argument = parseArgument(text);
    if (!argument)
      return argument.takeError();
    StringRef file = argument->file;
    bool isArchive = file.ends_with(".npz");
    if (!isArchive && !file.ends_with(".npy"))
      return createStringError("cannot write '" + text + "': expected --output=@FILE.npz or [NAME=]@FILE.npy");
    std::vector<NamedTensor> chosen;
    for (const NamedTensor &output : outputs)
      if (argument->name.empty() ? isArchive : output.name == argument->name)
        chosen.push_back(output);
    if (argument->name.empty() && !isArchive && next < outputs.size())
      chosen.push_back(outputs[next++]);
    if (chosen.empty() && !outputs.empty())
      return createStringError("no output '" + argument->name + "' to write to '" + file + "'");
    if (!isArchive) {
      if (Error error = writeFile(file.str(), formatNpy(chosen.front().tensor)))
        return error;
      continue;
    }
    Expected<std::string> archive = formatNpz(chosen);
    if (!archive)
      return createStringError("cannot write '" + file + "': " + toString(archive.takeError()));
    if (Error error = writeFile(file.str(), *archive))
      return error;
  }
  return Error::success();
}

void fourmix::printOutputs(ArrayRef<NamedTensor> outputs, raw_ostream &out) {
  constexpr int64_t shown = 16;
  for (const NamedTensor &output : outputs) {
    const HostTensor &tensor = output.tensor;
    out << output.name << ": " << tensor.typeText() << "=";
    for (int64_t i = 0; i < std::min(tensor.size(), shown); ++i) {
      out << (i ? " " : "");
      if (tensor.isInteger())
        out << tensor.integer(i);
      else
        out << format("%.6g", tensor.real(i));
    }
    out << (tensor.size() > shown ? " ...\n" : "\n");
  }
}
