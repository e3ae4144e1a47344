//! The arguments of `tune`. The flags for the gold are those of `eval`, the flags for cleaning those of `clean`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::eval::{GoldArgs, WorkArgs};
use super::{CleaningArgs, RecordArgs, positive};

pub(super) const EXAMPLES: &str = "\
Examples:
  bodytext tune gold.jsonl pages.jsonl -o model.toml       train further on the built-in model
  bodytext pages/ -o clean/ --model model.toml             clean with the new model
  bodytext eval gold.jsonl pages.jsonl --model model.toml --baseline builtin
  bodytext tune gold.jsonl a.jsonl b.jsonl --from none -o model.toml
                                                           a new model: a thousand pages or more

Gold and inputs are those of `bodytext eval`. Some 50 pages are enough to train further on the built-in model. Pages of one site (--site-field, or else the address) stay together in cross-validation: \"out-of-fold\" is what to expect on other sites, \"in-sample\" what is reached on the pages themselves. The gold bodies are learned from too, as texts of which every line must be kept. The same pages give the same model every time.";

/// The arguments of `tune`.
#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) gold: GoldArgs,

    /// The texts to learn from: JSON Lines, or folders of texts
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Write the model to this file, for --model. Without it only figures are printed
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// Overwrite the output if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// The model to start from
    #[arg(long, value_name = "builtin|none|PATH", default_value = "builtin", help_heading = "Training")]
    pub(crate) from: String,

    /// Trees in each stage [default: 80, or 200 with --from none]
    #[arg(long, value_name = "N", help_heading = "Training", value_parser = positive)]
    pub(crate) rounds: Option<NonZeroUsize>,

    /// The weight of a line of the body against a line of boilerplate [default: 1.5, or 1 with --from none]
    #[arg(long, value_name = "FACTOR", help_heading = "Training", value_parser = factor)]
    pub(crate) keep_preference: Option<f32>,

    /// The field of the gold with the site; where it is missing, the address tells the site, or else the id
    #[arg(long, value_name = "FIELD", default_value = "site", help_heading = "JSON Lines and tables")]
    pub(crate) site_field: String,

    /// The field of the gold with the fold of the page's site, a number from 0; without it sites are distributed over 5
    /// folds
    #[arg(long, value_name = "FIELD", help_heading = "JSON Lines and tables")]
    pub(crate) fold_field: Option<String>,

    /// The field of the gold with the weight of a page; 1 where there is none
    #[arg(long, value_name = "FIELD", default_value = "weight", help_heading = "JSON Lines and tables")]
    pub(crate) weight_field: String,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

fn factor(text: &str) -> Result<f32, String> {
    let factor = text.parse().ok().filter(|factor: &f32| factor.is_finite() && *factor > 0.0);
    factor.ok_or_else(|| "write a number above 0, for example 1.5".to_owned())
}
