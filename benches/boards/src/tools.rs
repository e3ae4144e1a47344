//! The extractors. Each runs in a process of its own that answers one page after the other: one that hangs or is
//! aborted costs a page, not the run.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use bodytext::{Cleaner, LineClass, Markup, Metadata, Options, RuleSet, ScoringModel};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// An extractor.
#[derive(Debug, PartialEq)]
pub struct Tool {
    pub name: &'static str,
    program: Program,
}

/// What runs it.
#[derive(Debug, PartialEq)]
enum Program {
    /// This program, with the crate built in.
    Rust,
    /// `tools.py`.
    Python,
}

pub const ALL: [Tool; 6] = [
    Tool { name: "bodytext", program: Program::Rust },
    Tool { name: "dom_smoothie", program: Program::Rust },
    Tool { name: "rs-trafilatura", program: Program::Rust },
    Tool { name: "trafilatura", program: Program::Rust },
    Tool { name: "trafilatura-py", program: Program::Python },
    Tool { name: "resiliparse-py", program: Program::Python },
];

/// A page to work on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request<'a> {
    #[serde(borrow)]
    pub html: Cow<'a, str>,
    pub fold: Option<u32>,
}

/// What a tool made of a page.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Its text; `None` if the tool failed.
    pub text: Option<String>,
    /// CPU seconds, without the transport.
    pub seconds: f64,
}

/// The first line that a tool says.
#[derive(Debug, Serialize, Deserialize)]
enum Greeting {
    #[serde(rename = "version")]
    Ready(String),
    #[serde(rename = "skipped")]
    Skipped(Skipped),
}

/// Why a tool cannot run, and what helps.
#[derive(Debug, Serialize, Deserialize)]
pub struct Skipped {
    pub reason: String,
    pub remedy: String,
}

/// The tools that cannot run.
pub type SkippedTools = Vec<(&'static Tool, Skipped)>;

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.remedy)
    }
}

/// A tool that was started.
#[derive(Debug)]
pub struct Running {
    pub tool: &'static Tool,
    pub version: String,
    python: PathBuf,
    models: Vec<String>,
    limit: Duration,
    process: Process,
}

#[derive(Debug)]
struct Process {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

/// Much longer than any tool takes to start.
const START: Duration = Duration::from_secs(120);

impl Running {
    /// Starts a tool. The inner error says why it cannot run here, which is no reason to stop.
    pub fn start(
        tool: &'static Tool,
        python: &Path,
        models: &[String],
        limit: Duration,
    ) -> Result<Result<Running, Skipped>, String> {
        let process = match Process::start(tool, python, models) {
            Ok(process) => process,
            Err(error) if tool.program == Program::Python => {
                let remedy = "name a Python 3.10 or later by --python".to_owned();
                return Ok(Err(Skipped { reason: format!("{}: {error}", python.display()), remedy }));
            }
            Err(error) => return Err(format!("{}: {error}", tool.name)),
        };
        let greeting = process.answers.recv_timeout(START).map_err(|_| format!("{} does not start", tool.name))?;
        let (python, models) = (python.to_owned(), models.to_vec());
        match serde_json::from_str(&greeting).map_err(|error| format!("{}: {error}: {greeting}", tool.name))? {
            Greeting::Skipped(skipped) => Ok(Err(skipped)),
            Greeting::Ready(version) => Ok(Ok(Running { tool, version, python, models, limit, process })),
        }
    }

    /// Lets it work on a page. One that ends or takes too long is started anew.
    pub fn ask(&mut self, request: &Request<'_>) -> Answer {
        let line = serde_json::to_string(request).unwrap_or_default() + "\n";
        let sent = self.process.requests.write_all(line.as_bytes()).and_then(|()| self.process.requests.flush());
        let answer = match sent {
            Ok(()) => self.process.answers.recv_timeout(self.limit),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(answer) => serde_json::from_str(&answer).unwrap_or_default(),
            Err(why) => {
                self.process.end();
                if let Ok(process) = Process::start(self.tool, &self.python, &self.models) {
                    let _ = process.answers.recv_timeout(START);
                    self.process = process;
                }
                let seconds = if why == RecvTimeoutError::Timeout { self.limit.as_secs_f64() } else { 0.0 };
                Answer { text: None, seconds }
            }
        }
    }
}

impl Process {
    fn start(tool: &Tool, python: &Path, models: &[String]) -> std::io::Result<Process> {
        let mut command = match tool.program {
            Program::Rust => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["tool", tool.name]).args(models);
                command
            }
            Program::Python => {
                let mut command = Command::new(python);
                command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools.py")).arg(tool.name);
                command
            }
        };
        // What they complain of on standard error is not of interest: a page without text counts.
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(requests), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both are piped")
        };
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Process { child, requests, answers })
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A page that is worked on before anything is measured: what a tool sets up once is not part of its first page.
const WARM_UP: &str = "<html><body><article><h1>Tides</h1><p>The wall was mended, and the port was open on Monday.</p>\
                       </article></body></html>";

/// A function from HTML to text.
type Extract = Box<dyn Fn(&Request<'_>) -> Option<String>>;

/// Is the tool of this name: answers every line of standard input.
pub fn answer(name: &str, models: &[String]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    let mut say = |line: String| writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string());
    let json = |greeting: &Greeting| serde_json::to_string(greeting).unwrap_or_default();
    let Some(extract) = extractor(name, models)? else {
        let reason = "this program was built without it".to_owned();
        let remedy = format!("build it with --features {name}");
        return say(json(&Greeting::Skipped(Skipped { reason, remedy })));
    };
    catch_unwind(AssertUnwindSafe(|| extract(&Request { html: WARM_UP.into(), fold: None }))).ok();
    say(json(&Greeting::Ready(version(name))))?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let request: Request<'_> = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let start = ProcessTime::now();
        let text = catch_unwind(AssertUnwindSafe(|| extract(&request))).unwrap_or_default();
        let seconds = start.elapsed().as_secs_f64();
        say(serde_json::to_string(&Answer { text, seconds }).unwrap_or_default())?;
    }
    Ok(())
}

/// The version in the lock file, which is that of what was built.
fn version(name: &str) -> String {
    if name == "bodytext" {
        return "this tree".to_owned();
    }
    let package = format!("name = \"{name}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    let version = lock.split_once(&package).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or_else(String::new, |(version, _)| version.to_owned())
}

/// The tool of this name, with what it does by default; `None` if it was not built in.
fn extractor(name: &str, models: &[String]) -> Result<Option<Extract>, String> {
    Ok(match name {
        "bodytext" => Some(bodytext(models)?),
        #[cfg(feature = "dom_smoothie")]
        "dom_smoothie" => Some(Box::new(|request| {
            // Its other text runs paragraphs together.
            let config = dom_smoothie::Config { text_mode: dom_smoothie::TextMode::Formatted, ..Default::default() };
            let mut page = dom_smoothie::Readability::new(&*request.html, None, Some(config)).ok()?;
            Some(page.parse().ok()?.text_content.to_string())
        })),
        #[cfg(feature = "rs-trafilatura")]
        "rs-trafilatura" => Some(Box::new(|request| Some(rs_trafilatura::extract(&request.html).ok()?.content_text))),
        #[cfg(feature = "trafilatura")]
        "trafilatura" => Some(Box::new(|request| {
            let found = trafilatura::extract(&request.html, &trafilatura::Options::default()).ok()?;
            // The text of the original has the comments, too.
            Some(format!("{}\n{}", found.content_text, found.comments_text))
        })),
        _ => None,
    })
}

/// Gold has no headline.
pub fn body_only(mut options: Options) -> Options {
    options.keep.retain(|&class| class != LineClass::Headline);
    options
}

/// Bodytext with the built-in model, or with that of each fold.
fn bodytext(models: &[String]) -> Result<Extract, String> {
    let cleaner = Cleaner::builtin(body_only(Options::default()));
    let mut of_folds = Vec::new();
    for model in models {
        let (fold, path) = fold_of_model(model)?;
        let model = read_model(Path::new(path))?;
        of_folds.push((fold, Cleaner::new(RuleSet::builtin(), Some(model), body_only(Options::default()))));
    }
    Ok(Box::new(move |request| {
        let of_fold = of_folds.iter().find(|(fold, _)| request.fold == Some(*fold));
        let cleaner = of_fold.map_or(&cleaner, |(_, cleaner)| cleaner);
        // All that a board has are pages, even those that a broken archive has left without a tag.
        let about = Metadata { markup: Some(Markup::Html), ..Metadata::default() };
        Some(cleaner.clean_text(&request.html, about).text().to_owned())
    }))
}

/// A model of `--model FOLD=FILE`.
pub fn fold_of_model(model: &str) -> Result<(u32, &str), String> {
    let parts = model.split_once('=').and_then(|(fold, path)| Some((fold.parse().ok()?, path)));
    parts.ok_or_else(|| format!("--model {model}: it has to be FOLD=FILE, for example 0=without-0.toml"))
}

pub fn read_model(path: &Path) -> Result<ScoringModel, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    ScoringModel::parse(&path.to_string_lossy(), &text).map_err(|error| error.to_string())
}
