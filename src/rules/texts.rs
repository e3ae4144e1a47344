//! The texts of a rule: its phrases, regexes and examples. Those of the built-in rules are read when somebody asks for
//! them: matching has them in its index, and there are tens of thousands.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::builtin;

/// A list of texts.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    list: OnceLock<Vec<String>>,
    /// Where the list is among the packed texts of the built-in rules, if it is not read yet.
    packed: Option<u32>,
}

impl Texts {
    /// No texts.
    pub(super) const fn none() -> Texts {
        Texts { list: OnceLock::new(), packed: None }
    }

    /// The list at this place among the packed texts of the built-in rules.
    pub(super) const fn packed(place: u32) -> Texts {
        Texts { list: OnceLock::new(), packed: Some(place) }
    }

    /// Changes the list.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut Vec<String>)) {
        let mut list = self.to_vec();
        change(&mut list);
        *self = list.into();
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        // No empty list is packed.
        self.packed.is_none() && self.list.get().is_none_or(Vec::is_empty)
    }

    fn as_list(&self) -> &Vec<String> {
        self.list.get_or_init(|| self.packed.map(builtin::texts).unwrap_or_default())
    }
}

impl Deref for Texts {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.as_list()
    }
}

impl From<Vec<String>> for Texts {
    fn from(list: Vec<String>) -> Texts {
        Texts { list: list.into(), packed: None }
    }
}

impl<'t> IntoIterator for &'t Texts {
    type Item = &'t String;
    type IntoIter = std::slice::Iter<'t, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Texts) -> bool {
        self.is_empty() == other.is_empty() && **self == **other
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_list().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Texts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<String>::schema_name()
    }

    fn inline_schema() -> bool {
        Vec::<String>::inline_schema()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<String>::json_schema(generator)
    }
}
