//! Which folder may use which: the crate's own folders, and the parts of those that have layers.

/// Parts of a folder, each with the parts of the same folder that it may use.
pub(crate) type Layers = &'static [(&'static str, &'static [&'static str])];

/// The folders whose parts have layers. `src` is the crate itself.
pub(crate) const LAYERS: &[(&str, Layers)] = &[("", TOP), ("sandbox", SANDBOX), ("tui", TUI)];

const TOP: Layers = &[
    ("domain", &[]),
    ("rt", &["domain"]),
    ("config", &["domain"]),
    ("media", &["domain"]),
    ("scenario", &["domain"]),
    ("stage", &["domain", "scenario"]),
    ("report", &["domain", "export"]),
    ("client", &["domain", "rt"]),
    ("relay", &["domain", "rt"]),
    ("store", &["domain", "rt"]),
    ("ingress", &["domain", "rt", "config", "store"]),
    ("export", &["domain", "scenario"]),
    ("sandbox", &["domain", "rt"]),
    (
        "engine",
        &[
            "domain", "rt", "media", "client", "store", "ingress", "export",
        ],
    ),
    (
        "runner",
        &[
            "domain", "rt", "media", "client", "engine", "scenario", "report",
        ],
    ),
    (
        "swarm",
        &[
            "domain", "rt", "config", "client", "export", "engine", "scenario", "report", "runner",
        ],
    ),
    (
        "tui",
        &[
            "domain", "config", "media", "engine", "ingress", "stage", "swarm",
        ],
    ),
    (
        "plain",
        &["domain", "config", "media", "engine", "ingress", "tui"],
    ),
    (
        "cli",
        &[
            "domain", "rt", "config", "media", "client", "store", "ingress", "export", "relay",
            "sandbox", "engine", "tui", "plain", "scenario", "stage", "report", "runner", "swarm",
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
    ("settings", &["keys", "tls", "model"]),
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
        "agent_session",
        &[
            "clock",
            "json",
            "model",
            "settings",
            "transaction",
            "routing",
        ],
    ),
    (
        "agents",
        &[
            "json",
            "error",
            "model",
            "settings",
            "routing",
            "agent_session",
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
            "agent_session",
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
            "agent_session",
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
        &[
            "text",
            "commands",
            "theme",
            "terminal",
            "inspector",
            "chat",
            "agent",
        ],
    ),
    ("stage", &["text", "theme", "terminal", "chat"]),
    ("swarm", &["theme", "terminal"]),
    (
        "app",
        &[
            "stage",
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
