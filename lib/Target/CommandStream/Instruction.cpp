// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Operands.h"
#include <utility>

namespace fourmix::focs {

Queue queueOf(const Instruction &instruction) {
  return std::visit(
      [](const auto &body) {
        using T = std::remove_cvref_t<decltype(body)>;
        if constexpr (Is<T, LoadField> || Is<T, LoadFilter> || Is<T, LoadTable> || Is<T, LoadAccumulator>)
          return Queue::Load;
        else if constexpr (Is<T, Fire>)
          return Queue::Optics;
        else if constexpr (Is<T, ReadBack> || Is<T, Twiddle> || Is<T, ElectronicDft> || Is<T, Elementwise>)
          return Queue::Electronics;
        else if constexpr (Is<T, Store>)
          return Queue::Store;
        else
          return Queue::None;
      },
      instruction.body);
}

template <size_t... indices>
static Body makeBody(size_t index, std::index_sequence<indices...>) {
  Body body;
  ((index == indices ? void(body.emplace<indices>()) : void()), ...);
  return body;
}
Body makeBody(size_t index) { return makeBody(index, std::make_index_sequence<numBodies>()); }

const char *nameOf(Section section) {
  switch (section) {
  case Section::Profile:
    return "profile";
  case Section::Constants:
    return "constants";
  case Section::Program:
    return "program";
  case Section::Main:
    return "main code";
  case Section::Preload:
    return "preload code";
  case Section::Debug:
    return "debug table";
  case Section::Prediction:
    return "prediction";
  case Section::Metadata:
    return "metadata";
  }
  return "unknown";
}

namespace {
/// What an instruction asks of the device.
uint64_t capabilitiesOf(const Instruction &instruction) {
  auto ofType = [](ElementType type) { return type == ElementType::F64 ? DoubleCapability : 0ull; };
  auto of = [&](const Access &access) { return ofType(access.type) | (access.joined ? JoinedCapability : 0ull); };
  return std::visit(
      [&](const auto &body) -> uint64_t {
        using T = std::remove_cvref_t<decltype(body)>;
        if constexpr (Is<T, LoadField>)
          return of(body.from) | (body.bias ? BiasCapability : 0ull) | (body.digit ? DigitCapability : 0ull) |
                 (body.removeMean ? MeanCapability : 0ull) | (isPart(body.component) ? PartCapability : 0ull);
        else if constexpr (Is<T, LoadFilter>)
          return of(body.from) | FilterCapability;
        else if constexpr (Is<T, LoadTable>)
          return ofType(body.type);
        else if constexpr (Is<T, LoadAccumulator>)
          return of(body.from);
        else if constexpr (Is<T, Store>)
          return of(body.to);
        else if constexpr (Is<T, Fire>)
          return (body.mode == FireMode::FT ? 0ull : FilterCapability) |
                 (body.mode == FireMode::Correlate4F ? CorrelateCapability : 0ull) |
                 (body.detect == Detect::Intensity ? IntensityCapability : QuadratureCapability) |
                 (body.reference ? ReferenceCapability : 0ull);
        else if constexpr (Is<T, Twiddle> || Is<T, ElectronicDft> || Is<T, Elementwise>)
          return ElectronicCapability;
        else
          return 0;
      },
      instruction.body);
}
} // namespace

uint64_t capabilitiesOf(const CommandStream &stream) {
  uint64_t all = 0;
  for (const Program &program : stream.programs) {
    for (const std::vector<Instruction> *code : {&program.main, &program.preload})
      for (const Instruction &instruction : *code)
        all |= capabilitiesOf(instruction);
    for (const Binding &binding : program.bindings)
      all |= binding.type == ElementType::F64 ? DoubleCapability : 0ull;
  }
  return all;
}

} // namespace fourmix::focs
