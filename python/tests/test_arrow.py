"""The Arrow function: types, buffers, streams, limits, mistakes."""

import gc
import pickle
from typing import Any

import duckdb
import pandas
import polars
import pyarrow as pa
import pytest

import bodytext
from conftest import HOSTILE, Expected, turns_during

TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int16(), pa.string()),
         pa.dictionary(pa.uint8(), pa.large_string()), pa.dictionary(pa.int64(), pa.string())]
TEXTS = ["Leave a Reply\nIt rained.", None, "", "It snowed.", "Leave a Reply\nIt rained."]
CLEAN = ["It rained.", None, "", "It snowed.", "It rained."]


def cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return array.cast(kind.value_type).dictionary_encode().cast(kind)
    return array.cast(kind)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_types_stay(cleaner: bodytext.Cleaner, kind: pa.DataType) -> None:
    texts = cast(pa.array(TEXTS), kind)
    array = pa.array(cleaner.clean_arrow(texts))
    assert array.type == kind and array.to_pylist() == CLEAN and array.null_count == 1
    array.validate(full=True)
    sliced = pa.array(cleaner.clean_arrow(texts[1:4]))
    assert sliced.to_pylist() == CLEAN[1:4]
    batch = pa.record_batch({"n": pa.array(range(5)), "text": texts})
    cleaned = pa.record_batch(cleaner.clean_arrow(batch))
    assert cleaned.schema == batch.schema and cleaned["text"].to_pylist() == CLEAN
    chunked = pa.chunked_array(cleaner.clean_arrow(pa.chunked_array([texts, texts[:0], texts[2:]])))
    assert chunked.type == kind and chunked.to_pylist() == CLEAN + CLEAN[2:]
    table = pa.table(cleaner.clean_arrow(pa.table(batch)))
    assert table.schema == batch.schema and table["n"].to_pylist() == [0, 1, 2, 3, 4]


# 500 texts have more keys than 8 bits.
@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != TYPES[4]], ids=str)
def test_records_and_counts_are_those_of_the_command(cleaner: bodytext.Cleaner, expected: Expected, kind: pa.DataType) -> None:
    table = expected.table()
    table = table.set_column(1, "text", cast(table["text"].combine_chunks(), kind))
    report = bodytext.Report()
    cleaned = pa.table(cleaner.clean_arrow(table, report=report))
    assert cleaned["text"].to_pylist() == expected.texts
    assert cleaned["id"].to_pylist() == [record["id"] for record in expected.records]
    expected.check_counts(report)


def addresses(column: pa.Array) -> list[int]:
    return [buffer.address for buffer in column.buffers() if buffer is not None]


def test_other_columns_are_the_same_buffers(cleaner: bodytext.Cleaner) -> None:
    batch = pa.record_batch({"text": TEXTS, "n": [1, 2, 3, 4, 5], "list": [[1], [], None, [2, 3], [4]], "s": list("abcde")})
    for cleaned in [pa.record_batch(cleaner.clean_arrow(batch)), pa.table(cleaner.clean_arrow(pa.table(batch))).to_batches()[0]]:
        for name in ["n", "list", "s"]:
            assert addresses(cleaned[name]) == addresses(batch[name])
        assert addresses(cleaned["text"]) != addresses(batch["text"])


def test_a_column_without_a_change_is_the_same(cleaner: bodytext.Cleaner) -> None:
    batch = pa.record_batch({"text": ["It rained.", None, "It snowed."]})
    assert addresses(pa.record_batch(cleaner.clean_arrow(batch))["text"]) == addresses(batch["text"])


def test_schema_metadata_and_nullability_stay(cleaner: bodytext.Cleaner) -> None:
    schema = pa.schema([pa.field("text", pa.string(), nullable=False, metadata={"a": "b"})], metadata={"c": "d"})
    table = pa.table(cleaner.clean_arrow(pa.table({"text": ["x"]}, schema=schema)))
    assert table.schema.equals(schema, check_metadata=True)


def test_streams_are_lazy_and_read_once(cleaner: bodytext.Cleaner) -> None:
    read = []

    def batches() -> Any:
        for number in range(3):
            read.append(number)
            yield pa.record_batch({"text": [f"Leave a Reply\nIt rained {number} times."]})

    reader = pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches())
    stream = cleaner.clean_arrow(reader)
    assert read == [] and "text: Utf8" in repr(stream) and "bodytext" in repr(stream)
    result = pa.RecordBatchReader.from_stream(stream)
    assert result.read_next_batch()["text"].to_pylist() == ["It rained 0 times."]
    assert read == [0]
    assert result.read_all()["text"].to_pylist() == ["It rained 1 times.", "It rained 2 times."]
    with pytest.raises(RuntimeError, match="read before"):
        pa.table(stream)
    assert [len(batch) for batch in cleaner.clean_arrow(pa.table({"text": TEXTS}))] == [5]


def test_errors_of_the_source_arrive(cleaner: bodytext.Cleaner) -> None:
    def batches() -> Any:
        yield pa.record_batch({"text": ["It rained."]})
        raise ZeroDivisionError("a message\0 with a null")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches())
    with pytest.raises(Exception, match="a message"):
        pa.table(cleaner.clean_arrow(reader))


def test_batches_are_split_before_two_gigabytes(cleaner: bodytext.Cleaner) -> None:
    rows = [f"Leave a Reply\nIt rained for {number} days." for number in range(100)]
    table = pa.table({"text": rows, "n": range(100)})
    cleaned = pa.table(cleaner._clean_arrow_within(table, 100))
    assert cleaned["text"].to_pylist() == [row.split("\n")[1] for row in rows] and cleaned["n"].to_pylist() == list(range(100))
    assert cleaned["text"].num_chunks > 20
    assert all(sum(map(len, chunk.to_pylist())) <= 100 for chunk in cleaned["text"].chunks)
    # A text that is longer than the limit is alone.
    assert pa.table(cleaner._clean_arrow_within(table, 3))["text"].num_chunks == 100
    large = table.set_column(0, "text", table["text"].cast(pa.large_string()))
    assert pa.table(cleaner._clean_arrow_within(large, 100))["text"].num_chunks == 1
    for whole in [table.to_batches()[0], table["text"].chunk(0)]:
        with pytest.raises(OverflowError, match="large_string"):
            cleaner._clean_arrow_within(whole, 100)


def test_removals_and_figures_are_columns(cleaner: bodytext.Cleaner) -> None:
    table = pa.table({"text": TEXTS})
    cleaned = pa.table(cleaner.clean_arrow(table, removed="removed", stats=True))
    first, null, empty, *_ = cleaned.to_pylist()
    assert first["removed"] == [{"line": 1, "start": 0, "end": 14, "class": "comments", "rules": ["en.comments.form"], "text": "Leave a Reply\n"}]
    assert first["stats"] == {"removed": 0.5833, "words_in": 5, "words_out": 2, "lines_in": 2, "lines_out": 1,
                              "encoding": "UTF-8", "kept_whole": False, "unchanged": False}
    assert null["removed"] is None and null["stats"] is None and empty["removed"] == []
    for text, row in zip(TEXTS, cleaned.to_pylist(), strict=True):
        if text is not None:
            assert [(r.text, r.start, r.end, r.line) for r in cleaner.clean(text).removals] == [
                (r["text"], r["start"], r["end"], r["line"]) for r in row["removed"]]
    encoded = table.set_column(0, "text", cast(table["text"].combine_chunks(), TYPES[3]))
    assert pa.table(cleaner.clean_arrow(encoded, removed="removed", stats="stats")).drop_columns("text") == cleaned.drop_columns("text")
    assert "figures" in pa.table(cleaner.clean_arrow(table, stats="figures")).column_names
    with pytest.raises(ValueError, match="already"):
        cleaner.clean_arrow(table, stats="text")
    with pytest.raises(ValueError, match="pass a table"):
        cleaner.clean_arrow(pa.array(TEXTS), removed="removed")


TITLED = "Home\nMost read\nThe wall\nNight boats\nBy Jane Roe\nShare this story:\n" + 2 * (
    "The port was shut on Monday, said the master of the harbour, and the wall is mended.\n") + "Leave a Reply\nTags: wall"


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_titles_are_read_and_fields_are_columns(cleaner: bodytext.Cleaner, kind: pa.DataType) -> None:
    titles = ["Most read", None, "Most read | The Post", None]
    texts = cast(pa.array([TITLED, None, TITLED, "It rained."]), kind)
    table = pa.table({"text": texts, "title": titles, "name": cast(pa.array(titles), kind)})
    fields = ["headline", "byline", "tags", "byline"]
    cleaned = pa.table(cleaner.clean_arrow(table, fields=fields))
    assert cleaned.schema.names == ["text", "title", "name", "headline", "byline", "tags"]
    assert cleaned["headline"].to_pylist() == ["Most read", None, "Most read", None]
    assert cleaned["byline"].to_pylist() == ["By Jane Roe", None, "By Jane Roe", None]
    assert cleaned["tags"].to_pylist() == [["Tags: wall"], None, ["Tags: wall"], []]
    assert cleaned["text"].to_pylist()[0].startswith("Most read\n")
    untitled = table.drop_columns("title")
    named = pa.table(cleaner.clean_arrow(untitled, title_column="name", fields=fields))
    assert named == cleaned.drop_columns("title")
    assert "Most read" not in pa.table(cleaner.clean_arrow(untitled))["text"].to_pylist()[0]


def test_fields_that_cannot_be_added(cleaner: bodytext.Cleaner) -> None:
    table = pa.table({"text": TEXTS, "tags": TEXTS})
    with pytest.raises(ValueError, match="leave it out of fields"):
        cleaner.clean_arrow(table, fields=["tags"])
    with pytest.raises(ValueError, match="headline, standfirst"):
        cleaner.clean_arrow(table, fields=["headlin"])
    with pytest.raises(TypeError, match="list of words"):
        cleaner.clean_arrow(table, fields="headline")
    with pytest.raises(ValueError, match="pass a table"):
        cleaner.clean_arrow(pa.array(TEXTS), fields=["headline"])
    with pytest.raises(KeyError, match="name"):
        cleaner.clean_arrow(table, title_column="name")


def test_filters_leave_rows_out(filtered: Expected) -> None:
    cleaner = bodytext.Cleaner(min_words=20, max_removed=0.6)
    report = bodytext.Report()
    cleaned = pa.table(cleaner.clean_arrow(filtered.table(), report=report, stats=True))
    assert cleaned["text"].to_pylist() == filtered.texts
    filtered.check_counts(report)
    kept = {record["id"] for record in cleaned.to_pylist()}
    assert 0 < len(kept) < 500
    table = filtered.table()
    encoded = table.set_column(1, "text", cast(table["text"].combine_chunks(), TYPES[3]))
    assert pa.table(cleaner.clean_arrow(encoded))["text"].to_pylist() == filtered.texts
    with pytest.raises(ValueError, match="rows out"):
        cleaner.clean_arrow(pa.array(TEXTS))


def test_rules_of_sites_see_the_address() -> None:
    pack = 'schema = 1\nname = "m"\n[[rule]]\nid = "m.r"\nkind = "line"\nclass = "technical"\nwhy = "A test."\nhosts = ["example.org"]\n'
    pack += 'phrases = ["it rained all day"]\nmatches = ["It rained all day."]\nnear_misses = ["It rained all day in the hills."]\n'
    try:
        cleaner = bodytext.Cleaner(rules=[("m", pack.replace('hosts = ["example.org"]\n', ""), "example.org")])
    except ValueError as error:
        pytest.fail(str(error))
    text = "It rained all day.\nThe port was shut."
    urls = ["https://example.org/a", "https://other.org/a", None, "https://example.org/b"]
    want = ["The port was shut.", text, text, "The port was shut."]
    for kind in TYPES:
        table = pa.table({"text": cast(pa.array([text] * 4), kind), "url": urls, "link": cast(pa.array(urls), kind)})
        assert pa.table(cleaner.clean_arrow(table))["text"].to_pylist() == want, kind
        assert pa.table(cleaner.clean_arrow(table, url_column="link"))["text"].to_pylist() == want, kind
        assert pa.table(cleaner.clean_arrow(table.drop_columns("url")))["text"].to_pylist() == [text] * 4


def test_mistakes_name_what_there_is(cleaner: bodytext.Cleaner) -> None:
    table = pa.table({"body": ["x"], "n": [1], "tags": [["a"]], "raw": [b"x"]})
    with pytest.raises(KeyError, match="body, n, tags, raw"):
        cleaner.clean_arrow(table)
    for column in ["n", "tags", "raw"]:
        with pytest.raises(TypeError, match="those of strings: body"):
            cleaner.clean_arrow(table, column=column)
    with pytest.raises(KeyError, match="link"):
        cleaner.clean_arrow(table, column="body", url_column="link")
    for wrong in [3, None, "text", ["text"], {"text": ["x"]}]:
        with pytest.raises(TypeError, match="not Arrow data"):
            cleaner.clean_arrow(wrong)
    with pytest.raises(TypeError, match="not strings"):
        cleaner.clean_arrow(pa.array([1]))
    with pytest.raises(TypeError, match="not strings"):
        cleaner.clean_arrow(pa.chunked_array([pa.array([["x"]])]))
    rows = pa.StructArray.from_arrays([pa.array(["x", "y"])], ["text"], mask=pa.array([False, True]))
    with pytest.raises(ValueError, match="null as a whole"):
        cleaner.clean_arrow(rows)


def test_hostile_values(cleaner: bodytext.Cleaner) -> None:
    for kind in TYPES:
        assert pa.array(cleaner.clean_arrow(cast(pa.array([], pa.string()), kind))).to_pylist() == []
        hostile = pa.array(cleaner.clean_arrow(cast(pa.array(HOSTILE), kind))).to_pylist()
        assert hostile == [cleaner.clean(text).text for text in HOSTILE]
    nulls = pa.table({"text": pa.nulls(3), "n": [1, 2, 3]})
    assert pa.table(cleaner.clean_arrow(nulls)) == nulls
    empty = pa.table({"text": pa.array([], pa.string())})
    assert pa.table(cleaner.clean_arrow(empty)) == empty
    assert pa.table(cleaner.clean_arrow(empty, stats=True, removed="r")).num_columns == 3
    # Parquet files may hold bytes that are not UTF-8 under the name of strings; nobody checks them.
    damaged = pa.array([b"Leave a Reply\nIt rained \xff.", b"Leave a Reply\nIt snowed."]).view(pa.string())
    report = bodytext.Report()
    cleaned = pa.record_batch(cleaner.clean_arrow(pa.record_batch({"text": damaged}), report=report))
    assert cleaned["text"].view(pa.binary()).to_pylist() == [b"Leave a Reply\nIt rained \xff.", b"It snowed."]
    assert report.documents == 1 and report.read == report.written == 2
    long = ["word " * 2_000_000, "Share this story:\n" * 300_000, "x\n" * 4_000_000]
    cleaned_long = pa.array(cleaner.clean_arrow(pa.array(long))).to_pylist()
    assert cleaned_long == [cleaner.clean(text).text for text in long]


def test_other_libraries(cleaner: bodytext.Cleaner) -> None:
    frame = polars.DataFrame({"text": TEXTS, "n": range(5)})
    cleaned = polars.DataFrame(cleaner.clean_arrow(frame))
    assert cleaned["text"].to_list() == CLEAN and cleaned.schema == frame.schema
    # A series has a stream of arrays, and no array.
    assert polars.Series(cleaner.clean_arrow(frame["text"])).to_list() == CLEAN
    lazy = frame.lazy().map_batches(lambda batch: polars.DataFrame(cleaner.clean_arrow(batch)))
    assert lazy.filter(polars.col("n") == 0).collect()["text"].to_list() == ["It rained."]
    pandas_frame = pandas.DataFrame({"text": TEXTS})
    assert pa.table(cleaner.clean_arrow(pandas_frame))["text"].to_pylist() == CLEAN
    assert pandas.DataFrame.from_arrow(cleaner.clean_arrow(pandas_frame))["text"].fillna("-").to_list()[:2] == ["It rained.", "-"]


def test_duckdb(cleaner: bodytext.Cleaner, expected: Expected) -> None:
    connection = duckdb.connect()
    table = given = expected.table()
    connection.execute("create table pages as select * from given")
    cleaned = pa.table(cleaner.clean_arrow(connection.sql("select * from pages order by cast(id as int)")))
    assert cleaned["text"].to_pylist() == expected.texts
    # A stream that is read from one query while another runs needs a connection of its own.
    busy = connection.cursor()
    same = cleaner.clean_arrow(busy.sql("select * from pages"))  # noqa: F841
    with pytest.raises(duckdb.Error, match="open result"):
        busy.sql("select * from same").fetchall()
    source = connection.cursor().sql("select * from pages order by cast(id as int)")
    connection.register("cleaned", pa.RecordBatchReader.from_stream(cleaner.clean_arrow(source)))
    texts = connection.sql("select text from cleaned order by cast(id as int)").fetchall()
    assert [text for (text,) in texts] == expected.texts
    stream = cleaner.clean_arrow(table)
    assert connection.sql("select count(*) from stream").fetchall() == [(500,)]
    connection.create_function("clean", lambda texts: pa.array(pa.chunked_array(cleaner.clean_arrow(texts)).combine_chunks()) if isinstance(texts, pa.ChunkedArray) else pa.array(cleaner.clean_arrow(texts)), ["VARCHAR"], "VARCHAR", type="arrow")  # type: ignore[arg-type]
    rows = connection.sql("select clean(text) from pages where text is not null order by cast(id as int)").fetchall()
    # The function sees no titles.
    assert [text for (text,) in rows] == [cleaner.clean(str(record["text"])).text for record in expected.records if record["text"] is not None]


def test_what_comes_back_is_not_of_a_library_that_is_not_there(cleaner: bodytext.Cleaner) -> None:
    array = cleaner.clean_arrow(pa.array(TEXTS))
    assert type(array).__module__ == "bodytext._bodytext" and repr(array) == "<bodytext.ArrowArray of 5 values of Utf8>"
    with pytest.raises(TypeError):
        pickle.dumps(array)
    assert pickle.loads(pickle.dumps(pa.array(array))).to_pylist() == CLEAN


def test_the_lock_is_free_while_a_table_is_cleaned(cleaner: bodytext.Cleaner, expected: Expected) -> None:
    table = pa.concat_tables([expected.table()] * 60)
    assert turns_during(lambda: pa.table(cleaner.clean_arrow(table))) > 1000


def test_nothing_is_kept(cleaner: bodytext.Cleaner) -> None:
    table = pa.table({"text": TEXTS * 1000})
    pa.table(cleaner.clean_arrow(table))
    gc.collect()
    before = pa.total_allocated_bytes()
    for _ in range(20):
        pa.table(cleaner.clean_arrow(table))
        cleaner.clean_arrow(table)
    gc.collect()
    assert pa.total_allocated_bytes() <= before
