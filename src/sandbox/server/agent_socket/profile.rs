//! A consumer as GetUserProfile shows it; see `agent-side` 9.

use serde_json::{Map, Value, json};

use crate::sandbox::model::people::Consumer;

/// What agents are shown of what a connector told.
const MEMBERS: [&str; 6] = [
    "firstName",
    "lastName",
    "avatarUrl",
    "role",
    "backgndImgUri",
    "description",
];

pub(super) fn of(consumer: &Consumer) -> Value {
    let mut profile = Map::new();
    for name in MEMBERS {
        if let Some(value) = consumer.profile.get(name) {
            profile.insert(name.to_owned(), value.clone());
        }
    }
    profile.insert("userId".to_owned(), json!(consumer.id));
    if let Some(Value::Object(private)) = consumer.profile.get("privateData") {
        let mut private = private.clone();
        // Connectors say `mail`, agents' clients look for `email`.
        if !private.contains_key("email")
            && let Some(mail) = private.get("mail").cloned()
        {
            private.insert("email".to_owned(), mail);
        }
        profile.insert("privateData".to_owned(), Value::Object(private));
    }
    if !consumer.sdes.is_empty() {
        let data = json!({ "lp_sdes": consumer.sdes });
        profile.insert("authenticatedData".to_owned(), data);
    }
    Value::Object(profile)
}
