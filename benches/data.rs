//! Texts for the benchmarks: of a known size, made of sentences written for this project.

/// Sentences of articles.
const SENTENCES: &[&str] = &[
    "The ferry left the harbour at nine in the morning, although the wind had not dropped since Sunday.",
    "Nobody on the pier had expected the council to decide before the summer.",
    "“We have waited for eleven years,” said the harbour master, “and we can wait for one more winter.”",
    "The new breakwater costs 4.2 million, of which the region pays a third.",
    "In the village above the bay the school was closed for two days, and the baker sold out by noon.",
    "Her brother — he sails too — found the boat on the rocks below the lighthouse.",
    "Engineers measured the third pillar again and came to the same result as in March.",
    "A café on the square served soup to everybody who had lost a roof.",
    "The report names three causes, and none of them is the weather.",
    "What the fishermen want is simple: a light, a crane and a road that does not flood.",
];

/// Lines of the boilerplate around articles.
const BOILERPLATE: &[&str] = &[
    "Home",
    "News",
    "Sport",
    "Weather",
    "Share this story:",
    "• 12",
    "Facebook",
    "Subscribe to our newsletter",
    "Read also",
    "Leave a Reply",
    "Your email address will not be published.",
    "© 2026 The Harbour Post. All rights reserved.",
    "Five boats that sailed round the world",
    "Cookie settings",
    "Skip to content",
    "By Jane Roe",
    "3 min read",
    "Log in",
    "Advertisement",
    "Follow us on Instagram",
    "Previous post",
    "Tags: harbour, storm, council",
    "1.2K views",
    "Search",
];

/// An article as an extractor leaves it: a headline and paragraphs with blank lines between them, at least `bytes` long.
pub(crate) fn article(bytes: usize) -> String {
    let mut text = String::from("Storm closes the harbour for a third day\n\n");
    let mut numbers = Numbers(1);
    while text.len() < bytes {
        paragraph(&mut text, &mut numbers);
    }
    text
}

/// A whole page: boilerplate above and below the article and between its paragraphs; two lines of three are boilerplate.
pub(crate) fn page(bytes: usize) -> String {
    let mut text = String::new();
    let mut numbers = Numbers(2);
    while text.len() < bytes {
        for _ in 0..2 + numbers.below(8) {
            text.push_str(numbers.one_of(BOILERPLATE));
            text.push('\n');
        }
        for _ in 0..1 + numbers.below(3) {
            paragraph(&mut text, &mut numbers);
        }
    }
    text
}

/// The same text after it was decoded as windows-1252 by mistake, as happens to whole sites.
pub(crate) fn mojibake(text: &str) -> String {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
}

/// The text in windows-1252.
pub(crate) fn windows_1252(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

/// The text in UTF-16LE, without a byte-order mark.
pub(crate) fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn paragraph(text: &mut String, numbers: &mut Numbers) {
    for _ in 0..2 + numbers.below(4) {
        text.push_str(numbers.one_of(SENTENCES));
        text.push(' ');
    }
    text.pop();
    text.push_str("\n\n");
}

/// Numbers that are the same on every run (an xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn one_of(&mut self, list: &[&'static str]) -> &'static str {
        list[self.below(list.len())]
    }
}
