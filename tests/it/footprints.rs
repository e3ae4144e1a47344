//! What platforms leave around a text: each footprint of `tests/footprints/footprints.tsv` stands below an article of
//! its language, and below its headline, as such lines do; it must go in one of the two places, and the article must
//! stay in both. Rules were mended by the footprints of the set `dev` only. List and rules have one author, so the set
//! `aside` says less about lines of other platforms than a list by somebody else would.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use bodytext::{Cleaner, Options};
use sha2::{Digest, Sha256};

/// A line of the list.
struct Footprint {
    set: String,
    platform: String,
    language: String,
    /// One line or several, as they follow each other on a page.
    text: String,
}

#[test]
fn the_list_is_long_and_the_sets_are_drawn_by_hash() {
    let footprints = footprints();
    assert!(footprints.len() >= 300);
    for Footprint { set, platform, text, .. } in &footprints {
        let first = Sha256::digest(text.replace('\n', "\\n").as_bytes())[0];
        assert_eq!(set, if first % 3 == 0 { "aside" } else { "dev" }, "{platform}: {text}");
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "the figures, for `--nocapture`")]
fn footprints_of_platforms_go_and_the_article_stays() {
    let cleaner = Cleaner::builtin(Options::default());
    let mut articles: HashMap<String, String> = HashMap::new();
    let (mut all, mut left): (HashMap<String, usize>, HashMap<String, Vec<String>>) = Default::default();
    for Footprint { set, platform, language, text } in footprints() {
        let article = articles.entry(language.clone()).or_insert_with(|| read(&format!("articles/{language}.txt")));
        let (headline, paragraphs) = article.split_once("\n\n").unwrap();
        let pages = [format!("{article}\n{text}\n"), format!("{headline}\n\n{text}\n\n{paragraphs}")];
        let gone = pages.map(|page| {
            let cleaned = cleaner.clean_text(&page, None);
            let mut kept: Vec<&str> = cleaned.text().lines().filter(|line| !line.is_empty()).collect();
            for paragraph in paragraphs.split("\n\n").map(str::trim_end) {
                let at = kept.iter().position(|line| *line == paragraph);
                kept.swap_remove(at.unwrap_or_else(|| panic!("{platform} {language} {text:?} takes {paragraph:?}")));
            }
            kept.retain(|line| *line != headline);
            kept.is_empty()
        });
        *all.entry(set.clone()).or_default() += 1;
        if !gone.contains(&true) {
            left.entry(set).or_default().push(format!("{platform} {language} {text:?}"));
        }
    }
    for (set, count) in &all {
        println!("{set}: {} of {count} go", count - left.get(set).map_or(0, Vec::len));
    }
    // The texts of the set aside are not shown, so that nobody writes rules for them.
    let dev = left.remove("dev").unwrap_or_default();
    let aside = left.remove("aside").unwrap_or_default().len();
    assert!(dev.len() * 20 <= all["dev"], "{} of {} stay:\n{}", dev.len(), all["dev"], dev.join("\n"));
    assert!(aside * 20 <= all["aside"] * 3, "{aside} of {} set aside stay", all["aside"]);
}

fn footprints() -> Vec<Footprint> {
    let list = read("footprints.tsv");
    let mut rows = list.lines().map(|row| row.split('\t').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(rows.next().unwrap(), ["set", "platform", "language", "text"]);
    rows.map(|row| {
        let [set, platform, language, text]: [String; 4] = row.try_into().unwrap();
        Footprint { set, platform, language, text: text.replace("\\n", "\n") }
    })
    .collect()
}

fn read(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/footprints").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
