//! The progress bar on standard error: documents, speed, share removed, time left. It is hidden if standard error is not
//! a terminal or the user does not want it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use console::Term;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stats::{Counter, RunStats};
use crate::summary::count;

/// The longest bar, in columns.
const BAR: usize = 24;
/// The columns that the text beside the bar takes.
const TEXT: usize = 60;
/// Speeds and remaining times are not shown earlier, since they would be guesses.
const SETTLED: Duration = Duration::from_secs(2);

/// A progress bar, or nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
    documents: AtomicU64,
    characters_in: AtomicU64,
    characters_out: AtomicU64,
}

impl Progress {
    /// A bar for this many bytes; hidden unless `visible`. indicatif itself hides it if standard error is not a
    /// terminal.
    pub(crate) fn new(visible: bool, bytes: u64) -> Progress {
        let bar = match visible {
            true => ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        let columns = usize::from(Term::stderr().size().1);
        let template = match columns.saturating_sub(TEXT).min(BAR) {
            0 => "{percent:>3} %  {msg}".to_owned(),
            width => format!("{{bar:{width}}} {{percent:>3}} %  {{msg}}"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        let [documents, characters_in, characters_out] = [const { AtomicU64::new(0) }; 3];
        Progress { bar, documents, characters_in, characters_out }
    }

    /// Adds bytes of the inputs that are done.
    pub(crate) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        if !self.bar.is_hidden() {
            self.bar.set_message(self.message());
        }
    }

    /// Adds documents that are done.
    pub(crate) fn count(&self, stats: &RunStats) {
        self.documents.fetch_add(stats.get(Counter::Documents), Ordering::Relaxed);
        self.characters_in.fetch_add(stats.get(Counter::CharactersIn), Ordering::Relaxed);
        self.characters_out.fetch_add(stats.get(Counter::CharactersOut), Ordering::Relaxed);
    }

    /// Removes the bar, so that the summary begins on a clean line.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn message(&self) -> String {
        let mut parts = Vec::new();
        let documents = self.documents.load(Ordering::Relaxed);
        if documents > 0 {
            parts.push(count(documents, "document"));
        }
        let is_settled = self.bar.elapsed() >= SETTLED;
        if is_settled {
            parts.push(format!("{:.1} MB/s", self.bar.position() as f64 / 1e6 / self.bar.elapsed().as_secs_f64()));
        }
        let characters_in = self.characters_in.load(Ordering::Relaxed);
        if characters_in > 0 {
            let removed = 1.0 - self.characters_out.load(Ordering::Relaxed) as f64 / characters_in as f64;
            parts.push(format!("{:.0} % removed", 100.0 * removed));
        }
        if is_settled {
            parts.push(format!("{:#} left", HumanDuration(self.bar.eta())));
        }
        parts.join(", ")
    }
}
