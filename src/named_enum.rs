//! Enums whose variants have names in flags, files and reports.

/// An unknown name; the message lists the known ones, or the most similar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(String);

impl UnknownName {
    pub(crate) fn new(name: &str, known: &[&str]) -> UnknownName {
        UnknownName(format!("'{name}' is not one of {}", known.join(", ")))
    }

    pub(crate) fn similar(name: &str, near: &[&str]) -> UnknownName {
        UnknownName(format!("'{name}' is unknown; the nearest are {}", near.join(", ")))
    }
}

/// Declares an enum with names for its variants: `ALL`, `name`, `Display`, `FromStr`, and the name as the serialised
/// form.
macro_rules! named_enum {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident { $($(#[$variant_meta:meta])* $Variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        $vis enum $Enum {
            $($(#[$variant_meta])* $Variant,)+
        }

        #[doc(hidden)]
        impl $Enum {
            const NAMES: &'static [&'static str] = &[$($name),+];

            /// All variants, in order.
            $vis const ALL: [$Enum; Self::NAMES.len()] = [$($Enum::$Variant),+];

            /// The name used in flags, files and reports, and by `Display`.
            $vis const fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        #[automatically_derived]
        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        #[automatically_derived]
        impl std::str::FromStr for $Enum {
            type Err = $crate::named_enum::UnknownName;

            fn from_str(name: &str) -> Result<$Enum, Self::Err> {
                let found = Self::ALL.into_iter().find(|variant| variant.name() == name);
                found.ok_or_else(|| $crate::named_enum::UnknownName::new(name, Self::NAMES))
            }
        }

        #[automatically_derived]
        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        #[automatically_derived]
        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$Enum, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                name.parse().map_err(|_| serde::de::Error::unknown_variant(&name, Self::NAMES))
            }
        }
    };
}
pub(crate) use named_enum;
