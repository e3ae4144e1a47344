//! The classes of characters beyond ASCII, in tables that are filled when a text first needs them.

use std::sync::OnceLock;

use crate::text::fold::{folded, is_unspaced, is_word_char};

/// What a character is, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CharClass(u16);

impl CharClass {
    pub(super) const SPACE: CharClass = CharClass(1);
    /// A letter or digit, or a mark that is part of a word.
    pub(super) const ALPHANUMERIC: CharClass = CharClass(1 << 1);
    pub(super) const UPPER: CharClass = CharClass(1 << 2);
    pub(super) const LOWER: CharClass = CharClass(1 << 3);
    pub(super) const NUMERIC: CharClass = CharClass(1 << 4);
    /// An apostrophe or a joiner without width, which do not end a word.
    pub(super) const JOINER: CharClass = CharClass(1 << 5);
    pub(super) const COMMA: CharClass = CharClass(1 << 6);
    pub(super) const SEPARATOR: CharClass = CharClass(1 << 7);
    pub(super) const QUOTE: CharClass = CharClass(1 << 8);
    pub(super) const COPYRIGHT: CharClass = CharClass(1 << 9);
    /// The end of a sentence.
    pub(super) const STOP: CharClass = CharClass(1 << 10);
    /// Its lowercase form differs.
    pub(super) const CASED: CharClass = CharClass(1 << 11);
    /// Its folded form is not its lowercase form.
    pub(super) const FOLDED: CharClass = CharClass(1 << 12);
    /// The end of a sentence if a blank follows.
    pub(super) const SPACED_STOP: CharClass = CharClass(1 << 15);
    /// Left out of folded lines.
    pub(super) const INVISIBLE: CharClass = CharClass(1 << 14);
    /// Its lowercase form is longer or shorter, or it belongs to a script without spaces.
    pub(super) const ODD: CharClass = CharClass(1 << 13);

    pub(super) fn of(c: char) -> CharClass {
        /// The classes of 256 characters each.
        static TABLES: [OnceLock<Box<[CharClass; 256]>>; 256] = [const { OnceLock::new() }; 256];
        let Some(table) = TABLES.get(c as usize >> 8) else { return CharClass::look_up(c) };
        let first = c as u32 & !0xff;
        let classify = |at| char::from_u32(first + at as u32).map_or(CharClass::ODD, CharClass::look_up);
        table.get_or_init(|| Box::new(std::array::from_fn(classify)))[c as usize & 0xff]
    }

    #[inline(always)]
    pub(super) fn is(self, class: CharClass) -> bool {
        self.0 & class.0 != 0
    }

    fn look_up(c: char) -> CharClass {
        let mut lowercase = c.to_lowercase();
        let lower = lowercase.next().unwrap_or(c);
        let mut buffer = [0; 4];
        let fold = folded(c.encode_utf8(&mut buffer));
        let classes = [
            (CharClass::SPACE, c.is_whitespace()),
            (CharClass::ALPHANUMERIC, is_word_char(c)),
            (CharClass::UPPER, c.is_uppercase()),
            (CharClass::LOWER, c.is_lowercase()),
            (CharClass::NUMERIC, c.is_numeric()),
            (CharClass::JOINER, matches!(c, '’' | '\u{200c}' | '\u{200d}')),
            (CharClass::COMMA, matches!(c, '，' | '、' | '،')),
            (CharClass::SEPARATOR, matches!(c, '»' | '›' | '·' | '•')),
            (CharClass::QUOTE, matches!(c, '“' | '”' | '„' | '«')),
            (CharClass::COPYRIGHT, matches!(c, '©' | '®' | '™')),
            (CharClass::STOP, matches!(c, '。' | '！' | '？')),
            (CharClass::SPACED_STOP, matches!(c, '।' | '۔' | '؟')),
            (CharClass::CASED, lower != c),
            (CharClass::FOLDED, !fold.chars().eq(c.to_lowercase())),
            (CharClass::INVISIBLE, fold.is_empty()),
            (CharClass::ODD, is_unspaced(c) || lowercase.next().is_some() || lower.len_utf8() != c.len_utf8()),
        ];
        CharClass(classes.into_iter().filter(|(_, is)| *is).fold(0, |bits, (class, _)| bits | class.0))
    }
}
