"""Cleans Parquet files with Polars, file by file, and prints the report.

    python polars_frames.py pages/ clean/
"""

import sys
from pathlib import Path

import polars

import bodytext


def main(source: Path, target: Path) -> None:
    cleaner, report = bodytext.Cleaner(), bodytext.Report()
    target.mkdir(exist_ok=True)
    for path in sorted(source.glob("*.parquet")):
        frame = polars.read_parquet(path)
        cleaned = polars.DataFrame(cleaner.clean_arrow(frame, report=report))
        cleaned.write_parquet(target / path.name)
    print(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
