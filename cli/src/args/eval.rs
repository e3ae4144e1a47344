//! The arguments of `eval`. The flags for cleaning are those of `clean`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{CleaningArgs, RecordArgs, threads, whole_number};

pub(super) const EXAMPLES: &str = "\
Examples:
  bodytext eval gold.jsonl pages.jsonl                 how near the cleaned texts come to the gold
  bodytext eval gold/ pages/                           folders: ids are names without extension
  bodytext eval gold.jsonl a.jsonl b.jsonl --by lang   grouped by a field of the gold
  bodytext eval gold.jsonl pages.jsonl --folds 0,1,2   only these folds
  bodytext eval gold.jsonl pages.jsonl --worst 5       where it went wrong, line by line
  bodytext eval gold.jsonl pages.jsonl --rules mine.toml --baseline builtin
                                                       what your rules change

Gold holds article bodies, so the headline is removed, as with `clean --body-only`; --keep headline keeps it. Columns: word, the shared words; shingle, the shared runs of four words; oracle, the shingle F1 of the best selection of lines; exact, the share of documents that equal the gold word for word. An arrow points from the input to the cleaned texts. \"clean text\" is the gold itself, of which nothing should be removed. The second table is about texts cleaned with their headlines: of the headlines that are a line of the text, how many stay (a headline is the title of the gold or of the input, see --title-field, or a first line of the gold that is no paragraph); and of the first lines that are left, how many are of the article, which is the headline or a line of the gold. Removed words \"of the gold\" are those of lines that the gold has. In --worst, `+` was wrongly kept, `-` wrongly removed.";

/// The gold, and which of its documents are used.
#[derive(Debug, Args)]
pub(crate) struct GoldArgs {
    /// The right bodies: JSON Lines, or a folder of texts
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// Only documents whose field `fold` is one of these, for example 0,1,2
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Documents")]
    pub(crate) folds: Vec<String>,

    /// Only documents with this value in this field of the gold. Repeatable; all must hold
    #[arg(long = "where", value_name = "FIELD=VALUE", help_heading = "Documents")]
    pub(crate) wanted: Vec<String>,

    /// The field of the gold with the body
    #[arg(long, value_name = "FIELD", default_value = "gold", help_heading = "JSON Lines and tables")]
    pub(crate) gold_field: String,
}

/// How the command runs.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// Number of threads; the result is the same for any number [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Print no progress and no notes; only failures, one line each
    #[arg(long, help_heading = "Run")]
    pub(crate) quiet: bool,
}

/// The arguments of `eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    pub(crate) gold: GoldArgs,

    /// The texts to clean: JSON Lines, or folders of texts; `-` is JSON Lines on standard input
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Print everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Group the documents by this field of the gold, for example lang
    #[arg(long, value_name = "FIELD", help_heading = "Documents")]
    pub(crate) by: Option<String>,

    /// List the N documents of each input that are furthest below the oracle, with the lines wrongly kept and wrongly
    /// removed
    #[arg(
        long,
        value_name = "N",
        default_value = "0",
        hide_default_value = true,
        help_heading = "Analysis",
        value_parser = whole_number::<usize>
    )]
    pub(crate) worst: usize,

    /// Compare with other rules: builtin, none, a preset, or a PATH as for --rules, which it replaces together with
    /// --disable. The interval comes from resampling documents, or whole groups where --by is given
    #[arg(long, value_name = "builtin|none|PATH", help_heading = "Analysis")]
    pub(crate) baseline: Option<String>,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
