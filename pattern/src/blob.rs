//! Tables as bytes: the build script writes them, the library reads them where they are, without copying.

use std::borrow::Cow;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Writes sections.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

/// Reads the sections of a [`Writer`], in the same order.
pub(crate) struct Reader(pub(crate) &'static [u8]);

impl Writer {
    pub(crate) fn section<T: IntoBytes + Immutable>(&mut self, items: &[T]) {
        let bytes = items.as_bytes();
        self.0.extend((bytes.len() as u32).to_le_bytes());
        self.0.extend(bytes);
    }
}

impl Reader {
    /// The next section.
    ///
    /// # Panics
    ///
    /// If no section of such items is next.
    #[allow(clippy::expect_used, reason = "the bytes are constant, and a test reads them")]
    pub(crate) fn section<T: FromBytes + Immutable + KnownLayout + Clone>(&mut self) -> Cow<'static, [T]> {
        let (length, rest) = self.0.split_first_chunk().expect("the length of a section");
        let (section, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        self.0 = rest;
        Cow::Borrowed(<[T]>::ref_from_bytes(section).expect("whole items"))
    }
}
