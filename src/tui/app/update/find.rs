//! Looking for words on the phone in view, also in lines that only the journal has.

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
    /// Begins to look for something on the phone; goes on to the next hit where somebody looks.
    pub(crate) fn begin_find(&mut self) {
        if self.phone.chat.find.is_some() {
            return self.find_next(true);
        }
        self.phone.chat.find = Some(Find::new());
    }

    /// Looks for these words on the phone.
    pub(crate) fn find_words(&mut self, words: &str) {
        self.go_to_composer();
        self.begin_find();
        if let Some(find) = &mut self.phone.chat.find {
            find.field = Editor::holding(words);
            // What is typed next is looked for instead.
            find.field.mark_all();
        }
        self.find_edited();
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
        self.show_hit(id);
        true
    }

    /// Ends looking; the phone stays where it is.
    pub(crate) fn leave_find(&mut self) {
        self.phone.chat.find = None;
        self.select(ChatPane::Phone, None);
    }

    /// What is looked for changed: the newest line that has it is shown.
    pub(crate) fn find_edited(&mut self) {
        if let Some(find) = &mut self.phone.chat.find {
            find.edited();
            if find.is_empty() {
                return self.select(ChatPane::Phone, None);
            }
            self.find_next(true);
        }
    }

    /// Goes to the next line that has the words.
    pub(crate) fn find_next(&mut self, up: bool) {
        let Some(find) = self
            .phone
            .chat
            .find
            .as_ref()
            .filter(|find| !find.is_asking())
        else {
            return;
        };
        match find.next(&self.phone.chat.lines, up) {
            NextHit::Line(id) => self.show_hit(id),
            NextHit::Nowhere => self.found_nothing(),
            NextHit::Beyond(from) => {
                let words = find.field.text().to_owned();
                let Some(phone) = self.phone.id() else {
                    return self.found_nothing();
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
        }
    }

    fn found_nothing(&mut self) {
        if let Some(find) = &mut self.phone.chat.find {
            find.nothing();
        }
    }

    /// The journal told where the next line stands.
    pub(crate) fn on_found(&mut self, answer: Answer) {
        let Some(find) = &mut self.phone.chat.find else {
            return;
        };
        let is_outdated = find.is_outdated();
        find.give_up();
        if is_outdated {
            return self.find_next(true);
        }
        match answer {
            Answer::Found(Some(place)) => {
                if let Some(line) = self.phone.chat.lines.at(place) {
                    let id = line.id;
                    self.show_hit(id);
                } else {
                    self.phone.chat.lines.try_again();
                    self.want_lines(Page::Around(place));
                }
            }
            Answer::Failed(why) => {
                self.found_nothing();
                self.tell(
                    Severity::Warning,
                    "the journal could not be searched",
                    &why,
                    "",
                );
            }
            _ => self.found_nothing(),
        }
    }

    /// Shows a line that was found.
    pub(crate) fn show_hit(&mut self, id: ItemId) {
        if let Some(find) = &mut self.phone.chat.find {
            find.found(id);
        }
        self.select(ChatPane::Phone, Some(id));
    }
}
