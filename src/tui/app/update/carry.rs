//! Carries slash commands out: what each means for the phone in view.

use crate::{
    domain::{
        content::Content,
        conversation::event::Act,
        line::{Line, LineBody},
        notice::Severity,
        wire::outbound::Rating,
    },
    engine::command::Command,
    tui::{
        app::{keyboard::ChatPane, model::Model},
        commands::{
            by_hand,
            keys::Action,
            slash::{Does, Slash, arguments},
        },
        inspector::Tab,
        popups::{Popup, raw::Raw},
        text::edit::Editor,
    },
};

impl Model {
    /// Carries a command out; false when its argument was wrong and the draft should stay.
    pub(crate) fn carry_out(&mut self, slash: &Slash, argument: &str) -> bool {
        let outcome =
            match slash.does {
                Does::Act(_) | Does::Replay if !argument.is_empty() => {
                    self.tell(
                        Severity::Warning,
                        &format!("/{} takes nothing after it", slash.name),
                        "it was not carried out",
                        "// at the start sends a text that begins with /",
                    );
                    return false;
                }
                Does::Act(action) => {
                    // A command to quit is no draft that could be lost.
                    self.phone.chat.composer.clear();
                    self.act(action);
                    Ok(())
                }
                Does::Flight => switch(argument, self.phone.switches.flight)
                    .map(|on| self.send(Act::Flight(on))),
                Does::Pocket => switch(argument, self.phone.switches.pocket)
                    .map(|on| self.send(Act::Pocket(on))),
                Does::Theme => self.choose_theme(argument),
                Does::Filter => {
                    self.filter_by(argument);
                    Ok(())
                }
                Does::Find => {
                    self.find_words(ChatPane::Phone, argument);
                    Ok(())
                }
                Does::Journal => {
                    self.search_past(argument);
                    Ok(())
                }
                Does::End => arguments::end(argument).map(|field| self.send(Act::End(field))),
                Does::Csat => arguments::csat(argument).map(|rating| self.send(Act::Rate(rating))),
                Does::Fcr => arguments::fcr(argument).map(|rating| self.settle(rating)),
                Does::Ttr => arguments::ttr(argument)
                    .map(|(ttr, value)| self.send(Act::ChangeTtr { ttr, value })),
                Does::State => arguments::state(argument).map(|state| self.send(Act::Tell(state))),
                Does::Mark => self.mark(argument),
                Does::Metadata => arguments::metadata(argument)
                    .map(|told| self.phone.chat.composer.metadata = told),
                Does::Persona => self.hand_to_named(argument),
                Does::Image => self.attach_path(argument, false),
                Does::ImageAnyway => self.attach_path(argument, true),
                Does::Attach => self.pick_in(argument),
                Does::Raw => arguments::kind(argument).map(|kind| self.open_raw(kind)),
                Does::Export => arguments::format(argument).and_then(|format| self.export(format)),
                Does::Record => arguments::scenario(argument).and_then(|file| self.record(file)),
                Does::Scenario => self.play_scenario(argument),
                Does::Replay => self.replay(),
                Does::Stage => {
                    self.stage_as(argument);
                    Ok(())
                }
                Does::Workspace(_) => Err("it is for the agent workspace".to_owned()),
            };
        if let Err(reason) = outcome {
            let title = format!("/{} was not carried out", slash.name);
            self.tell(Severity::Warning, &title, &reason, "");
            return false;
        }
        true
    }

    pub(crate) fn choose_theme(&mut self, argument: &str) -> Result<(), String> {
        let found = self.themes.iter().position(|theme| theme.name == argument);
        let theme = found.ok_or_else(|| {
            let known = self.names().themes.join(", ");
            format!("there is no theme {argument:?}; there are {known}")
        })?;
        self.set_theme(theme);
        Ok(())
    }

    fn filter_by(&mut self, argument: &str) {
        self.inspector.filter = Editor::holding(argument);
        self.inspector.wire.filter(argument);
        self.inspector.tab = Tab::Wire;
        if self.layout.inspector.is_none() && !argument.is_empty() {
            self.peeks = true;
        }
    }

    /// Shows past conversations that have some words.
    fn search_past(&mut self, words: &str) {
        self.inspector.journal.field = Editor::holding(words);
        self.show_tab(Tab::Journal);
    }

    fn hand_to_named(&mut self, argument: &str) -> Result<(), String> {
        use crate::config::personas;
        let found = personas::named(argument, &self.personas);
        let persona = found.map(|known| known.persona.clone()).ok_or_else(|| {
            let known = personas::keys(&self.personas);
            format!("there is no persona {argument:?}; there are {known}")
        })?;
        self.hand_to(&persona);
        Ok(())
    }

    /// The selected bubble when it is one of others that is meant, else the newest such.
    fn meant(&self, is: impl Fn(&Content) -> bool) -> Option<&Line> {
        let fits = |item: &&Line| match &item.body {
            LineBody::Theirs { content, .. } => is(content),
            _ => false,
        };
        let lines = &self.phone.chat.lines;
        let selected = self.phone.chat.selected.and_then(|id| lines.get(id));
        selected.filter(fits).or_else(|| {
            let newest = lines.last().and_then(|place| lines.at(place));
            let up = |item: &&Line| lines.before(item.place);
            std::iter::successors(newest, up).find(fits)
        })
    }

    fn mark(&mut self, argument: &str) -> Result<(), String> {
        let (status, metadata) = arguments::mark(argument)?;
        let item = self.meant(|_| true).map(|item| item.id);
        let item = item.ok_or("nobody else has written anything yet")?;
        self.send(Act::Mark {
            item,
            status,
            metadata,
        });
        Ok(())
    }

    /// Fetches the file of the selected bubble, or the newest file of the other side; of a selected
    /// card the pictures that could not be had.
    pub(crate) fn fetch(&mut self) {
        if let Some(card) = self.phone.chat.selected
            && self.fetch_pictures_again(card)
        {
            return;
        }
        let file = self.meant(|content| matches!(content, Content::File(_)));
        match file.map(|item| item.id) {
            Some(item) => self.commands.push(Command::Fetch(item)),
            None => self.tell(Severity::Info, "there is no file to fetch", "", ""),
        }
    }

    /// Tells whether it was settled, with the stars given before: a rating takes the place of the
    /// earlier one.
    fn settle(&mut self, rating: Rating) {
        let told = self
            .phone
            .details
            .as_deref()
            .and_then(|details| details.csat.as_ref());
        let stars = told.and_then(|csat| csat["csatRate"].as_u64());
        let csat = stars
            .and_then(|stars| u8::try_from(stars).ok())
            .filter(|stars| *stars > 0);
        self.send(Act::Rate(Rating { csat, ..rating }));
    }

    /// Says again, in a new conversation, what was said up to the selected bubble.
    pub(crate) fn replay(&mut self) -> Result<(), String> {
        let chosen = self
            .phone
            .chat
            .selected
            .and_then(|id| self.phone.chat.lines.get(id));
        let item = chosen
            .filter(|item| matches!(item.body, LineBody::Mine { .. }))
            .map(|item| item.id)
            .ok_or("select the bubble of the consumer's that is to be said last")?;
        if let Some(past) = self.phone.past() {
            let (id, name) = (past.phone, past.consumer.clone());
            if !self.tabs.contains(&id) {
                return Err(format!("hand {name} a phone first"));
            }
            // Said again where it can be heard: on the consumer's own phone.
            self.leave_past();
            self.bring(id);
        }
        self.send(Act::Replay(item));
        Ok(())
    }

    /// Opens the editor of requests: as it was left, or with the template asked for. When it lies
    /// on top and nothing is asked for, it is closed.
    pub(crate) fn open_raw(&mut self, kind: Option<by_hand::RequestKind>) {
        let is_raw = |popup: &Popup| matches!(popup, Popup::Raw(_));
        if kind.is_none() && self.popups.last().is_some_and(is_raw) {
            return self.close_popup();
        }
        if let Some(at) = self.popups.iter().position(is_raw)
            && let Popup::Raw(raw) = self.popups.remove(at)
        {
            self.keep_raw(raw.draft);
        }
        let Some(phone) = self.phone.id() else {
            let key = self.ui.shown(Action::Back);
            let hint = format!("{key} goes back to the phone");
            return self.tell(Severity::Info, "nothing is sent into the past", "", &hint);
        };
        let sequence = self.meant(|_| true).and_then(|item| match &item.body {
            LineBody::Theirs { sequence, .. } => Some(*sequence),
            _ => None,
        });
        let persona = self.phone.persona.as_deref();
        let head = self.phone.head.as_ref();
        let facts = by_hand::Facts::of(
            &self.account,
            persona.map_or_else(Default::default, |persona| persona.opening.clone()),
            head.and_then(|head| head.conversation.as_ref()),
            self.phone.details.as_deref(),
            sequence,
        );
        let left = self.phone.raw.take();
        let draft = if let Some(mut draft) = left.filter(|draft| draft.goes_on(&facts)) {
            draft.facts = facts;
            if let Some(kind) = kind {
                draft.turn_to(kind);
            }
            draft
        } else {
            let kind = kind.unwrap_or(by_hand::RequestKind::Text);
            Box::new(by_hand::Draft::new(kind, phone, facts))
        };
        self.popups.push(Popup::Raw(Box::new(Raw { draft })));
    }

    /// Keeps what was written by hand, for the next time the editor is opened.
    pub(crate) fn keep_raw(&mut self, draft: Box<by_hand::Draft>) {
        if let Some(phone) = self.phone_of(draft.phone) {
            phone.raw = draft.is_written().then_some(draft);
        }
    }

    /// Sends what stands in the editor of requests, as it stands.
    pub(crate) fn send_raw(&mut self) {
        let Some(Popup::Raw(raw)) = self.popups.pop_if(|top| matches!(top, Popup::Raw(_))) else {
            return;
        };
        let mut draft = raw.draft;
        self.commands.push(Command::Raw {
            phone: draft.phone,
            endpoint: draft.kind.endpoint(),
            body: draft.field.text().to_owned(),
        });
        draft.sent = true;
        self.keep_raw(draft);
        let key = self.ui.shown(Action::Raw);
        self.tell(
            Severity::Info,
            "the request is on its way",
            "",
            &format!("the wire shows what comes of it; {key} brings the request back"),
        );
    }
}

/// The position a switch is to have.
fn switch(argument: &str, now: bool) -> Result<bool, String> {
    match argument {
        "" => Ok(!now),
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("it takes on, off or nothing, which turns it the other way round".to_owned()),
    }
}
