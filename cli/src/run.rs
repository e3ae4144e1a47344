//! Executes the plan: reads in batches, cleans in parallel, writes in order, logs. While a batch is cleaned, the next one
//! is read and the one before it written. The result is the same for any number of threads; memory is bounded by a few
//! batches, not by the input.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bodytext::ScoringModel;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::args::Shard;
use crate::catch_panic::catch_panic;
use crate::compression::{self, Compression};
use crate::config::did_you_mean;
use crate::error::{Error, io_reason};
use crate::input::{Format, Input, Source};
use crate::interrupt;
use crate::plan::{Destination, Plan, Resume};
use crate::progress::Progress;
use crate::read::ahead::Batches;
use crate::read::open::open_records;
use crate::read::text::{self, MODIFIED, Snapshot, TextFormat};
use crate::read::{Batch, Chunk, Notes, Position, ReadError, RecordFormat, lines, sniff};
use crate::removals::RemovalsLog;
use crate::run_log::{
    FileCursor, InputEntry, LastWritten, LogEntry, OutputEntry, PathName, ResumePoint, RunLog, RunSummary, StreamState,
    Written,
};
use crate::stats::{Counter, Failure, NO_TEXT, RecordCounts, RunStats};
use crate::summary::count;
use crate::table::{TableError, clean_table};
use crate::worker::{Processed, RecordFile, RecordText, Rejected, Worker};
use crate::write::atomic_file::{self, AtomicFile};
use crate::write::parquet::Misfit;
use crate::write::quarantine::Quarantine;
use crate::write::record_dir::RecordDir;
use crate::write::{FileDigest, Lock, Sink, remove_if_there};

/// The most files in one group, so that the counts of a million files are added up as they come.
const GROUP_FILES: usize = 256;
/// The most bytes in one group: in a stream the outputs of a group wait in memory for their turn, and an interrupted
/// run repeats its current group.
const GROUP_BYTES: u64 = 8 << 20;
/// Assumed expansion factor of a compressed text: text compresses to a third, repeated boilerplate to less.
const EXPANSION: u64 = 20;
/// Chunks of a batch per thread: enough that no thread waits long for the slowest.
const CHUNKS: usize = 16;

/// Runs the plan and counts what was done.
pub(crate) fn run_plan(plan: &Plan, progress: &Progress) -> Result<RunStats, Error> {
    thread_pool(plan.threads)?.install(|| {
        let mut pipeline = Pipeline::open(plan, progress)?;
        let ended = pipeline.all_inputs();
        pipeline.finish(ended)
    })
}

/// A pool of this many threads, or one per core.
pub(crate) fn thread_pool(threads: Option<usize>) -> Result<ThreadPool, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads.unwrap_or_default()).build();
    pool.map_err(|error| Error::usage(format!("cannot start the threads: {error}; give a smaller --threads")))
}

struct Pipeline<'a> {
    plan: &'a Plan,
    /// Shared with the threads that clean a batch while the pipeline writes another.
    worker: Arc<Worker<'a>>,
    progress: &'a Progress,
    /// The common stream, for everything without an output of its own.
    stream: Sink,
    stream_state: StreamState,
    quarantine: Option<Quarantine>,
    removals: Option<Sink>,
    stats: RunStats,
    log: Option<RunLog>,
    entry: LogEntry,
    finished: usize,
    /// The position in the first input at which to continue.
    cursor: Option<FileCursor>,
    of_cursor: RunStats,
    /// Locks on what no other run may write meanwhile.
    _locks: Vec<Lock>,
}

/// The state of a record file.
#[derive(Default)]
struct FileState {
    /// Its own output: a file of records ...
    own: Option<Sink>,
    /// ... or a folder of texts.
    texts: Option<RecordDir>,
    records: RecordCounts,
    with_text: u64,
    without_text: u64,
    not_strings: u64,
    /// The number of the record after the last batch: its line, if records are lines.
    next_record: u64,
    null_texts: u64,
    other_fields: Vec<String>,
    /// Whether it could not be read, so that its output must be discarded.
    has_failed: bool,
}

impl FileState {
    fn add(&mut self, stats: &RunStats) {
        self.records.add(&stats.records);
        self.with_text += stats.get(Counter::WithText);
        self.without_text += stats.get(Counter::WithoutText);
        self.not_strings += stats.get(Counter::NotAString) - stats.get(Counter::NullTexts);
        self.null_texts += stats.get(Counter::NullTexts);
        if self.other_fields.is_empty() {
            self.other_fields.clone_from(&stats.other_fields);
        }
    }
}

/// A batch that is cleaned and not yet written.
struct CleanBatch {
    processed: Vec<Processed>,
    notes: Notes,
    start: Position,
    end: Position,
}

/// A record file that is being read.
struct OpenInput {
    batches: Batches,
    format: Box<dyn RecordFormat>,
    file: Option<(File, Snapshot)>,
}

impl<'a> Pipeline<'a> {
    /// Opens the outputs; write errors show here, before any work.
    fn open(plan: &'a Plan, progress: &'a Progress) -> Result<Pipeline<'a>, Error> {
        make_dirs(plan)?;
        let locks = plan.locks()?;
        for path in &plan.files.stale {
            remove_if_there(path)?;
        }
        let resumable = plan.files.log.as_deref();
        let (log, point) = open_log(plan)?;
        let is_new = point.inputs == 0 && point.cursor.is_none();
        let ResumePoint { inputs: finished, stats, of_input: of_cursor, cursor, written, stream: stream_state } = point;
        let stream = match &plan.destination {
            _ if plan.dry_run => Sink::Discard,
            Destination::Stdout => Sink::stdout(),
            Destination::File(_) if plan.inputs.iter().all(|input| input.output.is_some()) => Sink::Discard,
            Destination::File(path) if plan.inputs.iter().any(|input| input.to == Format::Parquet) => {
                Sink::table(path, None, &plan.fields.text.column())?
            }
            Destination::File(path) => Sink::file(path, resumable.map(|_| written.stream), log.is_some())?,
            Destination::Device(path) => Sink::device(path)?,
            Destination::Dir(_) | Destination::Discard => Sink::Discard,
        };
        let quarantine = match (&plan.quarantine, resumable) {
            (None, _) => None,
            (Some(path), Some(_)) => Some(Quarantine::resume(path, written.quarantine)?),
            (Some(path), None) => Some(Quarantine::create(path)?),
        };
        let removals = match &plan.removals {
            None => None,
            Some((path, _)) => Some(Sink::file(path, resumable.map(|_| written.removals), false)?),
        };
        let worker = Worker {
            cleaner: &plan.cleaner,
            fields: &plan.fields,
            text: TextFormat { encoding: plan.encoding },
            limits: plan.limits,
            filters: plan.filters,
            extra_fields: &plan.extra_fields,
            quarantine: plan.quarantine.is_some(),
            removals: plan.removals.as_ref().map(|&(_, sample)| RemovalsLog { sample, rules: plan.cleaner.rules() }),
        };
        let mut pipeline = Pipeline {
            plan,
            worker: Arc::new(worker),
            progress,
            stream,
            stream_state,
            quarantine,
            removals,
            stats,
            log,
            entry: LogEntry::default(),
            finished,
            cursor,
            of_cursor,
            _locks: locks,
        };
        if is_new {
            plan.failures.iter().for_each(|failure| pipeline.entry.stats.fail(failure.clone()));
            pipeline.commit(None)?;
        }
        Ok(pipeline)
    }

    fn all_inputs(&mut self) -> Result<(), Error> {
        let inputs = self.plan.inputs.as_slice();
        inputs[..self.finished].iter().for_each(|input| self.progress.advance(input.bytes));
        while let Some(first) = inputs.get(self.finished) {
            interrupt::check()?;
            let count = if first.is_small() {
                let count = group_size(&inputs[self.finished..]);
                self.small_files(&inputs[self.finished..self.finished + count])?;
                count
            } else {
                if first.stays_table() {
                    self.table(first)?;
                } else {
                    self.large_file(first)?;
                }
                1
            };
            self.finished += count;
            self.commit(None)?;
        }
        Ok(())
    }

    /// Cleans whole files, many at a time. The thread that cleans a file also writes its output, if it has its own.
    fn small_files(&mut self, inputs: &[Input]) -> Result<(), Error> {
        let halt = AtomicBool::new(false);
        let processed: Vec<_> = inputs
            .par_iter()
            .map(|input| {
                if halt.load(Ordering::Relaxed) || interrupt::requested() {
                    return None;
                }
                let processed = self.small_file(input);
                halt.fetch_or(processed.is_err(), Ordering::Relaxed);
                if let Ok((processed, _)) = &processed {
                    self.progress.count(&processed.stats);
                }
                self.progress.advance(input.bytes);
                Some(processed)
            })
            .collect();
        let (mut error, mut complete) = (None, Vec::with_capacity(inputs.len()));
        for (input, processed) in inputs.iter().zip(processed) {
            match processed {
                Some(Ok(processed)) => complete.push((input, processed)),
                Some(Err(failed)) => error = error.or(Some(failed)),
                None => {}
            }
        }
        // An output that cannot be written outranks the files that were then left alone.
        if let Some(error) = error.or_else(|| interrupt::check().err()) {
            // Outputs of their own exist already, without the rejected records.
            for (input, (processed, _)) in complete.iter().filter(|(input, _)| input.output.is_some()) {
                self.reject(input, &processed.rejected)?;
            }
            return Err(error);
        }
        for (input, (mut processed, output)) in complete {
            self.entry.outputs.extend(output);
            if input.to == Format::Parquet {
                write_rows(&mut self.stream, input, self.quarantine.is_some(), &mut processed)?;
            }
            let mut state = FileState::default();
            state.add(&processed.stats);
            self.write(input, processed)?;
            self.check_texts(input, &mut state);
            self.log_input(input, state.records);
        }
        Ok(())
    }

    /// Reads, cleans and writes a file; returns the entry of its own output, if it has one, for the log.
    fn small_file(&self, input: &Input) -> Result<(Processed, Option<OutputEntry>), Error> {
        // The limit of a record applies to each of them.
        let most = if input.from == Format::Text { self.plan.limits.record } else { usize::MAX };
        let result = match &input.source {
            Source::File(path) => text::with_file(path, most, |bytes| self.clean_bytes(input, bytes)),
            Source::Pipe(path) => File::open(path).and_then(|pipe| self.clean_stream(input, pipe, most)),
            Source::Stdin => self.clean_stream(input, io::stdin(), most),
        };
        let mut processed = result.unwrap_or_else(|error| Processed::failed(&input.display_name(), io_reason(&error)));
        if processed.has_output && input.from.has_records() {
            check_balance(RecordFile { input, format: &self.plan.fields }, &processed)?;
        }
        if input.from == Format::Text && processed.stats.records.read == 0 {
            processed.stats.records = RecordCounts { read: 1, failed: 1, ..RecordCounts::default() };
        }
        let Some(path) = input.output.as_deref().filter(|_| !self.plan.dry_run && !interrupt::requested()) else {
            return Ok((processed, None));
        };
        if !processed.stats.records.dropped.is_empty() && input.from == Format::Text {
            // What an earlier run wrote for it is not an output of this one.
            let _ = fs::remove_file(path);
        }
        let mut output = None;
        if processed.has_output {
            let bytes = std::mem::take(&mut processed.bytes);
            let bytes = match Compression::of_name(path) {
                Compression::None => bytes,
                kind => compression::compress(&bytes, kind).map_err(|error| Error::write(path, error))?,
            };
            atomic_file::write_atomic(path, &bytes, self.plan.files.log.is_some())?;
            output = self.log.is_some().then(|| OutputEntry::of(self.output_name(path), &bytes));
        }
        Ok((processed, output))
    }

    fn clean_stream(&self, input: &Input, stream: impl Read, most: usize) -> io::Result<Processed> {
        let mut bytes = Vec::new();
        text::read_all(stream, most, &mut bytes).map(|()| self.clean_bytes(input, &bytes))
    }

    fn clean_bytes(&self, input: &Input, bytes: &[u8]) -> Processed {
        if Compression::of_bytes(bytes) != Compression::None {
            return match compression::decompress_all(bytes, &self.plan.limits) {
                Ok(bytes) => self.clean_plain(input, &bytes),
                // Half a text is not a text, and files of records come here only where they are not named as compressed.
                Err(error) => Processed::failed(&input.display_name(), error.to_string()),
            };
        }
        self.clean_plain(input, bytes)
    }

    fn clean_plain(&self, input: &Input, bytes: &[u8]) -> Processed {
        if input.from == Format::Text {
            return self.worker.text_file(input, bytes);
        }
        match sniff::sniff_records(bytes) {
            Some(what) => Processed::failed(&input.display_name(), what),
            None => {
                let chunk = Chunk { bytes, records: &lines(bytes, 1), truncated: false };
                self.worker.records(RecordFile { input, format: &self.plan.fields }, &chunk)
            }
        }
    }

    /// Cleans one record file in batches; the chunks of a batch are cleaned in parallel and written in order.
    fn large_file(&mut self, input: &Input) -> Result<(), Error> {
        let mut state = FileState::default();
        self.batches(input, &mut state)?;
        // A signal that also stopped the writer at the other end of a pipe makes a part of the input look complete.
        interrupt::check()?;
        let FileState { own, mut records, has_failed, .. } = state;
        match own {
            own if !has_failed => {
                self.stream_state.has_input |= input.output.is_none();
                let digest = own.map(Sink::finish).transpose()?.flatten();
                let is_file = input.to != Format::Text && !self.plan.dry_run;
                if let Some(path) = input.output.as_deref().filter(|_| is_file) {
                    self.log_output(path, digest)?;
                }
            }
            // What was written goes with the file.
            Some(own) => {
                own.discard()?;
                records.rollback_written();
            }
            None => {}
        }
        self.log_input(input, records);
        Ok(())
    }

    /// Reads, cleans and writes the records of an input.
    fn batches(&mut self, input: &Input, state: &mut FileState) -> Result<(), Error> {
        let cursor = self.cursor.take();
        state.add(&std::mem::take(&mut self.of_cursor));
        self.open_own_output(input, cursor.as_ref(), state)?;
        let opened = OpenInput::open(input, self.plan, cursor.as_ref().map(|cursor| cursor.position));
        let mut open = match opened {
            Ok(open) => open,
            Err(error) if cursor.is_none() => {
                self.fail_input(input, state, io_reason(&error));
                return Ok(());
            }
            Err(error) => {
                self.fail_partial(input, state, format!("{}, where it could be read before", io_reason(&error)));
                return Ok(());
            }
        };
        let snapshot = open.file.as_ref().map(|(_, snapshot)| snapshot.clone());
        if let Some(cursor) = cursor.as_ref() {
            if cursor.snapshot != snapshot {
                let name = input.display_name();
                return Err(Error::usage(format!(
                    "{name} changed since the run that is to be resumed; rerun with --force instead of --resume"
                )));
            }
            self.progress.advance(cursor.position.offset);
        }
        let mut is_first = cursor.is_none();
        let file = RecordFile { input, format: &*open.format };
        let mut pending: Option<CleanBatch> = None;
        loop {
            // What is done does not wait for a slow input.
            if !open.batches.is_ready() {
                self.write_batch(file, pending.take(), snapshot.as_ref(), state)?;
            }
            let next = open.batches.next();
            if !matches!(next, Ok(Some(_))) {
                self.write_batch(file, pending.take(), snapshot.as_ref(), state)?;
            }
            let batch = match next {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(ReadError::Damaged(error, begun)) => {
                    self.fail_truncated(input, &error, begun, state)?;
                    if state.records.read > 0 {
                        self.end_of_input(input, None, state);
                    }
                    state.has_failed = state.records.read == 0;
                    return Ok(());
                }
                Err(ReadError::Io(error)) => {
                    self.fail_partial(input, state, format!("{}, after part of it was read", io_reason(&error)));
                    return Ok(());
                }
            };
            if is_first
                && input.from == Format::Jsonl
                && let Some(what) = sniff::sniff_records(&batch.bytes)
            {
                self.fail_input(input, state, what);
                return Ok(());
            }
            is_first = false;
            let worker = Arc::clone(&self.worker);
            let (mut processed, mut written) = (Vec::new(), Ok(()));
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| processed = clean_batch(&worker, file, &batch));
                written = self.write_batch(file, pending.take(), snapshot.as_ref(), state);
            });
            written?;
            interrupt::check()?;
            let Batch { notes, start, end, .. } = batch;
            pending = Some(CleanBatch { processed, notes, start, end });
        }
        self.end_of_input(input, open.file, state);
        Ok(())
    }

    /// Writes a batch, if there is one, and logs the progress.
    fn write_batch(
        &mut self,
        file: RecordFile<'_>,
        batch: Option<CleanBatch>,
        snapshot: Option<&Snapshot>,
        state: &mut FileState,
    ) -> Result<(), Error> {
        let Some(CleanBatch { processed, notes, start, end }) = batch else { return Ok(()) };
        for processed in processed {
            self.progress.count(&processed.stats);
            self.write_records(file, processed, state)?;
        }
        let notes = stats_of_notes(file.input, &notes);
        state.add(&notes);
        self.entry.stats.add(notes);
        // The names of texts depend on those before, so a folder of texts is begun anew, and a table has its index last.
        if state.texts.is_none() && file.input.to != Format::Parquet {
            let output = match &mut state.own {
                Some(own) => own.flush()?,
                None => 0,
            };
            self.commit(Some(FileCursor { position: end, snapshot: snapshot.cloned(), output }))?;
        }
        state.next_record = end.record;
        self.progress.advance(end.offset - start.offset);
        Ok(())
    }

    fn open_own_output(
        &mut self,
        input: &Input,
        cursor: Option<&FileCursor>,
        state: &mut FileState,
    ) -> Result<(), Error> {
        let resumable = self.plan.files.log.is_some();
        match &input.output {
            None => {}
            Some(path) if input.becomes_dir() => {
                state.texts = Some(RecordDir::new(path, self.plan.dry_run, resumable));
            }
            Some(_) if self.plan.dry_run => state.own = Some(Sink::Discard),
            Some(path) => {
                let keep = resumable.then(|| cursor.map_or(0, |cursor| cursor.output));
                state.own = Some(match input.to {
                    Format::Parquet => Sink::table(path, keep, &self.plan.fields.text.column())?,
                    _ => Sink::file(path, keep, self.log.is_some())?,
                });
            }
        }
        Ok(())
    }

    /// Reports errors that show only when an entire input is read.
    fn end_of_input(&mut self, input: &Input, file: Option<(File, Snapshot)>, state: &mut FileState) {
        if file.is_some_and(|(file, before)| Snapshot::of(&file).is_ok_and(|now| now != before)) {
            self.entry.stats.fail(Failure::new(input.display_name(), None, MODIFIED));
        }
        self.check_texts(input, state);
    }

    /// Reports an input without texts.
    fn check_texts(&mut self, input: &Input, state: &mut FileState) {
        if input.from == Format::Warc && state.with_text == 0 && state.records.read > 0 && state.records.failed == 0 {
            let records = count(state.records.read, "record");
            let reason = format!(
                "no page and no text is in it, but {records} of other kinds; name an archive of responses (.warc) or of texts (.wet)"
            );
            self.fail_input(input, state, reason);
        }
        let has_fields = matches!(input.from, Format::Jsonl | Format::Parquet);
        if has_fields && state.not_strings > 0 && state.not_strings + state.null_texts == state.with_text {
            let field = self.plan.fields.text.column();
            let reason = format!("in no record the field `{field}` is a string; name another one with --text-field");
            self.entry.stats.fail(Failure::new(input.display_name(), None, reason));
        }
        if has_fields && state.with_text == 0 && state.without_text > 0 {
            let field = self.plan.fields.text.column();
            let names = &state.other_fields;
            let meant = did_you_mean(&field, names.iter().map(String::as_str));
            let reason = match names.is_empty() {
                true => format!("no record has the field `{field}`; name it with --text-field"),
                false => {
                    format!("no record has the field `{field}`; {meant}name it with --text-field: {}", names.join(", "))
                }
            };
            self.entry.stats.fail(Failure::new(input.display_name(), None, reason));
        }
    }

    /// Reports an input whose output must be discarded.
    fn fail_input(&mut self, input: &Input, state: &mut FileState, reason: String) {
        self.entry.stats.fail(Failure::new(input.display_name(), None, reason));
        state.has_failed = true;
    }

    /// Reports an input that may be partly written. Half a file must not look like a complete one.
    fn fail_partial(&mut self, input: &Input, state: &mut FileState, mut reason: String) {
        if input.output.is_none() {
            self.stream_state.is_partial = true;
            if let Destination::File(path) = &self.plan.destination {
                reason.push_str(&format!("; {} was not written", path.display()));
            }
        }
        self.fail_input(input, state, reason);
    }

    /// Reports an input that cannot be read further, and rejects the record `begun`. Earlier records are good.
    fn fail_truncated(
        &mut self,
        input: &Input,
        error: &io::Error,
        begun: Vec<u8>,
        state: &mut FileState,
    ) -> Result<(), Error> {
        let before = state.records.read;
        let reason = match (before, begun.is_empty()) {
            (0, _) => error.to_string(),
            (n, true) => format!("{error}; {} before it were read", count(n, "record")),
            (n, false) => format!("{error}; {} before it were read, one was begun", count(n, "record")),
        };
        let mut processed = Processed::default();
        processed.stats.fail(Failure::new(input.display_name(), None, reason));
        if !begun.is_empty() {
            processed.stats.records.read = 1;
            if self.quarantine.is_some() {
                processed.stats.records.quarantined = 1;
                processed.rejected.push(Rejected {
                    number: state.next_record.max(1),
                    bytes: begun,
                    reason: error.to_string(),
                });
            } else {
                processed.stats.records.failed = 1;
            }
        }
        state.add(&processed.stats);
        self.write(input, processed)
    }

    /// Cleans the texts of a table. An interrupted run repeats the whole table.
    fn table(&mut self, input: &Input) -> Result<(), Error> {
        let Source::File(path) = &input.source else { return Ok(()) };
        let output = input.output.as_deref().filter(|_| !self.plan.dry_run);
        let mut processed = Processed::default();
        let cleaned = catch_panic(|| self.clean_table(path, output, &input.display_name(), &mut processed));
        let reason = match cleaned {
            Ok(Ok(file)) => {
                interrupt::check()?;
                if let Some(file) = file {
                    let target = file.target().to_owned();
                    file.finish()?;
                    self.log_output(&target, None)?;
                }
                let mut state = FileState::default();
                state.add(&processed.stats);
                self.progress.count(&processed.stats);
                self.progress.advance(input.bytes);
                self.write(input, processed)?;
                self.check_texts(input, &mut state);
                self.log_input(input, state.records);
                return Ok(());
            }
            Ok(Err(TableError::Output(error))) => {
                return Err(Error::write(input.output.as_deref().unwrap_or(Path::new("")), error));
            }
            Ok(Err(TableError::Input(reason))) | Err(reason) => reason,
        };
        input.output.iter().for_each(|path| atomic_file::discard(path));
        self.entry.stats.fail(Failure::new(input.display_name(), None, reason));
        self.log_input(input, RecordCounts::default());
        Ok(())
    }

    /// Cleans a table into a temporary file, if there is an output.
    fn clean_table(
        &self,
        path: &Path,
        output: Option<&Path>,
        name: &str,
        processed: &mut Processed,
    ) -> Result<Option<AtomicFile>, TableError> {
        let Some(output) = output else {
            return clean_table(&self.worker, path, name, io::sink(), processed).map(|_| None);
        };
        let keep = self.plan.files.log.as_ref().map(|_| 0);
        let out = AtomicFile::create(output, keep).map_err(|error| TableError::Output(io::Error::other(error)))?;
        let out = clean_table(&self.worker, path, name, BufWriter::new(out), processed)?;
        out.into_inner().map(Some).map_err(|error| TableError::Output(error.into_error()))
    }

    /// Writes the result of cleaning a chunk of records.
    fn write_records(
        &mut self,
        file: RecordFile<'_>,
        mut processed: Processed,
        state: &mut FileState,
    ) -> Result<(), Error> {
        check_balance(file, &processed)?;
        if file.input.to == Format::Parquet {
            let sink = state.own.as_mut().unwrap_or(&mut self.stream);
            write_rows(sink, file.input, self.quarantine.is_some(), &mut processed)?;
        }
        state.add(&processed.stats);
        if let Some(dir) = &mut state.texts {
            let texts = std::mem::take(&mut processed.texts);
            for (path, text) in dir.write(&texts)? {
                if self.log.is_some() {
                    self.entry.outputs.push(OutputEntry::of(self.output_name(&path), text.text.as_bytes()));
                }
            }
        }
        if let Some(own) = &mut state.own {
            own.write(&std::mem::take(&mut processed.bytes))?;
        }
        self.write(file.input, processed)
    }

    /// Processes a result: counts it, stores rejected records, writes output for the common stream.
    fn write(&mut self, input: &Input, processed: Processed) -> Result<(), Error> {
        self.reject(input, &processed.rejected)?;
        if let Some(removals) = &mut self.removals {
            removals.write(&processed.removals)?;
        }
        // A large file of records counts when all of it was read.
        self.stream_state.has_input |= processed.has_output && input.output.is_none() && input.is_small();
        self.write_to_stream(input, &processed.bytes)?;
        for text in &processed.texts {
            self.write_text(text)?;
        }
        self.entry.stats.add(processed.stats);
        Ok(())
    }

    fn write_to_stream(&mut self, input: &Input, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let is_open = input.to == Format::Jsonl && !bytes.ends_with(b"\n");
        let last = if is_open { LastWritten::OpenLine } else { LastWritten::Line };
        let last = std::mem::replace(&mut self.stream_state.last, last);
        // Where a file of records lacks its final newline, the next file's first record must not be glued to its last.
        if last == LastWritten::OpenLine {
            self.stream.write(b"\n")?;
        }
        // A byte-order mark is one at the start only.
        let mark = if last != LastWritten::Nothing && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        self.stream.write(&bytes[mark..])
    }

    /// Writes the text of a record. Texts are separated by a line with a form feed, which no cleaned text contains.
    fn write_text(&mut self, text: &RecordText) -> Result<(), Error> {
        if std::mem::replace(&mut self.stream_state.last, LastWritten::Text) == LastWritten::Text {
            self.stream.write(b"\x0c\n")?;
        }
        self.stream.write(text.text.as_bytes())?;
        if text.text.ends_with('\n') { Ok(()) } else { self.stream.write(b"\n") }
    }

    fn reject(&mut self, input: &Input, rejected: &[Rejected]) -> Result<(), Error> {
        let Some(quarantine) = &mut self.quarantine else { return Ok(()) };
        rejected.iter().try_for_each(|rejected| quarantine.add(&input.display_name(), rejected))
    }

    fn log_input(&mut self, input: &Input, records: RecordCounts) {
        let name = PathName::of(&input.relative);
        self.entry.finished.push(InputEntry { name, bytes: input.bytes, records });
    }

    fn log_output(&mut self, path: &Path, digest: Option<FileDigest>) -> Result<(), Error> {
        if self.log.is_some() {
            let name = self.output_name(path);
            let entry = match digest {
                Some(FileDigest { bytes, sha256 }) => OutputEntry { name, bytes, sha256 },
                None => OutputEntry::of_file(name, path).map_err(|error| Error::write(path, error))?,
            };
            self.entry.outputs.push(entry);
        }
        Ok(())
    }

    /// An output's name in the manifest: its path below the output folder.
    fn output_name(&self, path: &Path) -> PathName {
        let below = match &self.plan.destination {
            Destination::Dir(root) => path.strip_prefix(root).unwrap_or(path),
            _ => path.file_name().map_or(path, Path::new),
        };
        PathName::of(below)
    }

    /// Flushes buffers, the quarantine first: a record may be missing from the stream only when the quarantine has it.
    /// Then logs the progress of the run.
    fn commit(&mut self, cursor: Option<FileCursor>) -> Result<(), Error> {
        let mut written = Written::default();
        if let Some(quarantine) = &mut self.quarantine {
            written.quarantine = quarantine.flush()?;
        }
        if let Some(removals) = &mut self.removals {
            written.removals = removals.flush()?;
        }
        written.stream = self.stream.flush()?;
        let entry = std::mem::take(&mut self.entry);
        self.stats.add(entry.totals());
        match &mut self.log {
            None => Ok(()),
            Some(log) => log.add(LogEntry { cursor, written, stream: self.stream_state, ..entry }),
        }
    }

    /// Ends the run, which may have `ended` early.
    fn finish(mut self, ended: Result<(), Error>) -> Result<RunStats, Error> {
        let ended = ended.and_then(|()| interrupt::check());
        if ended.is_err() && self.plan.files.log.is_some() {
            // All stays as it was logged last, for a run that resumes from there.
            return ended.map(|()| self.stats);
        }
        // The quarantine first: a record may be lost from the output only when it is safe there. Standard output and the
        // files that are written lack it already, however early the end.
        let kept = self.quarantine.take().map(Quarantine::finish).transpose();
        ended?;
        kept?;
        if let Some(removals) = self.removals.take() {
            removals.finish()?;
        }
        self.finish_stream()?;
        if !self.stats.records.is_balanced() {
            return Err(Error::LostRecords("of the whole run".to_owned()));
        }
        if let (Some(path), Some(mut log)) = (&self.plan.files.manifest, self.log.take()) {
            log.write_manifest(path, &self.summary(), &self.entry.outputs)?;
        }
        if let Some(log) = &self.plan.files.log {
            remove_if_there(log)?;
        }
        Ok(self.stats)
    }

    /// Completes the common stream, or discards it if it is incomplete.
    fn finish_stream(&mut self) -> Result<(), Error> {
        let stream = std::mem::replace(&mut self.stream, Sink::Discard);
        let has_stream = self.plan.inputs.iter().any(|input| input.output.is_none()) && !self.plan.dry_run;
        let file = match &self.plan.destination {
            Destination::File(path) if has_stream => Some(path),
            _ => None,
        };
        let StreamState { has_input, is_partial, .. } = self.stream_state;
        if is_partial || (!has_input && self.stats.failed > 0) {
            if file.is_some() {
                self.stats.records.rollback_written();
            }
            return stream.discard();
        }
        let digest = stream.finish()?;
        if let Some(path) = file {
            // Not committed: a run that is interrupted from here on completes the stream again.
            self.log_output(path, digest)?;
        }
        Ok(())
    }

    fn summary(&self) -> RunSummary {
        RunSummary {
            bodytext: env!("CARGO_PKG_VERSION").to_owned(),
            rule_set: self.plan.cleaner.rules().hash().to_owned(),
            model: self.plan.cleaner.model().map(ScoringModel::hash),
            run: self.plan.files.run.clone(),
            shard: self.plan.shard.map(|Shard { index, count }| format!("{index}/{count}")),
            whole: self.plan.files.whole.clone(),
            failed: self.stats.failed,
            failures: self.stats.failures.clone(),
            records: self.stats.records.clone(),
        }
    }
}

impl OpenInput {
    fn open(input: &Input, plan: &Plan, position: Option<Position>) -> io::Result<OpenInput> {
        let limits = &plan.limits;
        let (stream, file) = match &input.source {
            Source::Stdin => (compression::decompressed(io::stdin(), limits)?, None),
            Source::Pipe(path) => (compression::decompressed(File::open(path)?, limits)?, None),
            Source::File(path) => {
                let file = File::open(path)?;
                let snapshot = Snapshot::of(&file)?;
                (compression::decompressed(file.try_clone()?, limits)?, Some((file, snapshot)))
            }
        };
        let formats = (input.from, input.to);
        let (mut reader, format) =
            open_records(stream, file.as_ref().map(|(file, _)| file), formats, &plan.fields, limits)?;
        if let Some(position) = position {
            reader.skip_to(position)?;
        }
        // A single thread takes turns: it could not use what is read ahead, which would only take memory.
        let batches = Batches::new(reader, rayon::current_num_threads() > 1)?;
        Ok(OpenInput { batches, format, file })
    }
}

/// Cleans the records of a batch in parallel.
fn clean_batch(worker: &Worker<'_>, file: RecordFile<'_>, batch: &Batch) -> Vec<Processed> {
    let chunks = batch.chunks(CHUNKS * rayon::current_num_threads());
    chunks.par_iter().map(|chunk| worker.records(file, chunk)).collect()
}

/// Writes the records of a table. Those that it cannot hold are listed, and kept in the quarantine if there is one.
fn write_rows(sink: &mut Sink, input: &Input, has_quarantine: bool, processed: &mut Processed) -> Result<(), Error> {
    for Misfit { index, bytes, reason } in sink.write_records(&std::mem::take(&mut processed.bytes))? {
        let number = processed.numbers.get(index).copied();
        let stats = &mut processed.stats;
        stats.records.written -= 1;
        stats.fail(Failure::new(input.display_name(), number, &reason));
        if has_quarantine {
            stats.records.quarantined += 1;
            processed.rejected.push(Rejected { number: number.unwrap_or(1), bytes, reason });
        } else {
            stats.records.failed += 1;
        }
    }
    Ok(())
}

/// The counts of what an archive holds besides its texts.
fn stats_of_notes(input: &Input, notes: &Notes) -> RunStats {
    let mut stats = RunStats::default();
    stats.records.read = notes.other + notes.broken;
    stats.records.failed = notes.broken;
    stats.records.drop(NO_TEXT, notes.other);
    for (number, what) in &notes.faults {
        stats.fail(Failure::new(input.display_name(), None, format!("record {number}: {what}")));
    }
    stats.failed = notes.broken;
    stats
}

/// Compares the counts with the content of the output.
fn check_balance(RecordFile { input, format }: RecordFile<'_>, processed: &Processed) -> Result<(), Error> {
    let Processed { bytes, texts, rejected, stats, .. } = processed;
    let blank = if input.copies_records() { stats.get(Counter::BlankLines) } else { 0 };
    let written = match input.to {
        Format::Text => texts.len() as u64,
        _ => format.count(bytes).saturating_sub(blank),
    };
    let RecordCounts { written: counted, quarantined, .. } = stats.records;
    if written == counted && rejected.len() as u64 == quarantined && stats.records.is_balanced() {
        return Ok(());
    }
    Err(Error::LostRecords(format!("of {}", input.display_name())))
}

/// The number of small files in the next group; the first is always taken, however large.
fn group_size(inputs: &[Input]) -> usize {
    let mut bytes = 0;
    for (count, input) in inputs.iter().enumerate().skip(1) {
        bytes += expanded_bytes(input);
        if !input.is_small() || bytes > GROUP_BYTES || count == GROUP_FILES {
            return count;
        }
    }
    inputs.len()
}

/// The size at which a file counts in a group: the expected size after decompression.
fn expanded_bytes(input: &Input) -> u64 {
    match Compression::of_name(&input.relative) {
        Compression::None => input.bytes,
        _ => input.bytes.saturating_mul(EXPANSION).max(GROUP_BYTES / 8),
    }
}

/// Opens the log if the run needs one, and finds the progress of an earlier run.
fn open_log(plan: &Plan) -> Result<(Option<RunLog>, ResumePoint), Error> {
    let files = &plan.files;
    if let Some(path) = files.log.as_deref().filter(|_| files.resume == Resume::CutOff)
        && let Some((log, point)) = RunLog::resume(path, &files.run, &plan.inputs, plan.destination.root())?
    {
        return Ok((Some(log), point));
    }
    let is_needed = files.log.is_some() || files.manifest.is_some();
    let log = if is_needed { Some(RunLog::create(files.log.as_deref(), &files.run)?) } else { None };
    Ok((log, ResumePoint::default()))
}

/// Creates the folders of the outputs, once each, so that the threads need not check for every file.
fn make_dirs(plan: &Plan) -> Result<(), Error> {
    let mut dirs: Vec<&Path> = Vec::new();
    match &plan.destination {
        _ if plan.dry_run => {}
        Destination::File(path) => dirs.extend(path.parent()),
        Destination::Dir(root) => {
            dirs.push(root);
            for input in &plan.inputs {
                let output = input.output.as_deref();
                let dir = if input.becomes_dir() { output } else { output.and_then(Path::parent) };
                dirs.extend(dir.filter(|dir| dirs.last() != Some(dir)));
            }
        }
        Destination::Stdout | Destination::Device(_) | Destination::Discard => {}
    }
    let removals = plan.removals.as_ref().map(|(path, _)| path);
    let sidecars = plan.quarantine.iter().chain(removals).chain(&plan.files.manifest).chain(&plan.files.log);
    dirs.extend(sidecars.filter_map(|path| path.parent()));
    for dir in dirs.into_iter().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::create_dir_all(dir).map_err(|error| Error::write(dir, error))?;
    }
    Ok(())
}
