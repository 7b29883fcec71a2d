// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomProgram.h"
#include "lib/Target/CommandStream/Operands.h"

namespace fourmix::focs {
namespace {

struct Generator {
  std::mt19937 random;
  CommandStream stream;
  Program &program = stream.programs.emplace_back();
  int nextToken = 0;

  uint32_t below(uint32_t end) { return random() % end; }
  bool coin() { return below(2); }

  uint32_t around = 0; // loops around a stage, in each of which it is done again

  /// `down` and `across` for the loops that go over the tiles.
  Linear stepping(int64_t base, int64_t down, int64_t across) const {
    Linear linear{base, {}};
    linear.step[around] = down;
    linear.step[around + 1] = across;
    return linear;
  }

  /// rows x cols tiles of a dense matrix of height x width, re before im; two loops go over the tiles. Joined ones
  /// go around the matrix as a line, and meet some elements again where tiles do not fit.
  Access tiles(uint8_t region, ElementType type, uint32_t rows, uint32_t cols, uint32_t height, uint32_t width,
               bool mayMeet) {
    Access access;
    access.type = type;
    uint32_t across = (width + cols - 1) / cols, tile = rows * cols;
    bool fits = height % rows == 0 && width % cols == 0;
    if (below(3) == 0 && (mayMeet || fits)) {
      int64_t limit = int64_t(height) * width;
      access.row = {stepping(0, across * tile, tile), cols, limit, 1, rows, true};
      access.col = {{}, 1, limit, 1, cols, false};
      access.joined = true;
      access.re = Plane{region, {}};
    } else {
      place(access, region, rows, cols, height, width);
    }
    access.im = access.re;
    access.im->offset.base += int64_t(height) * width;
    return access;
  }
  void place(Access &access, uint8_t region, uint32_t rows, uint32_t cols, uint32_t height, uint32_t width) {
    access.row = {stepping(0, rows, 0), 1, height, width, rows, false};
    access.col = {stepping(0, 0, cols), 1, width, 1, cols, false};
    if (coin()) // the loops in the offset, where all is inside
      if (height % rows == 0 && width % cols == 0) {
        access.row.start = access.col.start = {};
        access.row.limit = rows;
        access.col.limit = cols;
        access.re = Plane{region, stepping(0, int64_t(rows) * width, cols)};
      }
    if (!access.re)
      access.re = Plane{region, {}};
    if (coin()) { // backwards
      access.row.start.base += (rows - 1);
      access.row.step = -1;
    }
  }

  void stage(uint8_t from, uint8_t to, uint32_t height, uint32_t width) {
    uint32_t rows = 1 + below(4), cols = 1 + below(4);
    uint16_t depth = 1 + below(2); // slots of each kind
    bool onTokens = coin();
    uint8_t token = nextToken;
    if (onTokens)
      nextToken += 6;
    auto bit = [&](int i) { return onTokens ? 1u << (token + i) : 0u; };
    if (onTokens)
      for (int i : {1, 3, 5})
        program.tokens[token + i] = depth;
    Slot slot{0, depth};
    std::vector<Instruction> &code = program.main;
    auto barrier = [&] {
      if (!onTokens)
        code.push_back({0, 0, Barrier{}});
    };
    uint32_t down = (height + rows - 1) / rows, across = (width + cols - 1) / cols;
    code.push_back({0, 0, Mark{below(2)}});
    around = below(3) == 0;
    if (around)
      code.push_back({0, 0, Loop{1 + below(3)}});
    code.push_back({0, 0, Loop{down}});
    code.push_back({0, 0, Loop{across}});
    LoadField load;
    load.field = slot;
    load.from = tiles(from, ElementType::F32, rows, cols, height, width, from != to);
    Fire fire;
    fire.mode = static_cast<FireMode>(below(3));
    load.removeMean = fire.mode != FireMode::MFT && coin();
    if (coin())
      load.component = static_cast<Component>(below(7));
    bool hasDigits = !onTokens && coin();
    if (hasDigits)
      load.digit = Digit{0, 2, static_cast<uint8_t>(2 + below(7))};
    code.push_back({bit(1), bit(0), load});
    barrier();
    fire.field = fire.capture = slot;
    fire.filter = {static_cast<uint16_t>(below(2)), static_cast<uint16_t>(1 + below(2))};
    fire.detect = static_cast<Detect>(below(4));
    fire.reference = fire.detect == Detect::Intensity ? below(5) : 0;
    fire.gain = coin() ? automaticGain : below(4);
    fire.rerun = coin();
    fire.repeat = 1 + below(2);
    code.push_back({bit(0) | bit(3), bit(1) | bit(2), fire});
    barrier();
    ReadBack read;
    read.capture = read.accumulator = slot;
    read.reversedRows = coin();
    read.re = 0.5;
    read.addMean = load.removeMean;
    code.push_back({bit(2) | bit(5), bit(3), read});
    if (hasDigits) {
      load.digit->index = 1;
      read.accumulate = true;
      barrier();
      for (const Body &body : {Body(load), Body(fire), Body(read)}) {
        code.push_back({0, 0, body});
        barrier();
      }
    }
    if (coin())
      code.push_back({0, 0, Twiddle{slot, Factors{{below(3), {}}, 1, coin()}, std::nullopt, 0.25}});
    if (coin()) {
      Elementwise square;
      square.op = TileOp::Multiply;
      square.to = {2, 1};
      square.a = square.b = slot;
      code.push_back({0, 0, square});
      square.op = TileOp::Combine;
      square.to = slot;
      square.a = {2, 1};
      square.b = slot;
      square.betaRe = 1;
      code.push_back({0, 0, square});
    }
    code.push_back({0, bit(4), ElectronicDft{slot, coin() ? TileAxis::Row : TileAxis::Col, 4, coin()}});
    barrier();
    // In place the same tile, so that others may be loaded before it is stored.
    Store store{slot, from == to ? load.from : tiles(to, ElementType::F32, rows, cols, height, width, true)};
    code.push_back({bit(4), bit(5), store});
    barrier();
    code.push_back({0, 0, EndLoop{}});
    code.push_back({0, 0, EndLoop{}});
    code.push_back({0, 0, Barrier{}});
    if (around)
      code.push_back({0, 0, EndLoop{}});
  }

  void generate() {
    int64_t height = 1 + below(9), width = 1 + below(9);
    stream.profile = "name = \"small\"\n";
    stream.constants.resize(4 * 64);
    for (size_t i = 3; i < stream.constants.size(); i += 4)
      stream.constants[i] = 0x3f; // 0.5
    program.name = "random";
    program.bindings = {{"x", ElementType::F32, false, {2, height, width}},
                        {"y", ElementType::F32, true, {2, height, width}}};
    program.scratchBytes = 2 * height * width * 4;
    program.debug = {"a", "b"};
    LoadFilter filter{{0, 3}, {}};
    filter.from.row = {{0, {4}}, 1, 12, 4, 4, false};
    filter.from.col = {{}, 1, 4, 1, 4, false};
    filter.from.re = Plane{constantRegion, {}};
    LoadTable table;
    table.count = 8;
    table.re = {constantRegion, {0, {}}};
    table.im = {constantRegion, {8, {}}};
    program.preload = {{0, 0, Loop{3}}, {0, 0, filter}, {0, 0, EndLoop{}}, {0, 0, table}, {0, 0, End{}}};
    uint8_t from = 2;
    for (uint32_t stages = below(3); stages > 0; --stages, from = scratchRegion)
      stage(from, scratchRegion, height, width);
    stage(from, 3, height, width);
    program.main.push_back({0, 0, End{}});
    program.prediction.frames = countFrames(program);
  }
};

/// Visits operands and changes one of them, the one that `countdown` comes to.
struct Mutator {
  std::mt19937 &random;
  int countdown;

  bool isIt() { return countdown-- == 0; }
  int64_t changed(int64_t old) {
    uint64_t value = old; // which wraps around
    uint64_t values[] = {value + 1, value - 1, 0, 1, value * 2, -value, value + random() % 7, random()};
    return static_cast<int64_t>(values[random() % std::size(values)]);
  }
  void flag(llvm::StringRef, bool &value) {
    if (isIt())
      value = !value;
  }
  template <typename E>
  void byte(llvm::StringRef, E &value) {
    if (isIt())
      value = static_cast<E>(random() % 5);
  }
  void slot(llvm::StringRef, Slot &slot) {
    if (isIt())
      (random() % 2 ? slot.first : slot.rotate) = random() % 4;
  }
  template <typename T>
  void count(llvm::StringRef, T &value) {
    if (isIt())
      value = static_cast<T>(random() % 3 ? random() % 10 : changed(value));
  }
  void integer(llvm::StringRef, int64_t &value) {
    if (isIt())
      value = changed(value);
  }
  void real(llvm::StringRef, double &value) {
    if (isIt())
      value = static_cast<double>(changed(1));
  }
  void linear(llvm::StringRef, Linear &linear) {
    if (!isIt())
      return;
    int64_t &value = random() % 2 ? linear.base : linear.step[random() % 3];
    value = changed(value);
  }
  void plane(llvm::StringRef, Plane &plane) {
    if (isIt())
      plane.region = random() % 5;
    linear({}, plane.offset);
  }
  template <typename F>
  void group(llvm::StringRef, F &&operands) {
    operands();
  }
  template <typename T, typename F>
  void optional(llvm::StringRef, std::optional<T> &value, F &&operands) {
    if (isIt())
      value = value ? std::nullopt : std::optional<T>(T());
    if (value)
      operands(*value);
  }
};

} // namespace

uint64_t countFrames(const Program &program) {
  uint64_t frames = 0, times = 1;
  std::vector<uint64_t> outer;
  for (const Instruction &instruction : program.main) {
    if (const auto *loop = std::get_if<Loop>(&instruction.body)) {
      outer.push_back(times);
      times *= loop->trip;
    } else if (std::holds_alternative<EndLoop>(instruction.body) && !outer.empty()) {
      times = outer.back();
      outer.pop_back();
    } else if (const auto *fire = std::get_if<Fire>(&instruction.body)) {
      frames += times * fire->repeat;
    }
  }
  return frames;
}

CommandStream randomProgram(unsigned seed) {
  Generator generator{std::mt19937(seed), {}};
  generator.generate();
  return std::move(generator.stream);
}

void mutate(CommandStream &stream, std::mt19937 &random) {
  Program &program = stream.programs[0];
  std::vector<Instruction> &code = random() % 5 ? program.main : program.preload;
  size_t at = random() % code.size();
  switch (random() % 9) {
  case 0:
    (random() % 2 ? code[at].wait : code[at].signal) ^= 1u << random() % 12;
    break;
  case 1:
    program.tokens[random() % 12] = random() % 4;
    break;
  case 2:
    if (code.size() > 1)
      code.erase(code.begin() + at);
    break;
  case 3:
    code.insert(code.begin() + at, Instruction(code[random() % code.size()]));
    break;
  case 4:
    std::swap(code[at], code[random() % code.size()]);
    break;
  default:
    Mutator mutator{random, static_cast<int>(random() % 14)};
    std::visit([&](auto &body) { operands(mutator, body); }, code[at].body);
  }
  program.prediction.frames = countFrames(program);
}

} // namespace fourmix::focs
