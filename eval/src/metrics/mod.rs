//! Compares cleaned texts with gold, the article bodies that people marked as correct.
//!
//! | number | what it is | where it comes from |
//! |---|---|---|
//! | word P, R, F1 | shared words, as a bag, lower-cased; averaged over the documents | the usual measure of body extraction since CleanEval |
//! | shingle P, R, F1 | shared runs of [`SHINGLE`] words; P and R averaged, F1 computed from the two averages | the measure of the public article-extraction benchmark |
//! | exact | share of documents whose words are those of the gold, in order | what a reader would call right |
//! | clean-text recall | share of the words of clean text that cleaning keeps | what is lost there is over-removal |
//!
//! Words are runs of letters, numerals and `_`, as `\w+` finds them in Python: see [`words`].

mod align;
mod bootstrap;
mod score;
#[cfg(test)]
mod tests;
mod words;

pub use align::gold_lines;
pub use bootstrap::{Difference, RESAMPLES};
pub use score::{Measures, OverRemoval, Prf, SHINGLE, Score};
pub use words::words;
