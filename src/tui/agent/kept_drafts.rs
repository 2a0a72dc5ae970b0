//! What agents have written in the workspace and not sent, as the engine was last told of it.

use std::collections::BTreeMap;

use crate::{
    domain::{ids::ConversationId, workspace::view::WorkspaceDraft},
    engine::command::Command,
    tui::{
        agent::{AgentSession, conversation::AgentConversation},
        text::edit::Editor,
    },
};

/// How the draft of a private note begins where it is kept: as the command that writes one.
const NOTE: &str = "/note ";

/// The drafts that the engine knows, by the login names of agents and the conversations.
#[derive(Debug, Default)]
pub(crate) struct KeptDrafts {
    /// `None` where the engine had no room for what it was to be told.
    known: BTreeMap<(String, ConversationId), Option<String>>,
}

impl KeptDrafts {
    /// Takes in what was kept before this start.
    pub(crate) fn found(&mut self, drafts: Vec<WorkspaceDraft>) {
        let drafts = drafts.into_iter();
        let known = drafts.map(|draft| ((draft.agent, draft.conversation), Some(draft.text)));
        self.known.extend(known);
    }

    /// Writes what was kept for a conversation that came into the workspace of an agent.
    pub(crate) fn restore(&self, agent: &str, conversation: &mut AgentConversation) {
        let key = (agent.to_owned(), conversation.state.id.clone());
        let Some(Some(text)) = self.known.get(&key) else {
            return;
        };
        let note = text.strip_prefix(NOTE);
        conversation.is_note = note.is_some();
        conversation.chat.composer.field = Editor::holding(note.unwrap_or(text));
    }

    /// What the engine is to be told of the drafts of a session.
    pub(crate) fn untold(&mut self, session: &AgentSession) -> Vec<Command> {
        let mut commands = Vec::new();
        for conversation in &session.conversations {
            let text = written(conversation);
            let key = (session.user.clone(), conversation.state.id.clone());
            let known = self.known.get(&key).map(Option::as_deref);
            if known == Some(Some(&text)) || (known.is_none() && text.is_empty()) {
                continue;
            }
            commands.push(Command::WorkspaceDraft(WorkspaceDraft {
                agent: key.0.clone(),
                conversation: key.1.clone(),
                text: text.clone(),
            }));
            if text.is_empty() {
                self.known.remove(&key);
            } else {
                self.known.insert(key, Some(text));
            }
        }
        commands
    }

    /// The engine had no room for a draft: it is told again.
    pub(crate) fn refused(&mut self, draft: WorkspaceDraft) {
        self.known.insert((draft.agent, draft.conversation), None);
    }
}

/// The draft of a conversation as it is kept.
fn written(conversation: &AgentConversation) -> String {
    let text = conversation.chat.composer.field.text();
    if conversation.is_note && !text.is_empty() {
        format!("{NOTE}{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session of Kim's with one conversation, in which this is written.
    fn session(text: &str, is_note: bool) -> AgentSession {
        let mut session = AgentSession::new(0, "kim".to_owned());
        let mut conversation = AgentConversation::blank();
        conversation.state.id = "c1".into();
        conversation.chat.composer.field = Editor::holding(text);
        conversation.is_note = is_note;
        session.conversations.push(conversation);
        session
    }

    fn told(text: &str) -> WorkspaceDraft {
        WorkspaceDraft {
            agent: "kim".to_owned(),
            conversation: "c1".into(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_draft_is_told_once_and_again_when_it_was_refused() {
        let mut kept = KeptDrafts::default();
        assert_eq!(kept.untold(&session("", false)), []);
        let half = [Command::WorkspaceDraft(told("half"))];
        assert_eq!(kept.untold(&session("half", false)), half);
        assert_eq!(kept.untold(&session("half", false)), []);
        kept.refused(told("half"));
        assert_eq!(kept.untold(&session("half", false)), half);
        let gone = [Command::WorkspaceDraft(told(""))];
        assert_eq!(kept.untold(&session("", false)), gone);
        assert_eq!(kept.untold(&session("", false)), []);
        kept.refused(told(""));
        assert_eq!(kept.untold(&session("", false)), gone);
    }

    #[test]
    fn the_draft_of_a_note_comes_back_as_one() {
        let mut kept = KeptDrafts::default();
        for (text, is_note) in [("gold customer", true), ("good morning", false)] {
            let commands = kept.untold(&session(text, is_note));
            let [Command::WorkspaceDraft(draft)] = &commands[..] else {
                panic!("one draft: {commands:?}");
            };
            let mut found = KeptDrafts::default();
            found.found(vec![draft.clone()]);
            let mut again = session("", false).conversations.remove(0);
            found.restore("kim", &mut again);
            let field = again.chat.composer.field.text();
            assert_eq!((field, again.is_note), (text, is_note));
            let mut other = session("", false).conversations.remove(0);
            found.restore("lee", &mut other);
            assert!(other.chat.composer.field.is_empty());
        }
    }
}
