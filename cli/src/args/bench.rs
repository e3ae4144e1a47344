//! The arguments of `bench`. The flags for cleaning are those of `clean`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{CleaningArgs, RecordArgs, positive, threads, whole_number};

pub(super) const EXAMPLES: &str = "\
Examples:
  bodytext bench                       on synthetic pages, made of the rules' examples
  bodytext bench pages/                on your texts
  bodytext bench crawl.jsonl --max-mb 200
  bodytext bench pages/ --rules mine.toml --json > mine.json

All documents are in memory before the clock starts, and nothing is written: what is measured is the cleaning. MB are millions of bytes of the input. \"bare copy\" copies the documents and does nothing else; \"lines\" finds their lines and trims them, which is the least that any cleaner by lines must do. For the rules that take the most time, see `bodytext rules profile`.";

/// The arguments of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// A text, a folder of texts, or JSON Lines; `-` is standard input. Without it, synthetic pages made of the rules'
    /// examples
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,

    /// Print one JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,

    /// Number of passes to measure, after a warm-up pass
    #[arg(long, value_name = "N", default_value = "3", value_parser = positive)]
    pub(crate) passes: NonZeroUsize,

    /// Load at most this many megabytes
    #[arg(long, value_name = "N", default_value = "64", value_parser = whole_number::<u64>)]
    pub(crate) max_mb: u64,

    /// The larger number of threads to measure [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,
}
