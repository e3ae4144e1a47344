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
        for place in 1..8 {
            let mut bytes = whole.clone();
            let at = bytes.len() * place / 8;
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
        (&["in.parquet", "-o", "x.parquet", "--text-field", "id"], "does not hold texts; name one that does"),
        (&["in.parquet", "-o", "x.parquet", "--text-field", "tags"], "array_to_string(tags, "),
        (&["in.parquet", "-o", "x.parquet", "--text-field", "tags.list.element"], "array_to_string(tags, "),
        (&["in.parquet", "-o", "x.parquet", "--url-field", "tags"], "no column `tags`; name it with --url-field"),
    ] {
        let done = bodytext(dir.path()).args(args).output().unwrap();
        assert!(matches!(done.status.code(), Some(1 | 2)) && !dir.path().join("x.parquet").exists());
        assert!(String::from_utf8_lossy(&done.stderr).contains(why), "{why}");
    }
}

#[test]
fn the_id_and_the_address_of_a_row_count() {
    use parquet::data_type::{ByteArray, ByteArrayType};
    let dir = tempfile::tempdir().unwrap();
    let schema = "message m { required binary key (string); required binary address (string); required binary text; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, std::sync::Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for column in [["a", "b"], ["https://example.org/1", "https://example.com/2"], [PAGE; 2]] {
        let mut writer = group.next_column().unwrap().unwrap();
        writer.typed::<ByteArrayType>().write_batch(&column.map(ByteArray::from), None, None).unwrap();
        writer.close().unwrap();
    }
    group.close().unwrap();
    fs::write(dir.path().join("in.parquet"), writer.into_inner().unwrap()).unwrap();
    fs::create_dir_all(dir.path().join("rules/site")).unwrap();
    fs::write(dir.path().join("rules/site/example.org.toml"), SHARE).unwrap();
    let args = ["in.parquet", "-o", "out.parquet", "--no-builtin-rules", "--rules", "rules", "--removals", "r.jsonl"];
    let fields = ["--id-field", "key", "--url-field", "address", "--quiet"];
    assert_eq!(run(dir.path(), &[&args[..], &fields].concat()), (Some(0), String::new()));
    let removals = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    let shares: Vec<&str> = removals.lines().filter(|line| line.contains("few.share")).collect();
    assert!(shares.len() == 1 && shares[0].contains("\"id\":\"a\""), "{removals}");
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
    for place in 0..25 {
        let (code, written, left, said) = clean(&whole[..whole.len() * place / 50]);
        assert!(code == Some(1) && !written && left == 2 && said.contains("in/a.parquet: "), "{place} {left}: {said}");
        let mut flipped = whole.clone();
        let at = flipped.len() * place / 50;
        flipped[at] ^= 1 << (place % 8);
        let (code, written, _, said) = clean(&flipped);
        assert!(matches!((code, written), (Some(0), true) | (Some(1), false)), "{place}: {said}");
    }
}

/// Runs the command; returns its exit code and what it said.
fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = bodytext(dir).args(args).output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

/// Rows with one text over many lines each, some of them without boilerplate.
fn csv(rows: usize, text: impl Fn(usize) -> String) -> String {
    let row = |i: usize| format!("{i}, 'x' ,\"{}\",\"a \"\"b\"\", c\"\n", text(i));
    format!("id, note ,text,\"last, one\"\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn of_a_csv_row_only_the_text_changes() {
    let dir = tempfile::tempdir().unwrap();
    for (name, before, after) in [
        // The columns stand in any order; the other cells keep their marks, spaces and line endings.
        (
            "a.csv",
            format!(
                "\u{feff}\"id\",text, more\r\n\"1\",\"{PAGE}\", \"x \"\r\n2,unchanged \"text\" of a row,y\r\n\r\n3,,\r\n"
            ),
            format!(
                "\u{feff}\"id\",text, more\r\n\"1\",\"{CLEAN}\", \"x \"\r\n2,unchanged \"text\" of a row,y\r\n\r\n3,,\r\n"
            ),
        ),
        // No marks before, and marks where the cleaned text needs them; the last row has no line ending.
        (
            "b.csv",
            "text,id\nThe ferry was late &amp; nobody knew.,1\nThe pier &quot;one&quot;&#44; they said.,2".to_owned(),
            "text,id\nThe ferry was late & nobody knew.,1\n\"The pier \"\"one\"\", they said.\",2".to_owned(),
        ),
        // Marks that were there stay; a semicolon is the delimiter where the names say so.
        ("c.csv", format!("id;text\n1;\"{PAGE}\"\n"), format!("id;text\n1;\"{CLEAN}\"\n")),
        (
            "d.tsv",
            format!("text\tid\n\"{PAGE}\"\t1\n\"\"\t\"2,\"\n"),
            format!("text\tid\n\"{CLEAN}\"\t1\n\"\"\t\"2,\"\n"),
        ),
        ("e.tab", format!("id,text\n1,\"{PAGE}\"\n"), format!("id,text\n1,\"{CLEAN}\"\n")),
        // Files that were joined have the row of names twice. Old systems end lines with a carriage return.
        (
            "f.csv",
            format!("id,text\r1,\"{PAGE}\"\rid,text\r2,x y\r"),
            format!("id,text\r1,\"{CLEAN}\"\rid,text\r2,x y\r"),
        ),
        ("empty.csv", String::new(), String::new()),
        ("names.csv", "id,text\n".to_owned(), "id,text\n".to_owned()),
    ] {
        fs::write(dir.path().join(name), &before).unwrap();
        assert_eq!(run(dir.path(), &[name, "-o", "out", "--force", "--quiet"]), (Some(0), String::new()), "{name}");
        assert_eq!(fs::read_to_string(dir.path().join("out")).unwrap(), after, "{name}");
    }
    let (before, after) = (csv(5, |_| PAGE.to_owned()), csv(5, |_| CLEAN.to_owned()));
    assert!(piped(dir.path(), &["--from", "csv"], before.as_bytes()) == after.as_bytes());
    // The only cell of a row is written with marks when it becomes empty, since a blank line is no row.
    let args = ["--from", "csv", "--keep", "share", "--no-builtin-rules"];
    assert!(piped(dir.path(), &args, b"text\n&#8203;\n") == b"text\n\"\"\n");
}

#[test]
fn csv_is_cleaned_in_batches_with_the_same_result() {
    let dir = tempfile::tempdir().unwrap();
    let text = |i: usize| {
        if i.is_multiple_of(3) { "Short, and \"\"quoted\"\".".to_owned() } else { format!("Nr. {i}\n{PAGE}") }
    };
    let clean = |i: usize| text(i).replace("Share this story:\n", "");
    let (before, after) = (csv(50_000, text), csv(50_000, clean));
    assert!(before.len() > 4 << 20);
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.csv"), &before).unwrap();
    fs::write(dir.path().join("in/b.csv.gz"), gzip(before.as_bytes())).unwrap();
    fs::write(dir.path().join("in/c.csv.zst"), zstd(before.as_bytes())).unwrap();
    for threads in ["1", "2"] {
        let args = ["in", "-o", "out", "--force", "--quiet", "--no-builtin-rules", "--threads", threads];
        let share = ["--rules", "share.toml"];
        fs::write(dir.path().join("share.toml"), SHARE).unwrap();
        bodytext(dir.path()).args(args).args(share).assert().success();
        for name in ["a.csv", "b.csv.gz", "c.csv.zst"] {
            assert!(unpacked(&dir.path().join("out").join(name)) == after.as_bytes(), "{name}");
        }
    }
    bodytext(dir.path()).args(["verify", "out"]).assert().success();
}

/// One rule, so that large inputs are cleaned fast.
const SHARE: &str = "schema = 1\nname = \"few\"\n[[rule]]\nid = \"few.share\"\nkind = \"line\"\nclass = \"share\"\nwhy = \"x\"\n\
    phrases = [\"share this story\"]\nmatches = [\"Share this story:\"]\nnear_misses = [\"Share this story now.\"]\n";

#[test]
fn csv_becomes_json_lines_and_texts() {
    let dir = tempfile::tempdir().unwrap();
    let table = format!("id,text,url\na,\"{PAGE}\",https://example.org/\nb,\"The \"\"pier\"\", they said.\",\n");
    fs::write(dir.path().join("in.csv"), table).unwrap();
    assert_eq!(run(dir.path(), &["in.csv", "-o", "out.jsonl", "--quiet"]).0, Some(0));
    let rows = [
        format!("{{\"id\":\"a\",\"text\":{},\"url\":\"https://example.org/\"}}\n", serde_json::json!(CLEAN)),
        "{\"id\":\"b\",\"text\":\"The \\\"pier\\\", they said.\",\"url\":\"\"}\n".to_owned(),
    ];
    assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap(), rows.concat());
    assert_eq!(run(dir.path(), &["in.csv", "--to", "text", "-o", "texts", "--quiet"]).0, Some(0));
    assert_eq!(fs::read_to_string(dir.path().join("texts/a.txt")).unwrap(), CLEAN);
    fs::create_dir(dir.path().join("rows")).unwrap();
    assert_eq!(run(dir.path(), &["in.csv", "--to", "jsonl", "-o", "rows", "--quiet"]).0, Some(0));
    assert_eq!(fs::read_to_string(dir.path().join("rows/in.jsonl")).unwrap(), rows.concat());
    // Columns of other names; the id is that of the removals log.
    fs::write(dir.path().join("named.csv"), format!("url,key,body text\nx,k1,\"{PAGE}\"\n")).unwrap();
    let args = ["named.csv", "-o", "named", "--text-field", "body text", "--id-field", "key", "--removals", "r.jsonl"];
    assert_eq!(run(dir.path(), &args).0, Some(0));
    let removal = fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    let removal: serde_json::Value = serde_json::from_str(removal.lines().next().unwrap()).unwrap();
    assert_eq!((&removal["id"], &removal["record"]), (&"k1".into(), &2.into()), "{removal}");
    // For those who measure, too.
    fs::write(dir.path().join("gold.csv"), format!("id,gold\na,\"{CLEAN}\"\n")).unwrap();
    let args = ["eval", "gold.csv", "in.csv", "--json"];
    let done = bodytext(dir.path()).args(args).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        report["inputs"][0]["after"]["word_f1"].as_f64().or(report["documents"].as_f64()),
        Some(1.0),
        "{report}"
    );
}

#[test]
fn malformed_csv_is_listed_and_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let (start, row) = ("id,text\n", |i: u32| format!("{i},\"{PAGE}\"\n"));
    let bad = ["8,x,y\n", "9,\"a\" b\n", "7\n", "10,\"never closed\n11,x\n"];
    let table = [start, &row(1), bad[0], &row(2), bad[1], bad[2], &row(3), bad[3]].concat();
    let clean = |i: u32| format!("{i},\"{CLEAN}\"\n");
    fs::write(dir.path().join("in.csv"), &table).unwrap();
    let (code, said) = run(dir.path(), &["in.csv", "-o", "out.csv", "--quiet"]);
    let out = fs::read_to_string(dir.path().join("out.csv")).unwrap();
    assert_eq!(out, [start, &clean(1), bad[0], &clean(2), bad[1], bad[2], &clean(3), bad[3]].concat());
    let places: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!((code, places), (Some(1), vec!["in.csv:6", "in.csv:11", "in.csv:12", "in.csv:17"]), "{said}");
    for what in ["cells is 3", "closing quotation mark", "cells is 1", "never closed"] {
        assert!(said.contains(what), "{what}: {said}");
    }
    let (code, _) = run(dir.path(), &["in.csv", "-o", "out.csv", "--force", "--quiet", "--quarantine", "bad"]);
    assert_eq!((code, fs::read_to_string(dir.path().join("bad")).unwrap()), (Some(1), bad.concat()));
    let out = fs::read_to_string(dir.path().join("out.csv")).unwrap();
    assert_eq!(out, [start, &clean(1), &clean(2), &clean(3)].concat());
    // A row beyond the limit is listed, and those after it are cleaned.
    let long = format!("5,\"{}\"\n", "x\n".repeat(2 << 20));
    fs::write(dir.path().join("in.csv"), [start, &row(1), &long, &row(2)].concat()).unwrap();
    fs::write(dir.path().join("share.toml"), SHARE).unwrap();
    for (limit, kept) in [("3M", ""), ("4000K", ""), ("5M", &*long)] {
        let args = ["in.csv", "-o", "out.csv", "--force", "--quiet", "--max-record", limit, "--rules", "share.toml"];
        let (code, said) = run(dir.path(), &[&args[..], &["--no-builtin-rules", "--normalize", "none"]].concat());
        let is_listed = said.starts_with("in.csv:6: ") && said.contains("--max-record");
        assert_eq!((code, is_listed), if kept.is_empty() { (Some(1), true) } else { (Some(0), false) }, "{said}");
        let row = |i: u32| row(i).replace("Share this story:\n", "");
        assert!(fs::read_to_string(dir.path().join("out.csv")).unwrap() == [start, &row(1), kept, &row(2)].concat());
    }
}

#[test]
fn csv_that_cannot_be_read_is_refused_with_what_to_type() {
    let dir = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = "\u{feff}id\ttext\n1\tx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, args, why) in [
        (&b"id;body\n1;x\n"[..], &[][..], "name it with --text-field: id, body"),
        (b"id,text\n", &["--url-field", "address"], "name it with --url-field: id, text"),
        (b"text,text\n", &[], "twice"),
        (&utf16, &[], "iconv -f UTF-16"),
        (b"%PDF-1.7\n\x01", &[], "pdftotext"),
    ] {
        fs::write(dir.path().join("in.csv"), bytes).unwrap();
        let (code, said) = run(dir.path(), &[&["in.csv", "-o", "out.csv", "--quiet"], args].concat());
        assert!(code == Some(1) && said.starts_with("in.csv: ") && said.contains(why), "{why}: {said}");
        assert!(!dir.path().join("out.csv").exists(), "{why}");
    }
    fs::write(dir.path().join("in.csv"), b"id,text\n1,caf\xe9\n2,x y\n").unwrap();
    let (code, said) = run(dir.path(), &["in.csv", "-o", "out.csv", "--quiet"]);
    assert!(code == Some(1) && said.starts_with("in.csv:2: byte 6 ") && said.contains("iconv"), "{said}");
    assert_eq!(fs::read(dir.path().join("out.csv")).unwrap(), b"id,text\n1,caf\xe9\n2,x y\n");
    let (code, said) = run(dir.path(), &["in.csv", "--encoding", "windows-1252"]);
    assert!(code == Some(2) && said.contains("UTF-8"), "{said}");
}

/// A web page, and what its text is.
const HTML: &str =
    "<nav><a href=\"/\">Home</a></nav><p>Share this story:</p>\n<p>The ferry was late.</p>\n<p>Nobody knew why.</p>";
const TEXT_OF_HTML: &str = "The ferry was late.\n\nNobody knew why.\n";

#[test]
fn html_in_a_value_is_read_as_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let quoted = HTML.replace('"', "'");
    let json = |text: &str| serde_json::json!({ "text": text }).to_string() + "\n";
    let lines = |page: &str, html: &str| [json("The <b>pier</b>."), json(html), json(page)].concat();
    fs::write(dir.path().join("a.jsonl"), lines(PAGE, HTML)).unwrap();
    let table = |page: &str, html: &str| format!("text\nThe pier.\n\"{html}\"\n\"{page}\"\n");
    fs::write(dir.path().join("b.csv"), table(PAGE, &quoted)).unwrap();
    for (name, out) in [("a.jsonl", lines(CLEAN, TEXT_OF_HTML)), ("b.csv", table(CLEAN, TEXT_OF_HTML))] {
        assert_eq!(run(dir.path(), &[name, "-o", "out", "--force", "--quiet"]), (Some(0), String::new()));
        assert_eq!(fs::read_to_string(dir.path().join("out")).unwrap(), out);
    }
    let text = |i: usize| if i == 5 { HTML.to_owned() } else { format!("Nr. {i} reached the pier.\n{PAGE}") };
    let cleaned =
        |i: usize| if i == 5 { TEXT_OF_HTML.to_owned() } else { format!("Nr. {i} reached the pier.\n\n{CLEAN}") };
    fs::write(dir.path().join("c.parquet"), parquet(40, text)).unwrap();
    assert_eq!(run(dir.path(), &["c.parquet", "-o", "out.parquet", "--quiet"]), (Some(0), String::new()));
    assert!(rows(fs::read(dir.path().join("out.parquet")).unwrap()) == rows(parquet(40, cleaned)));
    // Who says that it is no page gets it as it is, but for what a line of text would lose.
    fs::write(dir.path().join("d.jsonl"), json(HTML)).unwrap();
    assert_eq!(run(dir.path(), &["d.jsonl", "-o", "out.jsonl", "--markup", "none", "--quiet"]).0, Some(0));
    assert!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap().contains("<p>The ferry was late.</p>"));
}

#[test]
fn pages_become_texts() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    // What the head declares, an encoding that is none, and a name without a page in it.
    let page =
        format!("<html><head><meta charset=koi8-r></head><body>{}</body></html>", HTML.replace("ferry", "паром"));
    fs::write(dir.path().join("in/a.html"), encoding_rs::KOI8_R.encode(&page).0).unwrap();
    fs::write(dir.path().join("in/b.HTM.gz"), gzip(page.replace("koi8-r", "nonsense").as_bytes())).unwrap();
    fs::write(dir.path().join("in/c.xhtml"), "The ferry was late.\n").unwrap();
    assert_eq!(run(dir.path(), &["in", "-o", "out", "--quiet"]), (Some(0), String::new()));
    let text = TEXT_OF_HTML.replace("ferry", "паром");
    let mut unpacked = String::new();
    let packed = fs::File::open(dir.path().join("out/b.HTM.txt.gz")).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(packed), &mut unpacked).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("out/a.html.txt")).unwrap(), text);
    assert_eq!(unpacked, text);
    assert_eq!(fs::read_to_string(dir.path().join("out/c.xhtml.txt")).unwrap(), "The ferry was late.\n");
}

/// A record of a WARC file.
fn warc_record(number: usize, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:{number}>\r\nWARC-Target-URI: https://example.org/{number}\r\n\
         Content-Type: application/http; msgtype={kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body, b"\r\n\r\n"].concat()
}

/// What a server answers: a page in one of the ways in which servers send it.
fn http_response(number: usize) -> Vec<u8> {
    let page =
        format!("<html><body><nav>Menu</nav><p>The ferry number {number} was late, café au lait.</p></body></html>");
    let chunked = |body: &[u8]| {
        let chunks = body
            .chunks(50)
            .flat_map(|chunk| [format!("{:X}\r\n", chunk.len()).into_bytes(), chunk.to_vec(), b"\r\n".to_vec()]);
        chunks.chain([b"0\r\n\r\n".to_vec()]).collect::<Vec<_>>().concat()
    };
    let latin = encoding_rs::WINDOWS_1252.encode(&page).0.into_owned();
    let (head, body) = match number % 10 {
        0 => ("Content-Type: text/html", page.into_bytes()),
        1 => ("Content-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked", chunked(page.as_bytes())),
        2 => ("Content-Type: text/html\r\nContent-Encoding: gzip", gzip(page.as_bytes())),
        3 => (
            "Content-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked",
            chunked(&gzip(page.as_bytes())),
        ),
        4 => ("Content-Type: application/xhtml+xml\r\nContent-Encoding: zstd", zstd(page.as_bytes())),
        5 => ("Content-Type: text/html; charset=iso-8859-1", latin),
        // The wrong name, and none.
        6 => ("Content-Type: text/html; charset=utf-8", latin),
        7 => ("Server: none", page.into_bytes()),
        8 => ("Content-Type: text/html\r\nContent-Length: 9", page.into_bytes()),
        _ => ("Content-Type: image/png", vec![0x89, b'P', b'N', b'G']),
    };
    [format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), &body].concat()
}

#[test]
fn each_page_of_an_archive_is_read_once_or_listed() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive: Vec<u8> = Vec::new();
    for number in 0..1_000 {
        archive.extend(gzip(&warc_record(number, "request", b"GET / HTTP/1.1\r\n\r\n")));
        archive.extend(gzip(&warc_record(number, "response", &http_response(number))));
    }
    let broken =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n\xff\xff\xff\xff".as_slice();
    archive.extend(gzip(&warc_record(1_000, "response", broken)));
    archive.extend(gzip(&warc_record(
        1_001,
        "response",
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>No</p>",
    )));
    fs::write(dir.path().join("a.warc.gz"), &archive).unwrap();
    let (code, said) = run(dir.path(), &["a.warc.gz", "-o", "out.jsonl", "--quiet"]);
    assert!(code == Some(1) && said.lines().count() == 1 && said.contains("cannot be unpacked from gzip"), "{said}");
    let out = fs::read_to_string(dir.path().join("out.jsonl")).unwrap();
    let mut lines = out.lines();
    for number in (0..1_000).filter(|number| number % 10 != 9) {
        let record: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(record["url"], format!("https://example.org/{number}"));
        let text = format!("The ferry number {number} was late, café au lait.");
        assert!(record["text"].as_str().unwrap().contains(&text), "{record}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn zeros_behind_gzip_are_padding() {
    let dir = tempfile::tempdir().unwrap();
    let zeros = vec![0; 10_240];
    fs::write(dir.path().join("a.jsonl.gz"), [gzip(records(3).as_bytes()), zeros.clone()].concat()).unwrap();
    fs::write(dir.path().join("b.warc.wet.gz"), [wet(3), zeros.clone(), wet(3), zeros].concat()).unwrap();
    fs::write(dir.path().join("c.jsonl.gz"), [gzip(records(3).as_bytes()), b"this is no gzip".to_vec()].concat())
        .unwrap();
    for (name, count, code) in [("a.jsonl.gz", 3, 0), ("b.warc.wet.gz", 6, 0), ("c.jsonl.gz", 3, 1)] {
        let (found, said) = run(dir.path(), &[name, "-o", "out.jsonl", "--force", "--quiet"]);
        assert_eq!((found, said.contains("damaged")), (Some(code), code == 1), "{name}: {said}");
        assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap().lines().count(), count, "{name}");
    }
}

#[test]
fn json_lines_named_json_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("{}\n{}", serde_json::json!({"text": "x ".repeat(50_000)}), records(2));
    for (name, bytes) in [
        ("a.json", records(3).into_bytes()),
        ("b.json.gz", gzip(records(3).as_bytes())),
        ("c.json.zst", zstd(long.as_bytes())),
    ] {
        fs::write(dir.path().join(name), bytes).unwrap();
        assert_eq!(
            run(dir.path(), &[name, "-o", "out.jsonl", "--force", "--quiet"]),
            (Some(0), String::new()),
            "{name}"
        );
        assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap().matches("Share").count(), 0, "{name}");
    }
    for (text, remedy) in [("{\n  \"text\": \"x\"\n}\n", "jq -c ."), ("[{\"text\": \"x\"}]\n", "jq -c '.[]'")] {
        fs::write(dir.path().join("d.json"), text).unwrap();
        let (code, said) = run(dir.path(), &["d.json", "-o", "no", "--quiet"]);
        assert!(code == Some(1) && said.contains(remedy) && !dir.path().join("no").exists(), "{said}");
    }
}

#[test]
fn inputs_without_texts_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let html = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx";
    let record = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\r\n{html}\r\n\r\n",
        html.len()
    );
    fs::write(dir.path().join("a.warc.gz"), gzip(record.repeat(3).as_bytes())).unwrap();
    let (code, said) = run(dir.path(), &["a.warc.gz", "-o", "out.jsonl", "--quiet"]);
    assert!(code == Some(1) && said.contains("3 records of other kinds") && said.contains(".wet"), "{said}");
    assert!(!dir.path().join("out.jsonl").exists());
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), PAGE).unwrap();
    fs::write(dir.path().join("in/.DS_Store"), b"\0\0\0\x01Bud1").unwrap();
    let (code, said) = run(dir.path(), &["in", "-o", "out", "--quiet", "--include", "*.md"]);
    assert!(code == Some(1) && said.contains("--include *.md"), "{said}");
    assert_eq!(run(dir.path(), &["in", "-o", "out", "--quiet", "--force"]), (Some(0), String::new()));
}

#[test]
fn outputs_go_where_they_are_meant_to() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("in/sub")).unwrap();
    fs::write(dir.path().join("in/sub/a.txt"), PAGE).unwrap();
    for name in ["page.txt", "x.zip", "a.tar.gz", "out.csv"] {
        let (code, said) = run(dir.path(), &["in", "-o", name]);
        let why = if name == "out.csv" { "only CSV files" } else { "name a folder" };
        assert!(code == Some(2) && said.contains(why) && !dir.path().join(name).exists(), "{said}");
    }
    fs::create_dir(dir.path().join("page.txt")).unwrap();
    assert_eq!(run(dir.path(), &["in", "-o", "page.txt", "--quiet"]), (Some(0), String::new()));
    assert_eq!(run(dir.path(), &["in", "-o", "v1.2", "--quiet"]), (Some(0), String::new()));
    #[cfg(unix)]
    {
        fs::create_dir_all(dir.path().join("elsewhere")).unwrap();
        fs::create_dir(dir.path().join("linked")).unwrap();
        std::os::unix::fs::symlink("../elsewhere", dir.path().join("linked/sub")).unwrap();
        let (code, said) = run(dir.path(), &["in", "-o", "linked", "--force"]);
        assert!(code == Some(2) && said.contains("linked/sub is a link that leads out"), "{said}");
        assert!(fs::read_dir(dir.path().join("elsewhere")).unwrap().next().is_none());
        // The folder itself may be a link.
        std::os::unix::fs::symlink("elsewhere", dir.path().join("link")).unwrap();
        assert_eq!(run(dir.path(), &["in", "-o", "link", "--quiet"]), (Some(0), String::new()));
    }
}

#[test]
fn one_odd_record_changes_nothing_for_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let lines =
        "{\"id\":1,\"text\":\"He said &quot;no&quot; on Monday.\"}\n[1]\n{\"id\":2,\"text\":\"It was shut.\"}\n";
    fs::write(dir.path().join("in.json"), lines).unwrap();
    let output = bodytext(dir.path()).args(["in.json", "-q", "--no-builtin-rules"]).output().unwrap();
    let expected = lines.replace("&quot;no&quot;", "\\\"no\\\"");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    // In a table the column of the texts stays one of strings.
    let odd = "{\"id\":3,\"text\":[\"a list\"]}\n{\"id\":4,\"text\":\"lone \\udc00 here\"}\n";
    fs::write(dir.path().join("odd.jsonl"), lines.replace("[1]\n", odd)).unwrap();
    let output =
        bodytext(dir.path()).args(["odd.jsonl", "-o", "odd.parquet", "-q", "--no-builtin-rules"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.starts_with("odd.jsonl:2: its `text` is a list"), "{said}");
    let rows = bodytext(dir.path()).args(["odd.parquet", "--to", "jsonl", "-q"]).output().unwrap().stdout;
    let rows = String::from_utf8(rows).unwrap();
    assert!(rows.contains("He said \\\"no\\\" on Monday.") && rows.contains("lone \u{FFFD} here"), "{rows}");
    // A field that never holds a string is not the text.
    fs::write(dir.path().join("list.jsonl"), "{\"text\":[\"a\"]}\n").unwrap();
    bodytext(dir.path()).args(["list.jsonl", "-q"]).assert().code(1);
}

#[test]
fn a_row_is_too_long_wherever_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    for filler in [0, 30_000, 60_000] {
        for (length, is_kept) in [((2 << 20) - 100, true), ((2 << 20) + 100, false), ((2 << 20) + 40_000, false)] {
            let row = format!("1,{}\n", "x".repeat(length - 3));
            let table = format!("id,text\n{}{row}2,The last.\n", "0,y\n".repeat(filler));
            fs::write(dir.path().join("in.csv"), table).unwrap();
            let args = ["in.csv", "-o", "out.csv", "--force", "--max-record", "1M", "--no-builtin-rules"];
            bodytext(dir.path()).args(args).assert().code(1);
            let out = fs::read_to_string(dir.path().join("out.csv")).unwrap();
            assert_eq!((out.contains(&row), out.ends_with("2,The last.\n")), (is_kept, true), "{filler} {length}");
        }
    }
}

#[test]
fn columns_of_the_same_name_stay_apart_in_json() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in.csv"), "id,text,note,note,\n1,Body,x,y,z\n").unwrap();
    let output = bodytext(dir.path()).args(["in.csv", "--to", "jsonl", "-q"]).output().unwrap();
    let expected = "{\"id\":\"1\",\"text\":\"Body\",\"note\":\"x\",\"note-2\":\"y\",\"column-5\":\"z\"}\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
