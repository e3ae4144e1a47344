"""Daft: `clean` cleans a column of a data frame with a batch function. Needs `daft` and `pyarrow`.

The function runs in the process of Daft's native runner, so a `Report` that is given counts everything there; on Ray it
counts nothing.
"""

from __future__ import annotations

from typing import Any

from . import Cleaner, Report


def clean(frame: Any, cleaner: Cleaner | None = None, *, column: str = "text", url_column: str = "url",
          title_column: str = "title", report: Report | None = None) -> Any:
    """The data frame with its texts cleaned, when it is run. A batch function returns a row for each row, so the
    cleaner cannot have filters.
    """
    import daft
    import pyarrow

    cleaner = cleaner or Cleaner()
    names = frame.column_names
    if column not in names:
        raise KeyError(f'no column "{column}"; the columns are: {", ".join(names)}')
    # What the cleaner refuses is refused here.
    cleaner.clean_arrow(pyarrow.array([], pyarrow.large_string()))
    about = {name: given for name, given in {"url": url_column, "title": title_column}.items() if given in names}
    shared = None if report is None else _share(report)

    @daft.func.batch(return_dtype=daft.DataType.string(), use_process=False)  # type: ignore[untyped-decorator]
    def clean_texts(texts: daft.Series, *known: daft.Series) -> Any:
        columns = {"text": texts.to_arrow(), **{name: series.to_arrow() for name, series in zip(about, known, strict=True)}}
        batch = pyarrow.RecordBatch.from_pydict({name: _one(values) for name, values in columns.items()})
        counts = None if shared is None else _REPORTS.get(shared)
        return pyarrow.record_batch(cleaner.clean_arrow(batch, report=counts)).column("text")

    return frame.with_column(column, clean_texts(frame[column], *(frame[name] for name in about.values())))


# Daft copies what a function holds; a number finds the report again.
_REPORTS: dict[int, Report] = {}


def _share(report: Report) -> int:
    _REPORTS[id(report)] = report
    return id(report)


def _one(values: Any) -> Any:
    import pyarrow

    return values.combine_chunks() if isinstance(values, pyarrow.ChunkedArray) else values
