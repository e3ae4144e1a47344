//! The command line as defined for clap: flags, help texts, examples. This is the first step of every command.
//! Only the syntax is checked here; `config` and `plan` convert the arguments to the types of the run.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bodytext::unstable::nearest;
use bodytext::{Filters, RuleSet, ScoringModel};
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) mod bench;
pub(crate) mod eval;
pub(crate) mod tune;

use bench::BenchArgs;
use eval::EvalArgs;
use tune::TuneArgs;

use crate::limits::{Limits, parse_size};

/// Flags and commands of earlier versions, and what to write now.
const RENAMED: [(&str, &str); 4] = [
    ("--trace", "it is --removals now"),
    ("--trace-sample", "it is --removals-sample now"),
    ("--max-depth", "nested JSON needs no limit any more; leave it out"),
    ("new", "it is `rules init` now"),
];

/// The flags that `-h` shows, with descriptions that fit a terminal of 60 columns; `--help` has all.
const FIRST_SCREEN: [(&str, &str); 10] = [
    ("output", "file or folder to write"),
    ("to", "write text, jsonl or parquet"),
    ("text_field", "where records have the text"),
    ("keep", "keep a class, such as byline"),
    ("body_only", "remove the headline too"),
    ("rules", "add rules of your own"),
    ("removals", "log every removed line"),
    ("dry_run", "only report; write nothing"),
    ("resume", "go on with a run cut off"),
    ("help", "-h this screen, --help all"),
];

/// The most threads: more than any machine has cores, and few enough that each can have its buffers.
const MAX_THREADS: usize = 1024;

const FIRST_EXAMPLES: &str = "\
Examples:
  bodytext page.txt                print the clean text
  bodytext pages/ -o clean/        a folder into another
  bodytext in.jsonl -o out.jsonl   the text of each record";

const FIRST_SCREEN_TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

{before-help}Options:
{options}

Commands:
{subcommands}";

const LONG_TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

{before-help}{all-args}{after-help}";

const EXAMPLES: &str = "\
Examples:
  bodytext page.txt                        the clean text on standard output
  cat page.txt | bodytext                  the same from a pipe
  bodytext pages/ -o clean/                a folder, mirrored into another
  bodytext crawl.jsonl -o clean.jsonl      only the text values change
  bodytext pages/ --to jsonl > all.jsonl   one record a file
  bodytext pages/ -o clean/ --dry-run      what would be removed; writes nothing
  bodytext page.txt --keep byline          put a class of lines back
  bodytext crawl.jsonl -o clean.parquet    records as a table; or a table as records
  bodytext wet/ -o clean/ --resume         archives, continued after a crash
  bodytext explain page.txt                every line, kept or removed, and why";

const NOTES: &str = "\
`clean` may be left out. Write a file that has the name of a command as ./rules.

Exit codes: 0 all done; 1 some inputs failed or are in the quarantine; 2 wrong usage, nothing was done; 3 the output cannot be written; 130 or 143 stopped by a signal.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  bodytext explain page.txt
  bodytext explain crawl.jsonl --id 42       a record of JSON Lines, Parquet, CSV or an archive
  bodytext explain page.txt -v               with the score of what went for its score
  bodytext explain --rules mine.toml page.txt
  bodytext explain --features                what the names behind a score mean

Each line begins with its number, `+` (kept), `-` (removed) or `~` (a part was cut), and its class, and ends with the reasons: a name with a dot is a rule (`bodytext rules show NAME`), `low-score` says what the line looks like to the model. -v gives the score, from 0 (boilerplate) to 1 (body), and the features that moved it most; --json has all scores and features.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  bodytext verify clean/                                    every output there, whole and unchanged
  bodytext crawl.jsonl.gz -o clean.jsonl.gz --manifest m.json
  bodytext verify clean.jsonl.gz --manifest m.json

It also checks that every record was written, quarantined, left out by a filter, or failed. Exit codes: 0 everything matches, 1 something is missing, changed or unfinished.";

const RULES_EXAMPLES: &str = "\
Examples:
  bodytext rules list
  bodytext rules show en.share.prompt
  bodytext rules init > mine.toml            a commented pack to start from
  bodytext rules test mine.toml              its tests, against the whole set
  bodytext rules profile pages/              which rules take the most time on your texts
  bodytext rules list --preset c4            the rules of a preset
  bodytext rules list --stats pages/         how often each rule fires, and on what
  bodytext rules schema > pack.schema.json   for editors";

/// What the user asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The command, `clean` where none was named.
    pub(crate) command: Command,
    pub(crate) color: ColorChoice,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Clean files and folders (the default)
    #[command(before_help = EXAMPLES, after_help = NOTES, help_template = LONG_TEMPLATE,
        override_usage = "bodytext [clean] [OPTIONS] [PATH]...")]
    Clean(CleanArgs),
    /// Show why each line is kept or removed
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Measure against texts with known bodies
    #[command(after_help = eval::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Eval(EvalArgs),
    /// Train the model on pages of your own
    #[command(after_help = tune::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Tune(TuneArgs),
    /// Measure the speed on your documents
    #[command(after_help = bench::EXAMPLES, mut_arg("body_only", |flag| flag.hide(true)))]
    Bench(BenchArgs),
    /// Check the outputs of a finished run
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// List, show, test and begin rule packs
    #[command(subcommand, after_help = RULES_EXAMPLES)]
    Rules(RulesCommand),
    /// Print the completions for a shell
    Completions {
        /// The shell to complete in
        shell: Shell,
    },
    /// Write the manual pages
    Man {
        /// The folder for them
        dir: PathBuf,
    },
}

/// Cleans scraped text: repairs the encoding, removes boilerplate, keeps the article. Inputs are never changed.
#[derive(Debug, Parser)]
#[command(
    name = "bodytext",
    version,
    about = "Cleans scraped text; the files themselves stay as they are.",
    before_help = EXAMPLES,
    after_help = NOTES,
    help_template = LONG_TEMPLATE,
    override_usage = "bodytext [OPTIONS] [PATH]...\n       bodytext <COMMAND> ...",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
struct TopLevel {
    // Only for the help: without a command the arguments are parsed as those of `clean`.
    #[command(flatten)]
    _clean: CleanArgs,

    #[command(flatten)]
    color: ColorArg,

    #[command(subcommand)]
    command: Option<Command>,
}

/// The flag of all commands.
#[derive(Debug, Clone, Args)]
struct ColorArg {
    /// Colours: auto (only at a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        global = true,
        display_order = 900
    )]
    color: ColorChoice,
}

/// The arguments of `clean` alone: to define all commands takes longer than to clean a short page.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct CleanAlone {
    #[command(flatten)]
    clean: CleanArgs,
    #[command(flatten)]
    color: ColorArg,
}

/// The arguments of `clean`.
#[derive(Debug, Clone, Args)]
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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Documents")]
pub(crate) struct DocumentArgs {
    /// Leave out documents of fewer words, once cleaned
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>)]
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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Refuse what comes out of a compressed file beyond this size
    #[arg(long, value_name = "SIZE", default_value = "1T", value_parser = parse_size)]
    max_unpacked: u64,

    /// Refuse what comes out of a compressed file beyond so many times its size (the first 64 MiB are free)
    #[arg(long, value_name = "N", default_value = "200", value_parser = whole_number::<u64>)]
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
#[derive(Debug, Clone, Args)]
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

    /// What to write: text, markdown, jsonl or parquet; default: what was read, and JSON Lines for archives. Texts become one stream
    /// of {"id", "text"} records. Outputs named .gz or .zst are compressed
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) to: Option<OutputFormat>,

    /// In folders, take only files that match; a glob without `/` is matched against the name. Repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// In folders, leave out files and folders that match. Repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Write the clean text into this field of each record, beside the raw text, which stays as it is
    #[arg(long, value_name = "FIELD", help_heading = "JSON Lines")]
    pub(crate) text_out: Option<String>,

    /// Write figures into this field of each record: the share removed, words and lines before and after, the encoding
    #[arg(long, value_name = "FIELD", help_heading = "JSON Lines")]
    pub(crate) stats: Option<String>,

    /// Write what the page says about its article into fields of each record: any of headline, standfirst, byline,
    /// dateline, credit, tags
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "JSON Lines")]
    pub(crate) fields: Vec<String>,

    /// Overwrite outputs that exist
    #[arg(long)]
    pub(crate) force: bool,

    /// Do all the work and print the summary, but write nothing except the file of --removals
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Write malformed JSON lines and CSV rows to this file, byte for byte, and the reasons to PATH.reasons.jsonl.
    /// Without it they are passed on where they stand
    #[arg(long, value_name = "PATH")]
    pub(crate) quarantine: Option<PathBuf>,
}

/// Where things stand in records.
#[derive(Debug, Clone, Args)]
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

    /// The field or column with the page's title: the line that has it is the headline
    #[arg(long, value_name = "FIELD", default_value = "title")]
    pub(crate) title_field: String,
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

impl RuleArgs {
    /// Whether these are all built-in rules and no others.
    pub(crate) fn are_default(&self) -> bool {
        self.rules.is_empty()
            && !self.no_builtin_rules
            && self.preset.is_none()
            && self.disable.is_empty()
            && self.languages.is_empty()
    }
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

    /// What the texts are: auto, found out for each text; none, plain text; markdown, whose marks and links are seen as a
    /// reader sees them and kept as they are; html, web pages, whose text comes out
    #[arg(long, value_name = "NAME", default_value = "auto", help_heading = "Cleaning")]
    pub(crate) markup: String,

    /// What web pages become: text, or markdown with their headings, lists, tables, links and code. --to markdown is
    /// --to text --pages-as markdown
    #[arg(long, value_name = "NAME", default_value = "text", help_heading = "Cleaning")]
    pub(crate) pages_as: String,

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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArgs {
    /// How many threads work; the result is the same for any number; default: one a core
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

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

    /// Say in the summary what was removed by which rule, which encodings were found and what was repaired
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

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

/// A whole number of any type. The standard library's errors speak of types and digits.
fn whole_number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "write a whole number, for example 10".to_owned())
}

fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number from 1".to_owned())
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MAX_THREADS);
    threads.ok_or_else(|| format!("write a number from 1 to {MAX_THREADS}; more threads than cores gain nothing"))
}

/// The arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyArgs {
    /// The output folder of a run, or a single output together with --manifest
    pub(crate) output: PathBuf,

    /// The manifest; default: those in the output folder
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
}

/// The arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArgs {
    /// The text to explain; `-` is standard input, as is a pipe without FILE
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// The record to explain, by its id; default: the first one
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,

    /// The page's address, for the rules of single sites; a record's own address is used without it
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Explain scores in numbers: the score, and the features that moved it most
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Say what every feature means, and nothing else
    #[arg(long)]
    pub(crate) features: bool,

    #[command(flatten)]
    pub(crate) records: RecordArgs,

    #[command(flatten)]
    pub(crate) cleaning: CleaningArgs,
}

/// The commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules: id, kind, class, pack; with --stats how often each fires on your texts
    List(ListArgs),
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

/// The arguments of `rules list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Count on how many lines and documents of PATH each rule fires, with the first line, the most frequent first and those
    /// that never fire last. PATH is a text, a folder of texts, or JSON Lines
    #[arg(long, value_name = "PATH")]
    pub(crate) stats: Option<PathBuf>,
    /// Load no more than this many megabytes of PATH
    #[arg(long, value_name = "N", default_value = "64", value_parser = whole_number::<u64>, requires = "stats")]
    pub(crate) max_mb: u64,
    /// One JSON object a rule
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) records: RecordArgs,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

/// The arguments of `rules profile`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProfileArgs {
    /// A text, a folder of texts, or JSON Lines; `-` is standard input
    pub(crate) input: PathBuf,
    /// How many rules to list
    #[arg(long, value_name = "N", default_value = "20", value_parser = whole_number::<usize>)]
    pub(crate) top: usize,
    /// Load no more than this many megabytes
    #[arg(long, value_name = "N", default_value = "64", value_parser = whole_number::<u64>)]
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
    // Text, and Markdown of web pages.
    Markdown,
    // One JSON record a line.
    Jsonl,
    // A table of columns.
    Parquet,
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
    // The flag for all commands may stand before them.
    let color = match words.get(1).and_then(|word| word.to_str()) {
        Some("--color") if words.len() > 3 => 2,
        Some(word) if word.starts_with("--color=") && words.len() > 2 => 1,
        _ => 0,
    };
    if color > 0 {
        words[1..].rotate_left(color);
    }
    let first = words.get(1).cloned().unwrap_or_default();
    if first == "clean" || !is_like_command(&first.to_string_lossy()) {
        let rest = words.iter().skip(if first == "clean" { 2 } else { 1 });
        // What is wrong is said below, by the definitions of all commands.
        if let Ok(CleanAlone { clean, color }) = CleanAlone::try_parse_from(rest) {
            return Ok(Arguments { command: Command::Clean(clean), color: color.color });
        }
    }
    let mut command = TopLevel::command();
    let is_command = command.find_subcommand(&first).is_some();
    let wants_first_screen = words.iter().take_while(|word| *word != "--").any(|word| word == "-h");
    if first == "--version" {
        command = command.long_version(version());
    } else if first == "help" {
        // `help rules` is `rules --help`.
        words.remove(1);
        words.push(OsString::from("--help"));
    } else if wants_first_screen && (!is_command || first == "clean") {
        command = first_screen();
        words = ["bodytext", "-h"].map(OsString::from).to_vec();
    } else if !is_command && !["--help", "-V"].iter().any(|flag| first == *flag) {
        if let Some(advice) = mistyped_command(&command, &first.to_string_lossy()) {
            return Err(command.error(ErrorKind::InvalidSubcommand, advice));
        }
        words.insert(1.min(words.len()), OsString::from("clean"));
    }
    let mut matches = command.try_get_matches_from(words).map_err(name_renamed)?;
    let TopLevel { _clean, color, command } = TopLevel::from_arg_matches_mut(&mut matches)?;
    Ok(Arguments { command: command.unwrap_or(Command::Clean(_clean)), color: color.color })
}

/// The definitions of `-h`: examples, the flags most used and the commands, on one screen.
fn first_screen() -> clap::Command {
    let help = clap::Arg::new("help").short('h').long("help").action(ArgAction::HelpShort).display_order(usize::MAX);
    let command = TopLevel::command()
        .override_usage("bodytext [OPTIONS] [PATH]..., or bodytext COMMAND")
        .before_help(FIRST_EXAMPLES)
        .help_template(FIRST_SCREEN_TEMPLATE)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(help)
        .mut_args(on_first_screen);
    ["clean", "completions", "man"].into_iter().fold(command, |command, name| command.mut_subcommand(name, hidden))
}

fn on_first_screen(flag: clap::Arg) -> clap::Arg {
    match FIRST_SCREEN.iter().find(|(id, _)| flag.get_id() == id) {
        Some((_, help)) if flag.get_action().takes_values() => flag.help(*help).hide_default_value(true),
        Some((_, help)) => flag.help(*help),
        None => flag.hide(true),
    }
}

fn hidden(command: clap::Command) -> clap::Command {
    command.hide(true)
}

fn is_like_command(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What to type instead of a first word that is no file and looks like a command.
fn mistyped_command(command: &clap::Command, word: &str) -> Option<String> {
    if !is_like_command(word) || Path::new(word).exists() {
        return None;
    }
    let commands = command.get_subcommands().map(clap::Command::get_name);
    let meant = match word {
        "version" => "--version",
        _ => nearest(word, commands)?,
    };
    Some(format!("there is no file and no command `{word}`; did you mean `bodytext {meant}`?"))
}

/// The version with what decides on the output: the commit, the rules and the model.
fn version() -> String {
    let rules = RuleSet::builtin();
    format!(
        "{} ({})\nrules {} ({})\nmodel {}",
        env!("CARGO_PKG_VERSION"),
        env!("BODYTEXT_COMMIT"),
        rules.hash(),
        rules.rules().len(),
        ScoringModel::builtin().hash(),
    )
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

/// The first screen, for those who type the program's name and nothing else.
pub(crate) fn help() -> StyledStr {
    first_screen().render_help()
}

/// The definitions of all commands and flags, for shells and manual pages.
pub(crate) fn definitions() -> clap::Command {
    TopLevel::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Command {
        parse(std::iter::once("bodytext").chain(words.iter().copied()).map(OsString::from)).unwrap().command
    }

    #[test]
    fn the_first_screen_is_one_screen() {
        let screen = help().to_string();
        assert!(screen.lines().count() <= 28 && screen.lines().all(|line| line.chars().count() <= 60), "{screen}");
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
    fn the_flag_for_all_commands_may_stand_before_them() {
        for words in [&["--color", "never", "explain", "x"][..], &["--color=never", "explain", "x"]] {
            assert!(matches!(command(words), Command::Explain(_)), "{words:?}");
        }
        assert!(matches!(command(&["--color", "never"]), Command::Clean(_)));
    }

    #[test]
    fn repeatable_flags_take_one_value_each() {
        let Command::Clean(args) = command(&["--keep", "byline", "page.txt", "--keep", "credit"]) else { panic!() };
        assert_eq!(args.cleaning.keep, ["byline", "credit"]);
        assert_eq!(args.paths, [PathBuf::from("page.txt")]);
    }
}
