//! Tables from records and records from tables, and the fields that a run adds to both: whatever a value is, it comes
//! through.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use serde_json::{Value, json};

use crate::cli::bodytext;
use crate::formats;

const PAGE: &str = "Share this story:\n\nThe ferry was late on Monday, and nobody on the pier knew why.\n";
const CLEAN: &str = "The ferry was late on Monday, and nobody on the pier knew why.\n";
/// Nothing is cleaned, so that only the form changes.
const AS_IT_IS: [&str; 3] = ["--no-builtin-rules", "--normalize", "none"];

/// Runs the program; returns its exit code and what it said.
fn run(dir: &Path, args: &[&str]) -> (i32, String) {
    let done = bodytext(dir).args(args).arg("--quiet").output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
}

fn done(dir: &Path, args: &[&str]) {
    assert_eq!(run(dir, args), (0, String::new()), "{args:?}");
}

fn verify(dir: &Path, args: &[&str]) {
    bodytext(dir).arg("verify").args(args).assert().success();
}

fn values(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names and types of the columns of a table, and the numbers of rows in its groups.
fn columns(path: &Path) -> (Vec<String>, Vec<i64>) {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let columns = schema.columns().iter().map(|c| format!("{} {}", c.path().string(), c.physical_type()));
    (columns.collect(), metadata.row_groups().iter().map(|group| group.num_rows()).collect())
}

#[test]
fn the_clean_text_and_figures_stand_beside_the_raw_text() {
    let dir = tempfile::tempdir().unwrap();
    let raw = serde_json::to_string(PAGE).unwrap();
    let escaped = r#""caf\u00e9 \u0007 on the quay""#;
    let input = format!(
        "\u{feff}{{ \"n\" : 1e400 , \"text\" : {raw}, \"b\":1.0 }}  \r\n{{\"clean\":[1], \"text\":{escaped}}}\n\n[1]\n\
         {{\"id\":1}}\nnot JSON\n{{\"text\":7}}\n{{\"text\":\"\"}}"
    );
    fs::write(dir.path().join("in.jsonl"), &input).unwrap();
    // The line that is not JSON is listed.
    assert_eq!(run(dir.path(), &["in.jsonl", "-o", "out.jsonl", "--text-out", "clean", "--stats", "how"]).0, 1);
    let clean = serde_json::to_string(CLEAN).unwrap();
    let figures = |removed: &str, words: [u32; 2], lines: [u32; 2], unchanged: bool| {
        format!(
            "\"how\":{{\"removed\":{removed},\"words_in\":{},\"words_out\":{},\"lines_in\":{},\"lines_out\":{},\
             \"encoding\":\"UTF-8\",\"kept_whole\":false,\"unchanged\":{unchanged}}}",
            words[0], words[1], lines[0], lines[1]
        )
    };
    let (first, second) = (figures("0.2317", [16, 13], [3, 1], false), figures("0.0556", [4, 4], [1, 1], false));
    let last = figures("0.0", [0, 0], [0, 0], true);
    let expected = format!(
        "\u{feff}{{ \"n\" : 1e400 , \"text\" : {raw}, \"b\":1.0 ,\"clean\":{clean},{first}}}  \r\n\
         {{\"clean\":\"caf\\u00e9  on the quay\", \"text\":{escaped},{second}}}\n\n[1]\n\
         {{\"id\":1}}\nnot JSON\n{{\"text\":7}}\n{{\"text\":\"\",\"clean\":\"\",{last}}}"
    );
    assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap(), expected);
    // Texts that become records have them too.
    fs::write(dir.path().join("page.txt"), b"Caf\xe9 au port, l'\xe9t\xe9 fut tr\xe8s long.\n").unwrap();
    done(dir.path(), &["page.txt", "-o", "page.jsonl", "--text-out", "clean", "--stats", "how"]);
    let page = &values(&fs::read_to_string(dir.path().join("page.jsonl")).unwrap())[0];
    assert_eq!((&page["text"], &page["how"]["encoding"]), (&page["clean"], &json!("windows-1252")));
    for (args, why) in [
        (&["page.txt", "--text-out", "clean"][..], "add --to jsonl"),
        (&["in.jsonl", "--to", "text", "--stats", "how"], "add --to jsonl"),
        (&["in.jsonl", "--text-out", "text"], "the field of --text-field"),
        (&["in.jsonl", "--text-out", "x", "--stats", "x"], "the field of --text-out"),
        (&["in.jsonl", "--text-field", "a.b", "--text-out", "a"], "the field of --text-field"),
        (&["in.jsonl", "--text-out", "a.b"], r"write a dot in it as \."),
        (&["in.jsonl", "--text-out", "a", "--text-field", "[0]"], "a record that is a list"),
    ] {
        let (code, said) = run(dir.path(), args);
        assert!(code == 2 && said.contains(why), "{args:?}: {said}");
    }
}

#[test]
fn a_table_gets_columns_for_the_clean_text_and_the_figures() {
    let dir = tempfile::tempdir().unwrap();
    let text = |i: usize| format!("Nr. {i} reached the pier.\n{PAGE}");
    fs::write(dir.path().join("in.parquet"), formats::parquet(400, text)).unwrap();
    let added = ["--text-out", "clean", "--stats", "how"];
    for more in [&[][..], &["--min-words", "1"]] {
        let args = [&["in.parquet", "-o", "out.parquet", "--force", "--manifest", "m"][..], &added, more].concat();
        done(dir.path(), &args);
        let (names, groups) = columns(&dir.path().join("out.parquet"));
        assert_eq!(names[3..], ["clean BYTE_ARRAY", "how BYTE_ARRAY"]);
        assert_eq!(groups, [200, 200]);
        verify(dir.path(), &["out.parquet", "--manifest", "m"]);
        done(dir.path(), &["out.parquet", "-o", "out.jsonl", "--force", AS_IT_IS[0], AS_IT_IS[1], AS_IT_IS[2]]);
        let rows = values(&fs::read_to_string(dir.path().join("out.jsonl")).unwrap());
        assert_eq!(rows.len(), 400);
        for (i, row) in rows.iter().enumerate() {
            let missing = i % 10 == 3;
            assert_eq!(row["id"], i);
            assert_eq!(row["tags"], json!([format!("tag {i}"), null]));
            assert_eq!(row["text"], if missing { Value::Null } else { text(i).into() });
            let clean = format!("Nr. {i} reached the pier.\n\n{CLEAN}");
            assert_eq!(row["clean"], if missing { Value::Null } else { clean.into() });
            let figures = row["how"].as_str().map(|how| serde_json::from_str::<Value>(how).unwrap());
            assert_eq!(figures.map(|how| how["lines_out"].clone()), (!missing).then_some(json!(3)));
        }
    }
    // A column of strings is replaced, another one is not.
    done(dir.path(), &["out.parquet", "-o", "again.parquet", "--text-out", "how", "--force"]);
    assert_eq!(columns(&dir.path().join("again.parquet")).0.len(), 5);
    for name in ["id", "tags"] {
        let args = ["in.parquet", "-o", "x.parquet", "--id-field", "text", "--stats", name];
        let (code, said) = run(dir.path(), &args);
        assert!(code == 1 && said.contains("name another one with --stats"), "{said}");
        assert!(!dir.path().join("x.parquet").exists());
    }
}

const ARTICLE: &str = "Storm closes the harbour\nBy Jane Roe\n12 March 2026\nShare this story:\nThe port was shut again on \
    Monday after waves of six metres broke over the wall.\nTwo ferries wait in the bay, and the island has bread.\n\
    Tags: harbour, «storm»\nLeave a Reply\n";

#[test]
fn what_a_page_says_about_its_article_stands_beside_the_text() {
    let dir = tempfile::tempdir().unwrap();
    let records =
        [json!({"headline": 1, "text": ARTICLE, "byline": [2]}), json!({"text": "One line."}), json!({"text": null})];
    let records: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(dir.path().join("in.jsonl"), &records).unwrap();
    let fields = ["--fields", "headline,byline,dateline,tags,byline"];
    done(dir.path(), &[&["in.jsonl", "-o", "out.jsonl"][..], &fields].concat());
    let rows = values(&fs::read_to_string(dir.path().join("out.jsonl")).unwrap());
    assert_eq!(rows[0]["headline"], "Storm closes the harbour");
    assert_eq!((&rows[0]["byline"], &rows[0]["dateline"]), (&json!("By Jane Roe"), &json!("12 March 2026")));
    assert_eq!(rows[0]["tags"], json!(["Tags: harbour, «storm»"]));
    assert_eq!(rows[0].as_object().unwrap().len(), 5);
    assert_eq!(rows[1]["headline"], Value::Null);
    assert_eq!((rows[1].as_object().unwrap().len(), &rows[1]["tags"]), (5, &json!([])));
    assert_eq!(rows[2], json!({"text": null}));
    // In a table they are strings, and the tags their JSON.
    fs::write(dir.path().join("in.parquet"), formats::parquet(20, |_| ARTICLE.to_owned())).unwrap();
    let fields = ["--fields", "headline,dateline"];
    done(dir.path(), &[&["in.parquet", "-o", "out.parquet"][..], &fields].concat());
    done(dir.path(), &[&["out.parquet", "-o", "table.jsonl"][..], &AS_IT_IS].concat());
    let rows = values(&fs::read_to_string(dir.path().join("table.jsonl")).unwrap());
    assert_eq!(
        (&rows[0]["headline"], &rows[0]["dateline"]),
        (&json!("Storm closes the harbour"), &json!("12 March 2026"))
    );
    assert_eq!((&rows[3]["text"], &rows[3]["headline"]), (&Value::Null, &Value::Null));
    let (code, said) = run(dir.path(), &["in.parquet", "-o", "x.parquet", "--fields", "tags"]);
    assert!(code == 1 && said.contains("leave it out of --fields"), "{said}");
    done(dir.path(), &["in.jsonl", "-o", "made.parquet", "--fields", "tags"]);
    done(dir.path(), &[&["made.parquet", "-o", "made.jsonl"][..], &AS_IT_IS].concat());
    let rows = values(&fs::read_to_string(dir.path().join("made.jsonl")).unwrap());
    let tags: Value = serde_json::from_str(rows[0]["tags"].as_str().unwrap()).unwrap();
    assert_eq!(tags, json!(["Tags: harbour, «storm»"]));
    for (args, why) in [
        (&["in.jsonl", "--fields", "headline,headlin"][..], "'headlin' is not one of headline, standfirst"),
        (&["in.jsonl", "--to", "text", "--fields", "tags"], "add --to jsonl"),
        (&["in.jsonl", "--title-field", "headline", "--fields", "headline"], "leave it out of --fields"),
        (&["in.jsonl", "--stats", "tags", "--fields", "tags"], "the field of --stats; leave it out of --fields"),
        (&["in.jsonl", "--text-out", "title"], "the field of --title-field"),
    ] {
        let (code, said) = run(dir.path(), args);
        assert!(code == 2 && said.contains(why), "{args:?}: {said}");
    }
}

/// A page on which the headline could be any of some labels.
const LABELS: &str = "Home\nNews\nFish market\nMost read\nThe wall\nNight boats\nBy Jane Roe\nShare this story:\n";

#[test]
fn titles_of_records_tell_the_headline_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let paragraph = "The port was shut again on Monday after waves of six metres broke over the wall of the harbour.\n";
    let text = format!("{LABELS}{paragraph}{paragraph}{paragraph}Leave a Reply\n");
    let record = |field: &str| format!("{}\n", json!({"id": 1, "text": text, field: "Most read | The Post"}));
    fs::write(dir.path().join("title.jsonl"), record("title")).unwrap();
    fs::write(dir.path().join("name.jsonl"), record("name")).unwrap();
    done(dir.path(), &[&["title.jsonl", "-o", "title.parquet"][..], &AS_IT_IS].concat());
    let quoted = text.replace('"', "\"\"");
    fs::write(dir.path().join("title.csv"), format!("title,text\nMost read | The Post,\"{quoted}\"\n")).unwrap();
    fs::write(dir.path().join("twice.csv"), format!("title,title,text\nMost read,Most read,\"{quoted}\"\n")).unwrap();
    for (args, expected) in [
        (&["title.jsonl"][..], true),
        (&["title.csv", "--to", "jsonl"], true),
        (&["title.parquet", "--to", "jsonl"], true),
        (&["title.jsonl", "--title-field", "other"], false),
        (&["name.jsonl"], false),
        (&["name.jsonl", "--title-field", "name"], true),
        (&["twice.csv", "--to", "jsonl"], false),
    ] {
        let output = bodytext(dir.path()).args(args).args(["--fields", "headline", "-q"]).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let row = &values(&String::from_utf8(output.stdout).unwrap())[0];
        assert_eq!(row["headline"] == "Most read", expected, "{args:?}: {row}");
        assert_eq!(row["text"].as_str().unwrap().contains("Most read"), expected, "{args:?}");
    }
    let (code, said) = run(dir.path(), &["title.csv", "--title-field", "other"]);
    assert!(code == 1 && said.contains("name it with --title-field"), "{said}");
}

/// Writes the next column of a row group.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    definitions: &[i16],
    repetitions: &[i16],
) {
    let mut column = group.next_column().unwrap().unwrap();
    let definitions = (!definitions.is_empty()).then_some(definitions);
    let repetitions = (!repetitions.is_empty()).then_some(repetitions);
    column.typed::<T>().write_batch(values, definitions, repetitions).unwrap();
    column.close().unwrap();
}

/// A table of three rows with values of all types.
fn all_types() -> Vec<u8> {
    let schema = "message schema {
        required boolean flag;
        optional int32 small (integer(8, true));
        required int32 u32 (integer(32, false));
        required int64 u64 (integer(64, false));
        required float f;
        required double d;
        required int32 money (decimal(9, 2));
        required fixed_len_byte_array(17) huge (decimal(39, 39));
        required int32 day (date);
        required int64 at (timestamp(micros, true));
        required int64 local (timestamp(nanos, false));
        required int32 time (time(millis, false));
        required int96 old;
        required binary raw;
        optional binary text (string);
        required fixed_len_byte_array(16) name (uuid);
        optional group tags (list) { repeated group list { optional binary element (string); } }
        optional group meta { required int32 a; optional binary b (string); }
        optional group pairs (map) { repeated group key_value { required int32 key; optional int64 value; } }
        optional group deep (list) { repeated group list { optional group element {
            optional group xs (list) { repeated group list { required int32 element; } } } } }
        optional group older (list) { repeated int32 array; }
        repeated group bare { required int32 x; required int32 y; }
    }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let g = &mut group;
    let texts = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect::<Vec<_>>();
    let fixed = |bytes: &[u8]| FixedLenByteArray::from(bytes.to_vec());
    let old = |nanos: u32, day: u32| {
        let mut old = Int96::new();
        old.set_data(nanos, 0, day);
        old
    };
    column::<BoolType>(g, &[true, false, true], &[], &[]);
    column::<Int32Type>(g, &[-128, 127], &[1, 0, 1], &[]);
    column::<Int32Type>(g, &[-1, 0, 1], &[], &[]);
    column::<Int64Type>(g, &[-1, i64::MIN, 1], &[], &[]);
    column::<FloatType>(g, &[0.1, f32::NAN, -0.0], &[], &[]);
    column::<DoubleType>(g, &[0.1, f64::NEG_INFINITY, 1e300], &[], &[]);
    column::<Int32Type>(g, &[1230, -5, 0], &[], &[]);
    column::<FixedLenByteArrayType>(g, &[fixed(&[0xFF; 17]), fixed(&[0; 17]), fixed(&[0x01; 17])], &[], &[]);
    column::<Int32Type>(g, &[0, 20_759, i32::MIN], &[], &[]);
    column::<Int64Type>(g, &[0, 1_793_613_600_123_456, i64::MAX], &[], &[]);
    column::<Int64Type>(g, &[-1, 1_793_613_600_123_456_789, 0], &[], &[]);
    column::<Int32Type>(g, &[0, 86_399_999, -1], &[], &[]);
    column::<Int96Type>(g, &[old(7, 2_440_588), old(0, 0), old(0, 2_461_347)], &[], &[]);
    column::<ByteArrayType>(g, &[ByteArray::from("ä"), ByteArray::from(vec![0xFF, 0]), ByteArray::from("")], &[], &[]);
    column::<ByteArrayType>(g, &texts(&["nul \0, quote \" and \u{1F600}\n", ""]), &[1, 0, 1], &[]);
    column::<FixedLenByteArrayType>(g, &[fixed(&[0x12; 16]), fixed(&[0; 16]), fixed(&[0xFF; 16])], &[], &[]);
    // Lists: two elements of which one is null; an empty one; none.
    column::<ByteArrayType>(g, &texts(&["a"]), &[3, 2, 1, 0], &[0, 1, 0, 0]);
    column::<Int32Type>(g, &[1, 3], &[1, 0, 1], &[]);
    column::<ByteArrayType>(g, &texts(&["b"]), &[2, 0, 1], &[]);
    column::<Int32Type>(g, &[1, 2], &[2, 2, 1, 0], &[0, 1, 0, 0]);
    column::<Int64Type>(g, &[10], &[3, 2, 1, 0], &[0, 1, 0, 0]);
    column::<Int32Type>(g, &[1, 2, 3], &[5, 5, 2, 4, 5, 3, 0], &[0, 2, 1, 1, 0, 1, 0]);
    column::<Int32Type>(g, &[1, 2], &[2, 2, 1, 0], &[0, 1, 0, 0]);
    column::<Int32Type>(g, &[1, 2, 3], &[1, 1, 0, 1], &[0, 1, 0, 0]);
    column::<Int32Type>(g, &[4, 5, 6], &[1, 1, 0, 1], &[0, 1, 0, 0]);
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn every_type_of_a_table_has_its_json() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in.parquet"), all_types()).unwrap();
    done(dir.path(), &[&["in.parquet", "-o", "out.jsonl"][..], &AS_IT_IS].concat());
    let expected = [
        concat!(
            r#"{"flag":true,"small":-128,"u32":4294967295,"u64":18446744073709551615,"f":0.1,"d":0.1,"money":12.30,"#,
            r#""huge":-0.000000000000000000000000000000000000001,"day":"1970-01-01","at":"1970-01-01T00:00:00.000000Z","#,
            r#""local":"1969-12-31T23:59:59.999999999","time":"00:00:00.000","old":"1970-01-01T00:00:00.000000007","#,
            r#""raw":"ä","text":"nul \u0000, quote \" and 😀\n","name":"12121212-1212-1212-1212-121212121212","#,
            r#""tags":["a",null],"meta":{"a":1,"b":"b"},"pairs":{"1":10,"2":null},"#,
            r#""deep":[{"xs":[1,2]},null,{"xs":[]}],"older":[1,2],"bare":[{"x":1,"y":4},{"x":2,"y":5}]}"#,
        ),
        concat!(
            r#"{"flag":false,"small":null,"u32":0,"u64":9223372036854775808,"f":null,"d":null,"money":-0.05,"#,
            r#""huge":0.000000000000000000000000000000000000000,"day":"2026-11-02","at":"2026-11-02T10:00:00.123456Z","#,
            r#""local":"2026-11-02T10:00:00.123456789","time":"23:59:59.999","old":"-4713-11-24T00:00:00.000000000","#,
            r#""raw":{"hex":"ff00"},"text":null,"name":"00000000-0000-0000-0000-000000000000","#,
            r#""tags":[],"meta":null,"pairs":{},"deep":[{"xs":[3]},{"xs":null}],"older":[],"bare":[]}"#,
        ),
        concat!(
            r#"{"flag":true,"small":127,"u32":1,"u64":1,"f":-0.0,"d":1e+300,"money":0.00,"#,
            r#""huge":0.341616807575530379006368233343265341697,"day":-2147483648,"at":9223372036854775807,"#,
            r#""local":"1970-01-01T00:00:00.000000000","time":-1,"old":"2026-11-02T00:00:00.000000000","#,
            r#""raw":"","text":"","name":"ffffffff-ffff-ffff-ffff-ffffffffffff","#,
            r#""tags":null,"meta":{"a":3,"b":null},"pairs":null,"deep":null,"older":null,"bare":[{"x":3,"y":6}]}"#,
        ),
    ];
    let out = fs::read_to_string(dir.path().join("out.jsonl")).unwrap();
    for (line, expected) in out.lines().zip(expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(out.lines().count(), 3);
    // The same as texts, and a column that is not there.
    done(dir.path(), &["in.parquet", "--to", "text", "-o", "texts", "--id-field", "name"]);
    assert!(dir.path().join("texts/12121212-1212-1212-1212-121212121212.txt").exists());
    let (code, said) = run(dir.path(), &["in.parquet", "--to", "jsonl", "--text-field", "body"]);
    assert!(code == 1 && said.contains("no record has the field `body`"), "{said}");
}

#[test]
fn rows_are_cleaned_like_records() {
    let dir = tempfile::tempdir().unwrap();
    let text = |i: usize| format!("Nr. {i} reached the pier.\n{PAGE}");
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.parquet"), formats::parquet(1000, text)).unwrap();
    let mut outputs = Vec::new();
    for threads in ["1", "4"] {
        done(dir.path(), &["in", "-o", "out/", "--to", "jsonl", "--force", "--threads", threads]);
        outputs.push(fs::read(dir.path().join("out/a.jsonl")).unwrap());
    }
    assert!(outputs[0] == outputs[1]);
    let rows = values(std::str::from_utf8(&outputs[0]).unwrap());
    assert_eq!((rows.len(), &rows[3]["text"]), (1000, &Value::Null));
    assert_eq!(rows[999]["text"], format!("Nr. 999 reached the pier.\n\n{CLEAN}"));
    verify(dir.path(), &["out"]);
    // Of a damaged file the rows before the damage come out.
    let whole = formats::parquet(1000, text);
    for place in 0..8 {
        let mut damaged = whole.clone();
        let at = damaged.len() * place / 8;
        damaged[at] ^= 1 << (place % 8);
        fs::write(dir.path().join("in/a.parquet"), &damaged).unwrap();
        let (code, said) = run(dir.path(), &["in", "-o", "out/", "--to", "jsonl", "--force"]);
        assert!(code == 0 || (code == 1 && said.starts_with("in/a.parquet: ")), "{place}: {said}");
        fs::write(dir.path().join("in/a.parquet"), &whole[..at]).unwrap();
        let (code, said) = run(dir.path(), &["in", "-o", "out/", "--to", "jsonl", "--force"]);
        assert!(code == 1 && said.starts_with("in/a.parquet: "), "{place}: {said}");
    }
}

#[test]
fn records_become_a_table_and_records_again() {
    let dir = tempfile::tempdir().unwrap();
    let lines = concat!(
        "\u{feff}{\"id\":1,\"text\":\"a \\u0000 \\ud83d\\ude00\",\"score\":1,\"ok\":true,\"tags\":[1, \"x\"],\"n\":null}\n",
        "\n",
        "{\"text\":null,\"score\":2.5,\"ok\":null,\"big\":123456789012345678901234567890,\"mixed\":\"s\",\"exact\":9007199254740993}\r\n",
        "{\"id\":-9223372036854775808,\"text\":\"b\",\"big\":1,\"mixed\":7,\"exact\":0.5,\"lone\":\"\\ud83d\",\"\\u00e9\":\"x\"}\n",
        "{\"id\":3,\"over\":1e400}",
    );
    fs::write(dir.path().join("in.jsonl"), lines).unwrap();
    for threads in ["1", "4"] {
        let args = ["in.jsonl", "-o", "out.parquet", "--force", "--threads", threads, "--manifest", "m"];
        done(dir.path(), &[&args[..], &AS_IT_IS].concat());
    }
    verify(dir.path(), &["out.parquet", "--manifest", "m"]);
    let expected = [
        "id INT64",
        "text BYTE_ARRAY",
        "score DOUBLE",
        "ok BOOLEAN",
        "tags BYTE_ARRAY",
        "n BYTE_ARRAY",
        "big BYTE_ARRAY",
        "mixed BYTE_ARRAY",
        "exact BYTE_ARRAY",
        "lone BYTE_ARRAY",
        "é BYTE_ARRAY",
        "over BYTE_ARRAY",
    ];
    assert_eq!(columns(&dir.path().join("out.parquet")), (expected.map(str::to_owned).to_vec(), vec![4]));
    done(dir.path(), &[&["out.parquet", "-o", "back.jsonl"][..], &AS_IT_IS].concat());
    let back = values(&fs::read_to_string(dir.path().join("back.jsonl")).unwrap());
    let rows = [
        json!({"id": 1, "text": "a \0 \u{1F600}", "score": 1.0, "ok": true, "tags": "[1, \"x\"]"}),
        json!({"score": 2.5, "big": "123456789012345678901234567890", "mixed": "s", "exact": "9007199254740993"}),
        json!({"id": i64::MIN, "text": "b", "big": "1", "mixed": "7", "exact": "0.5", "lone": "\u{FFFD}", "é": "x"}),
        json!({"id": 3, "over": "1e400"}),
    ];
    assert_eq!(back.len(), 4);
    for (back, row) in back.iter().zip(rows) {
        let back = back.as_object().unwrap();
        assert_eq!(back.len(), 12);
        assert_eq!(Value::Object(back.clone().into_iter().filter(|(_, value)| !value.is_null()).collect()), row);
    }
    // What is no row is listed, and kept where there is a quarantine.
    let wrong = "[1]\n{\"id\":1,\"id\":2,\"text\":\"x\"}\nnot JSON\n";
    fs::write(dir.path().join("in.jsonl"), format!("{wrong}{{\"id\":1,\"text\":\"y\"}}\n")).unwrap();
    let (code, said) = run(dir.path(), &["in.jsonl", "-o", "out.parquet", "--force"]);
    assert!(
        code == 1 && said.lines().count() == 3 && said.contains("in.jsonl:2: it has the field `id` twice"),
        "{said}"
    );
    let (code, _) = run(dir.path(), &["in.jsonl", "-o", "out.parquet", "--force", "--quarantine", "q"]);
    assert_eq!((code, columns(&dir.path().join("out.parquet")).1), (1, vec![1]));
    let mut kept: Vec<String> = fs::read_to_string(dir.path().join("q")).unwrap().lines().map(str::to_owned).collect();
    kept.sort();
    assert_eq!(kept, ["[1]", "not JSON", "{\"id\":1,\"id\":2,\"text\":\"x\"}"]);
}

#[test]
fn records_that_do_not_fit_the_columns_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let pad = "p".repeat(1 << 20);
    let mut lines: String =
        (0..66).map(|i| format!("{{\"id\":{i},\"text\":\"A text.\",\"pad\":\"{pad}\"}}\n")).collect();
    let wrong = ["{\"id\":66,\"text\":\"New.\",\"new\":1}\n", "{\"id\":\"x\",\"text\":\"No number.\"}\n"];
    lines.push_str(&wrong.concat());
    lines.push_str("{\"id\":68}\n");
    fs::write(dir.path().join("in.jsonl"), &lines).unwrap();
    let args = [&["in.jsonl", "-o", "out.parquet", "--force"][..], &AS_IT_IS].concat();
    let (code, said) = run(dir.path(), &args);
    let [new, number] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert!(new.starts_with("in.jsonl:67: its field `new` is new") && new.contains("-o NAME.jsonl"), "{new}");
    assert!(number.starts_with("in.jsonl:68: its `id` is a string, and the column holds whole numbers"), "{number}");
    assert_eq!(code, 1);
    let bytes = fs::read(dir.path().join("out.parquet")).unwrap();
    assert_eq!(columns(&dir.path().join("out.parquet")).1, [64, 3]);
    // The same with any number of threads, and what does not fit is kept.
    let more = ["--threads", "4", "--quarantine", "q", "--manifest", "m"];
    assert_eq!(run(dir.path(), &[&args[..], &more].concat()).0, 1);
    assert!(fs::read(dir.path().join("out.parquet")).unwrap() == bytes);
    assert_eq!(fs::read_to_string(dir.path().join("q")).unwrap(), wrong.concat());
    let manifest: Value = serde_json::from_slice(&fs::read(dir.path().join("m")).unwrap()).unwrap();
    assert_eq!(
        (&manifest["records"]["read"], &manifest["records"]["written"], &manifest["records"]["quarantined"]),
        (&json!(69), &json!(67), &json!(2))
    );
    verify(dir.path(), &["out.parquet", "--manifest", "m"]);
}

#[test]
fn texts_and_archives_become_tables() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), PAGE).unwrap();
    fs::write(dir.path().join("in/b.txt"), "").unwrap();
    done(dir.path(), &["in", "-o", "pages.parquet"]);
    assert_eq!(columns(&dir.path().join("pages.parquet")).0, ["id BYTE_ARRAY", "text BYTE_ARRAY"]);
    done(dir.path(), &[&["pages.parquet", "-o", "pages.jsonl"][..], &AS_IT_IS].concat());
    let pages = values(&fs::read_to_string(dir.path().join("pages.jsonl")).unwrap());
    assert_eq!(pages, [json!({"id": "a.txt", "text": CLEAN}), json!({"id": "b.txt", "text": ""})]);
    fs::write(dir.path().join("crawl.warc.wet.gz"), formats::wet(30)).unwrap();
    done(dir.path(), &["crawl.warc.wet.gz", "-o", "crawl.parquet"]);
    let (names, rows) = columns(&dir.path().join("crawl.parquet"));
    assert_eq!((names.join(" ").replace(" BYTE_ARRAY", ""), rows), ("id url date text".to_owned(), vec![30]));
    // A folder of records is mirrored; two streams of records may become one table.
    fs::create_dir(dir.path().join("records")).unwrap();
    fs::write(dir.path().join("records/a.jsonl"), "{\"text\":\"x\"}\n").unwrap();
    fs::write(dir.path().join("records/b.jsonl"), "{\"text\":\"y\",\"n\":1}").unwrap();
    fs::write(dir.path().join("records/empty.jsonl"), "").unwrap();
    done(dir.path(), &["records", "-o", "tables/", "--to", "parquet"]);
    assert_eq!(columns(&dir.path().join("tables/b.parquet")).0, ["text BYTE_ARRAY", "n INT64"]);
    assert_eq!(columns(&dir.path().join("tables/empty.parquet")), (vec!["text BYTE_ARRAY".to_owned()], vec![]));
    verify(dir.path(), &["tables"]);
    assert_eq!(run(dir.path(), &["records", "-o", "tables/", "--to", "parquet", "--resume"]).0, 0);
    done(dir.path(), &["records", "-o", "all.parquet"]);
    assert_eq!(columns(&dir.path().join("all.parquet")).1, [2]);
    for (args, why) in [
        (&["records", "-o", "all.parquet", "--resume", "--force"][..], "do it again with --force"),
        (&["records/a.jsonl", "--to", "parquet"], "add -o FILE"),
        (&["records/a.jsonl", "--to", "parquet", "-o", "x.jsonl"], "leave out --to"),
        (&["records/a.jsonl", "--to", "jsonl", "-o", "x.parquet"], "leave out --to"),
        (&["records/a.jsonl", "-o", "x.parquet.gz"], "leave out the last extension"),
        (&["in", "-o", "x/", "--to", "parquet"], "write -o x/all.parquet"),
        (&["tables", "-o", "x.parquet"], "name a folder"),
    ] {
        let (code, said) = run(dir.path(), args);
        assert!(code == 2 && said.contains(why), "{args:?}: {said}");
    }
    assert_eq!(run(dir.path(), &["records/a.jsonl", "-o", "x.parquet", "--dry-run"]), (0, String::new()));
    assert!(!dir.path().join("x.parquet").exists());
}

#[test]
fn numbers_keep_their_digits() {
    let dir = tempfile::tempdir().unwrap();
    let line =
        "{\"text\":\"a\",\"p\":12345678901234567.89,\"q\":0.1234567890123456,\"r\":-0,\"s\":1.50e3,\"t\":0.00}\n";
    fs::write(dir.path().join("in.jsonl"), line).unwrap();
    done(dir.path(), &["in.jsonl", "-o", "t.parquet"]);
    done(dir.path(), &["t.parquet", "-o", "out.jsonl"]);
    let rows = values(&fs::read_to_string(dir.path().join("out.jsonl")).unwrap());
    let expected =
        json!({"text": "a", "p": "12345678901234567.89", "q": 0.1234567890123456, "r": -0.0, "s": 1500.0, "t": 0.0});
    assert_eq!(rows[0], expected);
}

#[test]
fn the_rows_before_damage_come_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut table = formats::parquet(1300, |i| format!("Nr. {i} reached the pier at {} o'clock.\n", i * 7919 % 1009));
    let at = table.len() * 3 / 5;
    table[at..at + 40].fill(0x55);
    fs::write(dir.path().join("t.parquet"), &table).unwrap();
    let (code, said) = run(dir.path(), &["t.parquet", "--to", "jsonl", "-o", "out.jsonl"]);
    let rows = fs::read_to_string(dir.path().join("out.jsonl")).unwrap_or_default();
    assert!(code == 1 && said.contains("before it were read") && rows.lines().count() > 100, "{code} {said}");
}
