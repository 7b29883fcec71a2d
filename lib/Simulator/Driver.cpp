// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Simulator/Driver.h"
#include "fourmix/Runtime/simulator.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

std::optional<Mode> fourmix::simulator::modeNamed(StringRef name) {
  return StringSwitch<std::optional<Mode>>(name)
      .Case("exact", Mode::Exact)
      .Case("quant", Mode::Quant)
      .Case("noisy", Mode::Noisy)
      .Case("count", Mode::Count)
      .Default(std::nullopt);
}

Expected<SimulatorOptions> fourmix::simulator::parseSimulatorOptions(StringRef text) {
  SimulatorOptions options;
  SmallVector<StringRef> pairs;
  text.split(pairs, ',', -1, /*KeepEmpty=*/false);
  for (StringRef pair : pairs) {
    auto [key, value] = pair.split('=');
    if (key == "mode") {
      std::optional<Mode> mode = modeNamed(value);
      if (!mode)
        return createStringError("mode: expected exact, quant, noisy or count, but found '" + value + "'");
      options.mode = *mode;
    } else if (key == "seed") {
      if (value.getAsInteger(10, options.seed))
        return createStringError("seed: expected a number, but found '" + value + "'");
    } else {
      return createStringError("expected mode=... or seed=..., but found '" + pair + "'");
    }
  }
  return options;
}

Expected<std::unique_ptr<Driver>> Driver::open(StringRef path, const SimulatorOptions &options, StringRef hash) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("cannot read '" + path + "': " + file.getError().message());
  auto where = [&](Error error) { return createStringError("'" + path + "': " + toString(std::move(error))); };
  ArrayRef<uint8_t> bytes = arrayRefFromStringRef((*file)->getBuffer());
  std::string found = toHex(focs::contentHash(bytes), /*LowerCase=*/true);
  if (!hash.empty() && hash != found)
    return createStringError("'" + path + "': expected the stream of hash " + hash + ", but found " + found +
                             ": it belongs to another compilation of the model");
  Expected<focs::CommandStream> stream = focs::decode(bytes);
  if (!stream)
    return where(stream.takeError());
  Expected<std::unique_ptr<Device>> device = Device::load(std::move(*stream), options);
  if (!device)
    return where(device.takeError());
  std::unique_ptr<Driver> driver(new Driver());
  driver->simulated = std::move(*device);
  driver->table = {sizeof(fourmix_driver), driver.get(), run};
  return driver;
}

Usage Driver::usage() const {
  std::lock_guard<std::mutex> lock(mutex);
  return total;
}

std::string Driver::lastError() const {
  std::lock_guard<std::mutex> lock(mutex);
  return error;
}

fourmix_status Driver::run(void *self, int32_t number, void *const *buffers, int32_t count) {
  auto &driver = *static_cast<Driver *>(self);
  std::lock_guard<std::mutex> lock(driver.mutex);
  auto fail = [&](const Twine &message) {
    driver.error = message.str();
    return FOURMIX_ERROR_DEVICE;
  };
  ArrayRef<focs::Program> programs = driver.simulated->stream().programs;
  if (number < 0 || static_cast<size_t>(number) >= programs.size())
    return fail("expected a program below " + Twine(programs.size()) + ", but found " + Twine(number));
  ArrayRef<focs::Binding> bindings = programs[number].bindings;
  if (count < 0 || static_cast<size_t>(count) != bindings.size())
    return fail("program '" + programs[number].name + "': expected " + Twine(bindings.size()) + " buffers, but found " +
                Twine(count));
  SmallVector<Buffer> bound;
  for (auto [binding, data] : zip_equal(bindings, ArrayRef(buffers, count))) {
    int64_t elements = 1;
    for (int64_t extent : binding.shape)
      elements *= extent;
    bound.push_back({data, static_cast<size_t>(elements * focs::byteSize(binding.type))});
  }
  if (Error error = driver.simulated->run(number, bound, &driver.total))
    return fail("program '" + programs[number].name + "': " + toString(std::move(error)));
  return FOURMIX_OK;
}

//===----------------------------------------------------------------------===//
// The C interface
//===----------------------------------------------------------------------===//

struct fourmix_simulator {
  std::unique_ptr<Driver> driver;
};

extern "C" fourmix_simulator *fourmix_simulator_open(const char *path, const char *options, const char *hash,
                                                     char *error, size_t error_bytes) {
  auto open = [&]() -> Expected<std::unique_ptr<Driver>> {
    if (!path)
      return createStringError("expected a path, but found NULL");
    Expected<SimulatorOptions> parsed = parseSimulatorOptions(options ? options : "");
    if (!parsed)
      return parsed.takeError();
    return Driver::open(path, *parsed, hash ? hash : "");
  };
  Expected<std::unique_ptr<Driver>> driver = open();
  if (driver)
    return new fourmix_simulator{std::move(*driver)};
  std::string message = toString(driver.takeError());
  if (error && error_bytes) {
    size_t length = std::min(message.size(), error_bytes - 1);
    message.copy(error, length);
    error[length] = 0;
  }
  return nullptr;
}

extern "C" const fourmix_driver *fourmix_simulator_driver(const fourmix_simulator *simulator) {
  return &simulator->driver->interface();
}

extern "C" void fourmix_simulator_usage(const fourmix_simulator *simulator, fourmix_device_usage *usage) {
  Usage total = simulator->driver->usage();
  double joules = 0;
  for (const auto &[component, energy] : total.joules)
    joules += energy;
  *usage = {total.frames, total.bytesIn + total.bytesOut, total.seconds, joules};
}

extern "C" void fourmix_simulator_close(fourmix_simulator *simulator) { delete simulator; }
