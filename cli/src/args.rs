//! The command line as defined for clap: flags, help texts, examples. This is the first step of every command.
//! Only the syntax is checked here; `config` and `plan` convert the arguments to the types of the run.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) mod bench;
pub(crate) mod eval;
pub(crate) mod tune;

use bench::BenchArgs;
use eval::EvalArgs;
use tune::TuneArgs;

use crate::filters::Filters;
use crate::limits::{Limits, parse_size};

/// Words that are commands when they stand first. Everything else is an input of `clean`.
const COMMANDS: [&str; 8] = ["clean", "explain", "eval", "tune", "bench", "verify", "rules", "help"];

/// Flags and commands of earlier versions, and what to write now.
const RENAMED: [(&str, &str); 4] = [
    ("--trace", "it is --removals now"),
    ("--trace-sample", "it is --removals-sample now"),
    ("--max-depth", "nested JSON needs no limit any more; leave it out"),
    ("new", "it is `rules init` now"),
];

const EXAMPLES: &str = "\
Examples:
  bodytext page.txt                          the clean text on standard output
  cat page.txt | bodytext                    the same from a pipe
  bodytext pages/ -o clean/                  a folder, mirrored into another
  bodytext crawl.jsonl -o clean.jsonl        only the text values change
  bodytext pages/ --to jsonl > pages.jsonl   one record a file
  bodytext pages/ -o clean/ --dry-run        what would be removed; nothing is written
  bodytext page.txt --keep byline            put a class of lines back
  bodytext pages/ -o c4/ --preset c4         by the line rules of C4 alone, to compare
  bodytext part.parquet -o clean.parquet     only the text column changes
  bodytext wet/ -o clean/ --resume           archives to JSON Lines, continued after a crash
  bodytext explain page.txt                  every line, kept or removed, and why

Commands: clean (may be left out), explain, eval, tune, bench, verify, rules; see `bodytext COMMAND
--help`. Write a file that has the name of a command as ./rules.

Exit codes: 0 all done, 1 some inputs failed or are in the quarantine, 2 wrong usage (nothing was
done), 3 the output cannot be written, 130 or 143 stopped by a signal.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  bodytext explain page.txt
  bodytext explain --json page.txt
  bodytext explain --rules mine.toml page.txt
  jq -r .text record.json | bodytext explain

Each line begins with its number, `+` (kept), `-` (removed) or `~` (a part was cut), and its class,
and ends with the rules that fired. `low-score` comes with the score of the line, from 0
(boilerplate) to 1 (body), and the features that moved it most; --json has all scores and features.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  bodytext verify clean/                                    every output there, whole and unchanged
  bodytext crawl.jsonl.gz -o clean.jsonl.gz --manifest m.json
  bodytext verify clean.jsonl.gz --manifest m.json

It also checks that every record was written, quarantined, left out by a filter, or failed. Exit
codes: 0 everything matches, 1 something is missing, changed or unfinished.";

const RULES_EXAMPLES: &str = "\
Examples:
  bodytext rules list
  bodytext rules show en.share.prompt
  bodytext rules init > mine.toml            a commented pack to start from
  bodytext rules test mine.toml              its tests, against the whole set
  bodytext rules profile pages/              which rules take the most time on your texts
  bodytext rules list --preset c4            the rules of a preset
  bodytext rules schema > pack.schema.json   for editors";

/// What the user asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The command, `clean` where none was named.
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Clean files, folders or standard input (the default command)
    #[command(after_help = EXAMPLES, override_usage = "bodytext [clean] [OPTIONS] [PATH]...")]
    Clean(CleanArgs),
    /// Show every line of a text: kept or removed, its class, and the rules that say so
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Measure cleaning against texts with known bodies: what is lost, what is left in, and why
    #[command(after_help = eval::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Eval(EvalArgs),
    /// Train the scoring model on pages of your own whose bodies are known
    #[command(after_help = tune::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Tune(TuneArgs),
    /// Measure how fast your documents are cleaned, by stage
    #[command(after_help = bench::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Bench(BenchArgs),
    /// Check the outputs of a finished run against its manifest
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// List, show, test, profile and begin rule packs
    #[command(subcommand, after_help = RULES_EXAMPLES)]
    Rules(RulesCommand),
}

/// Cleans scraped text: repairs its encoding, removes boilerplate lines by rule files, and writes clean article bodies.
#[derive(Debug, Parser)]
#[command(name = "bodytext", version, after_help = EXAMPLES, override_usage = "bodytext [clean] [OPTIONS] [PATH]...\n       bodytext explain [OPTIONS] [FILE]\n       bodytext eval [OPTIONS] <GOLD> <INPUT>...\n       bodytext tune [OPTIONS] <GOLD> <INPUT>...\n       bodytext bench [OPTIONS] [PATH]\n       bodytext verify [OPTIONS] <OUTPUT>\n       bodytext rules <COMMAND>", args_conflicts_with_subcommands = true)]
struct TopLevel {
    // Only for the help: without a command the arguments are parsed as those of `clean`.
    #[command(flatten)]
    _clean: CleanArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The arguments of `clean`.
#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    /// Files and folders; `-` is standard input, as is a pipe without any PATH
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) files: FileArgs,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,

    #[command(flatten)]
    pub(crate) documents: DocumentArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What happens to whole documents, and what is logged of them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Documents")]
pub(crate) struct DocumentArgs {
    /// Leave out documents of fewer words, once cleaned
    #[arg(long, value_name = "N")]
    min_words: Option<usize>,

    /// Leave out documents that would lose a larger share of their words, 0 to 1
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    max_removed: Option<f64>,

    /// Write every removal to this file, one JSON line each: where it stood, its class, the rules, the removed text
    #[arg(long, value_name = "FILE")]
    pub(crate) removals: Option<PathBuf>,

    /// Log the removals of only this share of the documents, 0 to 1: the same ones in every run
    #[arg(long, value_name = "RATIO", value_parser = ratio, requires = "removals")]
    removals_sample: Option<f64>,
}

impl DocumentArgs {
    pub(crate) fn filters(&self) -> Filters {
        Filters { min_words: self.min_words, max_removed: self.max_removed }
    }

    pub(crate) fn removals_log(&self) -> Option<(PathBuf, f64)> {
        Some((self.removals.clone()?, self.removals_sample.unwrap_or(1.0)))
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).ok_or_else(|| "write a number from 0 to 1".to_owned())
}

/// What an input may ask of the machine. All sizes may have a unit: K, M, G, T.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Refuse what comes out of a compressed file beyond this size
    #[arg(long, value_name = "SIZE", default_value = "1T", value_parser = parse_size)]
    max_unpacked: u64,

    /// Refuse what comes out of a compressed file beyond so many times its size (the first 64 MiB are free)
    #[arg(long, value_name = "N", default_value = "200")]
    max_ratio: u64,

    /// Refuse texts and records beyond this size: text files, JSON Lines, WARC records
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = parse_size)]
    max_record: u64,

    /// Refuse texts with a line beyond this size
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = parse_size)]
    max_line: u64,
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            unpacked: self.max_unpacked,
            ratio: self.max_ratio,
            record: usize::try_from(self.max_record).unwrap_or(usize::MAX),
            line: usize::try_from(self.max_line).unwrap_or(usize::MAX),
        }
    }
}

/// What is read and where the result goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input and output")]
pub(crate) struct FileArgs {
    /// Where the result goes: a file for one file, a folder for a folder (mirrored, names kept); default: standard output
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// What the inputs are: auto, text, jsonl, csv, tsv, warc or parquet. auto goes by names: .jsonl and .ndjson are JSON
    /// Lines, .csv, .tsv and .parquet tables, .warc and .wet archives, all else is text. All but Parquet may be
    /// compressed (.gz, .zst)
    #[arg(long, value_name = "FORMAT", default_value = "auto", hide_possible_values = true)]
    pub(crate) from: InputFormat,

    /// What to write: text or jsonl; default: what was read, and JSON Lines for archives. jsonl makes one stream of
    /// {"id", "text"} records. Outputs named .gz or .zst are compressed
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) to: Option<OutputFormat>,

    /// In folders, take only files that match; a glob without `/` is matched against the name. Repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// In folders, leave out files and folders that match. Repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Overwrite outputs that exist
    #[arg(long)]
    pub(crate) force: bool,

    /// Do all the work and print the summary, but write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Write malformed JSON lines and CSV rows to this file, byte for byte, and the reasons to PATH.reasons.jsonl.
    /// Without it they are passed on where they stand
    #[arg(long, value_name = "PATH")]
    pub(crate) quarantine: Option<PathBuf>,
}

/// Where things stand in records.
#[derive(Debug, Args)]
#[command(next_help_heading = "JSON Lines and tables")]
pub(crate) struct RecordArgs {
    /// The field or column with the text; nested fields as a.b[0].c, a dot inside a name as \. (a\.b)
    #[arg(long, value_name = "FIELD", default_value = "text")]
    pub(crate) text_field: String,

    /// The field or column with the record's name
    #[arg(long, value_name = "FIELD", default_value = "id")]
    pub(crate) id_field: String,

    /// The field or column with the page's address, for the rules of single sites
    #[arg(long, value_name = "FIELD", default_value = "url")]
    pub(crate) url_field: String,
}

/// Which rules apply.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleArgs {
    /// A rule pack or a folder of packs, over the built-in ones; site/HOST.toml in a folder is for that site. Repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,

    /// Leave the built-in packs out, and the built-in model too
    #[arg(long)]
    pub(crate) no_builtin_rules: bool,

    /// Clean by the line rules of another project and nothing else, for comparison: c4 or refinedweb. Packs of --rules
    /// come on top
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,

    /// Switch a rule off; a trailing * matches any ending. Repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) disable: Vec<String>,

    /// Use only the packs of these languages, for example en,de; packs for all languages always apply
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) languages: Vec<String>,

    /// Refuse rule and model files beyond this size
    #[arg(long, value_name = "SIZE", default_value = "4M", value_parser = parse_size)]
    pub(crate) max_rule_file: u64,
}

/// How a text is cleaned.
#[derive(Debug, Clone, Args)]
pub(crate) struct CleaningArgs {
    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// Score lines by this model, as `tune` writes it, instead of the built-in one
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(crate) model: Option<PathBuf>,

    /// Keep lines of this class, for example byline. Repeatable
    #[arg(long, value_name = "CLASS", help_heading = "Cleaning")]
    pub(crate) keep: Vec<String>,

    /// Remove lines of this class, for example standfirst. Repeatable
    #[arg(long, value_name = "CLASS", help_heading = "Cleaning")]
    pub(crate) drop: Vec<String>,

    /// Remove the headline too
    #[arg(long, help_heading = "Cleaning")]
    pub(crate) body_only: bool,

    /// How much is removed of what no rule finds: recall, what is almost certainly boilerplate; balanced; precision, what is
    /// more likely boilerplate than body
    #[arg(long, value_name = "NAME", default_value = "balanced", help_heading = "Cleaning")]
    pub(crate) profile: String,

    /// The encoding of the texts, for example windows-1251; default: found out for each file
    #[arg(long, value_name = "LABEL", help_heading = "Cleaning")]
    pub(crate) encoding: Option<String>,

    /// What to repair: none, default, ftfy, or a list such as default,-nfc
    #[arg(
        long,
        value_name = "STEPS",
        default_value = "default",
        allow_hyphen_values = true,
        help_heading = "Cleaning"
    )]
    pub(crate) normalize: String,
}

/// How the run goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArgs {
    /// How many threads work; the result is the same for any number; default: one a core
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,

    /// Go on with a run that was cut off: same inputs, same flags, same outputs as if nothing had happened
    #[arg(long)]
    pub(crate) resume: bool,

    /// Do only part I of N of the inputs, for jobs on many machines; every input is in one part
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,

    /// Write the manifest of the run here: what was read and written, with digests. Without it an output folder holds it,
    /// as .bodytext/manifest.json
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,

    /// No progress and no summary; only failures, one line each
    #[arg(long, short, conflicts_with = "summary")]
    pub(crate) quiet: bool,

    /// The form of the closing summary on standard error; json is one object on one line
    #[arg(long, value_name = "text|json", default_value = "text", hide_possible_values = true)]
    pub(crate) summary: SummaryFormat,
}

/// One of `count` shards, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shard {
    pub(crate) index: usize,
    pub(crate) count: usize,
}

fn shard(text: &str) -> Result<Shard, String> {
    let (index, count) = text.split_once('/').ok_or("write it as I/N, for example 1/8")?;
    let shard = Shard { index: number(index)?, count: number(count)? };
    if shard.index == 0 || shard.index > shard.count {
        let count = shard.count;
        return Err(format!("of {count} shards the first is 1/{count} and the last {count}/{count}"));
    }
    Ok(shard)
}

fn number(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a number"))
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The output folder of a run, or a single output together with --manifest
    pub(crate) output: PathBuf,

    /// The manifest; default: those in the output folder
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
}

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The text to explain; `-` is standard input, as is a pipe without FILE
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,
}

/// The commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules: id, kind, class, pack
    List {
        #[command(flatten)]
        rules: RuleArgs,
        /// One JSON object a rule
        #[arg(long)]
        json: bool,
    },
    /// Show a rule: where it is, why it exists, and its text
    Show {
        /// The rule's id
        id: String,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Run the tests of the rules against the whole set
    Test {
        /// A pack or a folder of packs, over the built-in ones; without it the built-in rules are tested
        path: Option<PathBuf>,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// List the rules whose regexes take the most time on your texts
    Profile(ProfileArgs),
    /// Print a commented rule pack to start from
    Init {
        /// The name of the pack
        #[arg(default_value = "mine")]
        name: String,
    },
    /// Print the JSON Schema of rule packs
    Schema,
}

/// The arguments of `rules profile`.
#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    /// A text, a folder of texts, or JSON Lines; `-` is standard input
    pub(crate) input: PathBuf,
    /// How many rules to list
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) top: usize,
    /// Load no more than this many megabytes
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) max_mb: u64,
    /// One JSON object a rule
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) records: RecordArgs,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

/// Formats to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    // By the name's extension.
    Auto,
    // Plain text.
    Text,
    // One JSON record a line.
    Jsonl,
    // Rows of cells between commas.
    Csv,
    // Rows of cells between tabs.
    Tsv,
    // An archive of records, as crawlers write it.
    Warc,
    // A table of columns.
    Parquet,
}

/// Formats to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    // Plain text.
    Text,
    // One JSON record a line.
    Jsonl,
}

/// Forms of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    // For people.
    Text,
    // For programs.
    Json,
}

/// Parses the command line. Without a command in the first place it is `clean`, whatever the inputs are called.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    let first = words.get(1).map(|w| w.to_string_lossy().into_owned());
    let top_level = match first.as_deref() {
        Some(word) => COMMANDS.contains(&word) || ["-h", "--help", "-V", "--version"].contains(&word),
        None => false,
    };
    if !top_level {
        words.insert(1.min(words.len()), OsString::from("clean"));
    }
    let matches = TopLevel::command().try_get_matches_from(words).map_err(name_renamed)?;
    let parsed = TopLevel::from_arg_matches(&matches)?;
    match parsed.command {
        Some(command) => Ok(Arguments { command }),
        None => Ok(Arguments { command: Command::Clean(parsed._clean) }),
    }
}

/// Names the new flag or command where an old one was given; clap would suggest the nearest by its letters.
fn name_renamed(mut error: clap::Error) -> clap::Error {
    let given = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].into_iter().find_map(|kind| error.get(kind));
    let given = given.map(ToString::to_string).unwrap_or_default();
    if let Some((_, advice)) = RENAMED.iter().find(|(old, _)| *old == given) {
        for suggested in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
            error.remove(suggested);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*advice).into()]));
    }
    error
}

/// The help of the program, for those who type its name and nothing else.
pub(crate) fn help() -> String {
    TopLevel::command().render_help().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Command {
        parse(std::iter::once("bodytext").chain(words.iter().copied()).map(OsString::from)).unwrap().command
    }

    #[test]
    fn clap_finds_no_fault_in_the_definitions() {
        TopLevel::command().debug_assert();
    }

    #[test]
    fn a_command_is_one_only_in_the_first_place() {
        assert!(matches!(command(&["rules", "list"]), Command::Rules(_)));
        for words in [&["./rules"][..], &["--force", "rules"], &["clean", "rules"], &["-o", "x", "explain"]] {
            assert!(matches!(command(words), Command::Clean(args) if args.paths.len() == 1), "{words:?}");
        }
        assert!(matches!(command(&[]), Command::Clean(args) if args.paths.is_empty()));
    }

    #[test]
    fn repeatable_flags_take_one_value_each() {
        let Command::Clean(args) = command(&["--keep", "byline", "page.txt", "--keep", "credit"]) else { panic!() };
        assert_eq!(args.cleaning.keep, ["byline", "credit"]);
        assert_eq!(args.paths, [PathBuf::from("page.txt")]);
    }
}
