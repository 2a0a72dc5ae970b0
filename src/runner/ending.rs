//! The end of a scene: whatever became of it, no conversation that it opened stays open, its agents are
//! logged out, its tasks are over. What a person has lent goes on.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::timeout};

use crate::{
    domain::{
        conversation::event::Act,
        ids::{ConversationId, PhoneId},
        wire::outbound::EndField,
        workspace,
    },
    engine::command::Command,
    runner::{
        hub::{Hub, HubState},
        log::{Moment, situations},
        play::Player,
        scene::SceneStage,
    },
};

/// How long the conversations of a scene may take to be ended in a sandbox of its own.
const ENDED: Duration = Duration::from_secs(5);
/// The same in a cloud that is far away.
const ENDED_FAR: Duration = Duration::from_secs(20);
/// How long a phone may take to go back to a conversation; to one that is closed it does not.
const WENT_BACK: Duration = Duration::from_secs(3);
/// How long the last word to an agent session or the engine may wait.
const QUIT: Duration = Duration::from_secs(5);
/// How long engine and agent sessions may take to end.
const GONE: Duration = Duration::from_secs(8);

impl SceneStage<'_> {
    /// Ends what is open of the scene's conversations, and what is just being opened. Gives what
    /// could not be ended in time, in words. On phones that a person has lent the person goes on.
    pub(super) async fn end_conversations(&mut self) -> Option<String> {
        if self.lent.is_some() {
            return None;
        }
        let hub = Arc::clone(&self.performance.hub);
        let until = hub.now() + if self.is_own { ENDED } else { ENDED_FAR };
        // Where a conversation is just being opened its id is needed to end it.
        let consumers = &self.consumers;
        let settled = |known: &mut HubState, _| {
            let mut phones = consumers.iter().filter_map(|name| known.phones.get(name));
            let is_opening = phones.any(|phone| phone.is_opening);
            (known.is_over || !is_opening).then_some(())
        };
        hub.wait(until, settled).await;
        let mut left = Vec::new();
        for name in self.consumers.clone() {
            let mut seen = BTreeSet::new();
            loop {
                let open = open_conversation(&hub.known(), &name, &seen);
                let Some(id) = open else { break };
                seen.insert(id.clone());
                let flies = |known: &HubState| {
                    let phone = known.phones.get(&name);
                    phone.is_some_and(|one| one.switches.flight)
                };
                if flies(&hub.known()) {
                    // What comes now comes because the scene is over.
                    self.performance.missed = None;
                }
                if !self.end_one(&hub, &name, &id, until).await {
                    left.push(id.to_string());
                }
            }
        }
        if left.is_empty() || hub.known().is_over {
            return None;
        }
        Some(format!(
            "the conversation {} was not ended in time and may still be open",
            left.join(", ")
        ))
    }

    /// Ends one conversation of a consumer; whether it is ended.
    async fn end_one(&self, hub: &Hub, name: &str, id: &ConversationId, until: Moment) -> bool {
        let Some(phone) = self.open_phone(hub, name, until).await else {
            return false;
        };
        self.act(phone, Act::Flight(false), (hub, until)).await;
        loop {
            if !is_current(&hub.known(), name, id) {
                self.act(phone, Act::GoBack(Some(id.clone())), (hub, until))
                    .await;
                let went = hub.wait(until.min(hub.now() + WENT_BACK), |known, _| {
                    is_current(known, name, id).then_some(())
                });
                if went.await.is_none() {
                    // It was closed while the consumer talked in another one, or the time is over.
                    return hub.now() < until;
                }
            }
            self.act(phone, Act::End(EndField::State), (hub, until))
                .await;
            let ended = hub.wait(until, |known, _| {
                let is_ended = known.is_over || !is_open(known, name, id);
                // Another one may have been on its way, which the phone ends then.
                (is_ended || !is_current(known, name, id)).then_some(is_ended)
            });
            match ended.await {
                Some(true) => return true,
                Some(false) => {}
                None => return false,
            }
        }
    }

    /// The phone of a consumer; one that was closed is opened again.
    async fn open_phone(&self, hub: &Hub, name: &str, until: Moment) -> Option<PhoneId> {
        let known = hub.known().phones.get(name).map(|one| one.phone);
        if known.is_some() {
            return known;
        }
        let persona = Box::new(self.personas.get(name)?.clone());
        self.command(Command::Open(persona), (hub, until)).await;
        let is_there = |known: &mut HubState, _| known.phones.get(name).map(|one| one.phone);
        hub.wait(until, is_there).await
    }

    async fn act(&self, phone: PhoneId, act: Act, limit: (&Hub, Moment)) {
        self.command(Command::Act { phone, act }, limit).await;
    }

    async fn command(&self, command: Command, (hub, until): (&Hub, Moment)) {
        let sent = self.performance.commands.send(command);
        // Gone: then nothing can be ended any more.
        let _ = timeout(until.saturating_sub(hub.now()), sent).await;
    }

    /// Logs agents out, and ends the engine where it is the scene's own.
    pub(super) async fn leave(&mut self) {
        let players = std::mem::take(&mut self.performance.players);
        for player in players.values() {
            if let Player::Agent { commands } = player {
                let quit = commands.send(workspace::command::Command::Quit);
                let _ = timeout(QUIT, quit).await;
            }
        }
        drop(players);
        if self.engine.is_some() {
            let _ = timeout(QUIT, self.performance.commands.send(Command::Quit)).await;
        }
        let tasks = self.sessions.drain(..).map(|(_, task)| task);
        for task in tasks.collect::<Vec<_>>() {
            end(task).await;
        }
        match self.engine.take() {
            Some(engine) => {
                end(engine).await;
                end(std::mem::replace(&mut self.reading, tokio::spawn(async {}))).await;
            }
            // That engine goes on, and tells others.
            None => self.reading.abort(),
        }
    }
}

/// A conversation of this consumer that is open and was not seen to yet; the latest one first.
fn open_conversation(
    known: &HubState,
    name: &str,
    seen: &BTreeSet<ConversationId>,
) -> Option<ConversationId> {
    let log = known.logs.get(name)?;
    let mut told = BTreeSet::new();
    let latest = situations(log.all().rev())
        .map(|(_, situation)| situation)
        .filter(|one| told.insert(&one.conversation));
    let mut open = latest.filter(|one| one.is_open && !seen.contains(&one.conversation));
    open.next().map(|one| one.conversation.clone())
}

/// Whether the consumer's phone talks in this conversation.
fn is_current(known: &HubState, name: &str, id: &ConversationId) -> bool {
    let situation = known.logs.get(name).and_then(|log| log.situation());
    situation.is_some_and(|(_, current)| current.conversation == *id)
}

/// Whether a conversation is open as far as the consumer's phone knows.
fn is_open(known: &HubState, name: &str, id: &ConversationId) -> bool {
    let log = known.logs.get(name);
    log.is_some_and(|log| {
        let mut all = situations(log.all().rev());
        all.find(|(_, one)| one.conversation == *id)
            .is_some_and(|(_, one)| one.is_open)
    })
}

/// Waits for a task to end, and ends it when it does not.
async fn end(task: JoinHandle<()>) {
    let abort = task.abort_handle();
    if timeout(GONE, task).await.is_err() {
        abort.abort();
        tracing::warn!("a task of a scene did not end in time");
    }
}
