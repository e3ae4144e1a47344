//! A regex that is compiled on first use: most documents need few of the set's regexes. Parsing the pack has checked
//! that it compiles.
//!
//! Usually only whether it matches is needed. One automaton suffices for that, with a tenth of the memory of a full
//! regex, which has several, and space for the positions of its groups.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};

/// The states of an automaton are built on demand, and dropped when they take this many bytes: enough for those that
/// lines reach.
const CACHE_CAPACITY: usize = 128 << 10;
/// The limit of a compiled regex in bytes, as in the crate `regex`.
const SIZE_LIMIT: usize = 10 << 20;

#[derive(Debug)]
pub(super) struct LazyRegex {
    pattern: String,
    is_match: OnceLock<Option<IsMatch>>,
    full: OnceLock<Option<regex::Regex>>,
}

type MakeCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// Tells whether a regex matches.
#[derive(Debug)]
struct IsMatch {
    dfa: DFA,
    anchored: Anchored,
    caches: Pool<Cache, MakeCache>,
}

impl LazyRegex {
    pub(super) fn new(pattern: String) -> LazyRegex {
        LazyRegex { pattern, is_match: OnceLock::new(), full: OnceLock::new() }
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let automaton = self.is_match.get_or_init(|| IsMatch::new(&self.pattern));
        // The automaton does not support Unicode word boundaries.
        let known = automaton.as_ref().and_then(|automaton| automaton.test(text));
        known.unwrap_or_else(|| self.full().is_some_and(|full| full.is_match(text)))
    }

    pub(super) fn full(&self) -> Option<&regex::Regex> {
        self.full.get_or_init(|| regex::Regex::new(&self.pattern).ok()).as_ref()
    }
}

impl IsMatch {
    fn new(pattern: &str) -> Option<IsMatch> {
        let nfa = thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(SIZE_LIMIT));
        let config = DFA::config().cache_capacity(CACHE_CAPACITY).skip_cache_capacity_check(true);
        let dfa = DFA::builder().thompson(nfa).configure(config).build(pattern).ok()?;
        let anchored = if dfa.get_nfa().is_always_start_anchored() { Anchored::Yes } else { Anchored::No };
        let of_pool = dfa.clone();
        let caches = Pool::new(Box::new(move || of_pool.create_cache()) as MakeCache);
        Some(IsMatch { dfa, anchored, caches })
    }

    /// Whether it matches; `None` if the automaton cannot decide.
    fn test(&self, text: &str) -> Option<bool> {
        let input = Input::new(text).anchored(self.anchored).earliest(true);
        self.dfa.try_search_fwd(&mut self.caches.get(), &input).ok().map(|found| found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_matches_where_the_full_regex_does() {
        for pattern in ["^by [a-z]+$", "letter", r"(?-u:\b)12(?-u:\b)", r"\bé\b", "^.{0,300}letter", "(?:a|b)+$", ""] {
            let (lazy, full) = (LazyRegex::new(pattern.to_owned()), regex::Regex::new(pattern).unwrap());
            for text in ["by jane", "by jane roe", "a letter", "no 12.", "no 123", "né é", "éa", "b", ""] {
                assert_eq!(lazy.is_match(text), full.is_match(text), "{pattern} {text}");
            }
        }
    }
}
