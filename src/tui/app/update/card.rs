//! Operating what a bubble offers: moving between its parts, using them, its
//! links, its content as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    domain::{
        content::{Click, Content, QuickReply},
        conversation::event::Act,
        ids::ItemId,
        line::{Line, LineBody},
        notice::Severity,
        rich::{
            card::{Card, Face, Part},
            links,
            press::{Choice, Press, Target, Wanted},
        },
        text::SafeText,
    },
    tui::{
        app::{keyboard::ChatPane, model::Model},
        chat::bubble::BubbleTarget,
        popups::{For, Popup, content, dates::Dates, slots::Slots},
        text::clock,
    },
};

impl Model {
    /// What can be used of the selected bubble.
    fn spots(&mut self) -> Vec<BubbleTarget> {
        let Some(id) = self.phone.chat.selected else {
            return Vec::new();
        };
        self.with_transcript(ChatPane::Phone, |transcript, measure| {
            transcript.spots(id, measure)
        })
        .unwrap_or_default()
    }

    /// Whether the keyboard can go to parts of the selected bubble.
    pub(crate) fn has_spots(&mut self) -> bool {
        !self.spots().is_empty()
    }

    /// Goes to the next part of the selected bubble, or the one before; false when there is none.
    pub(crate) fn step_spot(&mut self, on: bool) -> bool {
        let (spots, Some(id)) = (self.spots(), self.phone.chat.selected) else {
            return false;
        };
        let here = self.phone.button;
        let at = here.and_then(|here| spots.iter().position(|spot| *spot == here));
        let next = match (at, on) {
            (None, _) => Some(0),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        let Some(spot) = next.and_then(|at| spots.get(at)).copied() else {
            return false;
        };
        self.phone.button = Some(spot);
        self.with_transcript(ChatPane::Phone, |transcript, measure| {
            transcript.show_spot(id, spot, measure);
        });
        true
    }

    /// Enter with nothing written: use what the selected bubble offers.
    pub(crate) fn use_selected(&mut self) {
        if let (Some(item), Some(button)) = (self.phone.chat.selected, self.phone.button) {
            self.use_spot(item, button);
        } else if let Some(id) = self.phone.chat.selected
            && self.phone.chat.failed() == Some(id)
        {
            self.send(Act::Retry(id));
        } else {
            self.turn_selected_fold(ChatPane::Phone);
        }
    }

    /// Uses something of a bubble.
    pub(crate) fn use_spot(&mut self, item: ItemId, spot: BubbleTarget) {
        self.press_spot(item, spot, BTreeMap::new());
    }

    /// The same after some choices were made.
    pub(crate) fn press_spot(
        &mut self,
        item: ItemId,
        spot: BubbleTarget,
        chosen: BTreeMap<usize, Choice>,
    ) {
        match spot {
            BubbleTarget::Reply(index) => self.reply(Some(item), index, chosen),
            BubbleTarget::Part(part) => self.press_part(item, part, chosen),
            BubbleTarget::Fold => self.turn_fold(ChatPane::Phone, item),
        }
    }

    /// The structured content of a bubble of others.
    fn card_of(&self, item: ItemId) -> Option<Card> {
        match self.phone.chat.lines.get(item).map(|item| &item.body) {
            Some(LineBody::Theirs {
                content: Content::Rich { content, .. },
                ..
            }) => Some(Card::read(content)),
            _ => None,
        }
    }

    /// A quick reply of a bubble of others.
    fn reply_of(&self, item: ItemId, index: usize) -> Option<QuickReply> {
        match self.phone.chat.lines.get(item).map(|item| &item.body) {
            Some(LineBody::Theirs { content, .. }) => content.replies().get(index).cloned(),
            _ => None,
        }
    }

    fn press_part(&mut self, item: ItemId, part: Part, chosen: BTreeMap<usize, Choice>) {
        let Some(card) = self.card_of(item) else {
            return;
        };
        if let Face::Back | Face::On = part.face {
            self.scroll_card(item, part);
            return;
        }
        let (state, dropped) = self.phone.cards.touch(item);
        let press = card.press(part, state, &chosen, &self.ui.zone);
        if let Some(dropped) = dropped {
            self.phone.chat.transcript.changed(dropped);
        }
        match press {
            Press::Turned => {
                self.phone.chat.transcript.hold();
                self.phone.chat.transcript.changed(item);
            }
            Press::Send(click, targets) => {
                self.phone.chat.transcript.changed(item);
                if click != Click::default() {
                    self.order_click(item, click);
                }
                self.show_first(&targets);
            }
            press => self.not_pressed(press, item, BubbleTarget::Part(part), chosen),
        }
    }

    /// Uses a quick reply of the bubble that offers it.
    pub(crate) fn press_reply(
        &mut self,
        item: ItemId,
        index: usize,
        reply: &QuickReply,
        chosen: BTreeMap<usize, Choice>,
    ) {
        match reply.press(&chosen, &self.ui.zone) {
            Press::Send(click, targets) => {
                if click == Click::default() {
                    // It leads somewhere, and the others can be used still.
                } else if chosen.is_empty() {
                    self.send(Act::Reply { item, index });
                    self.phone.button = None;
                    self.phone.chat.transcript.follow();
                } else {
                    self.phone.button = None;
                    self.order_click(item, click);
                }
                self.show_first(&targets);
            }
            press => self.not_pressed(press, item, BubbleTarget::Reply(index), chosen),
        }
    }

    fn order_click(&mut self, item: ItemId, click: Click) {
        let writes = !click.texts.is_empty();
        self.send(Act::Click { item, click });
        if writes {
            self.phone.chat.transcript.follow();
        }
    }

    /// What was used sends nothing yet, or nothing at all.
    fn not_pressed(
        &mut self,
        press: Press,
        item: ItemId,
        spot: BubbleTarget,
        chosen: BTreeMap<usize, Choice>,
    ) {
        match press {
            Press::Wants(action, wanted) => {
                let wanted_for = For {
                    item,
                    spot,
                    action,
                    chosen,
                };
                self.open_dialog(wanted_for, wanted);
            }
            Press::Refused(reason) => self.tell(Severity::Info, "nothing was sent", reason, ""),
            Press::Turned | Press::Send(..) => {}
        }
    }

    fn show_first(&mut self, targets: &[Target]) {
        if let Some(target) = targets.first() {
            self.show_target(target);
        }
    }

    /// Turns a carousel by one card.
    pub(crate) fn scroll_card(&mut self, item: ItemId, part: Part) {
        let element = part.element;
        let scroll = self.with_transcript(ChatPane::Phone, |transcript, measure| {
            transcript.scroll_of(item, element, measure)
        });
        let Some((first, last)) = scroll.flatten() else {
            return;
        };
        let card = match part.face {
            Face::Back => first.saturating_sub(1),
            _ => (first + 1).min(last),
        };
        let (state, dropped) = self.phone.cards.touch(item);
        state.bring(element, card);
        self.phone.chat.transcript.changed(item);
        if let Some(dropped) = dropped {
            self.phone.chat.transcript.changed(dropped);
        }
    }

    fn open_dialog(&mut self, wanted_for: For, wanted: Wanted) {
        let zone = &self.ui.zone;
        let popup = match wanted {
            Wanted::Dates(picker) => {
                let today = clock::day(self.ui.now, zone).unwrap_or_default();
                Popup::Dates(Box::new(Dates::new(
                    wanted_for,
                    picker,
                    today,
                    zone.clone(),
                )))
            }
            Wanted::Slot(list) => Popup::Slots(Box::new(Slots::new(wanted_for, &list, zone))),
        };
        self.popups.push(popup);
    }

    /// Shows where a link leads and puts it on the clipboard.
    fn show_target(&mut self, target: &Target) {
        let name = target.name.one_line();
        if let Some(uri) = &target.uri {
            let what = format!("{name} {uri}");
            self.put_on_clipboard(what.trim(), uri.clone());
        } else {
            let title = format!("{name} {}", target.shown.one_line());
            let hint = "only http, https, tel and mailto are opened or copied";
            self.tell(Severity::Info, title.trim(), "it was not copied", hint);
        }
    }

    /// Copies what is looked at: the content on the sheet, or the link of the selected bubble.
    pub(crate) fn copy(&mut self) {
        if let Some(Popup::Content(content)) = self.popups.last_mut() {
            let text = content.text();
            // Said on the sheet too: it may lie over notices.
            content.copied = Some("copied".to_owned());
            self.put_on_clipboard("the content", text);
            return;
        }
        let target = self.phone.chat.selected.and_then(|id| {
            if let Some(BubbleTarget::Reply(index)) = self.phone.button {
                let targets = self.reply_of(id, index)?.button().targets();
                return targets.into_iter().next();
            }
            let Some(card) = self.card_of(id) else {
                return self.address_in(id);
            };
            let element = match self.phone.button {
                Some(BubbleTarget::Part(part)) => {
                    card.element(part.element)?.targets().into_iter().next()
                }
                _ => None,
            };
            element.or_else(|| card.links().into_iter().next())
        });
        match target {
            Some(target) => self.show_target(&target),
            None => self.copy_text(),
        }
    }

    /// The first address in the text of a bubble.
    fn address_in(&self, item: ItemId) -> Option<Target> {
        let content = self.phone.chat.lines.get(item)?.content()?;
        let Content::Text { text, .. } = content else {
            return None;
        };
        let range = links::addresses(text.as_str()).into_iter().next()?;
        let address = text.as_str().get(range)?;
        Some(Target::link(address, &SafeText::default()))
    }

    /// Shows the content of the selected bubble, else of the newest of the other side, as JSON.
    pub(crate) fn show_content(&mut self) {
        if let Some(Popup::Content(_)) = self.popups.last() {
            self.popups.pop();
            return;
        }
        let selected = self
            .phone
            .chat
            .selected
            .and_then(|id| self.phone.chat.lines.get(id));
        let item = selected.or_else(|| self.newest_of_theirs());
        let Some(value) = item.and_then(content_of) else {
            self.tell(Severity::Info, "there is no content to show", "", "");
            return;
        };
        let content = content::Content::new(value);
        self.popups.push(Popup::Content(Box::new(content)));
    }

    fn newest_of_theirs(&self) -> Option<&Line> {
        let mut place = self.phone.chat.lines.last()?;
        loop {
            let item = self.phone.chat.lines.at(place)?;
            if let LineBody::Theirs { .. } = item.body {
                return Some(item);
            }
            place = self.phone.chat.lines.before(place)?.place;
        }
    }
}

/// A content as its JSON: structured content exactly as it came, the rest as it is kept.
fn content_of(item: &Line) -> Option<Value> {
    let content = match &item.body {
        LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => content,
        LineBody::Quiet { .. } => return None,
    };
    match content {
        Content::Rich { content, replies } if replies.is_empty() => Some(content.clone()),
        Content::Rich { content, replies } => {
            Some(json!({"content": content, "quickReplies": replies}))
        }
        other => serde_json::to_value(other).ok(),
    }
}
