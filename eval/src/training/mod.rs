//! Trains a [`ScoringModel`] on pages with known bodies.
//!
//! Trees are boosted: each is fitted to the error of the sum of those before it (Friedman, "Greedy function
//! approximation: a gradient boosting machine", 2001; all nodes of a level have the same split, as in CatBoost), with
//! the logistic loss. Stage 2 is trained on out-of-fold scores of stage 1, since at run time it sees scores of pages
//! that stage 1 was not trained on.
//!
//! Training is deterministic: the same examples in the same order give the same model, on any number of threads.

mod folds;
mod set;
mod table;
mod tree_builder;

use std::collections::{BTreeMap, HashMap, HashSet};

use bodytext::ScoringModel;
use bodytext::unstable::{Ensemble, Prediction, Scores, Threshold, sigmoid, stacked_features};
use rayon::prelude::*;

pub use folds::{folds_by_site, renumber_folds};
pub use set::{Example, TrainingFigures, TrainingSet};
use table::FeatureTable;
pub use tree_builder::TrainingConfig;
use tree_builder::TreeBuilder;

/// The result of [`train`].
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model trained on all examples.
    pub model: ScoringModel,
    /// The scores of each example by a model trained on the other folds.
    pub out_of_fold: Vec<Scores>,
}

/// The thresholds of a new model, for recall, balanced and precision. Chosen on out-of-fold scores of the pages that the
/// built-in model is trained on: `docs/quality.md` has the figures of each profile.
pub const THRESHOLDS: [Threshold; 3] = [
    Threshold { min: 0.1, max: 0.3, boilerplate_ratio: 0.3, prose: 0.3 },
    Threshold { min: 0.3, max: 0.5, boilerplate_ratio: 0.3, prose: 0.8 },
    Threshold { min: 0.5, max: 0.6, boilerplate_ratio: 0.3, prose: 1.0 },
];

/// The same for web pages. With 0.55 in place of 0.5 news gain 0.002 of F1, and guides and other pages lose 0.001 to
/// 0.004.
pub const PAGE_THRESHOLDS: [Threshold; 3] = [
    Threshold { min: 0.1, max: 0.25, boilerplate_ratio: 0.3, prose: 0.5 },
    Threshold { min: 0.4, max: 0.5, boilerplate_ratio: 0.3, prose: 1.0 },
    Threshold { min: 0.5, max: 0.65, boilerplate_ratio: 0.3, prose: 1.0 },
];

/// Trains on examples, all of texts or all of web pages. With `base`, its trees are kept and new ones are added to the
/// last stage.
///
/// At least two folds must have examples; with one, the out-of-fold scores are meaningless.
pub fn train(examples: &[Example], base: Option<&ScoringModel>, config: &TrainingConfig) -> Trained {
    match base {
        Some(base) => add_trees(examples, base, &given_weights(examples), config),
        None if examples.iter().all(|example| example.of_page) => train_for_pages(examples, config),
        None => train_new(examples, config),
    }
}

/// Stage-1 ensembles, by the two folds that each was trained without. The same fold twice means that fold alone.
struct FirstStage<'a> {
    examples: &'a [Example],
    ensembles: HashMap<[usize; 2], Ensemble>,
}

impl FirstStage<'_> {
    /// The scores of an example by the ensemble trained without its fold and without the fold `out`.
    fn scores(&self, example: &Example, out: usize) -> Vec<f32> {
        let without = [example.fold.min(out), example.fold.max(out)];
        let ensemble = &self.ensembles[&without];
        ensemble.raw_scores(&example.features.slices(), example.body.len()).into_iter().map(sigmoid).collect()
    }

    /// The stacked features of all examples, to train or score a stage 2 that must not see the fold `out`.
    fn stacked_features(&self, out: Option<usize>) -> Vec<Vec<Vec<f32>>> {
        self.examples.iter().map(|e| stacked_features(&self.scores(e, out.unwrap_or(e.fold)), &e.features)).collect()
    }
}

/// The weight of a gold body as a text of its own against a page. Each page comes in several extractors' outputs and only
/// once without boilerplate; at 1, a model that removes a little more from the clean text looks better.
pub const CLEAN_TEXT_WEIGHT: f32 = 2.0;
/// The share of the pages that are trusted less: those of which models trained on other sites understand least. Gold
/// bodies that stop early, or leave parts out, are among them.
const DISTRUSTED: f32 = 0.07;
/// What their weight is multiplied by.
const DISTRUST: f32 = 0.1;

fn train_new(examples: &[Example], config: &TrainingConfig) -> Trained {
    let table = FeatureTable::new(&examples.iter().map(|example| example.features.slices()).collect::<Vec<_>>());
    let folds = fold_count(examples);
    let weights = &trusted_weights(examples, &losses(&table, examples, config));
    let builder = TreeBuilder { table: &table, examples, weights, config };
    let mut pairs: Vec<[usize; 2]> = (0..folds).flat_map(|a| (a..folds).map(move |b| [a, b])).collect();
    // No example is in this fold: the first stage of the model itself.
    let none = [folds, folds];
    pairs.push(none);
    let ensembles = parallel(pairs.len(), |job| (pairs[job], builder.fit(&without(examples, &pairs[job]), None)));
    let first_stage = FirstStage { examples, ensembles: ensembles.into_iter().collect() };

    // One second stage for each fold, trained without it, and a last one trained on everything.
    let second_stages: Vec<(Ensemble, Vec<(usize, Scores)>)> = parallel(folds + 1, |job| {
        let out = (job < folds).then_some(job);
        let stacked = first_stage.stacked_features(out);
        let table = table.with_before(&stacked);
        let builder = TreeBuilder { table: &table, examples, weights, config };
        let ensemble = builder.fit(&without(examples, out.as_slice()), None);
        let out_of_fold = (0..examples.len()).filter(|&e| Some(examples[e].fold) == out).map(|e| {
            let features = &examples[e].features;
            let columns: Vec<&[f32]> = stacked[e].iter().map(Vec::as_slice).chain(features.slices()).collect();
            let scores = ensemble.raw_scores(&columns, examples[e].body.len()).into_iter().map(sigmoid).collect();
            (e, Scores::new(scores, features))
        });
        let out_of_fold = out_of_fold.collect();
        (ensemble, out_of_fold)
    });
    let mut out_of_fold = vec![Scores::default(); examples.len()];
    let mut second = Ensemble::default();
    for (ensemble, scores) in second_stages {
        second = ensemble;
        scores.into_iter().for_each(|(example, scores)| out_of_fold[example] = scores);
    }
    let first = first_stage.ensembles[&none].clone();
    let model = ScoringModel { for_pages: false, ensembles: [first, second], thresholds: THRESHOLDS };
    Trained { model, out_of_fold }
}

/// Hints make a second stage needless.
fn train_for_pages(examples: &[Example], config: &TrainingConfig) -> Trained {
    let table = FeatureTable::new(&examples.iter().map(|example| example.features.slices()).collect::<Vec<_>>());
    let weights = trusted_weights(examples, &losses(&table, examples, config));
    let base = ScoringModel { thresholds: PAGE_THRESHOLDS, ..ScoringModel::keeping(true) };
    add_trees(examples, &base, &weights, config)
}

/// The loss of each example by a small first stage that is trained on other folds.
fn losses(table: &FeatureTable, examples: &[Example], config: &TrainingConfig) -> Vec<f64> {
    let config = TrainingConfig { rounds: config.rounds.div_ceil(3), ..*config };
    let weights = &given_weights(examples);
    let builder = TreeBuilder { table, examples, weights, config: &config };
    let ensembles = parallel(fold_count(examples), |fold| builder.fit(&without(examples, &[fold]), None));
    let loss = |example: &Example| {
        let rows = example.body.len();
        let scores = ensembles[example.fold].raw_scores(&example.features.slices(), rows).into_iter().map(sigmoid);
        let of_line =
            |(score, is_body): (f32, &bool)| -f64::from(if *is_body { score } else { 1.0 - score }.max(1e-6)).ln();
        let weights = example.features.words.iter().map(|words| (*words as f64 + 1.0).sqrt());
        let sum: f64 =
            scores.zip(&example.body).map(of_line).zip(weights.clone()).map(|(loss, weight)| loss * weight).sum();
        sum / weights.sum::<f64>()
    };
    examples.par_iter().map(loss).collect()
}

fn given_weights(examples: &[Example]) -> Vec<f32> {
    examples.iter().map(|example| example.weight).collect()
}

/// The weight of each example, less for all those of the pages with the largest mean losses.
fn trusted_weights(examples: &[Example], losses: &[f64]) -> Vec<f32> {
    let mut of_pages: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (example, loss) in examples.iter().zip(losses) {
        let (sum, count) = of_pages.entry(example.page).or_default();
        *sum += loss;
        *count += 1.0;
    }
    let mut pages: Vec<(usize, f64)> = of_pages.into_iter().map(|(page, (sum, count))| (page, sum / count)).collect();
    // Of equal ones the first.
    pages.sort_by(|a, b| b.1.total_cmp(&a.1));
    pages.truncate((pages.len() as f32 * DISTRUSTED) as usize);
    let distrusted: HashSet<usize> = pages.into_iter().map(|(page, _)| page).collect();
    let factor = |example: &Example| if distrusted.contains(&example.page) { DISTRUST } else { 1.0 };
    examples.iter().map(|example| example.weight * factor(example)).collect()
}

/// Adds trees to the last stage of a model.
fn add_trees(examples: &[Example], base: &ScoringModel, weights: &[f32], config: &TrainingConfig) -> Trained {
    let predictions: Vec<Prediction<'_>> = parallel(examples.len(), |e| base.predict(&examples[e].features));
    let sums: Vec<Vec<f32>> = parallel(examples.len(), |e| predictions[e].raw_scores());
    let table = FeatureTable::new(&predictions.iter().map(Prediction::columns).collect::<Vec<_>>());
    let builder = TreeBuilder { table: &table, examples, weights, config };
    let folds = fold_count(examples);
    let mut ensembles = parallel(folds + 1, |out| builder.fit(&without(examples, &[out]), Some(&sums)));
    let out_of_fold = examples.iter().enumerate().map(|(e, example)| {
        let added = ensembles[example.fold].raw_scores(&predictions[e].columns(), example.body.len());
        let scores = sums[e].iter().zip(added).map(|(sum, added)| sigmoid(sum + added)).collect();
        Scores::new(scores, &example.features)
    });
    let out_of_fold = out_of_fold.collect();
    let mut model = base.clone();
    let added = ensembles.pop().unwrap_or_default();
    model.ensembles[1] = Ensemble::new(base.ensembles[1].trees().iter().chain(added.trees()).cloned().collect());
    Trained { model, out_of_fold }
}

/// Runs jobs of long and varying duration.
fn parallel<T: Send>(jobs: usize, job: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..jobs).into_par_iter().with_max_len(1).map(job).collect()
}

fn without(examples: &[Example], folds: &[usize]) -> Vec<usize> {
    (0..examples.len()).filter(|&example| !folds.contains(&examples[example].fold)).collect()
}

fn fold_count(examples: &[Example]) -> usize {
    examples.iter().map(|example| example.fold + 1).max().unwrap_or(0)
}
