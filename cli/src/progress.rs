//! The progress bar on standard error: files, bytes per second, time left. It is hidden if standard error is not a
//! terminal or the user does not want it.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar, or nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
    files: usize,
    done: AtomicUsize,
}

impl Progress {
    /// A bar for this many files and bytes; hidden unless `visible`. indicatif itself hides it if standard error is not
    /// a terminal.
    pub(crate) fn new(visible: bool, files: usize, bytes: u64) -> Progress {
        if !visible {
            return Progress { bar: ProgressBar::hidden(), files, done: AtomicUsize::new(0) };
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        let template = "{bar:24} {binary_bytes}/{binary_total_bytes}, {msg}, {binary_bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let progress = Progress { bar, files, done: AtomicUsize::new(0) };
        progress.show(0);
        progress
    }

    /// Adds processed bytes.
    pub(crate) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    pub(crate) fn file_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.bar.is_hidden() {
            self.show(done);
        }
    }

    /// Removes the bar, so that the summary begins on a clean line.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self, done: usize) {
        let plural = if self.files == 1 { "" } else { "s" };
        self.bar.set_message(format!("{done} of {} file{plural}", self.files));
    }
}
