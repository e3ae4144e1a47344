"""Cleans Parquet files with DuckDB, never holding more than a few batches, and prints the report.

    python duckdb_queries.py pages/ clean.parquet
"""

import sys
from pathlib import Path

import duckdb

import bodytext


def main(source: Path, target: Path) -> None:
    cleaner, report = bodytext.Cleaner(), bodytext.Report()
    # Two connections: the one that writes cannot run the query that it reads.
    reading, writing = duckdb.connect(), duckdb.connect()
    pages = reading.sql(f"select * from read_parquet('{source}/*.parquet')")
    cleaned = cleaner.clean_arrow(pages, report=report)  # noqa: F841 (the query reads it by its name)
    writing.sql(f"copy (select * from cleaned) to '{target}' (format parquet)")
    print(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
