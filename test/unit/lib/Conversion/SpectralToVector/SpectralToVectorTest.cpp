// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs lowered transforms in process and compares every element with sums in long double: at most 2e-6 of the largest
// value away in f32 (5e-15 in f64), and a relative L2 distance of at most 3e-7 (5e-15).
#include "fourmix/InitAll.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/TargetSelect.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numbers>
#include <random>

using namespace mlir;

namespace {

enum class Kind { Complex, Real, Inverse, InverseReal, RealPartOnly, ImaginaryPartOnly, Rdft, Irdft };
constexpr const char *names[] = {"complex",   "real",           "inverse", "inverse real",
                                 "real part", "imaginary part", "rdft",    "irdft"};

struct Case {
  Kind kind;
  std::array<int64_t, 3> shape; // of the signal: for irdft of the result
  int64_t axis;
  int64_t extent = 0; // of the input along the axis where it is not the length
  int64_t width = 8;
};

using Long = long double;

/// Element (outer, k, inner) of a tensor along an axis.
struct Strides {
  Strides(std::array<int64_t, 3> shape, int64_t axis) {
    for (int64_t i = 0; i < axis; ++i)
      outer *= shape[i];
    for (int64_t i = axis + 1; i < 3; ++i)
      inner *= shape[i];
    extent = shape[axis];
  }
  int64_t at(int64_t o, int64_t k, int64_t i) const { return (o * extent + k) * inner + i; }
  int64_t outer = 1, inner = 1, extent;
};

template <typename T>
struct Descriptor {
  Descriptor(std::vector<T> &data, std::array<int64_t, 3> shape)
      : base(data.data()), aligned(data.data()), sizes{shape[0], shape[1], shape[2]},
        strides{shape[1] * shape[2], shape[2], 1} {}
  T *base, *aligned;
  int64_t offset = 0;
  int64_t sizes[3], strides[3];
};

MLIRContext &context() {
  static MLIRContext *context = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    DialectRegistry registry;
    fourmix::registerAllDialects(registry);
    fourmix::registerAllPasses();
    registerAllToLLVMIRTranslations(registry);
    return new MLIRContext(registry);
  }();
  return *context;
}

constexpr const char *toLLVM =
    "canonicalize,cse,one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map},canonicalize,convert-scf-to-cf,expand-strided-metadata,"
    "convert-vector-to-llvm,lower-affine,finalize-memref-to-llvm,convert-arith-to-llvm,convert-cf-to-llvm,"
    "convert-func-to-llvm,canonicalize,cse,reconcile-unrealized-casts";

std::string typeOf(std::array<int64_t, 3> shape, const char *kind, const char *element) {
  return llvm::formatv("{0}<{1}x{2}x{3}x{4}>", kind, shape[0], shape[1], shape[2], element);
}

/// A module compiled in process; null after a failed expectation.
std::unique_ptr<ExecutionEngine> compile(const std::string &text, int64_t width) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context());
  PassManager manager(&context());
  std::string pipeline = llvm::formatv("func.func(convert-spectral-to-vector{{vector-width={0}}),{1}", width, toLLVM);
  if (!module || failed(parsePassPipeline(pipeline, manager)) || failed(manager.run(*module))) {
    ADD_FAILURE() << text;
    return nullptr;
  }
  ExecutionEngineOptions options;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Less;
  auto engine = ExecutionEngine::create(*module, options);
  if (!engine) {
    ADD_FAILURE() << llvm::toString(engine.takeError());
    return nullptr;
  }
  return std::move(*engine);
}

template <typename T>
void check(const Case &c) {
  const char *element = sizeof(T) == 4 ? "f32" : "f64";
  bool irdft = c.kind == Kind::Irdft, rdft = c.kind == Kind::Rdft;
  bool complexInput = c.kind == Kind::Complex || c.kind == Kind::Inverse || c.kind == Kind::RealPartOnly ||
                      c.kind == Kind::ImaginaryPartOnly || irdft;
  bool inverse = c.kind == Kind::Inverse || c.kind == Kind::InverseReal || irdft;
  bool wantRe = c.kind != Kind::ImaginaryPartOnly, wantIm = c.kind != Kind::RealPartOnly && !irdft;
  int64_t n = c.shape[c.axis];
  std::array<int64_t, 3> inShape = c.shape, outShape = c.shape;
  if (irdft)
    inShape[c.axis] = n / 2 + 1;
  else if (c.extent)
    inShape[c.axis] = c.extent;
  if (rdft)
    outShape[c.axis] = n / 2 + 1;
  std::string label = llvm::formatv("{0} {1} {2}x{3}x{4} along {5} from {6}, width {7}", names[int(c.kind)], element,
                                    c.shape[0], c.shape[1], c.shape[2], c.axis, inShape[c.axis], c.width);

  // The module.
  std::string inTensor = typeOf(inShape, "tensor", element), outTensor = typeOf(outShape, "tensor", element);
  std::string inMemref = typeOf(inShape, "memref", element), outMemref = typeOf(outShape, "memref", element);
  std::string op = rdft ? "rdft %re" : irdft ? "irdft %re, %im" : inverse ? "dft inverse %re" : "dft forward %re";
  if (complexInput && !irdft)
    op += ", %im";
  std::string text =
      llvm::formatv("func.func @f(%a: {0}, %b: {0}, %c: {1}, %d: {1}) attributes {{llvm.emit_c_interface} {{\n"
                    "  %re = bufferization.to_tensor %a restrict : {0} to {2}\n"
                    "  %im = bufferization.to_tensor %b restrict : {0} to {2}\n"
                    "  {3} = spectral.{4} along {5} length {6} : {2}\n",
                    inMemref, outMemref, inTensor, irdft ? "%x" : "%x, %y", op, c.axis, n);
  for (auto [want, result, target] : {std::tuple(wantRe, "x", "c"), std::tuple(wantIm, "y", "d")})
    if (want)
      text += llvm::formatv(
          "  bufferization.materialize_in_destination %{0} in restrict writable %{1} : ({2}, {3}) -> ()\n", result,
          target, outTensor, outMemref);
  text += "  return\n}\n";
  std::unique_ptr<ExecutionEngine> engine = compile(text, c.width);
  ASSERT_TRUE(engine);
  auto function = engine->lookup("_mlir_ciface_f");
  ASSERT_TRUE(bool(function)) << llvm::toString(function.takeError());

  // Numbers in and out. Outputs start as a value that must not survive.
  Strides in(inShape, c.axis), out(outShape, c.axis);
  std::mt19937 generator(static_cast<unsigned>(n * 31 + c.axis));
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> re(in.outer * in.extent * in.inner), im(re.size()), outRe(out.outer * out.extent * out.inner, 1e9),
      outIm(outRe.size(), 1e9);
  for (size_t i = 0; i < re.size(); ++i) {
    re[i] = uniform(generator);
    im[i] = uniform(generator);
  }
  Descriptor<T> a(re, inShape), b(im, inShape), x(outRe, outShape), y(outIm, outShape);
  reinterpret_cast<void (*)(void *, void *, void *, void *)>(*function)(&a, &b, &x, &y);

  // The reference.
  std::vector<Long> cosine(n), sine(n);
  for (int64_t k = 0; k < n; ++k) {
    cosine[k] = std::cos(2 * std::numbers::pi_v<Long> * k / n);
    sine[k] = (inverse ? 1 : -1) * std::sin(2 * std::numbers::pi_v<Long> * k / n);
  }
  Long error = 0, norm = 0, worst = 0, largest = 0;
  for (int64_t o = 0; o < in.outer; ++o)
    for (int64_t i = 0; i < in.inner; ++i) {
      std::vector<Long> xr(n, 0), xi(n, 0);
      for (int64_t k = 0; k < std::min<int64_t>(n, in.extent); ++k) {
        xr[k] = re[in.at(o, k, i)];
        xi[k] = complexInput ? im[in.at(o, k, i)] : 0;
      }
      if (irdft)
        for (int64_t k = 0; k <= n / 2; ++k) {
          if (k == 0 || 2 * k == n)
            xi[k] = 0;
          xr[(n - k) % n] = xr[k];
          xi[(n - k) % n] = -xi[k];
        }
      for (int64_t k = 0; k < out.extent; ++k) {
        Long r = 0, s = 0;
        for (int64_t j = 0, phase = 0; j < n; ++j, phase = (phase + k) % n) {
          r += xr[j] * cosine[phase] - xi[j] * sine[phase];
          s += xr[j] * sine[phase] + xi[j] * cosine[phase];
        }
        if (inverse) {
          r /= n;
          s /= n;
        }
        for (auto [want, got, expected] :
             {std::tuple(wantRe, outRe[out.at(o, k, i)], r), std::tuple(wantIm, outIm[out.at(o, k, i)], s)}) {
          if (!want)
            continue;
          Long distance = std::abs(got - expected);
          error += distance * distance;
          norm += expected * expected;
          worst = std::max(worst, distance);
          largest = std::max(largest, std::abs(expected));
        }
      }
    }
  if (norm > 0) {
    EXPECT_LE(std::sqrt(error / norm), sizeof(T) == 4 ? 3e-7 : 5e-15) << label;
  }
  EXPECT_LE(worst, (sizeof(T) == 4 ? 2e-6 : 5e-15) * largest) << label;
}

constexpr Kind allKinds[] = {Kind::Complex,           Kind::Real, Kind::Inverse, Kind::InverseReal, Kind::RealPartOnly,
                             Kind::ImaginaryPartOnly, Kind::Rdft, Kind::Irdft};

/// Re(F_n x F_d) over the last two axes: by rdft and dft of which only the real part is read, or two whole transforms.
void checkPair(std::array<int64_t, 3> shape, bool whole, int64_t width) {
  auto [batch, n, d] = shape;
  std::array<int64_t, 3> half{batch, n, whole ? d : d / 2 + 1};
  std::string text =
      llvm::formatv("func.func @f(%a: {0}, %c: {1}) attributes {{llvm.emit_c_interface} {{\n"
                    "  %x = bufferization.to_tensor %a restrict : {0} to {2}\n"
                    "  %re, %im = spectral.{4} %x along 2 : {2}\n"
                    "  %y, %unused = spectral.dft forward %re, %im along 1 : {3}\n"
                    "  bufferization.materialize_in_destination %y in restrict writable %c : ({3}, {1}) -> ()\n"
                    "  return\n}\n",
                    typeOf(shape, "memref", "f32"), typeOf(half, "memref", "f32"), typeOf(shape, "tensor", "f32"),
                    typeOf(half, "tensor", "f32"), whole ? "dft forward" : "rdft");
  std::unique_ptr<ExecutionEngine> engine = compile(text, width);
  ASSERT_TRUE(engine);
  auto function = engine->lookup("_mlir_ciface_f");
  ASSERT_TRUE(bool(function)) << llvm::toString(function.takeError());

  std::mt19937 generator(static_cast<unsigned>(n + d));
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> x(batch * n * d), y(batch * n * half[2], 1e9f);
  for (float &value : x)
    value = uniform(generator);
  Descriptor<float> in(x, shape), out(y, half);
  reinterpret_cast<void (*)(void *, void *)>(*function)(&in, &out);

  auto angle = [](int64_t k, int64_t n) { return 2 * std::numbers::pi_v<Long> * (k % n) / n; };
  Long worst = 0, largest = 0;
  for (int64_t b = 0; b < batch; ++b) {
    const float *from = x.data() + b * n * d;
    for (int64_t k = 0; k < half[2]; ++k) {
      std::vector<Long> re(n, 0), im(n, 0); // of the transform along d
      for (int64_t s = 0; s < n; ++s)
        for (int64_t h = 0; h < d; ++h) {
          re[s] += from[s * d + h] * std::cos(angle(h * k, d));
          im[s] -= from[s * d + h] * std::sin(angle(h * k, d));
        }
      for (int64_t t = 0; t < n; ++t) {
        Long expected = 0;
        for (int64_t s = 0; s < n; ++s)
          expected += re[s] * std::cos(angle(s * t, n)) + im[s] * std::sin(angle(s * t, n));
        worst = std::max(worst, std::abs(y[(b * n + t) * half[2] + k] - expected));
        largest = std::max(largest, std::abs(expected));
      }
    }
  }
  EXPECT_LE(worst, 2e-6 * largest) << batch << "x" << n << "x" << d << (whole ? " whole" : " half") << " width "
                                   << width;
}

} // namespace

TEST(SpectralToVector, EveryKindAlongEveryAxis) {
  for (Kind kind : allKinds)
    for (int64_t axis : {0, 1, 2})
      for (int64_t n : {12, 15}) {
        if (axis == 1 && n == 12)
          continue; // little that the others do not cover
        std::array<int64_t, 3> shape{3, 5, 9};
        shape[axis] = n;
        check<float>({kind, shape, axis});
      }
}

TEST(SpectralToVector, EveryVectorWidthAndElementType) {
  for (int64_t width : {1, 2, 4, 16})
    for (int64_t axis : {0, 2}) {
      check<float>({Kind::Complex, {40, 1, 48}, axis, 0, width});
      check<double>({Kind::Rdft, {40, 1, 48}, axis, 0, width});
    }
}

TEST(SpectralToVector, LengthsOfEveryAlgorithm) {
  for (int64_t n : {1, 2, 3, 4, 8, 16, 17, 60, 67, 96, 122, 134, 768})
    for (Kind kind : {Kind::Complex, Kind::Irdft}) {
      check<float>({kind, {1, n, 10}, 1});
      check<double>({kind == Kind::Complex ? Kind::Inverse : Kind::Rdft, {1, 9, n}, 2});
    }
}

TEST(SpectralToVector, PadsAndTruncates) {
  for (Kind kind : {Kind::Complex, Kind::Rdft})
    for (int64_t axis : {0, 1, 2})
      for (int64_t extent : {13, 27}) {
        std::array<int64_t, 3> shape{2, 3, 11};
        shape[axis] = 20;
        check<float>({kind, shape, axis, extent});
      }
}

TEST(SpectralToVector, FewLinesUseNarrowVectors) {
  for (int64_t count : {1, 3, 7, 9})
    for (Kind kind : {Kind::Real, Kind::Irdft}) {
      check<float>({kind, {1, count, 24}, 2});
      check<float>({kind, {1, 24, count}, 1});
    }
}

TEST(SpectralToVector, ManyTasks) {
  check<float>({Kind::Rdft, {1, 600, 96}, 2});
  check<float>({Kind::Complex, {4, 96, 150}, 1});
}

TEST(SpectralToVector, PairsOfMixingAreFolded) {
  for (auto [n, d] :
       {std::pair(16, 16), {32, 48}, {15, 20}, {20, 15}, {17, 33}, {30, 24}, {22, 134}, {6, 8}, {6, 7}, {5, 64}})
    for (bool whole : {false, true})
      checkPair({2, n, d}, whole, 8);
  checkPair({1, 64, 96}, true, 16);
  checkPair({3, 24, 40}, true, 4);
}
