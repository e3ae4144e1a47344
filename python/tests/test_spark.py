"""Spark: the same texts and counts as the command, also after tasks failed and were tried again."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import bodytext
from conftest import Expected

pyspark = pytest.importorskip("pyspark")
pytestmark = pytest.mark.engine

import bodytext.spark  # noqa: E402


@pytest.fixture(scope="module")
def spark() -> Any:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    # Each task may fail twice.
    session = SparkSession.builder.master("local[2,3]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


def by_id(rows: list[Any]) -> list[object]:
    return [row["text"] for row in sorted(rows, key=lambda row: int(row["id"]))]


@pytest.mark.parametrize("large", ["false", "true"])
def test_spark_cleans(spark: Any, expected: Expected, tmp_path: Path, large: str) -> None:
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    counts = bodytext.spark.Counts(spark)
    pages = spark.read.parquet(str(expected.shards(tmp_path / "in")))
    cleaned = bodytext.spark.clean(pages, counts=counts, removed="removed", stats=True)
    rows = cleaned.collect()
    assert by_id(rows) == expected.texts
    assert sum(len(row["removed"] or []) for row in rows) > 100
    assert {row["stats"]["encoding"] for row in rows if row["stats"]} == {"UTF-8"}
    expected.check_counts(counts.report())
    with pytest.raises(KeyError, match="id, text, url"):
        bodytext.spark.clean(pages, column="body")


def test_filters(spark: Any, filtered: Expected, tmp_path: Path) -> None:
    counts = bodytext.spark.Counts(spark)
    pages = spark.read.parquet(str(filtered.shards(tmp_path / "in")))
    cleaned = bodytext.spark.clean(pages, bodytext.Cleaner(min_words=20, max_removed=0.6), counts=counts)
    assert by_id(cleaned.collect()) == filtered.texts
    filtered.check_counts(counts.report())


def test_a_task_that_fails_counts_once(spark: Any, expected: Expected, tmp_path: Path) -> None:
    counts = bodytext.spark.Counts(spark)
    pages = spark.read.parquet(str(expected.shards(tmp_path / "in"))).repartition(4)
    failed = tmp_path / "failed"
    failed.mkdir()

    def fail_once(batches: Any) -> Any:
        from pyspark import TaskContext

        mark = failed / str(TaskContext.get().partitionId())
        for batch in batches:
            yield batch
        if not mark.exists():
            mark.touch()
            # As when the worker is killed.
            os._exit(1)

    cleaned = bodytext.spark.clean(pages, counts=counts).mapInArrow(fail_once, pages.schema)
    assert by_id(cleaned.collect()) == expected.texts
    assert len(list(failed.iterdir())) == 4
    expected.check_counts(counts.report())
