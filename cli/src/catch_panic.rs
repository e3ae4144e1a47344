//! Turns a panic while cleaning a document into that document's failure, so that the run continues.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work`; if it panics, the error is the message of the panic and its location.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    quiet_hook();
    // An inner call must not end the outer one.
    let was = CATCHING.replace(true);
    // The library keeps no state between documents, so nothing half-changed can be seen afterwards.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(was);
    result.map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        let place = PLACE.take();
        format!("a fault in bodytext at {place}: {}; please report it", short(&text))
    })
}

/// The start of a panic message: some quote whole documents, and a failure is one line of the summary.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

/// Installs a hook that only records the location: the summary lists the panics that were caught.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                PLACE.set(info.location().map(ToString::to_string).unwrap_or_default());
            } else {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason() {
        let reason = catch_panic(|| -> u8 { panic!("line {}", 3) }).unwrap_err();
        assert!(reason.contains("line 3") && reason.contains("catch_panic.rs"), "{reason}");
        assert_eq!(catch_panic(|| 7), Ok(7));
        let reason = catch_panic(|| -> u8 { catch_panic(|| 7).map_or(0, |n| panic!("after {n}")) }).unwrap_err();
        assert!(reason.contains("after 7") && reason.contains("catch_panic.rs"), "{reason}");
        let reason = catch_panic(|| -> u8 { panic!("{}\nmore", "é".repeat(500)) }).unwrap_err();
        assert!(reason.chars().count() < 200 && !reason.contains('\n'), "{reason}");
    }
}
