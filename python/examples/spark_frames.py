"""Cleans Parquet files with Spark and prints the report of all workers.

    python spark_frames.py pages/ clean/
"""

import os
import sys
from pathlib import Path

# Or the workers take whatever `python3` is.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from pyspark.sql import SparkSession  # noqa: E402 (after the environment)

import bodytext.spark  # noqa: E402


def main(source: Path, target: Path) -> None:
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    counts = bodytext.spark.Counts(spark)
    pages = spark.read.parquet(str(source))
    bodytext.spark.clean(pages, counts=counts).write.parquet(str(target))
    print(counts.report())
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
