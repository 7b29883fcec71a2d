// The report as a page: one file, no script, nothing from elsewhere.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Simulation.h"
#include "fourmix/Support/Units.h"
#include "lib/Report/Html.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;
using report::escape;

namespace {
class Page {
public:
  Page(const Simulation &simulation, raw_ostream &os) : s(simulation), usage(s.usage), profile(*s.profile), os(os) {}

  static void begin(const Simulation &s, raw_ostream &os) {
    os << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
       << escape(sys::path::filename(s.file)) << " \u2013 Fourmix simulation</title>\n<style>" << report::styleSheet
       << "</style>\n</head>\n<body>\n<main>\n";
  }
  static void end(raw_ostream &os) {
    os << "<footer><p>Every frame that was counted was executed. Time is that of queues, engines and links of the "
          "profile; energy is what each event uses by it.</p></footer>\n</main>\n</body>\n</html>\n";
  }

  void write() {
    writeHeader();
    writeTime();
    writeTimeline();
    writeEnergy();
    writeLayers();
    writeAccuracy();
    writeFigures();
  }

private:
  void tile(StringRef what, const std::string &now, const std::string &was) {
    os << "<div class=\"tile\"><div class=\"what\">" << escape(what) << "</div><div class=\"now\">" << escape(now)
       << "</div><div class=\"was\">" << escape(was) << "</div></div>\n";
  }

  void writeHeader() {
    os << "<header>\n<p class=\"kicker\">Fourmix simulation</p>\n<h1>" << escape(sys::path::filename(s.file))
       << "</h1>\n<p class=\"lead\">Program <code>" << escape(s.program) << "</code> on " << escape(profile.name)
       << ": " << escape(profile.description) << ". Mode " << escape(s.mode);
    if (s.mode == "noisy")
      os << ", seed " << s.seed;
    os << ".";
    if (s.randomInputs)
      os << " Inputs are random.";
    os << "</p>\n<div class=\"tiles\">\n";
    std::string again = usage.reruns ? formatv(", {0} again after saturation", usage.reruns).str() : "";
    tile("Frames", std::to_string(usage.frames),
         formatv("{0:F1} % of the pixels used{1}", 100 * usage.utilisation(profile), again).str());
    tile("Time", quantity(usage.seconds, "s"),
         usage.seconds > 0 ? "bound by " + s.resources()[0].name : std::string("nothing takes time"));
    tile("Energy", quantity(usage.totalJoules(), "J"), "most of it: " + most());
    tile("Moved", quantity(static_cast<double>(usage.bytesIn + usage.bytesOut), "B"),
         formatv("{0} in, {1} out", quantity(usage.bytesIn, "B"), quantity(usage.bytesOut, "B")).str());
    if (!s.accuracy.empty())
      tile("SNR of '" + s.accuracy[0].name + "'", snrText(s.accuracy[0]),
           bitsText(s.accuracy[0]) + formatv("{0} elements stayed saturated", usage.saturated).str());
    os << "</div>\n</header>\n";
  }

  static std::string snrText(const Accuracy &a) { return a.isExact() ? "exact" : formatv("{0:F1} dB", a.snr).str(); }
  static std::string bitsText(const Accuracy &a) {
    return a.isExact() ? "" : formatv("{0:F1} effective bits; ", a.bits()).str();
  }

  std::string most() const {
    std::vector<EnergyShare> energy = s.energy();
    return energy.empty() || energy[0].joules == 0 ? "nothing uses any" : energy[0].component;
  }

  void bar(double share) {
    os << formatv("<td style=\"width:30%\"><div class=\"bar\"><i style=\"width:{0:F1}%\"></i></div></td>",
                  100 * std::clamp(share, 0.0, 1.0));
  }

  void writeTime() {
    os << "<h2>What takes the time</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\">resource</th>"
          "<th>busy</th><th>share</th><th></th></tr></thead>\n<tbody>\n";
    for (const Resource &resource : s.resources()) {
      double share = usage.seconds > 0 ? resource.seconds / usage.seconds : 0;
      os << "<tr><td class=\"l\">" << resource.name << "</td><td>" << escape(quantity(resource.seconds, "s"))
         << formatv("</td><td>{0:F1} %</td>", 100 * share);
      bar(share);
      os << "</tr>\n";
    }
    os << "</tbody></table></div>\n";
    if (usage.frames)
      os << "<p>Light is the bottleneck with links of " << escape(quantity(s.neededIn(), "B/s")) << " in and "
         << escape(quantity(s.neededOut(), "B/s")) << " out, an own memory of "
         << escape(quantity(s.neededMemory(), "B/s")) << " and electronics of "
         << escape(withPrefix(s.neededMultiplications())) << "complex multiplications per second.</p>\n";
    const focs::Prediction &p = s.code->prediction;
    os << "<p class=\"soft\">";
    if (!(p == focs::Prediction()))
      os << formatv("The compiler predicted {0} frames, {1} and {2}.", p.frames, escape(quantity(p.seconds, "s")),
                    escape(quantity(p.joules, "J")));
    os << "</p>\n";
    if (s.breakEven)
      os << "<p>CPU: " << escape(cpuText(s)) << ".</p>\n";
  }

  /// The first instructions, a line for every queue and engine.
  void writeTimeline() {
    if (s.events.empty())
      return;
    constexpr size_t shown = 240;
    constexpr double width = 1000, height = 22, left = 92;
    ArrayRef<simulator::Event> events = ArrayRef(s.events).take_front(shown);
    double end = 0;
    for (const simulator::Event &event : events)
      end = std::max(end, event.end);
    if (end <= 0)
      return;
    std::vector<std::pair<focs::Queue, size_t>> rows;
    for (focs::Queue queue : {focs::Queue::Load, focs::Queue::Optics, focs::Queue::Electronics, focs::Queue::Store})
      for (size_t engine = 0; engine < (queue == focs::Queue::Optics ? size_t(profile.engines) : 1); ++engine)
        if (any_of(events, [&](const simulator::Event &e) { return e.queue == queue && e.engine == engine; }))
          rows.push_back({queue, engine});
    static constexpr const char *colours[] = {"rest", "projection", "fourier", "attention", "convolution"};
    os << "<h2>Timeline</h2>\n<p class=\"soft\">The first " << events.size() << " instructions, "
       << escape(quantity(end, "s")) << ".</p>\n"
       << formatv("<div class=\"card\" style=\"padding:12px\"><svg viewBox=\"0 0 {0} {1}\" role=\"img\" "
                  "aria-label=\"timeline\" style=\"width:100%;height:auto\">\n",
                  width, height * rows.size());
    for (auto [y, row] : enumerate(rows)) {
      os << formatv("<text class=\"detail\" x=\"0\" y=\"{0}\">{1}{2}</text>", height * y + 15, nameOf(row.first),
                    profile.engines > 1 && row.first == focs::Queue::Optics ? " " + std::to_string(row.second) : "");
      for (const simulator::Event &event : events) {
        if (event.queue != row.first || event.engine != row.second)
          continue;
        double x = left + (width - left) * event.start / end;
        double w = std::max(0.6, (width - left) * (event.end - event.start) / end);
        std::string layer = event.mark == simulator::noMark ? "" : ", " + s.markName(event.mark);
        os << formatv("<rect x=\"{0:F2}\" y=\"{1}\" width=\"{2:F2}\" height=\"{3}\" rx=\"1.5\" fill=\"var(--{4})\" "
                      "stroke=\"var(--card)\" stroke-width=\"0.4\"><title>{5}{6}: {7} to {8}</title></rect>",
                      x, height * y + 3, w, height - 6, colours[size_t(event.queue)],
                      nameOf(s.code->main[event.instruction]), escape(layer), escape(quantity(event.start, "s")),
                      escape(quantity(event.end, "s")));
      }
      os << "\n";
    }
    os << "</svg></div>\n";
  }

  void writeEnergy() {
    os << "<h2>Where the energy goes</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\">component</th>"
          "<th>energy</th><th>share</th><th></th><th class=\"l\">figure</th></tr></thead>\n<tbody>\n";
    double total = usage.totalJoules();
    for (const EnergyShare &share : s.energy()) {
      double part = total > 0 ? share.joules / total : 0;
      os << "<tr><td class=\"l\">" << escape(share.component) << "</td><td>" << escape(quantity(share.joules, "J"))
         << formatv("</td><td>{0:F1} %</td>", 100 * part);
      bar(part);
      os << "<td class=\"l\">" << nameOf(share.origin.provenance) << " <small>" << escape(share.origin.note)
         << "</small></td></tr>\n";
    }
    os << "</tbody></table></div>\n";
  }

  void writeLayers() {
    if (s.byMark.empty())
      return;
    os << "<h2>Layers</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\">layer</th><th>frames</th>"
          "<th>again</th><th>time</th><th>energy</th><th>in</th><th>out</th><th>saturated</th>"
       << (s.fidelity.empty() ? "" : "<th>its SNR</th><th>bits</th><th>SNR so far</th>") << "</tr></thead>\n<tbody>\n";
    for (auto [mark, used] : enumerate(s.byMark))
      if (!Simulation::isIdle(used))
        os << "<tr><td class=\"l name\"><code>" << escape(s.markName(mark)) << "</code></td><td>" << used.frames
           << "</td><td>" << used.reruns << "</td><td>" << escape(quantity(used.seconds, "s")) << "</td><td>"
           << escape(quantity(used.totalJoules(), "J")) << "</td><td>" << escape(quantity(used.bytesIn, "B"))
           << "</td><td>" << escape(quantity(used.bytesOut, "B")) << "</td><td>" << used.saturated << "</td>"
           << fidelityCells(mark) << "</tr>\n";
    os << "</tbody></table></div>\n<p class=\"soft\">A layer's time is how far it moved the last completion: layers "
          "overlap."
       << (s.fidelity.empty() ? ""
                              : " Its SNR is what it stores against exact computing from what it loaded: the error "
                                "that it adds. So far: against an exact run from the beginning.")
       << "</p>\n";
  }

  std::string fidelityCells(size_t mark) const {
    if (s.fidelity.empty())
      return "";
    const simulator::Fidelity &f = s.fidelity[mark];
    auto cell = [](double value, const char *unit) {
      return std::isfinite(value) ? formatv("<td>{0:F1}{1}</td>", value, unit).str() : "<td>-</td>";
    };
    return cell(f.localSnr(), " dB") + cell(effectiveBits(f.localSnr()), "") + cell(f.snr(), " dB");
  }

  void writeAccuracy() {
    if (s.accuracy.empty())
      return;
    os << "<h2>Accuracy</h2>\n<p>Against an exact run on the same inputs.</p>\n<div class=\"scroll\"><table>\n<thead>"
          "<tr><th class=\"l\">output</th><th class=\"l\">type</th><th>SNR</th><th>effective bits</th><th>max "
          "error</th><th>rms error</th><th>max exact</th></tr></thead>\n<tbody>\n";
    for (const Accuracy &a : s.accuracy)
      os << "<tr><td class=\"l\"><code>" << escape(a.name) << "</code></td><td class=\"l\">" << a.type << "</td><td>"
         << snrText(a) << "</td><td>" << (a.isExact() ? "" : formatv("{0:F1}", a.bits()).str())
         << formatv("</td><td>{0:e2}</td><td>{1:e2}</td><td>{2:e2}</td></tr>\n", a.maxError, a.rmsError, a.maxExact);
    os << "</tbody></table></div>\n<div class=\"plots\">\n";
    for (const Accuracy &a : s.accuracy) {
      std::vector<double> errors;
      for (auto [found, exact] : zip_equal(a.found, a.exact))
        errors.push_back(found - exact);
      std::string axis = "the first " + std::to_string(errors.size()) + " elements";
      report::drawPlot({a.name + ": exact and simulated", axis, {{"exact", a.exact}, {"simulated", a.found}}}, os);
      report::drawPlot({a.name + ": error", axis, {{"error", errors}}}, os);
    }
    os << "</div>\n";
  }

  void writeFigures() {
    os << "<h2>What this rests on</h2>\n<details><summary>All " << profile.origins.size() << " figures of "
       << escape(profile.name)
       << "</summary>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"l\">figure</th>"
          "<th class=\"l\">from</th><th class=\"l\">note</th></tr></thead>\n<tbody>\n";
    for (const auto &[key, origin] : profile.origins)
      os << "<tr><td class=\"l\"><code>" << escape(key) << "</code></td><td class=\"l\">" << nameOf(origin.provenance)
         << "</td><td class=\"l\">" << escape(origin.note) << "</td></tr>\n";
    os << "</tbody></table></div>\n</details>\n";
  }

  const Simulation &s;
  const simulator::Usage &usage;
  const device::Profile &profile;
  raw_ostream &os;
};
} // namespace

void simulation::writeHtml(ArrayRef<Simulation> simulations, raw_ostream &os) {
  Page::begin(simulations[0], os);
  if (simulations.size() > 1) {
    Total total(simulations);
    os << formatv("<p class=\"lead\">{0} launches of {1} programs one after the other: {2} frames, {3}, {4}",
                  total.launches, simulations.size(), total.usage.frames, escape(quantity(total.usage.seconds, "s")),
                  escape(quantity(total.usage.totalJoules(), "J")));
    if (total.cpuSeconds > 0)
      os << "; CPU " << escape(quantity(total.cpuSeconds, "s"));
    os << ".</p>\n";
  }
  for (const Simulation &simulation : simulations)
    Page(simulation, os).write();
  Page::end(os);
}
