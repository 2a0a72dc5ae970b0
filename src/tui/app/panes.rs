//! The panes as the model fills them: what each is drawn from, and the inspector's frame, in which
//! the agent workspace stands too.

use ratatui::{Frame, layout::Rect, widgets::Block};

use crate::{
    domain::{ids::EntryId, line::Line, time::Timestamp},
    engine::update::{Head, Phase},
    tui::{
        agent::{self, names::one_row},
        app::{
            focus::Focus,
            keyboard::{ChatPane, Keyboard},
            model::Model,
        },
        chat,
        commands::keys::Action,
        inspector::{
            self, Tab,
            chips::{self, Chip},
            layout::Parts,
            pane::PaneKeys,
        },
        text::width::elided,
    },
};

impl Model {
    /// What the agent workspace is drawn from.
    pub(crate) fn workspace_view(&self) -> agent::draw::View<'_> {
        let has_keys = self.has_workspace();
        agent::draw::View {
            ui: &self.ui,
            workspace: &self.workspace,
            to_come: self.conversations_to_come(),
            has_keys,
            finds: self.keyboard() == Keyboard::Find(ChatPane::Agent),
            offered: if has_keys {
                self.completions(ChatPane::Agent)
            } else {
                Vec::new()
            },
        }
    }

    /// The open conversations on the phones in the sandbox, whose automatic agent hands them to the
    /// first agent who logs in.
    fn conversations_to_come(&self) -> usize {
        let heads = self
            .phones_in_order()
            .filter_map(|phone| phone.head.as_ref());
        let is_open = |head: &&Head| head.sandbox && head.phase == Phase::Open;
        heads.filter(is_open).count()
    }

    /// The buttons on the lower edge of the inspector.
    pub(crate) fn chips(&self) -> Vec<Chip> {
        let Some(parts) = self.layout.inspector else {
            return Vec::new();
        };
        let frame = parts.frame;
        let y = frame.bottom().saturating_sub(1);
        if self.inspector.tab == Tab::Agent {
            let row = Rect::new(frame.x + 2, y, frame.width.saturating_sub(3), 1);
            return chips::chips(agent::chips::words(&self.workspace), &self.ui, row, 1);
        }
        let row = Rect::new(frame.x, y, frame.width, 1);
        chips::chips(chips::words(&self.inspector), &self.ui, row, 0)
    }

    /// Where the switch between both panes and one stands; nowhere without a phone.
    pub(crate) fn panes_switch(&self, frame: Rect) -> Option<Rect> {
        if self.workspace.alone {
            return None;
        }
        chips::switch(&self.panes_word(), &self.heads(frame), frame)
    }

    /// The tabs in the inspector's head; none where the agent workspace has the screen for itself.
    pub(crate) fn heads(&self, frame: Rect) -> Vec<chips::TabHead> {
        if self.workspace.alone {
            return Vec::new();
        }
        chips::tabs(self.inspector.tab, self.workspace.waiting(), frame)
    }
}

/// Draws the phone, or a part of it, with what fills its pane.
pub(crate) fn draw_phone<R>(model: &Model, draw: impl FnOnce(&chat::pane::Pane<'_>) -> R) -> R {
    let has_keys = model.is_composing();
    let pane = chat::pane::Pane {
        ui: &model.ui,
        phone: &model.phone,
        tabs: model.phones_in_order().collect(),
        scenario: model.scenario_in_view(),
        skill_name: model.skill_name(),
        focused: model.focus == Focus::Composer,
        has_keys,
        finds: model.keyboard() == Keyboard::Find(ChatPane::Phone),
        offered: if has_keys {
            model.completions(ChatPane::Phone)
        } else {
            Vec::new()
        },
        look: &|item: &Line| model.look(item),
    };
    draw(&pane)
}

/// Draws the inspector.
pub(crate) fn draw_inspector(model: &Model, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let focused = model.focus != Focus::Composer;
    match model.inspector.tab {
        Tab::Agent => {
            let border = if focused {
                styles.focused
            } else {
                styles.border
            };
            frame.render_widget(Block::bordered().border_style(border), parts.frame);
            draw_head(model, parts, focused, frame);
            if let Some(workspace) = &model.layout.workspace {
                agent::draw::draw(&model.workspace_view(), workspace, border, frame);
            }
        }
        Tab::Wire | Tab::State | Tab::Journal => {
            draw_head(model, parts, focused, frame);
            let owner = |entry: EntryId| model.wire_owner(entry);
            let late = |entry: EntryId, at: Timestamp| model.lateness(entry, at);
            let lists_several = model.inspector.all_phones && model.tabs.len() > 1;
            let view = inspector::pane::View {
                ui: &model.ui,
                inspector: &model.inspector,
                keys: match model.focus {
                    Focus::Composer if model.is_peeking() => PaneKeys::Peeked,
                    Focus::Composer => PaneKeys::None,
                    Focus::List => PaneKeys::List,
                    Focus::Tree => PaneKeys::Tree,
                },
                is_drafting: model.is_drafting(),
                has_keys: model.popups.is_empty(),
                hops: model.hops(),
                selected: model.phone.chat.selected,
                owner: lists_several.then_some(&owner),
                late: &late,
            };
            inspector::pane::draw(&view, parts, frame);
        }
    }
    // Where the keys go elsewhere, the buttons are for the mouse.
    let of_key = if focused { styles.strong } else { styles.muted };
    let buffer = frame.buffer_mut();
    for chip in model.chips() {
        let key = format!(" {}", chip.key);
        let room = usize::from(chip.area.width);
        let (x, y) = (chip.area.x, chip.area.y);
        let (x, _) = buffer.set_stringn(x, y, key, room, of_key);
        let room = usize::from(chip.area.right().saturating_sub(x));
        buffer.set_stringn(x, y, format!(" {} ", chip.word), room, styles.muted);
    }
}

/// The tabs, and the key that shows one pane or both. The name of the tab in view is filled while it
/// has the keyboard.
fn draw_head(model: &Model, parts: &Parts, focused: bool, target: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let frame = parts.frame;
    if model.workspace.alone {
        return draw_title(model, frame, target);
    }
    let buffer = target.buffer_mut();
    // On the frame of the agent workspace the names stand on its edge.
    let is_bar = model.inspector.tab != Tab::Agent;
    if is_bar {
        buffer.set_style(parts.head, styles.raised);
    }
    for chips::TabHead { tab, name, area } in model.heads(frame) {
        let here = tab == model.inspector.tab;
        let style = match (here, focused) {
            (true, true) => styles.chosen,
            (true, false) => styles.title,
            (false, _) => styles.muted,
        };
        let room = usize::from(area.width);
        let buffer = target.buffer_mut();
        buffer.set_stringn(area.x, area.y, format!(" {name} "), room, style);
    }
    if let Some(area) = model.panes_switch(frame) {
        let buffer = target.buffer_mut();
        let room = usize::from(area.width);
        buffer.set_stringn(area.x, area.y, model.panes_word(), room, styles.muted);
    }
}

/// Whose workspace it is, where it has the screen for itself.
fn draw_title(model: &Model, frame: Rect, target: &mut Frame<'_>) {
    let link = model
        .workspace
        .session()
        .and_then(|session| session.link.as_ref());
    let title = match link {
        Some(link) => format!(
            " Handset ─ {} at {} ",
            one_row(&link.me),
            one_row(&link.account)
        ),
        None => " Handset ─ the agent workspace ".to_owned(),
    };
    let room = usize::from(frame.width).saturating_sub(4);
    let title = elided(&title, room);
    let style = model.ui.styles.accent;
    target
        .buffer_mut()
        .set_stringn(frame.x + 1, frame.y, title, room, style);
}

/// The action of the button on the inspector's lower edge that is under a click.
pub(crate) fn action_at(model: &Model, at: ratatui::layout::Position) -> Option<Action> {
    let mut chips = model.chips().into_iter();
    chips
        .find(|chip| chip.area.contains(at))
        .map(|chip| chip.action)
}
