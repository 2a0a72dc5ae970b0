//! One consumer of a swarm: the phone of the engine without a journal, played by the runner.
//!
//! `router` brings webhooks to the consumer they are for, `phone` is the task of one phone, [`watch`]
//! measures what it sees, `play` plays one arrival from its begin to the last echo. What the phone
//! does is the conversation's, what the person does the scenario's: nothing of either is here.

pub(crate) mod phone;
pub(crate) mod play;
pub(crate) mod router;
pub(crate) mod watch;
