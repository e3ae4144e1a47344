//! The arguments of `tune`.
//! The gold is named by the same flags as in `eval`, the cleaning by those of `clean`.
//! Beside the other arguments.

use std::path::PathBuf;

use clap::Args;

use super::eval::{GoldArgs, WorkArgs};
use super::{CleaningArgs, RecordArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  bodytext tune gold.jsonl pages.jsonl -o model.toml       go on from the built-in weights
  bodytext pages/ -o clean/ --model model.toml             clean with what came out
  bodytext eval gold.jsonl pages.jsonl --model model.toml --baseline builtin
  bodytext tune gold.jsonl a.jsonl b.jsonl --from none -o model.toml
                                                           from nothing: a thousand pages and more

Gold and inputs are those of `bodytext eval`. Some 50 pages are enough to go on from the built-in weights. Pages of one
site (--site-field, or else the address) stay together in cross-validation: \"crossed\" is what to expect on sites that
are not among the pages, \"plain\" what is reached on the pages themselves. The gold bodies are learned from too, as
texts of which every line must stay. The same pages give the same weights every time.";

/// The arguments of `tune`.
#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) gold: GoldArgs,

    /// The texts to learn from: JSON lines, or folders of texts
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Where the weights go: a file for --model. Without it only figures are printed
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// Overwrite the output if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// The weights to go on from
    #[arg(long, value_name = "builtin|none|PATH", default_value = "builtin", help_heading = "Fitting")]
    pub(crate) from: String,

    /// Trees to fit for each look; default: 80, or 250 with --from none
    #[arg(long, value_name = "N", help_heading = "Fitting")]
    pub(crate) rounds: Option<std::num::NonZeroUsize>,

    /// How much a line of the body counts against a line of boilerplate; default: 1.5, or 1 with --from none
    #[arg(long, value_name = "FACTOR", help_heading = "Fitting")]
    pub(crate) keep_preference: Option<f32>,

    /// The field of the gold with the site; pages without it are told apart by their address, and else by their id
    #[arg(long, value_name = "FIELD", default_value = "site", help_heading = "JSON lines")]
    pub(crate) site_field: String,

    /// The field of the gold with the fold of the page's site, a number from 0; without it sites are dealt out to 5 folds
    #[arg(long, value_name = "FIELD", help_heading = "JSON lines")]
    pub(crate) fold_field: Option<String>,

    /// The field of the gold with how much a page counts; 1 where there is none
    #[arg(long, value_name = "FIELD", default_value = "weight", help_heading = "JSON lines")]
    pub(crate) weight_field: String,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
