//! Drops whole documents by their measured properties.

/// The conditions for keeping a document.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Filters {
    /// The minimum number of words of its cleaned text.
    pub(crate) min_words: Option<usize>,
    /// The share of its words that may be removed, 0 to 1.
    pub(crate) max_removed: Option<f64>,
}

impl Filters {
    /// The name of the filter that drops a document with these numbers of words before and after cleaning.
    pub(crate) fn drops(&self, [before, after]: [usize; 2]) -> Option<&'static str> {
        if self.min_words.is_some_and(|least| after < least) {
            return Some("min-words");
        }
        let removed = 1.0 - after as f64 / before.max(1) as f64;
        (before > 0 && self.max_removed.is_some_and(|most| removed > most)).then_some("max-removed")
    }
}
