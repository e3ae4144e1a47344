//! A regex that is compiled when a line first asks for it: most documents ask for few of the set's. That it can be
//! compiled was checked when its pack was read.
//! It decides nothing.
//! Part of the fifth stage of the line.
//!
//! Nearly all that is asked of a regex is whether it matches. For that one automaton is enough, and a tenth of the memory
//! of a whole regex, which has several, and room for where its groups are.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};

/// The states of an automaton are made as they are met, and forgotten when they take so many bytes: enough for those
/// that lines lead to.
const STATES: usize = 128 << 10;
/// What the compiled form of a regex may take, as the crate `regex` has it.
const SIZE_LIMIT: usize = 10 << 20;

/// A regex.
#[derive(Debug)]
pub(super) struct Lazy {
    pattern: String,
    tester: OnceLock<Option<Tester>>,
    finder: OnceLock<Option<regex::Regex>>,
}

/// Makes room for the states of one more thread.
type MakeStates = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// Tells whether a regex matches.
#[derive(Debug)]
struct Tester {
    dfa: DFA,
    anchored: Anchored,
    /// The states that each thread has met.
    states: Pool<Cache, MakeStates>,
}

impl Lazy {
    pub(super) fn new(pattern: String) -> Lazy {
        Lazy { pattern, tester: OnceLock::new(), finder: OnceLock::new() }
    }

    /// Whether it matches somewhere in a text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        let tester = self.tester.get_or_init(|| Tester::new(&self.pattern));
        // Unicode's word boundaries are beyond what the automaton knows.
        let known = tester.as_ref().and_then(|tester| tester.is_match(text));
        known.unwrap_or_else(|| self.finder().is_some_and(|finder| finder.is_match(text)))
    }

    /// The whole regex, which tells where it matches.
    pub(super) fn finder(&self) -> Option<&regex::Regex> {
        self.finder.get_or_init(|| regex::Regex::new(&self.pattern).ok()).as_ref()
    }
}

impl Tester {
    fn new(pattern: &str) -> Option<Tester> {
        let nfa = thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(SIZE_LIMIT));
        let config = DFA::config().cache_capacity(STATES).skip_cache_capacity_check(true);
        let dfa = DFA::builder().thompson(nfa).configure(config).build(pattern).ok()?;
        let anchored = if dfa.get_nfa().is_always_start_anchored() { Anchored::Yes } else { Anchored::No };
        let of_pool = dfa.clone();
        let states: MakeStates = Box::new(move || of_pool.create_cache());
        Some(Tester { dfa, anchored, states: Pool::new(states) })
    }

    /// Whether it matches; `None` where it cannot tell.
    fn is_match(&self, text: &str) -> Option<bool> {
        let input = Input::new(text).anchored(self.anchored).earliest(true);
        self.dfa.try_search_fwd(&mut self.states.get(), &input).ok().map(|found| found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_matches_where_the_whole_regex_does() {
        for pattern in ["^by [a-z]+$", "letter", r"(?-u:\b)12(?-u:\b)", r"\bé\b", "^.{0,300}letter", "(?:a|b)+$", ""] {
            let (lazy, whole) = (Lazy::new(pattern.to_owned()), regex::Regex::new(pattern).unwrap());
            for text in ["by jane", "by jane roe", "a letter", "no 12.", "no 123", "né é", "éa", "b", ""] {
                assert_eq!(lazy.is_match(text), whole.is_match(text), "{pattern} {text}");
            }
        }
    }
}
