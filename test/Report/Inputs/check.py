# What FileCheck cannot say about a report; standard library only.
#
#   check.py html PAGE                        every element is closed, nothing is loaded from elsewhere
#   check.py moved REPORT BEFORE.npz AFTER.npz  the change of the outputs, computed once more from both outputs
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import html.parser
import json
import math
import struct
import sys
import zipfile

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Balance(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.problems = [], []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "link", "iframe") or tag.startswith("on"):
            self.problems.append(f"a report has no <{tag}>")
        for name, value in attrs:
            if name in ("src", "href") and not value.startswith("data:"):
                self.problems.append(f"{tag} loads {value}")
            if name.startswith("on"):
                self.problems.append(f"{tag} has a handler {name}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"line {self.getpos()[0]}: </{tag}> closes {self.open[-1:]}")
        elif tag not in VOID:
            self.open.pop()


def check_html(path):
    balance = Balance()
    with open(path, encoding="utf-8") as file:
        balance.feed(file.read())
    balance.close()
    if balance.open:
        balance.problems.append(f"never closed: {balance.open}")
    return balance.problems


def read_npz(path):
    """{name: (shape, numbers)} of float32 arrays."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            data = archive.read(member)
            length = struct.unpack("<H", data[8:10])[0]
            header = eval(data[10 : 10 + length], {})
            assert header["descr"] == "<f4" and not header["fortran_order"], header
            body = data[10 + length :]
            arrays[member[: -len(".npy")]] = header["shape"], struct.unpack(f"<{len(body) // 4}f", body)
    return arrays


def check_moved(report, before, after):
    problems = []
    with open(report) as file:
        outputs = json.load(file)["measured"]["outputs"]
    old, new = read_npz(before), read_npz(after)
    if {output["name"] for output in outputs} != set(old):
        problems.append(f"outputs {outputs} are not {list(old)}")
    for output in outputs:
        shape, a = old[output["name"]]
        b = new[output["name"]][1]
        size = len(a) // shape[0]
        cosines, changes = [], []
        for i in range(shape[0]):
            x, y = a[i * size : (i + 1) * size], b[i * size : (i + 1) * size]
            xx, yy = sum(p * p for p in x), sum(q * q for q in y)
            cosines.append(sum(p * q for p, q in zip(x, y)) / math.sqrt(xx * yy))
            changes.append(math.sqrt(sum((q - p) ** 2 for p, q in zip(x, y)) / xx))
        for name, found, expected in [
            ("mean cosine", output["cosine"]["mean"], sum(cosines) / len(cosines)),
            ("worst cosine", output["cosine"]["worst"], min(cosines)),
            ("mean change", output["relative"]["mean"], sum(changes) / len(changes)),
            ("worst change", output["relative"]["worst"], max(changes)),
        ]:
            if not abs(found - expected) <= 1e-5 * max(1, abs(expected)):
                problems.append(f"{output['name']}: {name} is {found}, expected {expected}")
        if max(changes) < 1e-3:
            problems.append("nothing moved: the test says nothing")
    return problems


if __name__ == "__main__":
    found = {"html": check_html, "moved": check_moved}[sys.argv[1]](*sys.argv[2:])
    for problem in found:
        print(problem)
    sys.exit(bool(found))
