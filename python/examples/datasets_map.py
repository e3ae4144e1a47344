"""Cleans Parquet files with Hugging Face datasets, in two processes, and prints the report of both.

    python datasets_map.py pages/ clean.parquet
"""

import sys
from pathlib import Path

import datasets

import bodytext
import bodytext.datasets


def main(source: Path, target: Path) -> None:
    report = bodytext.Report()
    pages = datasets.load_dataset("parquet", data_files=f"{source}/*.parquet", split="train")
    cleaned = bodytext.datasets.clean(pages, report=report, num_proc=2)
    cleaned.to_parquet(str(target))
    print(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
