//! What a played consumer says and does: the acts of a person at the phone.

use std::time::Duration;

use crate::{
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        wire::outbound::{AcceptStatus, Rating},
    },
    engine::command::{Command, Endpoint},
    media::attach,
    report::outcome::{Failure, FailureKind},
    runner::{
        hub::HubState,
        log::{PersonLog, What},
        play::{DEED, Halt, Performance, Player},
    },
    scenario::script::{Deed, ScriptStep, Template},
};

/// The longest wait for the request of an act, where nothing else tells that it is done.
const REQUESTED: Duration = Duration::from_secs(5);
/// How often the consumer's writing is told while a text is being typed.
const KEYS: Duration = Duration::from_secs(1);

impl Performance<'_> {
    /// A line of somebody who is played.
    pub(super) async fn say(
        &mut self,
        step: &ScriptStep,
        name: &str,
        text: &str,
        may_fail: bool,
    ) -> Result<(), Halt> {
        match self.players.get(name) {
            Some(Player::Agent { .. }) => self.agent_says(step, name, text, false).await,
            _ => self.consumer_says(step, name, text, may_fail).await,
        }
    }

    /// A deed of somebody who is played.
    pub(super) async fn deed(
        &mut self,
        step: &ScriptStep,
        name: &str,
        deed: &Deed,
    ) -> Result<(), Halt> {
        match self.players.get(name) {
            Some(Player::Agent { .. }) => self.agent_does(step, name, deed).await,
            _ => self.consumer_does(step, name, deed).await,
        }
    }

    /// The name of a played person's log.
    pub(super) fn log_of(&self, name: &str) -> Option<String> {
        match self.players.get(name)? {
            Player::Consumer { log, .. } => Some(log.clone()),
            Player::Agent { .. } => Some(name.to_owned()),
        }
    }

    /// The log and the phone of a consumer, whose turn it is from now on.
    pub(super) fn turn_of(
        &mut self,
        step: &ScriptStep,
        name: &str,
    ) -> Result<(String, PhoneId), Halt> {
        let log = self.log_of(name);
        let log = log.ok_or_else(|| self.wrong(step, &format!("{name} is not played")))?;
        let phone = self.hub.known().phones.get(&log).map(|state| state.phone);
        let phone = phone.ok_or_else(|| {
            self.wrong(
                step,
                &format!("{name} has closed the phone, and it stays closed"),
            )
        })?;
        self.focus.clone_from(&log);
        Ok((log, phone))
    }

    pub(super) async fn act(&self, phone: PhoneId, act: Act) -> Result<(), Halt> {
        self.command(Command::Act { phone, act }).await
    }

    pub(super) async fn command(&self, command: Command) -> Result<(), Halt> {
        let sent = tokio::time::timeout(DEED, self.commands.send(command)).await;
        match sent {
            Ok(true) => Ok(()),
            _ => Err(Halt::Error {
                why: "the engine of the phones takes no commands any more".to_owned(),
                is_internal: true,
            }),
        }
    }

    async fn consumer_says(
        &mut self,
        step: &ScriptStep,
        name: &str,
        text: &str,
        may_fail: bool,
    ) -> Result<(), Halt> {
        let (log, phone) = self.turn_of(step, name)?;
        self.begin_deed();
        let after = self.newest_own(&log);
        self.act(phone, Act::Typed { standing: true }).await?;
        self.act(phone, Act::submit(text)).await?;
        self.sent(step, &log, after, may_fail).await
    }

    /// What a deed sets off did not come.
    pub(super) fn undone(&self, step: &ScriptStep, what: &str, within: Duration) -> Halt {
        let line = step.place.line;
        let within = super::arming::span_words(within);
        let trouble = self.trouble();
        let mut message = format!("late: {what} within {within}");
        if let Some(trouble) = &trouble {
            message = format!("{message}: {trouble}");
        }
        Halt::Failed(Box::new(Failure {
            kind: FailureKind::Late,
            message: self.values.mask(&format!("{message} (line {line})")),
            file: self.other_file(step.place),
            line,
            deadline_line: None,
            expected: step.source.clone(),
            was: trouble.into_iter().collect(),
            late_by_ms: None,
            hops: Vec::new(),
        }))
    }

    /// What did not work since the deed began.
    pub(super) fn trouble(&self) -> Option<String> {
        let known = self.hub.known();
        let mut all = known
            .logs
            .values()
            .flat_map(|log| log.since(self.anchor.began));
        all.find_map(|one| match &one.what {
            What::Trouble(words) => Some(self.values.mask(words)),
            _ => None,
        })
    }

    async fn consumer_does(
        &mut self,
        step: &ScriptStep,
        name: &str,
        deed: &Deed,
    ) -> Result<(), Halt> {
        let (log, phone) = self.turn_of(step, name)?;
        self.begin_deed();
        match deed {
            Deed::Opens => {
                let talks_in = |log: &PersonLog| {
                    let situation = log.situation();
                    situation.map(|(_, one)| (one.conversation.clone(), one.is_open))
                };
                let before = self.hub.known().logs.get(&log).and_then(talks_in);
                let before = before.map(|(id, _)| id);
                self.act(phone, Act::New).await?;
                let is_open = |log: &PersonLog| {
                    let current = talks_in(log);
                    current.is_some_and(|(id, is_open)| is_open && Some(id) != before)
                };
                self.see(step, &log, "no conversation was opened", is_open)
                    .await
            }
            Deed::Types(span) => self.consumer_types(phone, *span).await,
            Deed::Sends { file, caption } => {
                self.send_file(step, &log, phone, (file, caption.as_ref()))
                    .await
            }
            Deed::Taps(element) => {
                let element = self.element(element, step)?;
                self.tap(step, name, phone, &element).await
            }
            Deed::Picks { value, within } => {
                let value = self.fill(value, step)?;
                let element = self.element(within, step)?;
                self.pick(step, name, phone, (&value, &element)).await
            }
            Deed::Looks(_) | Deed::Pockets(_) | Deed::GoesOnline(_) => {
                self.switch(step, &log, phone, deed).await
            }
            Deed::Marks(status) => self.mark_last(step, &log, phone, *status).await,
            Deed::Tells(_) | Deed::Rates { .. } | Deed::Asks { .. } => {
                self.request(step, &log, phone, deed).await
            }
            Deed::Closes { .. } => {
                let was_open = self.is_main_open(&log);
                self.act(phone, Act::Close).await?;
                let what = "the conversation was not closed";
                let is_closed = |log: &PersonLog| {
                    let situation = log.situation();
                    situation.is_some_and(|(_, one)| {
                        if was_open {
                            !one.is_main_open
                        } else {
                            !one.is_open
                        }
                    })
                };
                self.see(step, &log, what, is_closed).await
            }
            Deed::Ends(field) => {
                self.act(phone, Act::End(*field)).await?;
                let is_over = |log: &PersonLog| {
                    let situation = log.situation();
                    situation.is_some_and(|(_, one)| !one.is_open)
                };
                self.see(step, &log, "the conversation was not ended", is_over)
                    .await
            }
            Deed::SendsRaw {
                to_conversation,
                body,
            } => {
                let body = self.fill(body, step)?;
                let endpoint = if *to_conversation {
                    Endpoint::Conversation
                } else {
                    Endpoint::Send
                };
                self.command(Command::Raw {
                    phone,
                    endpoint,
                    body,
                })
                .await?;
                self.requested(&log).await
            }
            Deed::Leaves => {
                self.command(Command::Close(phone)).await?;
                let closed =
                    |known: &mut HubState, _| (!known.phones.contains_key(&log)).then_some(());
                let until = self.hub.now() + DEED;
                let closed = self.until(until, closed).await?;
                closed.ok_or_else(|| self.undone(step, "the phone was not closed", DEED))?;
                self.end_deed();
                Ok(())
            }
            _ => Err(self.wrong(step, "this is no deed of a consumer")),
        }
    }

    /// Switches something of the phone.
    async fn switch(
        &mut self,
        step: &ScriptStep,
        log: &str,
        phone: PhoneId,
        deed: &Deed,
    ) -> Result<(), Halt> {
        match deed {
            Deed::Looks(looks) => {
                self.act(phone, Act::Looked(*looks)).await?;
                self.end_deed();
                Ok(())
            }
            Deed::Pockets(on) => {
                self.act(phone, Act::Pocket(*on)).await?;
                self.switched(step, log, |state| state.pocket == *on).await
            }
            Deed::GoesOnline(online) => {
                self.act(phone, Act::Flight(!online)).await?;
                self.switched(step, log, |state| state.flight != *online)
                    .await
            }
            _ => Err(self.wrong(step, "this is no switch of a phone")),
        }
    }

    /// Asks the cloud for something of which only the request is seen.
    async fn request(
        &mut self,
        step: &ScriptStep,
        log: &str,
        phone: PhoneId,
        deed: &Deed,
    ) -> Result<(), Halt> {
        let act = match deed {
            Deed::Tells(state) => Act::Tell(*state),
            Deed::Rates { stars, is_resolved } => Act::Rate(Rating {
                csat: Some(*stars),
                resolved: *is_resolved,
            }),
            Deed::Asks { ttr, span } => Act::ChangeTtr {
                ttr: *ttr,
                value: span.map(|span| span.as_secs()),
            },
            _ => return Err(self.wrong(step, "this asks the cloud for nothing")),
        };
        self.act(phone, act).await?;
        self.requested(log).await
    }

    fn is_main_open(&self, log: &str) -> bool {
        let known = self.hub.known();
        let log = known.logs.get(log);
        log.and_then(PersonLog::situation)
            .is_some_and(|(_, one)| one.is_main_open)
    }

    /// Waits until a log shows what a deed sets off.
    pub(super) async fn see(
        &mut self,
        step: &ScriptStep,
        log: &str,
        what: &str,
        is_so: impl Fn(&PersonLog) -> bool,
    ) -> Result<(), Halt> {
        let until = self.hub.now() + DEED;
        let seen = self.until(until, |known, _| {
            known.logs.get(log).is_some_and(&is_so).then_some(())
        });
        seen.await?.ok_or_else(|| self.undone(step, what, DEED))?;
        self.end_deed();
        Ok(())
    }

    async fn switched(
        &mut self,
        step: &ScriptStep,
        log: &str,
        is_so: impl Fn(&crate::engine::update::Switches) -> bool,
    ) -> Result<(), Halt> {
        let until = self.hub.now() + DEED;
        let seen = self.until(until, |known, _| {
            let state = known.phones.get(log);
            state
                .is_some_and(|state| is_so(&state.switches))
                .then_some(())
        });
        seen.await?
            .ok_or_else(|| self.undone(step, "the phone did not do it", DEED))?;
        self.end_deed();
        Ok(())
    }

    /// Waits until a request that the deed made was answered; some make none.
    pub(super) async fn requested(&mut self, log: &str) -> Result<(), Halt> {
        let (began, until) = (self.anchor.began, self.hub.now() + REQUESTED);
        let answered = self.until(until, |known, _| {
            let mut since = known.logs.get(log)?.since(began);
            since.find_map(|one| matches!(one.what, What::Call(_)).then_some(one.at))
        });
        match answered.await? {
            Some(at) => self.anchor.at = at,
            None => self.end_deed(),
        }
        Ok(())
    }

    async fn consumer_types(&mut self, phone: PhoneId, span: Duration) -> Result<(), Halt> {
        let end = self.hub.now() + span;
        loop {
            self.act(phone, Act::Typed { standing: true }).await?;
            let until = end.min(self.hub.now() + KEYS);
            self.until(until, |_, _| None::<()>).await?;
            if self.hub.now() >= end {
                self.end_deed();
                return Ok(());
            }
        }
    }

    async fn send_file(
        &mut self,
        step: &ScriptStep,
        log: &str,
        phone: PhoneId,
        (file, caption): (&Template, Option<&Template>),
    ) -> Result<(), Halt> {
        let path = self.path_beside(file, step)?;
        let caption = match caption {
            Some(caption) => self.fill(caption, step)?,
            None => String::new(),
        };
        let after = self.newest_own(log);
        let prepared = tokio::task::spawn_blocking(move || attach::prepare(&path, &caption));
        let prepared = match prepared.await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(error)) => return Err(self.wrong(step, &error.to_string())),
            Err(_) => return Err(self.wrong(step, "looking at the file broke off")),
        };
        let attachment = Box::new(prepared.attachment);
        self.act(phone, Act::Attach(attachment)).await?;
        self.sent(step, log, after, false).await
    }

    async fn mark_last(
        &mut self,
        step: &ScriptStep,
        log: &str,
        phone: PhoneId,
        status: AcceptStatus,
    ) -> Result<(), Halt> {
        let last = {
            let known = self.hub.known();
            let last = known
                .logs
                .get(log)
                .and_then(|log| log.messages().next_back());
            last.map(|(_, message)| message.line)
        };
        let number = last.ok_or_else(|| self.wrong(step, "there is no message to mark"))?;
        let item = ItemId {
            phone: Some(phone),
            number,
        };
        self.act(
            phone,
            Act::Mark {
                item,
                status,
                metadata: None,
            },
        )
        .await?;
        self.requested(log).await
    }
}
