"""Hugging Face datasets: `clean` cleans a column with `map` in the Arrow format. Needs `datasets`.

The cache of datasets knows the cleaner by its pickle: equal cleaners, in any process, use what one of them has cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import Cleaner, Report

_COUNTS = "__bodytext_counts"
_PLACEHOLDER = "!"


class _Clean:
    """Cleans a batch. Its counts travel in a column, since workers and the cache return nothing else."""

    def __init__(self, cleaner: Cleaner, arguments: dict[str, Any]) -> None:
        self.cleaner, self.arguments = cleaner, arguments

    def __call__(self, batch: Any) -> Any:
        import pyarrow

        report = Report()
        cleaned = pyarrow.table(self.cleaner.clean_arrow(batch, report=report, **self.arguments))
        counts = report.to_json()
        if len(cleaned) == 0 < len(batch):
            # All rows were dropped: one stands in to carry the counts, and is left out afterwards.
            nulls = [pyarrow.nulls(1, field.type) for field in cleaned.schema]
            cleaned, counts = pyarrow.table(nulls, cleaned.schema), _PLACEHOLDER + counts
        column = pyarrow.array([counts] + [None] * (len(cleaned) - 1) if len(cleaned) else [], pyarrow.large_string())
        return cleaned.append_column(_COUNTS, column)


def clean(dataset: Any, cleaner: Cleaner | None = None, *, report: Report | None = None, column: str = "text",
          url_column: str = "url", title_column: str = "title", removed: str | None = None,
          stats: bool | str | None = None, fields: Sequence[str] = (),
          **options: Any) -> Any:
    """The dataset with its texts cleaned; `options`, such as `num_proc`, go to `map`. The counts are added to `report`.

    A streamed dataset (`IterableDataset`) is cleaned while it is read, and counted then.
    """
    import datasets

    cleaner = cleaner or Cleaner()
    arguments: dict[str, Any] = {"column": column, "url_column": url_column, "title_column": title_column,
                                 "removed": removed, "stats": stats, "fields": tuple(fields)}
    names = dataset.column_names
    if names is not None and column not in names:
        raise KeyError(f'no column "{column}"; the columns are: {", ".join(names)}')
    if isinstance(dataset, datasets.IterableDataset):
        return _stream(dataset, cleaner, {**arguments, "report": report}, options)
    given = dataset.format
    mapped = dataset.with_format("arrow").map(_Clean(cleaner, arguments), batched=True, **options)
    counts = mapped.data.column(_COUNTS)
    if mapped._indices is not None:
        counts = mapped.with_format("arrow")[:][_COUNTS]
    counts = counts.to_pylist()
    for text in filter(None, counts):
        if report is not None:
            report.add(Report(text.removeprefix(_PLACEHOLDER)))
    mapped = mapped.remove_columns(_COUNTS)
    if any(text and text.startswith(_PLACEHOLDER) for text in counts):
        mapped = mapped.select([row for row, text in enumerate(counts) if not (text or "").startswith(_PLACEHOLDER)])
    return mapped.with_format(given["type"], **given["format_kwargs"])


def _stream(dataset: Any, cleaner: Cleaner, arguments: dict[str, Any], options: dict[str, Any]) -> Any:
    import pyarrow

    def clean_batch(batch: Any) -> Any:
        return pyarrow.table(cleaner.clean_arrow(batch, **arguments))

    return dataset.with_format("arrow").map(clean_batch, batched=True, **options).with_format(None)
