//! Makes the weights of a [`ScoringModel`] from pages whose body is known.
//! It reads no files and starts no threads: the caller says how work is shared out.
//! Beside the line: what it makes is written into a rule file.
//!
//! Trees are boosted: each is fitted to what the sum of those before it gets wrong (Friedman, "Greedy function
//! approximation: a gradient boosting machine", 2001; all splits of a level of a tree are the same, as in CatBoost),
//! with the sigmoid loss. The second ensemble is trained on scores of the first that were made without the page's own site,
//! as it will meet them.
//!
//! Everything is deterministic: the same pages in the same order give the same weights, on any number of threads.

mod boost;
mod table;

use bodytext::ScoringModel;
use bodytext::unstable::{Ensemble, Prediction, sigmoid, stacked_features};
use bodytext::unstable::{FeatureMatrix, Scores, Threshold};
use boost::Boost;
use table::Table;

/// A page to learn from.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its features.
    pub features: FeatureMatrix,
    /// For each row of the features, whether the line belongs to the body.
    pub body: Vec<bool>,
    /// The part of the cross-validation it belongs to, from 0. Pages of one site belong to the same.
    pub fold: usize,
    /// How much it counts; 1 for an ordinary page.
    pub weight: f32,
}

/// How weights are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Trees of each ensemble.
    pub rounds: usize,
    /// Questions of each tree, at most [`MAX_DEPTH`](bodytext::unstable::MAX_DEPTH).
    pub depth: usize,
    /// What share of its correction each tree makes.
    pub rate: f32,
    /// How many lines' worth of doubt is added to each answer: holds rare combinations near 0.
    pub doubt: f32,
    /// The share of the lines that each tree is fitted to.
    pub lines: f32,
    /// The share of the columns that each tree may ask about.
    pub columns: f32,
    /// How much a line of the body counts against a line of boilerplate. Above 1 it is a preference for keeping.
    pub keep: f32,
}

impl Settings {
    /// For weights from nothing, on a thousand pages and more.
    pub const NEW: Settings =
        Settings { rounds: 250, depth: 6, rate: 0.15, doubt: 20.0, lines: 0.12, columns: 0.25, keep: 1.0 };
    /// For weights that go on from others, on a few dozen pages.
    pub const MORE: Settings =
        Settings { rounds: 80, depth: 4, rate: 0.1, doubt: 10.0, lines: 0.8, columns: 0.5, keep: 1.5 };
}

/// What [`fit`] makes.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// The weights fitted to all pages.
    pub model: ScoringModel,
    /// The scores of each page by weights fitted to the pages of other folds.
    pub crossed: Vec<Scores>,
}

/// Does the jobs 0 to `n`, in any order and on any threads: `each(n, job)`.
pub type Each<'e> = &'e (dyn Fn(usize, &(dyn Fn(usize) + Sync)) + Sync);

/// The thresholds written with new weights, recall, balanced and precision. Chosen on cross-validated scores of the pages
/// that the built-in weights are made from: `docs/quality.md` has the figures of each profile.
pub const THRESHOLDS: [Threshold; 3] = [
    Threshold { min: 0.1, max: 0.3, boilerplate_ratio: 0.3, prose: 0.3 },
    Threshold { min: 0.3, max: 0.5, boilerplate_ratio: 0.3, prose: 0.8 },
    Threshold { min: 0.5, max: 0.6, boilerplate_ratio: 0.3, prose: 1.0 },
];

/// Fits weights to pages. With `from`, its trees stay and new ones are added to its second ensemble.
///
/// There must be two folds or more, each with pages; with one, `crossed` is of no use.
pub fn fit(pages: &[Page], from: Option<&ScoringModel>, settings: &Settings, each: Each<'_>) -> Tuned {
    let folds = pages.iter().map(|page| page.fold + 1).max().unwrap_or(0);
    match from {
        Some(from) => add(pages, folds, from, settings, each),
        None => anew(pages, folds, settings, each),
    }
}

/// Runs jobs that give something.
fn gather<T: Send>(each: Each<'_>, n: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let slots: Vec<std::sync::Mutex<Option<T>>> = (0..n).map(|_| std::sync::Mutex::new(None)).collect();
    each(n, &|i| {
        let made = job(i);
        if let Ok(mut slot) = slots[i].lock() {
            *slot = Some(made);
        }
    });
    slots.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// A page and its scores by weights that have not seen it.
type Crossed = (usize, Vec<f32>);

fn anew(pages: &[Page], folds: usize, settings: &Settings, each: Each<'_>) -> Tuned {
    let of_page = |page: usize| pages[page].features.slices();
    let own = Table::new(pages.len(), of_page, |page| pages[page].body.len());
    // A first ensemble for each pair of folds it must not have seen: one fold twice is that fold alone; and one for none.
    let mut unseen: Vec<Vec<usize>> = (0..folds).flat_map(|a| (a..folds).map(move |b| vec![a, b])).collect();
    unseen.push(Vec::new());
    let seen =
        |without: &[usize]| -> Vec<usize> { (0..pages.len()).filter(|&p| !without.contains(&pages[p].fold)).collect() };
    let firsts: Vec<Ensemble> = gather(each, unseen.len(), |job| {
        let pages_seen = seen(&unseen[job]);
        Boost { table: &own, pages, settings }.fit(&pages_seen, None)
    });
    let first_without = |a: usize, b: usize| {
        let pair = [a.min(b), a.max(b)];
        unseen.iter().position(|u| *u == pair).map(|i| &firsts[i])
    };
    let score = |ensemble: Option<&Ensemble>, page: &Page| -> Vec<f32> {
        let sums = ensemble.map_or_else(
            || vec![0.0; page.body.len()],
            |ensemble| ensemble.raw_scores(&page.features.slices(), page.body.len()),
        );
        sums.into_iter().map(sigmoid).collect()
    };
    // The second ensemble that is to be used on fold `out` learns from scores of firsts that saw neither `out` nor the page.
    let last = folds;
    let seconds: Vec<(Ensemble, Vec<Crossed>)> = gather(each, folds + 1, |out| {
        let of_page = |page: &Page| match (out == last, page.fold == out) {
            (true, _) => score(first_without(page.fold, page.fold), page),
            (false, true) => score(first_without(out, out), page),
            (false, false) => score(first_without(out, page.fold), page),
        };
        let seconds: Vec<Vec<Vec<f32>>> =
            pages.iter().map(|page| stacked_features(&of_page(page), &page.features)).collect();
        let table = own.with_before(&seconds);
        let ensemble = Boost { table: &table, pages, settings }
            .fit(&seen(if out == last { &[] } else { std::slice::from_ref(&out) }), None);
        let crossed = (0..pages.len()).filter(|&p| pages[p].fold == out).map(|p| {
            let columns: Vec<&[f32]> = seconds[p].iter().map(Vec::as_slice).chain(pages[p].features.slices()).collect();
            (p, ensemble.raw_scores(&columns, pages[p].body.len()).into_iter().map(sigmoid).collect())
        });
        let crossed = crossed.collect();
        (ensemble, crossed)
    });
    let mut crossed = vec![Scores::default(); pages.len()];
    for (p, rows) in seconds.iter().flat_map(|(_, crossed)| crossed) {
        crossed[*p] = Scores::new(rows.clone(), &pages[*p].features);
    }
    let first = firsts.last().cloned().unwrap_or_default();
    let second = seconds.last().map(|(ensemble, _)| ensemble.clone()).unwrap_or_default();
    let model = ScoringModel { ensembles: [first, second], thresholds: THRESHOLDS }.rounded();
    Tuned { model, crossed }
}

fn add(pages: &[Page], folds: usize, from: &ScoringModel, settings: &Settings, each: Each<'_>) -> Tuned {
    let predictions: Vec<Prediction<'_>> = gather(each, pages.len(), |p| from.predict(&pages[p].features));
    let sums: Vec<Vec<f32>> = gather(each, pages.len(), |p| predictions[p].raw_scores());
    let table = Table::new(pages.len(), |page| predictions[page].columns(), |page| pages[page].body.len());
    let ensembles: Vec<Ensemble> = gather(each, folds + 1, |out| {
        let seen: Vec<usize> = (0..pages.len()).filter(|&p| pages[p].fold != out).collect();
        Boost { table: &table, pages, settings }.fit(&seen, Some(&sums))
    });
    let crossed = (0..pages.len()).map(|p| {
        let more = ensembles[pages[p].fold].raw_scores(&predictions[p].columns(), pages[p].body.len());
        let rows = sums[p].iter().zip(more).map(|(sum, more)| sigmoid(sum + more)).collect();
        Scores::new(rows, &pages[p].features)
    });
    let crossed = crossed.collect();
    let mut model = from.clone();
    let more = ensembles.last().map_or(&[][..], Ensemble::trees);
    model.ensembles[1] = Ensemble::new(from.ensembles[1].trees().iter().chain(more).cloned().collect());
    Tuned { model: model.rounded(), crossed }
}
