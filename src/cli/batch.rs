//! The run: reads, cleans in parallel, writes in order.
//! It plans nothing and words nothing. The result is the same for any number of threads; memory is bounded by a batch,
//! not by the input.
//! Between the plan and the summary.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::cli::documents::{Done, Job};
use crate::cli::exit_code::Stop;
use crate::cli::interrupt;
use crate::cli::limits::Limits;
use crate::cli::output;
use crate::cli::packing::{self, Damage, Packing};
use crate::cli::plan::{Format, Item, Plan, Source, Target};
use crate::cli::progress::Progress;
use crate::cli::records::Aside;
use crate::cli::sink::quarantine::Quarantine;
use crate::cli::sink::record_folder::RecordFolder;
use crate::cli::sink::stream::Stream;
use crate::cli::sink::temporary;
use crate::cli::source::jsonl::{Batches, Piece};
use crate::cli::source::{recognise, text, warc};
use crate::cli::summary::count;
use crate::cli::tally::{Failure, Tally};

/// Files that one group holds, so that the counts of a million files are added up as they come.
const GROUP_FILES: usize = 1024;
/// Bytes that one group holds, since in a stream the outputs of a group wait in memory for their turn.
const GROUP_BYTES: u64 = 32 << 20;
/// Files of records up to this size are cleaned whole, many at a time; larger ones one at a time, in batches.
const SMALL: u64 = 1 << 20;
/// Pieces of a batch for each thread: enough that no thread waits long for the slowest.
const PIECES: usize = 4;

/// Runs the plan and counts what was done.
pub(crate) fn run(plan: &Plan, progress: &Progress) -> Result<Tally, Stop> {
    pool(plan.threads)?.install(|| {
        let mut run = Run::new(plan, progress)?;
        let ended = run.groups();
        run.finish(ended)
    })
}

/// So many threads, or one a core.
pub(crate) fn pool(threads: Option<usize>) -> Result<ThreadPool, Stop> {
    ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or_default())
        .build()
        .map_err(|error| Stop::usage(format!("cannot start the threads: {error}; give a smaller --threads")))
}

struct Run<'a> {
    plan: &'a Plan,
    job: Job<'a>,
    progress: &'a Progress,
    /// Where everything goes that has no output of its own.
    stream: Stream,
    /// Whether a text was written to the stream, so that the next needs a separator.
    began: bool,
    /// Whether the last record in the stream lacks its newline.
    open_line: bool,
    /// Whether an input came to an end in the stream, be it an empty one.
    fed: bool,
    /// Whether the stream holds only a part of an input and must not get the name of a whole output.
    spoiled: bool,
    quarantine: Option<Quarantine>,
    tally: Tally,
}

impl<'a> Run<'a> {
    /// Opens the outputs; what cannot be written shows here, before any work.
    fn new(plan: &'a Plan, progress: &'a Progress) -> Result<Run<'a>, Stop> {
        let stream = match &plan.target {
            _ if plan.dry => Stream::Nowhere,
            Target::Stdout => Stream::stdout(),
            Target::File(path) => {
                make_parent(path)?;
                Stream::file(path, plan.items.iter().any(|item| item.to == Format::Jsonl))?
            }
            Target::Device(path) => Stream::device(path)?,
            Target::Folder(root) => {
                make_folder(root)?;
                folders(&plan.items)?;
                Stream::Nowhere
            }
            Target::Nowhere => Stream::Nowhere,
        };
        plan.quarantine.as_deref().map_or(Ok(()), make_parent)?;
        let quarantine = plan.quarantine.as_deref().map(Quarantine::create).transpose()?;
        let job = Job {
            cleaner: &plan.cleaner,
            fields: &plan.fields,
            encoding: plan.encoding,
            quarantine: plan.quarantine.is_some(),
        };
        let mut tally = Tally::default();
        plan.failures.iter().for_each(|failure| tally.fail(failure.clone()));
        Ok(Run {
            plan,
            job,
            progress,
            stream,
            began: false,
            open_line: false,
            fed: false,
            spoiled: false,
            quarantine,
            tally,
        })
    }

    fn groups(&mut self) -> Result<(), Stop> {
        let mut rest = self.plan.items.as_slice();
        while let Some(first) = rest.first() {
            interrupt::check()?;
            if !is_small(first) {
                self.large(first)?;
                rest = &rest[1..];
                continue;
            }
            let mut bytes = 0;
            let full = |item: &Item| {
                bytes += item.bytes;
                !is_small(item) || bytes > GROUP_BYTES
            };
            // The first is always taken, however large.
            let count =
                rest[1..].iter().take(GROUP_FILES).position(full).unwrap_or(GROUP_FILES.min(rest.len() - 1)) + 1;
            let (group, after) = rest.split_at(count);
            self.small(group)?;
            rest = after;
        }
        Ok(())
    }

    /// Cleans whole files, many at a time. Files with an output of their own are written by the thread that cleaned them.
    fn small(&mut self, items: &[Item]) -> Result<(), Stop> {
        let halt = AtomicBool::new(false);
        let done: Vec<Option<Result<Done, Stop>>> = items
            .par_iter()
            .map(|item| {
                if halt.load(Ordering::Relaxed) || interrupt::requested() {
                    return None;
                }
                let done = self.whole_file(item);
                if done.is_err() {
                    halt.store(true, Ordering::Relaxed);
                }
                self.progress.advance(item.bytes);
                self.progress.file_done();
                Some(done)
            })
            .collect();
        let mut stop = None;
        let mut finished = Vec::with_capacity(done.len());
        for (item, done) in items.iter().zip(done) {
            match done {
                Some(Ok(done)) => finished.push((item, done)),
                Some(Err(error)) => stop = stop.or(Some(error)),
                None => {}
            }
        }
        // An output that cannot be written outranks the files that were then left alone.
        if let Some(stop) = stop.or_else(|| interrupt::check().err()) {
            // Outputs of their own stand already, without the lines set aside.
            for (item, done) in finished.iter().filter(|(item, _)| item.output.is_some()) {
                self.set_aside(item, done)?;
            }
            return Err(stop);
        }
        for (item, done) in finished {
            self.take(item, done)?;
        }
        self.flush()
    }

    fn whole_file(&self, item: &Item) -> Result<Done, Stop> {
        let clean = |bytes: &[u8]| {
            if packing::is_packed(bytes) {
                return match packing::unpack_all(bytes, &self.plan.limits) {
                    (bytes, None) => self.clean(item, &bytes),
                    // Half a text is no text, and files of records come here only where they are not named as packed.
                    (_, Some(error)) => Done::failed(&item.label(), error.to_string()),
                };
            }
            self.clean(item, bytes)
        };
        let result = match &item.source {
            Source::File(path) => text::with_file(path, clean),
            Source::Pipe(path) => fs::read(path).map(|bytes| clean(&bytes)),
            Source::Stdin => read_stdin().map(|bytes| clean(&bytes)),
        };
        let mut done = result.unwrap_or_else(|error| Done::failed(&item.label(), output::reason(&error)));
        if interrupt::requested() {
            return Ok(done);
        }
        if let (Some(path), true, false) = (&item.output, done.written, self.plan.dry) {
            match Packing::of_name(path) {
                Packing::Plain => temporary::write_whole(path, &done.bytes)?,
                packing => {
                    let packed = packing::pack(&done.bytes, packing, item.to == Format::Jsonl);
                    temporary::write_whole(path, &packed.map_err(|error| Stop::output(path, error))?)?;
                }
            }
            done.bytes = Vec::new();
        }
        Ok(done)
    }

    fn clean(&self, item: &Item, bytes: &[u8]) -> Done {
        if item.from == Format::Text {
            return self.job.document(bytes, &item.label(), &item.id(), item.to);
        }
        match recognise::no_records(bytes) {
            Some(what) => Done::failed(&item.label(), what),
            None => self.job.records(&Piece { bytes, first_line: 1 }, &item.label(), item.to),
        }
    }

    /// Cleans one file of records in batches; its pieces are cleaned in parallel and written in order.
    fn large(&mut self, item: &Item) -> Result<(), Stop> {
        let notes = Arc::new(Mutex::new(warc::Notes::default()));
        let reader = match open(item, &self.plan.limits, &notes) {
            Ok(reader) => reader,
            Err(error) => {
                self.tally.fail(Failure { path: item.label(), line: None, reason: output::reason(&error) });
                return Ok(());
            }
        };
        let mut texts = None;
        let mut own = None;
        if let Some(path) = &item.output {
            if item.to == Format::Text {
                texts = Some(RecordFolder::new(path, self.plan.dry));
            } else if !self.plan.dry {
                own = Some(Stream::file(path, true)?);
            } else {
                own = Some(Stream::Nowhere);
            }
        }
        let mut batches = Batches::new(reader, self.plan.limits.record);
        let mut first = true;
        loop {
            let batch = match batches.next() {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) if Damage::of(&error).is_some() => {
                    // What came before it is as good as ever.
                    let line = batches.line();
                    let reason = match (line - 1, batches.unfinished().is_empty()) {
                        (0, _) => error.to_string(),
                        (n, true) => format!("{error}; {} before it came out", count(n, "record")),
                        (n, false) => format!("{error}; {} before it came out, one was begun", count(n, "record")),
                    };
                    let whole = batches.unfinished().to_vec();
                    if !whole.is_empty() {
                        let aside = vec![Aside { line, bytes: whole, reason: error.to_string() }];
                        self.set_aside(item, &Done { aside, ..Done::default() })?;
                    }
                    self.tally.fail(Failure { path: item.label(), line: None, reason });
                    if line == 1 {
                        return Ok(());
                    }
                    break;
                }
                Err(error) => {
                    let mut reason = format!("{}, after part of it was read", output::reason(&error));
                    // Half a file must not look like a whole one.
                    if item.output.is_none() {
                        self.spoiled = true;
                        if let Target::File(path) = &self.plan.target {
                            reason.push_str(&format!("; {} was not written", path.display()));
                        }
                    }
                    self.tally.fail(Failure { path: item.label(), line: None, reason });
                    return Ok(());
                }
            };
            let pieces = batch.pieces(PIECES * rayon::current_num_threads());
            if let Some(what) = pieces.first().filter(|_| first).and_then(|piece| recognise::no_records(piece.bytes)) {
                self.tally.fail(Failure { path: item.label(), line: None, reason: what });
                return Ok(());
            }
            first = false;
            let label = item.label();
            let done: Vec<Done> = pieces.par_iter().map(|piece| self.job.records(piece, &label, item.to)).collect();
            interrupt::check()?;
            for mut done in done {
                if let Some(folder) = &mut texts {
                    folder.write(&std::mem::take(&mut done.texts))?;
                }
                if let Some(own) = &mut own {
                    own.write(&std::mem::take(&mut done.bytes))?;
                }
                self.take(item, done)?;
            }
            self.flush()?;
            self.progress.advance(batch.len() as u64);
        }
        self.progress.file_done();
        self.tally.archive(&item.label(), &notes.lock().unwrap_or_else(PoisonError::into_inner));
        // A signal that stopped the writer at the other end of a pipe too makes a part of the input look whole.
        interrupt::check()?;
        self.fed |= item.output.is_none();
        own.map_or(Ok(()), Stream::finish)
    }

    /// Takes what came of an input or a piece of it: counts it, sets lines aside, writes what has no output of its own.
    fn take(&mut self, item: &Item, done: Done) -> Result<(), Stop> {
        self.set_aside(item, &done)?;
        // A large file of records counts when all of it was read.
        self.fed |= done.written && item.output.is_none() && is_small(item);
        if !done.bytes.is_empty() {
            // Where a file of records lacks its final newline, the next file's first record must not be glued to its last.
            if std::mem::replace(&mut self.open_line, item.to == Format::Jsonl && !done.bytes.ends_with(b"\n")) {
                self.stream.write(b"\n")?;
            }
            self.stream.write(&done.bytes)?;
        }
        for text in &done.texts {
            self.separate()?;
            self.stream.write(text.text.as_bytes())?;
            if !text.text.ends_with('\n') {
                self.stream.write(b"\n")?;
            }
        }
        self.tally.add(done.tally);
        Ok(())
    }

    fn set_aside(&mut self, item: &Item, done: &Done) -> Result<(), Stop> {
        if let Some(quarantine) = &mut self.quarantine {
            for aside in &done.aside {
                quarantine.add(&item.label(), aside)?;
            }
        }
        Ok(())
    }

    /// Hands on what is gathered, the quarantine first: a line may leave the stream only when it is safe there.
    fn flush(&mut self) -> Result<(), Stop> {
        self.quarantine.as_mut().map_or(Ok(()), Quarantine::flush)?;
        self.stream.flush()
    }

    /// Between the texts of records stands a form feed on a line of its own, which no cleaned text holds.
    fn separate(&mut self) -> Result<(), Stop> {
        if std::mem::replace(&mut self.began, true) { self.stream.write(b"\x0c\n") } else { Ok(()) }
    }

    /// Ends the run, whether it `ended` early or not.
    fn finish(self, ended: Result<(), Stop>) -> Result<Tally, Stop> {
        let ended = ended.and_then(|()| interrupt::check());
        // The quarantine first: a line may be lost from the output only when it is safe there. Standard output and the
        // files that are written lack it already, however early the end.
        let kept = self.quarantine.map_or(Ok(()), Quarantine::finish);
        ended?;
        kept?;
        if self.spoiled || (!self.fed && self.tally.failed > 0) {
            self.stream.discard()?;
        } else {
            self.stream.finish()?;
        }
        Ok(self.tally)
    }
}

/// Whether an input is cleaned whole.
fn is_small(item: &Item) -> bool {
    match (item.from, item.to) {
        (Format::Text, _) => true,
        (Format::Jsonl, Format::Jsonl) => {
            let plain = Packing::of_name(&item.relative) == Packing::Plain;
            plain && matches!(item.source, Source::File(_)) && item.bytes <= SMALL
        }
        _ => false,
    }
}

/// The records of an input as JSON lines.
fn open(item: &Item, limits: &Limits, notes: &Arc<Mutex<warc::Notes>>) -> io::Result<Box<dyn Read>> {
    let reader = match &item.source {
        Source::Stdin => packing::unpacked(io::stdin(), limits),
        Source::File(path) | Source::Pipe(path) => packing::unpacked(File::open(path)?, limits),
    }?;
    Ok(match item.from {
        Format::Warc => Box::new(warc::Lines::new(reader, limits, Arc::clone(notes))),
        _ => reader,
    })
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes the folders of the outputs, once each, so that the threads need not ask for every file.
fn folders(items: &[Item]) -> Result<(), Stop> {
    let mut last = None;
    for item in items {
        let texts = item.from.has_records() && item.to == Format::Text;
        let folder = if texts { item.output.as_deref() } else { item.output.as_deref().and_then(|o| o.parent()) };
        if folder.is_some() && folder != last {
            folder.map_or(Ok(()), make_folder)?;
            last = folder;
        }
    }
    Ok(())
}

fn make_parent(path: &Path) -> Result<(), Stop> {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), make_folder)
}

fn make_folder(path: &Path) -> Result<(), Stop> {
    fs::create_dir_all(path).map_err(|error| Stop::output(path, error))
}
