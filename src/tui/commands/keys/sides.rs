//! What the two sides do by one key and one word: the consumer's phone, and the agent workspace.

use crate::tui::commands::keys::Action;

/// The same deed on both sides: what the phone does, and what the agent workspace does. A key or a
/// word of one side may mean something on the other only when the two stand here in one row.
pub(crate) const BOTH_SIDES: [(Action, Action); 5] = [
    // To the next tab, and back.
    (Action::NextPhone, Action::NextConversation),
    (Action::PreviousPhone, Action::PreviousConversation),
    // The tab in view is closed; the conversation stays as it is.
    (Action::ClosePhone, Action::CloseTab),
    // The conversation is closed, and a survey follows.
    (Action::CloseConversation, Action::CloseWithSurvey),
    // It ends at once, without a survey.
    (Action::EndConversation, Action::CloseWithoutSurvey),
];
