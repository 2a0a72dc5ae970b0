//! What is known of the consumer and the conversation in view, as rows of names
//! and values: beside the conversation where there is room, else in a popup.

use crate::tui::{
    agent::{
        names::{self, one_row},
        talk::Talk,
        times,
    },
    text::clock,
    theme::ui::Ui,
};

/// One row; a heading has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

fn heading(name: &str) -> Fact {
    Fact {
        name: name.to_owned(),
        value: None,
    }
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.to_owned(),
        value: Some(value.into()),
    }
}

/// Everything that is known.
pub(crate) fn facts(ui: &Ui, talk: &Talk) -> Vec<Fact> {
    let held = &talk.held;
    let mut facts = vec![heading("Consumer")];
    facts.push(fact("name", talk.name()));
    // `personal.city` and the like stand together under what they are of.
    let mut under = String::new();
    for (name, value) in &held.consumer.facts {
        let name = one_row(name);
        let (of, name) = name.rsplit_once('.').unwrap_or(("", &name));
        if of != under {
            facts.push(heading(of));
            of.clone_into(&mut under);
        }
        facts.push(fact(name, one_row(value)));
    }
    facts.push(heading("Conversation"));
    facts.push(fact("skill", one_row(&held.skill.1)));
    facts.push(fact("began", clock::moment(held.started, &ui.zone)));
    if let Some(by) = held.owed_by.filter(|_| held.is_open) {
        let at = clock::minutes(by, &ui.zone);
        facts.push(fact(
            "answer by",
            format!("{at} · {}", times::owed(by, ui.now)),
        ));
    }
    facts.push(fact("messages", talk.counted().to_string()));
    if !held.is_open {
        let by = one_row(&held.closed_by);
        facts.push(fact(
            "closed by",
            if by.is_empty() { "?".to_owned() } else { by },
        ));
    }
    if let Some(csat) = held.csat {
        facts.push(fact("CSAT", names::csat(csat)));
    }
    facts.push(fact("id", held.id.as_str()));
    facts.push(heading("Who is in it"));
    for (name, role) in &held.participants {
        let name = one_row(name);
        let name = if name.is_empty() {
            "-".to_owned()
        } else {
            name
        };
        facts.push(fact(&name, names::role(role)));
    }
    if !held.consumer.features.is_empty() {
        facts.push(heading("What the device can do"));
        for feature in &held.consumer.features {
            let words = one_row(feature).to_lowercase().replace('_', " ");
            facts.push(fact(&words, ""));
        }
    }
    facts
}
