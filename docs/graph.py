#!/usr/bin/env python3
"""Draws which part of the code imports which, as Mermaid graphs: docs/design.md holds what this prints.

    docs/graph.py            prints the graphs
    docs/graph.py --check    tells whether docs/design.md holds them, exit code 1 if not
    docs/graph.py --update   writes them there

A part is a folder, or a file beside the folders. What more than five parts import (errors, limits, printing ...) is named
below a graph instead of drawn, or its arrows would hide the others.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DESIGN = os.path.join(ROOT, "docs", "design.md")
CRATES = {"bodytext": "src", "bodytext-cli": "cli/src", "bodytext-eval": "eval/src", "bodytext-pattern": "pattern/src",
          "bodytext-python": "python/src"}
MANY = 5


def sources(folder):
    for where, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in sorted(names):
            if name.endswith(".rs"):
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    code = file.read().split("#[cfg(test)]\nmod tests")[0]
                yield os.path.relpath(path, os.path.join(ROOT, folder)), re.sub(r"//.*", "", code)


def parts(folder):
    """Names of the parts of a crate; lib.rs and main.rs stand above all others."""
    names = (path.split(os.sep)[0].removesuffix(".rs") for path, _ in sources(folder))
    return {name for name in names if name not in ("lib", "main", "fuzzing")}


def imports(folder, known):
    """Pairs of parts: the first imports the second."""
    found = set()
    for path, code in sources(folder):
        own = path.split(os.sep)[0].removesuffix(".rs")
        depth = len(path.split(os.sep)) - (2 if path.endswith("mod.rs") else 1)
        names = set(re.findall(r"\bcrate::(\w+)", code))
        for group in re.findall(r"\bcrate::\{([^;]*)\};", code):
            names |= set(re.findall(r"(?:^|,)\s*(\w+)", group))
        if depth == 0:
            names |= set(re.findall(r"\bsuper::(\w+)", code))
        found |= {(own, name) for name in names if own in known and name in known and name != own}
    return found


def mermaid(arrows):
    return ["```mermaid", "graph TD", *(f"    {a} --> {b}" for a, b in sorted(arrows)), "```"]


def crate_graph(name, folder):
    known = parts(folder)
    arrows = imports(folder, known)
    users = {part: {a for a, b in arrows if b == part} for part in known}
    common = sorted(part for part in known if len(users[part]) > MANY)
    drawn = {(a, b) for a, b in arrows if b not in common and a not in common}
    lines = [f"### `{folder}` ({name})", "", *mermaid(drawn)]
    if common:
        lines += ["", "Imported by many, and not drawn: " + ", ".join(f"`{part}`" for part in common) + "."]
    return lines


def graphs():
    arrows = set()
    for name, folder in CRATES.items():
        code = "".join(code for _, code in sources(folder))
        others = (other for other in CRATES if other != name and re.search(rf"\b{other.replace('-', '_')}::", code))
        arrows |= {(name, other) for other in others}
    lines = ["### Crates", "", *mermaid(arrows)]
    for name in ("bodytext", "bodytext-cli"):
        lines += ["", *crate_graph(name, CRATES[name])]
    return "\n".join(lines) + "\n"


def main():
    begin, end = "<!-- made by docs/graph.py -->\n", "<!-- end -->\n"
    made = graphs()
    if len(sys.argv) == 1:
        print(made, end="")
        return
    with open(DESIGN, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(begin)
    held, after = rest.split(end)
    if sys.argv[1] == "--update":
        with open(DESIGN, "w", encoding="utf-8") as file:
            file.write(before + begin + made + end + after)
    elif held != made:
        sys.exit("docs/design.md shows other arrows than the code has: run docs/graph.py --update")


if __name__ == "__main__":
    main()
