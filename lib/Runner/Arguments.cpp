// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Arguments.h"
#include "fourmix/Import/TensorProto.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <random>

using namespace llvm;
using namespace fourmix;

/// "1x4xf32" or "f32"; nothing for another text.
static std::optional<HostTensor> parseType(StringRef text) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  std::optional<fourmix_dtype> dtype = parseDtype(parts.pop_back_val());
  if (!dtype)
    return std::nullopt;
  SmallVector<int64_t> shape;
  for (StringRef part : parts) {
    int64_t dim;
    if (part.getAsInteger(10, dim) || dim < 0)
      return std::nullopt;
    shape.push_back(dim);
  }
  std::optional<int64_t> count = countElements(shape);
  if (!count || *count > maxElements)
    return std::nullopt;
  HostTensor result;
  result.dtype = *dtype;
  result.shape = shape;
  return result;
}

/// As many values as elements, or one for all.
static Expected<HostTensor> parseValues(HostTensor type, StringRef text) {
  SmallVector<StringRef> words;
  SplitString(text, words, " ,\t\n");
  int64_t count = *countElements(type.shape);
  if (int64_t(words.size()) != count && (words.size() != 1 || count == 0))
    return createStringError("expected " + std::to_string(count) + " values (or one for all) for " + type.typeText() +
                             ", found " + std::to_string(words.size()));
  HostTensor result = HostTensor::zeros(type.dtype, type.shape);
  for (int64_t i = 0; i < count; ++i) {
    StringRef word = words[words.size() == 1 ? 0 : i];
    int64_t integer;
    double real;
    if (result.dtype == FOURMIX_BOOL && (word == "true" || word == "false"))
      result.setInteger(i, word == "true");
    else if (result.isInteger() && !word.getAsInteger(0, integer))
      result.setInteger(i, integer);
    else if (!result.isInteger() && !word.getAsDouble(real))
      result.setReal(i, real);
    else
      return createStringError("'" + word + "' is no value of type " + dtypeText(result.dtype));
  }
  return result;
}

Expected<Argument> fourmix::parseArgument(StringRef text) {
  Argument argument;
  StringRef rest = text;
  for (bool mayHaveName : {true, false}) {
    if (rest.consume_front("@")) {
      if (rest.empty())
        break;
      argument.file = rest.str();
      return argument;
    }
    if (rest == "random") {
      argument.random = true;
      return argument;
    }
    auto [left, right] = rest.split('=');
    if (left.size() == rest.size())
      break;
    std::optional<HostTensor> type = parseType(left);
    // A name may look like a type; then what follows is an argument of its own, which no list of values is.
    bool rightIsArgument = right.starts_with("@") || right == "random" || right.contains('=');
    if (type && !(mayHaveName && rightIsArgument)) {
      Expected<HostTensor> literal = parseValues(std::move(*type), right);
      if (!literal)
        return createStringError("'" + text + "': " + toString(literal.takeError()));
      argument.literal = std::move(*literal);
      return argument;
    }
    if (!mayHaveName || left.empty())
      break;
    argument.name = left.str();
    rest = right;
  }
  return createStringError("cannot read '" + text +
                           "': expected [NAME=]@FILE, [NAME=]TYPE=VALUES (such as 1x4xf32=1 2 3 4) or [NAME=]random");
}

Expected<std::vector<NamedTensor>> fourmix::readTensors(const std::string &path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("cannot read '" + path + "': " + file.getError().message());
  StringRef contents = (*file)->getBuffer();
  std::vector<NamedTensor> result;
  if (contents.starts_with("PK")) {
    Expected<std::vector<NamedTensor>> read = parseNpz(contents);
    if (!read)
      return createStringError("'" + path + "': " + toString(read.takeError()));
    return read;
  }
  Expected<NamedTensor> read = NamedTensor();
  if (StringRef(path).ends_with(".pb")) {
    read = parseTensorProto(contents);
  } else if (Expected<HostTensor> tensor = parseNpy(contents)) {
    read->tensor = std::move(*tensor);
  } else {
    read = tensor.takeError();
  }
  if (!read)
    return createStringError("'" + path + "': " + toString(read.takeError()));
  // The name in a TensorProto is often not that of the model: order decides, or the name on the command line.
  result.push_back({"", std::move(read->tensor)});
  return result;
}

HostTensor fourmix::randomTensor(fourmix_dtype dtype, ArrayRef<int64_t> shape, uint64_t seed) {
  HostTensor result = HostTensor::zeros(dtype, shape);
  std::mt19937_64 engine(seed);
  for (int64_t i = 0; i < result.size(); ++i) {
    if (result.isInteger()) {
      result.setInteger(i, engine() & 1);
      continue;
    }
    // Irwin-Hall: the distributions of the standard library differ from one to the next.
    double sum = -6;
    for (int k = 0; k < 12; ++k)
      sum += double(engine() >> 11) * 0x1p-53;
    result.setReal(i, sum);
  }
  return result;
}

std::string fourmix::listTensors(ArrayRef<InputDecl> tensors) {
  std::string text;
  for (const InputDecl &tensor : tensors)
    text += (text.empty() ? "'" : ", '") + tensor.name + "' (" + typeText(tensor.dtype, tensor.dims) + ")";
  return text.empty() ? "none" : text;
}

Expected<std::vector<NamedTensor>> fourmix::readBindings(ArrayRef<std::string> texts) {
  std::vector<NamedTensor> bindings;
  for (const std::string &text : texts) {
    Expected<Argument> argument = parseArgument(text);
    if (!argument)
      return argument.takeError();
    if (argument->name.empty() || argument->random)
      return createStringError("--bind: expected NAME=@FILE or NAME=TYPE=VALUES, found '" + text + "'");
    if (argument->literal) {
      bindings.push_back({argument->name, std::move(*argument->literal)});
      continue;
    }
    Expected<std::vector<NamedTensor>> read = readTensors(argument->file);
    if (!read)
      return read.takeError();
    auto found = find_if(*read, [&](const NamedTensor &tensor) { return tensor.name == argument->name; });
    if (found == read->end() && read->size() == 1)
      found = read->begin();
    if (found == read->end())
      return createStringError("'" + argument->file + "' has no array '" + argument->name + "'");
    bindings.push_back({argument->name, std::move(found->tensor)});
  }
  return bindings;
}
