"""Daft, datatrove, datasets, LangChain, LlamaIndex, and the examples: the same texts and counts as the command."""

import json
import re
from pathlib import Path

import daft
import datasets
import pyarrow as pa
import pytest
from datatrove.data import Document as TroveDocument
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import JsonlWriter

import bodytext
import bodytext.daft
import bodytext.datasets
import bodytext.datatrove
from bodytext.langchain import BodytextTransformer
from bodytext.llamaindex import BodytextTransform
from conftest import Expected, by_id, check_example, example, read, write_jsonl

GUARDED = {"min_words": 20, "max_removed": 0.6}


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("cache")
    datasets.disable_progress_bars()


def test_daft(expected: Expected, tmp_path: Path) -> None:
    report = bodytext.Report()
    frame = daft.read_parquet(f"{expected.shards(tmp_path / 'in')}/*.parquet")
    cleaned = bodytext.daft.clean(frame, report=report).collect()
    assert by_id(cleaned.to_pylist()) == expected.texts
    expected.check_counts(report)
    assert cleaned.column_names == frame.column_names
    with pytest.raises(KeyError, match="id, text, url"):
        bodytext.daft.clean(frame, column="body")
    with pytest.raises(ValueError, match="rows out"):
        bodytext.daft.clean(frame, bodytext.Cleaner(min_words=3))
    # The Arrow function reads a data frame of Daft as it is.
    whole = pa.table(bodytext.Cleaner().clean_arrow(frame.collect()))
    assert by_id(whole.to_pylist()) == expected.texts


def trove(expected: Expected, folder: Path, step: object) -> tuple[dict[str, object], bodytext.Report, int]:
    pipeline = [
        ParquetReader(str(expected.shards(folder / "in")), adapter=bodytext.datatrove.adapter),
        step,
        JsonlWriter(str(folder / "out"), compression=None),
    ]
    stats = LocalPipelineExecutor(pipeline, tasks=2, workers=2, logging_dir=str(folder / "logs")).run()
    files = sorted((folder / "out").glob("*.jsonl"))
    records = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return {record["id"]: record.get("text", "") for record in records}, *bodytext.datatrove.report(stats)


def test_datatrove_formats(expected: Expected, tmp_path: Path) -> None:
    # The writer leaves an empty text out of its record.
    texts, report, empty = trove(expected, tmp_path, bodytext.datatrove.Formatter())
    given = {str(record["id"]): record["text"] for record in expected.records}
    wanted = {name: text for name, text in zip(given, expected.texts, strict=True) if given[name]}
    assert texts == wanted
    # It drops null and empty texts as it reads them. The report says how many.
    assert empty == 500 - len(wanted) > 10
    summary = report.to_dict()
    assert summary["removed"] == expected.summary["removed"] and summary["rules"] == expected.summary["rules"]
    assert summary["documents"] == expected.summary["documents"] - sum(text == "" for text in given.values())
    assert summary["rule_set"] == expected.summary["rule_set"] and summary["steps"] == expected.summary["steps"]
    assert bodytext.datatrove.Formatter().format("Leave a Reply\nIt rained.") == "It rained."


def test_datatrove_filters(filtered: Expected, tmp_path: Path) -> None:
    texts, report, empty = trove(filtered, tmp_path, bodytext.datatrove.Filter(bodytext.Cleaner(**GUARDED)))
    cleaned = {record["id"] for record in filtered.records if record["text"]}
    assert sorted(texts.values()) == sorted(text for text in filtered.texts if text)
    dropped = report.to_dict()["records"]["dropped"]
    assert sum(dropped.values()) + len(texts) == len(cleaned) == 500 - empty
    assert dropped["max-removed"] == filtered.summary["records"]["dropped"]["max-removed"]
    step = bodytext.datatrove.Filter()
    document = TroveDocument(text="Share this story:\n" * 30 + "It rained.", id="1")
    assert step.filter(document) == (False, "max-removed") and document.text.startswith("Share")


def load(expected: Expected, folder: Path) -> datasets.Dataset:
    return datasets.load_dataset("parquet", data_files=f"{expected.shards(folder / 'in')}/*.parquet", split="train", cache_dir=str(folder / "cache"))


@pytest.mark.parametrize("workers", [None, 2])
def test_datasets(expected: Expected, tmp_path: Path, workers: int | None) -> None:
    report = bodytext.Report()
    dataset = load(expected, tmp_path)
    cleaned = bodytext.datasets.clean(dataset, report=report, num_proc=workers, batch_size=70)
    assert by_id(cleaned.to_list()) == expected.texts and cleaned.features == dataset.features
    expected.check_counts(report)
    # An equal cleaner finds what the first one left in the cache, with its counts.
    before = sorted(tmp_path.rglob("cache-*.arrow"))
    again = bodytext.Report()
    cached = bodytext.datasets.clean(dataset, bodytext.Cleaner(), report=again, num_proc=workers, batch_size=70)
    assert cached.to_list() == cleaned.to_list() and again == report
    assert sorted(tmp_path.rglob("cache-*.arrow")) == before != []
    other = bodytext.datasets.clean(dataset, bodytext.Cleaner(body_only=True), num_proc=workers, batch_size=70)
    assert other.to_list() != cleaned.to_list()
    with pytest.raises(KeyError, match="id, text, url"):
        bodytext.datasets.clean(dataset, column="body")


def test_datasets_with_filters(filtered: Expected, tmp_path: Path) -> None:
    dataset = load(filtered, tmp_path)
    # In batches of 2 some lose all their rows; their counts must not go with them.
    for size in [2, 1000]:
        report = bodytext.Report()
        cleaned = bodytext.datasets.clean(dataset, bodytext.Cleaner(**GUARDED), report=report, batch_size=size)
        assert by_id(cleaned.to_list()) == filtered.texts
        filtered.check_counts(report)
    nothing = bodytext.datasets.clean(dataset, bodytext.Cleaner(min_words=10**9))
    assert len(nothing) == sum(record["text"] is None for record in filtered.records)


def test_datasets_stream(expected: Expected, tmp_path: Path) -> None:
    report = bodytext.Report()
    stream = datasets.load_dataset("parquet", data_files=f"{expected.shards(tmp_path / 'in')}/*.parquet", split="train", streaming=True)
    cleaned = bodytext.datasets.clean(stream, report=report)
    assert report.documents == 0
    assert by_id(list(cleaned)) == expected.texts
    expected.check_counts(report)


def test_langchain(expected: Expected) -> None:
    from langchain_core.documents import Document

    transformer = BodytextTransformer()
    records = [record for record in expected.records if record["text"] is not None]
    documents = [Document(str(record["text"]), metadata={"source": record["url"], "title": record["title"], "id": record["id"]}) for record in records]
    cleaned = transformer.transform_documents(documents)
    assert [document.page_content for document in cleaned] == [text for text in expected.texts if text is not None]
    assert [document.metadata for document in cleaned] == [document.metadata for document in documents]
    expected.check_counts(transformer.report, nulls=0)
    assert BodytextTransformer(bodytext.Cleaner(min_words=10**9)).transform_documents(documents[:1]) == []


def test_llamaindex(expected: Expected) -> None:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline

    records = [record for record in expected.records if record["text"] is not None]

    def documents() -> list[Document]:
        return [Document(text=str(record["text"]), metadata={"url": record["url"], "title": record["title"]}) for record in records]

    transform = BodytextTransform()
    pipeline = IngestionPipeline(transformations=[transform])
    nodes = pipeline.run(documents=documents())
    assert [node.get_content() for node in nodes] == [text for text in expected.texts if text is not None]
    expected.check_counts(transform.report, nulls=0)
    # Another cleaner is another transformation for the cache.
    assert BodytextTransform().to_dict() == transform.to_dict() != BodytextTransform(bodytext.Cleaner(keep=["byline"])).to_dict()
    assert transform(documents()[:0]) == []


@pytest.mark.parametrize(("name", "out"), [
    ("polars_frames.py", "out"), ("duckdb_queries.py", "out.parquet"), ("daft_frames.py", "out"), ("datasets_map.py", "out.parquet"),
])
def test_examples(name: str, out: str, expected: Expected, tmp_path: Path) -> None:
    check_example(name, expected, tmp_path, out)


def test_datatrove_example(expected: Expected, tmp_path: Path) -> None:
    printed = example("datatrove_pipeline.py", expected.shards(tmp_path / "in"), tmp_path / "out", tmp_path / "logs")
    texts = {record["id"]: record.get("text", "") for record in read(tmp_path / "out")}
    given = [record for record in expected.records if record["text"]]
    assert set(texts) == {record["id"] for record in given}
    empty = re.search(r"(\d+) records without a text, dropped by datatrove", printed)
    assert empty and int(empty[1]) == 500 - len(given)


@pytest.mark.parametrize("name", ["langchain_documents.py", "llamaindex_pipeline.py"])
def test_document_examples(name: str, expected: Expected, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", expected.records)
    printed = example(name, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    texts = [record["text"] for record in read(tmp_path / "out.jsonl")]
    assert texts == [text for text in expected.texts if text is not None]
    assert f"{expected.summary['documents']} documents" in printed
