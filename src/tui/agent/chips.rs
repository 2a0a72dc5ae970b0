//! The buttons of the workspace.

use crate::tui::{agent::Workspace, commands::keys::Action};

/// What can be done in the agent workspace with what is at hand, the most useful first.
pub(crate) fn words(workspace: &Workspace) -> Vec<(Action, &'static str)> {
    if !workspace.is_taken() {
        return Vec::new();
    }
    let chair = workspace.chair();
    let mut words = Vec::new();
    match workspace.talk() {
        Some(talk) if talk.takes_text() => words.extend([
            (Action::CannedReply, "reply"),
            (Action::Card, "card"),
            (Action::Note, "note"),
            (Action::Transfer, "transfer"),
            (Action::CloseWithSurvey, "survey"),
            (Action::BackToQueue, "queue"),
            (Action::CloseTalk, "close"),
            (Action::Facts, "who"),
        ]),
        Some(_) => words.extend([(Action::Done, "close"), (Action::Facts, "who")]),
        None => words.push((Action::Availability, "availability")),
    }
    if chair.is_some_and(|chair| chair.talks.len() > 1) {
        words.push((Action::NextTalk, "next"));
    }
    if workspace.users.len() > 1 {
        words.push((Action::OtherChair, "agent"));
    }
    words
}
