//! What each action does.

use std::collections::BTreeMap;

use crate::{
    domain::{conversation::event::Act, notice::Severity, wire::outbound::EndField},
    engine::command::Command,
    tui::{
        app::model::{Focus, Leaving, Model},
        commands::keys::Action,
        inspector::Tab,
        popups::{
            Popup,
            help::Help,
            notices::List,
            palette::{Palette, PickerKind},
        },
        theme::styles::{Depth, Styles},
    },
};

impl Model {
    /// Carries an action out.
    pub(crate) fn act(&mut self, action: Action) {
        if self.act_on_popup(action) || self.act_on_desk(action) {
            return;
        }
        if self.desk.alone && action.needs_phone() {
            let title = "that is for a phone, and there is none here";
            return self.tell(Severity::Info, title, "", "");
        }
        if self.is_composing() && self.act_in_composer(action) {
            return;
        }
        if self.edit(action) || self.act_on_bench(action) {
            return;
        }
        match action {
            Action::Quit => self.quit(),
            Action::Help => self.toggle(Popup::Help(Help::default())),
            Action::Notices => self.toggle(Popup::Notices(List::default())),
            Action::Palette => self.toggle(Popup::Palette(Palette::new(PickerKind::Commands))),
            Action::HandOver => self.toggle(Popup::Palette(Palette::new(PickerKind::Personas))),
            Action::NextPhone => self.step_phone(true),
            Action::PreviousPhone => self.step_phone(false),
            Action::PutAway => self.ask_to_put_away(),
            Action::OtherPane => self.turn_focus(),
            Action::Back => self.back(),
            Action::NextTheme => self.set_theme((self.theme + 1) % self.themes.len()),
            Action::Flight => self.order(Act::Flight(!self.phone.switches.flight)),
            Action::Pocket => self.order(Act::Pocket(!self.phone.switches.pocket)),
            Action::Retry => self.retry(),
            Action::TryWayIn => self.commands.push(Command::TryWayIn),
            Action::Mouse => self.toggle_mouse(),
            Action::Content => self.show_content(),
            Action::Copy => self.copy(),
            Action::OnlyLinked => self.toggle_only_linked(),
            Action::Form => self.open_form(),
            Action::Attach => self.open_picker(None),
            Action::Fetch => self.fetch(),
            Action::Raw => self.open_raw(None),
            Action::RawLine => self.write("\n"),
            Action::Redraw => self.errands.redraw = true,
            Action::PageUp => self.page(true),
            Action::PageDown => self.page(false),
            Action::First | Action::RowFirst => self.go_to_end(true),
            Action::Last | Action::RowLast => self.go_to_end(false),
            Action::SelectPrevious => self.step_selection(true),
            Action::SelectNext => self.step_selection(false),
            Action::CloseConversation => self.order(Act::Close),
            Action::NewConversation => self.order(Act::New),
            Action::EndConversation => self.order(Act::End(EndField::State)),
            Action::Reply(number) => {
                let index = usize::from(number.saturating_sub(1));
                self.reply(None, index, BTreeMap::new());
            }
            Action::RowUp => self.rows(true, 1),
            Action::RowDown => self.rows(false, 1),
            Action::Choose => self.choose(),
            Action::OpenEntry => self.focus = Focus::Detail,
            Action::LeaveEntry => self.focus = Focus::List,
            // The rest edits text, and there is no text field here.
            _ => {}
        }
    }

    /// What actions mean while the composer has the keyboard, where that differs.
    fn act_in_composer(&mut self, action: Action) -> bool {
        let completions = self.phone.composer.completions(&self.names()).len();
        let empty = self.phone.composer.field.is_empty();
        match action {
            Action::Submit => self.submit(),
            Action::NewLine => self.write("\n"),
            Action::OtherPane if completions > 0 => self.complete(),
            Action::Up | Action::Down if completions > 0 => {
                let up = action == Action::Up;
                self.phone.composer.step_completion(up, completions);
            }
            Action::Up if empty => self.step_selection(true),
            Action::Down if empty => self.step_selection(false),
            Action::Left | Action::Right if empty && self.has_spots() => {
                self.step_spot(action == Action::Right);
            }
            // Behind the last part comes the other pane.
            Action::OtherPane if empty => return self.step_spot(true),
            _ => return false,
        }
        true
    }

    fn quit(&mut self) {
        self.leaving = match self.leaving {
            Leaving::Asked | Leaving::Forced => Leaving::Forced,
            Leaving::Stopped => Leaving::Stopped,
            Leaving::Not if self.unsent().is_some() || self.desk.unsent().is_some() => {
                let key = self.ui.shown(Action::Quit);
                let whose = match self.unsent() {
                    Some(name) if self.tabs.len() > 1 => format!("on the phone of {name}"),
                    Some(_) => String::new(),
                    None => {
                        let name = self.desk.unsent().unwrap_or_default();
                        format!("at the desk, to {name}")
                    }
                };
                self.tell(
                    Severity::Info,
                    "what is written was not sent",
                    &whose,
                    &format!("{key} again leaves and drops it"),
                );
                Leaving::Warned
            }
            Leaving::Not | Leaving::Warned => {
                self.leave_desk();
                if !self.desk.alone {
                    self.commands.push(Command::Quit);
                    Leaving::Asked
                } else if self.desk.is_taken() {
                    Leaving::Asked
                } else {
                    // Nobody has to get up first.
                    Leaving::Stopped
                }
            }
        };
    }

    /// Whose phone has a draft, if any has one.
    fn unsent(&self) -> Option<String> {
        let mut phones = std::iter::once(&self.phone).chain(&self.others);
        let phone = phones.find(|phone| !phone.composer.field.is_empty())?;
        let persona = phone.persona.as_deref();
        Some(persona.map_or_else(String::new, |persona| persona.name.clone()))
    }

    /// Goes from the phone to the bench, or back.
    fn turn_focus(&mut self) {
        if !self.popups.is_empty() || self.desk.alone {
            return;
        }
        self.inspector.filtering = false;
        self.focus = match self.focus {
            Focus::Composer => Focus::List,
            Focus::List | Focus::Detail => Focus::Composer,
        };
    }

    /// Puts away the topmost thing there is.
    fn back(&mut self) {
        if !self.popups.is_empty() {
            self.close_popup();
        } else if self.inspector.filtering {
            self.leave_filter();
        } else if !self.notices.is_quiet() {
            self.notices.dismiss();
        } else if self.is_composing() && !self.phone.composer.completions(&self.names()).is_empty()
        {
            self.phone.composer.put_away = true;
            self.phone.composer.chosen = None;
        } else if self.focus == Focus::Detail {
            self.focus = Focus::List;
        } else if self.phone.selected.is_some() || self.inspector.wire.only_of().is_some() {
            self.select_item(None);
            self.inspector.wire.only(None);
        } else if self.focus == Focus::Composer && self.phone.past.is_some() {
            self.back_from_past();
        } else if self.focus != Focus::Composer && self.is_searched() {
            self.leave_filter();
        } else if self.inspector.tab == Tab::Wire && self.inspector.wire.picked().is_some() {
            self.follow_wire();
        } else {
            self.focus = Focus::Composer;
        }
    }

    /// Changes the colours.
    pub(crate) fn set_theme(&mut self, theme: usize) {
        if let Some(chosen) = self.themes.get(theme) {
            self.ui.styles = Styles::new(&chosen.palette, self.depth);
            self.theme = theme;
            let title = format!("theme {}", chosen.name);
            let hint = if self.depth == Depth::None {
                "no colour is shown while NO_COLOR is set or TERM names a terminal without colours"
            } else {
                ""
            };
            self.tell(Severity::Info, &title, "", hint);
        }
    }

    fn retry(&mut self) {
        match self.retryable() {
            Some(id) => self.order(Act::Retry(id)),
            None if self.link.ingress.is_broken() => self.commands.push(Command::TryWayIn),
            None => self.tell(Severity::Info, "no message failed", "", ""),
        }
    }

    fn toggle_mouse(&mut self) {
        self.mouse = !self.mouse;
        self.errands.mouse = Some(self.mouse);
        let title = if self.mouse {
            "the mouse is handset's"
        } else {
            "the mouse is the terminal's, for marking text"
        };
        self.tell(Severity::Info, title, "", "");
    }

    fn page(&mut self, up: bool) {
        match self.focus {
            Focus::Composer => {
                let rows = self.phone.transcript.page();
                self.scroll_transcript(up, rows);
            }
            Focus::List => {
                let rows = self.layout.bench.map_or(10, |bench| bench.list.height);
                let rows = usize::from(rows).saturating_sub(1).max(1);
                self.step_entry(up, rows);
                // The window moves along, so that each page shows what the last one did not.
                self.inspector.list_top = if up {
                    self.inspector.list_top.saturating_sub(rows)
                } else {
                    self.inspector.list_top.saturating_add(rows)
                };
            }
            Focus::Detail => {
                let height = self.layout.bench.map_or(10, |bench| bench.detail.height);
                let rows = usize::from(height).saturating_sub(1).max(1);
                self.inspector.detail.scroll(!up, rows, height);
            }
        }
    }

    /// Moves the window on the phone's lines.
    pub(crate) fn scroll_transcript(&mut self, up: bool, rows: usize) {
        self.phone.lines.try_again();
        self.with_transcript(|transcript, measure| {
            if up {
                transcript.up(rows, measure);
            } else {
                transcript.down(rows, measure);
            }
        });
    }

    /// Moves by rows in whatever list has the keyboard.
    pub(crate) fn rows(&mut self, up: bool, rows: usize) {
        match self.focus {
            Focus::Detail => {
                let height = self.layout.bench.map_or(10, |bench| bench.detail.height);
                self.inspector.detail.scroll(!up, rows, height);
            }
            Focus::List | Focus::Composer => self.step_entry(up, rows),
        }
    }

    fn go_to_end(&mut self, first: bool) {
        match (self.focus, first) {
            (Focus::Composer, true) => self.lead_to_first(),
            (Focus::Composer, false) => {
                self.select_item(None);
                self.phone.lines.try_again();
                self.phone.transcript.follow();
            }
            (Focus::List, true) => self.pick_row(0),
            (Focus::List, false) => self.follow_wire(),
            (Focus::Detail, first) => {
                let height = self.layout.bench.map_or(10, |bench| bench.detail.height);
                self.inspector
                    .detail
                    .scroll(!first, self.inspector.detail.len(), height);
            }
        }
    }

    fn choose(&mut self) {
        if self.inspector.filtering {
            self.inspector.filtering = false;
        } else if self.focus != Focus::Composer {
            self.jump_to_bubble();
        }
    }
}
