// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProgramWriter.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;

optic::ProgramOp spectral_to_optic::createProgram(OpBuilder &b, Location loc, StringRef name, ArrayRef<Binding> inputs,
                                                  ArrayRef<Binding> outputs, int64_t frames, StringRef recipe) {
  SmallVector<StringRef> names;
  SmallVector<Type> types;
  for (const Binding &binding : llvm::concat<const Binding>(inputs, outputs)) {
    names.push_back(binding.name);
    types.push_back(optic::MemoryType::get(b.getContext(), binding.type.getShape(), binding.type.getElementType()));
  }
  auto program =
      optic::ProgramOp::create(b, loc, b.getStringAttr(name), b.getI64IntegerAttr(inputs.size()),
                               b.getStrArrayAttr(names), nullptr, b.getI64IntegerAttr(frames), b.getStringAttr(recipe));
  Block &body = program.getBody().emplaceBlock();
  for (Type type : types)
    body.addArgument(type, loc);
  return program;
}

std::string spectral_to_optic::nameOf(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().str();
  return "transform";
}

size_t ProgramWriter::enter(ArrayRef<int64_t> counts) {
  size_t first = trips.size();
  for (int64_t trip : counts) {
    trips.push_back(trip);
    if (trip == 1)
      continue;
    auto loop = optic::LoopOp::create(b, loc, trip);
    loop.getBody().emplaceBlock();
    b.setInsertionPointToStart(&loop.getBody().front());
  }
  return first;
}

AffineMap ProgramWriter::linear(int64_t base, ArrayRef<Term> terms) const {
  MLIRContext *context = b.getContext();
  AffineExpr sum = getAffineConstantExpr(base, context);
  SmallVector<int64_t> position(trips.size(), -1);
  int64_t depth = 0;
  for (auto [i, trip] : llvm::enumerate(trips))
    if (trip != 1)
      position[i] = depth++;
  for (auto [loop, factor] : terms)
    if (position[loop] >= 0 && factor != 0)
      sum = sum + getAffineDimExpr(position[loop], context) * factor;
  return AffineMap::get(depth, 0, sum);
}

optic::AxisAttr ProgramWriter::axis(const kernels::FrameAxis &axis, const kernels::FrameCoordinates &c, int64_t pitch,
                                    size_t group) const {
  return optic::AxisAttr::get(b.getContext(), linear(c.base, {{group, c.perGroup}, {group + 1, c.perLane}}), axis.count,
                              c.step, c.limit, pitch, c.wrap);
}

int64_t ProgramWriter::planeBytes(int64_t elements) const {
  return static_cast<int64_t>(llvm::alignTo<64>(elements * element.getIntOrFloatBitWidth() / 8));
}

std::pair<Value, Value> ProgramWriter::scratch(ArrayRef<int64_t> shape, int64_t at) const {
  auto type = optic::MemoryType::get(b.getContext(), shape, element);
  Value re = optic::ScratchOp::create(b, loc, type, at);
  return {re, optic::ScratchOp::create(b, loc, type, at + planeBytes(type.getNumElements()))};
}
