//! The panes as the model fills them: what each is drawn from, and the inspector's frame, in which
//! the agent workspace stands too.

use ratatui::{Frame, layout::Rect, widgets::Block};

use crate::{
    domain::{ids::EntryId, item::Item},
    tui::{
        agent::{self, names::one_row},
        app::model::{Focus, Model},
        chat,
        commands::keys::Action,
        inspector::{
            self, Tab,
            chips::{self, Chip},
            layout::Parts,
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
            has_keys,
            offered: if has_keys {
                self.workspace_completions()
            } else {
                Vec::new()
            },
        }
    }

    /// The buttons on the lower edge of the inspector.
    pub(crate) fn chips(&self) -> Vec<Chip> {
        let Some(parts) = self.layout.inspector else {
            return Vec::new();
        };
        let words = match self.inspector.tab {
            Tab::Agent => agent::chips::words(&self.workspace),
            _ => chips::words(&self.inspector),
        };
        chips::chips(words, &self.ui, parts.frame)
    }

    /// The tabs in the inspector's head; none where the agent workspace has the screen for itself.
    pub(crate) fn heads(&self, frame: Rect) -> Vec<chips::Head> {
        if self.workspace.alone {
            return Vec::new();
        }
        chips::tabs(self.inspector.tab, self.workspace.waiting(), frame)
    }
}

/// Draws the phone.
pub(crate) fn draw_phone(model: &Model, parts: &chat::layout::Parts, frame: &mut Frame<'_>) {
    let has_keys = model.is_composing();
    let pane = chat::pane::Pane {
        ui: &model.ui,
        phone: &model.phone,
        tabs: model.phones_in_order().collect(),
        focused: model.focus == Focus::Composer,
        has_keys,
        offered: if has_keys {
            model.phone.chat.composer.completions(&model.names())
        } else {
            Vec::new()
        },
        look: &|item: &Item| model.look(item),
    };
    chat::pane::draw(&pane, parts, frame);
}

/// Draws the inspector.
pub(crate) fn draw_inspector(model: &Model, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let focused = model.focus != Focus::Composer;
    let border = if focused {
        styles.focused
    } else {
        styles.border
    };
    frame.render_widget(Block::bordered().border_style(border), parts.frame);
    draw_head(model, parts.frame, focused, frame);
    match (model.inspector.tab, &model.layout.workspace) {
        (Tab::Agent, Some(workspace)) => {
            agent::draw::draw(&model.workspace_view(), workspace, border, frame);
        }
        (Tab::Agent, None) => {}
        _ => {
            let owner = |entry: EntryId| model.wire_owner(entry);
            let lists_several = model.inspector.all_phones && model.tabs.len() > 1;
            let view = inspector::pane::View {
                ui: &model.ui,
                inspector: &model.inspector,
                focused,
                in_detail: model.focus == Focus::Detail,
                has_keys: model.popups.is_empty(),
                hops: model.hops(),
                selected: model.phone.chat.selected,
                owner: lists_several.then_some(&owner),
            };
            inspector::pane::draw(&view, parts, border, frame);
        }
    }
    let buffer = frame.buffer_mut();
    for chip in model.chips() {
        let key = format!(" {}", chip.key);
        let room = usize::from(chip.spot.width);
        let (x, y) = (chip.spot.x, chip.spot.y);
        let (x, _) = buffer.set_stringn(x, y, key, room, styles.strong);
        let room = usize::from(chip.spot.right().saturating_sub(x));
        buffer.set_stringn(x, y, format!(" {} ", chip.word), room, styles.muted);
    }
}

/// The tabs, the one in view in brackets.
fn draw_head(model: &Model, frame: Rect, focused: bool, target: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    if model.workspace.alone {
        return draw_title(model, frame, target);
    }
    for chips::Head { tab, name, spot } in model.heads(frame) {
        let here = tab == model.inspector.tab;
        let style = match (here, focused) {
            (true, true) => styles.accent,
            (true, false) => styles.title,
            (false, _) => styles.muted,
        };
        let text = if here {
            format!("[{name}]")
        } else {
            format!(" {name} ")
        };
        let room = usize::from(spot.width);
        let buffer = target.buffer_mut();
        buffer.set_stringn(spot.x, spot.y, text, room, style);
    }
}

/// Whose workspace it is, where it has the screen for itself.
fn draw_title(model: &Model, frame: Rect, target: &mut Frame<'_>) {
    let link = model
        .workspace
        .chair()
        .and_then(|chair| chair.link.as_ref());
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
        .find(|chip| chip.spot.contains(at))
        .map(|chip| chip.action)
}
