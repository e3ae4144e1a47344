//! Finds source code in plain text, by the signs that programs have and prose has not.

use super::{Block, BlockKind};
use crate::text::Page;

/// Lines of a run that must be code for sure,
const SURE_LINES: usize = 2;
/// or one of them, if so many have a sign of code.
const LINES_WITH_SIGNS: usize = 3;
/// A line of code has at least one symbol in so many bytes.
const MAX_BYTES_A_SYMBOL: usize = 40;
/// So many rows that may be code, or may not, are between two that are.
const MAX_BETWEEN: usize = 2;

/// How much a line looks like code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Sure,
    /// It has one sign of code.
    Sign,
    /// It has none, but an indent.
    Indented,
    None,
}

/// The runs of code of a page.
pub(super) fn find(page: &Page<'_>) -> Vec<Block> {
    // Most pages have none of these.
    if memchr::memchr3(b'{', b';', b'=', page.text.as_bytes()).is_none() {
        return Vec::new();
    }
    let rows = page.rows();
    let mut runs: Vec<Run> = Vec::new();
    // Whether all rows since the last that is code for sure may be code, and how many rows before this one have a sign.
    let (mut unbroken, mut with_signs) = (false, 0);
    for (at, row) in rows.iter().enumerate() {
        let likeness = likeness(page.row_text(row), page.stats[row.line].symbols, row.indent);
        match likeness {
            Likeness::Sure => {
                match runs.last_mut() {
                    Some(run) if unbroken && at - run.end <= MAX_BETWEEN => {
                        (run.end, run.sure) = (at + 1, run.sure + 1);
                        run.with_signs += with_signs + 1;
                    }
                    _ => runs.push(Run { start: at - with_signs, end: at + 1, sure: 1, with_signs: with_signs + 1 }),
                }
                (unbroken, with_signs) = (true, 0);
            }
            Likeness::Sign => with_signs += 1,
            Likeness::Indented => with_signs = 0,
            Likeness::None => (unbroken, with_signs) = (false, 0),
        }
        // Rows with a sign directly below belong to the run.
        if let Some(run) = runs.last_mut().filter(|run| unbroken && likeness == Likeness::Sign && run.end == at) {
            (run.end, run.with_signs, with_signs) = (at + 1, run.with_signs + 1, 0);
        }
    }
    let is_code = |run: &Run| run.sure >= SURE_LINES || run.with_signs >= LINES_WITH_SIGNS;
    let lines = runs.into_iter().filter(is_code).map(|run| rows[run.start].line..rows[run.end - 1].line + 1);
    lines.map(|lines| Block { kind: BlockKind::Code, lines }).collect()
}

/// Rows that may be code.
struct Run {
    start: usize,
    end: usize,
    /// How many are code for sure.
    sure: usize,
    /// How many have a sign of code.
    with_signs: usize,
}

fn likeness(text: &str, symbols: usize, indent: usize) -> Likeness {
    // All signs of code are symbols. Most lines have none, and paragraphs have few.
    if symbols * MAX_BYTES_A_SYMBOL < text.len().max(1) {
        return if indent >= 2 { Likeness::Indented } else { Likeness::None };
    }
    let only_signs = text.bytes().all(|byte| b"{}()[];,".contains(&byte)) && text.contains(['{', '}', ')', ']', ';']);
    let Signs { has_sign, calls, assigns } = Signs::of(text.as_bytes());
    let ends_statement = text.ends_with([';', '{', '}']) || text.ends_with("):") || text.ends_with(");");
    let is_comment = ["//", "/*", "*/", "#include", "#!/", "<!--", "<?"].iter().any(|start| text.starts_with(start));
    let is_keyword = [
        "import ",
        "from ",
        "def ",
        "class ",
        "function ",
        "const ",
        "let ",
        "var ",
        "return ",
        "public ",
        "private ",
        "fn ",
        "if (",
        "for (",
        "while (",
        "} else",
        "elif ",
        "SELECT ",
        "<",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    let signs = usize::from(has_sign)
        + usize::from(calls)
        + usize::from(assigns)
        + usize::from(ends_statement)
        + usize::from(is_keyword);
    if only_signs || is_comment || signs >= 2 {
        Likeness::Sure
    } else if signs == 1 {
        Likeness::Sign
    } else if indent >= 2 {
        Likeness::Indented
    } else {
        Likeness::None
    }
}

/// What stands inside a line of code.
#[derive(Default)]
struct Signs {
    /// An operator or a tag.
    has_sign: bool,
    /// A bracket directly after a name.
    calls: bool,
    assigns: bool,
}

impl Signs {
    fn of(text: &[u8]) -> Signs {
        let mut signs = Signs::default();
        for (at, &byte) in text.iter().enumerate() {
            // Nearly every byte of prose is passed over here.
            if !matches!(byte, b'=' | b'!' | b'-' | b':' | b'&' | b'|' | b'+' | b'<' | b'/' | b'"' | b'(') {
                continue;
            }
            let before = at.checked_sub(1).map(|before| text[before]);
            signs.calls |=
                byte == b'(' && before.is_some_and(|before| before.is_ascii_alphanumeric() || before == b'_');
            match &text[at..] {
                [b'=', b'>' | b'=' | b'\'' | b'"', ..]
                | [b'!' | b'+', b'=', ..]
                | [b'-' | b'/', b'>', ..]
                | [b':', b':', ..]
                | [b'&', b'&', ..]
                | [b'|', b'|', ..]
                | [b'<', b'/', ..]
                | [b'"', b':', ..]
                | [b'(', b')', b';', ..] => signs.has_sign = true,
                [b':', b'=', ..] => signs.assigns = true,
                [b'=', b' ', ..] => signs.assigns |= before == Some(b' '),
                _ => {}
            }
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_prose() {
        let code = "Call it so:\n\nfn main() {\n    let tide = read();\n\n    print(tide);\n}\n\nThe end (really); it is over.\n";
        let blocks = find(&Page::new(code, None));
        assert_eq!(blocks, [Block { kind: BlockKind::Code, lines: 2..7 }]);
        let prose = "He said: “I will go”;\nshe stayed (as always);\nthey left = the end.\nEmail: a@example.org\nx\n";
        assert!(find(&Page::new(prose, None)).is_empty());
    }
}
