//! The claims of a link: judged as they come, made a few at a time, each answered.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::time::{sleep, timeout};

use crate::{
    domain::{
        ids::AccountId,
        relay::{Claim, Down, Role},
    },
    relay::{
        auto_claim,
        backend::{ClaimKind, Device, Error},
        link::{Dependencies, ending::Ending, session::Task},
        ticket::Claims,
    },
};

/// Pause after the state could not be reached.
const AGAIN: Duration = Duration::from_secs(1);
/// Claims of a link that are made at the same time.
const AT_ONCE: usize = 32;
/// Claims that wait behind those; one more ends the link.
const WAITING: usize = 4096;
/// Longer ids are nobody's.
const LONGEST_ID: usize = 256;

/// The claims of one link.
pub(super) struct Claiming {
    account: AccountId,
    role: Role,
    device: Device,
    dependencies: Dependencies,
    making: FuturesUnordered<Task<Down>>,
    waiting: VecDeque<Claim>,
}

impl Claiming {
    pub(super) fn new(ticket: &Claims, device: &Device, dependencies: Dependencies) -> Self {
        Self {
            account: ticket.account.clone(),
            role: ticket.role,
            device: device.clone(),
            dependencies,
            making: FuturesUnordered::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Takes a claim; gives the answer where it is refused at once. Too many that wait are a
    /// flood.
    pub(super) fn take(&mut self, claim: Claim) -> Result<Option<Down>, Ending> {
        if let Some(reason) = self.refusal(&claim) {
            return Ok(Some(Down::Refused { claim, reason }));
        }
        if self.waiting.len() == WAITING {
            return Err(Ending::Flood);
        }
        // One that stands is claimed all the same: it may only have been provisional, and what is
        // used is not forgotten.
        self.waiting.push_back(claim);
        self.go_on();
        Ok(None)
    }

    /// The next answer; without any claim this never ends. Safe to cancel.
    pub(super) async fn answer(&mut self) -> Down {
        match self.making.next().await {
            Some(answer) => {
                self.go_on();
                answer
            }
            None => std::future::pending().await,
        }
    }

    fn refusal(&self, claim: &Claim) -> Option<String> {
        if self.role == Role::Observer {
            return Some("an observer's ticket claims nothing; ask for a tester's".to_owned());
        }
        let id = match claim {
            Claim::Conversation(id) => id.as_str(),
            Claim::Consumer(id) => id.as_str(),
        };
        (!(1..=LONGEST_ID).contains(&id.len()))
            .then(|| format!("an id has 1 to {LONGEST_ID} bytes"))
    }

    fn go_on(&mut self) {
        while self.making.len() < AT_ONCE
            && let Some(claim) = self.waiting.pop_front()
        {
            let (account, device) = (self.account.clone(), self.device.clone());
            let making = make(self.dependencies.clone(), account, device, claim);
            self.making.push(Box::pin(making));
        }
    }
}

/// Makes a claim, however long the state cannot be reached, and gives the answer to it.
async fn make(
    dependencies: Dependencies,
    account: AccountId,
    device: Device,
    claim: Claim,
) -> Down {
    let backend = Arc::clone(&dependencies.backend);
    loop {
        let kept = async {
            let holder = backend
                .claim(&account, &claim, &device, ClaimKind::Made)
                .await?;
            if let Claim::Consumer(consumer) = &claim {
                auto_claim::claim_waiting(
                    &dependencies.hub,
                    &*backend,
                    &account,
                    consumer,
                    &device,
                )
                .await?;
            }
            Ok::<_, Error>(holder)
        };
        match kept.await {
            Ok(holder) if holder == device => {
                // A claim that was one too many may be on its way out of the state; then it was
                // not new to the state just now, and is not told.
                let told = dependencies.hub.until_claimed(&account, &claim, &device);
                if timeout(AGAIN, told).await.is_ok() {
                    return Down::Claimed { claim };
                }
            }
            Ok(holder) => {
                let reason = format!("it is held by a device of {}", holder.name);
                return Down::Refused { claim, reason };
            }
            Err(cause @ Error::Lasting { .. }) => {
                let reason = cause.to_string();
                return Down::Refused { claim, reason };
            }
            // It ends with the link.
            Err(cause) => {
                tracing::warn!(%cause, "a claim waits");
                sleep(AGAIN).await;
            }
        }
    }
}
