"""datatrove: a formatter that cleans each document, and a filter that also drops those that lose too much.

datatrove itself drops records whose text is null or empty while it reads; with `adapter` they are counted. Needs
`datatrove`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters.base import BaseFormatter
from datatrove.utils.typeshelper import StatHints

from . import Cleaner, Report

_PREFIX = "bodytext"
_EMPTY = "dropped_empty"


def adapter(self: Any, data: dict[str, Any], path: str, id_in_file: int | str) -> dict[str, Any]:
    """For `adapter=` of a reader: its usual adapter, which also counts the records that datatrove drops."""
    adapted: dict[str, Any] = self._default_adapter(data, path, id_in_file)
    if not adapted.get("text"):
        self.stat_update(_EMPTY)
    return adapted


class Formatter(BaseFormatter):  # type: ignore[misc]
    """Cleans the text of every document. The address of the page is `metadata["url"]`, its title
    `metadata["title"]`, if they are there."""

    name = "🧹 bodytext"

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "url", title_key: str = "title") -> None:
        super().__init__()
        self.cleaner, self.url_key, self.title_key = cleaner or Cleaner(), url_key, title_key

    def format(self, text: str) -> str:
        return self.cleaner.clean(text).text

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        counts = Report()
        try:
            for document in data:
                self.stat_update(StatHints.total)
                with self.track_time():
                    cleaned = self.cleaner.clean(document.text, **_about(document, self))
                    counts.add(cleaned.report)
                if cleaned.dropped:
                    self.stat_update(StatHints.dropped, f"dropped_{cleaned.dropped}")
                    continue
                document.text = cleaned.text
                yield document
        finally:
            _record(self, counts)


class Filter(BaseFilter):  # type: ignore[misc]
    """Cleans every document, and drops those of which the filters of the cleaner say so:
    `Filter(Cleaner(max_removed=0.5, min_words=50))`. The exclusion writer gets the raw text.
    """

    name = "🧹 bodytext"

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "url", title_key: str = "title",
                 exclusion_writer: Any = None) -> None:
        super().__init__(exclusion_writer)
        self.cleaner = cleaner or Cleaner(max_removed=0.5)
        self.url_key, self.title_key = url_key, title_key
        self._counts: Report | None = None

    def filter(self, doc: Any) -> bool | tuple[bool, str]:
        cleaned = self.cleaner.clean(doc.text, **_about(doc, self))
        if self._counts is not None:
            self._counts.add(cleaned.report)
        if cleaned.dropped:
            return False, cleaned.dropped
        doc.text = cleaned.text
        return True

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        self._counts = counts = Report()
        try:
            yield from super().run(data, rank, world_size)
        finally:
            self._counts = None
            _record(self, counts)


def _about(document: Any, step: Any) -> dict[str, str | None]:
    title = document.metadata.get(step.title_key)
    return {"url": document.metadata.get(step.url_key), "title": title if isinstance(title, str) else None}


def report(stats: Any) -> tuple[Report, int]:
    """The counts of all tasks, of what `executor.run()` returns, and the number of records without a text, which
    datatrove dropped (0 without `adapter`).
    """
    flat: dict[str, float] = {}
    empty = 0
    for step in stats.stats:
        for name, values in step.stats.items():
            if name.startswith(_PREFIX + "/"):
                flat[name] = flat.get(name, 0) + values.total
            elif name == _EMPTY:
                empty += int(values.total)
    return _unflatten(flat), empty


def _record(step: Any, counts: Report) -> None:
    """datatrove adds up the numbers of all tasks by their names."""
    import json

    report = json.loads(counts.to_json())
    if report["rule_set"]:
        name, rules = report.pop("rule_set")
        step.stat_update(f"{_PREFIX}/rule_set/{name}/{rules}", value=0)
    for name, value in _numbers(report, _PREFIX):
        step.stat_update(name, value=value)


def _numbers(value: Any, name: str) -> Iterator[tuple[str, int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers(inner, f"{name}/#{index}")
    elif isinstance(value, int) and value:
        yield name, value


def _unflatten(flat: dict[str, float]) -> Report:
    import json

    tree: dict[str, Any] = json.loads(Report().to_json())
    for name, value in flat.items():
        path = name.split("/")[1:]
        if path[0] == "rule_set":
            tree["rule_set"] = [path[1], int(path[2])]
            continue
        node: Any = tree
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = int(value)
    return Report(json.dumps(_lists(tree)))


def _lists(value: Any) -> Any:
    """Keys such as `#0` were places in a list."""
    if not isinstance(value, dict):
        return value
    if value and all(key.startswith("#") for key in value):
        return [value.get(f"#{index}", 0) for index in range(2)]
    return {key: _lists(inner) for key, inner in value.items()}
