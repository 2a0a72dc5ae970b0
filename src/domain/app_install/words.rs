//! What to do by hand where there is no login to do it with.

use serde_json::{Map, Value, json};

use crate::domain::app_install::EventType;

/// What to put where, so that an app install posts to this address, for people to read and to
/// copy from. The address is shown whole: there is no other way to copy it.
pub fn instructions(public: &str) -> String {
    let entries: Map<String, Value> = EventType::ALL
        .into_iter()
        .map(|event| (event.key().to_owned(), json!({ "endpoint": public })))
        .collect();
    let manifest = json!({ "capabilities": { "webhooks": entries } });
    let manifest = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    let mut list = String::new();
    for event in EventType::ALL {
        list.push_str("       ");
        list.push_str(event.key());
        list.push('\n');
    }
    format!(
        "\
Point the webhooks of the app install at this address:

  {public}

  In the console: open the app install where the account's connectors are set up, and put
  the address into the endpoint of each of these five, everything else as it is:

{list}
  With a manifest: put this into the JSON of the app install, beside what is in
  \"webhooks\" already (keep \"retry\"), and install it again or send it to whoever does:

{manifest}

  Write down what stood there before: it is to be put back afterwards. The cloud takes up
  to two minutes to notice a change. With an agent login (username and password of the
  profile, borrow = true) handset does all of it by itself, and puts it back at the end.
"
    )
}
