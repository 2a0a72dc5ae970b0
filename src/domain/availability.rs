//! Whether the cloud offers new conversations to an agent.

/// Whether new conversations ring; see `agent-side` 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Availability {
    /// New conversations ring.
    Online,
    /// Transfers only.
    Occupied,
    /// The agent is away and comes back soon.
    BackSoon,
    /// The agent is away: nothing rings.
    #[default]
    Away,
}

impl Availability {
    /// The state as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Occupied => "OCCUPIED",
            Self::BackSoon => "BACK_SOON",
            Self::Away => "AWAY",
        }
    }
}
