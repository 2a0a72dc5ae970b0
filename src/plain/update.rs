//! What each update means in words, or why nothing is told of it.

use crate::{
    domain::{
        content::Content,
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::{Line, LineBody},
        notice::Notice,
        text::SafeText,
    },
    engine::{
        command::Command,
        update::{Answer, Consent, Head, Link, Past, Phase, Switches, Update},
    },
    ingress::status::{Health, Indicator},
    plain::{
        front::{AskedFor, EndStage, Front, Side},
        menu::PlainQuestion,
        phone::PlainPhone,
        told::ToldLines,
        words::{self, Say, counted, row, sentence},
    },
    tui::text::clock,
};

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// What is new of it is told.
    Told,
    /// Nothing is told, for this reason.
    Silent(&'static str),
}

impl Front {
    /// Takes in what the engine tells.
    pub(crate) fn on_update(&mut self, update: Update) -> Heard {
        match update {
            Update::Phone { phone, persona } => self.put_phone(phone, persona),
            Update::Closed(phone) => self.closed(phone),
            Update::Lines(lines) => self.put_lines(lines),
            Update::Draft { phone, text, .. } => {
                if Some(phone) == self.at {
                    let text = row(&SafeText::clean(&text));
                    self.tell(format!("System: Not sent last time: {}", sentence(&text)));
                }
            }
            Update::WorkspaceDrafts(_) => {
                return Heard::Silent("plain mode keeps no drafts, and those stay for the screen");
            }
            Update::Typing { phone, name } => self.put_typing(phone, name.as_ref()),
            Update::Head { phone, head } => self.put_head(phone, head),
            Update::Details { phone, details } => {
                if let Some(known) = self.phones.get_mut(&phone) {
                    known.details = details;
                    let opened = known.conversation_words();
                    let opened = opened.filter(|_| Some(phone) == self.at);
                    self.rows.extend(opened);
                }
            }
            Update::Replaying { phone, replaying } => self.put_replaying(phone, replaying),
            Update::Progress { .. } => {
                return Heard::Silent("the end of an upload or a download is told, not its way");
            }
            Update::File { item, file } => {
                let number = self.number_of(item);
                match file {
                    Ok(path) => {
                        let bytes = (self.speech.size_of)(&path);
                        let bytes = bytes.map(|bytes| format!(", {}", words::size(bytes)));
                        let (bytes, path) = (bytes.unwrap_or_default(), path.display());
                        self.tell(format!(
                            "System: The file of {number} is saved{bytes}: {path}"
                        ));
                    }
                    Err(why) => self.warn(&format!("the file of {number} was not saved: {why}")),
                }
            }
            Update::Picture { .. } => return Heard::Silent("no picture is drawn in plain mode"),
            Update::PictureHosts(_) => {
                return Heard::Silent("no picture of a card is fetched in plain mode");
            }
            Update::Wire(entries) => {
                let is_old = self.phones.values().all(|phone| phone.head.is_none());
                for entry in &entries {
                    self.put_entry(entry, is_old);
                }
                if self.speech.say < Say::More {
                    return Heard::Silent("the wire is told with /say more, and by /wire");
                }
            }
            Update::Linked { .. } => {
                return Heard::Silent("an entry of the wire tells itself what it is about");
            }
            Update::Link(link) => self.put_link(link),
            Update::Tokens(_) => return Heard::Silent("tokens are told by their requests"),
            Update::Switches { phone, switches } => self.put_switches(phone, switches),
            Update::Answer { ask, answer } => self.put_answer(ask, answer),
            Update::Consent(asked) => self.put_consent(asked),
            Update::Notice(notice) => self.notice(notice),
            Update::Stopped => {
                self.end = EndStage::Over;
                let is_open = self.phone().is_some_and(PlainPhone::is_open);
                let stays = if is_open {
                    " The conversation stays open."
                } else {
                    ""
                };
                self.tell(format!("handset has ended.{stays}"));
            }
        }
        Heard::Told
    }

    fn put_phone(&mut self, phone: PhoneId, persona: Box<crate::domain::persona::Persona>) {
        let is_wanted = self
            .awaited
            .take_if(|one| *one == persona.consumer)
            .is_some();
        if let Some(known) = self.phones.get_mut(&phone) {
            known.persona = persona;
        } else {
            self.phones.insert(phone, PlainPhone::new(persona));
        }
        if self.at.is_none() {
            self.at = Some(phone);
        } else if is_wanted {
            self.go_to_phone(phone);
        } else if self.at != Some(phone) {
            let act = Act::Looked(false);
            self.commands.push(Command::Act { phone, act });
        }
    }

    fn closed(&mut self, phone: PhoneId) {
        let Some(gone) = self.phones.remove(&phone) else {
            return;
        };
        self.tell(format!("System: The phone of {} is closed.", gone.name()));
        if self.at == Some(phone) {
            self.at = None;
            if let Some(next) = self.phones.keys().next().copied() {
                self.go_to_phone(next);
            }
        }
    }

    fn put_lines(&mut self, lines: Vec<Line>) {
        for line in lines {
            let Some(id) = line.id.phone else { continue };
            let Some(phone) = self.phones.get_mut(&id) else {
                continue;
            };
            if phone.head.is_none() {
                // The phone is shown as it was before.
                phone.told.keep(line);
                continue;
            }
            // Who types as the agent is told what the consumer hears when going back.
            let is_in_view = Some(id) == self.at && self.side == Side::Phone;
            let (is_theirs, is_mine) = match line.body {
                LineBody::Theirs { .. } => (true, false),
                LineBody::Mine { .. } => (false, true),
                LineBody::Quiet { .. } => (false, false),
            };
            let is_new = phone.told.line(line.id).is_none();
            let before = phone.told.choices.as_ref().map(|(item, _)| *item);
            let rows = phone.told.hear(line, &self.speech, is_in_view);
            if is_mine && is_new {
                phone.submitted = phone.submitted.saturating_sub(1);
            }
            if is_theirs && is_new {
                phone.typing.message_came();
                let after = phone.told.choices.as_ref().map(|(item, _)| *item);
                self.has_chosen &= before == after;
            }
            if is_theirs && is_new && Some(id) != self.at {
                let (name, unread) = (phone.first_name(), phone.told.unread());
                let came = counted(unread, "new message");
                self.tell(format!("On {name}'s phone: {came}."));
            }
            self.rows.extend(rows);
        }
        self.tick(self.now);
    }

    fn put_typing(&mut self, phone: PhoneId, name: Option<&SafeText>) {
        if let Some(known) = self.phones.get_mut(&phone) {
            known.types = name.is_some();
            known.typing.set(name.map(row), self.now);
        }
    }

    fn put_head(&mut self, phone: PhoneId, head: Head) {
        let is_in_view = Some(phone) == self.at;
        let Some(known) = self.phones.get_mut(&phone) else {
            return;
        };
        let count = known.told.count();
        if known.head.is_none() && count > 0 {
            let with = format!(
                "with {}, {} so far",
                row(&head.brand),
                counted(count, "message")
            );
            let (begins, then) = match head.phase {
                Phase::Closed => (
                    "The last conversation is closed,",
                    "A message opens the next.",
                ),
                _ => ("A conversation goes on", "/again 5 tells the last."),
            };
            known.seen.extend(head.conversation.clone());
            if is_in_view {
                self.rows.push(format!("{begins} {with}. {then}"));
            }
        }
        if head.production && known.head.is_none() && is_in_view {
            let words = "Warning: This is production. Real people are on the other side.";
            self.rows.push(words.to_owned());
        }
        if head.phase == Phase::Closed {
            known.types = false;
            known.closing = None;
        }
        known.opening &= head.phase == Phase::Opening;
        known.head = Some(head);
    }

    fn put_replaying(&mut self, phone: PhoneId, replaying: Option<(usize, usize)>) {
        let Some(known) = self.phones.get_mut(&phone) else {
            return;
        };
        let before = std::mem::replace(&mut known.replaying, replaying);
        match (before, replaying) {
            (None, Some((_, all))) => {
                let all = counted(all, "message");
                self.tell(format!(
                    "System: {all} are said again in a new conversation."
                ));
            }
            (Some(_), None) => self.tell("System: All is said again."),
            _ => {}
        }
    }

    fn number_of(&self, item: ItemId) -> String {
        let phone = item.phone.and_then(|phone| self.phones.get(&phone));
        let number = phone.and_then(|phone| Some(phone.told.line(item)?.0));
        number.map_or("a message".to_owned(), |number| format!("message {number}"))
    }

    fn put_link(&mut self, link: Link) {
        let indicators = |link: &Link| {
            let ingress = &link.ingress;
            [ingress.tunnel.clone(), ingress.install.clone()]
        };
        let before = self.link.as_ref().map(indicators).unwrap_or_default();
        for (now, before) in indicators(&link).into_iter().zip(before) {
            let changed = |now: &Indicator| before.is_none_or(|before| before.health != now.health);
            if let Some(now) = now.filter(changed) {
                match now.health {
                    Health::Proved => self.tell(format!("Link: {} works.", now.name)),
                    Health::Broken => {
                        let says = sentence(&now.says);
                        self.tell(format!("Warning: {} does not work. {says}", now.name));
                    }
                    Health::Waiting => {}
                }
            }
        }
        self.link = Some(link);
    }

    fn put_switches(&mut self, phone: PhoneId, switches: Switches) {
        let Some(known) = self.phones.get_mut(&phone) else {
            return;
        };
        let has_flown = known.has_flown;
        let before = known.switches.replace(switches).unwrap_or_default();
        if has_flown && before.flight != switches.flight {
            self.tell(if switches.flight {
                "System: Flight mode is on. Nothing goes out, messages queue."
            } else {
                "System: Flight mode is off."
            });
        }
        if before.pocket != switches.pocket {
            self.tell(if switches.pocket {
                "System: The phone is in the pocket. Messages are accepted and not read."
            } else {
                "System: The phone is out of the pocket."
            });
        }
    }

    fn put_consent(&mut self, asked: Consent) {
        let what = match asked.by_hand {
            Some(_) => "The request by hand opens a conversation with real people.",
            None => "A conversation with real people is about to be opened.",
        };
        self.tell(format!("Question: {what} Type yes or no."));
        self.asking = Some(PlainQuestion::Consent(asked.id));
    }

    fn put_answer(&mut self, ask: u64, answer: Answer) {
        match (self.asked_for(ask), answer) {
            (Some(AskedFor::Export(form)), Answer::Exported(file)) => {
                self.tell(format!("System: Exported as {form}: {}", file.display()));
            }
            (Some(AskedFor::Recording), Answer::Exported(file)) => {
                self.tell(format!(
                    "System: The scenario was written: {}",
                    file.display()
                ));
            }
            (Some(AskedFor::Journal), Answer::Conversations(found)) => {
                self.tell(match found.conversations.len() {
                    0 => "System: No conversation was found.".to_owned(),
                    count => format!("System: {}:", counted(count, "conversation")),
                });
                for past in &found.conversations {
                    let told = self.past(past);
                    self.tell(told);
                }
            }
            (Some(purpose), answer) => {
                let why = match answer {
                    Answer::Failed(why) => why,
                    _ => "the engine answered something else".to_owned(),
                };
                let what = match purpose {
                    AskedFor::Export(_) => "the conversation was not exported",
                    AskedFor::Journal => "the journal was not searched",
                    AskedFor::Recording => "the scenario was not written",
                };
                self.warn(&format!("{what}: {why}"));
            }
            (None, _) => {}
        }
    }

    /// A past conversation in one row.
    fn past(&self, past: &Past) -> String {
        let state = if past.is_open { "open" } else { "closed" };
        let lines = usize::try_from(past.lines).unwrap_or(usize::MAX);
        let rating = past.rating.map(|stars| format!(", rated {stars} of 5"));
        format!(
            "  {}, {}, {}, {state}{}: {}",
            clock::moment(past.began, &self.speech.zone),
            row(&past.consumer),
            counted(lines, "line"),
            rating.unwrap_or_default(),
            sentence(&row(&past.opening)),
        )
    }
}

impl ToldLines {
    /// The newest message of the other side that has a file.
    pub(crate) fn newest_file(&self) -> Option<ItemId> {
        let is_file = |line: &Line| {
            matches!(
                &line.body,
                LineBody::Theirs {
                    content: Content::File(_),
                    ..
                }
            )
        };
        self.newest(is_file).map(|line| line.id)
    }
}

/// A notice that is told and made here.
pub(crate) fn busy() -> Notice {
    Notice {
        severity: crate::domain::notice::Severity::Warning,
        title: "that was not done".to_owned(),
        detail: "the agent session is busy and takes no more commands right now".to_owned(),
        hint: "try again in a moment".to_owned(),
        ..Notice::default()
    }
}
