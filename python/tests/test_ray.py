"""Ray: the same texts and counts as the command, also after a worker was killed."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

import bodytext
from conftest import Expected

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.engine

import bodytext.ray  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> object:
    # One CPU: a pool of actors that takes it would wait for ever for the stage that lists the files.
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONWARNINGS": "ignore"}})
    yield ray
    ray.shutdown()


def by_id(rows: list[dict[str, object]]) -> list[object]:
    return [row["text"] for row in sorted(rows, key=lambda row: int(str(row["id"])))]


def test_ray_cleans_with_one_cpu(cluster: object, expected: Expected, tmp_path: Path) -> None:
    counts = bodytext.ray.Counts()
    pages = ray.data.read_parquet(str(expected.shards(tmp_path / "in")))
    cleaned = bodytext.ray.clean(pages, counts=counts, batch_size=50)
    assert by_id(cleaned.take_all()) == expected.texts
    expected.check_counts(counts.report())


def test_a_killed_worker_changes_nothing(cluster: object, expected: Expected, tmp_path: Path) -> None:
    counts = bodytext.ray.Counts()
    marks = tmp_path / "marks"
    marks.mkdir()

    def slow(batch: object) -> object:
        (marks / f"{os.getpid()}").touch()
        time.sleep(0.5)
        return batch

    pages = ray.data.read_parquet(str(expected.shards(tmp_path / "in", 8)))
    cleaned = bodytext.ray.clean(pages, counts=counts, batch_size=20).map_batches(slow, batch_format="pyarrow", batch_size=20)
    killed = []

    def kill() -> None:
        while not killed:
            time.sleep(0.2)
            for mark in marks.iterdir():
                time.sleep(1)
                os.kill(int(mark.name), signal.SIGKILL)
                killed.append(mark.name)
                return

    thread = threading.Thread(target=kill)
    thread.start()
    assert by_id(cleaned.take_all()) == expected.texts
    thread.join()
    assert killed and len(list(marks.iterdir())) > 1
    expected.check_counts(counts.report())
