// NumPy's .npy (numpy/lib/format.py: magic, version, header length, a Python dict literal, the data) and .npz.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/HostTensor.h"
#include "fourmix/Support/Zip.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace fourmix;

static constexpr StringRef magic = "\x93NUMPY";

namespace {
struct Header {
  std::string descr;
  bool fortran = false;
  SmallVector<int64_t> shape;
};

/// The dict literal {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }: keys in any order.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse() {
    Header header;
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!take("{"))
      return fail();
    while (!take("}")) {
      std::string key;
      if (!quoted(key) || !take(":"))
        return fail();
      if (key == "descr") {
        if (peek() == '[')
          return createStringError("structured element types are not supported");
        hasDescr = quoted(header.descr);
      } else if (key == "fortran_order") {
        header.fortran = take("True");
        hasOrder = header.fortran || take("False");
      } else if (key == "shape") {
        hasShape = shape(header.shape);
      } else {
        return fail();
      }
      if (!take(",") && peek() != '}')
        return fail();
    }
    if (!hasDescr || !hasOrder || !hasShape || !rest.trim().empty())
      return fail();
    return header;
  }

private:
  static Error fail() { return createStringError("broken .npy header"); }
  char peek() {
    rest = rest.ltrim();
    return rest.empty() ? 0 : rest.front();
  }
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  bool quoted(std::string &text) {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return false;
    size_t end = rest.find(quote, 1);
    if (end == StringRef::npos)
      return false;
    text = rest.substr(1, end - 1).str();
    rest = rest.substr(end + 1);
    return true;
  }
  bool shape(SmallVectorImpl<int64_t> &dims) {
    if (!take("("))
      return false;
    while (!take(")")) {
      peek();
      int64_t dim;
      if (rest.consumeInteger(10, dim) || dim < 0)
        return false;
      take("L"); // Python 2
      dims.push_back(dim);
      if (!take(",") && peek() != ')')
        return false;
    }
    return true;
  }

  StringRef rest;
};
} // namespace

/// The element type behind the byte-order character, nothing for one that we do not have.
static std::optional<fourmix_dtype> dtypeOf(StringRef code) {
  static constexpr std::pair<StringLiteral, fourmix_dtype> types[] = {
      {"f2", FOURMIX_FLOAT16}, {"f4", FOURMIX_FLOAT32}, {"f8", FOURMIX_FLOAT64}, {"b1", FOURMIX_BOOL},
      {"i1", FOURMIX_INT8},    {"i2", FOURMIX_INT16},   {"i4", FOURMIX_INT32},   {"i8", FOURMIX_INT64},
      {"u1", FOURMIX_UINT8},   {"u2", FOURMIX_UINT16},  {"u4", FOURMIX_UINT32},  {"u8", FOURMIX_UINT64}};
  for (auto [name, dtype] : types)
    if (code == name)
      return dtype;
  return std::nullopt;
}

/// Column-major bytes as row-major ones.
static std::vector<char> transposeFortran(StringRef data, ArrayRef<int64_t> shape, size_t elementBytes) {
  std::vector<char> result(data.size());
  SmallVector<int64_t> index(shape.size(), 0), strides(shape.size());
  int64_t stride = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= shape[d];
  }
  int64_t from = 0;
  for (size_t to = 0; to < data.size(); to += elementBytes) {
    std::copy_n(data.data() + from * elementBytes, elementBytes, result.data() + to);
    for (size_t d = shape.size(); d-- > 0;) {
      from += strides[d];
      if (++index[d] < shape[d])
        break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return result;
}

Expected<HostTensor> fourmix::parseNpy(StringRef contents) {
  if (!contents.starts_with(magic) || contents.size() < 10)
    return createStringError("not an .npy file");
  int version = contents[6];
  if (version < 1 || version > 3)
    return createStringError("unknown .npy version " + std::to_string(version));
  size_t prefix = version == 1 ? 10 : 12;
  if (contents.size() < prefix)
    return createStringError("truncated .npy header");
  size_t headerBytes =
      version == 1 ? support::endian::read16le(contents.data() + 8) : support::endian::read32le(contents.data() + 8);
  if (headerBytes > contents.size() - prefix)
    return createStringError("truncated .npy header");
  Expected<Header> header = HeaderParser(contents.substr(prefix, headerBytes)).parse();
  if (!header)
    return header.takeError();

  StringRef descr = header->descr;
  char order = descr.empty() ? 0 : descr.front();
  std::optional<fourmix_dtype> dtype = dtypeOf(descr.drop_front(order ? 1 : 0));
  if (!dtype || !StringRef("<>|=").contains(order))
    return createStringError("unsupported element type '" + descr + "'");
  size_t elementBytes = fourmix_dtype_bytes(*dtype);
  std::optional<int64_t> count = countElements(header->shape, elementBytes);
  StringRef data = contents.substr(prefix + headerBytes);
  // NumPy itself reads no further than the shape says; a file that holds less is broken.
  if (!count || data.size() / elementBytes < size_t(*count))
    return createStringError("truncated .npy data: expected " + typeText(*dtype, header->shape) + ", found " +
                             std::to_string(data.size()) + " bytes");
  data = data.take_front(*count * elementBytes);

  HostTensor result;
  result.dtype = *dtype;
  result.shape = std::move(header->shape);
  if (header->fortran && result.shape.size() > 1 && *count > 0)
    result.bytes = transposeFortran(data, result.shape, elementBytes);
  else
    result.bytes.assign(data.begin(), data.end());
  if (order == '>')
    for (size_t i = 0; i < result.bytes.size(); i += elementBytes)
      std::reverse(result.bytes.begin() + i, result.bytes.begin() + i + elementBytes);
  if (*dtype == FOURMIX_BOOL)
    for (char &byte : result.bytes)
      byte = byte != 0;
  return result;
}

static StringRef descrOf(fourmix_dtype dtype) {
  switch (dtype) {
  case FOURMIX_FLOAT16:
    return "<f2";
  case FOURMIX_FLOAT64:
    return "<f8";
  case FOURMIX_BOOL:
    return "|b1";
  case FOURMIX_INT8:
    return "|i1";
  case FOURMIX_INT16:
    return "<i2";
  case FOURMIX_INT32:
    return "<i4";
  case FOURMIX_INT64:
    return "<i8";
  case FOURMIX_UINT8:
    return "|u1";
  case FOURMIX_UINT16:
    return "<u2";
  case FOURMIX_UINT32:
    return "<u4";
  case FOURMIX_UINT64:
    return "<u8";
  default:
    return "<f4";
  }
}

std::string fourmix::formatNpy(const HostTensor &tensor) {
  if (tensor.dtype == FOURMIX_BFLOAT16) {
    HostTensor wide = HostTensor::zeros(FOURMIX_FLOAT32, tensor.shape);
    for (int64_t i = 0; i < tensor.size(); ++i)
      wide.setReal(i, tensor.real(i));
    return formatNpy(wide);
  }
  std::string header = ("{'descr': '" + descrOf(tensor.dtype) + "', 'fortran_order': False, 'shape': (").str();
  for (int64_t dim : tensor.shape)
    header += std::to_string(dim) + ", ";
  if (tensor.shape.size() > 1)
    header.resize(header.size() - 2);
  else if (tensor.shape.size() == 1)
    header.pop_back();
  header += "), }";
  // The data starts at a multiple of 64 bytes; the header ends with a newline.
  size_t bytes = alignTo(10 + header.size() + 1, 64) - 10;
  header.resize(bytes - 1, ' ');
  header += '\n';
  std::string result = (magic + StringRef("\1\0", 2)).str();
  result += {char(bytes & 255), char(bytes >> 8)};
  return result + header + std::string(tensor.bytes.begin(), tensor.bytes.end());
}

Expected<std::vector<NamedTensor>> fourmix::parseNpz(StringRef contents) {
  Expected<std::vector<ZipMember>> members = readZip(contents);
  if (!members)
    return members.takeError();
  std::vector<NamedTensor> result;
  for (ZipMember &member : *members) {
    Expected<HostTensor> tensor = parseNpy(member.contents);
    if (!tensor)
      return createStringError("'" + member.name + "': " + toString(tensor.takeError()));
    StringRef name = member.name;
    name.consume_back(".npy");
    result.push_back({name.str(), std::move(*tensor)});
  }
  return result;
}

Expected<std::string> fourmix::formatNpz(ArrayRef<NamedTensor> tensors) {
  std::vector<ZipMember> members;
  for (const NamedTensor &entry : tensors)
    members.push_back({entry.name + ".npy", formatNpy(entry.tensor)});
  return writeZip(members);
}
