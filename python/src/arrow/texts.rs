//! Columns of texts: three types of strings, read and built by one code.

use arrow_array::builder::{LargeStringBuilder, StringBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;
use std::sync::Arc;

use super::dictionary::Dictionary;

/// An array of strings.
pub(super) enum Texts<'a> {
    Utf8(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

pub(super) enum Value<'a> {
    Null,
    /// Bytes that are not UTF-8. Some readers of files do not check them.
    Invalid(&'a [u8]),
    Text(&'a str),
}

/// Whether it is one of the types of strings.
pub(super) fn is_string(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

impl<'a> Texts<'a> {
    pub(super) fn of(array: &'a dyn Array) -> Option<Texts<'a>> {
        Some(match array.data_type() {
            DataType::Utf8 => Texts::Utf8(array.as_string()),
            DataType::LargeUtf8 => Texts::Large(array.as_string()),
            DataType::Utf8View => Texts::View(array.as_string_view()),
            _ => return None,
        })
    }

    pub(super) fn get(&self, row: usize) -> Value<'a> {
        let text = match self {
            Texts::Utf8(array) if array.is_valid(row) => array.value(row),
            Texts::Large(array) if array.is_valid(row) => array.value(row),
            Texts::View(array) if array.is_valid(row) => array.value(row),
            _ => return Value::Null,
        };
        // The array may hold what a file held, unchecked.
        match simdutf8::basic::from_utf8(text.as_bytes()) {
            Ok(text) => Value::Text(text),
            Err(_) => Value::Invalid(text.as_bytes()),
        }
    }

    /// The bytes of all texts; of views no more than a guess.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Texts::Utf8(array) => bytes_between(array.value_offsets()),
            Texts::Large(array) => bytes_between(array.value_offsets()),
            Texts::View(_) => 0,
        }
    }
}

/// A column of strings, or of a dictionary of strings.
pub(super) struct Strings<'a> {
    texts: Texts<'a>,
    keys: Option<Vec<Option<usize>>>,
}

impl<'a> Strings<'a> {
    pub(super) fn of(array: &'a dyn Array) -> Option<Strings<'a>> {
        match Dictionary::of(array) {
            Some(Dictionary { values, keys }) => Some(Strings { texts: Texts::of(values.as_ref())?, keys: Some(keys) }),
            None => Some(Strings { texts: Texts::of(array)?, keys: None }),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        match self.texts.get(self.keys.as_ref().map_or(Some(row), |keys| keys[row])?) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn bytes_between<O: Copy + TryInto<i64>>(offsets: &[O]) -> usize {
    let at = |offset: Option<&O>| offset.and_then(|&offset| offset.try_into().ok()).unwrap_or(0);
    usize::try_from(at(offsets.last()) - at(offsets.first())).unwrap_or(0)
}

/// Builds an array of the type of another.
pub(super) enum TextBuilder {
    Utf8(StringBuilder),
    Large(LargeStringBuilder),
    View(StringViewBuilder),
}

impl TextBuilder {
    /// For so many rows and bytes.
    pub(super) fn like(texts: &Texts<'_>, rows: usize, bytes: usize) -> TextBuilder {
        let builder = match texts {
            Texts::Utf8(_) => TextBuilder::Utf8(StringBuilder::with_capacity(rows, bytes)),
            Texts::Large(_) => TextBuilder::Large(LargeStringBuilder::with_capacity(rows, bytes)),
            Texts::View(_) => TextBuilder::View(StringViewBuilder::with_capacity(rows)),
        };
        #[cfg(target_os = "linux")]
        match &builder {
            TextBuilder::Utf8(builder) => ask_for_large_pages(builder.values_slice().as_ptr(), bytes),
            TextBuilder::Large(builder) => ask_for_large_pages(builder.values_slice().as_ptr(), bytes),
            TextBuilder::View(_) => {}
        }
        builder
    }

    /// Whether its offsets have 32 bits, and so can count no more than 2 GiB.
    pub(super) fn is_bounded(&self) -> bool {
        matches!(self, TextBuilder::Utf8(_))
    }

    pub(super) fn push(&mut self, text: Option<&str>) {
        match self {
            TextBuilder::Utf8(builder) => builder.append_option(text),
            TextBuilder::Large(builder) => builder.append_option(text),
            TextBuilder::View(builder) => builder.append_option(text),
        }
    }

    /// Copies bytes from an array as they are.
    #[allow(unsafe_code, reason = "the array that they come from holds them as a string")]
    pub(super) fn push_unchecked(&mut self, bytes: &[u8]) {
        // SAFETY: the bytes are only copied, from one array of strings to another; nothing reads them as text.
        self.push(Some(unsafe { std::str::from_utf8_unchecked(bytes) }));
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            TextBuilder::Utf8(mut builder) => Arc::new(builder.finish()),
            TextBuilder::Large(mut builder) => Arc::new(builder.finish()),
            TextBuilder::View(mut builder) => Arc::new(builder.finish()),
        }
    }
}

/// Asks the system to give memory in pages of 2 MiB. In pages of 4 KiB, giving it for a large column takes 7 % of the time
/// that its texts take to be cleaned.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the system is told of memory by its address")]
fn ask_for_large_pages(start: *const u8, bytes: usize) {
    const LARGE_PAGE: usize = 2 << 20;
    // The allocator may keep smaller buffers, and the advice with them, for what else the process does.
    const LEAST: usize = 32 << 20;
    if bytes < LEAST {
        return;
    }
    // Whole pages only: what is around them may be anybody's.
    let before = start.addr().next_multiple_of(LARGE_PAGE) - start.addr();
    let length = bytes.saturating_sub(before) / LARGE_PAGE * LARGE_PAGE;
    if length > 0 {
        // SAFETY: the range is inside the buffer, and the advice leaves what it holds as it is. A system that cannot follow
        // it gives small pages.
        let _ = unsafe {
            rustix::mm::madvise(start.wrapping_add(before).cast_mut().cast(), length, rustix::mm::Advice::LinuxHugepage)
        };
    }
}
