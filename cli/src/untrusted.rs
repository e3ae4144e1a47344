//! What must hold for bytes that nobody vouches for, at each place where the command line reads them. `fuzz/` looks for
//! bytes for which it does not; those it found, and the seeds it began with, are tried here.
//! It exists in tests and under fuzzing only, and is public for the latter. What the library reads has its own such properties, in
//! `tests/it/untrusted.rs`.

#![allow(unreachable_pub, reason = "fuzzing reaches it from another crate")]

use std::io::{self, Read, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bodytext::Selection;
use bodytext::{Cleaner, Options, Pack, RuleSet};

use crate::documents::{Done, Fields, Job};
use crate::filters::Filters;
use crate::guard::guarded;
use crate::json::field::Field;
use crate::json::string;
use crate::limits::Limits;
use crate::packing::{self, Packing};
use crate::plan::Format;
use crate::records::{self, Value};
use crate::source::jsonl::{Batches, Piece};
use crate::source::warc;

/// A few rules, so that lines go and parts of lines are cut, and little time is spent on that.
const RULES: &str = r#"
schema = 1
name = "few"

[[rule]]
id = "few.share"
kind = "line"
class = "share"
why = "Lines that go."
phrases = ["share this story", "x"]
matches = ["Share this story:"]
near_misses = ["Share this story with everybody."]

[[rule]]
id = "few.tab"
kind = "span"
class = "technical"
why = "Parts of lines that go."
phrases = ["(opens in new tab)"]
at = "anywhere"
matches = ["The report (opens in new tab) was long."]
near_misses = ["It opens in new tabs."]
"#;

static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| {
    let pack = Pack::parse("few.toml", RULES).expect("the rules are right");
    let rules = RuleSet::new(vec![pack], &Selection::default()).expect("the rules are right");
    Cleaner::new(rules, None, Options::default())
});

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let field = |path: &str| Field::parse(path).expect("the field is right");
    Fields { text: field("text"), id: field("id"), url: field("url") }
});

const LIMITS: Limits = Limits { unpacked: 1 << 20, record: 1 << 16, ..Limits::DEFAULT };

fn job() -> Job<'static> {
    Job {
        cleaner: &CLEANER,
        fields: &FIELDS,
        encoding: None,
        quarantine: false,
        limits: LIMITS,
        filters: Filters::default(),
        trace: None,
    }
}

/// Lines of records come out as many as they were. All bytes but those of a text are the same, and the text is the
/// cleaned one. A reader hands on every byte but the end of lines that are too long.
pub fn jsonl(bytes: &[u8]) {
    let done = job().records(&Piece { bytes, first_line: 1, cut: false }, "in.jsonl", Format::Jsonl);
    assert!(done.tally.records.add_up() && done.tally.records.read == done.tally.records.written);
    let (before, after) = (lines(bytes), lines(&done.bytes));
    assert_eq!(before.len(), after.len());
    for (number, (before, after)) in before.into_iter().zip(after).enumerate() {
        if before == after {
            continue;
        }
        let bom = if number == 0 && before.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let both = (parts(before, bom), parts(after, bom));
        let (Some((start, raw, end)), Some((new_start, new_raw, new_end))) = both else {
            panic!("{:?} became {:?}", String::from_utf8_lossy(before), String::from_utf8_lossy(after));
        };
        assert_eq!((start, end), (new_start, new_end));
        let (text, new) = (string::decode(raw), string::decode(new_raw));
        if text.surrogates == 0 {
            assert_eq!(new.text, CLEANER.clean_text(&text.text, None).text());
        }
    }
    let mut batches = Batches::new(Trickle(bytes), 256, 1000);
    let mut left = bytes;
    while let Some(batch) = batches.next().expect("nothing stands in the way of reading") {
        for piece in batch.pieces(3) {
            for (number, line) in lines(piece.bytes).into_iter().enumerate() {
                let (whole, after) =
                    left.split_at(left.iter().position(|b| *b == b'\n').map_or(left.len(), |at| at + 1));
                let kept = line.strip_suffix(b"\n").unwrap_or(line);
                let cut = piece.cut && number == 0;
                assert!(if cut { kept.len() == 1000 && whole.starts_with(kept) } else { whole == line });
                left = after;
            }
        }
    }
    assert!(left.is_empty() && batches.offset() == bytes.len() as u64);
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// What stands before the text of a record, the text as it is written, and what stands behind it.
fn parts(line: &[u8], bom: usize) -> Option<(&[u8], &str, &[u8])> {
    match records::read(&FIELDS, &line[bom..], LIMITS.depth).ok()?.text {
        Value::String(raw, span) => Some((&line[..bom + span.start], raw, &line[bom + span.end..])),
        _ => None,
    }
}

/// An archive gives JSON lines, the same in whatever portions it is read.
pub fn warc(bytes: &[u8]) {
    let read = |reader: &mut dyn Read| {
        let notes = Arc::new(Mutex::new(warc::Notes::default()));
        let mut lines = Vec::new();
        let end = warc::Lines::new(reader, &LIMITS, Arc::clone(&notes)).read_to_end(&mut lines);
        let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        (lines, notes.other, notes.html, notes.broken, notes.faults.clone(), end.err().map(|error| error.to_string()))
    };
    let whole = read(&mut &*bytes);
    assert_eq!(whole, read(&mut Trickle(bytes)));
    for line in whole.0.split_inclusive(|byte| *byte == b'\n') {
        let record: serde_json::Value = serde_json::from_slice(line).expect("a JSON line");
        assert!(record["text"].is_string());
    }
}

/// Whatever looks packed is unpacked within the limits, the same in whatever portions it is read, and what came out can
/// be packed again.
pub fn unpack(bytes: &[u8]) {
    let (plain, error) = packing::unpack_all(bytes, &LIMITS);
    assert!(plain.len() as u64 <= LIMITS.record as u64 + 1);
    let mut trickled = Vec::new();
    let end = packing::unpacked(Trickle(bytes), &LIMITS)
        .and_then(|reader| reader.take(LIMITS.record as u64 + 1).read_to_end(&mut trickled));
    // How much comes out before damage is noticed depends on the portions.
    let (short, long) = if plain.len() < trickled.len() { (&plain, &trickled) } else { (&trickled, &plain) };
    assert!(long.starts_with(short) && (short.len() == long.len() || error.is_some() && end.is_err()));
    for packing in [Packing::Gzip, Packing::Zstd] {
        let packed = packing::pack(&plain, packing).expect("memory takes all bytes");
        let (again, error) = packing::unpack_all(&packed, &Limits { record: usize::MAX, ..Limits::DEFAULT });
        assert!(again == plain && error.is_none());
    }
}

/// A table is refused, or as many rows come out as there were, and what comes out can be cleaned again.
pub fn parquet(bytes: &[u8]) {
    let clean = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("a temporary file");
        let mut done = Done::default();
        let out = guarded(|| job().parquet(file.path(), "in.parquet", Vec::new(), &mut done));
        out.ok()?.ok().map(|out| (out, done.tally.records))
    };
    if let Some((out, records)) = clean(bytes) {
        assert!(records.add_up());
        // Pages of other columns are copied as they stand, so whatever is wrong with them is wrong still.
        if let Some((_, again)) = clean(&out) {
            assert_eq!(again.read, records.written);
        }
    }
}

/// Hands its bytes out one at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(target: &str, property: fn(&[u8])) {
        for kind in ["seeds", "found"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind).join(target);
            for path in std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
                property(&std::fs::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn seeds_and_findings_do_no_harm() {
        replay("jsonl", jsonl);
        replay("warc", warc);
        replay("unpack", unpack);
        replay("parquet", parquet);
    }
}
