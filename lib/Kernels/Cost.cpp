// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cost.h"
#include "lib/Kernels/Dft.h"

namespace fourmix::kernels {
namespace {

/// A number of which only its presence is known. Operations on the absent one (zero) are free, as in the lowering.
struct Counted {
  Cost *cost = nullptr; // null: zero
};

Counted sum(Counted a, Counted b) {
  if (a.cost && b.cost)
    ++a.cost->additions;
  return a.cost ? a : b;
}
Counted operator+(Counted a, Counted b) { return sum(a, b); }
Counted operator-(Counted a, Counted b) { return sum(a, b); }
Counted operator-(Counted a) { return a; }
Counted operator*(Counted a, Counted b) {
  if (!a.cost || !b.cost)
    return {};
  ++a.cost->multiplications;
  return a;
}

/// The emitter that counts. A loop's body is counted once and multiplied.
class Counter {
public:
  using Value = Counted;
  using Index = int64_t;
  struct Plane {
    bool present = false;
  };

  template <typename F>
  void loop(int64_t trip, F f) {
    if (trip <= 0)
      return;
    Cost before = cost;
    f(0);
    auto repeat = [&](int64_t Cost::*count) { cost.*count = before.*count + (cost.*count - before.*count) * trip; };
    repeat(&Cost::additions);
    repeat(&Cost::multiplications);
    repeat(&Cost::loads);
    repeat(&Cost::stores);
    repeat(&Cost::tableLoads);
  }
  template <typename F>
  std::vector<Counted> accumulate(int64_t trip, std::vector<Counted> values, F f) {
    loop(trip, [&](int64_t i) { f(i, values); });
    return values;
  }
  Counted load(Plane plane, int64_t) {
    if (!plane.present)
      return {};
    ++cost.loads;
    return {&cost};
  }
  void store(Plane plane, int64_t, Counted) { cost.stores += plane.present; }
  Counted table(int64_t) {
    ++cost.tableLoads;
    return {&cost};
  }
  Counted constant(double value) { return {value == 0 ? nullptr : &cost}; }
  Plane slice(Plane plane, int64_t, int64_t) { return plane; }

  Cost cost;
};

ComplexPlane<Counter> planes(bool re, bool im) { return {{re}, {im}}; }
Work<Counter> buffers() { return {planes(true, true), planes(true, true), planes(true, true)}; }

} // namespace

Cost countDft(const DftPlan &plan, bool realInput, bool realOutput) {
  Counter b;
  emitDft(b, plan, planes(true, !realInput), planes(true, !realOutput), buffers());
  return b.cost;
}

Cost countRdft(const RdftPlan &plan, bool mirrored) {
  Counter b;
  emitRdft(b, plan, {true}, planes(true, true), buffers(), mirrored);
  return b.cost;
}

Cost countIrdft(const RdftPlan &plan) {
  Counter b;
  emitIrdft(b, plan, planes(true, true), {true}, buffers(), 0.25);
  return b.cost;
}

} // namespace fourmix::kernels
