//! Runs bodytext and other extractors on pages whose right text is known, and prints what each gets right and what
//! CPU time it takes. `README.md` says how.

mod pages;
mod report;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use bodytext::{Cleaner, Options};
use bodytext_eval::Score;
use clap::{Parser, Subcommand};

use pages::{Board, Page};
use report::{Outcome, Report};
use tools::{Request, Running, SkippedTools};

#[derive(Parser)]
#[command(about = "Scores extractors on web pages whose right text is known", args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    inner: Option<Inner>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Inner {
    /// Answers requests on standard input: one extractor in a process of its own
    #[command(hide = true)]
    Tool {
        name: String,
        /// Models of bodytext, as FOLD=FILE
        models: Vec<String>,
    },
}

#[derive(clap::Args)]
struct Run {
    /// Pages with their right texts: JSON Lines, or folders laid out as README.md says
    #[arg(required = true, value_name = "PAGES")]
    inputs: Vec<PathBuf>,
    /// Only these tools, for example bodytext,dom_smoothie; default: all
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    tools: Vec<String>,
    /// Only pages whose field `fold` is one of these, for example 0,1,2,3
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    folds: Vec<u32>,
    /// Let bodytext judge the pages of a fold by this model, which was made without them. Repeatable
    #[arg(long, value_name = "FOLD=FILE")]
    model: Vec<String>,
    /// Also clean the text of each tool by bodytext and score it again
    #[arg(long)]
    cleaned: bool,
    /// Seconds that a tool may take for a page; then it is stopped, and the page has no text
    #[arg(long, default_value_t = 30, value_name = "N")]
    limit: u64,
    /// The Python that has the tools in Python
    #[arg(long, default_value = "python3", value_name = "PATH")]
    python: PathBuf,
    /// Write the record to this file, too
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.inner {
        Some(Inner::Tool { name, models }) => tools::answer(&name, &models),
        None => run(&args.run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("boards: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all tools on all pages and prints the report.
fn run(args: &Run) -> Result<(), String> {
    let boards = load(args)?;
    let (running, skipped) = start(args)?;
    if running.is_empty() {
        let reasons = skipped.iter().map(|(tool, skipped)| format!("{}: {skipped}", tool.name)).collect::<Vec<_>>();
        return Err(format!("no tool can run; {}", reasons.join("; ")));
    }
    let report = measure(args, &boards, running);
    let text = report.to_markdown(&boards, &skipped);
    print!("{text}");
    match &args.record {
        Some(path) => std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display())),
        None => Ok(()),
    }
}

/// The boards that were named, with the pages that were chosen.
fn load(args: &Run) -> Result<Vec<Board>, String> {
    let mut boards = Vec::new();
    for path in &args.inputs {
        let mut board = pages::load(path)?;
        if !args.folds.is_empty() {
            board.pages.retain(|page| page.fold.is_some_and(|fold| args.folds.contains(&fold)));
        }
        if board.pages.is_empty() {
            let folds = args.folds.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            return Err(format!("{}: no page has a field `fold` of {folds}; leave --folds out", path.display()));
        }
        boards.push(board);
    }
    Ok(boards)
}

/// Starts the tools; those that cannot run say why.
fn start(args: &Run) -> Result<(Vec<Running>, SkippedTools), String> {
    if let Some(name) = args.tools.iter().find(|name| !tools::ALL.iter().any(|tool| tool.name == **name)) {
        let names = tools::ALL.map(|tool| tool.name).join(",");
        return Err(format!("--tools {name}: no such tool; all of them are {names}"));
    }
    for model in &args.model {
        let path = tools::fold_of_model(model)?.1;
        tools::read_model(Path::new(path))?;
    }
    let limit = Duration::from_secs(args.limit);
    let (mut running, mut skipped) = (Vec::new(), Vec::new());
    for tool in
        tools::ALL.iter().filter(|tool| args.tools.is_empty() || args.tools.iter().any(|name| name == tool.name))
    {
        match Running::start(tool, &args.python, &args.model, limit)? {
            Ok(started) => running.push(started),
            Err(reason) => skipped.push((tool, reason)),
        }
    }
    Ok((running, skipped))
}

/// Runs the tools in turn on each page, so that whatever else the machine does slows all of them alike.
fn measure(args: &Run, boards: &[Board], mut running: Vec<Running>) -> Report {
    let cleaner = args.cleaned.then(|| Cleaner::builtin(tools::body_only(Options::default())));
    let mut outcomes: BTreeMap<&'static str, Vec<Outcome>> = BTreeMap::new();
    let all: usize = boards.iter().map(|board| board.pages.len()).sum();
    let pages = boards.iter().enumerate().flat_map(|(board, it)| it.pages.iter().map(move |page| (board, page)));
    for (done, (board, page)) in pages.enumerate() {
        if done % 50 == 0 {
            eprintln!("{done} of {all} pages");
        }
        for tool in &mut running {
            let outcome = outcome(tool, board, page, cleaner.as_ref());
            outcomes.entry(tool.tool.name).or_default().push(outcome);
        }
    }
    let tools = running.into_iter().map(|tool| (tool.tool, tool.version)).collect();
    Report { tools, outcomes, cleaned: args.cleaned, crossed: !args.model.is_empty() }
}

/// What a tool makes of a page.
fn outcome(tool: &mut Running, board: usize, page: &Page, cleaner: Option<&Cleaner>) -> Outcome {
    let answer = tool.ask(&Request { html: page.html.as_str().into(), fold: page.fold });
    let text = answer.text.as_deref().unwrap_or_default();
    let cleaned = cleaner.map(|cleaner| Score::of(cleaner.clean_text(text, None).text(), &page.gold));
    Outcome {
        board,
        page_type: page.page_type.clone(),
        score: Score::of(text, &page.gold),
        cleaned,
        seconds: answer.seconds,
        bytes: page.html.len(),
        failed: answer.text.is_none(),
    }
}
