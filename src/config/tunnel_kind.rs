//! The kinds of tunnels there are.

/// What a profile calls a kind of tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelKind {
    /// No tunnel of ours.
    None,
    /// A public address that leads to the listener already.
    Url,
    /// A relay of handset's.
    Relay,
    /// A tunnel of cloudflared's.
    Cloudflared,
    /// A tunnel of ngrok's agent.
    Ngrok,
    /// A port that ssh forwards.
    Ssh,
}

impl TunnelKind {
    /// All kinds, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Url,
        Self::Relay,
        Self::Cloudflared,
        Self::Ngrok,
        Self::Ssh,
    ];

    /// The word for it in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Url => "url",
            Self::Relay => "relay",
            Self::Cloudflared => "cloudflared",
            Self::Ngrok => "ngrok",
            Self::Ssh => "ssh",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
