//! The JSON Schema of `config.toml`, made of the table of settings, for editors that complete and
//! check the file. What it refuses the reader refuses too; the reader also judges addresses.

use serde_json::{Map, Value, json};

use crate::config::{
    fetch_pictures::FetchPictures, setting::Setting, tunnel_kind::TunnelKind, words::ValueKind,
};

/// The schema of a persona file.
pub(crate) const PERSONA: &str = include_str!("../../assets/schema/handset-persona-1.schema.json");
/// The schema of a brand pack's `brand.toml`.
pub(crate) const BRAND: &str = include_str!("../../assets/schema/handset-brand-1.schema.json");
/// Where `handset init` puts the schema of the settings, from their folder.
pub(crate) const PLACE: &str = "schema/handset-config-1.schema.json";

/// The schema of a whole settings file.
pub(crate) fn settings() -> Value {
    let tunnels = TunnelKind::ALL.map(|(kind, name)| {
        let mut options = properties("tunnel", |one| {
            one != Setting::TunnelKind && one.is_for(kind)
        });
        options.insert("kind".to_owned(), json!({ "const": name }));
        table(
            "The tunnel, through which webhooks come.",
            options,
            &["kind"],
        )
    });
    let mut profile = properties("", |_| true);
    profile.insert("tunnel".to_owned(), json!({ "oneOf": tunnels }));
    let login = properties("login", |_| true);
    let about = "An agent who may manage the app install.";
    profile.insert("login".to_owned(), table(about, login, &["username"]));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "handset-config-1.schema.json",
        "title": "The settings of handset",
        "description": "config.toml in the folder of settings, ~/.config/handset.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "default": { "type": "string", "minLength": 1, "description": "The profile that holds where none is named." },
            "plain": { "type": "boolean", "default": false, "description": "Plain mode for screen readers, braille and pipes." },
            "reduced_motion": { "type": "boolean", "default": false, "description": "Nothing on the screen moves by itself." },
            "profiles": {
                "type": "object",
                "description": "The profiles by their names.",
                "additionalProperties": { "$ref": "#/$defs/profile" },
            },
        },
        "$defs": {
            "profile": table("One account and app install of the cloud.", profile, &[]),
            "secret": secret(),
        },
    })
}

/// Where a secret is, in one of four ways.
fn secret() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let command = json!({
        "type": "array",
        "items": { "type": "string" },
        "minItems": 1,
        "description": "The program that prints it, with its arguments.",
    });
    let ways: [(&str, &[(&str, Value)]); 4] = [
        (
            "In an environment variable.",
            &[("env", text("The name of the variable."))],
        ),
        ("Printed by a program.", &[("command", command)]),
        (
            "In the system's keyring.",
            &[
                ("keyring", text("The service.")),
                ("user", text("The user.")),
            ],
        ),
        (
            "In a file that only you can read.",
            &[(
                "file",
                text("The path of the file, from the folder of settings."),
            )],
        ),
    ];
    let ways = ways.map(|(about, keys)| {
        let names: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
        let keys = keys
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        table(about, keys.collect::<Map<_, _>>(), &names)
    });
    json!({ "description": "Where a secret is, never the secret itself.", "oneOf": ways })
}

fn table(about: &str, properties: impl Into<Value>, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "description": about,
        "additionalProperties": false,
        "required": required,
        "properties": properties.into(),
    })
}

/// The settings of a table that are wanted, each by its name.
fn properties(section: &str, wanted: impl Fn(Setting) -> bool) -> Map<String, Value> {
    let all = Setting::ALL.iter().copied();
    let all = all.filter(|one| one.section() == section && wanted(*one));
    all.map(|one| (one.name().to_owned(), property(one)))
        .collect()
}

fn property(setting: Setting) -> Value {
    let row = setting.row();
    let mut value = match row.kind {
        ValueKind::Secret => json!({ "$ref": "#/$defs/secret" }),
        ValueKind::Switch => json!({ "type": "boolean" }),
        ValueKind::Port => json!({ "type": "integer", "minimum": 1, "maximum": u16::MAX }),
        ValueKind::TextOrNumber => json!({ "type": ["string", "integer"] }),
        ValueKind::Texts | ValueKind::Assets => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        ValueKind::Fetching => json!({ "enum": [
            FetchPictures::Auto.name(), FetchPictures::On.name(), FetchPictures::Off.name(),
        ] }),
        ValueKind::Text
        | ValueKind::Address
        | ValueKind::Path
        | ValueKind::Asset
        | ValueKind::Web
        | ValueKind::AnyWeb
        | ValueKind::Csds
        | ValueKind::Link
        | ValueKind::Public
        | ValueKind::Tunnel => json!({ "type": "string", "minLength": 1 }),
    };
    // The table words some of it for flags.
    let help = setting.help();
    let about = match help.strip_prefix("The environment variable that holds ") {
        Some(secret) => format!("Where {secret} is."),
        None => format!("{}.", help.split("; without --").next().unwrap_or(help)),
    };
    value["description"] = json!(about);
    if let Some(default) = row.default {
        value["default"] = match row.kind {
            ValueKind::Switch => json!(default == "true"),
            _ => json!(default),
        };
    }
    value
}
