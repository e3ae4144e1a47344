//! Handles SIGINT and SIGTERM: the first asks the run to stop, the second ends it at once. The run checks [`requested`]
//! often enough to stop by itself. If it hangs in a read, the process is ended after a grace period: its temporary
//! files are removed, and the quarantine is kept.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, ExitCode};
use crate::write::atomic_file;

/// The time a run has to stop by itself. With a check every [`PAUSE`], the process ends within two seconds.
const GRACE: Duration = Duration::from_millis(1500);
/// The interval of the watcher's checks: short against [`GRACE`], long against the cost of waking up.
const PAUSE: Duration = Duration::from_millis(100);

static CODE: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Installs the signal handlers. If that fails, signals keep their usual effect.
pub(crate) fn listen() {
    let code = Arc::clone(CODE.get_or_init(|| Arc::new(AtomicUsize::new(0))));
    let asked = Arc::new(AtomicBool::new(false));
    for (signal, number) in [(SIGINT, ExitCode::Interrupted), (SIGTERM, ExitCode::Terminated)] {
        let number = number as u8;
        // The order counts: at the first signal the flag is still down when the shutdown checks it.
        let _ = flag::register_conditional_shutdown(signal, i32::from(number), Arc::clone(&asked));
        let _ = flag::register_usize(signal, Arc::clone(&code), usize::from(number));
        let _ = flag::register(signal, Arc::clone(&asked));
    }
    let _ = thread::Builder::new().name("signals".to_owned()).spawn(watch);
}

/// Whether a signal asked the run to stop.
pub(crate) fn requested() -> bool {
    signal().is_some()
}

/// Returns an error if a signal asked the run to stop.
pub(crate) fn check() -> Result<(), Error> {
    match signal() {
        None => Ok(()),
        Some(code) => Err(Error::Signal(code)),
    }
}

fn signal() -> Option<ExitCode> {
    match CODE.get()?.load(Ordering::Relaxed) {
        0 => None,
        143 => Some(ExitCode::Terminated),
        _ => Some(ExitCode::Interrupted),
    }
}

fn watch() {
    loop {
        thread::sleep(PAUSE);
        if let Some(code) = signal() {
            thread::sleep(GRACE);
            atomic_file::remove_all();
            std::process::exit(i32::from(code as u8));
        }
    }
}
