//! What comes from the terminal, as a stream of events.
//!
//! A thread waits for the terminal and reads it; it ends with the stream, and takes no byte after
//! that. All else happens where the stream is polled.

use std::{
    collections::VecDeque,
    io,
    os::{fd::AsFd, unix::net::UnixStream},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    thread,
    time::Instant,
};

use crossterm::event::Event;
use futures_util::Stream;
use rustix::event::{PollFd, PollFlags, poll};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{self, error::TrySendError},
    time::{Sleep, sleep_until},
};

use crate::tui::terminal::{burst::Bursts, decode::Decoder, panic_switch::PanicSwitch};

/// Reads that wait for the screen; the terminal itself holds what comes after them.
const READS: usize = 64;
/// Bytes of one read.
const READ: usize = 4096;

/// What one read gave, and when.
type Read = io::Result<(Instant, Vec<u8>)>;

/// The events of the terminal on standard input.
#[derive(Debug)]
pub struct TerminalEvents {
    reads: mpsc::Receiver<Read>,
    resized: Signal,
    decoder: Decoder,
    /// When the decoder stops waiting for the rest of a sequence.
    rest_due: Option<Instant>,
    bursts: Bursts,
    ready: VecDeque<Event>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Closed with the stream, which ends the thread.
    _stop: UnixStream,
}

impl TerminalEvents {
    /// Begins to read standard input, which has to be a terminal. A switch sees what comes first.
    pub fn new(switch: Option<Arc<PanicSwitch>>) -> io::Result<Self> {
        let (stop, stopped) = UnixStream::pair()?;
        let (sender, reads) = mpsc::channel(READS);
        let reader = thread::Builder::new().name("terminal".to_owned());
        reader.spawn(move || read_terminal(&sender, &stopped, switch.as_deref()))?;
        Ok(Self {
            reads,
            resized: signal(SignalKind::window_change())?,
            decoder: Decoder::default(),
            rest_due: None,
            bursts: Bursts::default(),
            ready: VecDeque::new(),
            timer: None,
            _stop: stop,
        })
    }

    fn take(&mut self, at: Instant, bytes: &[u8]) {
        let mut events = Vec::new();
        self.decoder.feed(bytes, &mut events);
        self.rest_due = self.decoder.wait().map(|wait| at + wait);
        self.pass(events, at);
    }

    fn pass(&mut self, events: Vec<Event>, at: Instant) {
        let mut passed = Vec::new();
        self.bursts.pass(events, at, &mut passed);
        self.ready.extend(passed);
    }

    /// Does what is due by time alone.
    fn expire(&mut self, now: Instant) {
        if self.bursts.due().is_some_and(|due| due <= now) {
            let mut passed = Vec::new();
            self.bursts.end(&mut passed);
            self.ready.extend(passed);
        }
        if self.rest_due.is_some_and(|due| due <= now) {
            let mut events = Vec::new();
            self.decoder.give_up(&mut events);
            self.rest_due = self.decoder.wait().map(|wait| now + wait);
            self.pass(events, now);
        }
    }

    /// Waits until something is due by time.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let dues = [self.bursts.due(), self.rest_due];
        let Some(due) = dues.into_iter().flatten().min() else {
            return Poll::Pending;
        };
        let due = due.into();
        let timer = match &mut self.timer {
            Some(timer) => {
                if timer.deadline() != due {
                    timer.as_mut().reset(due);
                }
                timer
            }
            none => none.insert(Box::pin(sleep_until(due))),
        };
        timer.as_mut().poll(context)
    }
}

impl Stream for TerminalEvents {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            // What was read goes before what is due: it may be the rest that is waited for.
            match self.reads.poll_recv(context) {
                Poll::Ready(Some(Ok((at, bytes)))) => {
                    self.take(at, &bytes);
                    continue;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {}
            }
            if self.resized.poll_recv(context).is_ready() {
                let (columns, rows) = crossterm::terminal::size()?;
                return Poll::Ready(Some(Ok(Event::Resize(columns, rows))));
            }
            ready!(self.poll_due(context));
            self.expire(Instant::now());
        }
    }
}

/// Reads the terminal until it or the stream ends.
fn read_terminal(reads: &mpsc::Sender<Read>, stopped: &UnixStream, switch: Option<&PanicSwitch>) {
    let stdin = io::stdin();
    let mut buffer = [0; READ];
    loop {
        let mut sources = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(stopped, PollFlags::IN),
        ];
        match poll(&mut sources, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => {
                let _ = reads.blocking_send(Err(error.into()));
                return;
            }
        }
        if !sources[1].revents().is_empty() {
            return;
        }
        let read = match rustix::io::read(stdin.as_fd(), &mut buffer) {
            Ok(read) => read,
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
            // A terminal that is gone reads like this.
            Err(rustix::io::Errno::IO) => 0,
            Err(error) => {
                let _ = reads.blocking_send(Err(error.into()));
                return;
            }
        };
        if read == 0 {
            return;
        }
        let bytes = buffer.get(..read).unwrap_or_default().to_vec();
        let at = Instant::now();
        let Some(switch) = switch.filter(|switch| switch.is_armed()) else {
            if reads.blocking_send(Ok((at, bytes))).is_err() {
                return;
            }
            continue;
        };
        // A screen that hangs takes no more keys, and the switch must see them all the same.
        if let Err(TrySendError::Closed(_)) = reads.try_send(Ok((at, switch.look(&bytes, at)))) {
            return;
        }
    }
}
