//! Finds out whether a text is Markdown.

use memchr::memmem;

use super::Markup;

/// So many headings, bold words or code fences are Markdown; a single one may be anything.
const MARKS: usize = 2;

/// The markup of a text that is no web page. One link or one table is enough, or several other marks.
pub(crate) fn detect(text: &str) -> Markup {
    let is_markdown = has_link(text) || has_block_marks(text) || has_bars(text) || has_bold(text);
    if is_markdown { Markup::Markdown } else { Markup::None }
}

/// Whether a text has an inline link: a target follows the brackets.
fn has_link(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), "](").any(|at| {
        let target = &text[at + 2..];
        let end = target.find([')', ' ', '\n']).unwrap_or(target.len());
        let target = target[..end].trim_start_matches('<');
        target.is_empty()
            || target.starts_with(['#', '/', '.', '?'])
            || target.contains("://")
            || target.contains('.')
            || target.starts_with("mailto:")
            || target.starts_with("data:")
    })
}

/// Whether a text has headings or code fences.
fn has_block_marks(text: &str) -> bool {
    let begins_line = |at: &usize| at.checked_sub(1).is_none_or(|before| text.as_bytes()[before] == b'\n');
    let is_mark = |at: &usize| {
        let line = text[*at..].lines().next().unwrap_or_default();
        let rest = line.trim_start_matches('#');
        let level = line.len() - rest.len();
        line.starts_with("```")
            || (1..=6).contains(&level)
                && rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    };
    let signs = memchr::memchr2_iter(b'#', b'`', text.as_bytes()).filter(begins_line);
    signs.filter(is_mark).take(MARKS).count() == MARKS
}

/// Whether a text has the line between the head of a table and its rows.
fn has_bars(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), "--|").any(|at| {
        let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[begin..].lines().next().unwrap_or_default();
        line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
    })
}

/// Whether a text has bold words.
fn has_bold(text: &str) -> bool {
    let bytes = text.as_bytes();
    let opens = |at: &usize| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        before.is_none_or(|before| before.is_ascii_whitespace() || before == b'(')
            && bytes.get(at + 2).is_some_and(|next| next.is_ascii_alphanumeric() || *next >= 0x80)
    };
    let closed = |at: usize| {
        let line = text[at + 2..].lines().next().unwrap_or_default();
        line.find("**").is_some_and(|end| end > 0 && !line[..end].ends_with(' '))
    };
    memmem::find_iter(bytes, "**").filter(|at| opens(at) && closed(*at)).take(MARKS).count() == MARKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell() {
        for text in [
            "See [the harbour](https://example.org/a).",
            "* [Home](/)",
            "# Tides\n\nText.\n\n## Today\n",
            "|a|b|\n|---|---|\n|1|2|\n",
            "```\nx\n```\n",
            "**Home** and **away**",
        ] {
            assert_eq!(detect(text), Markup::Markdown, "{text}");
        }
        for text in [
            "",
            "Plain text [1] (see below).\nf[0](x)",
            "# a comment\n",
            "#harbour #tides\n#again",
            "2 ** 3 ** 4",
            "a | b\n---\n",
            "**** 4 stars, ** 2 stars",
        ] {
            assert_eq!(detect(text), Markup::None, "{text}");
        }
    }
}
