"""The line rules of C4 and RefinedWeb, written from their sources' description, to hold `bodytext --preset` against.

Reads JSON lines from standard input and writes them with "text" cleaned:

    python3 tests/reference/line_rules.py c4 < in.jsonl > reference.jsonl
    bodytext in.jsonl --preset c4 --normalize line-breaks,odd-breaks -o ours.jsonl

For RefinedWeb, `--normalize none`. The kept lines are the same, but for what docs/rules.md says of presets: blank lines, and white space at the edges.
"""

import json
import re
import sys

CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
COUNTED = "likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|downvotes|downloads|views|followers"
COUNTER = re.compile(rf"^\W*\d(,|\.|\d)*[kmb]?\s+({COUNTED})\W*$")
CUTS = [re.compile(p, re.I) for p in (r"\s?items in cart", r"\s?read more...$", r"^sign-in\s?")]


def c4(line):
    """The line as datatrove 0.10.1 keeps it, or None."""
    line = line.strip()
    words = line.split()
    if any(len(word) > 1000 for word in words):
        return None
    line = CITATION.sub("", line)
    if not line.endswith((".", "?", "!", '"', "'")) or line.endswith("...") or len(words) < 3:
        return None
    lower = line.lower()
    return None if "javascript" in lower or any(policy in lower for policy in POLICIES) else line


def refinedweb(line):
    """The line as DCLM's refinedweb.yaml keeps it, or None."""
    if sum(c.isupper() for c in line) > 0.5 * len(line) or all(c.isdigit() for c in line):
        return None
    if COUNTER.search(line.lower()) or len(line.split()) < 2:
        return None
    for cut in CUTS:
        if len(line.split()) <= 10:
            line = cut.sub("", line)
            if not line or line.isspace():
                return None
    return line


def main():
    rule = {"c4": c4, "refinedweb": refinedweb}[sys.argv[1]]
    split = str.splitlines if rule is c4 else lambda text: text.split("\n")
    for record in map(json.loads, sys.stdin):
        kept = (rule(line) for line in split(record["text"]))
        record["text"] = "\n".join(line for line in kept if line is not None)
        print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    main()
