//! Rule packs and rule sets: how rule files are parsed, merged and matched. `docs/rules.md` describes the format.
//!
//! Rules see the *folded* line (see [`fold`](crate::text::fold)): lowercase, plain quotes and dashes, single spaces, no
//! bullet; the text itself is never folded. All conditions of a rule must hold, and all hits of all rules are recorded.
//! The [`Action`] of a rule says what a hit does, and [`classify`](crate::classify) does it.
//!
//! Packs are merged in order: a rule of a later pack replaces one with the same id; `disable` and `extend` change the rules
//! of earlier packs. In a set with a preset only rules decide: [`RuleSet::rules_only`].

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
mod texts;
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
