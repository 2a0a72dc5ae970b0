//! What the mouse does in the agent workspace.

use ratatui::layout::Position;

use crate::tui::{
    agent::{
        draw::{WorkspaceTarget, target_at},
        layout::Parts,
    },
    app::{focus::Focus, keyboard::ChatPane, model::Model},
};

impl Model {
    pub(crate) fn click_workspace(&mut self, at: Position, parts: &Parts) {
        self.focus = Focus::List;
        match target_at(&self.workspace_view(), parts, at) {
            Some(WorkspaceTarget::Act(action)) => self.act(action),
            Some(WorkspaceTarget::Session(session)) => self.bring_session(session),
            Some(WorkspaceTarget::Ring(id, yes)) => self.answer_ring(Some(&id), yes),
            Some(WorkspaceTarget::Conversation(id)) => self.bring_conversation(&id),
            Some(WorkspaceTarget::Draft) => {
                if let Some(session) = self.workspace.session_mut() {
                    session.page_mut().chat.composer.point(at, parts.composer);
                }
            }
            None => self.click_transcript(ChatPane::Agent, at),
        }
    }
}
