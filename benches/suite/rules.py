"""The built-in rules in other forms: ten times as many for bodytext, and as patterns for ripgrep."""

import json
import random
import re
import tomllib
from pathlib import Path

PACKS = Path(__file__).resolve().parents[2] / "rules"


def builtin_rules():
    """The built-in rules as they are written, each with the language of its pack."""
    paths = sorted(PACKS.glob("*.toml")) + sorted(PACKS.glob("platforms/*.toml"))
    packs = [tomllib.loads(path.read_text()) for path in paths]
    return [rule | {"language": pack.get("language")} for pack in packs for rule in pack.get("rule", [])]


def made_up_pack(folder):
    """Writes rules that no text fires: with them there are ten times the rules, phrases in each place, and regexes.

    A quarter of the rules are regexes that begin with a literal, a twelfth are phrases that stand anywhere, the rest
    are whole lines and beginnings of lines. Returns how many rules there are then.
    """
    rules = builtin_rules()
    regexes = sum(len(rule.get("regex", [])) for rule in rules)
    anywhere = sum(len(rule.get("phrases", [])) for rule in rules if rule.get("at") == "anywhere")
    placed = sum(len(rule.get("phrases", [])) for rule in rules) - anywhere
    share = {"regex": 3, "anywhere": 1, "start": 3, "whole": 5}  # Rules of twelve.
    patterns = {"regex": regexes / 3, "anywhere": anywhere, "start": placed / 8, "whole": placed / 8}
    patterns = {place: max(1, round(count * 12 / len(rules))) for place, count in patterns.items()}
    places = [place for place, count in share.items() for _ in range(count)]
    draw = random.Random(1)
    folder.mkdir(exist_ok=True)
    for first in range(0, 9 * len(rules), 1000):
        numbers = range(first, min(first + 1000, 9 * len(rules)))
        made = [made_up_rule(draw, number, place := places[number % 12], patterns[place]) for number in numbers]
        head = f'schema = 1\nname = "made-up-{first}"\nlanguage = "en"\n'
        (folder / f"made-up-{first}.toml").write_text(head + "".join(made))
    return 10 * len(rules)


def made_up_rule(draw, number, place, count):
    """One rule with so many patterns of made-up words, and the tests that every rule needs."""

    def word():
        return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))

    phrases = [" ".join(word() for _ in range(draw.randint(2, 5))) for _ in range(count)]
    if place == "regex":
        patterns = f"regex = {json.dumps([f'^{phrase} [0-9]{{1,3}}(?: {word()})?$' for phrase in phrases])}"
        matches = f"{phrases[0]} 12"
    else:
        patterns = f'phrases = {json.dumps(phrases)}\nat = "{place}"'
        matches = phrases[0]
    return f"""
[[rule]]
id = "made-up.rule-{number}"
kind = "line"
class = "share"
why = "Made up, to see what a rule costs that never fires."
{patterns}
matches = ["{matches}"]
near_misses = ["On the wall stood x{matches} in red."]
"""


def ripgrep_patterns(path, *, phrases_only):
    """Writes the built-in rules as patterns for ripgrep, as well as one line alone can say them.

    The conditions of rules (place in the document, neighbours, number of words) are lost. Classes are ASCII: with
    Unicode's the automaton gives up on the first letter that is not ASCII. `phrases_only` leaves out the regexes and
    the packs of languages other than English.
    """
    ascii_of = {"b": r"(?-u:\b)", "B": r"(?-u:\B)", "d": "[0-9]", "D": "[^0-9]", "w": "[0-9A-Za-z_]"}
    ascii_of |= {"W": "[^0-9A-Za-z_]", "s": r"[ \t]", "S": r"[^ \t]"}
    places = {"whole": r"^[ \t]*{}[ \t:.>»→-]*$", "start": r"^[ \t]*{}", "end": r"{}[ \t]*$", "anywhere": "{}"}

    def edge(char):
        return r"(?-u:\b)" if char.isascii() and char.isalnum() else ""

    patterns = []
    for rule in builtin_rules():
        if rule["kind"] in ("hint", "keep") or phrases_only and rule["language"] not in (None, "en"):
            continue
        if not phrases_only:
            patterns += [re.sub(r"\\(.)", lambda m: ascii_of.get(m[1], m[0]), regex) for regex in rule.get("regex", [])]
        for phrase in rule.get("phrases", []):
            literal = edge(phrase[0]) + re.escape(phrase) + edge(phrase[-1])
            patterns.append(places[rule.get("at", "whole")].format(literal))
    path.write_text("\n".join(patterns) + "\n")
    return len(patterns)
