//! Converts the flags for rules and cleaning to the library's types, and reports invalid ones with a remedy.

use std::fs;
use std::path::{Path, PathBuf};

use bodytext::unstable::{names_rule, nearest, suggest_rule};
use bodytext::{
    Cleaner, Heuristic, LineClass, Markup, Options, Pack, Profile, RuleSet, ScoringModel, Selection, Steps,
    TextEncoding,
};
use walkdir::WalkDir;

use crate::args::{CleaningArgs, RuleArgs};
use crate::error::{Error, io_reason};
use crate::limits::human_bytes;
use crate::terminal::shown;

pub(crate) fn cleaner(args: &CleaningArgs) -> Result<Cleaner, Error> {
    let options = options(args)?;
    let rules = rule_set(&args.rules, None)?;
    let model = match &args.model {
        Some(path) => Some(read_model("--model", path, args.rules.max_rule_file)?),
        None if args.rules.no_builtin_rules => None,
        None => Some(ScoringModel::builtin()),
    };
    Ok(Cleaner::new(rules, model, options))
}

/// The cleaner of `--baseline`: the same flags, but other rules. `builtin`, `none` and the presets are used alone,
/// without the model of `--model`; a path replaces `--rules`.
pub(crate) fn baseline(args: &CleaningArgs, name: &str) -> Result<Cleaner, Error> {
    let mut args = args.clone();
    args.rules.rules.clear();
    args.rules.disable.clear();
    args.rules.preset = Pack::presets().find(|preset| *preset == name).map(str::to_owned);
    if name == "builtin" || name == "none" || args.rules.preset.is_some() {
        args.model = None;
        args.rules.no_builtin_rules = name == "none";
    } else {
        args.rules.rules.push(PathBuf::from(name));
    }
    cleaner(&args).map_err(|stop| match stop {
        Error::Usage(text) => Error::Usage(
            text.replacen("--rules ", "--baseline ", 1).replace("a folder", "a folder, or write builtin or none"),
        ),
        other => other,
    })
}

/// Loads the model that `--from` names: `builtin`, `none` or a path.
pub(crate) fn model(name: &str, max_file: u64) -> Result<Option<ScoringModel>, Error> {
    match name {
        "none" => Ok(None),
        "builtin" => Ok(Some(ScoringModel::builtin())),
        path => read_model("--from", Path::new(path), max_file).map(Some),
    }
}

fn read_model(flag: &str, path: &Path, max_file: u64) -> Result<ScoringModel, Error> {
    parse_model(&path.to_string_lossy(), &read_model_text(flag, path, max_file)?)
}

pub(crate) fn read_model_text(flag: &str, path: &Path, max_file: u64) -> Result<String, Error> {
    read_text(path, max_file).map_err(|why| {
        Error::usage(format!("{flag} {}: {why}; name a model file, as `bodytext tune` writes it", shown(path)))
    })
}

pub(crate) fn parse_model(name: &str, text: &str) -> Result<ScoringModel, Error> {
    ScoringModel::parse(name, text)
        .map_err(|error| Error::usage(format!("the model file is wrong, nothing was done\n{error}")))
}

/// The rules: the preset or the built-in packs, if wanted, then the user's packs, then the pack or folder of packs
/// `extra`.
pub(crate) fn rule_set(args: &RuleArgs, extra: Option<&Path>) -> Result<RuleSet, Error> {
    if args.are_default() && extra.is_none() {
        return Ok(RuleSet::builtin());
    }
    let mut packs = base_packs(args)?;
    for path in args.rules.iter().map(PathBuf::as_path).chain(extra) {
        packs.extend(read_packs(path, args.max_rule_file, PackText::parse)?);
    }
    merged(packs, args)
}

/// The rules of these packs, which come on top of the preset or the built-in packs.
pub(crate) fn rules_of(args: &RuleArgs, texts: &[PackText]) -> Result<RuleSet, Error> {
    if args.are_default() && texts.is_empty() {
        return Ok(RuleSet::builtin());
    }
    let mut packs = base_packs(args)?;
    for text in texts {
        packs.push(text.clone().parse()?);
    }
    merged(packs, args)
}

fn base_packs(args: &RuleArgs) -> Result<Vec<Pack>, Error> {
    Ok(match &args.preset {
        Some(name) => vec![preset(name)?],
        None if args.no_builtin_rules => Vec::new(),
        None => RuleSet::builtin_packs(),
    })
}

fn merged(packs: Vec<Pack>, args: &RuleArgs) -> Result<RuleSet, Error> {
    for pattern in &args.disable {
        if !packs.iter().flat_map(Pack::ids).any(|id| names_rule(pattern, id)) {
            let remedy = suggest(pattern, packs.iter().flat_map(Pack::ids));
            return Err(Error::usage(format!("--disable {pattern}: no such rule; {remedy}")));
        }
    }
    let selection = Selection { languages: languages(&args.languages)?, disable: args.disable.clone() };
    let rules = RuleSet::new(packs, &selection).map_err(|errors| wrong_rules(&errors.to_string()))?;
    check_languages(&selection.languages, &rules)?;
    Ok(rules)
}

/// What to write instead of `id`, which is not a rule.
pub(crate) fn suggest<'n>(id: &str, ids: impl Iterator<Item = &'n str>) -> String {
    match id.parse::<Heuristic>() {
        Ok(heuristic) => {
            format!("{heuristic} is a heuristic, not a rule; --keep CLASS and --profile recall keep more")
        }
        Err(_) => suggest_rule(id, ids),
    }
}

/// A question that begins a remedy, where one of the names is like the given one.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, names.into_iter()).map(|near| format!("did you mean {near}? ")).unwrap_or_default()
}

fn preset(name: &str) -> Result<Pack, Error> {
    Pack::preset(name).ok_or_else(|| {
        let names: Vec<&str> = Pack::presets().collect();
        let meant = did_you_mean(name, names.iter().copied());
        Error::usage(format!("--preset {name}: no such preset; {meant}the presets are {}", names.join(", ")))
    })
}

/// Refuses languages without any rule: a mistyped one would switch all phrases off.
fn check_languages(requested: &[String], rules: &RuleSet) -> Result<(), Error> {
    let without = requested.iter().find(|name| !rules.rules().iter().any(|rule| rule.languages().contains(name)));
    without.map_or(Ok(()), |language| {
        Err(Error::usage(format!(
            "--languages {language}: no rule is for it; check the tag, or leave it out: packs for all languages always apply"
        )))
    })
}

pub(crate) fn options(args: &CleaningArgs) -> Result<Options, Error> {
    let mut options = Options { encoding: encoding(args.encoding.as_deref())?, ..Options::default() };
    options.steps = Steps::parse(&args.normalize).map_err(|why| Error::usage(format!("--normalize: {why}")))?;
    options.keep = classes(args, options.keep)?;
    options.profile = profile(&args.profile)?;
    options.markup = markup(&args.markup)?;
    options.pages_as = pages_as(&args.pages_as)?;
    Ok(options)
}

fn profile(name: &str) -> Result<Profile, Error> {
    Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name).join(", ");
        let remedy = match name {
            "gentle" => "it is called recall now".to_owned(),
            "strict" => "it is called precision now".to_owned(),
            _ => format!("{}the profiles are {names}", did_you_mean(name, Profile::ALL.map(Profile::name))),
        };
        Error::usage(format!("--profile {name}: no such profile; {remedy}"))
    })
}

fn pages_as(name: &str) -> Result<Markup, Error> {
    match name {
        "text" => Ok(Markup::None),
        "markdown" => Ok(Markup::Markdown),
        _ => {
            let meant = did_you_mean(name, ["text", "markdown"]);
            Err(Error::usage(format!("--pages-as {name}: pages become no such thing; {meant}it is text or markdown")))
        }
    }
}

fn markup(name: &str) -> Result<Option<Markup>, Error> {
    if name == "auto" {
        return Ok(None);
    }
    Markup::ALL.into_iter().find(|markup| markup.name() == name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = std::iter::once("auto").chain(Markup::ALL.map(Markup::name)).collect();
        let meant = did_you_mean(name, names.iter().copied());
        Error::usage(format!("--markup {name}: no such markup; {meant}it is one of {}", names.join(", ")))
    })
}

fn classes(args: &CleaningArgs, mut keep: Vec<LineClass>) -> Result<Vec<LineClass>, Error> {
    if args.body_only {
        keep.retain(|&class| class != LineClass::Headline);
    }
    let named = args.keep.iter().map(|name| class("--keep", name)).collect::<Result<Vec<LineClass>, Error>>()?;
    keep.extend(&named);
    for name in &args.drop {
        let class = class("--drop", name)?;
        if named.contains(&class) {
            return Err(Error::usage(format!("--keep {name} and --drop {name} contradict each other; leave one out")));
        }
        if class == LineClass::Body {
            return Err(Error::usage("--drop body would leave nothing; drop other classes, such as --drop headline"));
        }
        keep.retain(|&kept| kept != class);
    }
    Ok(keep)
}

fn class(flag: &str, name: &str) -> Result<LineClass, Error> {
    // Blank lines belong to a normalisation step; nobody chooses them by class.
    match name.to_lowercase().replace('_', "-").parse() {
        Ok(class) if class != LineClass::Blank => Ok(class),
        _ if name.contains(',') => {
            let each: Vec<String> = name.split(',').map(|one| format!("{flag} {}", one.trim())).collect();
            Err(Error::usage(format!("{flag} {name}: one class each; repeat the flag: {}", each.join(" "))))
        }
        _ => {
            let mut names: Vec<&str> = LineClass::ALL.map(LineClass::name).to_vec();
            names.retain(|name| *name != LineClass::Blank.name() && *name != LineClass::Body.name());
            let meant = did_you_mean(name, names.iter().copied());
            Err(Error::usage(format!("{flag} {name}: no such class; {meant}the classes are {}", names.join(", "))))
        }
    }
}

pub(crate) fn encoding(label: Option<&str>) -> Result<Option<TextEncoding>, Error> {
    label.map(str::parse).transpose().map_err(|why| {
        Error::usage(format!(
            "--encoding: {why}; write one of them, or leave the flag out and each text's encoding is detected"
        ))
    })
}

fn languages(list: &[String]) -> Result<Vec<String>, Error> {
    let mut languages = Vec::new();
    for tag in list.iter().map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()) {
        // Packs are for languages, not for regions or scripts: `en-GB` is English.
        let language = tag.split(['-', '_']).next().unwrap_or_default().to_owned();
        if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(Error::usage(format!(
                "--languages {tag}: not a language tag; write two or three letters each, for example --languages en,de"
            )));
        }
        languages.push(language);
    }
    Ok(languages)
}

/// The text of a rule pack.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackText {
    /// The path of its file, for messages.
    pub name: String,
    /// Its TOML.
    pub text: String,
    /// The site that its rules are for.
    pub host: Option<String>,
}

impl PackText {
    fn parse(self) -> Result<Pack, Error> {
        let pack = Pack::parse_up_to(self.text.len(), &self.name, &self.text);
        let pack = pack.map_err(|errors| wrong_rules(&errors.to_string()))?;
        Ok(match self.host {
            Some(host) => pack.for_host(&host),
            None => pack,
        })
    }
}

/// What `make` makes of the packs of a file or folder. In a folder, every `.toml` in sorted order, site packs last, since
/// other packs may not change them.
pub(crate) fn read_packs<T>(
    path: &Path,
    max_file: u64,
    make: impl Fn(PackText) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &io_reason(&error)))?;
    if !meta.is_dir() {
        return Ok(vec![make(read_pack(path, max_file)?)?]);
    }
    let (mut general, mut sites) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| unreadable(path, &error.to_string()))?;
        if !entry.file_type().is_file() || entry.path().extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let pack = PackText { host: site(entry.path()), ..read_pack(entry.path(), max_file)? };
        if pack.host.is_some() { &mut sites } else { &mut general }.push(make(pack)?);
    }
    general.append(&mut sites);
    if general.is_empty() { Err(unreadable(path, "no .toml file in this folder")) } else { Ok(general) }
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::usage(format!("--rules {}: {why}; name a .toml file or a folder", shown(path)))
}

/// The host of a pack, from its path: `site/example.org.toml` is for `example.org`.
fn site(path: &Path) -> Option<String> {
    let folder = path.parent()?.file_name()?;
    let host = path.file_stem()?.to_str()?;
    (folder == "site").then(|| host.to_lowercase())
}

fn read_pack(path: &Path, max_file: u64) -> Result<PackText, Error> {
    let text = read_text(path, max_file)
        .map_err(|why| Error::usage(format!("--rules {}: {why}; name a rule pack in TOML", shown(path))))?;
    Ok(PackText { name: path.to_string_lossy().into_owned(), text, host: None })
}

fn read_text(path: &Path, max_file: u64) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|error| io_reason(&error))?;
    if meta.len() > max_file {
        let (size, most) = (human_bytes(meta.len()), human_bytes(max_file));
        return Err(format!("{size}, more than {most}; split it, or give a larger --max-rule-file"));
    }
    let bytes = fs::read(path).map_err(|error| io_reason(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        format!("line {} is not UTF-8", valid.iter().filter(|&&byte| byte == b'\n').count() + 1)
    })
}

fn wrong_rules(errors: &str) -> Error {
    let what = if errors.lines().count() == 1 { "a rule file is wrong" } else { "rule files are wrong" };
    Error::usage(format!("{what}, nothing was done\n{errors}"))
}
