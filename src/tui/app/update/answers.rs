//! The answers of the journal: pages of the wire, past conversations, exports.

use crate::{
    domain::notice::Severity,
    engine::update::Answer,
    tui::{app::model::Model, commands::export, inspector::For},
};

impl Model {
    /// Takes an answer of the journal in.
    pub(crate) fn on_answer(&mut self, ask: u64, answer: Answer) {
        let Some(answer) = self.on_lines(ask, answer) else {
            return;
        };
        if self
            .phone
            .chat
            .find
            .as_ref()
            .is_some_and(|find| find.awaits(ask))
        {
            return self.on_found(answer);
        }
        let mut finds = self
            .others
            .iter_mut()
            .filter_map(|phone| phone.chat.find.as_mut());
        if let Some(find) = finds.find(|find| find.awaits(ask)) {
            // Who comes back to that phone asks again.
            return find.give_up();
        }
        if self.inspector.wire.awaits(ask) {
            return self.on_page(answer);
        }
        if let Some(parked) = self.inspector.parked.as_mut()
            && parked.wire.awaits(ask)
        {
            // The page is of use when the wire of the phones is shown again.
            return match answer {
                Answer::Entries(entries) => {
                    if parked.wire.take(entries).is_some() {
                        parked.wire.give_up();
                    }
                }
                _ => parked.wire.give_up(),
            };
        }
        // A pane that waits no longer wants no answer either.
        let Some(purpose) = self.inspector.awaited(ask) else {
            return;
        };
        match (purpose, answer) {
            (For::List, Answer::Conversations(result)) => {
                self.inspector.journal.take(result);
                self.search_journal(false);
            }
            (For::Reopen(past), Answer::Lines(lines)) => self.show_past(past, lines),
            (For::Export(format), Answer::Exported(file)) => {
                let title = format!("exported the conversation as {}", export::name(format));
                self.tell_of_file(&title, "", &file);
            }
            (For::Recording, answer) => self.recorded(answer),
            (purpose, answer) => {
                let why = match answer {
                    Answer::Failed(why) => why,
                    _ => "the engine answered something else".to_owned(),
                };
                let title = match purpose {
                    For::List => {
                        self.inspector.journal.give_up();
                        "the journal could not be searched"
                    }
                    For::Reopen(_) => "the conversation could not be opened again",
                    For::Export(_) | For::Recording => "the conversation could not be exported",
                };
                self.tell(Severity::Warning, title, &why, "");
            }
        }
    }

    fn on_page(&mut self, answer: Answer) {
        match answer {
            Answer::Entries(entries) => {
                if let Some(question) = self.inspector.wire.take(entries) {
                    self.ask_for_wire(question);
                }
            }
            answer => {
                self.inspector.wire.give_up();
                if let Answer::Failed(why) = answer {
                    let title = "the journal did not give the entries asked for";
                    self.tell(Severity::Warning, title, &why, "");
                }
            }
        }
    }

    /// Takes note that a question never reached the engine.
    pub(crate) fn not_asked(&mut self, ask: u64) {
        if self.inspector.wire.awaits(ask) {
            self.inspector.wire.give_up();
        }
        let mut phones = std::iter::once(&mut self.phone).chain(&mut self.others);
        if let Some(phone) = phones.find(|phone| phone.chat.lines.awaits(ask)) {
            phone.chat.lines.give_up();
        }
        if let Some(find) = self
            .phone
            .chat
            .find
            .as_mut()
            .filter(|find| find.awaits(ask))
        {
            find.give_up();
        }
        match self.inspector.awaited(ask) {
            Some(For::List) => self.inspector.journal.give_up(),
            Some(For::Recording) => {
                let busy = "the engine takes no more commands right now".to_owned();
                self.recorded(Answer::Failed(busy));
            }
            _ => {}
        }
    }
}
