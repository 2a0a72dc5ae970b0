//! What keys do at the moment, for the bottom row.

use crate::{
    domain::ids::ItemId,
    tui::{
        app::{
            focus::{Focus, Panes},
            keyboard::Keyboard,
            model::Model,
        },
        chat::bubble::BubbleTarget,
        commands::keys::Action,
        inspector::Tab,
        text::width::SPLIT,
    },
};

/// A key worth a hint, and what it does in a word or two.
type Hint = (Action, &'static str);

/// The actions worth a hint where the keyboard is, the most useful first.
pub(super) fn hints(model: &Model) -> Vec<Hint> {
    // The first of them stands beside the help wherever there is room for two.
    let mut hints = own(model);
    hints.insert(0, (Action::Help, "help"));
    hints.insert(2, (Action::Palette, "commands"));
    hints
}

fn own(model: &Model) -> Vec<Hint> {
    let selected = model.phone.chat.selected;
    let selected = selected.filter(|_| model.phone.chat.composer.field.is_empty());
    let hints: &[Hint] = match model.keyboard() {
        Keyboard::Popup => &[(Action::Back, "close")],
        Keyboard::Filter => &[(Action::Choose, "keep"), (Action::Back, "clear")],
        Keyboard::Find(_) => &[(Action::Choose, "next"), (Action::Back, "go back")],
        Keyboard::Phone => match selected {
            _ if model.is_peeking() => &[
                (Action::OtherPane, "keys to the wire"),
                (Action::Back, "phone"),
            ],
            Some(id) => return of_bubble(model, id),
            None => on_phone(model),
        },
        _ => match model.focus {
            Focus::List if model.inspector.tab == Tab::Agent => workspace_hints(model),
            Focus::List if model.inspector.tab == Tab::Wire => &[
                (Action::OtherPane, "phone"),
                (Action::Choose, "open"),
                (Action::JumpToBubble, "to bubble"),
                (Action::FilterHere, "filter"),
            ],
            Focus::Tree => &[
                (Action::OtherPane, "phone"),
                (Action::LeaveEntry, "list"),
                (Action::JumpToBubble, "to bubble"),
            ],
            Focus::List | Focus::Composer => &[(Action::OtherPane, "phone")],
        },
    };
    hints.to_vec()
}

/// Where one writes on the phone, and no bubble is selected.
fn on_phone(model: &Model) -> &'static [Hint] {
    let is_alone = model.panes == Panes::Phone && model.layout.area.width >= SPLIT;
    if model.phone.past().is_some() {
        &[(Action::OtherPane, "wire"), (Action::Back, "go back")]
    } else if model.inspector.tab == Tab::Agent {
        &[(Action::OtherPane, "workspace"), (Action::Submit, "send")]
    } else if is_alone {
        &[
            (Action::TurnPanes, "show the wire"),
            (Action::Submit, "send"),
        ]
    } else {
        &[(Action::OtherPane, "wire"), (Action::Submit, "send")]
    }
}

/// What can be done with the selected bubble while nothing is written.
fn of_bubble(model: &Model, id: ItemId) -> Vec<Hint> {
    let chat = &model.phone.chat;
    let (has_spots, has_links) = chat.transcript.offers(id);
    let mut hints = match model.phone.button {
        Some(BubbleTarget::Fold) => vec![(Action::Submit, "fold")],
        Some(_) => vec![(Action::Submit, "press")],
        // Nothing is sent again out of the past.
        None if model.phone.past().is_some() => vec![(Action::Back, "leave")],
        None if chat.failed() == Some(id) => vec![(Action::Submit, "send again")],
        None => Vec::new(),
    };
    if has_spots {
        let word = match model.phone.button {
            Some(_) => "next",
            None => "parts",
        };
        hints.push((Action::Right, word));
    }
    hints.push((Action::CopyText, "copy"));
    if has_links {
        hints.push((Action::Copy, "link"));
    }
    hints.push((Action::Content, "JSON"));
    if !hints.contains(&(Action::Back, "leave")) {
        hints.push((Action::Back, "leave"));
    }
    hints
}

/// The same at the agent workspace.
fn workspace_hints(model: &Model) -> &'static [(Action, &'static str)] {
    let rings = model
        .workspace
        .session()
        .is_some_and(|session| !session.rings.is_empty());
    match (model.workspace.alone, model.workspace.is_taken(), rings) {
        (false, false, _) => &[
            (Action::OtherPane, "phone"),
            (Action::OpenWorkspace, "log in"),
        ],
        (true, false, _) => &[(Action::OpenWorkspace, "log in")],
        (false, true, true) => &[(Action::Accept, "accept"), (Action::OtherPane, "phone")],
        (true, true, true) => &[(Action::Accept, "accept"), (Action::Submit, "send")],
        (false, true, false) => &[(Action::OtherPane, "phone"), (Action::Submit, "send")],
        (true, true, false) => &[
            (Action::Submit, "send"),
            (Action::Availability, "availability"),
        ],
    }
}
