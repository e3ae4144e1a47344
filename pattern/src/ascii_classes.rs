//! Rewrites `\b \w \d \s` of a regex to their ASCII forms, which match much faster.

use regex_syntax::ast::{self, Ast};

/// Rewrites `\b \w \d \s` in a regex to their ASCII forms. An invalid regex is returned unchanged.
pub fn to_ascii_classes(pattern: &str) -> String {
    let mut rewritten = pattern.to_owned();
    // Without a backslash there is nothing to rewrite.
    let parsed = pattern.contains('\\').then(|| ast::parse::Parser::new().parse(pattern).ok()).flatten();
    let edits = parsed.and_then(|parsed| ast::visit(&parsed, Edits::default()).ok()).unwrap_or_default();
    for (span, text) in edits.into_iter().rev() {
        rewritten.replace_range(span.start.offset..span.end.offset, text);
    }
    rewritten
}

/// The positions of `\b \w \d \s`, in order, each with its ASCII form.
#[derive(Default)]
struct Edits(Vec<(ast::Span, &'static str)>);

impl Edits {
    fn class(&mut self, class: &ast::ClassPerl) {
        let ascii = match (&class.kind, class.negated) {
            (ast::ClassPerlKind::Digit, false) => "[0-9]",
            (ast::ClassPerlKind::Digit, true) => "[^0-9]",
            (ast::ClassPerlKind::Space, false) => "[\\t ]",
            (ast::ClassPerlKind::Space, true) => "[^\\t ]",
            (ast::ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ast::ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.0.push((class.span, ascii));
    }
}

impl ast::Visitor for Edits {
    type Output = Vec<(ast::Span, &'static str)>;
    type Err = ();

    fn finish(self) -> Result<Self::Output, ()> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        match ast {
            Ast::ClassPerl(class) => self.class(class),
            Ast::Assertion(assertion) if assertion.kind == ast::AssertionKind::WordBoundary => {
                self.0.push((assertion.span, "(?-u:\\b)"));
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), ()> {
        if let ast::ClassSetItem::Perl(class) = item {
            self.class(class);
        }
        Ok(())
    }
}
