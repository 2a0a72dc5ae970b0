//! What is known of the consumer and the conversation in view, as rows of names
//! and values: beside the conversation where there is room, else in a popup.

use crate::tui::{
    agent::{
        conversation::AgentConversation,
        names::{self, one_row},
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
pub(crate) fn facts(ui: &Ui, conversation: &AgentConversation) -> Vec<Fact> {
    let state = &conversation.state;
    let mut facts = vec![heading("Consumer")];
    facts.push(fact("name", conversation.name()));
    // `personal.city` and the like stand together under what they are of.
    let mut under = String::new();
    for (name, value) in &state.consumer.facts {
        let name = one_row(name);
        let (of, name) = name.rsplit_once('.').unwrap_or(("", &name));
        if of != under {
            facts.push(heading(of));
            of.clone_into(&mut under);
        }
        facts.push(fact(name, one_row(value)));
    }
    facts.push(heading("Conversation"));
    facts.push(fact("skill", one_row(&state.skill.1)));
    facts.push(fact("began", clock::moment(state.started, &ui.zone)));
    if let Some(by) = state.owed_by.filter(|_| state.is_open) {
        let at = clock::minutes(by, &ui.zone);
        facts.push(fact(
            "answer by",
            format!("{at} · {}", times::owed(by, ui.now)),
        ));
    }
    facts.push(fact("messages", conversation.counted().to_string()));
    if !state.is_open {
        let by = one_row(&state.closed_by);
        facts.push(fact(
            "closed by",
            if by.is_empty() { "?".to_owned() } else { by },
        ));
    }
    if let Some(csat) = state.csat {
        facts.push(fact("CSAT", names::csat(csat)));
    }
    facts.push(fact("id", state.id.as_str()));
    facts.push(heading("Who is in it"));
    for (name, role) in &state.participants {
        let name = one_row(name);
        let name = if name.is_empty() {
            "-".to_owned()
        } else {
            name
        };
        facts.push(fact(&name, names::role(role)));
    }
    if !state.consumer.features.is_empty() {
        facts.push(heading("What the device can do"));
        for feature in &state.consumer.features {
            let words = one_row(feature).to_lowercase().replace('_', " ");
            facts.push(fact(&words, ""));
        }
    }
    facts
}
