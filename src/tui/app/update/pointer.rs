//! What the mouse does.

use ratatui::layout::Position;

use crate::{
    domain::rich::card::{Face, Part},
    tui::{
        app::{keyboard::ChatPane, model::Model, statusbar},
        chat::{bubble::BubbleTarget, transcript::face::Hit},
        popups::{Popup, notices},
    },
};

/// Rows one notch of the wheel moves.
const NOTCH: usize = 3;

impl Model {
    pub(crate) fn on_click(&mut self, at: Position) {
        if self.has_popup() {
            return self.click_popup(at);
        }
        if self.stage.is_none() && self.notice_row().contains(at) {
            return self.popups.push(Popup::Notices(notices::page()));
        }
        if self.layout.bar.contains(at) {
            if let Some(action) = statusbar::action_at(self, at) {
                self.act(action);
            }
            return;
        }
        if let Some(parts) = self.layout.phone
            && parts.frame.contains(at)
        {
            self.go_to_composer();
            if parts.tabs.contains(at) {
                return self.click_tab(parts.tabs, at);
            }
            if parts.scenario.contains(at) {
                return self.click_scenario(parts.scenario, at);
            }
            if parts.composer_rows().contains(at) {
                return self.phone.chat.composer.point(at, parts.composer);
            }
            self.click_transcript(ChatPane::Phone, at);
        } else if let Some(inspector) = self.layout.inspector
            && inspector.frame.contains(at)
        {
            self.click_inspector(at, &inspector);
        }
    }

    pub(crate) fn on_wheel(&mut self, up: bool, at: Position) {
        if self.has_popup() {
            return self.wheel_popup(up);
        }
        if let Some(parts) = self.layout.phone
            && parts.frame.contains(at)
        {
            // On the arrows of a carousel the wheel turns it.
            if let Some(Hit::Target(item, BubbleTarget::Part(part))) =
                self.phone.chat.transcript.hit(at)
                && matches!(part.face, Face::Back | Face::On)
            {
                let face = if up { Face::Back } else { Face::On };
                return self.scroll_card(item, Part { face, ..part });
            }
            self.scroll(ChatPane::Phone, up, NOTCH);
        } else if let Some(inspector) = self.layout.inspector
            && inspector.frame.contains(at)
        {
            self.wheel_inspector(up, at, &inspector);
        }
    }
}
