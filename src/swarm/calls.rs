//! Calls of a swarm: counted when they end, and told to the consumer who made them.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    domain::{
        exchange::{Exchange, Outcome},
        retry::Problem,
    },
    swarm::{
        consumer::{play::SwarmShared, router::Delivery},
        measure::SwarmCount,
    },
};

/// Counts the calls that were made, and tells them to those who made them.
pub(crate) async fn read_calls(shared: Arc<SwarmShared>, mut exchanges: mpsc::Receiver<Exchange>) {
    let abandoned = Problem::Cancelled.to_string();
    while let Some(exchange) = exchanges.recv().await {
        let Some(outcome) = &exchange.outcome else {
            continue;
        };
        let mut wants_pause = false;
        let status = match outcome {
            Outcome::Answered {
                status, headers, ..
            } => {
                wants_pause = headers.iter().any(|(name, _)| name == "retry-after");
                status.to_string()
            }
            Outcome::Failed { reason, .. } if reason.contains("within") => "time-out".to_owned(),
            Outcome::Failed { reason, .. } if *reason == abandoned => "abandoned".to_owned(),
            Outcome::Failed { .. } => "no answer".to_owned(),
        };
        {
            let length = u64::try_from(exchange.body.len()).unwrap_or(u64::MAX);
            let is_token = matches!(exchange.purpose.as_str(), "AppJWT" | "ConsumerJWS");
            let mut measures = shared.recorder.measures();
            // Without the numbers of the messages that a receipt is about.
            let purpose = exchange.purpose.split(" [").next().unwrap_or_default();
            measures.calls.add(purpose, &status);
            measures.count(0, SwarmCount::BytesOut, length);
            for (is_so, counted) in [
                (exchange.attempt > 1, SwarmCount::Retried),
                (wants_pause, SwarmCount::RetryAfter),
                (is_token, SwarmCount::Tokens),
            ] {
                measures.count(0, counted, u64::from(is_so));
            }
        }
        let Some(phone) = exchange.phone else {
            continue;
        };
        // Who has gone, or has no room, does without it: the call itself is done.
        let _ = shared
            .router
            .send(phone, Delivery::Call(Box::new(exchange)));
    }
}
