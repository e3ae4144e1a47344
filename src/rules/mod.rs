//! Rules: what they are, how packs of them become a set, and the reference of the rule format.
//! It decides nothing about documents; [`classify`](crate::classify) does, from the hits given here.
//! Built at the edge, used as the fifth stage of the line.
//!
//! # The format
//!
//! A pack is a TOML file:
//!
//! ```toml
//! schema = 1
//! name = "my-pack"
//! language = "en"              # leave out for shapes that hold in every language
//!
//! [[rule]]
//! id = "my.share.prompt"
//! kind = "line"
//! class = "share"
//! why = "Buttons to pass the page on leave their prompt in the text."
//! phrases = ["share this story", "share this page"]
//! max_words = 6
//! matches = ["Share this story:"]
//! near_misses = ["Share this story with your children, she said."]
//! ```
//!
//! Rules see the *folded* line (see [`fold`](crate::text::fold)): lower case, plain quotes and dashes, single spaces, no
//! bullet; the text itself is never folded. A phrase begins and ends at a word boundary. It is the whole line (signs
//! such as a colon or an arrow may follow), or stands where [`At`] says. In `regex`, `\b \w \d \s` are ASCII unless
//! the rule says `unicode = true`. A regex runs only on lines that hold a literal it cannot match without, and begin like
//! it where it begins with `^` and one of a few literals. One of which neither is known needs `keywords`; where they are
//! given, one of them must stand in the line unless the regex begins so. [`slow`] tells which regexes take more time than
//! they need. Rules ensemble at lines of up to 200 bytes unless they say `long_lines = true`.
//!
//! All conditions of a rule must hold: `min_words`, `max_words`, `sentence`, `title_case`, `ends`, `not_ends`,
//! `min_longest_word`, `uppercase_share`, `digit_share`, `head`, `tail`, `near`, `hosts`. Rules of kind `line`, `hint`,
//! `keep` may be made of conditions alone. All hits of all rules are recorded. [`Kind`] says what a hit does; a `keep`
//! hit protects its line from every other.
//!
//! With `raw = true` a rule sees the line as it stands, less what the raw `span` rules before it have cut; words are
//! what stands between whitespace, and a span cuts exactly what its regex found.
//!
//! Packs lie over each other: built-in ones first, then those of `--rules` in the order given; a rule of a later pack
//! replaces one with the same id; `disable = ["id"]` and `[[extend]]` with `"phrases+"` and `"phrases-"` change the
//! rules of earlier packs. In a folder of packs, `site/<host>.toml` holds for that site and its subdomains only.
//!
//! `matches` and `near_misses` are required. The rule must fire on each of `matches`; no removing rule of the whole
//! set may fire on any of `near_misses`, and each of those must contain a phrase or keyword of its rule, where the rule
//! has any. [`check`] runs these tests.
//!
//! # Presets
//!
//! A preset is a pack that does what another project's line rules do, see [`Pack::preset`]. In a set with a preset only
//! rules decide, and lines end at line breaks only: [`RuleSet::rules_only`].

mod builtin;
mod error;
mod hit;
mod lint;
mod matcher;
mod pack;
mod parse;
mod rule;
mod rule_set;
mod self_test;
mod validate;

pub use error::{RuleError, RuleErrors, nearest, suggest_rule};
pub use hit::{Hit, MatchObserver};
pub use lint::{SlowRegex, lint};
pub use pack::Pack;
#[cfg(feature = "schema")]
pub use pack::schema;
pub use rule::{Action, Rule};
pub use rule_set::{RuleSet, Selection, names_rule};
pub use self_test::{TestFailure, TestProblem, self_test};
