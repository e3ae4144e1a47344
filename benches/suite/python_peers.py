"""The peers of the suite that are written in Python: reads JSON lines, changes their texts, writes JSON lines.

    python_peers.py c4|lines|ftfy IN.jsonl OUT.jsonl

`lines` is written here and needs no package. It stands for the chains of line filters that training corpora are cleaned
with, such as RefinedWeb's: each step takes a text, splits it, decides on every line and joins what stays, so that steps
can be put together as one likes. Regexes are compiled once and nothing is done slower than it has to be.
"""

import json
import re
import sys

COUNTER = re.compile(
    r"\W*\d[\d,.]*[kmb]?\s+(?:likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|downvotes|downloads|"
    r"views|followers)\W*",
    re.IGNORECASE,
)
CUTS = [re.compile(cut, re.IGNORECASE) for cut in (r"^sign-in\s?", r"\s?read more\W{0,3}$", r"\s?items in cart")]


def line_filter(keep):
    """A step that keeps the lines that `keep` says yes to."""
    return lambda text: "\n".join(line for line in text.split("\n") if keep(line))


def line_cut(cut, max_words=10):
    """A step that takes a phrase out of short lines, and drops lines of which nothing is left."""

    def cut_line(line):
        if len(line.split()) > max_words or not cut.search(line):
            return line
        return cut.sub("", line) or None

    return lambda text: "\n".join(line for line in map(cut_line, text.split("\n")) if line is not None)


LINE_STEPS = [
    # Mostly capitals: labels and banners.
    line_filter(lambda line: sum(map(str.isupper, line)) <= 0.5 * len(line)),
    # Nothing but digits: page numbers and counters.
    line_filter(lambda line: not line or sum(map(str.isdigit, line)) < len(line)),
    # "3 likes".
    line_filter(lambda line: not COUNTER.fullmatch(line)),
    # One word: a button. Blank lines stay.
    line_filter(lambda line: not line or len(line.split()) > 1),
    *map(line_cut, CUTS),
]


def lines(text):
    """The seven steps, one after the other."""
    for step in LINE_STEPS:
        text = step(text)
    return text


def c4():
    """The line rules of C4 as datatrove has them.

    Off are the rules that drop whole documents: a rule that leaves early would be fast for the wrong reason, and
    counting sentences needs a model.
    """
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter

    rules = C4QualityFilter(min_num_sentences=-1, filter_lorem_ipsum=False, filter_curly_bracket=False)

    def clean(text):
        document = Document(text=text, id="")
        rules.filter(document)
        return document.text

    return clean


def ftfy():
    """ftfy with what it does by default."""
    from ftfy import fix_text

    return fix_text


def main(name, source, target):
    """Cleans every text of a file."""
    clean = {"c4": c4, "lines": lambda: lines, "ftfy": ftfy}[name]()
    with open(source, encoding="utf-8") as records, open(target, "w", encoding="utf-8") as out:
        for line in records:
            record = json.loads(line)
            record["text"] = clean(record["text"])
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
