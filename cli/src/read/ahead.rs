//! Reads the next batch of records while an earlier one is cleaned and written.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::{io, thread};

use super::{Batch, ReadError, RecordReader};

type Next = Result<Option<Batch>, ReadError>;

/// The batches of a reader, in order.
pub(crate) enum Batches {
    /// The reader is asked for each batch.
    InTurn(Box<dyn RecordReader>),
    /// A thread of its own reads, one batch ahead.
    Ahead {
        /// A batch that was received and not yet taken.
        next: Option<Next>,
        receiver: Receiver<Next>,
        thread: Option<JoinHandle<()>>,
    },
}

impl Batches {
    /// Reads in turn with the caller, or `ahead` of it.
    pub(crate) fn new(reader: Box<dyn RecordReader>, ahead: bool) -> io::Result<Batches> {
        if !ahead {
            return Ok(Batches::InTurn(reader));
        }
        // Without room in the channel the thread holds one batch, until it is asked for.
        let (sender, receiver) = sync_channel(0);
        let thread = thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let mut reader = reader;
            loop {
                let next = reader.next_batch();
                let is_last = !matches!(next, Ok(Some(_)));
                // Nobody receives after an error in the output.
                if sender.send(next).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Batches::Ahead { next: None, receiver, thread: Some(thread) })
    }

    /// Whether [`next`](Batches::next) returns without reading.
    pub(crate) fn is_ready(&mut self) -> bool {
        match self {
            Batches::InTurn(_) => false,
            Batches::Ahead { next: Some(_), .. } => true,
            Batches::Ahead { next, receiver, .. } => match receiver.try_recv() {
                Ok(received) => {
                    *next = Some(received);
                    true
                }
                Err(TryRecvError::Empty) => false,
                Err(TryRecvError::Disconnected) => true,
            },
        }
    }

    /// The next batch; `None` at the end, after which it must not be called.
    pub(crate) fn next(&mut self) -> Next {
        let (next, receiver, thread) = match self {
            Batches::InTurn(reader) => return reader.next_batch(),
            Batches::Ahead { next, receiver, thread } => (next, receiver, thread),
        };
        match next.take().map_or_else(|| receiver.recv(), Ok) {
            Ok(next) => next,
            // The thread ended before the input did.
            Err(_) => match thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => resume_unwind(panic),
                _ => Ok(None),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::jsonl::LineReader;
    use super::*;

    #[test]
    fn batches_come_in_order_whoever_reads() {
        let lines: Vec<u8> = (0..20_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        for ahead in [false, true] {
            let reader = LineReader::new(io::Cursor::new(lines.clone()), usize::MAX).with_batches_of(10_000);
            let mut batches = Batches::new(Box::new(reader), ahead).unwrap();
            let mut all = Vec::new();
            loop {
                let was_ready = batches.is_ready();
                assert!(ahead || !was_ready);
                let Some(batch) = batches.next().unwrap() else { break };
                all.extend(batch.bytes);
            }
            assert!(all == lines);
        }
    }

    #[test]
    fn a_panic_of_the_reader_is_one_of_the_caller() {
        struct Panics;
        impl RecordReader for Panics {
            fn next_batch(&mut self) -> Next {
                panic!("broken")
            }

            fn skip_to(&mut self, _: super::super::Position) -> io::Result<()> {
                Ok(())
            }
        }
        let mut batches = Batches::new(Box::new(Panics), true).unwrap();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| batches.next().is_ok())).is_err());
    }

    #[test]
    fn a_reader_that_nobody_waits_for_ends() {
        let reader = LineReader::new(io::Cursor::new(vec![b'\n'; 100_000]), usize::MAX).with_batches_of(10_000);
        let Batches::Ahead { receiver, thread, .. } = Batches::new(Box::new(reader), true).unwrap() else { panic!() };
        drop(receiver);
        thread.unwrap().join().unwrap();
    }
}
