"""Spark: `clean` cleans a column of a data frame with `mapInArrow`. Needs `pyspark`, and `pyarrow` in the workers.

Set `PYSPARK_PYTHON` to the interpreter that has bodytext, or the workers take another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import Cleaner, Report

class Counts:
    """Collects the counts of all workers. A partition whose task is retried counts once.

    `report()` is complete after an action that reads the whole data frame, such as `write`. Needs a session of its own,
    not Spark Connect.
    """

    def __init__(self, spark: Any) -> None:
        from pyspark.accumulators import AccumulatorParam

        class Partitions(AccumulatorParam[Any]):  # type: ignore[misc]
            """The report of each partition; a later one replaces an earlier one."""

            def zero(self, value: Any) -> Any:
                return {}

            def addInPlace(self, value1: Any, value2: Any) -> Any:
                return {**value1, **value2}

        self._accumulator: Any = spark.sparkContext.accumulator({}, Partitions())

    def report(self) -> Report:
        """The counts of all partitions."""
        return sum(map(Report, self._accumulator.value.values()), Report())


def clean(frame: Any, cleaner: Cleaner | None = None, *, counts: Counts | None = None, column: str = "text",
          url_column: str = "url", title_column: str = "title", removed: str | None = None,
          stats: bool | str | None = None, fields: Sequence[str] = ()) -> Any:
    """The data frame with its texts cleaned, when it is run.

    See `Cleaner.clean_arrow` for the columns.
    """
    from pyspark.sql.types import StructField, StructType

    cleaner = cleaner or Cleaner()
    stats = "stats" if stats is True else stats or None
    arguments: dict[str, Any] = {"column": column, "url_column": url_column, "title_column": title_column,
                                 "removed": removed, "stats": stats, "fields": tuple(fields)}
    if column not in frame.columns:
        raise KeyError(f'no column "{column}"; the columns are: {", ".join(frame.columns)}')
    accumulator = counts._accumulator if counts else None

    def clean_batches(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow
        from pyspark import TaskContext

        report = Report()
        for batch in batches:
            yield pyarrow.record_batch(cleaner.clean_arrow(batch, report=report, **arguments))
        task: Any = TaskContext.get()
        if accumulator is not None and task is not None:
            accumulator.add({task.partitionId(): report.to_json()})

    added = [StructField(name, kind) for name, kind in [(removed, _removed_type()), (stats, _stats_type())] if name]
    added += [StructField(name, _field_type(name)) for name in dict.fromkeys(fields)]
    return frame.mapInArrow(clean_batches, StructType([*frame.schema.fields, *added]))


def _field_type(name: str) -> Any:
    from pyspark.sql.types import ArrayType, StringType

    return ArrayType(StringType()) if name == "tags" else StringType()


def _removed_type() -> Any:
    from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType

    kinds = {name: LongType() for name in ["line", "start", "end"]}
    kinds |= {"class": StringType(), "rules": ArrayType(StringType()), "text": StringType()}
    return ArrayType(StructType([StructField(name, kind) for name, kind in kinds.items()]))


def _stats_type() -> Any:
    from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType, StructField, StructType

    kinds = {"removed": DoubleType()} | {name: LongType() for name in ["words_in", "words_out", "lines_in", "lines_out"]}
    kinds |= {"encoding": StringType(), "kept_whole": BooleanType(), "unchanged": BooleanType()}
    return StructType([StructField(name, kind) for name, kind in kinds.items()])
