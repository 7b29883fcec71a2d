#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where frames, time and energy of networks go on optical devices, and when light would be the bottleneck.

    optical_budget.py BUILD [--device=NAME|FILE]... [--output=docs/optical-budget.md] TITLE=model.onnx[,FLAG...]...

Compiles each model (with its flags for fourmix-compile) for each device, measures the same work on this CPU
(--measure-cpu; the machine should be idle), counts what every program of it takes
(fourmix-sim --mode=count) as often as it is launched, and writes Markdown. Where light becomes the bottleneck is found by
running the same programs on copies of the profile: one rate raised until the optics are what is busy longest, the other
rates without limit. Nothing is computed, so accuracy is not in it: see optical_accuracy.py.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from optical_pages import edited, figure, profile_text, table

DEVICES = ["ofe-11", "ofe-32", "enable-16e", "dmd-4f-1k"]
# What is busy, and the figures of the profile that say how fast it is.
RATES = {
    "optics": ["geometry.engines", "timing.frame_hz"],
    "link in": ["link.in_bytes_per_s"],
    "link out": ["link.out_bytes_per_s"],
    "own memory": ["memory.bandwidth_bytes_per_s"],
    "electronics": ["electronics.clock_hz", "electronics.multipliers_per_cycle"],
}


def quantity(number, unit):
    for scale, prefix in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")]:
        if number >= scale:
            return f"{number / scale:.3g} {prefix}{unit}"
    return f"{number * 1e12:.3g} p{unit}" if number else f"0 {unit}"


class Work:
    """A compiled model on a device: its programs, how often each is launched, the remarks of the compiler."""

    def __init__(self, build, model, flags, device, folder):
        self.sim = build / "bin" / "fourmix-sim"
        self.folder, self.stream = folder, folder / "model.focs"
        self.stream.unlink(missing_ok=True)
        measured = folder / "cpu.s"
        compiler = [build / "bin" / "fourmix-compile", model, f"--device={device}", *flags]
        run = subprocess.run([*compiler, "--measure-cpu", "--emit=stream", "-o", self.stream], capture_output=True, text=True)
        self.remarks = run.stderr.splitlines()
        self.launches, self.host = collections.Counter(), []
        if self.stream.exists():
            # What the compiler noted; with the seconds of the CPU every count would look for the break-even.
            text = subprocess.run([build / "bin" / "fourmix-translate", "--focs-to-text", self.stream], capture_output=True,
                                  text=True, check=True).stdout
            self.launches.update(re.findall(r'^program "(.*)" \{', text, re.M))
            self.launches.update({name: int(count) - 1 for name, count in re.findall(r'^metadata "launches:(.*)" "(\d+)"', text, re.M)})
            measured.write_text(text)
            self.host = self.compare(measured)
            self.stream = folder / "model.s"
            self.stream.write_text(re.sub(r'^metadata "cpu.*\n', "", text, flags=re.M))
        elif "nothing of the network was placed" not in run.stderr:
            sys.exit(run.stderr)

    def compare(self, stream):
        """For each program: launches, the device's seconds, and what the report says of the CPU."""
        path = self.folder / "cpu.json"
        subprocess.run([self.sim, stream, "--mode=count", f"--report={path}"], check=True, stdout=subprocess.DEVNULL)
        report = json.loads(path.read_text())
        return [(p["program"], p["launches"], p["usage"]["seconds"], p["cpu"]) for p in report.get("programs", [report])]

    def placed(self):
        """What was placed, with how often: 'frames; recipe'."""
        return collections.Counter(m.group(1) for m in map(re.compile(r"remark: placed on \S+: (.*)").search, self.remarks) if m)

    def refused(self):
        return collections.Counter(m.group(1) for m in map(re.compile(r"remark: (.* is not placed on .*)").search, self.remarks) if m)

    def count(self, device=None):
        """Totals of a run of the network, by what is counted."""
        total = collections.Counter()
        energy, busy = collections.Counter(), collections.Counter()
        for program, launches in self.launches.items():
            path = self.folder / "report.json"
            command = [self.sim, self.stream, f"--program={program}", "--mode=count", f"--report={path}"]
            subprocess.run(command + ([f"--device={device}"] if device else []), check=True, stdout=subprocess.DEVNULL)
            report = json.loads(path.read_text())
            for key in ["frames", "seconds", "joules", "bytesIn", "bytesOut", "memoryBytes", "multiplications"]:
                total[key] += launches * report["usage"][key]
            for resource, seconds in report["busySeconds"].items():
                busy[resource] += launches * seconds
            for share in report["energy"]:
                energy[share["component"], share["from"], share["note"]] += launches * share["joules"]
        return total, busy, energy


def scan(work, text, folder, base):
    """For each kind of rate: the least at which light is the bottleneck while the others cost nothing."""
    total, busy, _ = base
    light = busy["optics"]
    engines = float(figure(text, "electronics.multipliers_per_cycle")[0])
    free = [("link", "in_bytes_per_s"), ("link", "out_bytes_per_s"), ("memory", "bandwidth_bytes_per_s"),
            ("electronics", "multipliers_per_cycle")]
    kinds = {
        "links, each way": (free[:2], max(total["bytesIn"], total["bytesOut"]) / light, 1, "B/s", "link.in_bytes_per_s"),
        "own memory": (free[2:3], total["memoryBytes"] / light, 1, "B/s", "memory.bandwidth_bytes_per_s"),
        "electronics": (free[3:], total["multiplications"] / light, float(figure(text, "electronics.clock_hz")[0]),
                        "multiplications/s", None),
    }
    path = folder / "scan.toml"

    def bottleneck(rates):
        device = text
        for section, key in free:
            device = edited(device, section, key, rates.get((section, key), 0.0))
        path.write_text(device)
        total, busy, _ = work.count(path)
        return busy["optics"] >= 0.999 * max(busy.values()), total["seconds"]

    rows = []
    for kind, (keys, least, unit, name, key) in kinds.items():
        if not least:
            continue
        now = float(figure(text, key)[0]) if key else engines * unit
        rate = least / 1.25
        for _ in range(24):
            found, seconds = bottleneck({k: rate / unit for k in keys})
            if found:
                break
            rate *= 1.25
        rows.append((kind, quantity(now, name), quantity(rate, name) if found else "not found", rate / now, seconds))
    both = bottleneck({})
    return rows, both[1]


def page(work, text, device, folder, out):
    """Writes the page of a device, and returns its row of the summary, less the names."""
    out(f"### {device}\n")
    for what, often in work.placed().items():
        out(f"* {often} x {what}")
    for what, often in work.refused().items():
        out(f"* {often} x {what}")
    if not work.launches:
        out("\nNothing is placed, so nothing is counted.\n" if work.refused() else
            "Nothing is placed: the network has no transform, circular convolution or filter that would become one.\n")
        return ["nothing is placed"] + [""] * 6
    base = work.count()
    total, busy, energy = base
    first = next((r for r, s in busy.most_common() if r in RATES), None)
    out(f"\n{total['frames']:,} frames, {quantity(total['seconds'], 's')}, {quantity(total['joules'], 'J')} per run of the network. "
        f"Busy longest: {first}.\n")
    lines = []
    for resource, seconds in busy.most_common():
        rests = ", ".join(f"`{key}` = {value} ({origin}{': ' + note if note else ''})"
                          for key in RATES.get(resource, []) for value, origin, note in [figure(text, key)])
        lines.append([resource, quantity(seconds, "s"), f"{100 * seconds / total['seconds']:.1f} %",
                      rests or "what it waits for: memory, links"])
    out(table(["", "busy", "of the time", "rests on"], lines))
    out(f"Bytes: {quantity(total['bytesIn'], 'B')} in, {quantity(total['bytesOut'], 'B')} out, "
        f"{quantity(total['memoryBytes'], 'B')} in the own memory; {quantity(total['multiplications'], '').strip()} complex multiplications.\n")
    out(table(["energy of", "", "share", "figure is"],
              [[component, quantity(joules, "J"), f"{100 * joules / total['joules']:.1f} %", f"{origin}{': ' + note if note else ''}"]
               for (component, origin, note), joules in energy.most_common() if joules]))
    host = sum(launches * cpu["seconds"] for _, launches, _, cpu in work.host)
    out(f"The same work takes {quantity(host, 's')} on the CPU ({work.host[0][3]['name']}, the faster of one thread and all; measured when this "
        f"page was written), the device {total['seconds'] / host:.3g} times as long. A launch at a time:\n")
    lines = []
    for program, launches, seconds, cpu in work.host:
        factor = cpu["breakEvenAtTimesTheLinks"]
        even = (f"{factor:.3g} times the profile's" if factor else "any rate" if cpu["deviceWins"] else
                f"no rate: without their limit {quantity(cpu['deviceSecondsWithoutLinks'], 's')}, most of it {cpu['boundWithoutLinks']}")
        lines.append([f"`{program}`", str(launches), quantity(seconds, "s"), quantity(cpu["seconds"], "s"), even])
    out(table(["program", "launches", "device", "CPU", "break-even at links of"], lines))
    rows, unlimited = scan(work, text, folder, base)
    out("Light is the bottleneck, the other rates being without limit, from\n")
    out(table(["rate", "in the profile", "needed", "factor", "time then"],
              [[kind, now, rate, f"{factor:.3g}", quantity(seconds, "s")] for kind, now, rate, factor, seconds in rows]))
    latency, origin, _ = figure(text, "timing.latency_s")
    out(f"With none of these rates limited the programs take {quantity(unlimited, 's')}, of which the optics are busy for "
        f"{quantity(busy['optics'], 's')}. The rest is waiting: {quantity(float(latency), 's')} from a frame to its capture "
        f"(`timing.latency_s`, {origin}), tiles in turn of the device's {figure(text, 'memory.field_tiles')[0]} "
        f"(`memory.field_tiles`, {figure(text, 'memory.field_tiles')[1]}), and barriers between passes.\n")
    links = next((rate for kind, _, rate, _, _ in rows if kind.startswith("links")), "")
    return [f"{total['frames']:,}", quantity(total["seconds"], "s"), quantity(total["joules"], "J"), first,
            f"{100 * busy['optics'] / total['seconds']:.1f} %", links, quantity(host, "s")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--device", action="append")
    parser.add_argument("--output", type=pathlib.Path)
    args = parser.parse_args()
    pages, summary = [], []
    for entry in args.models:
        title, _, rest = entry.partition("=")
        model, *flags = rest.split(",")
        path = pathlib.Path(model)
        pages.append(f"## {title}\n")
        pages.append(f"`fourmix-compile {path.parent.name}/{path.name} --device=…{''.join(' ' + f for f in flags)}`\n")
        for device in args.device or DEVICES:
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                work = Work(args.build.resolve(), model, flags, device, folder)
                row = page(work, profile_text(device), device, folder, pages.append)
                summary.append([title, device, *row])
    text = "\n".join([HEADER.rstrip() + "\n", table(SUMMARY, summary), *pages]).rstrip() + "\n"
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


SUMMARY = ["network", "device", "frames", "time", "energy", "busy longest", "light is busy", "light is the bottleneck from links of",
           "CPU"]

HEADER = """# Optical budget

<!-- Written by benchmarks/optical_budget.py; do not edit. -->

Where frames, time and energy of networks would go on optical devices, by the figures of their
[profiles](device-profiles.md), for one run of each network. Frames are counted, not estimated. Times and energies are as good as
the figures they rest on, which stand beside them with their provenance; for the devices here no clock rate, no link and no
converter has been published, so *assumed* is to be read as *picked so that there is a default*.

What is counted is what the device does: transforms and filters that were placed. Everything else of the network runs on the CPU, and
neither its time nor its energy is here. Real signals are packed, two in a complex one, where that is faster; several short
transforms in one line are not. Launches follow one another, and what goes in and out of a launch crosses the links every time. Queues overlap, so
shares of time add up to more than 100 %. *load* and *store* are the queues that wait for links and memory.

The last table of each device answers when light would be the bottleneck: the same programs on a copy of the profile in
which one rate is raised by steps of a quarter and the other rates cost nothing, until the optics are busy longest. A plan made
for such a device could be another one. Even then light may wait, for its own latency: the sentence below the table says how
long. `optic-schedule` gives fields and captures as many slots as hide it where the device has them: the sixteen engines of
`enable-16e` keep 64 tiles in turn. By these profiles' rates that changes nothing, electronics, memory and links being slower;
with all of them unlimited 512 x 768 takes a sixteenth of the time that four tiles in turn take.

`dmd-4f-1k` is a correlator with a binary encoder: it has no plain transform, so FNet's mixing stays on the CPU, and it convolves:
circular and global filters of a network are placed there, as bit planes of their numbers. The compiler's own remarks stand there.

The CPU's time is that of the compiler's own FFT code for the same transforms and filters, on the machine that wrote this page. It
is a measured one, the fastest of 40 runs, on a machine that was not idle: from one writing of the page to the next these seconds
differ by up to a fifth. The device's are not measured: they follow from assumed figures. What launches cost the host is in neither.
"""

if __name__ == "__main__":
    main()
