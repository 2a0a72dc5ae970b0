//! What the mouse does at the desk.

use ratatui::layout::Position;

use crate::tui::{
    agent::{
        draw::{Spot, spot_at},
        layout::Parts,
    },
    app::model::{Focus, Model},
    chat::transcript::face::Hit,
};

impl Model {
    pub(crate) fn click_desk(&mut self, at: Position, parts: &Parts) {
        self.focus = Focus::List;
        match spot_at(&self.desk_view(), parts, at) {
            Some(Spot::Act(action)) => self.act(action),
            Some(Spot::Chair(chair)) => self.bring_chair(chair),
            Some(Spot::Ring(id, yes)) => self.answer_ring(Some(&id), yes),
            Some(Spot::Talk(id)) => self.bring_talk(&id),
            Some(Spot::Draft(row, column)) => {
                if let Some(chair) = self.desk.chair_mut() {
                    let composer = &mut chair.page_mut().composer;
                    let (row, room) = (composer.top + usize::from(row), composer.room());
                    composer.field.point(row, usize::from(column), room);
                }
            }
            None => self.click_line(at),
        }
    }

    fn click_line(&mut self, at: Position) {
        let Some(talk) = self.desk.talk() else {
            return;
        };
        match talk.transcript.hit(at) {
            Some(Hit::Line(id) | Hit::Spot(id, _)) => {
                // A second click takes the selection away again.
                let other = talk.selected != Some(id);
                self.select_line(other.then_some(id));
            }
            Some(Hit::Newer) => self.follow_talk(),
            None => {}
        }
    }
}
