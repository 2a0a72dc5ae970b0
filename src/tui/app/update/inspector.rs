//! What is done on the inspector: tabs, paging, pinning, exporting.

use ratatui::layout::Position;

use crate::{
    domain::{ids::ConversationId, notice::Severity},
    engine::command::{Command, Format, Question},
    tui::{
        app::{focus::Focus, keyboard::ChatPane, model::Model, panes, update::act::Step},
        commands::keys::Action,
        inspector::{For, Tab, journal, layout::Parts},
        popups::{
            Popup,
            palette::{Palette, PickerKind},
        },
        text::edit::Editor,
    },
};

/// Rows from the oldest within which the page before is asked for.
const NEAR: usize = 50;

/// Rows one notch of the wheel moves.
const NOTCH: usize = 3;

/// Steps to either end, whatever is between.
const FAR: usize = usize::MAX / 2;

/// Rows of one page: the last row stays in view.
fn page_of(height: u16) -> usize {
    usize::from(height).saturating_sub(1).max(1)
}

impl Model {
    /// Asks the engine for something the journal has; the number its answer will bear.
    pub(crate) fn ask(&mut self, question: Question) -> u64 {
        self.asks += 1;
        let ask = self.asks;
        self.commands.push(Command::Ask { ask, question });
        ask
    }

    /// Begins to filter the wire, or to search the journal where it has the keyboard.
    pub(crate) fn begin_filter(&mut self) {
        if self.close_popups() {
            let searches = self.focus != Focus::Composer && self.inspector.tab == Tab::Journal;
            if !searches {
                self.show_tab(Tab::Wire);
            }
            self.write_filter();
        }
    }

    /// Gives the keyboard to the field of the tab in view. What stands in it is marked: it is written
    /// over by what is typed, and kept by all else.
    pub(crate) fn write_filter(&mut self) {
        self.inspector.filtering = true;
        self.inspector_field().mark_all();
    }

    /// Moves in the tab in view.
    pub(crate) fn go_in_inspector(&mut self, up: bool, step: Step) {
        if self.inspector.tab == Tab::Wire && self.focus != Focus::Tree {
            return self.go_in_wire(up, step);
        }
        let height = self.layout.inspector.map_or(10, |parts| {
            match self.inspector.tab {
                Tab::Wire => parts.tree,
                Tab::Journal => parts.found,
                Tab::State | Tab::Agent => parts.body,
            }
            .height
        });
        match step {
            Step::Row => self.step_row(up, 1),
            Step::Page => self.step_row(up, page_of(height)),
            Step::End => self.step_row(up, FAR),
        }
    }

    /// Moves in the list of the wire.
    fn go_in_wire(&mut self, up: bool, step: Step) {
        match step {
            Step::Row => self.step_entry(up, 1),
            Step::Page => {
                let height = self.layout.inspector.map_or(10, |parts| parts.list.height);
                let rows = page_of(height);
                self.step_entry(up, rows);
                // The window moves along, so that each page shows what the last one did not.
                let top = &mut self.inspector.list_top;
                *top = if up {
                    top.saturating_sub(rows)
                } else {
                    top.saturating_add(rows)
                };
            }
            Step::End if up => self.pick_row(0),
            Step::End => self.follow_wire(),
        }
    }

    /// Moves by rows in the opened entry, in the state or in the journal.
    fn step_row(&mut self, up: bool, rows: usize) {
        let (at, count) = match self.inspector.tab {
            Tab::Wire => return self.inspector.tree.step(up, rows),
            Tab::Agent => return,
            Tab::State => {
                let state = &mut self.inspector.state;
                (&mut state.at, state.rows.len())
            }
            Tab::Journal => {
                let journal = &mut self.inspector.journal;
                (&mut journal.at, journal.list.len())
            }
        };
        *at = if up {
            at.saturating_sub(rows)
        } else {
            at.saturating_add(rows).min(count.saturating_sub(1))
        };
    }

    /// The field a filter or a search is written into.
    pub(crate) fn inspector_field(&mut self) -> &mut Editor {
        match self.inspector.tab {
            Tab::Journal => &mut self.inspector.journal.field,
            Tab::Wire | Tab::State | Tab::Agent => &mut self.inspector.filter,
        }
    }

    /// Lets follow what follows from a change in that field.
    pub(crate) fn inspector_edited(&mut self) {
        match self.inspector.tab {
            Tab::Journal => self.search_journal(false),
            Tab::Wire | Tab::State | Tab::Agent => {
                self.inspector.wire.filter(self.inspector.filter.text());
            }
        }
    }

    /// Empties that field and leaves it.
    pub(crate) fn leave_filter(&mut self) {
        self.inspector.filtering = false;
        if self.focus == Focus::Composer {
            self.peeks = false;
        }
        self.inspector_field().take();
        self.inspector_edited();
    }

    /// Whether a search narrows what the tab in view shows.
    pub(crate) fn is_searched(&self) -> bool {
        match self.inspector.tab {
            Tab::Wire => !self.inspector.wire.needle().is_empty(),
            Tab::State | Tab::Agent => false,
            Tab::Journal => !self.inspector.journal.field.is_empty(),
        }
    }

    pub(crate) fn search_journal(&mut self, anew: bool) {
        if let Some(words) = self.inspector.journal.want(anew) {
            let limit = journal::MOST;
            let ask = self.ask(Question::Conversations { words, limit });
            self.inspector.wait(ask, For::List);
        }
    }

    /// Asks for the page before the first row, or after the last one, when the selection is there.
    pub(crate) fn page_wire(&mut self) {
        let Some(row) = self
            .inspector
            .wire
            .picked()
            .and_then(|id| self.inspector.wire.row(id))
        else {
            return;
        };
        let listed = self.inspector.wire.listed();
        // A short list is paged only when the user goes to its very end.
        let near = if listed > 4 * NEAR { NEAR } else { 1 };
        let question = if row < near {
            self.inspector.wire.want_older()
        } else if row + near >= listed {
            self.inspector.wire.want_newer()
        } else {
            None
        };
        if let Some(question) = question {
            self.ask_for_wire(question);
        }
    }

    pub(crate) fn ask_for_wire(&mut self, question: Question) {
        let ask = self.ask(question);
        self.inspector.wire.asked_as(ask);
    }

    /// Follows the newest entry, which the journal may have to tell first.
    pub(crate) fn follow_wire(&mut self) {
        if let Some(question) = self.inspector.wire.follow() {
            self.ask_for_wire(question);
        }
    }

    pub(crate) fn follow_or_pause(&mut self) {
        if self.inspector.wire.picked().is_some() || !self.inspector.wire.reaches_newest() {
            self.follow_wire();
        } else {
            self.inspector.wire.select(self.inspector.wire.selected());
        }
    }

    pub(crate) fn pin(&mut self) {
        let Some(id) = self.inspector.wire.selected() else {
            return self.tell(Severity::Info, "there is no entry to pin", "", "");
        };
        if !self.inspector.wire.pin(id) {
            let title = format!(
                "{} entries are pinned, more cannot be",
                self.inspector.wire.pins()
            );
            self.tell(Severity::Warning, &title, "", "take a pin out first");
        }
    }

    /// Offers the forms a conversation can be written out in.
    pub(crate) fn choose_form(&mut self) {
        match self.exported() {
            Ok(_) => self
                .popups
                .push(Popup::Palette(Palette::new(PickerKind::Exports))),
            Err(why) => self.tell(Severity::Info, &why, "", ""),
        }
    }

    /// The conversation an export is of: the one chosen in the journal, else the phone's.
    fn exported(&self) -> Result<ConversationId, String> {
        let in_journal = self.inspector.tab == Tab::Journal && self.focus != Focus::Composer;
        let chosen = self.inspector.journal.chosen().filter(|_| in_journal);
        let past = chosen.or(self.phone.past());
        let head = self.phone.head.as_ref();
        past.map(|past| past.conversation.clone())
            .or_else(|| head.and_then(|head| head.conversation.clone()))
            .ok_or_else(|| "there is no conversation yet".to_owned())
    }

    /// Has the conversation at hand written out in some form; the error says why not.
    pub(crate) fn export(&mut self, format: Format) -> Result<(), String> {
        let conversation = self.exported()?;
        let ask = self.ask(Question::Export {
            conversation,
            format,
            file: None,
            since: None,
        });
        self.inspector.wait(ask, For::Export(format));
        Ok(())
    }

    /// The same as a choice of a list, where there is nobody to give an error to.
    pub(crate) fn choose_export(&mut self, format: Format) {
        if let Err(why) = self.export(format) {
            self.tell(Severity::Info, &why, "", "");
        }
    }

    pub(crate) fn replay_selected(&mut self) {
        match self.replay() {
            // Where it was refused, the selection stays for the user who looks.
            Ok(()) if self.phone.past().is_some() => {}
            Ok(()) => self.select(ChatPane::Phone, None),
            Err(why) => {
                let key = self.ui.shown(Action::SelectPrevious);
                let hint = format!("click one, or use {key}");
                self.tell(Severity::Info, &why, "", &hint);
            }
        }
    }

    pub(crate) fn click_inspector(&mut self, at: Position, inspector: &Parts) {
        let tab = self
            .heads(inspector.frame)
            .into_iter()
            .find(|tab| tab.area.contains(at));
        if let Some(tab) = tab {
            return self.show_tab(tab.tab);
        }
        if self
            .panes_switch(inspector.frame)
            .is_some_and(|area| area.contains(at))
        {
            return self.turn_panes();
        }
        if let Some(action) = panes::action_at(self, at) {
            let from = self.focus;
            self.focus = from.in_inspector();
            self.act(action);
            // What was not gone into gives the keyboard back.
            let is_left = self.focus == Focus::List && self.inspector.tab != Tab::Agent;
            if from == Focus::Composer && is_left {
                self.focus = from;
            }
            return;
        }
        if let Some(workspace) = self.layout.workspace {
            return self.click_workspace(at, &workspace);
        }
        let focus = std::mem::replace(&mut self.focus, Focus::List);
        let filtering = std::mem::take(&mut self.inspector.filtering);
        match self.inspector.tab {
            Tab::Wire if inspector.list.contains(at) => {
                let row = self.inspector.list_top + usize::from(at.y - inspector.list.y);
                let Some(entry) = self.entry_at(row) else {
                    return;
                };
                // A second click opens it.
                let again =
                    focus != Focus::Composer && self.inspector.wire.selected() == Some(entry);
                self.pick_row(row);
                if again && !self.inspector.is_open {
                    self.inspector.is_open = true;
                }
            }
            Tab::Wire if inspector.counts.contains(at) => {
                self.focus = focus;
                self.write_filter();
            }
            Tab::Wire if inspector.hops.contains(at) => self.jump_to_bubble(),
            Tab::Wire if inspector.tree.contains(at) => {
                self.focus = Focus::Tree;
                if self
                    .inspector
                    .tree
                    .point(usize::from(at.y - inspector.tree.y))
                {
                    self.inspector.tree.toggle();
                }
            }
            Tab::State if inspector.body.contains(at) => {
                let row = self.inspector.state.top + usize::from(at.y - inspector.body.y);
                let heading = self.inspector.state.rows.get(row).map(|row| row.heading);
                if let Some(heading) = heading {
                    self.inspector.state.at = row;
                    if heading {
                        self.inspector.state.fold();
                    }
                }
            }
            Tab::Journal if inspector.found.contains(at) => {
                if let Some(row) = self.inspector.journal.at_row(at.y - inspector.found.y) {
                    // A second click opens it.
                    let again =
                        self.inspector.journal.at == row && focus == Focus::List && !filtering;
                    self.inspector.journal.at = row;
                    if again {
                        self.reopen();
                    }
                }
            }
            Tab::Journal if inspector.search.contains(at) => {
                self.focus = focus;
                self.write_filter();
            }
            Tab::Wire | Tab::State | Tab::Agent | Tab::Journal => {}
        }
    }

    pub(crate) fn wheel_inspector(&mut self, up: bool, at: Position, inspector: &Parts) {
        match self.inspector.tab {
            Tab::Wire if inspector.tree.contains(at) => self.inspector.tree.step(up, NOTCH),
            Tab::Wire => self.step_entry(up, NOTCH),
            Tab::Agent => self.scroll(ChatPane::Agent, up, NOTCH),
            Tab::State | Tab::Journal => self.step_row(up, NOTCH),
        }
    }
}
