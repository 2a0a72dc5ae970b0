//! What `handset listen` says: a line for each request, a remark for what went wrong.

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{
    cli::output::LineStream,
    domain::{ids::EntryId, inbound::Hook, text::SafeText},
    export::{json_line::json_line, jsonl::HookLine},
    ingress::listener::TurnedAway,
    store,
};

/// The least time between two remarks on what was turned away.
const REMARKS_APART: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
pub(super) enum LineStyle {
    Json,
    Plain,
}

impl LineStyle {
    /// The first line: it serves now, and where.
    pub(super) fn ready(self, url: &str) -> anyhow::Result<String> {
        match self {
            Self::Json => Ok(json_line(&ReadyLine { ready: true, url })?),
            Self::Plain => Ok(format!("listening on {url}")),
        }
    }

    pub(super) fn line(self, hook: &Hook) -> anyhow::Result<String> {
        let line = HookLine::of(hook);
        match self {
            Self::Json => Ok(json_line(&line)?),
            Self::Plain => plain(&line),
        }
    }

    /// The same; in JSON with the number of the journal's entry, by which a line that comes again
    /// after a crash is known.
    pub(super) fn numbered(self, id: EntryId, hook: &Hook) -> anyhow::Result<String> {
        match self {
            Self::Json => Ok(json_line(&Numbered {
                id: id.0,
                line: HookLine::of(hook),
            })?),
            Self::Plain => self.line(hook),
        }
    }
}

#[derive(Serialize)]
struct Numbered<'a> {
    id: u64,
    #[serde(flatten)]
    line: HookLine<'a>,
}

#[derive(Serialize)]
struct ReadyLine<'a> {
    ready: bool,
    url: &'a str,
}

/// A request in columns as wide as the usual values.
fn plain(line: &HookLine<'_>) -> anyhow::Result<String> {
    let sequence = line.sequence.map_or("-".to_owned(), |n| format!("#{n}"));
    let line = format!(
        "{}  {:8}  {:34}  {:36}  {:>5}  {}{}",
        line.time,
        line.verdict.as_str(),
        line.kind.unwrap_or("-"),
        line.conversation_id.unwrap_or("-"),
        sequence,
        line.reason
            .map(|reason| format!("({reason})  "))
            .unwrap_or_default(),
        match &line.body_base64 {
            Some(base64) => base64.clone(),
            None => json_line(&line.body)?,
        },
    );
    Ok(SafeText::clean(&line).one_line())
}

pub(super) struct Remarks<'a> {
    pub(super) err: &'a LineStream,
    pub(super) turned_away: watch::Receiver<TurnedAway>,
    pub(super) seen: TurnedAway,
    pub(super) trouble: watch::Receiver<Option<store::Error>>,
}

impl Remarks<'_> {
    /// Makes remarks as long as there is anything to remark on.
    pub(super) async fn make(&mut self) {
        let until_then = "until then webhooks are answered 503";
        let about_the_journal = troubles(self.err, self.trouble.clone(), until_then);
        let about_requests = async {
            // After the listener has ended there is nothing more to say about it.
            while self.turned_away.changed().await.is_ok() {
                self.on_turned_away();
                sleep(REMARKS_APART).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::join!(about_the_journal, about_requests);
    }

    /// Remarks on what was turned away since the last remark.
    pub(super) fn on_turned_away(&mut self) {
        let now = *self.turned_away.borrow_and_update();
        for (count, what) in now.reasons() {
            if !self.seen.reasons().any(|known| known == (count, what)) {
                self.err.remark(format!("handset: {what} ({count} so far)"));
            }
        }
        self.seen = now;
    }
}

/// Remarks on a journal that cannot be written, and on one that can again; never ends.
pub(super) async fn troubles(
    err: &LineStream,
    mut trouble: watch::Receiver<Option<store::Error>>,
    until_then: &str,
) {
    while trouble.changed().await.is_ok() {
        let now = trouble.borrow_and_update().clone();
        err.remark(match now {
            Some(error) => format!("handset: {error}; {until_then}"),
            None => "handset: the journal can be written again".to_owned(),
        });
    }
    std::future::pending::<()>().await;
}
