//! The kinds of tunnels there are.

/// What a profile calls a kind of tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TunnelKind {
    /// No tunnel of ours.
    None,
    /// A public address that leads to the listener already.
    Url,
    Relay,
    Cloudflared,
    Ngrok,
    /// A port that ssh forwards.
    Ssh,
}

impl TunnelKind {
    /// All kinds with the words for them in settings, in the order they are offered.
    pub(crate) const ALL: [(Self, &str); 6] = [
        (Self::None, "none"),
        (Self::Url, "url"),
        (Self::Relay, "relay"),
        (Self::Cloudflared, "cloudflared"),
        (Self::Ngrok, "ngrok"),
        (Self::Ssh, "ssh"),
    ];

    pub(crate) fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(kind, _)| *kind == self);
        named.map_or("", |(_, name)| name)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|(_, known)| *known == name);
        named.map(|(kind, _)| kind)
    }
}
