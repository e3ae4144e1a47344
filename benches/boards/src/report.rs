//! The record: tables in Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bodytext_eval::{Measures, Score};

use crate::pages::Board;
use crate::tools::{SkippedTools, Tool};

/// What a tool made of a page.
#[derive(Debug)]
pub struct Outcome {
    /// The number of the board.
    pub board: usize,
    pub page_type: String,
    pub score: Score,
    /// The score of the same text after bodytext has cleaned it.
    pub cleaned: Option<Score>,
    pub seconds: f64,
    /// The size of the page.
    pub bytes: usize,
    pub failed: bool,
}

/// What all tools made of all pages.
#[derive(Debug)]
pub struct Report {
    /// The tools and their versions.
    pub tools: Vec<(&'static Tool, String)>,
    pub outcomes: BTreeMap<&'static str, Vec<Outcome>>,
    pub cleaned: bool,
    /// Whether bodytext judged by models that were made without the page.
    pub crossed: bool,
}

impl Report {
    /// Everything: what was compared, then a table for all pages, one for each measure by board and by type of page, and
    /// what was skipped.
    pub fn to_markdown(&self, boards: &[Board], skipped: &SkippedTools) -> String {
        let mut out = String::new();
        for line in self.head(boards) {
            let _ = writeln!(out, "- {line}");
        }
        out.push('\n');
        self.totals(&mut out);
        let types: BTreeSet<&str> = self.outcomes.values().flatten().map(|outcome| &*outcome.page_type).collect();
        if types.len() > 1 {
            let parts: Vec<Part<'_>> = types.into_iter().map(Part::Type).collect();
            self.table(&mut out, "Word F1 by type of page", &parts, |measures| measures.word.f1);
            self.table(&mut out, "Shingle F1 by type of page", &parts, |measures| measures.shingle.f1);
        }
        if boards.len() > 1 {
            let parts: Vec<Part<'_>> =
                boards.iter().enumerate().map(|(at, board)| Part::Board(at, &board.name)).collect();
            self.table(&mut out, "Word F1 by board", &parts, |measures| measures.word.f1);
            self.table(&mut out, "Shingle F1 by board", &parts, |measures| measures.shingle.f1);
            self.table(&mut out, "Exact by board", &parts, |measures| measures.exact);
            if self.cleaned {
                self.cleaned_by_board(&mut out, &parts);
            }
            self.seconds_by_board(&mut out, &parts);
        }
        for (tool, skipped) in skipped {
            let _ = writeln!(out, "Skipped: {}: {}; {}.", tool.name, skipped.reason, skipped.remedy);
        }
        out
    }

    fn head(&self, boards: &[Board]) -> Vec<String> {
        let tools: Vec<String> =
            self.tools.iter().map(|(tool, version)| format!("{} ({version})", tool.name)).collect();
        let pages = boards.iter().map(|board| {
            let bytes: usize = board.pages.iter().map(|page| page.html.len()).sum();
            let left_out = match board.unpaired {
                0 => String::new(),
                count => format!(", {count} without a page or a right text left out"),
            };
            format!("{}: {} pages, {:.1} MB{left_out}", board.name, board.pages.len(), bytes as f64 / 1e6)
        });
        let mut head = vec![format!("machine: {}", machine()), format!("tools: {}", tools.join(", "))];
        head.push(format!("pages: {}", pages.collect::<Vec<_>>().join("; ")));
        if self.crossed {
            head.push("bodytext judges the pages of each fold that has a model by that model".to_owned());
        }
        head
    }

    /// The table of all pages.
    fn totals(&self, out: &mut String) {
        let _ = write!(
            out,
            "| all pages | word F1 | shingle P | R | F1 | exact | no text | failed | CPU ms a page | MB/s |"
        );
        let _ = writeln!(out, "{}", if self.cleaned { " shingle F1, cleaned by bodytext |" } else { "" });
        let _ = writeln!(out, "|---|---|---|---|---|---|---|---|---|---|{}", if self.cleaned { "---|" } else { "" });
        for (tool, outcomes) in self.by_tool() {
            let measures = Measures::of(outcomes.iter().map(|outcome| &outcome.score));
            let emptied = outcomes.iter().filter(|outcome| outcome.score.emptied && !outcome.failed).count();
            let failed = outcomes.iter().filter(|outcome| outcome.failed).count();
            let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
            let bytes: usize = outcomes.iter().map(|outcome| outcome.bytes).sum();
            let rate = if seconds > 0.0 { bytes as f64 / 1e6 / seconds } else { 0.0 };
            let _ = write!(
                out,
                "| {tool} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {emptied} | {failed} | {:.2} | {rate:.1} |",
                measures.word.f1,
                measures.shingle.precision,
                measures.shingle.recall,
                measures.shingle.f1,
                measures.exact,
                seconds * 1e3 / outcomes.len() as f64,
            );
            if self.cleaned {
                let cleaned = Measures::of(outcomes.iter().filter_map(|outcome| outcome.cleaned.as_ref()));
                let _ = write!(out, " {:.3} |", cleaned.shingle.f1);
            }
            out.push('\n');
        }
        out.push('\n');
    }

    /// A table of one number with a column for each part of the pages.
    fn table(&self, out: &mut String, title: &str, parts: &[Part<'_>], number: impl Fn(&Measures) -> f64) {
        self.head_of(out, title, parts);
        for (tool, outcomes) in self.by_tool() {
            let cells = parts.iter().map(|part| number(&Measures::of(part.of(outcomes).map(|outcome| &outcome.score))));
            row(out, tool, cells, 3);
        }
        out.push('\n');
    }

    fn cleaned_by_board(&self, out: &mut String, parts: &[Part<'_>]) {
        self.head_of(out, "Shingle F1 by board, cleaned by bodytext", parts);
        for (tool, outcomes) in self.by_tool() {
            let of = |part: &Part<'_>| {
                Measures::of(part.of(outcomes).filter_map(|outcome| outcome.cleaned.as_ref())).shingle.f1
            };
            row(out, tool, parts.iter().map(of), 3);
        }
        out.push('\n');
    }

    fn seconds_by_board(&self, out: &mut String, parts: &[Part<'_>]) {
        self.head_of(out, "CPU ms a page by board", parts);
        for (tool, outcomes) in self.by_tool() {
            let of = |part: &Part<'_>| {
                let pages = part.of(outcomes).count().max(1);
                part.of(outcomes).map(|outcome| outcome.seconds).sum::<f64>() * 1e3 / pages as f64
            };
            row(out, tool, parts.iter().map(of), 2);
        }
        out.push('\n');
    }

    fn head_of(&self, out: &mut String, title: &str, parts: &[Part<'_>]) {
        let first: &[Outcome] = self.outcomes.values().next().map_or(&[], Vec::as_slice);
        let names = parts.iter().map(|part| match part {
            Part::Type(name) => format!("{name} ({})", part.of(first).count()),
            Part::Board(_, name) => (*name).to_owned(),
        });
        let _ = writeln!(out, "| {title} | {} |", names.collect::<Vec<_>>().join(" | "));
        let _ = writeln!(out, "|---|{}", "---|".repeat(parts.len()));
    }

    /// The tools in the order in which they are always listed.
    fn by_tool(&self) -> impl Iterator<Item = (&'static str, &[Outcome])> {
        self.tools.iter().map(|(tool, _)| (tool.name, self.outcomes.get(tool.name).map_or(&[][..], Vec::as_slice)))
    }
}

/// A part of the pages.
enum Part<'a> {
    Type(&'a str),
    /// By its number and its name.
    Board(usize, &'a str),
}

impl Part<'_> {
    fn of<'o>(&self, outcomes: &'o [Outcome]) -> impl Iterator<Item = &'o Outcome> {
        outcomes.iter().filter(move |outcome| match self {
            Part::Type(name) => outcome.page_type == *name,
            Part::Board(at, _) => outcome.board == *at,
        })
    }
}

fn row(out: &mut String, tool: &str, cells: impl Iterator<Item = f64>, digits: usize) {
    let cells: Vec<String> = cells.map(|cell| format!("{cell:.digits$}")).collect();
    let _ = writeln!(out, "| {tool} | {} |", cells.join(" | "));
}

/// The processor and the number of cores, as Linux tells them.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
