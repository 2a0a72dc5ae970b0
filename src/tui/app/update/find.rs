//! Looking for words in the conversation in view, the phone's or the agent's; on the phone also in
//! lines that only the journal has.

use crate::{
    domain::{ids::ItemId, notice::Severity},
    engine::{command::Question, update::Answer},
    tui::{
        app::{keyboard::ChatPane, model::Model},
        chat::{
            find::{Find, NextHit},
            lines::window::Page,
        },
        text::edit::Editor,
    },
};

impl Model {
    /// What is looked for in a pane, while somebody looks.
    fn find_mut(&mut self, pane: ChatPane) -> Option<&mut Find> {
        self.chat_mut(pane)?.find.as_mut()
    }

    /// Whether somebody looks for something in a pane.
    pub(crate) fn finds_in(&self, pane: ChatPane) -> bool {
        self.chat(pane).is_some_and(|chat| chat.find.is_some())
    }

    /// Begins to look for something in a pane; goes on to the next hit where somebody looks.
    pub(crate) fn begin_find(&mut self, pane: ChatPane) {
        if self.finds_in(pane) {
            return self.find_next(pane, true);
        }
        if pane == ChatPane::Agent && self.workspace.conversation().is_none() {
            return self.tell_no_conversation();
        }
        if let Some(chat) = self.chat_mut(pane) {
            chat.find = Some(Find::new());
        }
    }

    /// Looks for these words in a pane.
    pub(crate) fn find_words(&mut self, pane: ChatPane, words: &str) {
        if pane == ChatPane::Phone {
            self.go_to_composer();
        }
        self.begin_find(pane);
        if let Some(find) = self.find_mut(pane) {
            find.field = Editor::holding(words);
            // What is typed next is looked for instead.
            find.field.mark_all();
        }
        self.find_edited(pane);
    }

    /// Looks in a conversation of the past for what it was found by, from its beginning.
    /// False when no line has any of it.
    pub(crate) fn find_in_past(&mut self, words: &str) -> bool {
        // The hit goes into the middle of where it will stand.
        if let Some(parts) = self.layout.phone {
            self.with_transcript(ChatPane::Phone, |transcript, measure| {
                transcript.prepare(parts.transcript, measure);
            });
        }
        let find = Find::spread(words, &self.phone.chat.lines);
        let NextHit::Line(id) = find.next(&self.phone.chat.lines, false) else {
            return false;
        };
        self.phone.chat.find = Some(find);
        self.show_hit(ChatPane::Phone, id);
        true
    }

    /// Ends looking; the conversation stays where it is.
    pub(crate) fn leave_find(&mut self, pane: ChatPane) {
        if let Some(chat) = self.chat_mut(pane) {
            chat.find = None;
        }
        self.select(pane, None);
    }

    /// What is looked for changed: the newest line that has it is shown.
    pub(crate) fn find_edited(&mut self, pane: ChatPane) {
        if let Some(find) = self.find_mut(pane) {
            find.edited();
            if find.is_empty() {
                return self.select(pane, None);
            }
            self.find_next(pane, true);
        }
    }

    /// Goes to the next line that has the words.
    pub(crate) fn find_next(&mut self, pane: ChatPane, up: bool) {
        let Some(chat) = self.chat(pane) else {
            return;
        };
        let Some(find) = chat.find.as_ref().filter(|find| !find.is_asking()) else {
            return;
        };
        match (find.next(&chat.lines, up), pane) {
            (NextHit::Line(id), _) => self.show_hit(pane, id),
            (NextHit::Beyond(from), ChatPane::Phone) => {
                let words = find.field.text().to_owned();
                let Some(phone) = self.phone.id() else {
                    return self.found_nothing(pane);
                };
                let question = Question::FindLine {
                    phone,
                    words,
                    from,
                    up,
                };
                let ask = self.ask(question);
                if let Some(find) = &mut self.phone.chat.find {
                    find.asked_as(ask);
                }
            }
            // No journal has an agent's conversations.
            (NextHit::Nowhere | NextHit::Beyond(_), _) => self.found_nothing(pane),
        }
    }

    fn found_nothing(&mut self, pane: ChatPane) {
        if let Some(find) = self.find_mut(pane) {
            find.nothing();
        }
    }

    /// The journal told where the next line stands on the phone.
    pub(crate) fn on_found(&mut self, answer: Answer) {
        let pane = ChatPane::Phone;
        let Some(find) = self.find_mut(pane) else {
            return;
        };
        let is_outdated = find.is_outdated();
        find.give_up();
        if is_outdated {
            return self.find_next(pane, true);
        }
        match answer {
            Answer::Found(Some(place)) => {
                if let Some(line) = self.phone.chat.lines.at(place) {
                    let id = line.id;
                    self.show_hit(pane, id);
                } else {
                    self.phone.chat.lines.try_again();
                    self.want_lines(Page::Around(place));
                }
            }
            Answer::Failed(why) => {
                self.found_nothing(pane);
                self.tell(
                    Severity::Warning,
                    "the journal could not be searched",
                    &why,
                    "",
                );
            }
            _ => self.found_nothing(pane),
        }
    }

    /// Shows a line that was found.
    pub(crate) fn show_hit(&mut self, pane: ChatPane, id: ItemId) {
        if let Some(find) = self.find_mut(pane) {
            find.found(id);
        }
        self.select(pane, Some(id));
    }
}
