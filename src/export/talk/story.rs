//! Lines and wire of a conversation as one story: what was said, heard and done, in the order in
//! which the consumer saw it.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{
    domain::{
        conversation::is_closing,
        ids::{EntryId, ItemId, Sequence},
        line::{Hops, Line, LineBody},
        time::Timestamp,
        wire::outbound::AcceptStatus,
    },
    export::talk::trace::{Trace, Traced},
    scenario::script::Deed,
};

/// So long a text may wait before it leaves; longer it waits in flight mode alone.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Something that was said, heard or done, with its time.
#[derive(Debug)]
pub(super) struct Beat<'a> {
    pub(super) at: Timestamp,
    /// When the next thing could begin: a text is said when SEND was answered.
    pub(super) until: Timestamp,
    pub(super) what: Happened<'a>,
}

#[derive(Debug)]
pub(super) enum Happened<'a> {
    /// The consumer said something, with this metadata.
    Said(&'a Line, Option<Value>),
    /// Somebody else said something.
    Heard(&'a Line),
    /// The consumer opened the conversation.
    Opened,
    /// The consumer did something.
    Done(Deed),
    /// The consumer clicked on something of this message.
    Clicked(Option<ItemId>, Option<Value>),
    /// The consumer told a status of this message by hand.
    Marked(Option<ItemId>, AcceptStatus),
    /// The agent closed the conversation.
    Closed,
    /// Something a scenario has no words for.
    Untold(&'static str),
}

/// Where a beat stands among the others.
type Spot = (Timestamp, EntryId);

/// The story from a moment on, or all of it.
pub(super) fn story<'a>(
    lines: &'a [Line],
    traces: &'a [Trace],
    since: Option<Timestamp>,
) -> Vec<Beat<'a>> {
    let first = first_entries(traces);
    let flights = flights(lines, traces, &first);
    let mut beats: Vec<(Spot, Beat<'a>)> = Vec::new();
    let mut heard: Vec<(Spot, &Line)> = Vec::new();
    for line in lines {
        let trace = first.get(&line.id).copied();
        match &line.body {
            LineBody::Mine { hops, .. } => beats.push(said(line, hops, trace, &flights)),
            LineBody::Theirs { .. } => heard.push((spot(line, trace), line)),
            LineBody::Quiet { text } if is_agents_closing(text.as_str()) => {
                beats.push(((line.at, LAST), beat(line.at, Happened::Closed)));
            }
            LineBody::Quiet { .. } => {}
        }
    }
    // They are waited for in the phone's order. What came late was said before what follows it.
    let mut latest: Option<Spot> = None;
    for (spot, _) in heard.iter_mut().rev() {
        *spot = latest.map_or(*spot, |latest| latest.min(*spot));
        latest = Some(*spot);
    }
    beats.extend(
        heard
            .iter()
            .map(|(at, line)| (*at, beat(at.0, Happened::Heard(line)))),
    );
    beats.extend(traces.iter().filter_map(|trace| done(trace, lines)));
    beats.extend(absences(traces, &heard));
    for (from, to) in &flights {
        let switched = |on| Happened::Done(Deed::GoesOnline(on));
        beats.push(((*from, FIRST), beat(*from, switched(false))));
        beats.push(((*to, FIRST), beat(*to, switched(true))));
    }
    beats.retain(|((at, _), _)| since.is_none_or(|since| *at >= since));
    // A stable sort: what stands at the same spot keeps its order.
    beats.sort_by_key(|(spot, _)| *spot);
    beats.into_iter().map(|(_, beat)| beat).collect()
}

/// Before all entries of a moment.
const FIRST: EntryId = EntryId(0);
/// After all entries of a moment: where that is of which no entry is known.
const LAST: EntryId = EntryId(u64::MAX);

fn beat(at: Timestamp, what: Happened<'_>) -> Beat<'_> {
    Beat {
        at,
        until: at,
        what,
    }
}

fn is_agents_closing(words: &str) -> bool {
    is_closing(words) && words.starts_with("The agent")
}

/// The first entry of each line; of a text of the consumer's the call it left with, however soon
/// its echo was written down.
fn first_entries(traces: &[Trace]) -> BTreeMap<ItemId, &Trace> {
    let mut first = BTreeMap::new();
    for trace in traces {
        let tells = matches!(trace.what, Traced::Hook | Traced::Said(_));
        for line in trace.lines.iter().filter(|_| tells) {
            let known = first.entry(*line).or_insert(trace);
            if known.what == Traced::Hook && trace.what != Traced::Hook {
                *known = trace;
            }
        }
    }
    first
}

fn spot(line: &Line, trace: Option<&Trace>) -> Spot {
    trace.map_or((line.at, LAST), |trace| (trace.at, trace.entry))
}

/// A text or a file of the consumer's: where it left, with the metadata it left with.
fn said<'a>(
    line: &'a Line,
    hops: &Hops,
    trace: Option<&Trace>,
    flights: &[(Timestamp, Timestamp)],
) -> (Spot, Beat<'a>) {
    let waited = |(from, to): &(Timestamp, Timestamp)| *from <= line.at && line.at < *to;
    let (spot, metadata) = match trace.map(|trace| (trace, &trace.what)) {
        // What waited for the end of flight mode was said when it was written.
        Some((_, Traced::Said(metadata))) if flights.iter().any(waited) => {
            ((line.at, LAST), metadata.clone())
        }
        Some((trace, Traced::Said(metadata))) => ((trace.at, trace.entry), metadata.clone()),
        _ => ((hops.sent.unwrap_or(line.at), LAST), None),
    };
    let beat = Beat {
        at: spot.0,
        until: hops.answered.unwrap_or(spot.0).max(spot.0),
        what: Happened::Said(line, metadata),
    };
    (spot, beat)
}

/// When the phone was in flight mode, as far as that can be told: a text waited, and nothing else
/// went out, although nothing had failed before.
fn flights(
    lines: &[Line],
    traces: &[Trace],
    first: &BTreeMap<ItemId, &Trace>,
) -> Vec<(Timestamp, Timestamp)> {
    let calls = || traces.iter().filter(|trace| trace.what != Traced::Hook);
    let mut flights: Vec<(Timestamp, Timestamp)> = Vec::new();
    for line in lines {
        let LineBody::Mine { hops, .. } = &line.body else {
            continue;
        };
        let left = first.get(&line.id).map(|trace| trace.at).or(hops.sent);
        let Some(left) = left.filter(|left| left.since(line.at) >= AT_ONCE) else {
            continue;
        };
        let before = calls().rfind(|trace| trace.at <= line.at);
        let failed = before.is_none_or(|trace| trace.what == Traced::Other(false));
        if failed || calls().any(|trace| line.at < trace.at && trace.at < left) {
            continue;
        }
        match flights.last_mut() {
            Some((_, to)) if line.at < *to => *to = left.min(*to),
            _ => flights.push((line.at, left)),
        }
    }
    flights
}

/// When the consumer looked away while something came.
fn absences<'a>(traces: &[Trace], heard: &[(Spot, &Line)]) -> Vec<(Spot, Beat<'a>)> {
    let looks = traces.iter().filter_map(|trace| match trace.what {
        Traced::Looked(back) => Some(((trace.at, trace.entry), back)),
        _ => None,
    });
    let mut beats = Vec::new();
    let mut away: Option<Spot> = None;
    let mut push = |spot: Spot, back: bool| {
        beats.push((spot, beat(spot.0, Happened::Done(Deed::Looks(back)))));
    };
    for (spot, back) in looks.chain([((Timestamp(i64::MAX), LAST), true)]) {
        match (away, back) {
            (None, false) => away = Some(spot),
            (Some(from), true) => {
                away = None;
                let is_between = |(at, _): &(Spot, &Line)| from < *at && *at < spot;
                if heard.iter().any(is_between) {
                    push(from, false);
                    if spot.1 != LAST {
                        push(spot, true);
                    }
                }
            }
            _ => {}
        }
    }
    beats
}

/// What the consumer did by this call, beside saying something.
fn done<'a>(trace: &Trace, lines: &[Line]) -> Option<(Spot, Beat<'a>)> {
    let message = |sequence: Option<Sequence>| {
        let own = trace.lines.first().copied();
        own.or_else(|| {
            lines
                .iter()
                .find(|line| is_heard(line, sequence))
                .map(|line| line.id)
        })
    };
    let what = match &trace.what {
        Traced::Opened => Happened::Opened,
        Traced::Done(deed) => Happened::Done(deed.clone()),
        Traced::Clicked { sequence, metadata } => {
            Happened::Clicked(message(*sequence), metadata.clone())
        }
        Traced::Marked(status) => Happened::Marked(message(None), *status),
        Traced::Profile => Happened::Untold("the consumer's profile was changed"),
        Traced::Hook | Traced::Said(_) | Traced::Looked(_) | Traced::Other(_) => return None,
    };
    Some(((trace.at, trace.entry), beat(trace.at, what)))
}

fn is_heard(line: &Line, wanted: Option<Sequence>) -> bool {
    matches!(&line.body, LineBody::Theirs { sequence, .. } if Some(*sequence) == wanted)
}
