//! The arguments of `eval`.
//! How a text is cleaned is said by the same flags as in `clean`, and defined there.
//! Beside the other arguments.

use std::path::PathBuf;

use clap::Args;

use super::{CleaningArgs, RecordArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  bodytext eval gold.jsonl pages.jsonl                 how near the cleaned texts come to the gold
  bodytext eval gold/ pages/                           folders: a name without its ending is the id
  bodytext eval gold.jsonl a.jsonl b.jsonl --by lang   grouped by a field of the gold
  bodytext eval gold.jsonl pages.jsonl --folds 0,1,2   only these folds
  bodytext eval gold.jsonl pages.jsonl --worst 5       where it went wrong, line by line
  bodytext eval gold.jsonl pages.jsonl --rules mine.toml --baseline builtin
                                                       what your rules change

Gold holds article bodies, so the headline goes, as with `clean --body-only`; --keep headline puts
it back. Columns: word, the shared words; shingle, the shared runs of four words; possible, the
shingle F1 of the best choice of lines; exact, the share of documents that are the gold word for
word. An arrow leads from the texts as they come to the cleaned ones. Removed words \"of the gold\"
are those of lines that the gold has. In --worst, `+` was wrongly kept, `-` wrongly removed.";

/// The gold, and which of its documents are wanted.
#[derive(Debug, Args)]
pub(crate) struct GoldArgs {
    /// The right bodies: JSON lines, or a folder of texts
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// Only documents whose field `fold` is one of these, for example 0,1,2
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Documents")]
    pub(crate) folds: Vec<String>,

    /// Only documents with this value in this field of the gold. Repeatable; all must hold
    #[arg(long = "where", value_name = "FIELD=VALUE", help_heading = "Documents")]
    pub(crate) wanted: Vec<String>,

    /// The field of the gold with the body
    #[arg(long, value_name = "FIELD", default_value = "gold", help_heading = "JSON lines")]
    pub(crate) gold_field: String,
}

/// How the work is done.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// How many threads work; the result is the same for any number; default: one a core
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,

    /// No progress and no notes; only failures, one line each
    #[arg(long, help_heading = "Run")]
    pub(crate) quiet: bool,
}

/// The arguments of `eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    pub(crate) gold: GoldArgs,

    /// The texts to clean: JSON lines, or folders of texts; `-` is JSON lines on standard input
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Print everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Group the documents by this field of the gold, for example lang
    #[arg(long, value_name = "FIELD", help_heading = "Documents")]
    pub(crate) by: Option<String>,

    /// List the N documents of each input that lost most against the best choice of lines, with the lines wrongly kept
    /// and wrongly removed
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "Faults")]
    pub(crate) worst: usize,

    /// Compare with other rules: builtin, none, or a PATH as of --rules, which it replaces together with --disable. The
    /// interval comes from drawing documents anew, or whole groups where --by is given
    #[arg(long, value_name = "builtin|none|PATH", help_heading = "Faults")]
    pub(crate) baseline: Option<String>,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
