//! What each action does.

use std::collections::BTreeMap;

use crate::{
    domain::{conversation::event::Act, notice::Severity, wire::outbound::EndField},
    engine::command::Command,
    tui::{
        app::{
            keyboard::Keyboard,
            model::{Focus, Leaving, Model},
            update::edit::Edit,
        },
        commands::keys::Action,
        inspector::Tab,
        popups::{
            Popup,
            help::Help,
            notices::List,
            palette::{Palette, PickerKind},
        },
        text::edit::Motion,
        theme::styles::{Depth, Styles},
    },
};

/// How far an action moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Row,
    Page,
    /// All the way.
    End,
}

impl Model {
    /// Carries an action out: the table of what each action does, wherever the keyboard is. The
    /// popup on top goes before it.
    #[expect(clippy::too_many_lines, reason = "one row for each action")]
    pub(crate) fn act(&mut self, action: Action) {
        if self.act_on_popup(action) {
            return;
        }
        let at = self.keyboard();
        // Where there is no phone, the key completes commands in the agent workspace all the same.
        let completes = action == Action::OtherPane && at == Keyboard::Agent;
        if self.workspace.alone && action.needs_phone() && !completes {
            return self.tell_no_phone();
        }
        match action {
            Action::Quit => self.quit(),
            Action::Help => self.toggle(Popup::Help(Help::default())),
            Action::Notices => self.toggle(Popup::Notices(List::default())),
            Action::Palette => self.toggle(Popup::Palette(Palette::new(PickerKind::Commands))),
            Action::OtherPane => self.other_pane(at),
            Action::Back => self.back(at),
            Action::NextTheme => self.set_theme((self.theme + 1) % self.themes.len()),
            Action::Mouse => self.toggle_mouse(),
            Action::Redraw => self.errands.redraw = true,
            Action::TryWayIn => self.commands.push(Command::TryWayIn),

            // The phones.
            Action::HandOver => self.toggle(Popup::Palette(Palette::new(PickerKind::Personas))),
            Action::NextPhone => self.step_phone(true),
            Action::PreviousPhone => self.step_phone(false),
            Action::PutAway => self.ask_to_put_away(),
            Action::Flight => self.order(Act::Flight(!self.phone.switches.flight)),
            Action::Pocket => self.order(Act::Pocket(!self.phone.switches.pocket)),
            Action::CloseConversation => self.order(Act::Close),
            Action::NewConversation => self.order(Act::New),
            Action::EndConversation => self.order(Act::End(EndField::State)),
            Action::Form => self.open_form(),
            Action::Attach => self.open_picker(None),
            Action::Fetch => self.fetch(),
            Action::Raw => self.open_raw(None),
            Action::Replay => self.replay_selected(),
            Action::Reply(number) => {
                let index = usize::from(number.saturating_sub(1));
                self.reply(None, index, BTreeMap::new());
            }

            // What is selected, on the phone or in the agent workspace.
            Action::Retry if at == Keyboard::Agent => self.retry_in_workspace(),
            Action::Retry => self.retry(),
            Action::Content if at == Keyboard::Agent => self.show_line(),
            Action::Content => self.show_content(),
            Action::Copy if at == Keyboard::Agent => self.copy_line(),
            Action::Copy => self.copy(),
            Action::SelectPrevious => self.select_beside(at, true),
            Action::SelectNext => self.select_beside(at, false),

            // Moving.
            Action::PageUp => self.go(at, true, Step::Page),
            Action::PageDown => self.go(at, false, Step::Page),
            Action::First | Action::RowFirst => self.go(at, true, Step::End),
            Action::Last | Action::RowLast => self.go(at, false, Step::End),
            Action::RowUp => self.go(at, true, Step::Row),
            Action::RowDown => self.go(at, false, Step::Row),
            Action::Choose => self.choose(at),

            // Writing.
            Action::Submit => self.submit_at(at),
            Action::NewLine | Action::RawLine => self.write("\n"),
            Action::Left => self.go_aside(at, false),
            Action::Right => self.go_aside(at, true),
            Action::Up => self.go_upward(at, true),
            Action::Down => self.go_upward(at, false),
            Action::Home => self.edit(Edit::Go(Motion::Home, false)),
            Action::End => self.edit(Edit::Go(Motion::End, false)),
            Action::WordLeft => self.edit(Edit::Go(Motion::WordLeft, false)),
            Action::WordRight => self.edit(Edit::Go(Motion::WordRight, false)),
            Action::SelectLeft => self.edit(Edit::Go(Motion::Left, true)),
            Action::SelectRight => self.edit(Edit::Go(Motion::Right, true)),
            Action::SelectUp => self.edit(Edit::Go(Motion::Up, true)),
            Action::SelectDown => self.edit(Edit::Go(Motion::Down, true)),
            Action::SelectHome => self.edit(Edit::Go(Motion::Home, true)),
            Action::SelectEnd => self.edit(Edit::Go(Motion::End, true)),
            Action::SelectWordLeft => self.edit(Edit::Go(Motion::WordLeft, true)),
            Action::SelectWordRight => self.edit(Edit::Go(Motion::WordRight, true)),
            Action::SelectAll => self.edit(Edit::MarkAll),
            Action::Backspace => self.edit(Edit::Cut(Motion::Left)),
            Action::Delete => self.edit(Edit::Cut(Motion::Right)),
            Action::DeleteWordBack => self.edit(Edit::Cut(Motion::WordLeft)),
            Action::DeleteWordForward => self.edit(Edit::Cut(Motion::WordRight)),
            Action::DeleteToStart => self.edit(Edit::Cut(Motion::Home)),
            Action::DeleteToEnd => self.edit(Edit::Cut(Motion::End)),
            Action::Undo => self.edit(Edit::Undo),
            Action::Redo => self.edit(Edit::Redo),

            // The inspector.
            Action::TabWire => self.show_tab(Tab::Wire),
            Action::TabState => self.show_tab(Tab::State),
            Action::TabAgent => self.show_tab(Tab::Agent),
            Action::TabJournal => self.show_tab(Tab::Journal),
            Action::TurnInspector | Action::NextTab => {
                self.show_tab(self.inspector.tab.beside(true));
            }
            Action::PreviousTab => self.show_tab(self.inspector.tab.beside(false)),
            Action::FilterHere if self.inspector.tab == Tab::Journal => {
                self.inspector.filtering = true;
            }
            Action::Filter | Action::FilterHere => self.begin_filter(),
            Action::OnlyLinked => self.toggle_only_linked(),
            Action::OpenEntry => self.focus = Focus::Detail,
            Action::LeaveEntry => self.focus = Focus::List,
            Action::AllPhones => self.inspector.all_phones = !self.inspector.all_phones,
            Action::FollowWire => self.follow_or_pause(),
            Action::Pin => self.pin(),
            Action::OnlyPinned => {
                let only = !self.inspector.wire.lists_only_pinned();
                self.inspector.wire.list_only_pinned(only);
            }
            Action::CopyCurl | Action::CopyJson | Action::CopyBody | Action::CopyAnswer => {
                self.copy_entry(action);
            }
            Action::CopyValue => self.copy_value(),
            Action::Export => self.choose_form(),

            // The agent workspace.
            Action::TakeChair => self.go_to_workspace(),
            Action::OtherChair => self.open_in_workspace(PickerKind::Chairs),
            Action::LeaveChair => self.leave_chair(),
            Action::Accept => self.answer_ring(None, true),
            Action::Reject => self.answer_ring(None, false),
            Action::NextTalk => self.step_talk(true),
            Action::PreviousTalk => self.step_talk(false),
            Action::Note => self.turn_note(),
            Action::CannedReply => self.open_in_workspace(PickerKind::Replies),
            Action::Card => self.open_in_workspace(PickerKind::Cards),
            Action::Transfer => self.open_in_workspace(PickerKind::Takers),
            Action::Availability => self.open_in_workspace(PickerKind::Availabilities),
            Action::BackToQueue => self.give_back(),
            Action::CloseTalk => self.close_talk(false),
            Action::CloseWithSurvey => self.close_talk(true),
            Action::Done => self.done(),
            Action::Facts => self.show_facts(),

            // These mean something in their popups alone.
            Action::SendRaw
            | Action::NextTemplate
            | Action::PreviousTemplate
            | Action::NextField
            | Action::PreviousField
            | Action::Press
            | Action::Save
            | Action::SaveAndBegin
            | Action::ShowRequest
            | Action::SendFile
            | Action::SendFileAnyway
            | Action::Agree => {}
        }
    }

    fn tell_no_phone(&mut self) {
        let title = "that is for a phone, and there is none here";
        self.tell(Severity::Info, title, "", "");
    }

    /// How many ways there are to go on with the draft the keyboard writes into.
    fn completions_at(&self, at: Keyboard) -> usize {
        match at {
            Keyboard::Phone => self.phone.chat.composer.completions(&self.names()).len(),
            Keyboard::Agent => self.workspace_completions().len(),
            _ => 0,
        }
    }

    /// Enter where a message is written.
    fn submit_at(&mut self, at: Keyboard) {
        match at {
            Keyboard::Phone => self.submit(),
            Keyboard::Agent => self.submit_in_workspace(),
            Keyboard::EmptyWorkspace => self.go_to_workspace(),
            Keyboard::Popup
            | Keyboard::Filter
            | Keyboard::Wire
            | Keyboard::State
            | Keyboard::Journal => {}
        }
    }

    /// Completes the draft, goes on to the next part of the selected bubble, or to the other pane.
    fn other_pane(&mut self, at: Keyboard) {
        let completes = self.completions_at(at) > 0;
        match at {
            Keyboard::Phone if completes => self.complete(),
            Keyboard::Agent if completes => self.complete_in_workspace(),
            // Behind the last part comes the other pane.
            Keyboard::Phone
                if self.phone.chat.composer.field.is_empty() && self.step_spot(true) => {}
            Keyboard::Popup => {}
            _ if self.workspace.alone => self.tell_no_phone(),
            _ => self.turn_focus(),
        }
    }

    /// Moves the cursor by a row; chooses among completions where there are some, selects bubbles
    /// where nothing is written.
    fn go_upward(&mut self, at: Keyboard, up: bool) {
        let completions = self.completions_at(at);
        let composer = match at {
            Keyboard::Phone => Some(&mut self.phone.chat.composer),
            Keyboard::Agent => {
                let chair = self.workspace.chair_mut();
                chair.map(|chair| &mut chair.page_mut().chat.composer)
            }
            _ => None,
        };
        match composer {
            Some(composer) if completions > 0 => composer.step_completion(up, completions),
            Some(composer) if composer.field.is_empty() => self.select_beside(at, up),
            _ => {
                let motion = if up { Motion::Up } else { Motion::Down };
                self.edit(Edit::Go(motion, false));
            }
        }
    }

    /// Moves the cursor by a character; goes through the parts of the selected bubble where
    /// nothing is written.
    fn go_aside(&mut self, at: Keyboard, on: bool) {
        let is_phone = at == Keyboard::Phone && self.phone.chat.composer.field.is_empty();
        if is_phone && self.has_spots() {
            self.step_spot(on);
        } else {
            let motion = if on { Motion::Right } else { Motion::Left };
            self.edit(Edit::Go(motion, false));
        }
    }

    /// Selects the bubble above or below the selected one.
    fn select_beside(&mut self, at: Keyboard, up: bool) {
        match at {
            Keyboard::Agent => self.step_line(up),
            _ => self.step_selection(up),
        }
    }

    /// Moves in what has the keyboard; popups have moved already.
    fn go(&mut self, at: Keyboard, up: bool, step: Step) {
        match at {
            Keyboard::Popup | Keyboard::EmptyWorkspace => {}
            Keyboard::Phone => self.go_in_phone(up, step),
            Keyboard::Agent => self.go_in_talk(up, step),
            Keyboard::Filter | Keyboard::Wire | Keyboard::State | Keyboard::Journal => {
                self.go_in_inspector(up, step);
            }
        }
    }

    fn go_in_phone(&mut self, up: bool, step: Step) {
        match (step, up) {
            (Step::Row, _) => {}
            (Step::Page, up) => {
                let rows = self.phone.chat.transcript.page();
                self.scroll_transcript(up, rows);
            }
            (Step::End, true) => self.lead_to_first(),
            (Step::End, false) => {
                self.phone.chat.lines.try_again();
                self.follow_phone();
            }
        }
    }

    /// Enter in a list.
    fn choose(&mut self, at: Keyboard) {
        match at {
            Keyboard::Filter => self.inspector.filtering = false,
            Keyboard::Wire => self.jump_to_bubble(),
            Keyboard::State => self.inspector.state.fold(),
            Keyboard::Journal => self.reopen(),
            Keyboard::Popup | Keyboard::Phone | Keyboard::Agent | Keyboard::EmptyWorkspace => {}
        }
    }

    fn quit(&mut self) {
        self.leaving = match self.leaving {
            Leaving::Asked | Leaving::Forced => Leaving::Forced,
            Leaving::Stopped => Leaving::Stopped,
            Leaving::Not if self.unsent().is_some() || self.workspace.unsent().is_some() => {
                let key = self.ui.shown(Action::Quit);
                let whose = match self.unsent() {
                    Some(name) if self.tabs.len() > 1 => format!("on the phone of {name}"),
                    Some(_) => String::new(),
                    None => {
                        let name = self.workspace.unsent().unwrap_or_default();
                        format!("in the workspace, to {name}")
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
                self.leave_workspace();
                if !self.workspace.alone {
                    self.commands.push(Command::Quit);
                    Leaving::Asked
                } else if self.workspace.is_taken() {
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
        let phone = phones.find(|phone| !phone.chat.composer.field.is_empty())?;
        let persona = phone.persona.as_deref();
        Some(persona.map_or_else(String::new, |persona| persona.name.clone()))
    }

    /// Goes from the phone to the inspector, or back.
    fn turn_focus(&mut self) {
        self.inspector.filtering = false;
        self.focus = match self.focus {
            Focus::Composer => Focus::List,
            Focus::List | Focus::Detail => Focus::Composer,
        };
    }

    /// Puts away the topmost thing there is.
    fn back(&mut self, at: Keyboard) {
        match at {
            Keyboard::Popup => self.close_popup(),
            Keyboard::Filter => self.leave_filter(),
            _ if !self.notices.is_quiet() => self.notices.dismiss(),
            Keyboard::Agent => self.back_in_workspace(),
            Keyboard::Phone if self.completions_at(at) > 0 => {
                self.phone.chat.composer.hide_completions();
            }
            _ if self.focus == Focus::Detail => self.focus = Focus::List,
            _ if self.phone.chat.selected.is_some() || self.inspector.wire.only_of().is_some() => {
                self.select_item(None);
                self.inspector.wire.only(None);
            }
            Keyboard::Phone if self.phone.past.is_some() => self.back_from_past(),
            Keyboard::Phone => self.follow_or_leave(),
            _ if self.is_searched() => self.leave_filter(),
            _ => self.follow_or_leave(),
        }
    }

    /// Lets the wire follow the newest, or gives the keyboard back to the phone.
    fn follow_or_leave(&mut self) {
        if self.inspector.tab == Tab::Wire && self.inspector.wire.picked().is_some() {
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
        match self.phone.chat.failed() {
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

    /// Moves the window on the phone's lines.
    pub(crate) fn scroll_transcript(&mut self, up: bool, rows: usize) {
        self.phone.chat.lines.try_again();
        self.with_transcript(|transcript, measure| transcript.scroll(up, rows, measure));
    }
}
