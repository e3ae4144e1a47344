//! Takes texts through the first stages of cleaning, so that `benches/instructions` can count what each stage takes:
//! `up_to_stage STAGE TIMES FILE...`, where a file is a text, or JSON Lines with the field `text`.
//! It prints the number of lines that are not blank and of bytes.

#![allow(clippy::print_stdout, reason = "the counts are its output")]

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::{env, fs};

use bodytext::unstable::{Page, decode, extract, normalize};
use bodytext::{Cleaner, Options, RuleSet, ScoringModel, Steps};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(stage), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse::<usize>().ok()))
    else {
        // `cargo test` and `cargo bench` start every benchmark without these.
        return Ok(());
    };
    let mut texts = Vec::new();
    for file in arguments {
        add_texts(&file, &mut texts)?;
    }
    let (rules, model) = (RuleSet::builtin(), ScoringModel::builtin());
    let cleaner = Cleaner::builtin(Options::default());
    for text in (0..times).flat_map(|_| &texts) {
        if stage == "clean" {
            black_box(cleaner.clean(text, None));
            continue;
        }
        let decoded = decode(text, None);
        let normalized = normalize(Cow::Borrowed(&decoded.text), Steps::DEFAULT);
        if stage == "normalize" {
            continue;
        }
        let page = Page::new(black_box(&normalized.text), None);
        if stage == "lines" {
            continue;
        }
        let hits = rules.hits(black_box(&page));
        if stage == "rules" {
            continue;
        }
        let features = extract(&page, &hits, &rules);
        if stage == "features" {
            continue;
        }
        black_box(model.predict(black_box(&features)).scores());
    }
    let lines = texts.iter().flat_map(|text| text.split(|byte| *byte == b'\n'));
    let rows = lines.filter(|line| !line.trim_ascii().is_empty()).count();
    println!("{rows} {}", texts.iter().map(Vec::len).sum::<usize>());
    Ok(())
}

fn add_texts(file: &str, texts: &mut Vec<Vec<u8>>) -> Result<(), Box<dyn Error>> {
    let content = fs::read(file)?;
    if !file.ends_with(".jsonl") {
        texts.push(content);
        return Ok(());
    }
    for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let record: serde_json::Value = serde_json::from_slice(line)?;
        texts.push(record["text"].as_str().ok_or("a record without `text`")?.into());
    }
    Ok(())
}
