# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the pages about optical devices share: figures of profiles, and tables."""
import pathlib
import re
import sys


def profile_text(device):
    """Of a profile's file, or of one that comes with Fourmix."""
    path = pathlib.Path(device)
    if not path.exists():
        path = pathlib.Path(__file__).resolve().parent.parent / "devices" / f"{device}.toml"
    return path.read_text()


def edited(text, section, key, value):
    """The profile with another value of one key, marked as assumed."""
    pattern = rf"(\[{section}\][^\[]*?\n{key} = )\{{[^}}]*\}}"
    text, count = re.subn(pattern, rf'\g<1>{{ value = {value}, from = "assumed" }}', text, count=1)
    if not count:
        sys.exit(f"the profile has no {section}.{key}")
    return text


def figure(text, key):
    """A figure of a profile, and where it comes from."""
    section, name = key.rsplit(".", 1)
    body = re.search(rf"^\[{re.escape(section)}\]\n(.*?)(?=^\[|\Z)", text, re.S | re.M)
    found = body and re.search(rf'^{name} = \{{ value = ([^,]*), from = "(\w+)"(?:, note = "([^"]*)")?', body.group(1), re.M)
    if not found:
        return "default", "assumed", ""
    return found.groups(default="")


def table(heads, lines):
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [heads, ["---"] * len(heads), *lines]]) + "\n"
