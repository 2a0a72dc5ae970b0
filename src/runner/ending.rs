//! The end of a scene: its conversations are ended, its agents logged out, its tasks over. What a
//! person has lent goes on.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use crate::{
    domain::{conversation::event::Act, wire::outbound::EndField, workspace},
    engine::command::Command,
    runner::{play::Player, scene::SceneStage},
};

/// How long the conversations of a scene may take to be ended.
const ENDED: Duration = Duration::from_secs(5);
/// How long engine and agent sessions may take to end.
const GONE: Duration = Duration::from_secs(8);

impl SceneStage<'_> {
    /// Ends what is open of the scene's conversations.
    pub(super) async fn end_conversations(&mut self) {
        if self.lent.is_some() {
            // The person goes on in them.
            return;
        }
        let hub = Arc::clone(&self.performance.hub);
        let mut open = Vec::new();
        for name in &self.consumers {
            let phone = {
                let known = hub.known();
                let log = known.logs.get(name);
                let is_open = log
                    .and_then(|log| log.situation())
                    .is_some_and(|(_, one)| one.is_open);
                let phone = known.phones.get(name).map(|one| one.phone);
                phone.filter(|_| is_open)
            };
            let Some(phone) = phone else { continue };
            for act in [Act::Flight(false), Act::End(EndField::State)] {
                let sent = self.performance.commands.send(Command::Act { phone, act });
                // Gone: then nothing can be ended any more.
                let _ = timeout(ENDED, sent).await;
            }
            open.push(name.clone());
        }
        let until = hub.now() + ENDED;
        let ended = hub.wait(until, |known, _| {
            let is_over = |name: &String| {
                let log = known.logs.get(name);
                log.and_then(|log| log.situation())
                    .is_none_or(|(_, one)| !one.is_open)
            };
            (open.iter().all(is_over) || known.is_over).then_some(())
        });
        if ended.await.is_none() {
            tracing::warn!("a conversation of a scene was not ended in time");
        }
    }

    /// Logs agents out, and ends the engine where it is the scene's own.
    pub(super) async fn leave(&mut self) {
        let players = std::mem::take(&mut self.performance.players);
        for player in players.values() {
            if let Player::Agent { commands } = player {
                let quit = commands.send(workspace::command::Command::Quit);
                let _ = timeout(ENDED, quit).await;
            }
        }
        drop(players);
        let (closed, _) = mpsc::channel(1);
        let commands = std::mem::replace(&mut self.performance.commands, closed);
        if self.engine.is_some() {
            let _ = timeout(ENDED, commands.send(Command::Quit)).await;
        }
        drop(commands);
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

/// Waits for a task to end, and ends it when it does not.
async fn end(task: JoinHandle<()>) {
    let abort = task.abort_handle();
    if timeout(GONE, task).await.is_err() {
        abort.abort();
        tracing::warn!("a task of a scene did not end in time");
    }
}
