// A timeline in the trace event format that Chrome and Perfetto read: a row for every queue and engine.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Simulation.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;

static void writeEvents(json::OStream &j, const Simulation &s, int64_t process) {
  constexpr double microseconds = 1e6;
  // Engines have rows of their own, after the queue's.
  auto row = [](const simulator::Event &event) {
    return 100 * static_cast<int64_t>(event.queue) + static_cast<int64_t>(event.engine);
  };
  auto name = [&](int64_t id, const Twine &text) {
    j.object([&] {
      j.attribute("name", "thread_name");
      j.attribute("ph", "M");
      j.attribute("pid", process);
      j.attribute("tid", id);
      j.attributeObject("args", [&] { j.attribute("name", text.str()); });
    });
  };
  for (focs::Queue queue : {focs::Queue::Load, focs::Queue::Optics, focs::Queue::Electronics, focs::Queue::Store}) {
    int64_t engines = queue == focs::Queue::Optics ? s.profile->engines : 1;
    for (int64_t engine = 0; engine < engines; ++engine)
      name(100 * static_cast<int64_t>(queue) + engine,
           engines > 1 ? Twine(nameOf(queue)) + " " + Twine(engine) : Twine(nameOf(queue)));
  }
  for (const simulator::Event &event : s.events)
    j.object([&] {
      j.attribute("name", nameOf(s.code->main[event.instruction]));
      j.attribute("ph", "X");
      j.attribute("pid", process);
      j.attribute("tid", row(event));
      j.attribute("ts", event.start * microseconds);
      j.attribute("dur", (event.end - event.start) * microseconds);
      j.attributeObject("args", [&] {
        j.attribute("instruction", event.instruction);
        if (event.mark != simulator::noMark)
          j.attribute("layer", json::fixUTF8(s.markName(event.mark)));
      });
    });
}

void simulation::writeTrace(ArrayRef<Simulation> simulations, raw_ostream &os) {
  json::OStream j(os);
  j.objectBegin();
  j.attribute("displayTimeUnit", "ns");
  j.attributeObject("otherData", [&] {
    j.attribute("device", simulations[0].profile->name);
    for (auto [process, s] : enumerate(simulations))
      j.attribute(simulations.size() == 1 ? "program" : "program " + std::to_string(process + 1),
                  json::fixUTF8(s.program));
    if (any_of(simulations, [](const Simulation &s) { return s.eventsLeftOut; }))
      j.attribute("note", "later events were left out");
  });
  j.attributeArray("traceEvents", [&] {
    for (auto [process, s] : enumerate(simulations))
      writeEvents(j, s, static_cast<int64_t>(process) + 1);
  });
  j.objectEnd();
  os << "\n";
}
