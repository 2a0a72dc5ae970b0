//! Following a stream through whatever happens to NATS.
//!
//! A consumer of JetStream lives on the server and may be lost with it, with the connection or by
//! somebody's hand. So it is only borrowed: whenever anything about it is in doubt, another one is
//! made from the last number that was seen.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::consumer::{AckPolicy, DeliverPolicy, pull},
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::{
    select,
    sync::watch,
    time::{sleep, timeout},
};

use crate::rt::nats::{ANSWER, CALL, NatsError, NatsLink, NatsState, pause, stream, unavailable};

/// Messages that are asked for at a time.
const BATCH: usize = 64;
/// A consumer that nobody asks for so long is dropped by NATS.
const ABANDONED: Duration = Duration::from_secs(30);
/// After so long without a message it is asked whether there really is none.
const QUIET: Duration = Duration::from_secs(5);

/// What comes of following.
#[derive(Debug)]
pub(crate) enum Told {
    Message {
        /// Its number in the stream.
        seq: u64,
        headers: HeaderMap,
        payload: Bytes,
    },
    /// What was there when it began has been told; once.
    Current,
    /// From here on nothing is left out; of what was before, something may have been.
    Gap,
}

/// From where to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// From the first message that is there, and again so if the stream was made anew.
    First,
    /// From the next message on.
    Now,
}

/// A stream that is followed.
pub(crate) struct Follow {
    link: NatsLink,
    state: watch::Receiver<NatsState>,
    stream: String,
    from: From,
    /// The stream we follow: when it was made, and the last number seen.
    seen: Option<Seen>,
    is_current: bool,
    running: Option<Running>,
    failures: usize,
}

#[derive(Clone, Copy)]
struct Seen {
    made: i128,
    last: u64,
}

struct Running {
    messages: pull::Stream,
    /// The consumer's number of the last message: they come without gaps.
    counted: u64,
    /// Whether the messages that were there at the start have come.
    has_caught_up: bool,
}

impl Follow {
    pub(crate) fn new(link: &NatsLink, stream: String, from: From) -> Self {
        Self {
            state: link.state(),
            link: link.clone(),
            stream,
            from,
            seen: None,
            is_current: false,
            running: None,
            failures: 0,
        }
    }

    /// What comes next; waits for it as long as it takes.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            if let Some(running) = &self.running
                && running.has_caught_up
                && !self.is_current
            {
                self.is_current = true;
                return Told::Current;
            }
            if self.running.is_none() {
                match timeout(CALL, self.start()).await {
                    Ok(Ok(is_gap)) => {
                        self.failures = 0;
                        if is_gap {
                            return Told::Gap;
                        }
                    }
                    Ok(Err(cause)) => self.rest(&cause.to_string()).await,
                    Err(_) => self.rest("NATS did not answer in time").await,
                }
                continue;
            }
            if let Some(told) = self.step().await {
                return told;
            }
        }
    }

    /// Waits before another try: longer each time, shorter when NATS comes back.
    async fn rest(&mut self, why: &str) {
        if self.failures == 0 {
            tracing::warn!(stream = self.stream, why, "cannot follow a stream of NATS");
        }
        self.failures += 1;
        select! {
            () = sleep(pause(self.failures)) => {}
            _ = self.state.changed() => {}
        }
    }

    /// Makes a consumer from the last number that was seen; says whether something may have been
    /// left out.
    async fn start(&mut self) -> Result<bool, NatsError> {
        self.link.connected().await?;
        self.state.mark_unchanged();
        let name = self.stream.as_str();
        let Some(info) = stream::info(&self.link, name).await? else {
            return Err(unavailable(
                format!("follow NATS' stream {name}"),
                "it is gone",
            ));
        };
        let made = info.created.unix_timestamp_nanos();
        let newest = info.state.last_sequence;
        let (last, is_gap) = match (self.seen, self.from) {
            (Some(seen), _) if seen.made == made && seen.last <= newest => (seen.last, false),
            (before, from) => {
                if let Some(before) = before {
                    tracing::error!(
                        stream = name,
                        "NATS has lost what it kept: its newest number was {}, now it is {newest}",
                        before.last
                    );
                }
                match from {
                    From::First => (0, before.is_some()),
                    From::Now => (newest, true),
                }
            }
        };
        let stream = stream::handle(&self.link, name).await?;
        let what = || format!("follow NATS' stream {name}");
        let consumer = stream
            .create_consumer(pull::Config {
                deliver_policy: DeliverPolicy::ByStartSequence {
                    start_sequence: last.saturating_add(1),
                },
                ack_policy: AckPolicy::None,
                inactive_threshold: ABANDONED,
                num_replicas: 1,
                memory_storage: true,
                ..pull::Config::default()
            })
            .await
            .map_err(|cause| unavailable(what(), cause))?;
        let has_caught_up = consumer.cached_info().num_pending == 0;
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .heartbeat(QUIET)
            .expires(ABANDONED)
            .messages()
            .await
            .map_err(|cause| unavailable(what(), cause))?;
        // What was dropped before it was seen will not come.
        let is_behind = has_caught_up && newest > last;
        let next = last.saturating_add(1);
        let last = if is_behind && stream::is_end(&stream, next).await? {
            newest
        } else {
            last
        };
        self.seen = Some(Seen { made, last });
        self.running = Some(Running {
            messages,
            counted: 0,
            has_caught_up,
        });
        Ok(is_gap)
    }

    /// Waits for one thing to happen; a doubt ends the consumer.
    async fn step(&mut self) -> Option<Told> {
        let running = self.running.as_mut()?;
        let came = select! {
            biased;
            // Lost or found again: either way the consumer may have missed something.
            _ = self.state.changed() => None,
            came = timeout(QUIET, running.messages.next()) => Some(came),
        };
        let message = match came {
            Some(Ok(Some(Ok(message)))) => message,
            Some(Err(_)) if self.is_quiet().await => return None,
            Some(Ok(Some(Err(cause)))) => {
                tracing::debug!(stream = self.stream, %cause, "another consumer is needed");
                return self.stop();
            }
            _ => return self.stop(),
        };
        let (seq, counted, pending) = match message.info() {
            Ok(info) => (info.stream_sequence, info.consumer_sequence, info.pending),
            Err(cause) => {
                tracing::warn!(stream = self.stream, %cause, "a message without a number");
                return self.stop();
            }
        };
        let (running, seen) = (self.running.as_mut()?, self.seen.as_mut()?);
        // One was lost on the way; the next consumer brings it.
        if counted != running.counted + 1 {
            return self.stop();
        }
        running.counted = counted;
        running.has_caught_up |= pending == 0;
        if seq <= seen.last {
            return None;
        }
        seen.last = seq;
        let message = message.message;
        Some(Told::Message {
            seq,
            headers: message.headers.unwrap_or_default(),
            payload: message.payload,
        })
    }

    fn stop(&mut self) -> Option<Told> {
        self.running = None;
        None
    }

    /// Whether there is really nothing new.
    async fn is_quiet(&mut self) -> bool {
        let info = timeout(ANSWER, stream::info(&self.link, &self.stream)).await;
        let (Ok(Ok(Some(info))), Some(seen)) = (info, self.seen) else {
            return false;
        };
        if seen.made != info.created.unix_timestamp_nanos() || info.state.last_sequence < seen.last
        {
            return false;
        }
        info.state.last_sequence == seen.last
    }
}
