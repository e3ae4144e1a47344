"""Pages to clean, and what the command makes of them."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import bodytext

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "python" / "examples"
# What tests of text break on, beside the pages.
HOSTILE = ["", " ", "\n", "\0", "\ufeff", "a\r\nb\r\n", "\u2028", "<p>one</p><p>two</p><p>three</p>", "Share this story:",
           "Leave a Reply\n" * 50, "It wasnâ€™t.", "e\u0301", "\U0001f600 \u202e"]


def pages() -> list[dict[str, object]]:
    """500 records: the sample pages, each with other neighbours, and hostile texts."""
    texts = [json.loads(line)["text"] for line in (ROOT / "samples" / "pages.jsonl").read_text("utf-8").splitlines()]
    texts = [text for text in texts if isinstance(text, str)]
    texts += [path.read_text("utf-8", "replace") for path in sorted((ROOT / "samples" / "pages").rglob("*")) if path.is_file()]
    records: list[dict[str, object]] = []
    for number in range(500):
        text = texts[number % len(texts)] + texts[(number * 7 + number // len(texts)) % len(texts)][: number * 3]
        if number % 10 == 9:
            text = HOSTILE[number // 10 % len(HOSTILE)]
        url = f"https://www.example.org/{number}" if number % 3 else None
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        title = f"{lines[number % min(len(lines), 5)]} | The Post" if lines and number % 4 == 0 else None
        records.append({"id": str(number), "text": None if number % 50 == 25 else text, "url": url, "title": title})
    return records


def write_jsonl(path: Path, records: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")


def command(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Runs the command of the wheel."""
    words = [sys.executable, "-m", "bodytext", *map(str, arguments)]
    # In the folder `python` the sources would be found before the package.
    options = {"cwd": ROOT, **options}
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=300, **options)  # type: ignore[call-overload,no-any-return]


class Expected:
    """The pages as the command cleans them, and its summary."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.records = pages()
        write_jsonl(folder / "in.jsonl", self.records)
        run = command(folder / "in.jsonl", "-o", folder / "out.jsonl", "--summary", "json", *flags)
        assert run.returncode == 0, run.stderr
        self.summary = json.loads(run.stderr)
        self.texts = [json.loads(line)["text"] for line in (folder / "out.jsonl").read_text("utf-8").splitlines()]

    def check_counts(self, report: bodytext.Report, nulls: int | None = None) -> None:
        """Compares all that does not depend on where the records came from."""
        summary = report.to_dict()
        for key in ["documents", "unchanged", "lines", "characters", "removed", "rules", "shortened_lines", "steps",
                    "kept_whole", "rule_set", "failed"]:
            assert summary[key] == self.summary[key], key
        if nulls is None:
            assert summary["records"] == self.summary["records"]

    def table(self) -> "object":
        import pyarrow

        return pyarrow.Table.from_pylist(self.records)

    def shards(self, folder: Path, count: int = 4) -> Path:
        """The records as Parquet files."""
        import pyarrow.parquet

        folder.mkdir()
        table = pyarrow.Table.from_pylist(self.records)
        size = -(-len(table) // count)
        for number in range(count):
            pyarrow.parquet.write_table(table.slice(number * size, size), folder / f"{number}.parquet")
        return folder


def turns_during(work: Callable[[], object]) -> int:
    """How many turns this thread gets while another does some work."""
    turned, done = 0, threading.Event()

    def run() -> None:
        work()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not done.is_set():
        turned += 1
        time.sleep(0)
    thread.join()
    return turned


def by_id(records: list[dict[str, object]]) -> list[object]:
    return [record["text"] for record in sorted(records, key=lambda record: int(str(record["id"])))]


def example(name: str, *paths: Path) -> str:
    environment = {**os.environ, "HF_DATASETS_CACHE": str(paths[0].parent / "cache"), "DAFT_PROGRESS_BAR": "0"}
    environment.pop("PYSPARK_PYTHON", None)
    words = [sys.executable, str(EXAMPLES / name), *map(str, paths)]
    run = subprocess.run(words, capture_output=True, text=True, timeout=300, env=environment, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout


def read(path: Path) -> list[dict[str, object]]:
    """The records in a file, or in those of a folder."""
    import pyarrow.parquet

    files = [path] if path.is_file() else sorted(path.rglob("*.parquet")) + sorted(path.rglob("*.jsonl"))
    records: list[dict[str, object]] = []
    for file in files:
        if file.suffix == ".parquet":
            records += pyarrow.parquet.ParquetFile(file).read().to_pylist()
        else:
            records += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return records


def check_example(name: str, expected: Expected, folder: Path, out: str, *more: Path) -> None:
    printed = example(name, expected.shards(folder / "in"), folder / out, *more)
    assert by_id(read(folder / out)) == expected.texts
    assert f"{expected.summary['documents']} documents" in printed
    assert f"rule set   {expected.summary['rule_set']['hash']}" in printed


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    return Expected(tmp_path_factory.mktemp("expected"))


@pytest.fixture(scope="session")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    return Expected(tmp_path_factory.mktemp("filtered"), "--min-words", "20", "--max-removed", "0.6")


@pytest.fixture(scope="session")
def cleaner() -> bodytext.Cleaner:
    return bodytext.Cleaner()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", action="store_true", help="run the tests that start Ray and Spark")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--engines"):
        skip = pytest.mark.skip(reason="needs --engines")
        for item in items:
            if item.get_closest_marker("engine"):
                item.add_marker(skip)
