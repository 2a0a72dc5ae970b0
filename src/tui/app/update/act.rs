//! What each action does.

use std::collections::BTreeMap;

use crate::{
    domain::{conversation::event::Act, notice::Severity, wire::outbound::EndField},
    engine::command::Command,
    tui::{
        app::{
            focus::Focus,
            keyboard::{ChatPane, Keyboard},
            model::{Leaving, Model},
            update::edit::Edit,
        },
        commands::keys::Action,
        inspector::Tab,
        popups::{
            Popup, help, notices,
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
    End,
}

impl Model {
    /// Carries an action out: the table of what each action does, wherever the keyboard is. The
    /// popup on top goes before it.
    #[expect(clippy::too_many_lines, reason = "one row for each action")]
    pub(crate) fn act(&mut self, action: Action) {
        if self.is_refused_on_stage(action) || self.act_on_popup(action) {
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
            Action::Help => self.toggle(Popup::Help(Box::new(help::Help::at(self.contexts())))),
            Action::Notices => self.toggle(Popup::Notices(notices::page())),
            Action::Palette => self.toggle(Popup::Palette(Palette::new(PickerKind::Commands))),
            Action::OtherPane => self.other_pane(at),
            Action::Back => self.back(at),
            Action::NextTheme => self.set_theme((self.theme + 1) % self.themes.len()),
            Action::Mouse => self.toggle_mouse(),
            Action::Stage => self.turn_stage(),
            Action::Redraw => self.errands.redraw = true,
            Action::Suspend => self.suspend(),
            Action::OpenEditor => self.open_editor(at),
            Action::TryTunnel => self.commands.push(Command::TryWayIn),

            // The phones.
            Action::HandOver => self.toggle(Popup::Palette(Palette::new(PickerKind::Personas))),
            Action::NextPhone => self.step_phone(true),
            Action::PreviousPhone => self.step_phone(false),
            Action::ClosePhone => self.ask_to_close(),
            Action::Flight => self.send(Act::Flight(!self.phone.switches.flight)),
            Action::Pocket => self.send(Act::Pocket(!self.phone.switches.pocket)),
            Action::CloseConversation => self.send_in_view(Act::Close),
            Action::NewConversation => self.send_in_view(Act::New),
            Action::EndConversation => self.send_in_view(Act::End(EndField::State)),
            Action::Form => self.open_form(),
            Action::Attach => self.open_picker(None),
            Action::Fetch => self.fetch(),
            Action::Raw => self.open_raw(None),
            // It would say again what is selected on the phone, which nobody looks at there.
            Action::Replay if at == Keyboard::Agent => self.tell_for_phone(),
            Action::PictureHosts => self.open_picture_hosts(),
            Action::Replay => self.replay_selected(),
            Action::PauseScenario => self.pause_scenario(),
            Action::StepScenario => self.step_scenario(),
            Action::StopScenario => self.stop_scenario(),
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
            Action::CopyText => self.copy_text(),
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
            Action::NewLine | Action::RawLine => {
                self.write("\n");
            }
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
            Action::TabWire => self.choose_tab(Tab::Wire),
            Action::TabState => self.choose_tab(Tab::State),
            Action::TabAgent => self.choose_tab(Tab::Agent),
            Action::TabJournal => self.choose_tab(Tab::Journal),
            Action::TurnPanes => self.turn_panes(),
            Action::TurnInspector if !self.shows_inspector() => {
                self.show_tab(self.inspector.tab);
            }
            Action::TurnInspector | Action::NextTab => {
                self.show_tab(self.inspector.tab.beside(true));
            }
            Action::PreviousTab => self.show_tab(self.inspector.tab.beside(false)),
            Action::FilterHere if self.inspector.tab == Tab::Journal => self.write_filter(),
            Action::SearchPast => {
                self.show_tab(Tab::Journal);
                self.focus = Focus::List;
                self.write_filter();
            }
            Action::Find => match at {
                Keyboard::Find(pane) => self.begin_find(pane),
                at => match at.chat_pane() {
                    Some(pane) => self.begin_find(pane),
                    None if self.workspace.alone => self.tell_no_phone(),
                    None => self.begin_filter(),
                },
            },
            Action::Filter | Action::FilterHere => self.begin_filter(),
            Action::OnlyLinked => self.toggle_only_linked(),
            Action::OpenEntry if self.focus == Focus::Tree => self.inspector.tree.unfold(),
            Action::OpenEntry => self.open_entry(),
            Action::LeaveEntry if self.focus == Focus::Tree && self.inspector.tree.fold() => {}
            Action::LeaveEntry => self.leave_entry(),
            Action::JumpToBubble => self.jump_to_bubble(),
            Action::EditAgain => self.edit_again(),
            Action::DeliverAgain => self.deliver_again(),
            Action::RawBytes => self.turn_raw_bytes(),
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
            Action::GoBack => self.go_back(),

            // The agent workspace.
            Action::OpenWorkspace => self.go_to_workspace(),
            Action::LogInAnother => self.open_in_workspace(PickerKind::Agents),
            Action::LogOut => self.log_out(),
            Action::Accept => self.answer_ring(None, true),
            Action::Reject => self.answer_ring(None, false),
            Action::NextConversation => self.step_conversation(true),
            Action::PreviousConversation => self.step_conversation(false),
            Action::Note => self.turn_note(),
            Action::CannedReply => self.open_in_workspace(PickerKind::Replies),
            Action::Card => self.open_in_workspace(PickerKind::Cards),
            Action::Transfer => self.open_in_workspace(PickerKind::Takers),
            Action::Availability => self.open_in_workspace(PickerKind::Availabilities),
            Action::BackToQueue => self.give_back(),
            Action::CloseWithoutSurvey => self.close_as_agent(false),
            Action::CloseWithSurvey => self.close_as_agent(true),
            Action::CloseTab => self.close_tab(),
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
            | Action::FetchFromHost
            | Action::NeverFromHost
            | Action::Agree => {}
        }
    }

    /// Asks for something on the phone in view that shows at its end, and goes there.
    fn send_in_view(&mut self, act: Act) {
        self.send(act);
        if self.phone.id().is_some() {
            self.phone.chat.transcript.follow();
        }
    }

    fn tell_no_phone(&mut self) {
        let title = "that is for a phone, and there is none here";
        self.tell(Severity::Info, title, "", "");
    }

    fn tell_for_phone(&mut self) {
        let key = self.ui.shown(Action::OtherPane);
        let title = "that is for the phone";
        self.tell(Severity::Info, title, "", &format!("{key} goes there"));
    }

    /// How many ways there are to go on with the draft the keyboard writes into.
    fn completions_at(&self, at: Keyboard) -> usize {
        at.chat_pane()
            .map_or(0, |pane| self.completions(pane).len())
    }

    /// Enter where a message is written.
    fn submit_at(&mut self, at: Keyboard) {
        match at {
            Keyboard::Phone => self.submit(ChatPane::Phone),
            Keyboard::Agent => self.submit(ChatPane::Agent),
            Keyboard::EmptyWorkspace => self.go_to_workspace(),
            Keyboard::Popup
            | Keyboard::Filter
            | Keyboard::Find(_)
            | Keyboard::Wire
            | Keyboard::State
            | Keyboard::Journal => {}
        }
    }

    /// Completes the draft, goes on to the next part of the selected bubble, or to the other pane.
    fn other_pane(&mut self, at: Keyboard) {
        let completes = self.completions_at(at) > 0;
        if let Some(pane) = at.chat_pane().filter(|_| completes) {
            return self.complete(pane);
        }
        match at {
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
        let chat = at.chat_pane().and_then(|pane| self.chat_mut(pane));
        match chat.map(|chat| &mut chat.composer) {
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
        self.step_selection(at.chat_pane().unwrap_or(ChatPane::Phone), up);
    }

    /// Moves in what has the keyboard; popups have moved already.
    fn go(&mut self, at: Keyboard, up: bool, step: Step) {
        match at {
            Keyboard::Popup | Keyboard::EmptyWorkspace => {}
            Keyboard::Find(pane) if step == Step::Row => self.find_next(pane, up),
            Keyboard::Find(pane) => self.go_in_chat(pane, up, step),
            Keyboard::Phone => self.go_in_chat(ChatPane::Phone, up, step),
            Keyboard::Agent => self.go_in_chat(ChatPane::Agent, up, step),
            Keyboard::Filter | Keyboard::Wire | Keyboard::State | Keyboard::Journal => {
                self.go_in_inspector(up, step);
            }
        }
    }

    /// Enter in a list.
    fn choose(&mut self, at: Keyboard) {
        match at {
            Keyboard::Filter => self.inspector.filtering = false,
            Keyboard::Find(pane) => self.find_next(pane, true),
            Keyboard::Wire if self.focus == Focus::Tree => self.inspector.tree.toggle(),
            Keyboard::Wire => self.open_entry(),
            Keyboard::State => self.inspector.state.fold(),
            Keyboard::Journal => self.reopen(),
            Keyboard::Popup | Keyboard::Phone | Keyboard::Agent | Keyboard::EmptyWorkspace => {}
        }
    }

    fn quit(&mut self) {
        self.leaving = match self.leaving {
            Leaving::Recording(_) | Leaving::Asked | Leaving::Forced => Leaving::Forced,
            Leaving::Stopped => Leaving::Stopped,
            Leaving::Not if self.workspace.unsent().is_some() => {
                let key = self.ui.shown(Action::Quit);
                let name = self.workspace.unsent().unwrap_or_default();
                let whose = format!("in the workspace, to {name}");
                self.tell(
                    Severity::Info,
                    "what is written was not sent",
                    &whose,
                    &format!("{key} again leaves and drops it"),
                );
                Leaving::Warned
            }
            Leaving::Not | Leaving::Warned => match self.end_recordings() {
                0 => self.leave(),
                files => Leaving::Recording(files),
            },
        };
    }

    /// Has the program end; what is under way is stopped.
    pub(crate) fn leave(&mut self) -> Leaving {
        self.log_everybody_out();
        self.keep_drafts();
        if !self.workspace.alone {
            self.commands.push(Command::Quit);
            Leaving::Asked
        } else if self.workspace.is_taken() {
            Leaving::Asked
        } else {
            // Nobody has to log out first.
            Leaving::Stopped
        }
    }

    /// Goes from the phone to the inspector, or back.
    fn turn_focus(&mut self) {
        self.inspector.filtering = false;
        match self.focus {
            Focus::Composer => self.focus = Focus::List,
            Focus::List | Focus::Tree => self.go_to_composer(),
        }
    }

    /// Puts away the topmost thing there is.
    fn back(&mut self, at: Keyboard) {
        match at {
            Keyboard::Popup => self.close_popup(),
            Keyboard::Filter => self.leave_filter(),
            Keyboard::Find(pane) => self.leave_find(pane),
            _ if !self.notices.is_quiet() => self.notices.dismiss(),
            Keyboard::Agent => self.back_in_workspace(),
            Keyboard::Phone if self.completions_at(at) > 0 => {
                self.phone.chat.composer.hide_completions();
            }
            Keyboard::Wire if self.inspector.is_open => self.close_entry(),
            Keyboard::Phone if self.is_peeking() => self.peeks = false,
            Keyboard::Phone if self.is_jumped_to() => self.back_to_entry(),
            _ if self.phone.chat.selected.is_some() || self.inspector.wire.only_of().is_some() => {
                self.select(ChatPane::Phone, None);
                self.inspector.wire.only(None);
            }
            Keyboard::Phone if self.phone.past().is_some() => self.back_from_past(),
            Keyboard::Phone if self.phone.replaying.is_some() => self.send(Act::StopReplay),
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
            self.go_to_composer();
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
            Some(_) if self.put_back_too_long(ChatPane::Phone) => {}
            Some(id) => self.send(Act::Retry(id)),
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
}
