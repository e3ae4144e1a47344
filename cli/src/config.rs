//! Turns the flags about rules and cleaning into the library's own types, and says what to type where they are wrong.
//! It reads rule files, but no text to clean.
//! Between `args` and the commands.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use bodytext::ScoringModel;
use bodytext::Selection;
use bodytext::Steps;
use bodytext::unstable::{TestProblem, names_rule, self_test, suggest_rule};
use bodytext::{ClassSet, LineClass, Profile};
use bodytext::{Cleaner, Options, Pack, RuleSet};
use encoding_rs::Encoding;
use walkdir::WalkDir;

use crate::args::{CleaningArgs, RuleArgs};
use crate::error::{Error, io_reason};
use crate::limits::human_bytes;

/// The tests of one's own rules run before every cleaning, if they are not more: the time they take grows with the square
/// of the rules.
const MAX_TESTED: usize = 2_000;

/// The cleaner these flags ask for.
pub(crate) fn cleaner(args: &CleaningArgs) -> Result<Cleaner, Error> {
    let options = options(args)?;
    let own = own_packs(&args.rules, None)?;
    let own_files: HashSet<String> = own.iter().map(|pack| pack.file.clone()).collect();
    let own_rules = own.iter().flat_map(Pack::ids).count();
    let rules = compile(&args.rules, own)?;
    let model = match &args.model {
        Some(path) => Some(read_model("--model", path, args.rules.max_rule_file)?),
        None if args.rules.no_builtin_rules => None,
        None => Some(ScoringModel::builtin()),
    };
    if !own_files.is_empty() && own_rules <= MAX_TESTED {
        own_tests(&rules, &own_files)?;
    }
    Ok(Cleaner::new(rules, model, options))
}

/// The cleaner of `--baseline`: the same flags, but other rules. `builtin`, `none` and the presets are those alone, without
/// the model of `--model`; a path takes the place of `--rules`.
pub(crate) fn baseline(args: &CleaningArgs, name: &str) -> Result<Cleaner, Error> {
    let preset = Pack::presets().find(|preset| *preset == name).map(str::to_owned);
    let path = (name != "builtin" && name != "none" && preset.is_none()).then(|| PathBuf::from(name));
    let rules = RuleArgs {
        preset,
        no_builtin_rules: name == "none" || (path.is_some() && args.rules.no_builtin_rules),
        rules: path.into_iter().collect(),
        disable: Vec::new(),
        languages: args.rules.languages.clone(),
        max_rule_file: args.rules.max_rule_file,
    };
    let model = args.model.clone().filter(|_| !rules.rules.is_empty());
    cleaner(&CleaningArgs { rules, model, ..args.clone() }).map_err(|stop| match stop {
        Error::Usage(text) => Error::Usage(
            text.replacen("--rules ", "--baseline ", 1).replace("a folder", "a folder, or write builtin or none"),
        ),
        other => other,
    })
}

/// The model that `--from` names: `builtin`, `none` or a path.
pub(crate) fn model(name: &str, max_file: u64) -> Result<Option<ScoringModel>, Error> {
    match name {
        "none" => Ok(None),
        "builtin" => Ok(Some(ScoringModel::builtin())),
        path => read_model("--from", Path::new(path), max_file).map(Some),
    }
}

fn read_model(flag: &str, path: &Path, max_file: u64) -> Result<ScoringModel, Error> {
    let text = read_text(path, max_file).map_err(|why| {
        Error::usage(format!("{flag} {}: {why}; name a model file, as `bodytext tune` writes it", path.display()))
    })?;
    ScoringModel::parse(&path.to_string_lossy(), &text)
        .map_err(|error| Error::usage(format!("the model file is wrong, nothing was done\n{error}")))
}

/// The rules these flags ask for, with one more pack or folder of packs laid over them where `extra` names it.
pub(crate) fn rule_set(args: &RuleArgs, extra: Option<&Path>) -> Result<RuleSet, Error> {
    compile(args, own_packs(args, extra)?)
}

fn own_packs(args: &RuleArgs, extra: Option<&Path>) -> Result<Vec<Pack>, Error> {
    let mut packs = Vec::new();
    for path in args.rules.iter().map(PathBuf::as_path).chain(extra) {
        packs.extend(read_packs(path, args.max_rule_file)?);
    }
    Ok(packs)
}

/// The preset or the built-in packs, where they are wanted, with the user's own laid over them.
fn compile(args: &RuleArgs, own: Vec<Pack>) -> Result<RuleSet, Error> {
    let mut packs = match &args.preset {
        Some(name) => vec![preset(name)?],
        None if args.no_builtin_rules => Vec::new(),
        None => RuleSet::builtin_packs(),
    };
    packs.extend(own);
    for pattern in &args.disable {
        let mut ids = packs.iter().flat_map(Pack::ids);
        if !ids.any(|id| names_rule(pattern, id)) {
            let suggestion = suggest_rule(pattern, packs.iter().flat_map(Pack::ids));
            return Err(Error::usage(format!("--disable {pattern}: no such rule; {suggestion}")));
        }
    }
    let selection = Selection { languages: languages(&args.languages)?, disable: args.disable.clone() };
    RuleSet::new(packs, &selection).map_err(|errors| wrong_rules(&errors.to_string()))
}

fn preset(name: &str) -> Result<Pack, Error> {
    Pack::preset(name).ok_or_else(|| {
        let names: Vec<&str> = Pack::presets().collect();
        Error::usage(format!("--preset {name}: no such preset; the presets are {}", names.join(", ")))
    })
}

/// What to tell users who asked for languages that no rule of the set is for, mistyped perhaps.
pub(crate) fn unknown_languages(args: &RuleArgs, rules: &RuleSet) -> Option<String> {
    let mut unknown = languages(&args.languages).ok()?;
    unknown.retain(|language| !rules.rules().iter().any(|rule| rule.languages().contains(language)));
    (!unknown.is_empty())
        .then(|| format!("bodytext: --languages {}: no rule is for it; check the tag", unknown.join(",")))
}

/// The tests of the user's own rules must pass, and none of these rules may fire on a near miss of any rule. Tests of
/// built-in rules that a pack has changed are left to `rules test`.
fn own_tests(set: &RuleSet, files: &HashSet<String>) -> Result<(), Error> {
    let own = |id: &String| set.rules().iter().any(|rule| rule.id == *id && files.contains(&rule.location.file));
    let failures: Vec<String> = self_test(set)
        .iter()
        .filter(|failure| match &failure.problem {
            TestProblem::FalsePositive { fired, .. } => own(&failure.id) || fired.iter().any(own),
            _ => own(&failure.id),
        })
        .map(ToString::to_string)
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(wrong_rules(&failures.join("\n"))) }
}

fn options(args: &CleaningArgs) -> Result<Options, Error> {
    let mut options = Options { encoding: encoding(args.encoding.as_deref())?, ..Options::default() };
    options.steps = Steps::parse(&args.normalize).map_err(|why| Error::usage(format!("--normalize: {why}")))?;
    options.keep = classes(args, options.keep)?;
    options.profile = profile(&args.profile)?;
    Ok(options)
}

fn profile(name: &str) -> Result<Profile, Error> {
    Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name).join(", ");
        Error::usage(format!("--profile {name}: no such profile; the profiles are {names}"))
    })
}

fn classes(args: &CleaningArgs, default: ClassSet) -> Result<ClassSet, Error> {
    let mut keep = if args.body_only { default.without(LineClass::Headline) } else { default };
    let mut named = ClassSet::default();
    for name in &args.keep {
        let class = class("--keep", name)?;
        named = named.with(class);
        keep = keep.with(class);
    }
    for name in &args.drop {
        let class = class("--drop", name)?;
        if named.contains(class) {
            return Err(Error::usage(format!("--keep {name} and --drop {name} contradict each other; leave one out")));
        }
        if class == LineClass::Body {
            return Err(Error::usage("--drop body would leave nothing; drop other classes, such as --drop headline"));
        }
        keep = keep.without(class);
    }
    Ok(keep)
}

fn class(flag: &str, name: &str) -> Result<LineClass, Error> {
    // Blank lines are the business of a normalisation step, not of a class that comes and goes.
    match name.to_lowercase().replace('_', "-").parse() {
        Ok(class) if class != LineClass::Blank => Ok(class),
        _ if name.contains(',') => {
            let each: Vec<String> = name.split(',').map(|one| format!("{flag} {}", one.trim())).collect();
            Err(Error::usage(format!("{flag} {name}: one class each; repeat the flag: {}", each.join(" "))))
        }
        _ => {
            let names: Vec<&str> = LineClass::ALL
                .into_iter()
                .filter(|&c| c != LineClass::Blank && c != LineClass::Body)
                .map(LineClass::name)
                .collect();
            Err(Error::usage(format!("{flag} {name}: no such class; the classes are {}", names.join(", "))))
        }
    }
}

/// The encoding of a label.
pub(crate) fn encoding(label: Option<&str>) -> Result<Option<&'static Encoding>, Error> {
    let Some(label) = label else { return Ok(None) };
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) => Ok(Some(encoding)),
        None => Err(Error::usage(format!(
            "--encoding {label}: no such encoding; write a web label such as utf-8, windows-1252, shift_jis, gb18030, or \
             leave the flag out and it is found out"
        ))),
    }
}

fn languages(list: &[String]) -> Result<Vec<String>, Error> {
    let mut languages = Vec::new();
    for language in list.iter().map(|l| l.trim().to_lowercase()).filter(|l| !l.is_empty()) {
        if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(Error::usage(format!(
                "--languages {language}: not a language tag; write two or three letters each, for example --languages en,de"
            )));
        }
        languages.push(language);
    }
    Ok(languages)
}

/// The packs of a file or folder: in a folder every `.toml` in sorted order, the packs of single sites last, since they
/// lie over the others.
fn read_packs(path: &Path, max_file: u64) -> Result<Vec<Pack>, Error> {
    let unreadable = |path: &Path, why: &str| {
        Error::usage(format!("--rules {}: {why}; name a .toml file or a folder", path.display()))
    };
    let meta = fs::metadata(path).map_err(|e| unreadable(path, &io_reason(&e)))?;
    if !meta.is_dir() {
        return Ok(vec![read_pack(path, max_file)?]);
    }
    let mut general = Vec::new();
    let mut sites = Vec::new();
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|e| unreadable(path, &e.to_string()))?;
        if !entry.file_type().is_file() || entry.path().extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let pack = read_pack(entry.path(), max_file)?;
        match site(entry.path()) {
            Some(host) => sites.push(pack.for_host(&host)),
            None => general.push(pack),
        }
    }
    if general.is_empty() && sites.is_empty() {
        return Err(unreadable(path, "no .toml file in this folder"));
    }
    general.append(&mut sites);
    Ok(general)
}

/// The host a pack is for, by its place: `site/example.org.toml` is for `example.org`.
fn site(path: &Path) -> Option<String> {
    let folder = path.parent()?.file_name()?;
    let host = path.file_stem()?.to_str()?;
    (folder == "site").then(|| host.to_lowercase())
}

fn read_pack(path: &Path, max_file: u64) -> Result<Pack, Error> {
    let text = read_text(path, max_file)
        .map_err(|why| Error::usage(format!("--rules {}: {why}; name a rule pack in TOML", path.display())))?;
    Pack::parse_up_to(text.len(), &path.to_string_lossy(), &text).map_err(|errors| wrong_rules(&errors.to_string()))
}

/// The text of a rule or model file.
fn read_text(path: &Path, max_file: u64) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|e| io_reason(&e))?;
    if meta.len() > max_file {
        let (size, most) = (human_bytes(meta.len()), human_bytes(max_file));
        return Err(format!("{size}, more than {most}; split it, give a larger --max-rule-file"));
    }
    let bytes = fs::read(path).map_err(|e| io_reason(&e))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
        format!("line {line} is not UTF-8")
    })
}

fn wrong_rules(errors: &str) -> Error {
    let count = errors.lines().count();
    let what = if count == 1 { "a rule file is wrong" } else { "rule files are wrong" };
    Error::usage(format!("{what}, nothing was done\n{errors}"))
}
