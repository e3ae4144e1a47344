//! The run: reads, cleans in parallel, writes in order.
//! It plans nothing and words nothing. The result is the same for any number of threads; memory is bounded by a batch,
//! not by the input.
//! Between the plan and the summary.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::args::Shard;
use crate::checkpoint::{Checkpoints, Journal, Lock, Mark, Places, StreamMark, Within};
use crate::documents::{Done, Job};
use crate::exit_code::Stop;
use crate::guard::guarded;
use crate::interrupt;
use crate::limits::Limits;
use crate::manifest::{self, Entry, Head, Input, Name, Output};
use crate::output;
use crate::packing::{self, Damage, Packing};
use crate::parquet::Fault;
use crate::plan::{Format, Item, Plan, Source, Target};
use crate::progress::Progress;
use crate::records::{Aside, Text};
use crate::sink::quarantine::Quarantine;
use crate::sink::record_folder::RecordFolder;
use crate::sink::stream::Stream;
use crate::sink::temporary::{self, Temporary};
use crate::source::jsonl::{BATCH, Batches, Piece};
use crate::source::text::{CHANGED, State};
use crate::source::{recognise, text, warc};
use crate::summary::count;
use crate::tally::{Failure, Records, Tally};

/// Files that one group holds, so that the counts of a million files are added up as they come.
const GROUP_FILES: usize = 256;
/// Bytes that one group holds, since in a stream the outputs of a group wait in memory for their turn, and since a run
/// that was cut off does the group at work again.
const GROUP_BYTES: u64 = 8 << 20;
/// So many times its size a packed text is counted with: text packs to a third, boilerplate told again and again to less.
const UNPACKED: u64 = 20;
/// Files of records up to this size are cleaned whole, many at a time; larger ones one at a time, in batches.
const SMALL: u64 = 1 << 20;
/// Pieces of a batch for each thread: enough that no thread waits long for the slowest.
const PIECES: usize = 16;

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
    quarantine: Option<Quarantine>,
    /// Where removals are told of.
    trace: Option<Stream>,
    tally: Tally,
    /// Where the run is noted, where it can be resumed ...
    checkpoints: Option<Checkpoints>,
    /// ... and how far it is.
    mark: Mark,
    /// What is noted for the manifest.
    journal: Option<Journal>,
    /// What no other run may write meanwhile.
    _locks: Vec<Lock>,
}

/// What comes of one file of records.
#[derive(Default)]
struct Sum {
    /// Its own output: a file of records ...
    own: Option<Stream>,
    /// ... or a folder of texts.
    texts: Option<RecordFolder>,
    /// Outputs that stand.
    outputs: Vec<Output>,
    /// What became of its records.
    records: Records,
    /// Records with the text field, and without.
    fields: [u64; 2],
}

impl<'a> Run<'a> {
    /// Opens the outputs; what cannot be written shows here, before any work.
    fn new(plan: &'a Plan, progress: &'a Progress) -> Result<Run<'a>, Stop> {
        match &plan.target {
            _ if plan.dry => {}
            Target::File(path) => make_parent(path)?,
            Target::Folder(root) => make_folder(root)?,
            Target::Stdout | Target::Device(_) | Target::Nowhere => {}
        }
        plan.quarantine.as_deref().map_or(Ok(()), make_parent)?;
        plan.manifest.as_deref().map_or(Ok(()), make_parent)?;
        plan.trace.as_ref().map_or(Ok(()), |(path, _)| make_parent(path))?;
        plan.places.as_ref().map_or(Ok(()), |places| make_parent(&places.state))?;
        let locks = plan.locks()?;
        if !plan.dry && matches!(plan.target, Target::Folder(_)) {
            folders(&plan.items)?;
        }
        for path in &plan.stale {
            fs::remove_file(path).map_err(|error| Stop::output(path, error))?;
        }
        let (mut checkpoints, mut mark) = match &plan.places {
            Some(places) => {
                let (checkpoints, mark) = Checkpoints::open(places, &plan.run, &plan.items, plan.resume)?;
                (Some(checkpoints), mark)
            }
            None => (None, Mark::default()),
        };
        let resumable = checkpoints.is_some();
        let stream = match &plan.target {
            _ if plan.dry => Stream::Nowhere,
            Target::Stdout => Stream::stdout(),
            Target::File(_) if plan.items.iter().all(|item| item.output.is_some()) => Stream::Nowhere,
            Target::File(path) => Stream::file(path, resumable.then_some(mark.stream.bytes))?,
            Target::Device(path) => Stream::device(path)?,
            Target::Folder(_) | Target::Nowhere => Stream::Nowhere,
        };
        let quarantine = plan.quarantine.as_deref().map(|path| match resumable {
            true => Quarantine::part(path, mark.quarantine),
            false => Quarantine::create(path),
        });
        let trace = plan.trace.as_ref().map(|(path, _)| Stream::file(path, resumable.then_some(mark.trace)));
        let journal = match (&plan.places, &plan.manifest) {
            (Some(places), Some(_)) => Some(Journal::open(Some(&places.journal), mark.journal)?),
            (None, Some(_)) => Some(Journal::open(None, 0)?),
            (_, None) => None,
        };
        let job = Job {
            cleaner: &plan.cleaner,
            fields: &plan.fields,
            encoding: plan.encoding,
            quarantine: plan.quarantine.is_some(),
            limits: plan.limits,
            filters: plan.filters,
            trace: plan.trace.as_ref().map(|(_, trace)| *trace),
        };
        let mut tally = Tally::restore(mark.tally.clone());
        if mark.is_new() {
            if let Some(checkpoints) = &mut checkpoints {
                checkpoints.write(&plan.items, &mut mark)?;
            }
            plan.failures.iter().for_each(|failure| tally.fail(failure.clone()));
        }
        let (quarantine, trace) = (quarantine.transpose()?, trace.transpose()?);
        Ok(Run { plan, job, progress, stream, quarantine, trace, tally, checkpoints, mark, journal, _locks: locks })
    }

    fn groups(&mut self) -> Result<(), Stop> {
        let mut rest = &self.plan.items[self.mark.items..];
        self.plan.items[..self.mark.items].iter().for_each(|item| self.progress.advance(item.bytes));
        while let Some(first) = rest.first() {
            interrupt::check()?;
            if !is_small(first) {
                if first.from == Format::Parquet {
                    self.table(first)?;
                } else {
                    self.large(first)?;
                }
                rest = &rest[1..];
                self.mark.items += 1;
                self.checkpoint(None)?;
                continue;
            }
            let mut bytes = 0;
            let full = |item: &Item| {
                bytes += unpacked(item);
                !is_small(item) || bytes > GROUP_BYTES
            };
            // The first is always taken, however large.
            let count =
                rest[1..].iter().take(GROUP_FILES).position(full).unwrap_or(GROUP_FILES.min(rest.len() - 1)) + 1;
            let (group, after) = rest.split_at(count);
            self.small(group)?;
            rest = after;
            self.mark.items += group.len();
            self.checkpoint(None)?;
        }
        Ok(())
    }

    /// Lists an input of which no record has the text field: the field is named otherwise than the flag says.
    fn misread(&mut self, item: &Item, [with, without]: [u64; 2]) {
        if with == 0 && without > 0 {
            let field = self.plan.fields.text.column();
            let reason = format!("no record has the field `{field}`; name it with --text-field");
            self.tally.fail(Failure { path: item.label(), line: None, reason });
        }
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
        for (item, mut done) in finished {
            let outputs = std::mem::take(&mut done.outputs);
            let (records, fields) = (done.tally.records.clone(), [done.with_text, done.tally.without_text]);
            self.take(item, done)?;
            self.misread(item, fields);
            self.note(item, records, outputs)?;
        }
        Ok(())
    }

    /// Notes an input that is done, and its outputs.
    fn note(&mut self, item: &Item, records: Records, outputs: Vec<Output>) -> Result<(), Stop> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.add(&Entry::Input(Input { name: Name::of(&item.relative), bytes: item.bytes, records }))?;
        outputs.into_iter().try_for_each(|output| journal.add(&Entry::Output(output)))
    }

    /// Hands on what is gathered, the quarantine first: a line may leave the stream only when it is safe there. Then
    /// notes how far the run is.
    fn checkpoint(&mut self, within: Option<Within>) -> Result<(), Stop> {
        self.mark.quarantine = self.quarantine.as_mut().map_or(Ok([0, 0]), Quarantine::flush)?;
        self.mark.trace = self.trace.as_mut().map_or(Ok(0), Stream::flush)?;
        self.mark.stream.bytes = self.stream.flush()?;
        let Some(checkpoints) = &mut self.checkpoints else { return Ok(()) };
        self.mark.journal = self.journal.as_mut().map_or(Ok(0), Journal::flush)?;
        self.mark.within = within;
        self.mark.tally = self.tally.save();
        checkpoints.write(&self.plan.items, &mut self.mark)
    }

    fn whole_file(&self, item: &Item) -> Result<Done, Stop> {
        // A limit of records is held against each of them.
        let most = if item.from == Format::Text { self.plan.limits.record } else { usize::MAX };
        let whole = |reader: Box<dyn Read>| {
            let mut bytes = Vec::new();
            text::all(reader, most, &mut bytes).map(|()| bytes)
        };
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
            Source::File(path) => text::with_file(path, most, clean),
            Source::Pipe(path) => File::open(path).and_then(|pipe| whole(Box::new(pipe))).map(|bytes| clean(&bytes)),
            Source::Stdin => whole(Box::new(io::stdin())).map(|bytes| clean(&bytes)),
        };
        let mut done = result.unwrap_or_else(|error| Done::failed(&item.label(), output::reason(&error)));
        if done.written && item.from.has_records() {
            balanced(item, &done)?;
        }
        if item.from == Format::Text && done.tally.records.read == 0 {
            done.tally.records = Records { read: 1, failed: 1, ..Records::default() };
        }
        if interrupt::requested() {
            return Ok(done);
        }
        if let (Some(path), false, false) = (&item.output, done.tally.records.dropped.is_empty(), self.plan.dry)
            && item.from == Format::Text
        {
            // What an earlier run wrote for it is no output of this one.
            let _ = fs::remove_file(path);
        }
        if let (Some(path), true, false) = (&item.output, done.written, self.plan.dry) {
            let mut bytes = std::mem::take(&mut done.bytes);
            if Packing::of_name(path) != Packing::Plain {
                let packed = packing::pack(&bytes, Packing::of_name(path));
                bytes = packed.map_err(|error| Stop::output(path, error))?;
            }
            temporary::write_whole(path, &bytes, self.checkpoints.is_some())?;
            if self.journal.is_some() {
                done.outputs.push(Output::of(self.name(path), &bytes));
            }
        }
        Ok(done)
    }

    fn clean(&self, item: &Item, bytes: &[u8]) -> Done {
        if item.from == Format::Text {
            return self.job.document(bytes, &item.label(), &item.id(), item.to);
        }
        match recognise::no_records(bytes) {
            Some(what) => Done::failed(&item.label(), what),
            None => self.job.records(&Piece { bytes, first_line: 1, cut: false }, &item.label(), item.to),
        }
    }

    /// Cleans one file of records in batches; its pieces are cleaned in parallel and written in order.
    fn large(&mut self, item: &Item) -> Result<(), Stop> {
        let mut sum = Sum::default();
        let whole = self.batches(item, &mut sum)?;
        self.progress.file_done();
        // A signal that stopped the writer at the other end of a pipe too makes a part of the input look whole.
        interrupt::check()?;
        let Sum { mut records, mut outputs, own, .. } = sum;
        if whole {
            self.mark.stream.fed |= item.output.is_none();
            own.map_or(Ok(()), Stream::finish)?;
            if let (Some(path), Format::Jsonl, true) = (&item.output, item.to, self.journal.is_some() && !self.plan.dry)
            {
                outputs.push(self.output(path)?);
            }
        } else if let Some(own) = own {
            // What was written goes with the file.
            own.discard()?;
            self.tally.records.unwrite(records.written);
            records.unwrite(records.written);
        }
        self.note(item, records, outputs)
    }

    /// Reads, cleans and writes the records of an input. Tells whether what was written may stand.
    fn batches(&mut self, item: &Item, sum: &mut Sum) -> Result<bool, Stop> {
        let within = self.mark.within.take();
        let resumable = self.checkpoints.is_some();
        let notes = Arc::new(Mutex::new(warc::Notes::default()));
        match &item.output {
            Some(path) if item.to == Format::Text => {
                sum.texts = Some(RecordFolder::new(path, self.plan.dry, resumable));
            }
            Some(_) if self.plan.dry => sum.own = Some(Stream::Nowhere),
            Some(path) => {
                let keep = resumable.then(|| within.as_ref().map_or(0, |within| within.output));
                sum.own = Some(Stream::file(path, keep)?);
            }
            None => {}
        }
        let mut first = within.is_none();
        let Within { offset, line, records, fields, state, .. } = within.unwrap_or_default();
        (sum.records, sum.fields) = (records, fields);
        let opened = open(item, &self.plan.limits, &notes).and_then(|(reader, file)| {
            // Records of archives are held against the limit before they become lines.
            let longest = if item.from == Format::Warc { usize::MAX } else { self.plan.limits.record };
            let mut batches = Batches::new(reader, BATCH, longest);
            if !first {
                batches.skip_to(offset, line)?;
            }
            Ok((batches, file))
        });
        let (mut batches, file) = match opened {
            Ok(opened) => opened,
            Err(error) if first => return Ok(self.given_up(item, output::reason(&error))),
            Err(error) => {
                let reason = format!("{}, where it could be read before", output::reason(&error));
                return Ok(self.half_read(item, reason));
            }
        };
        let before = file.as_ref().map(|(_, before)| before.clone());
        if !first && state != before {
            let label = item.label();
            return Err(Stop::usage(format!(
                "{label} has changed since the run began that is to go on; run without --resume, with --force"
            )));
        }
        self.progress.advance(offset);
        loop {
            let began = batches.offset();
            let batch = match batches.next() {
                Ok(Some(batch)) => batch,
                Ok(None) => {
                    if file.is_some_and(|(file, before)| State::of(&file).is_ok_and(|now| now != before)) {
                        let reason = CHANGED.to_owned();
                        self.tally.fail(Failure { path: item.label(), line: None, reason });
                    }
                    break;
                }
                Err(error) if Damage::of(&error).is_some() => {
                    let (line, begun) = (batches.line(), batches.unfinished());
                    self.damaged(item, &error, line, begun, sum)?;
                    if line == 1 {
                        return Ok(false);
                    }
                    break;
                }
                Err(error) => {
                    return Ok(self.half_read(item, format!("{}, after part of it was read", output::reason(&error))));
                }
            };
            let pieces = batch.pieces(PIECES * rayon::current_num_threads());
            if let Some(what) = pieces.first().filter(|_| first).and_then(|piece| recognise::no_records(piece.bytes)) {
                return Ok(self.given_up(item, what));
            }
            first = false;
            let label = item.label();
            let done: Vec<Done> = pieces.par_iter().map(|piece| self.job.records(piece, &label, item.to)).collect();
            interrupt::check()?;
            done.into_iter().try_for_each(|done| self.piece(item, done, sum))?;
            let output = sum.own.as_mut().map_or(Ok(0), Stream::flush)?;
            // The names of texts depend on those before, so a folder of texts is begun anew.
            if sum.texts.is_none() {
                let (offset, line) = (batches.offset(), batches.line());
                let (state, records, fields) = (before.clone(), sum.records.clone(), sum.fields);
                self.checkpoint(Some(Within { offset, line, state, output, records, fields }))?;
            }
            self.progress.advance(batches.offset() - began);
        }
        self.misread(item, sum.fields);
        let mut rest = Tally::default();
        rest.archive(&item.label(), &notes.lock().unwrap_or_else(PoisonError::into_inner));
        sum.records.add(&rest.records);
        self.tally.add(rest);
        Ok(true)
    }

    /// Lists an input of which nothing may stand.
    fn given_up(&mut self, item: &Item, reason: String) -> bool {
        self.tally.fail(Failure { path: item.label(), line: None, reason });
        false
    }

    /// Lists an input of which a part may have been written already. Half a file must not look like a whole one.
    fn half_read(&mut self, item: &Item, mut reason: String) -> bool {
        if item.output.is_none() {
            self.mark.stream.spoiled = true;
            if let Target::File(path) = &self.plan.target {
                reason.push_str(&format!("; {} was not written", path.display()));
            }
        }
        self.given_up(item, reason)
    }

    /// Writes what came of a piece.
    fn piece(&mut self, item: &Item, mut done: Done, sum: &mut Sum) -> Result<(), Stop> {
        balanced(item, &done)?;
        sum.records.add(&done.tally.records);
        sum.fields = [sum.fields[0] + done.with_text, sum.fields[1] + done.tally.without_text];
        if let Some(folder) = &mut sum.texts {
            let written = std::mem::take(&mut done.texts);
            let named = folder.write(&written)?;
            if self.journal.is_some() {
                let output = |(path, text): &(PathBuf, &Text)| Output::of(self.name(path), text.text.as_bytes());
                sum.outputs.extend(named.iter().map(output));
            }
        }
        if let Some(own) = &mut sum.own {
            own.write(&std::mem::take(&mut done.bytes))?;
        }
        self.take(item, done)
    }

    /// Lists an input that cannot be read on from this line, and sets aside the record that was `begun`. What came before
    /// is as good as ever.
    fn damaged(&mut self, item: &Item, error: &io::Error, line: u64, begun: &[u8], sum: &mut Sum) -> Result<(), Stop> {
        let reason = match (line - 1, begun.is_empty()) {
            (0, _) => error.to_string(),
            (n, true) => format!("{error}; {} before it came out", count(n, "record")),
            (n, false) => format!("{error}; {} before it came out, one was begun", count(n, "record")),
        };
        let mut done = Done::default();
        done.tally.fail(Failure { path: item.label(), line: None, reason });
        if !begun.is_empty() {
            done.tally.records.read = 1;
            if self.quarantine.is_some() {
                done.tally.records.quarantined = 1;
                done.aside.push(Aside { line, bytes: begun.to_vec(), reason: error.to_string() });
            } else {
                done.tally.records.failed = 1;
            }
        }
        sum.records.add(&done.tally.records);
        self.take(item, done)
    }

    /// Cleans the texts of a table. A run that was cut off does the whole table again.
    fn table(&mut self, item: &Item) -> Result<(), Stop> {
        let Source::File(input) = &item.source else { return Ok(()) };
        let label = item.label();
        let mut done = Done::default();
        let result = match &item.output {
            Some(path) if !self.plan.dry => {
                let out = Temporary::create(path, self.checkpoints.is_some().then_some(0))?;
                let result = guarded(|| self.job.parquet(input, &label, BufWriter::new(out), &mut done));
                result.map(|result| {
                    let out = result?.into_inner().map_err(|error| Fault::Output(error.into_error()))?;
                    Ok(Some((path, out)))
                })
            }
            _ => guarded(|| self.job.parquet(input, &label, io::sink(), &mut done)).map(|r| r.map(|_| None)),
        };
        let reason = match result {
            Ok(Ok(out)) => {
                interrupt::check()?;
                let mut outputs = Vec::new();
                if let Some((path, out)) = out {
                    out.finish()?;
                    outputs.push(self.output(path)?);
                }
                let records = done.tally.records.clone();
                self.progress.advance(item.bytes);
                self.progress.file_done();
                self.take(item, done)?;
                return self.note(item, records, outputs);
            }
            Ok(Err(Fault::Output(error))) => {
                return Err(Stop::output(item.output.as_deref().unwrap_or(Path::new("")), error));
            }
            Ok(Err(Fault::Input(reason))) | Err(reason) => reason,
        };
        item.output.iter().for_each(|path| temporary::forget(path));
        self.given_up(item, reason);
        self.note(item, Records::default(), Vec::new())
    }

    /// What the manifest says of an output that stands.
    fn output(&self, path: &Path) -> Result<Output, Stop> {
        Output::of_file(self.name(path), path).map_err(|error| Stop::output(path, error))
    }

    /// An output's name in the manifest: its path below the output folder.
    fn name(&self, path: &Path) -> Name {
        let below = match &self.plan.target {
            Target::Folder(root) => path.strip_prefix(root).unwrap_or(path),
            _ => path.file_name().map_or(path, Path::new),
        };
        Name::of(below)
    }

    /// Takes what came of an input or a piece of it: counts it, sets lines aside, writes what has no output of its own.
    fn take(&mut self, item: &Item, done: Done) -> Result<(), Stop> {
        self.set_aside(item, &done)?;
        if let Some(trace) = &mut self.trace {
            trace.write(&done.trace)?;
        }
        // A large file of records counts when all of it was read.
        self.mark.stream.fed |= done.written && item.output.is_none() && is_small(item);
        if !done.bytes.is_empty() {
            // Where a file of records lacks its final newline, the next file's first record must not be glued to its last.
            let open_line = item.to == Format::Jsonl && !done.bytes.ends_with(b"\n");
            if std::mem::replace(&mut self.mark.stream.open_line, open_line) {
                self.stream.write(b"\n")?;
            }
            // Where bytes stand before it, a byte-order mark is none any more.
            let mark = if self.mark.stream.wrote && done.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            self.mark.stream.wrote = true;
            self.stream.write(&done.bytes[mark..])?;
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

    /// Between the texts of records stands a form feed on a line of its own, which no cleaned text holds.
    fn separate(&mut self) -> Result<(), Stop> {
        if std::mem::replace(&mut self.mark.stream.began, true) { self.stream.write(b"\x0c\n") } else { Ok(()) }
    }

    /// Ends the run, whether it `ended` early or not.
    fn finish(mut self, ended: Result<(), Stop>) -> Result<Tally, Stop> {
        let ended = ended.and_then(|()| interrupt::check());
        if ended.is_err() && self.checkpoints.is_some() {
            // All stays as it was noted last, for a run that goes on from there.
            return ended.map(|()| self.tally);
        }
        // The quarantine first: a line may be lost from the output only when it is safe there. Standard output and the
        // files that are written lack it already, however early the end.
        let kept = self.quarantine.take().map_or(Ok(()), Quarantine::finish);
        ended?;
        kept?;
        self.trace.take().map_or(Ok(()), Stream::finish)?;
        let stream = std::mem::replace(&mut self.stream, Stream::Nowhere);
        let StreamMark { fed, spoiled, .. } = self.mark.stream;
        let streamed = self.plan.items.iter().any(|item| item.output.is_none()) && !self.plan.dry;
        if spoiled || (!fed && self.tally.failed > 0) {
            stream.discard()?;
            if let (Target::File(_), true) = (&self.plan.target, streamed) {
                self.tally.records.unwrite(self.tally.records.written);
            }
        } else {
            stream.finish()?;
            if let (Target::File(path), true, true) = (&self.plan.target, self.journal.is_some(), streamed) {
                let output = Entry::Output(self.output(path)?);
                self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&output))?;
            }
        }
        if let (Some(path), Some(journal)) = (&self.plan.manifest, self.journal.take()) {
            let head = Head {
                bodytext: env!("CARGO_PKG_VERSION").to_owned(),
                rule_set: self.plan.cleaner.rules().hash().to_owned(),
                run: self.plan.run.clone(),
                shard: self.plan.shard.map(|Shard { part, of }| format!("{part}/{of}")),
                whole: self.plan.whole.clone(),
                records: self.tally.records.clone(),
                failed: self.tally.failed,
                failures: self.tally.failures.clone(),
            };
            manifest::write(path, &head, journal.into_file()?)?;
        }
        self.plan.places.as_ref().map_or(Ok(()), Places::remove)?;
        if !self.tally.records.add_up() {
            return Err(Stop::lost("of the whole run"));
        }
        Ok(self.tally)
    }
}

/// Holds what was counted against what stands in the output.
fn balanced(item: &Item, done: &Done) -> Result<(), Stop> {
    let lines =
        memchr::memchr_iter(b'\n', &done.bytes).count() + usize::from(done.bytes.last().is_some_and(|b| *b != b'\n'));
    let written = match item.to {
        Format::Text => done.texts.len() as u64,
        _ => lines as u64 - done.tally.blank,
    };
    let Tally { records, .. } = &done.tally;
    if written == records.written && done.aside.len() as u64 == records.quarantined && records.add_up() {
        return Ok(());
    }
    Err(Stop::lost(&format!("of {}", item.label())))
}

/// Bytes that a file is counted with in a group: what is packed becomes more, and small files may become much more.
fn unpacked(item: &Item) -> u64 {
    match Packing::of_name(&item.relative) {
        Packing::Plain => item.bytes,
        _ => item.bytes.saturating_mul(UNPACKED).max(GROUP_BYTES / 8),
    }
}

/// Whether an input is cleaned whole.
pub(crate) fn is_small(item: &Item) -> bool {
    match (item.from, item.to) {
        (Format::Text, _) => true,
        (Format::Jsonl, Format::Jsonl) => {
            let plain = Packing::of_name(&item.relative) == Packing::Plain;
            plain && matches!(item.source, Source::File(_)) && item.bytes <= SMALL
        }
        _ => false,
    }
}

/// The records of an input as JSON lines, and the file they come from, as it was.
#[allow(clippy::type_complexity, reason = "used once")]
fn open(
    item: &Item,
    limits: &Limits,
    notes: &Arc<Mutex<warc::Notes>>,
) -> io::Result<(Box<dyn Read>, Option<(File, State)>)> {
    let (reader, file) = match &item.source {
        Source::Stdin => (packing::unpacked(io::stdin(), limits)?, None),
        Source::Pipe(path) => (packing::unpacked(File::open(path)?, limits)?, None),
        Source::File(path) => {
            let file = File::open(path)?;
            let before = State::of(&file)?;
            (packing::unpacked(file.try_clone()?, limits)?, Some((file, before)))
        }
    };
    Ok(match item.from {
        Format::Warc => (Box::new(warc::Lines::new(reader, limits, Arc::clone(notes))), file),
        _ => (reader, file),
    })
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
