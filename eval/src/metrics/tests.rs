//! Tests measures and labels with values computed by hand. `tests/it/corpora.rs` compares them with another scorer on
//! real pages.

use super::*;

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn words_count_as_a_bag() {
    // Text: a a b c, gold: A b b d. Shared: a b.
    let score = Score::of("a a b c", "A b, b d!");
    close(score.word.precision, 2.0 / 4.0);
    close(score.word.recall, 2.0 / 4.0);
    close(score.word.f1, 0.5);
    let score = Score::of("one two three", "one");
    close(score.word.precision, 1.0 / 3.0);
    close(score.word.recall, 1.0);
    close(score.word.f1, 0.5);
    assert_eq!(Score::of("a", "b").word, Prf::default());
}

#[test]
fn shingles_are_runs_of_four_words_with_their_case() {
    // Text: abcd bcde cdef, gold: abcd bcdX.
    let score = Score::of("a b c d e f", "a b c d X");
    close(score.shingle_precision.unwrap(), 1.0 / 3.0);
    close(score.shingle_recall.unwrap(), 1.0 / 2.0);
    close(score.shingle_f1(), 0.4);
    // Twice in the text, once in the gold: one hit. Text: abab baba abab, gold: abab.
    let score = Score::of("a b a b a b", "a b a b");
    close(score.shingle_precision.unwrap(), 1.0 / 3.0);
    assert_eq!(Score::of("A b c d", "a b c d").shingle_precision, Some(0.0));
}

#[test]
fn a_short_text_is_one_short_shingle() {
    assert_eq!(Score::of("a b", "a b").shingle_f1(), 1.0);
    // No shingle of three words is one of four.
    assert_eq!(Score::of("a b c", "a b c d").shingle_recall, Some(0.0));
}

#[test]
fn empty_texts_are_left_out_of_averages() {
    let (both, no_text, no_gold) = (Score::of(" ", "…"), Score::of("", "a b c d"), Score::of("a b c d", ""));
    assert_eq!((both.word, both.exact, both.shingle_f1()), (Prf { precision: 1.0, recall: 1.0, f1: 1.0 }, true, 1.0));
    assert_eq!((no_text.shingle_precision, no_text.shingle_recall), (None, Some(0.0)));
    assert_eq!((no_gold.shingle_precision, no_gold.shingle_recall), (Some(0.0), None));
    assert_eq!((no_text.word, no_gold.word), (Prf::default(), Prf::default()));
    let right = Score::of("a b c d", "a b c d");
    let measures = Measures::of(&[right, both, no_text, no_gold]);
    assert_eq!(measures.documents, 4);
    close(measures.word.f1, 2.0 / 4.0);
    close(measures.shingle.precision, 1.0 / 2.0);
    close(measures.shingle.recall, 1.0 / 2.0);
    close(measures.shingle.f1, 0.5);
    close(measures.exact, 2.0 / 4.0);
    assert_eq!(Measures::of(&[]), Measures::default());
}

#[test]
fn shingle_f1_is_of_averages_and_word_f1_is_an_average() {
    // Words: P 1 and 1/2, R 1/2 and 1. Shingles: P 1 and 1/5, R 1/5 and 1.
    let long = "a b c d e f g h";
    let measures = Measures::of(&[Score::of("a b c d", long), Score::of(long, "a b c d")]);
    close(measures.word.f1, 2.0 / 3.0);
    close(measures.shingle.precision, 0.6);
    close(measures.shingle.f1, 0.6);
}

#[test]
fn other_scripts_are_scored_as_python_scores_them() {
    // Marks split the words: four pieces against two.
    close(Score::of("ที่นี่ ที่นี่", "ที่นี่").word.precision, 0.5);
    assert!(Score::of("हिन्दी में", "हिन्दी, में।").exact);
    // The vowelled word is three letters to the scorer, the bare one a word: nothing shared.
    assert_eq!(Score::of("كَتَبَ", "كتب").word.f1, 0.0);
    close(Score::of("東京へ。行く。", "東京へ。帰る。").word.f1, 0.5);
    // I with a dot becomes i and a mark; a final sigma is another letter than one inside a word.
    close(Score::of("İzmir", "izmir").word.f1, 0.0);
    assert_eq!(Score::of("ΟΔΟΣ", "οδος").word.f1, 1.0);
    assert_eq!(Score::of("STRASSE", "straße").word.f1, 0.0);
}

#[test]
fn over_removal_is_what_clean_texts_lose() {
    let pairs = [("One two.", "One two."), ("one", "One two"), (" \n", "One"), ("", "–")];
    let over_removal = OverRemoval::of(&pairs.map(|(cleaned, text)| Score::of(cleaned, text)));
    assert_eq!((over_removal.documents, over_removal.emptied), (3, 1));
    close(over_removal.word_recall, 1.5 / 3.0);
}

#[test]
fn line_breaks_of_the_gold_do_not_matter() {
    let gold = "The first paragraph has nine words, this one too.\nSecond thoughts\nThe end came early.";
    let lines =
        ["The first paragraph has", "nine words, this one too. Second", "", "thoughts", "***", "The end came early."];
    assert_eq!(gold_lines(&lines, gold), [true, true, false, true, false, true]);
    assert_eq!(gold_lines(&["The first paragraph has nine words, this one too. Second thoughts"], gold), [true]);
    assert_eq!(gold_lines(&lines, ""), [false; 6]);
}

#[test]
fn gold_used_by_one_line_is_not_found_by_another() {
    let gold = "The port was shut on Monday. Nobody was hurt.";
    let twice = ["The port was shut on", "The port was shut on Monday.", "Nobody was hurt.", "Nobody was hurt."];
    assert_eq!(gold_lines(&twice, gold), [false, true, true, false]);
    // "Port" alone is not a line of the gold, since the line that contains it is there.
    assert_eq!(gold_lines(&["port", "The port was shut on Monday."], gold), [false, true]);
    // A line that is hardly found uses up nothing.
    let lines = ["A menu of nine other words, nobody was hurt by it", "Nobody was hurt."];
    assert_eq!(gold_lines(&lines, gold), [false, true]);
}

#[test]
fn half_of_the_shingles_are_enough() {
    // Of the six shingles of nine words, three are those of the first six words.
    assert_eq!(gold_lines(&["a b c d e f x y z"], "a b c d e f g"), [true]);
    assert_eq!(gold_lines(&["a b c d e w x y z"], "a b c d e f g"), [false]);
}

#[test]
fn lines_of_other_scripts_are_labelled() {
    let gold = "東京へ行く。電車は速い。\nฝนตกหนัก";
    assert_eq!(gold_lines(&["ホーム", "東京へ行く。", "電車は速い。", "ฝนตกหนัก"], gold), [false, true, true, true]);
}
