//! How fast each stage is, and cleaning as a whole: `cargo bench --profile dist`. The texts are synthetic, so the figures of real text
//! differ. Throughput is in bytes of the input of the stage, on one thread.

mod data;

use std::borrow::Cow;
use std::sync::LazyLock;

use bodytext::unstable::{Page, decode, extract, normalize};
use bodytext::{Cleaner, Options, RuleSet, ScoringModel, Steps};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// A page of the usual size, and one so large that work done once for each text does not count.
const SIZES: [usize; 2] = [10_000, 1_000_000];

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::builtin);
static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::builtin(Options::default()));

mod decode_stage {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn utf_8(bencher: Bencher, size: usize) {
        over(bencher, data::article(size).into_bytes());
    }

    #[divan::bench(args = SIZES)]
    fn windows_1252(bencher: Bencher, size: usize) {
        over(bencher, data::windows_1252(&data::article(size)));
    }

    #[divan::bench(args = SIZES)]
    fn utf_16(bencher: Bencher, size: usize) {
        over(bencher, data::utf_16(&data::article(size)));
    }

    fn over(bencher: Bencher, bytes: Vec<u8>) {
        bencher.counter(BytesCount::new(bytes.len())).bench_local(|| decode(divan::black_box(&bytes), None));
    }
}

mod normalize_stage {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn clean(bencher: Bencher, size: usize) {
        over(bencher, data::article(size));
    }

    #[divan::bench(args = SIZES)]
    fn mojibake(bencher: Bencher, size: usize) {
        over(bencher, data::mojibake(&data::article(size)));
    }

    fn over(bencher: Bencher, text: String) {
        bencher
            .counter(BytesCount::of_str(&text))
            .bench_local(|| normalize(Cow::Borrowed(divan::black_box(&text)), Steps::DEFAULT));
    }
}

#[divan::bench(args = SIZES)]
fn lines_and_stats(bencher: Bencher, size: usize) {
    let text = data::page(size);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| Page::new(divan::black_box(&text), None));
}

mod rules_stage {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn article(bencher: Bencher, size: usize) {
        over(bencher, data::article(size));
    }

    #[divan::bench(args = SIZES)]
    fn page(bencher: Bencher, size: usize) {
        over(bencher, data::page(size));
    }

    fn over(bencher: Bencher, text: String) {
        // Built here, so that no figure holds it.
        let rules = &*RULES;
        let page = Page::new(&text, None);
        bencher.counter(BytesCount::of_str(&text)).bench_local(|| rules.hits(divan::black_box(&page)));
    }
}

/// Features and the model, on the lines of a page.
mod scoring_stage {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn features(bencher: Bencher, size: usize) {
        over(size, |text, page| {
            let hits = RULES.hits(page);
            bencher.counter(BytesCount::of_str(text)).bench_local(|| extract(page, &hits, &RULES));
        });
    }

    #[divan::bench(args = SIZES)]
    fn predict(bencher: Bencher, size: usize) {
        over(size, |text, page| {
            let features = extract(page, &RULES.hits(page), &RULES);
            let model = ScoringModel::builtin();
            bencher
                .counter(BytesCount::of_str(text))
                .bench_local(|| model.predict(divan::black_box(&features)).scores());
        });
    }

    fn over(size: usize, measure: impl FnOnce(&str, &Page<'_>)) {
        let text = data::page(size);
        measure(&text, &Page::new(&text, None));
    }
}

mod cleaning {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn article(bencher: Bencher, size: usize) {
        over(bencher, data::article(size).into_bytes());
    }

    #[divan::bench(args = SIZES)]
    fn page(bencher: Bencher, size: usize) {
        over(bencher, data::page(size).into_bytes());
    }

    #[divan::bench(args = SIZES)]
    fn page_in_windows_1252(bencher: Bencher, size: usize) {
        over(bencher, data::windows_1252(&data::page(size)));
    }

    fn over(bencher: Bencher, bytes: Vec<u8>) {
        let cleaner = &*CLEANER;
        bencher.counter(BytesCount::new(bytes.len())).bench_local(|| cleaner.clean(divan::black_box(&bytes), None));
    }
}

/// What a program pays once, at its start.
#[divan::bench]
fn load_built_in_rules() -> RuleSet {
    RuleSet::builtin()
}
