//! What the mouse does.

use ratatui::layout::Position;

use crate::{
    domain::rich::card::{Face, Part},
    tui::{
        app::{
            model::{Focus, Model},
            statusbar,
        },
        chat::{bubble::BubbleTarget, transcript::face::Hit},
        popups::toast,
    },
};

/// Rows one notch of the wheel moves.
const NOTCH: usize = 3;

impl Model {
    pub(crate) fn on_click(&mut self, at: Position) {
        if !self.popups.is_empty() {
            return self.click_popup(at);
        }
        if toast::area(&self.notices, self.screen()).contains(at) {
            return self.notices.dismiss();
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
            self.focus = Focus::Composer;
            self.inspector.filtering = false;
            if parts.tabs.contains(at) {
                return self.click_tab(parts.tabs, at);
            }
            if parts.composer.contains(at) {
                return self.phone.chat.composer.point(at, parts.composer);
            }
            match self.phone.chat.transcript.hit(at) {
                Some(Hit::Target(item, spot)) => {
                    // The keyboard goes on from where the mouse was.
                    if self.phone.chat.selected == Some(item) {
                        self.phone.button = Some(spot);
                    }
                    self.use_spot(item, spot);
                }
                Some(Hit::Line(item)) => {
                    // A second click takes the selection away again.
                    let other = self.phone.chat.selected != Some(item);
                    self.select_item(other.then_some(item));
                }
                Some(Hit::Newer) => self.follow_phone(),
                None => {}
            }
        } else if let Some(inspector) = self.layout.inspector
            && inspector.frame.contains(at)
        {
            self.click_inspector(at, &inspector);
        }
    }

    pub(crate) fn on_wheel(&mut self, up: bool, at: Position) {
        if !self.popups.is_empty() {
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
            self.scroll_transcript(up, NOTCH);
        } else if let Some(inspector) = self.layout.inspector
            && inspector.frame.contains(at)
        {
            self.wheel_inspector(up, at, &inspector);
        }
    }
}
