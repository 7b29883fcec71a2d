// Runs what a device is given of a module, exactly: what the tests with random ops share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_DEVICERUN_H
#define TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_DEVICERUN_H

#include "dialects/Optic/IR/Optic.h"
#include "dialects/Optic/Transforms/Passes.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Conversion/OpticToCommandStream.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

namespace fourmix {

inline std::string typeOf(const std::vector<int64_t> &shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

/// `%name = ` and a constant of f32, to the bit.
inline std::string constantText(const std::string &name, const std::vector<double> &numbers,
                                const std::vector<int64_t> &shape) {
  std::string text = "  %" + name + " = arith.constant dense<\"0x";
  for (double number : numbers) {
    auto value = static_cast<float>(number);
    for (size_t byte = 0; byte < sizeof(value); ++byte) {
      char digits[3];
      std::snprintf(digits, sizeof(digits), "%02X", reinterpret_cast<const unsigned char *>(&value)[byte]);
      text += digits;
    }
  }
  return text + "\"> : " + typeOf(shape) + "\n";
}

struct Draw {
  explicit Draw(unsigned seed) : generator(seed) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(generator() % n); }
  bool coin() { return below(2); }
  std::mt19937 generator;
};

/// `text` with what the device takes as scheduled programs.
inline mlir::OwningOpRef<mlir::ModuleOp> placeOnDevice(mlir::MLIRContext &context, const std::string &text,
                                                       const std::string &device, double bits = 0) {
  using namespace mlir;
  auto module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
  EXPECT_TRUE(module) << text;
  PassManager passes(&context);
  passes.addPass(createConvertSpectralToOptic({device, bits}));
  optic::OpticScheduleOptions schedule;
  schedule.device = device;
  passes.nest<optic::ProgramOp>().addPass(optic::createOpticSchedule(schedule));
  EXPECT_TRUE(succeeded(passes.run(*module))) << device << "\n" << text;
  return module;
}

/// Gives `text` to the device, runs its program on `buffers`, inputs before outputs, after `prepare` did what the host
/// does before the launch. False where it does not take all
/// of it as one program: a part on the device and a part on the host is the business of the tests with whole networks.
/// The validator must have no objection, and the frames must be those that were foretold.
inline bool runOnDevice(mlir::MLIRContext &context, const std::string &text, const std::string &device,
                        std::vector<std::vector<float>> &buffers,
                        llvm::function_ref<void(const focs::Program &, llvm::StringRef recipe)> prepare) {
  using namespace mlir;
  OwningOpRef<ModuleOp> module = placeOnDevice(context, text, device);
  device::Profile profile = llvm::cantFail(device::loadProfile(device));
  FailureOr<focs::CommandStream> stream = buildCommandStream(*module, profile);
  EXPECT_TRUE(succeeded(stream));
  bool isLeft = false;
  module->walk([&](spectral::PlannableOpInterface op) {
    // The transform of a mean, which the host computes beside the launch, reads a sum with the summed axis put back.
    isLeft |= !op->getOperand(0).getDefiningOp<tensor::ExpandShapeOp>();
  });
  if (failed(stream) || stream->programs.size() != 1 || isLeft)
    return false;
  for (const focs::Violation &violation : focs::validate(*stream, profile))
    ADD_FAILURE() << device << ": " << violation.text() << "\n" << text;
  auto loaded = simulator::Device::load(*stream, {}, nullptr);
  EXPECT_TRUE(static_cast<bool>(loaded)) << llvm::toString(loaded.takeError());
  prepare(stream->programs[0], *(*module->getOps<optic::ProgramOp>().begin()).getRecipe());
  std::vector<simulator::Buffer> bound;
  for (std::vector<float> &buffer : buffers)
    bound.push_back({buffer.data(), buffer.size() * sizeof(float)});
  simulator::Usage usage;
  llvm::Error error = (*loaded)->run(0, bound, &usage);
  EXPECT_FALSE(static_cast<bool>(error));
  llvm::consumeError(std::move(error));
  EXPECT_EQ(usage.frames, stream->programs[0].prediction.frames) << device << "\n" << text;
  return true;
}

} // namespace fourmix

#endif // TEST_UNIT_LIB_CONVERSION_SPECTRALTOOPTIC_DEVICERUN_H
