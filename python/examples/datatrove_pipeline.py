"""Cleans Parquet files with datatrove, in two processes, and prints the report of both.

    python datatrove_pipeline.py pages/ clean/ logs/
"""

import sys
from pathlib import Path

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import JsonlWriter

import bodytext.datatrove


def main(source: Path, target: Path, logs: Path) -> None:
    pipeline = [
        # datatrove drops records without a text as it reads; the adapter counts them.
        ParquetReader(str(source), adapter=bodytext.datatrove.adapter),
        bodytext.datatrove.Formatter(),
        JsonlWriter(str(target), compression=None),
    ]
    executor = LocalPipelineExecutor(pipeline, tasks=2, workers=2, logging_dir=str(logs))
    report, empty = bodytext.datatrove.report(executor.run())
    print(report)
    print(f"{empty} records without a text, dropped by datatrove")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
