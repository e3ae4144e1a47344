"""Cleans Parquet files with Daft and prints the report.

    python daft_frames.py pages/ clean/
"""

import sys
from pathlib import Path

import daft

import bodytext
import bodytext.daft


def main(source: Path, target: Path) -> None:
    report = bodytext.Report()
    pages = daft.read_parquet(f"{source}/*.parquet")
    bodytext.daft.clean(pages, report=report).write_parquet(str(target))
    print(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
