//! Judges lines by those around them. Low lines among lines that stay are kept: headings of paragraphs, entries of a series,
//! the names and figures of a guide, questions with their answers. A sentence alone among removed lines goes.

use std::ops::Range;

use hashbrown::HashMap;

use super::Classifier;
use super::thresholds::{
    ALONE_REACH, ALONE_SCORE, ANSWER_PARAGRAPHS, BETWEEN_SCORE, BETWEEN_SCORE_BODY, BETWEEN_SCORE_SHORT, BETWEEN_WORDS,
    BODY_SCORE, BUTTONS, GAP_WORDS, QUESTION_LEAST_WORDS, QUESTION_MOST_WORDS, QUESTION_SCORE, QUESTIONS,
    SERIES_ENTRIES, SERIES_SCORE, SHORT_LINES, SHORT_SCORE, SHORT_WORDS, SUBHEADING_SCORE, SUBHEADING_WORDS,
};
use crate::blocks::{Block, BlockKind};
use crate::line_class::LineClass;

impl Classifier<'_> {
    /// Keeps what belongs to lines that stay, all but the headings of paragraphs.
    pub(super) fn keep_among_kept(&self, lines: &[(usize, f32)], blocks: &[Block], low: &mut [bool]) {
        self.keep_between(lines, low);
        if let Some(inside) = self.article(lines, low).map(|rows| &lines[rows])
            && inside.iter().any(|&(line, _)| low[line])
        {
            self.keep_series(inside, low);
            self.keep_short(inside, low);
        }
        self.keep_blocks_whole(blocks, low);
        self.keep_questions(lines, low);
    }

    /// Keeps whole the tables and lists of which half the lines stay.
    fn keep_blocks_whole(&self, blocks: &[Block], low: &mut [bool]) {
        for Block { lines, .. } in blocks.iter().filter(|block| block.kind != BlockKind::Code) {
            let of_low = self.kept_lines(lines.clone()).filter(|&line| low[line]).count();
            if of_low > 0 && of_low * 2 <= self.kept_lines(lines.clone()).count() {
                self.judge_block(lines, false, low);
            }
        }
    }

    /// Removes sentences below the article that have nothing but removed lines around them, if they score below the
    /// threshold of other lines, or nearly: teasers are sentences too.
    pub(super) fn remove_alone(&self, lines: &[(usize, f32)], threshold: f32, low: &mut [bool]) {
        let Some(article) = self.article(lines, low) else { return };
        let stays = |&(line, _): &(usize, f32)| self.stays(line, low);
        let is_alone = |&row: &usize| {
            let (above, below) =
                (row.saturating_sub(ALONE_REACH)..row, row + 1..lines.len().min(row + 1 + ALONE_REACH));
            let (line, score) = lines[row];
            score < threshold * ALONE_SCORE
                && stays(&lines[row])
                && self.page.stats[line].is_prose()
                && !lines[above].iter().any(stays)
                && !lines[below].iter().any(stays)
        };
        let alone: Vec<usize> = (article.end..lines.len()).filter(is_alone).collect();
        alone.into_iter().for_each(|row| low[lines[row].0] = true);
    }

    /// Keeps lines that head a paragraph of the body, and those between two. Credits of pictures between them do not count.
    pub(super) fn keep_headings(&self, lines: &[(usize, f32)], low: &mut [bool]) {
        let is_credit = |line: usize| {
            let verdict = &self.verdicts[line];
            !verdict.keep && matches!(verdict.class, LineClass::Credit | LineClass::Caption)
        };
        let lines: Vec<(usize, f32)> = lines.iter().copied().filter(|&(line, _)| !is_credit(line)).collect();
        let is_body = |(line, score): (usize, f32)| self.is_kept_prose(line) && score > BODY_SCORE;
        for near in lines.windows(3).filter(|near| is_body(near[2])) {
            let (line, score) = near[1];
            let stats = &self.page.stats[line];
            let fits = !stats.bulleted && (stats.words <= SUBHEADING_WORDS || stats.is_prose());
            low[line] &= !(fits && (score >= SUBHEADING_SCORE || score >= BETWEEN_SCORE && is_body(near[0])));
        }
    }

    /// Keeps a short low line between lines that stay, where a paragraph of the body is one of these, or its score is not
    /// that low; two of them between short lines, as in a list without bullets; and marks of code.
    fn keep_between(&self, lines: &[(usize, f32)], low: &mut [bool]) {
        let mut at = 0;
        while at < lines.len() {
            let stays = |&(line, _): &(usize, f32)| self.stays(line, low);
            let end = lines[at..].iter().position(stays).map_or(lines.len(), |length| at + length);
            let gap = at..end;
            at = end + 1;
            if !(1..=2).contains(&gap.len()) || gap.start == 0 || gap.end == lines.len() {
                continue;
            }
            let is_body = |row: usize| self.is_kept_prose(lines[row].0) && lines[row].1 > BODY_SCORE;
            let near_body = is_body(gap.start - 1) || is_body(gap.end);
            let least = match (gap.len(), near_body) {
                (1, true) | (2, false) => BETWEEN_SCORE_BODY,
                (1, false) => BETWEEN_SCORE_SHORT,
                _ => 1.0,
            };
            let fits = |&(line, score): &(usize, f32)| {
                let stats = &self.page.stats[line];
                let of_code = stats.words <= 1 && is_closing(self.page.line(line).trim());
                let is_short = stats.words <= BETWEEN_WORDS && !stats.bulleted;
                self.verdicts[line].keep && (of_code || is_short && score >= least)
            };
            if lines[gap.clone()].iter().all(fits) {
                lines[gap].iter().for_each(|&(line, _)| low[line] = false);
            }
        }
    }

    /// Whether neither a rule nor its score removes a line, so far.
    fn stays(&self, line: usize, low: &[bool]) -> bool {
        self.verdicts[line].keep && !low[line]
    }

    /// The rows from the first paragraph of the body to the last.
    fn article(&self, lines: &[(usize, f32)], low: &[bool]) -> Option<Range<usize>> {
        let is_body = |&(line, score): &(usize, f32)| self.is_kept_prose(line) && !low[line] && score > BODY_SCORE;
        Some(lines.iter().position(is_body)?..lines.iter().rposition(is_body)? + 1)
    }

    /// Keeps all entries of a series inside the article, short lines that begin alike, where half of them stay.
    fn keep_series(&self, inside: &[(usize, f32)], low: &mut [bool]) {
        let (mut number_of, mut series): (HashMap<&str, usize>, Vec<Series>) = (HashMap::new(), Vec::new());
        let mut entries: Vec<(usize, usize)> = Vec::with_capacity(inside.len());
        for &(line, score) in inside {
            let (stats, text) = (&self.page.stats[line], self.page.folded_text(line));
            if stats.words <= SUBHEADING_WORDS && !stats.bulleted && !text.is_empty() {
                let number = *number_of.entry(beginning(text)).or_insert(series.len());
                if number == series.len() {
                    series.push(Series::default());
                }
                series[number].add(self.stays(line, low), score);
                entries.push((line, number));
            }
        }
        for (line, number) in entries {
            low[line] &= !series[number].stays();
        }
    }

    /// Keeps short lines inside an article that has others, as guides have names, figures and labels, where only a few
    /// words are removed between two lines that stay. What is repeated and mostly removed is a button.
    fn keep_short(&self, inside: &[(usize, f32)], low: &mut [bool]) {
        let short = inside.iter().filter(|&&(line, _)| self.stays(line, low) && !self.page.stats[line].is_prose());
        if short.count() < SHORT_LINES {
            return;
        }
        let words = |&(line, _): &(usize, f32)| self.page.stats[line].words;
        let mut found: Vec<usize> = Vec::new();
        for gap in inside
            .chunk_by(|a, b| self.stays(a.0, low) == self.stays(b.0, low))
            .filter(|gap| !self.stays(gap[0].0, low))
        {
            if gap.iter().map(words).sum::<usize>() <= GAP_WORDS {
                let most = if gap.len() == 1 { BETWEEN_WORDS } else { SHORT_WORDS };
                let fits = |row: &&(usize, f32)| low[row.0] && row.1 >= SHORT_SCORE && words(row) <= most;
                found.extend(gap.iter().filter(fits).map(|&(line, _)| line));
            }
        }
        if found.is_empty() {
            return;
        }
        // How many lines of each text stay, and how many do not.
        let text = |line: usize| self.page.folded_text(line);
        let mut counts: HashMap<&str, [usize; 2]> = found.iter().map(|&line| (text(line), [0; 2])).collect();
        for &(line, _) in inside.iter().filter(|row| words(row) <= BETWEEN_WORDS) {
            if let Some(count) = counts.get_mut(text(line)) {
                count[usize::from(!self.stays(line, low))] += 1;
            }
        }
        for line in found {
            let [staying, removed] = counts[text(line)];
            low[line] = removed >= BUTTONS && staying * BUTTONS < removed;
        }
    }

    /// Keeps questions with their answers where several follow each other: all are body, or none is.
    fn keep_questions(&self, lines: &[(usize, f32)], low: &mut [bool]) {
        let asks = |&(line, _): &(usize, f32)| {
            let words = self.page.stats[line].words;
            (QUESTION_LEAST_WORDS..=QUESTION_MOST_WORDS).contains(&words)
                && self.verdicts[line].keep
                && self.page.line(line).trim_end().ends_with(['?', '？'])
        };
        let answers = |row: &(usize, f32)| self.is_kept_prose(row.0) && !asks(row);
        let mut at = 0;
        while at < lines.len() {
            let (start, mut questions) = (at, 0);
            while at < lines.len() && asks(&lines[at]) {
                let answer = lines[at + 1..].iter().take(ANSWER_PARAGRAPHS).take_while(|row| answers(row)).count();
                if answer == 0 {
                    break;
                }
                (at, questions) = (at + 1 + answer, questions + 1);
            }
            let block = &lines[start..at];
            at = at.max(start + 1);
            if questions < QUESTIONS || !block.iter().any(|&(line, _)| low[line]) {
                continue;
            }
            let words = |line: usize| self.page.stats[line].words as f32;
            let score: f32 = block.iter().map(|&(line, score)| score * words(line)).sum();
            let all: f32 = block.iter().map(|&(line, _)| words(line)).sum();
            if score >= QUESTION_SCORE * all {
                block.iter().for_each(|&(line, _)| low[line] = false);
            }
        }
    }
}

/// Whether a text is nothing but the brackets that end a block of code, or such as mark an omission.
fn is_closing(text: &str) -> bool {
    text.bytes().all(|byte| b"{}()[];,.<>".contains(&byte)) && text.contains(['}', ')', ']', '>'])
}

/// Short lines that begin alike.
#[derive(Default)]
struct Series {
    entries: usize,
    /// How many of them stay, so far.
    staying: usize,
    /// The sum of their scores.
    score: f32,
}

impl Series {
    fn add(&mut self, stays: bool, score: f32) {
        self.entries += 1;
        self.staying += usize::from(stays);
        self.score += score;
    }

    /// Whether all entries stay.
    fn stays(&self) -> bool {
        self.entries >= SERIES_ENTRIES
            && self.staying * 2 >= self.entries
            && self.score >= SERIES_SCORE * self.entries as f32
    }
}

/// The first two words of a text; a number is the same as any other.
fn beginning(text: &str) -> &str {
    let mut blanks = text.bytes().enumerate().filter(|(_, byte)| *byte == b' ').map(|(at, _)| at);
    match (blanks.next(), blanks.next()) {
        (Some(first), _) if is_number(&text[..first]) => "1.",
        (_, Some(second)) => &text[..second],
        _ => text,
    }
}

fn is_number(word: &str) -> bool {
    word.len() <= 3
        && word.ends_with(['.', ')'])
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word.trim_end_matches(['.', ')']).bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use crate::scoring::Scores;
    use crate::{Cleaner, Options};

    const PARAGRAPH: &str = "The kettle stood on the stove for an hour before anybody thought of lifting its lid, and by \
        then the water had gone. What was left in it was a grey crust, which came off with a knife and went into the bin, \
        and a smell that stayed in the kitchen until the windows had been open for two days.";
    const BODY: (&str, f32) = (PARAGRAPH, 0.9);
    const MENU: [(&str, f32); 6] = [
        ("Home", 0.0),
        ("Share this story", 0.0),
        ("Facebook", 0.0),
        ("Leave a Reply", 0.0),
        ("Sign up for our newsletter", 0.0),
        ("Advertisement", 0.0),
    ];

    /// What stays of a page with boilerplate above these lines and their scores.
    fn kept(lines: &[(&str, f32)]) -> Vec<String> {
        let lines: Vec<(&str, f32)> = MENU.iter().chain(lines).copied().collect();
        let text: String = lines.iter().flat_map(|(line, _)| [line, "\n"]).collect();
        let rows = lines.iter().map(|(_, score)| *score).collect();
        let scores = Scores { rows, boilerplate_ratio: 0.4 };
        let cleaner = Cleaner::builtin(Options::default());
        cleaner.clean_scored(&text, None, &scores).text().lines().map(str::to_owned).collect()
    }

    #[test]
    fn names_and_figures_of_a_guide_stay_and_its_buttons_go() {
        let of_kettle = |name, weight| {
            [
                (name, 0.6),
                ("Weight", 0.3),
                (weight, 0.6),
                ("Lid", 0.6),
                ("Spout", 0.6),
                ("Handle", 0.6),
                ("Comes off", 0.3),
                ("See the shop", 0.3),
                BODY,
            ]
        };
        let kettles = [("Copper Hob", "1.2 kg"), ("Tin Whistle", "0.9 kg"), ("Iron Monk", "3 kg")];
        let guide: Vec<(&str, f32)> =
            [BODY].into_iter().chain(kettles.into_iter().flat_map(|(name, weight)| of_kettle(name, weight))).collect();
        let mut kettle = of_kettle("Copper Hob", "1.2 kg");
        kettle[1].1 = 0.6;
        let named: Vec<(&str, f32)> = guide[..1].iter().chain(&kettle).chain(&guide[10..]).copied().collect();
        // A label that stays once stays everywhere; what never stays is a button.
        let expected = |lines: &[(&str, f32)], gone: &[&str]| -> Vec<String> {
            lines.iter().map(|(line, _)| (*line).to_owned()).filter(|line| !gone.contains(&line.as_str())).collect()
        };
        assert_eq!(kept(&guide), expected(&guide, &["Weight", "Comes off", "See the shop"]));
        assert_eq!(kept(&named), expected(&named, &["Comes off", "See the shop"]));
        let one = [&guide[..10], &guide[..1]].concat();
        assert_eq!(kept(&one), expected(&one, &[]), "nothing is repeated");
        let news = [BODY, BODY, ("Pictures", 0.26), ("Videos", 0.26), BODY];
        assert_eq!(kept(&news), expected(&news, &["Pictures", "Videos"]), "it has no short lines of its own");
    }

    #[test]
    fn questions_with_answers_stay_together() {
        let answer = "Twice a year is enough, if the water is not too hard where you live.";
        let questions = [("How often must it be cleaned?", 0.27), (answer, 0.6), ("What takes off the chalk?", 0.26)];
        let page = |rest: &[(&'static str, f32)]| [&[BODY; 3], rest].concat();
        let faq = page(&[&questions[..], &[(answer, 0.27), ("Our shops", 0.1), ("Jobs", 0.1)]].concat());
        let expected: Vec<&str> = faq[..7].iter().map(|(line, _)| *line).collect();
        assert_eq!(kept(&faq), expected);
        // A single one may be a teaser.
        let teaser = page(&[("Is your kettle too old?", 0.27), (answer, 0.3), ("Our shops", 0.1), ("Jobs", 0.1)]);
        assert_eq!(kept(&teaser), [PARAGRAPH; 3]);
    }

    #[test]
    fn a_list_with_a_sentence_about_each_item_stays() {
        let page = |list: &[(&'static str, f32)]| [&[BODY; 3], list, &[("Our shops", 0.1), ("Jobs", 0.1)]].concat();
        let told = [
            ("1. Enamel", 0.26),
            ("   It chips when it falls, but no soup has ever stuck to it.", 0.3),
            ("2. Copper", 0.26),
            ("   It is warm before the others are, and dearer than all of them.", 0.3),
        ];
        assert_eq!(kept(&page(&told)).len(), 3 + told.len());
        let menu = [("1. Kettles", 0.3), ("   For the stove", 0.3), ("2. Pans", 0.3), ("   For the fire", 0.3)];
        assert_eq!(kept(&page(&menu)).len(), 3);
    }

    #[test]
    fn a_table_of_which_most_rows_stay_stays_whole() {
        let table = [("You get:", 0.1), ("Lid\tyes", 0.45), ("Weight\t2 kg", 0.1), ("Spout\tlong", 0.45), BODY];
        let short = [("Copper Hob", 0.6), ("Tin Whistle", 0.6), ("Iron Monk", 0.6), ("Green Enamel", 0.6)];
        let guide = [&[BODY][..], &short, &short, &short, &table].concat();
        let expected: Vec<&str> = guide.iter().map(|(line, _)| *line).collect();
        assert_eq!(kept(&guide), expected);
    }

    #[test]
    fn a_sentence_of_the_body_below_a_menu_stays() {
        let menu = [
            ("• Kettles for gas and for coal", 0.1),
            ("• Pans of iron and of copper", 0.1),
            ("• Lids for all of them", 0.1),
        ];
        let told = ("  The spout was mended on Monday, after the cook had found a crack in it.", 0.9);
        let page = [&[BODY; 3][..], &menu, &[told]].concat();
        assert_eq!(kept(&page), [PARAGRAPH, PARAGRAPH, PARAGRAPH, told.0]);
    }

    #[test]
    fn a_sentence_alone_among_removed_lines_goes() {
        let teaser = ("Seven kettles that never boil over, and the people who sell them.", 0.43);
        let links = [("Jobs", 0.1), ("Shops", 0.1), ("Stoves", 0.1), ("Pans", 0.1), ("Lids", 0.1), ("Taps", 0.1)];
        let far = [&[BODY; 3][..], &links, &[teaser], &links].concat();
        assert_eq!(kept(&far), [PARAGRAPH; 3]);
        let near = [&[BODY; 3][..], &links[..4], &[teaser], &links].concat();
        assert_eq!(kept(&near), [PARAGRAPH, PARAGRAPH, PARAGRAPH, teaser.0]);
    }
}
