//! What bodytext is compared with inside one process, and the bare loop over JSON lines.
//! `peers memory IN.jsonl ROUNDS` measures cleaning against splitting lines; `peers sonic IN.jsonl OUT.jsonl` is
//! measured from outside. Part of the suite: `../run` builds and calls it.

use std::borrow::Cow;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::time::Duration;

use bodytext::{Cleaner, Options};
use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};

/// A record of the suite's input; texts that need no unescaping stay in the line.
#[derive(Deserialize, Serialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Splitting is so much faster than cleaning that one pass is too short to measure well.
const SPLITS: u32 = 8;
/// Large enough that system calls do not count.
const BUFFER: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["memory", input, rounds] => memory(input, rounds.parse()?),
        ["sonic", input, output] => sonic(input, output),
        _ => Err("usage: peers memory IN.jsonl ROUNDS | peers sonic IN.jsonl OUT.jsonl".into()),
    }
}

/// Prints, for each round, the CPU seconds of cleaning all documents and of splitting them, and the bytes of text.
fn memory(input: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut texts = Vec::new();
    each_line(input, |line| {
        texts.push(sonic_rs::from_slice::<Record>(line)?.text.into_owned());
        Ok(())
    })?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let cleaner = Cleaner::builtin(Options::default());
    for _ in 0..rounds {
        let clean = timed(|| texts.iter().map(|text| cleaner.clean_text(black_box(text), None).text().len()).sum());
        let split = timed(|| (0..SPLITS).map(|_| texts.iter().map(|text| split(black_box(text))).sum::<usize>()).sum());
        println!("{} {} {bytes}", clean.as_secs_f64(), split.as_secs_f64() / f64::from(SPLITS));
    }
    Ok(())
}

/// The CPU time this thread takes for a pass.
fn timed(pass: impl FnOnce() -> usize) -> Duration {
    let start = ThreadTime::now();
    black_box(pass());
    start.elapsed()
}

/// What has to be done to every line before anything can be decided: find it and trim it. Returns the sum of lengths.
fn split(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut sum = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        sum += bytes[start..end].trim_ascii().len();
        start = (end + 1).min(bytes.len());
    }
    sum
}

/// Parses every line into a [`Record`] and writes it again: what a program costs that changes nothing.
fn sonic(input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::with_capacity(BUFFER, File::create(output)?);
    let mut line_out = Vec::new();
    each_line(input, |line| {
        line_out.clear();
        sonic_rs::to_writer(&mut line_out, &sonic_rs::from_slice::<Record>(line)?)?;
        line_out.push(b'\n');
        Ok(out.write_all(&line_out)?)
    })?;
    Ok(out.flush()?)
}

/// Reads a file line by line into one buffer.
fn each_line(path: &str, mut work: impl FnMut(&[u8]) -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        work(&line)?;
        line.clear();
    }
    Ok(())
}
