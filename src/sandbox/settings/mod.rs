//! What can be set about a sandbox, with defaults that make a pleasant demo.

pub mod terms;

use std::{path::PathBuf, time::Duration};

use url::Url;

use crate::{
    domain::{
        ids::{AccountId, ClientId},
        secret::Secret,
        signature::Algorithm,
    },
    rt::{serve, tls::Trust, world_clock::WorldClock},
    sandbox::{
        keys::SharedKey,
        model::{roster, rules::Rules},
        settings::terms::Terms,
        tls::Tls,
    },
};

/// Everything a sandbox is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account; that of the state file, or else [`Settings::ACCOUNT`], when it is not given.
    pub account: Option<AccountId>,
    /// The app install's id; made from the seed when it is not given.
    pub client_id: Option<ClientId>,
    /// The app install's secret; made from the seed when it is not given.
    pub client_secret: Option<Secret>,
    /// Makes ids, secret and jokes reproducible; drawn at random when it is not given.
    pub seed: Option<u64>,
    /// What the brand is called; automatic messages, surveys, and the agent's lines and cards say it.
    pub brand: String,
    /// Who answers.
    pub agent: Agent,
    /// What the built-in agent says; Riley's lines when it is not given.
    pub script: Option<ScriptFile>,
    /// How long a person takes for things.
    pub delays: Delays,
    /// Where all five kinds of notification go; nowhere when it is not given.
    pub webhook: Option<Url>,
    /// With which algorithm notifications are signed.
    pub signature: Algorithm,
    /// How failed deliveries are repeated.
    pub retry: Retry,
    /// Whether notes between agents reach the connector, which then must not show them.
    pub private_notes: bool,
    /// How the account is set up.
    pub rules: Rules,
    /// How long a temporary URL of a file is good for.
    pub url_life: Duration,
    /// How long an agent's session lives that is not refreshed.
    pub session_life: Duration,
    /// What agents' sockets may take, and how they end.
    pub ums: Terms,
    /// What a connector may take of our time; bodies have limits of their own.
    pub serving: serve::Limits,
    /// Whether HTTPS is spoken beside HTTP, on the same port; it is not when nothing is given.
    pub tls: Option<Tls>,
    /// Whom https endpoints may be vouched for by, besides the platform and our own authority.
    pub webhook_trust: Trust,
    /// The token that the sandbox's own API asks for; drawn at random, whatever the seed, when it
    /// is not given.
    pub control: Option<Secret>,
    /// Names clients reach the sandbox by, besides localhost and addresses. A request for any
    /// other name is refused.
    pub hosts: Vec<String>,
    /// The file the account lives in; in memory only when it is not given.
    pub state: Option<PathBuf>,
    /// The world, or state file of another sandbox, that this one begins with; it is only read.
    pub world: Option<PathBuf>,
    /// The time of the world that the sandbox is part of; a time of its own when it is not given.
    pub clock: Option<WorldClock>,
    /// What a sandbox without a state file signs tokens with; a key of its own when it is not
    /// given.
    pub key: Option<SharedKey>,
}

/// An agent script of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFile {
    /// The path of the file, named in faults.
    pub name: String,
    /// The text of the file, read as TOML.
    pub text: String,
}

/// Who answers a new conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agent {
    /// The built-in agent.
    Riley,
    /// None; conversations wait until an agent comes.
    None,
}

/// How long a person takes for things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// From the ring to taking it.
    pub ring: Duration,
    /// From the sending of a message to its arrival at the agent.
    pub arrival: Duration,
    /// From its arrival to having read it.
    pub read: Duration,
    /// For writing one character.
    pub per_character: Duration,
    /// The longest time spent on writing one message.
    pub longest: Duration,
    /// The longest time spent on writing the greeting.
    pub greeting: Duration,
}

/// How failed deliveries are repeated; see `webhooks` 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Retention of what could not be delivered; `None` switches to the mechanism by number.
    pub retention: Option<Duration>,
    /// How often an event is tried again by number; meaningless with a retention, but for 0.
    pub max_retries: Option<u8>,
    /// The gap after the first failure; each further one is twice as long.
    pub first_gap: Duration,
    /// The longest gap.
    pub longest_gap: Duration,
    /// The gap of the mechanism by number.
    pub number_gap: Duration,
    /// How long an event of a draining conversation waits for its turn.
    pub drain_wait: Duration,
    /// How long the endpoint may take to accept a connection.
    pub connect_timeout: Duration,
    /// How long the endpoint may take to answer.
    pub read_timeout: Duration,
}

impl Settings {
    /// The brand of a sandbox for which none is given.
    pub const BRAND: &'static str = roster::CONTROLLER;
    /// The account of a sandbox for which none is given.
    pub const ACCOUNT: &'static str = "55512300";
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            account: None,
            client_id: None,
            client_secret: None,
            seed: None,
            brand: Self::BRAND.to_owned(),
            agent: Agent::Riley,
            script: None,
            delays: Delays::default(),
            webhook: None,
            signature: Algorithm::Sha1,
            retry: Retry::default(),
            private_notes: true,
            rules: Rules::default(),
            url_life: Duration::from_mins(1),
            session_life: Duration::from_hours(8),
            ums: Terms::default(),
            serving: serve::Limits {
                connections: 512,
                head_within: Duration::from_secs(30),
                write_within: Duration::from_secs(10),
            },
            tls: None,
            webhook_trust: Trust::default(),
            control: None,
            hosts: Vec::new(),
            state: None,
            world: None,
            clock: None,
            key: None,
        }
    }
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            ring: Duration::from_millis(300),
            arrival: Duration::from_millis(120),
            read: Duration::from_millis(350),
            per_character: Duration::from_millis(22),
            longest: Duration::from_millis(2500),
            greeting: Duration::from_millis(400),
        }
    }
}

impl Delays {
    /// No delay at all, for tests and machines.
    pub fn none() -> Self {
        Self {
            ring: Duration::ZERO,
            arrival: Duration::ZERO,
            read: Duration::ZERO,
            per_character: Duration::ZERO,
            longest: Duration::ZERO,
            greeting: Duration::ZERO,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            retention: Some(Duration::from_hours(24)),
            max_retries: None,
            first_gap: Duration::from_secs(2),
            longest_gap: Duration::from_mins(5),
            number_gap: Duration::from_secs(30),
            drain_wait: Duration::from_secs(4),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(5),
        }
    }
}
