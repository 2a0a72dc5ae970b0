//! Which folder may use which: the crate's own folders, and the parts of those that have layers.

/// Parts of a folder, each with the parts of the same folder that it may use.
pub(crate) type Layers = &'static [(&'static str, &'static [&'static str])];

/// The folders whose parts have layers. `src` is the crate itself.
pub(crate) const LAYERS: &[(&str, Layers)] = &[("", TOP), ("sandbox", SANDBOX), ("tui", TUI)];

const TOP: Layers = &[
    ("domain", &[]),
    ("rt", &[]),
    ("config", &["domain"]),
    ("media", &["domain"]),
    ("client", &["domain", "rt"]),
    ("relay", &["domain", "rt"]),
    ("store", &["domain", "rt"]),
    ("ingress", &["domain", "rt", "config", "store"]),
    ("export", &["domain"]),
    ("sandbox", &["domain", "rt"]),
    (
        "engine",
        &[
            "domain", "rt", "media", "client", "store", "ingress", "export",
        ],
    ),
    ("tui", &["domain", "config", "media", "engine", "ingress"]),
    (
        "cli",
        &[
            "domain", "rt", "config", "media", "client", "store", "ingress", "export", "relay",
            "sandbox", "engine", "tui",
        ],
    ),
];

const SANDBOX: Layers = &[
    ("clock", &[]),
    ("faults", &[]),
    ("json", &[]),
    ("keys", &[]),
    ("tls", &[]),
    ("error", &["tls"]),
    ("model", &["json"]),
    ("settings", &["tls", "model"]),
    ("store", &["json", "keys", "tls", "error", "model"]),
    (
        "delivery",
        &["clock", "faults", "error", "model", "settings", "store"],
    ),
    (
        "transaction",
        &["clock", "error", "model", "store", "delivery"],
    ),
    ("routing", &["clock", "model", "transaction"]),
    (
        "agents",
        &[
            "json",
            "error",
            "model",
            "settings",
            "transaction",
            "routing",
        ],
    ),
    (
        "server",
        &[
            "clock",
            "faults",
            "json",
            "keys",
            "model",
            "settings",
            "delivery",
            "transaction",
            "routing",
            "agents",
        ],
    ),
    (
        "launch",
        &[
            "clock",
            "faults",
            "keys",
            "tls",
            "error",
            "model",
            "settings",
            "store",
            "delivery",
            "transaction",
            "routing",
            "agents",
            "server",
        ],
    ),
];

const TUI: Layers = &[
    ("text", &[]),
    ("commands", &["text"]),
    ("theme", &["text", "commands"]),
    ("terminal", &["commands", "theme"]),
    ("inspector", &["text", "commands", "theme"]),
    ("chat", &["text", "commands", "theme", "terminal"]),
    ("agent", &["text", "commands", "theme", "chat"]),
    (
        "popups",
        &["text", "commands", "theme", "inspector", "chat", "agent"],
    ),
    (
        "app",
        &[
            "text",
            "commands",
            "theme",
            "terminal",
            "inspector",
            "chat",
            "agent",
            "popups",
        ],
    ),
];
