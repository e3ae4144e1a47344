"""Cleans Parquet files with Ray Data and prints the report of all workers.

    python ray_data.py pages/ clean/
"""

import sys
from pathlib import Path

import ray

import bodytext.ray


def main(source: Path, target: Path) -> None:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    counts = bodytext.ray.Counts()
    pages = ray.data.read_parquet(str(source))
    bodytext.ray.clean(pages, counts=counts).write_parquet(str(target))
    print(counts.report())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
