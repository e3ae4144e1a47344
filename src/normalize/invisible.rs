//! The step `invisible`: removes soft hyphens, zero-width spaces and joiners, direction marks, C1 controls and
//! noncharacters, except where a script or an emoji needs them.

use super::characters::Change;

/// Whether `c` is a character that this step may remove.
pub(super) fn may_be_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}') || is_direction(c) || is_never_text(c)
}

/// Removes invisible characters that no script or emoji needs.
pub(super) fn strip(line: &str) -> Change {
    let mut out = String::new();
    let mut places = 0;
    let mut copied = 0;
    let mut before = None;
    // Computed once a line, and only if the line has a direction mark.
    let mut right_to_left = None;
    for (at, c) in line.char_indices() {
        if !may_be_invisible(c) {
            before = Some(c);
            continue;
        }
        let end = at + c.len_utf8();
        let keep = match c {
            '\u{200b}' | '\u{2060}' => {
                before.is_some_and(is_unspaced) || next_visible(&line[end..]).is_some_and(is_unspaced)
            }
            '\u{200c}' => before.is_some_and(joins) || next_visible(&line[end..]).is_some_and(joins),
            '\u{200d}' => {
                let after = next_visible(&line[end..]);
                let emoji = before.is_some_and(is_emoji_part) && after.is_some_and(is_emoji_part);
                emoji || before.is_some_and(joins) || after.is_some_and(joins)
            }
            c if is_direction(c) => *right_to_left.get_or_insert_with(|| line.chars().any(is_right_to_left)),
            _ => false,
        };
        if !keep {
            out.push_str(&line[copied..at]);
            copied = end;
            places += 1;
        }
    }
    out.push_str(&line[copied..]);
    (places > 0).then_some((out, places))
}

/// The first visible character. The limit keeps long runs of invisible ones from taking quadratic time; no script has
/// more than two in a row.
fn next_visible(rest: &str) -> Option<char> {
    rest.chars().take(8).find(|&c| !may_be_invisible(c))
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// C1 controls that no step decoded, and noncharacters.
fn is_never_text(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xFFFE == 0xFFFE
}

/// Hebrew, Arabic, Syriac, Thaana, N'Ko, Mandaic and their presentation forms; the old and rare ones of plane 1.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{608}' | '\u{60b}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Scripts whose letters take their shape from their neighbours, so that a joiner or non-joiner is part of the spelling:
/// Arabic and related scripts, the Indic scripts, those of South-East Asia, Mongolian.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{109f}' | '\u{1700}'..='\u{1aff}' | '\u{1b00}'..='\u{1c4f}'
        | '\u{a800}'..='\u{abff}' | '\u{fb50}'..='\u{fdcf}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}')
}

/// Scripts without spaces between words, in which a zero-width space marks a possible line break.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19ff}' | '\u{1a20}'..='\u{1aaf}'
        | '\u{2e80}'..='\u{9fff}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters that may be next to a joiner in an emoji: pictures, skin tones, the variation selector.
fn is_emoji_part(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{20e3}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1fbff}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needless_characters_are_removed() {
        assert_eq!(strip("a\u{200b}b soft\u{ad}ware \u{200e}left\u{2060}"), Some(("ab software left".into(), 4)));
        assert_eq!(strip("zero\u{200d}width\u{200c}joiners"), Some(("zerowidthjoiners".into(), 2)));
        assert_eq!(strip("un\u{81}read\u{fffe}able"), Some(("unreadable".into(), 2)));
    }

    #[test]
    fn characters_that_scripts_need_stay() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👩\u{200d}🚀 👨🏽\u{200d}⚕\u{fe0f}",
            "ไทย\u{200b}แลนด์",
            "שלום\u{200f}!",
            "(\u{200e}العربية) abc",
        ] {
            assert_eq!(strip(text), None, "{text}");
        }
    }

    #[test]
    fn long_runs_take_linear_time() {
        let text = "\u{200d}".repeat(100_000);
        assert_eq!(strip(&text), Some((String::new(), 100_000)));
    }
}
