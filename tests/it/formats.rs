//! The formats of the field: whatever an input is compressed with or kept in, the same texts come out, and of a damaged
//! file all that stands before the damage.
//! All in folders of their own.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use crate::cli::{bodytext, piped};

const PAGE: &str = "Share this story:\n\nThe ferry was late on Monday, and nobody on the pier knew why.\n";
const CLEAN: &str = "The ferry was late on Monday, and nobody on the pier knew why.\n";

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// The bytes of a file, unpacked as its name says.
fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut out = Vec::new();
    match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut out).unwrap(),
        Some("zst") => zstd::stream::read::Decoder::new(bytes.as_slice()).unwrap().read_to_end(&mut out).unwrap(),
        _ => return bytes,
    };
    out
}

fn records(count: usize) -> String {
    (0..count).map(|i| format!("{}\n", serde_json::json!({"id": i, "text": format!("Nr. {i}\n{PAGE}")}))).collect()
}

pub(crate) fn wet(count: usize) -> Vec<u8> {
    let record = |i: usize| {
        let body = format!("Nr. {i}\n{PAGE}");
        format!(
            "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://example.org/{i}\r\n\
             WARC-Date: 2026-11-02T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{i}>\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{body}\r\n\r\n",
            body.len()
        )
    };
    // Archives are made of one member a record.
    (0..count).flat_map(|i| gzip(record(i).as_bytes())).collect()
}

#[test]
fn compressed_folders_are_mirrored() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    let jsonl = records(2500);
    for (name, bytes) in [
        ("a.txt", PAGE.as_bytes().to_vec()),
        ("b.txt.gz", [gzip(&PAGE.as_bytes()[..30]), gzip(&PAGE.as_bytes()[30..])].concat()),
        ("c.txt.zst", zstd(PAGE.as_bytes())),
        // The name says nothing of it.
        ("d.txt", gzip(PAGE.as_bytes())),
        ("e.jsonl", jsonl.clone().into_bytes()),
        ("f.jsonl.gz", gzip(jsonl.as_bytes())),
        ("g.jsonl.zst", zstd(jsonl.as_bytes())),
        // A frame to be skipped stands before it, as some packers have it.
        ("h.jsonl", [b"\x50\x2a\x4d\x18\x02\0\0\0xx".to_vec(), zstd(jsonl.as_bytes())].concat()),
    ] {
        fs::write(dir.path().join("in").join(name), bytes).unwrap();
    }
    for threads in ["1", "2"] {
        bodytext(dir.path()).args(["in", "-o", "out", "--force", "--threads", threads]).assert().success();
        let out = |name: &str| unpacked(&dir.path().join("out").join(name));
        for name in ["a.txt", "b.txt.gz", "c.txt.zst", "d.txt"] {
            assert_eq!(String::from_utf8(out(name)).unwrap(), CLEAN, "{name}");
        }
        let plain = out("e.jsonl");
        assert!(plain.len() < jsonl.len());
        for name in ["f.jsonl.gz", "g.jsonl.zst", "h.jsonl"] {
            assert!(out(name) == plain, "{name}");
        }
    }
    let packed = fs::read(dir.path().join("in/f.jsonl.gz")).unwrap();
    let out = piped(dir.path(), &["--from", "jsonl"], &packed);
    assert!(out == unpacked(&dir.path().join("out/e.jsonl")));
    bodytext(dir.path()).args(["in/f.jsonl.gz", "-o", "texts", "--to", "text"]).assert().success();
    assert!(dir.path().join("texts/2499.txt").exists());
}

#[test]
fn archives_become_json_lines() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/crawl-00001.warc.wet.gz"), wet(30)).unwrap();
    bodytext(dir.path()).args(["in", "-o", "out"]).assert().success();
    let lines = String::from_utf8(unpacked(&dir.path().join("out/crawl-00001.jsonl.gz"))).unwrap();
    assert_eq!(lines.lines().count(), 30);
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        serde_json::json!({"id": "urn:uuid:0", "url": "https://example.org/0", "date": "2026-11-02T10:00:00Z",
            "text": format!("Nr. 0\n\n{CLEAN}")})
    );
    fs::write(dir.path().join("no.warc"), b"no archive at all").unwrap();
    let wrong = bodytext(dir.path()).arg("no.warc").output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("not a WARC file"));
}

/// Cuts a file at 50 places; whatever is cut, the records before come out and the file is listed.
fn cut_at_fifty_places(name: &str, whole: &[u8], plain: &str) {
    let dir = tempfile::tempdir().unwrap();
    let clean = |bytes: &[u8]| {
        fs::write(dir.path().join(name), bytes).unwrap();
        let args = [name, "-o", "out.jsonl", "--force", "--quarantine", "bad", "--quiet", "--no-builtin-rules"];
        let done = bodytext(dir.path()).args(args).output().unwrap();
        let out = fs::read_to_string(dir.path().join("out.jsonl")).unwrap_or_default();
        let _ = fs::remove_file(dir.path().join("out.jsonl"));
        for bad in ["bad", "bad.reasons.jsonl"] {
            let _ = fs::remove_file(dir.path().join(bad));
        }
        (done.status.code(), out, String::from_utf8(done.stderr).unwrap())
    };
    let (code, all, _) = clean(whole);
    assert_eq!(code, Some(0));
    assert_eq!(all.lines().count(), plain.lines().count());
    let mut most = 0;
    for place in 1..50 {
        let (code, out, said) = clean(&whole[..whole.len() * place / 50]);
        assert!(all.starts_with(&out), "{name} {place}");
        let records = out.lines().count();
        assert!(records >= most, "{name} {place}");
        most = records;
        // A cut between two members or lines cannot be seen.
        assert!(code == Some(1) && said.contains(name) || code == Some(0) && said.is_empty(), "{name} {place}: {said}");
    }
    assert!(most * 3 > all.lines().count() * 2, "{name}: {most}");
}

#[test]
fn of_a_truncated_file_the_records_before_the_cut_come_out() {
    // Texts that do not pack well: the packers hand out their blocks late.
    let mut state = 7_u32;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{:x}", state >> 4)
    };
    let mut text = || (0..40).map(|_| word()).collect::<Vec<_>>().join(" ");
    let plain: String = (0..3000).map(|i| format!("{}\n", serde_json::json!({"id": i, "text": text()}))).collect();
    cut_at_fifty_places("a.jsonl", plain.as_bytes(), &plain);
    cut_at_fifty_places("b.jsonl.gz", &gzip(plain.as_bytes()), &plain);
    cut_at_fifty_places("c.jsonl.zst", &zstd(plain.as_bytes()), &plain);
    cut_at_fifty_places("d.warc.wet.gz", &wet(200), &records(200));
}

#[test]
fn flipped_bits_neither_stop_the_run_nor_pass_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let plain = records(1500);
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/z.txt"), PAGE).unwrap();
    for (name, whole) in [("a.jsonl.gz", gzip(plain.as_bytes())), ("b.jsonl.zst", zstd(plain.as_bytes()))] {
        for place in 1..20 {
            let mut bytes = whole.clone();
            let at = bytes.len() * place / 20;
            bytes[at] ^= 1 << (place % 8);
            fs::write(dir.path().join("in").join(name), bytes).unwrap();
            let done = bodytext(dir.path()).args(["in", "-o", "out", "--force", "--quiet"]).output().unwrap();
            assert!(matches!(done.status.code(), Some(0 | 1)), "{name} {place}");
            assert_eq!(fs::read_to_string(dir.path().join("out/z.txt")).unwrap(), CLEAN);
        }
        fs::remove_file(dir.path().join("in").join(name)).unwrap();
    }
}

#[test]
fn limits_are_named_with_the_flag_that_moves_them() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bomb.txt.gz"), gzip(&vec![b' '; 1 << 20])).unwrap();
    fs::write(dir.path().join("long.jsonl"), format!("{{\"text\":\"{}\"}}\n", "x".repeat(3 << 20))).unwrap();
    fs::write(dir.path().join("long.txt"), "x".repeat(3 << 20)).unwrap();
    fs::write(dir.path().join("table.parquet"), repeated("x".repeat(1 << 20), 200)).unwrap();
    for (input, limit, more) in [
        ("bomb.txt.gz", "--max-unpacked=64K", "--max-unpacked=2M"),
        ("long.jsonl", "--max-record=1M", "--max-record=4M"),
        ("long.txt", "--max-record=1M", "--max-record=4M"),
        ("long.txt", "--max-line=1M", "--max-line=4M"),
        ("long.jsonl", "--max-line=1M", "--max-line=4M"),
        ("table.parquet", "--max-ratio=20", "--max-ratio=100000"),
    ] {
        let clean = |limit| {
            let args = [input, limit, "-o", "out", "--force", "--no-builtin-rules"];
            bodytext(dir.path()).args(args).output().unwrap()
        };
        let done = clean(limit);
        assert_eq!(done.status.code(), Some(1), "{limit}");
        let flag = limit.split('=').next().unwrap();
        assert!(String::from_utf8_lossy(&done.stderr).contains(flag), "{limit}");
        assert_eq!(clean(more).status.code(), Some(0), "{more}");
    }
    let pack = "schema = 1\nname = \"mine\"\n# A long comment.\n";
    fs::write(dir.path().join("mine.toml"), pack).unwrap();
    for (most, code) in [("10", 2), ("1K", 0)] {
        let args = ["long.txt", "--rules", "mine.toml", "--max-rule-file", most, "--dry-run"];
        let done = bodytext(dir.path()).args(args).output().unwrap();
        assert_eq!(done.status.code(), Some(code));
        assert_eq!(code == 2, String::from_utf8_lossy(&done.stderr).contains("--max-rule-file"));
    }
}

#[test]
fn a_record_beyond_the_limit_is_listed_and_those_after_it_come_out() {
    let dir = tempfile::tempdir().unwrap();
    let record = |i: usize| format!("{{\"id\":{i},\"text\":\"A paragraph of words.\"}}\n");
    let (before, after): (String, String) = ((0..10).map(record).collect(), (10..20).map(record).collect());
    // Longer than a batch, of which only the beginning is kept, and shorter.
    for (most, bytes, kept) in [("3M", 5 << 20, false), ("1K", 5000, true)] {
        let long = format!("{{\"text\":\"{}\"}}\n", "x".repeat(bytes));
        fs::write(dir.path().join("in.jsonl"), format!("{before}{long}{after}")).unwrap();
        for (more, among) in [(&[][..], kept), (&["--quarantine", "q.jsonl"], false)] {
            let args = ["in.jsonl", "--max-record", most, "-o", "out.jsonl", "--force", "--quiet"];
            let done = bodytext(dir.path()).args(args).args(more).output().unwrap();
            assert_eq!(done.status.code(), Some(1), "{done:?}");
            let report = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(report.starts_with("in.jsonl:11: ") && report.contains("--max-record"), "{report}");
            let expected = format!("{before}{}{after}", if among { &long } else { "" });
            assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap(), expected);
        }
        assert_eq!(fs::read_to_string(dir.path().join("q.jsonl")).ok(), kept.then_some(long));
    }
}

#[test]
fn a_field_that_no_record_has_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let code = |records: &str| {
        fs::write(dir.path().join("in.jsonl"), records).unwrap();
        let done = bodytext(dir.path()).args(["in.jsonl", "--max-record=1K", "--quiet"]).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&done.stderr).contains("--text-field"))
    };
    assert_eq!(code("{\"a\":1}\n"), (Some(1), true));
    assert_eq!(code("{\"a\":1}\n{\"text\":null}\n"), (Some(0), false));
    assert_eq!(code(""), (Some(0), false));
    // Each file is judged by itself, a large one too.
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.jsonl"), "{\"text\":\"x\"}\n").unwrap();
    fs::write(dir.path().join("in/b.jsonl"), "{\"content\":\"x\"}\n".repeat(100_000)).unwrap();
    let done = bodytext(dir.path()).args(["in", "-o", "out/", "--quiet"]).output().unwrap();
    let report = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        done.status.code() == Some(1) && report.lines().count() == 1 && report.starts_with("in/b.jsonl: "),
        "{report}"
    );
}

#[test]
fn the_name_of_an_output_says_its_format() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), "A.\n").unwrap();
    fs::write(dir.path().join("in/b.txt"), "B.\n").unwrap();
    bodytext(dir.path()).args(["in", "-o", "all.jsonl"]).assert().success();
    let expected = "{\"id\":\"a.txt\",\"text\":\"A.\"}\n{\"id\":\"b.txt\",\"text\":\"B.\"}\n";
    assert_eq!(fs::read_to_string(dir.path().join("all.jsonl")).unwrap().replace("\\n", ""), expected);
}

/// A table in which the same text stands again and again, but takes room only once.
fn repeated(text: String, rows: usize) -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType};
    let schema = parquet::schema::parser::parse_message_type("message m { required binary text (string); }").unwrap();
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .set_dictionary_page_size_limit(4 << 20)
        .build();
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema.into(), properties.into()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts = vec![ByteArray::from(text.into_bytes()); rows];
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// A table with two row groups: a number, a text that may be missing, and a list.
pub(crate) fn parquet(rows: usize, text: impl Fn(usize) -> String) -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    let schema = "message schema {
        required int64 id;
        optional binary text (string);
        optional group tags (list) { repeated group list { optional binary element (string); } }
    }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let mut writer = parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, properties.into()).unwrap();
    for group in [0..rows / 2, rows / 2..rows] {
        let mut columns = writer.next_row_group().unwrap();
        let missing = |i: &usize| i % 10 == 3;
        let ids: Vec<i64> = group.clone().map(|i| i as i64).collect();
        let mut column = columns.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let texts: Vec<ByteArray> =
            group.clone().filter(|i| !missing(i)).map(|i| ByteArray::from(text(i).into_bytes())).collect();
        let there: Vec<i16> = group.clone().map(|i| i16::from(!missing(&i))).collect();
        let mut column = columns.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&there), None).unwrap();
        column.close().unwrap();
        // Every row has a list of two, the second of which is null.
        let tags: Vec<ByteArray> = group.clone().map(|i| ByteArray::from(format!("tag {i}").into_bytes())).collect();
        let levels = |each: [i16; 2]| group.clone().flat_map(|_| each).collect::<Vec<i16>>();
        let mut column = columns.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&tags, Some(&levels([3, 2])), Some(&levels([0, 1]))).unwrap();
        column.close().unwrap();
        columns.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// The rows of a table, as text.
fn rows(bytes: Vec<u8>) -> Vec<String> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    assert_eq!(reader.num_row_groups(), 2);
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

#[test]
fn of_a_table_only_the_text_changes() {
    let dir = tempfile::tempdir().unwrap();
    let text = |i: usize| format!("Nr. {i} reached the pier.\n{PAGE}");
    let cleaned = |i: usize| format!("Nr. {i} reached the pier.\n\n{CLEAN}");
    fs::write(dir.path().join("in.parquet"), parquet(400, text)).unwrap();
    bodytext(dir.path()).args(["in.parquet", "-o", "out.parquet", "--manifest", "m"]).assert().success();
    let expected = rows(parquet(400, cleaned));
    assert!(rows(fs::read(dir.path().join("out.parquet")).unwrap()) == expected);
    bodytext(dir.path()).args(["verify", "out.parquet", "--manifest", "m"]).assert().success();
    // Texts of many words stay, and rows without a text.
    let long = |i: usize| if i.is_multiple_of(2) { cleaned(i) } else { "Short.\n".to_owned() };
    fs::write(dir.path().join("in.parquet"), parquet(400, long)).unwrap();
    let args = ["in.parquet", "-o", "out.parquet", "--force", "--min-words", "3", "--summary", "json"];
    let done = bodytext(dir.path()).args(args).output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&done.stderr).unwrap();
    assert_eq!(summary["records"]["dropped"]["min-words"], 160);
    let stay = |i: usize| i.is_multiple_of(2) || i % 10 == 3;
    let expected: Vec<String> = (0..400).zip(expected).filter(|(i, _)| stay(*i)).map(|(_, row)| row).collect();
    assert!(rows(fs::read(dir.path().join("out.parquet")).unwrap()) == expected);
    // A row that cannot be cleaned stays as it is, and the others are counted as what they are.
    let args = ["in.parquet", "-o", "out.parquet", "--force", "--max-line", "10", "--manifest", "m"];
    bodytext(dir.path()).args(args).assert().code(1);
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join("m")).unwrap()).unwrap();
    assert_eq!((&manifest["records"]["written"], &manifest["records"]["failed"]), (&400.into(), &0.into()));
    bodytext(dir.path()).args(["verify", "out.parquet", "--manifest", "m"]).assert().success();
    for (args, why) in [
        (&["in.parquet"][..], "add -o FILE"),
        (&["in.parquet", "-o", "x.jsonl", "--to", "parquet"], "leave out --to"),
        (&["in.parquet", "-o", "x.parquet", "--text-field", "body"], "no column `body`"),
        (&["in.parquet", "-o", "x.parquet", "--text-field", "id"], "does not hold single texts"),
    ] {
        let done = bodytext(dir.path()).args(args).output().unwrap();
        assert!(matches!(done.status.code(), Some(1 | 2)) && !dir.path().join("x.parquet").exists());
        assert!(String::from_utf8_lossy(&done.stderr).contains(why), "{why}");
    }
}

#[test]
fn a_damaged_table_is_listed_and_the_others_are_done() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    let whole = parquet(60, |i| format!("Nr. {i}\n{PAGE}"));
    fs::write(dir.path().join("in/z.txt"), PAGE).unwrap();
    let clean = |bytes: &[u8]| {
        fs::write(dir.path().join("in/a.parquet"), bytes).unwrap();
        let _ = fs::remove_file(dir.path().join("out/a.parquet"));
        let done = bodytext(dir.path()).args(["in", "-o", "out", "--force", "--quiet"]).output().unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("out/z.txt")).unwrap(), CLEAN);
        let left = fs::read_dir(dir.path().join("out")).unwrap().count();
        (done.status.code(), dir.path().join("out/a.parquet").exists(), left, String::from_utf8(done.stderr).unwrap())
    };
    for place in 0..50 {
        let (code, written, left, said) = clean(&whole[..whole.len() * place / 50]);
        assert!(code == Some(1) && !written && left == 2 && said.contains("in/a.parquet: "), "{place} {left}: {said}");
        let mut flipped = whole.clone();
        let at = flipped.len() * place / 50;
        flipped[at] ^= 1 << (place % 8);
        let (code, written, _, said) = clean(&flipped);
        assert!(matches!((code, written), (Some(0), true) | (Some(1), false)), "{place}: {said}");
    }
}
