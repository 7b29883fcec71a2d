#!/usr/bin/env python3
"""Checks that the pages of docs/ still say what is.

check.py links ROOT PAGE...        every relative link leads to a file; where its text is `code` and no part of that
                                   file's path, the file holds that text
check.py excerpts ROOT BIN PAGE    every block after <!-- run: COMMAND --> is an excerpt of what the command prints now

In an excerpt `…` stands for anything within a line, a line with nothing but `…` (after spaces, // or #) for any number of
lines, and %names stand for values under whatever name, one name for one value. All else must be there, line after line;
only white space at the ends of lines is free. Commands run in ROOT with the tools of BIN, without a shell.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import os
import re
import shlex
import subprocess
import sys

LINK = re.compile(r"(?<!!)\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)")
EXCERPT = re.compile(r"<!-- run: (.*?) -->\n```\w*\n(.*?)\n```", re.S)
SKIP = re.compile(r"\s*(//|#)?\s*…\s*")


def check_links(root, page):
    """The broken links of a page, as lines of text."""
    text = open(page, encoding="utf-8").read()
    prose = re.sub(r"```.*?```", lambda block: "\n" * block.group().count("\n"), text, flags=re.S)
    for match in LINK.finditer(prose):
        shown, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            continue
        where = f"{os.path.relpath(page, root)}:{prose.count(chr(10), 0, match.start()) + 1}"
        path = os.path.normpath(os.path.join(os.path.dirname(page), target.split("#")[0]))
        if not os.path.exists(path):
            yield f"{where}: there is no {target}"
            continue
        code = re.fullmatch(r"`([^`]*)`", shown)
        if not code or os.path.isdir(path) or code.group(1).rstrip("/") in path:
            continue
        if code.group(1) not in open(path, encoding="utf-8").read():
            yield f"{where}: {target} does not hold '{code.group(1)}'"


def pattern(line, bound):
    """A line of an excerpt as a regular expression, given the values whose names are known. Names it binds are groups."""
    result, here = "", {}
    for piece in re.split(r"(…|%\w+)", line.strip()):
        if piece == "…":
            result += ".*?"
        elif piece.startswith("%") and len(piece) > 1:
            if piece in bound:
                result += re.escape(bound[piece]) + r"(?![\w#])"
            elif piece in here:
                result += f"(?P={here[piece]})" + r"(?![\w#])"
            else:
                here[piece] = f"name{len(here)}"
                result += f"(?P<{here[piece]}>" + r"%\w+(?:#\d+)?)(?![\w#])"
        else:
            result += re.escape(piece)
    return re.compile(result), here


def bind(line, expected, bound):
    """The bindings after `line` was found to be `expected`, or None."""
    compiled, here = pattern(expected, bound)
    match = compiled.fullmatch(line.strip())
    if not match:
        return None
    new = {name: match.group(group) for name, group in here.items()}
    taken = set(bound.values())
    if any(value in taken for value in new.values()) or len(set(new.values())) < len(new):
        return None
    return {**bound, **new}


def find(lines, excerpt, at=0, bound=None, free=True):
    """Whether the excerpt stands in lines[at:], and how many of its lines could be placed at best."""
    bound = bound or {}
    if not excerpt:
        return True, 0
    if SKIP.fullmatch(excerpt[0]):
        found, placed = find(lines, excerpt[1:], at, bound, True)
        return found, placed + 1
    best = 0
    for i in range(at, len(lines) if free else min(at + 1, len(lines))):
        names = bind(lines[i], excerpt[0], bound)
        if names is None:
            continue
        found, placed = find(lines, excerpt[1:], i + 1, names, False)
        if found:
            return True, placed + 1
        best = max(best, placed + 1)
    return False, best


def check_excerpts(root, tools, page):
    text = open(page, encoding="utf-8").read()
    environment = {**os.environ, "PATH": tools + os.pathsep + os.environ["PATH"]}
    blocks = list(EXCERPT.finditer(text))
    if not blocks:
        yield f"{page}: no excerpt"
    outputs = {}
    for block in blocks:
        command, excerpt = block.groups()
        where = f"{os.path.relpath(page, root)}:{text.count(chr(10), 0, block.start()) + 1}"
        if command not in outputs:
            run = subprocess.run(shlex.split(command), cwd=root, env=environment, capture_output=True, text=True)
            outputs[command] = run
        run = outputs[command]
        if run.returncode:
            yield f"{where}: {command}: exit status {run.returncode}: {run.stderr.strip()}"
            continue
        lines = (run.stdout + run.stderr).splitlines()
        wanted = excerpt.splitlines()
        found, placed = find(lines, wanted)
        if not found:
            yield f"{where}: '{command}' no longer prints, at line {placed + 1} of the excerpt: {wanted[placed].strip()}"


def main():
    mode, root, *rest = sys.argv[1:]
    root = os.path.abspath(root)
    if mode == "links":
        problems = [problem for page in rest for problem in check_links(root, os.path.abspath(page))]
    else:
        problems = [problem for page in rest[1:] for problem in check_excerpts(root, os.path.abspath(rest[0]), os.path.abspath(page))]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
