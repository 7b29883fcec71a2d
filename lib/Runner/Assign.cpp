// Which tensor is for which input or output.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Arguments.h"

using namespace llvm;
using namespace fourmix;

namespace {
/// Hands tensors to declared places, by name or to the next free one.
class Assignment {
public:
  Assignment(ArrayRef<InputDecl> places, const char *kind) : places(places), kind(kind), tensors(places.size()) {}

  Error assign(const Argument &argument, uint64_t seed) {
    if (argument.file.empty()) {
      Expected<size_t> place = find(argument.name);
      if (!place)
        return place.takeError();
      if (!argument.random)
        return put(*place, *argument.literal, "");
      const InputDecl &decl = places[*place];
      if (is_contained(decl.dims, -1))
        return createStringError(std::string(kind) + " '" + decl.name + "' has open dimensions (" +
                                 typeText(decl.dtype, decl.dims) + "): random values need --shape");
      return put(*place, randomTensor(decl.dtype, decl.dims, seed + *place), "");
    }
    Expected<std::vector<NamedTensor>> read = readTensors(argument.file);
    if (!read)
      return read.takeError();
    if (argument.name.empty() && (read->size() != 1 || !read->front().name.empty())) {
      for (NamedTensor &entry : *read)
        if (Error error = putNamed(entry.name, std::move(entry.tensor), argument.file))
          return error;
      return Error::success();
    }
    if (argument.name.empty() || (read->size() == 1 && read->front().name.empty())) {
      Expected<size_t> place = find(argument.name);
      if (!place)
        return place.takeError();
      return put(*place, std::move(read->front().tensor), argument.file);
    }
    for (NamedTensor &entry : *read)
      if (entry.name == argument.name || read->size() == 1)
        return putNamed(argument.name, std::move(entry.tensor), argument.file);
    return createStringError("'" + argument.file + "' has no array '" + argument.name + "'");
  }

  std::vector<std::optional<HostTensor>> take() { return std::move(tensors); }

private:
  Expected<size_t> find(StringRef name) {
    for (size_t i = 0; i < places.size(); ++i)
      if (name.empty() ? !tensors[i] : places[i].name == name)
        return i;
    if (name.empty())
      return createStringError(std::string("more ") + kind + "s given than the model has: " + listTensors(places));
    return createStringError(std::string("no ") + kind + " '" + name + "'; the model has " + listTensors(places));
  }

  Error putNamed(StringRef name, HostTensor tensor, StringRef file) {
    Expected<size_t> place = find(name);
    if (!place)
      return createStringError("'" + file + "': " + toString(place.takeError()));
    return put(*place, std::move(tensor), file);
  }

  Error put(size_t place, HostTensor tensor, StringRef file) {
    const InputDecl &decl = places[place];
    std::string where = std::string(kind) + " '" + decl.name + "'" + (file.empty() ? "" : " from '" + file.str() + "'");
    if (tensors[place])
      return createStringError(where + " is given twice");
    if (decl.dtype == FOURMIX_BFLOAT16 && tensor.dtype == FOURMIX_FLOAT32)
      tensor = rounded(tensor, FOURMIX_BFLOAT16); // NumPy's files have no bf16
    bool fits = tensor.shape.size() == decl.dims.size();
    for (size_t d = 0; fits && d < decl.dims.size(); ++d)
      fits = decl.dims[d] == -1 || decl.dims[d] == tensor.shape[d];
    if (!fits || !typeFits(decl.dtype, tensor))
      return createStringError(where + ": expected " + typeText(decl.dtype, decl.dims) + ", found " +
                               tensor.typeText());
    tensors[place] = std::move(tensor);
    return Error::success();
  }

  static HostTensor rounded(const HostTensor &tensor, fourmix_dtype dtype) {
    HostTensor result = HostTensor::zeros(dtype, tensor.shape);
    for (int64_t i = 0; i < tensor.size(); ++i)
      result.setReal(i, tensor.real(i));
    return result;
  }

  /// An input has the declared type; a reference may have another of the same kind.
  bool typeFits(fourmix_dtype dtype, const HostTensor &tensor) const {
    if (dtype == tensor.dtype)
      return true;
    HostTensor declared;
    declared.dtype = dtype;
    return StringRef(kind) == "output" && !declared.isInteger() && !tensor.isInteger();
  }

  ArrayRef<InputDecl> places;
  const char *kind;
  std::vector<std::optional<HostTensor>> tensors;
};
} // namespace

static Error assignAll(Assignment &assignment, ArrayRef<std::string> texts) {
  // Named ones first, so that order counts among the others alone.
  for (bool named : {true, false})
    for (const std::string &text : texts) {
      Expected<Argument> argument = parseArgument(text);
      if (!argument)
        return argument.takeError();
      if (argument->name.empty() != named)
        if (Error error = assignment.assign(*argument, /*seed=*/42))
          return error;
    }
  return Error::success();
}

Expected<std::vector<HostTensor>> fourmix::readInputs(ArrayRef<std::string> texts, ArrayRef<InputDecl> inputs) {
  Assignment assignment(inputs, "input");
  if (Error error = assignAll(assignment, texts))
    return error;
  std::vector<HostTensor> result;
  for (auto [decl, tensor] : zip_equal(inputs, assignment.take())) {
    if (!tensor)
      return createStringError("no value for input '" + decl.name + "' (" + typeText(decl.dtype, decl.dims) +
                               "): give --input=" + decl.name + "=@FILE");
    result.push_back(std::move(*tensor));
  }
  return result;
}

Expected<std::vector<std::optional<HostTensor>>> fourmix::readExpected(ArrayRef<std::string> texts,
                                                                       ArrayRef<NamedTensor> outputs) {
  std::vector<InputDecl> decls;
  for (const NamedTensor &output : outputs)
    decls.push_back({output.name, output.tensor.dtype, output.tensor.shape});
  Assignment assignment(decls, "output");
  if (Error error = assignAll(assignment, texts))
    return error;
  return assignment.take();
}
