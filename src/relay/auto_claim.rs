//! Claims the relay makes for devices, and gives up for them: where one device alone plays a
//! consumer, the consumer's conversations are its.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        ids::{AccountId, ParticipantId},
        relay::Claim,
    },
    relay::{
        backend::{Backend, ClaimKind, Device, Error, Which},
        hub::{Errand, Hub, What},
    },
};

/// Claims made at the same time.
const AT_ONCE: usize = 32;
/// Pause before a claim is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// Time for a claim to be told by the state.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
/// Events looked at in one go.
const PAGE: usize = 256;

/// Makes claims as they come, until the relay ends; those that cannot be kept now are tried
/// again.
pub(crate) async fn run(
    hub: Arc<Hub>,
    backend: Arc<dyn Backend>,
    mut errands: mpsc::Receiver<Errand>,
    stop: CancellationToken,
) {
    let mut making = FuturesUnordered::new();
    loop {
        let (busy, room) = (!making.is_empty(), making.len() < AT_ONCE);
        tokio::select! {
            () = stop.cancelled() => return,
            Some(()) = making.next(), if busy => {}
            errand = errands.recv(), if room => match errand {
                Some(errand) => making.push(run_one(Arc::clone(&hub), Arc::clone(&backend), errand)),
                None => return,
            },
        }
    }
}

async fn run_one(hub: Arc<Hub>, backend: Arc<dyn Backend>, errand: Errand) {
    let Errand {
        account,
        device,
        what,
    } = &errand;
    loop {
        let done = match what {
            // Somebody may have claimed it meanwhile, which is told too.
            What::ClaimConversation(id) => {
                let claim = Claim::Conversation(id.clone());
                let claimed = backend.claim(account, &claim, device, ClaimKind::Provisional);
                claimed.await.map(drop)
            }
            What::Release(claim) => backend.release(account, claim, device).await,
        };
        match done {
            Ok(()) | Err(Error::Closed { .. }) => return,
            Err(cause @ (Error::Unavailable { .. } | Error::Full { .. })) => {
                tracing::warn!("{cause}");
                sleep(AGAIN).await;
            }
            Err(cause @ Error::Lasting { .. }) => {
                tracing::error!(%cause, "a claim stays as it is");
                if let What::ClaimConversation(conversation) = what {
                    hub.unclaimable(account, conversation);
                }
                return;
            }
        }
    }
}

/// A device plays a consumer from now on: claims the consumer's conversations that wait
/// unclaimed, if it is the only one that does.
pub(crate) async fn claim_waiting(
    hub: &Hub,
    backend: &dyn Backend,
    account: &AccountId,
    consumer: &ParticipantId,
    device: &Device,
) -> Result<(), Error> {
    // Whatever is told after the claim is claimed by itself; whatever was told before it is
    // in the log by then.
    let claim = Claim::Consumer(consumer.clone());
    let told = hub.until_told(account, &claim, device);
    timeout(TOLD_WITHIN, told)
        .await
        .map_err(|_| Error::Unavailable {
            what: "claim a consumer".to_owned(),
            why: "the state does not tell what changes".to_owned(),
        })?;
    let which = Which::Consumer(consumer.clone());
    let (mut after, mut seen) = (0, HashSet::new());
    loop {
        let page = backend.read(account, &which, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        for kept in page {
            let Some(conversation) = kept.event.conversation else {
                continue;
            };
            if !seen.insert(conversation.clone()) {
                continue;
            }
            if let Some(device) = hub.sole_player(account, &conversation, consumer) {
                let claim = Claim::Conversation(conversation);
                let claimed = backend.claim(account, &claim, &device, ClaimKind::Provisional);
                claimed.await?;
            }
        }
    }
}
