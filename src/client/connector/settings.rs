//! What a client is told: once, and with every call.

use std::time::Duration;

use url::Url;

use crate::{
    domain::{
        exchange::Cause,
        ids::{AccountId, ClientId, ConversationId, ExtConsumerId, PhoneId},
        secret::Secret,
        wire::properties::ClientProperties,
    },
    rt::{tls::Trust, world_clock::WorldClock},
};

/// Everything a client must know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where domains are looked up, for example `https://api.liveperson.net`. Plain http is
    /// taken on this machine alone, and then the services must be on it too.
    pub csds: Url,
    /// The account.
    pub account: AccountId,
    /// The app install.
    pub client: ClientId,
    /// The app install's secret.
    pub secret: Secret,
    /// Whom to believe over TLS besides the platform's roots.
    pub trust: Trust,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest a request may take, connection and answer included.
    pub timeout: Duration,
    /// How long a call for an address or a token goes on trying.
    pub patience: Duration,
    /// How long an address is kept at least, even when nothing answers there.
    pub keep_domains: Duration,
    /// Whose time the exchanges are told with.
    pub clock: WorldClock,
    /// Whether requests are reported in full, when they start and when they end. Else they are reported
    /// when they end, without headers but Retry-After, and without what was answered.
    pub reports_in_full: bool,
}

impl Settings {
    /// Settings with the usual times.
    pub fn new(csds: Url, account: AccountId, client: ClientId, secret: Secret) -> Self {
        Self {
            csds,
            account,
            client,
            secret,
            trust: Trust::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(20),
            keep_domains: Duration::from_mins(1),
            clock: WorldClock::default(),
            reports_in_full: true,
        }
    }
}

/// On whose behalf a call is made, and what their device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `ext_consumer_id`.
    pub consumer: ExtConsumerId,
    /// What goes into the `Client-Properties` header.
    pub properties: ClientProperties,
}

/// What a call belongs to; it is repeated in its exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The consumer's phone.
    pub phone: Option<PhoneId>,
    /// What the phone makes it for.
    pub cause: Option<Cause>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// 1 for the first try.
    pub attempt: u32,
}

impl Default for Tag {
    fn default() -> Self {
        Self {
            phone: None,
            cause: None,
            conversation: None,
            attempt: 1,
        }
    }
}

/// Where a request to the messaging service goes; see `send-api` 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// CONVERSATION.
    Conversation,
    /// SEND.
    Send,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes so far.
    pub done: u64,
    /// Bytes in all; 0 when nobody knows.
    pub total: u64,
}
