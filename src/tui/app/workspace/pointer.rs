//! What the mouse does in the agent workspace.

use ratatui::layout::Position;

use crate::tui::{
    agent::{
        draw::{WorkspaceTarget, target_at},
        layout::Parts,
    },
    app::model::{Focus, Model},
    chat::transcript::face::Hit,
};

impl Model {
    pub(crate) fn click_workspace(&mut self, at: Position, parts: &Parts) {
        self.focus = Focus::List;
        match target_at(&self.workspace_view(), parts, at) {
            Some(WorkspaceTarget::Act(action)) => self.act(action),
            Some(WorkspaceTarget::Chair(chair)) => self.bring_chair(chair),
            Some(WorkspaceTarget::Ring(id, yes)) => self.answer_ring(Some(&id), yes),
            Some(WorkspaceTarget::Talk(id)) => self.bring_talk(&id),
            Some(WorkspaceTarget::Draft) => {
                if let Some(chair) = self.workspace.chair_mut() {
                    chair.page_mut().chat.composer.point(at, parts.composer);
                }
            }
            None => self.click_line(at),
        }
    }

    fn click_line(&mut self, at: Position) {
        let Some(talk) = self.workspace.talk() else {
            return;
        };
        match talk.chat.transcript.hit(at) {
            Some(Hit::Line(id) | Hit::Target(id, _)) => {
                // A second click takes the selection away again.
                let other = talk.chat.selected != Some(id);
                self.select_line(other.then_some(id));
            }
            Some(Hit::Newer) => self.follow_talk(),
            None => {}
        }
    }
}
