"""The library: texts, lines, reports, pickles, threads."""

import doctest
import importlib.metadata
import importlib.util
import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bodytext
from bodytext import _bodytext
from conftest import ROOT, Expected, turns_during

PACK = """
schema = 1
name = "mine"

[[rule]]
id = "mine.weather"
kind = "line"
class = "technical"
why = "A test."
phrases = ["it rained all day"]
matches = ["It rained all day."]
near_misses = ["It rained all day in the hills above the town."]
"""
PAGE = (
    "Storm closes the harbour\nBy Jane Roe\nShare this story:\n\nThe port was shut on Monday, said the master of the harbour.\n"
    "Two ferries wait in the bay, and the café on the quay stays open.\nLeave a Reply\n"
)
CLEAN = (
    "Storm closes the harbour\n\nThe port was shut on Monday, said the master of the harbour.\n"
    "Two ferries wait in the bay, and the café on the quay stays open.\n"
)


def test_docstrings_run() -> None:
    ran = 0
    for module in [bodytext, _bodytext]:
        for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__):
            results = doctest.DocTestRunner().run(test)
            assert results.failed == 0, test.name
            ran += results.attempted
    for owner in [_bodytext.Cleaner]:
        for name in ["clean", "clean_many", "clean_arrow"]:
            assert ">>>" in (getattr(owner, name).__doc__ or ""), name
    assert ran >= 20


def test_records_are_cleaned_as_by_the_command(cleaner: bodytext.Cleaner, expected: Expected) -> None:
    report = bodytext.Report()
    for record, text in zip(expected.records, expected.texts, strict=True):
        if record["text"] is None:
            assert text is None
            continue
        url, title = (record[name] and str(record[name]) for name in ["url", "title"])
        cleaned = cleaner.clean(str(record["text"]), url=url, title=title)  # type: ignore[arg-type]
        assert cleaned.text == text
        report += cleaned.report
    expected.check_counts(report, nulls=0)


def test_lines_and_removals_explain_the_text(cleaner: bodytext.Cleaner) -> None:
    cleaned = cleaner.clean(PAGE)
    assert cleaned.text == CLEAN
    assert [line.line_class for line in cleaned.lines] == ["headline", "byline", "share", "body", "body", "body", "comments"]
    assert [line.kept for line in cleaned.lines] == [True, False, False, True, True, True, False]
    assert cleaned.lines[2].rules == ("en.share.prompt",)
    scores = [line.score for line in cleaned.lines]
    assert scores[3] is None and all(0 <= score <= 1 for score in scores if score is not None) and scores[4]
    rest = PAGE.encode()
    for removal in reversed(cleaned.removals):
        assert rest[removal.start : removal.end].decode() == removal.text
        rest = rest[: removal.start] + rest[removal.end :]
    assert rest.decode() == cleaned.text
    assert cleaned.removals[0].line == 2 and cleaned.removals[0].line_class == "byline"


def test_every_line_of_a_long_text_has_a_place(cleaner: bodytext.Cleaner) -> None:
    text = "Share this story:\nThe ferry left the pier late on Monday evening.\n" * 40_000
    cleaned = cleaner.clean(text)
    assert len(cleaned.lines) == 80_000
    raw = text.encode()
    assert all(raw[r.start : r.end].decode() == r.text for r in cleaned.removals)
    assert sum(not line.kept for line in cleaned.lines) == len(cleaned.removals) > 30_000


def test_an_unchanged_text_is_the_same_object(cleaner: bodytext.Cleaner) -> None:
    text = "The port was shut on Monday."
    assert cleaner.clean(text).text is text


def test_lone_surrogates(cleaner: bodytext.Cleaner) -> None:
    unchanged = "The port \ud800 was shut."
    assert cleaner.clean(unchanged).text == unchanged
    cleaned = cleaner.clean("Share this story:\nThe port \udfff was \ud83d\ude00 shut.")
    assert cleaned.text == "The port \ufffd was \U0001f600 shut."
    assert cleaned.report.to_dict()["lone_surrogates"] == 1
    assert len(cleaned.lines) == 2


def test_bytes_are_decoded() -> None:
    cleaner = bodytext.Cleaner()
    assert cleaner.clean("Das Café hat geöffnet.".encode("utf-16")).text == "Das Café hat geöffnet."
    russian = "Порт был закрыт в понедельник, сообщил начальник порта."
    assert cleaner.clean(russian.encode("windows-1251")).text == russian
    assert bodytext.Cleaner(encoding="koi8-r").clean(russian.encode("koi8-r")).text == russian
    with pytest.raises(ValueError, match="PDF"):
        cleaner.clean(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj")


def test_pages_that_browsers_saved_are_read(cleaner: bodytext.Cleaner) -> None:
    def saved(page: str) -> bytes:
        headers = (
            "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://post.example.org/wall\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/related; type="text/html"; boundary="----B"\r\n\r\n------B\r\n'
            "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        )
        return f"{headers}{page}\r\n------B--\r\n".encode()

    page = saved("<html><body><p>The port was shut on=\r\n Monday.</p><p>Leave a Reply</p></body></html>")
    cleaned = cleaner.clean(page)
    assert cleaned.text == "The port was shut on Monday.\n"
    assert "Leave a Reply" in [line.text for line in cleaned.lines if not line.kept]
    assert cleaner.clean(page, markup="html").text == cleaned.text
    assert "Saved by Blink" in cleaner.clean(page, markup="none").text
    # The address in it selects the rules of its site, unless the caller knows another.
    pack = 'schema = 1\nname = "m"\n[[rule]]\nid = "m.r"\nkind = "line"\nclass = "technical"\nwhy = "A test."\n'
    pack += 'phrases = ["harbour special"]\nmatches = ["Harbour special"]\nnear_misses = ["Harbour special trains ran."]\n'
    site = bodytext.Cleaner(rules=[("m", pack, "post.example.org")])
    special = saved("<p>Harbour special</p><p>The port was shut on Monday, the harbour master said.</p>")
    assert "special" not in site.clean(special).text
    assert "special" in site.clean(special, url="https://other.example.org/").text
    cut = cleaner.clean(page[: page.rindex(b"<p>")])
    assert cut.text == cleaned.text and "truncated" in str(cut.report.to_dict())


def test_hostile_texts(cleaner: bodytext.Cleaner) -> None:
    assert cleaner.clean("").text == "" and cleaner.clean(b"").text == ""
    assert cleaner.clean("The port\0 was shut.").text == "The port was shut."
    html = "<html><body><p>One</p><p>Leave a Reply</p><p>Two</p></body></html>"
    cleaned = cleaner.clean(html)
    assert cleaned.text == "One\n\nTwo\n" and cleaned.report.documents == 1 and cleaned.report.written == 1
    assert [line.text for line in cleaned.lines if line.kept] == ["One", "", "Two"]
    assert bodytext.Cleaner(markup="none").clean(html).text is html
    assert cleaner.clean("<b>One", markup="html").text == "One\n"
    with pytest.raises(ValueError, match="markdown"):
        cleaner.clean(html, markup="xml")
    for size, text in [(9 << 20, "word " * (9 << 18)), (1 << 20, "x" * (1 << 20))]:
        assert len(cleaner.clean(text).text) >= size - 5
    for wrong in [None, 3, ["text"], bytearray(b"x")]:
        with pytest.raises(TypeError, match="str or bytes"):
            cleaner.clean(wrong)  # type: ignore[arg-type]


def test_very_long_texts(cleaner: bodytext.Cleaner) -> None:
    text = "The ferry left the pier late.\nShare this story:\n" * 1_000_000 + "\n" * 2_000_000
    start = time.process_time()
    cleaned = cleaner.clean(text)
    assert cleaned.text.count("\n") < 1_000_100
    assert time.process_time() - start < 120
    assert cleaned.report.documents == 1


def test_filters(filtered: Expected) -> None:
    cleaner = bodytext.Cleaner(min_words=20, max_removed=0.6)
    kept, report = [], bodytext.Report()
    for record in filtered.records:
        if record["text"] is None:
            kept.append(None)
            continue
        cleaned = cleaner.clean(str(record["text"]), title=record["title"])  # type: ignore[arg-type]
        report += cleaned.report
        if not cleaned.dropped:
            kept.append(cleaned.text)  # type: ignore[arg-type]
    assert kept == filtered.texts
    filtered.check_counts(report, nulls=0)
    assert report.to_dict()["records"]["dropped"] == filtered.summary["records"]["dropped"]
    assert set(filtered.summary["records"]["dropped"]) == {"min-words", "max-removed"}


def test_the_arguments_do_what_the_flags_do(tmp_path: Path) -> None:
    assert "Jane Roe" in bodytext.Cleaner(keep=["byline"]).clean(PAGE).text
    assert "Storm" not in bodytext.Cleaner(body_only=True).clean(PAGE).text
    link = "The **port** was shut on Monday, [the harbour master](https://example.org) said.\n* [Share on Facebook](https://example.org/s)\n"
    assert "Facebook" not in bodytext.Cleaner().clean(link).text
    assert bodytext.Cleaner(markup="none").clean(link).text == link
    assert "Storm" not in bodytext.Cleaner(drop=["headline"]).clean(PAGE).text
    assert "Share this" in bodytext.Cleaner(disable=["en.*", "shape.*"], profile="recall").clean(PAGE).text
    assert "Reply" in bodytext.Cleaner(languages=["de"], profile="recall").clean(PAGE).text
    assert bodytext.Cleaner(preset="c4").clean(PAGE).text != bodytext.Cleaner().clean(PAGE).text
    assert bodytext.Cleaner(builtin_rules=False).clean(PAGE).text == PAGE
    assert bodytext.Cleaner(normalize="ftfy").clean("“Yes”").text == '"Yes"'
    file = tmp_path / "mine.toml"
    file.write_text(PACK)
    for rules in [[PACK], [file], [str(file)], [tmp_path]]:
        assert bodytext.Cleaner(rules=rules).clean("It rained all day.\nThe port was shut.").text == "The port was shut."
    site = tmp_path / "rules" / "site"
    site.mkdir(parents=True)
    (site / "example.org.toml").write_text(PACK)
    cleaner = bodytext.Cleaner(rules=[tmp_path / "rules"])
    text = "It rained all day.\nThe port was shut."
    assert cleaner.clean(text, url="https://example.org/a").text != cleaner.clean(text, url="https://other.org/a").text
    assert bodytext.Cleaner(model=ROOT / "model.toml").clean(PAGE).text == bodytext.Cleaner().clean(PAGE).text


def test_the_title_tells_the_headline_and_fields_are_lines() -> None:
    page = PAGE.replace("Storm", "Home\nMost read\nThe wall\nNight boats\nStorm") + "Tags: wall\n"
    cleaner = bodytext.Cleaner()
    assert "Most read" not in cleaner.clean(page).text
    cleaned = cleaner.clean(page, title="Most read | The Post")
    assert cleaned.text.startswith("Most read\n")
    assert cleaned.fields == {"headline": "Most read", "standfirst": None, "byline": "By Jane Roe", "dateline": None,
                              "credit": None, "tags": ["Tags: wall"]}
    nothing = dict.fromkeys(["headline", "standfirst", "byline", "dateline", "credit"]) | {"tags": []}
    for text in ["", "<p>one</p><p>two</p><p>three</p>", b"One line."]:
        assert cleaner.clean(text).fields == nothing


def test_mistakes_are_explained() -> None:
    for arguments, words in [
        ({"keep": ["bylin"]}, "did you mean byline"),
        ({"preset": "c5"}, "c4, refinedweb"),
        ({"profile": "x"}, "recall, balanced, precision"),
        ({"markup": "x"}, "markup=x.*auto, none, markdown"),
        ({"rules": ["none.toml"]}, "no such file"),
        ({"rules": [PACK.replace("kind", "knid")]}, "knid"),
        ({"normalize": "x"}, "nfc"),
        ({"languages": ["xx"]}, "no rule is for it"),
        ({"disable": ["en.share.promt"]}, "en.share.prompt"),
        ({"encoding": "utf-99"}, "utf-8"),
        ({"max_removed": 1.5}, "from 0 to 1"),
    ]:
        with pytest.raises(ValueError, match=words) as error:
            bodytext.Cleaner(**arguments)
        assert "--" not in str(error.value)
    for arguments in [{"keep": "byline"}, {"rules": "mine.toml"}, {"languages": "en"}]:
        with pytest.raises(TypeError, match="list"):
            bodytext.Cleaner(**arguments)


def test_equal_cleaners_have_equal_pickles(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PACK)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.toml").write_text(PACK)
    one = bodytext.Cleaner(rules=[tmp_path / "mine.toml"], keep=["byline"], min_words=3)
    two = bodytext.Cleaner(rules=[tmp_path / "other" / "mine.toml"], keep=["byline"], min_words=3)
    assert pickle.dumps(one) == pickle.dumps(two) and one == two and hash(one) == hash(two)
    assert pickle.dumps(one) == pickle.dumps(pickle.loads(pickle.dumps(one)))
    assert one != bodytext.Cleaner() and bodytext.Cleaner() == bodytext.Cleaner()
    # Workers have other disks.
    (tmp_path / "mine.toml").unlink()
    again = pickle.loads(pickle.dumps(one))
    assert again.clean("It rained all day.\nThe port was shut again.").text == "The port was shut again."
    assert again == one and again.rules_hash == one.rules_hash
    import cloudpickle
    import dill

    for library in [cloudpickle, dill]:
        assert library.dumps(one) == library.dumps(two)
        assert library.loads(library.dumps(one)) == one


def test_reports_add_up(cleaner: bodytext.Cleaner) -> None:
    reports = [cleaner.clean(PAGE).report for _ in range(3)]
    total = sum(reports, bodytext.Report())
    assert total.documents == 3 and total == sum(reports)
    assert pickle.loads(pickle.dumps(total)) == total == bodytext.Report(total.to_json())
    assert str(total).startswith("3 documents   78 % of the characters kept\n  lines      21 in, 12 out\n")
    assert "rule set   " + cleaner.rules_hash in str(total)
    other = bodytext.Cleaner(preset="c4").clean(PAGE).report
    assert "several" in str(total + other)
    with pytest.raises(TypeError):
        total + 1  # type: ignore[operator]
    with pytest.raises(ValueError, match="not a report"):
        bodytext.Report("{]")


def test_clean_many_is_lazy(cleaner: bodytext.Cleaner) -> None:
    asked = []

    def texts():  # type: ignore[no-untyped-def]
        for text in ["Leave a Reply\nIt rained.", b"It snowed."]:
            asked.append(text)
            yield text

    cleaned = cleaner.clean_many(texts())
    assert asked == []
    assert next(cleaned).text == "It rained." and len(asked) == 1
    assert [rest.text for rest in cleaned] == ["It snowed."]
    with pytest.raises(TypeError, match="several"):
        cleaner.clean_many("text")


def test_threads_share_a_cleaner_without_the_lock(cleaner: bodytext.Cleaner) -> None:
    text = PAGE * 40_000
    # With the lock held this thread would get no turn at all, or one.
    assert turns_during(lambda: cleaner.clean(text)) > 1000


def test_import_is_fast_and_imports_no_engine() -> None:
    code = "import sys, time; s = time.perf_counter(); import bodytext; t = time.perf_counter() - s; print(t, *sys.modules)"
    times = []
    for _ in range(5):
        seconds, *modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
        times.append(float(seconds))
        assert not {"pyarrow", "ray", "pyspark", "daft", "datatrove", "datasets", "numpy"} & set(modules)
    assert sorted(times)[2] < 0.05


def test_the_wheel_carries_the_licences_of_its_parts() -> None:
    distribution = importlib.metadata.distribution("bodytext")
    files = {Path(str(file)).name: file for file in distribution.files or []}
    assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-LICENSES.txt", "py.typed", "_bodytext.pyi"} <= set(files)
    text = Path(str(distribution.locate_file(files["THIRD-PARTY-LICENSES.txt"]))).read_text("utf-8")
    for crate in ["pyo3 0.30", "arrow-array 59", "regex 1", "zstd-sys 2", "clap 4"]:
        assert crate in text
    assert "bodytext" in {entry.name for entry in distribution.entry_points}


def test_no_engine_is_needed_and_none_is_shadowed() -> None:
    for path in sorted((ROOT / "python" / "bodytext").glob("*.py")) + sorted((ROOT / "python" / "examples").glob("*.py")):
        # Its own requirements break it in an environment with others.
        assert "trafilatura" not in path.read_text("utf-8"), path
    assert json.loads(bodytext.Report().summary_json())["documents"] == 0
