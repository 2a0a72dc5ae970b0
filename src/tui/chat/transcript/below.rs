//! What stands below a line on stage: the time of a run, or how far the last own message has come.

use crate::{
    config::brand::BrandLook,
    domain::line::{Delivery, Line, LineBody},
    tui::{chat::transcript::Measure, text::clock},
};

/// The words below a line; `ends` tells whether it is the last of its run.
pub(super) fn words(item: &Line, ends: bool, measure: &Measure<'_>) -> Option<String> {
    let staged = measure.staged.filter(|_| measure.manner.has_edges())?;
    let time = |at| clock::short(at, measure.zone);
    match (measure.manner.look?, &item.body) {
        (BrandLook::Window, LineBody::Mine { .. } | LineBody::Theirs { .. }) => {
            ends.then(|| time(item.at))
        }
        (BrandLook::UnderLast, LineBody::Mine { delivery, hops, .. }) => {
            if measure.lines.last_own() != Some(item.place) {
                return None;
            }
            match delivery {
                Delivery::Read { .. } => {
                    let read = hops.read.unwrap_or(item.at);
                    Some(format!("{} {}", staged.words.read, time(read)))
                }
                Delivery::Accepted { .. } | Delivery::Sent { .. } | Delivery::Taken => {
                    Some(staged.words.delivered.clone())
                }
                Delivery::Queued | Delivery::Leaving | Delivery::Failed { .. } => None,
            }
        }
        _ => None,
    }
}
