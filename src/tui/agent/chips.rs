//! The buttons of the workspace.

use crate::tui::{agent::Workspace, commands::keys::Action};

/// What can be done in the agent workspace with what is at hand, the most useful first.
pub(crate) fn words(workspace: &Workspace) -> Vec<(Action, &'static str)> {
    if !workspace.is_taken() {
        return Vec::new();
    }
    let session = workspace.session();
    let mut words = Vec::new();
    match workspace.conversation() {
        Some(conversation) if conversation.takes_text() => words.extend([
            (Action::CannedReply, "reply"),
            (Action::Card, "card"),
            (Action::Note, "note"),
            (Action::Transfer, "transfer"),
            (Action::CloseWithSurvey, "close"),
            (Action::BackToQueue, "queue"),
            (Action::CloseWithoutSurvey, "end"),
            (Action::Facts, "who"),
        ]),
        Some(_) => words.extend([(Action::CloseTab, "done"), (Action::Facts, "who")]),
        None => words.push((Action::Availability, "availability")),
    }
    if session.is_some_and(|session| session.conversations.len() > 1) {
        words.push((Action::NextConversation, "next"));
    }
    if workspace.users.len() > 1 {
        words.push((Action::LogInAnother, "agent"));
    }
    words
}
