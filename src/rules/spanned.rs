//! A value of a rule file with the place where it stands.
//! Where the file was not read as text, as the built-in packs are not, no place is known.
//! It stands at the edge of the rules, before the line begins.

use serde::{Deserialize, Deserializer};

/// A value and the byte of the file at which it begins; 0 where that is not known.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    value: T,
    start: usize,
}

impl<T> Spanned<T> {
    pub(crate) fn get_ref(&self) -> &T {
        &self.value
    }

    pub(crate) fn into_inner(self) -> T {
        self.value
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Spanned<T>, D::Error> {
        if !deserializer.is_human_readable() {
            return Ok(Spanned { value: T::deserialize(deserializer)?, start: 0 });
        }
        let spanned = toml::Spanned::<T>::deserialize(deserializer)?;
        let start = spanned.span().start;
        Ok(Spanned { value: spanned.into_inner(), start })
    }
}
