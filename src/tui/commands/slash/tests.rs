//! Drafts are read as commands, and completed as one types.

use crate::tui::{commands::slash::*, text::width::width};

#[test]
fn every_command_is_told_in_full_on_the_smallest_screen() {
    // Frame and margin of the phone, the mark, and two gaps.
    let room = usize::from(crate::tui::text::width::LEAST.0) - 4 - 4;
    let name = |slash: &Slash| format!("/{} {}", slash.name, slash.argument);
    let names = ALL.iter().map(|slash| width(&name(slash))).max().unwrap();
    for slash in ALL {
        let taken = names + width(slash.about);
        assert!(taken <= room, "/{} takes {taken} of {room}", slash.name);
    }
}

#[test]
fn only_two_slashes_make_a_text_of_one() {
    assert!(matches!(read("//close"), Draft::Chat("/close")));
    assert!(matches!(read("a/b"), Draft::Chat("a/b")));
    assert!(matches!(read("/clsoe"), Draft::Unknown("clsoe")));
    assert!(matches!(read("/"), Draft::Unknown("")));
    let Draft::Command(slash, argument) = read("/theme  light ") else {
        panic!("a command");
    };
    assert_eq!((slash.name, argument), ("theme", "light"));
}

#[test]
fn completions_follow_what_is_typed() {
    let names = Names {
        themes: vec!["dark".to_owned(), "light".to_owned()],
        personas: vec!["ada".to_owned()],
        ..Names::default()
    };
    let drafts = |draft| {
        completions(draft, &names)
            .into_iter()
            .map(|completion| completion.draft)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        drafts("/"),
        ALL.iter()
            .map(|slash| format!(
                "/{}{}",
                slash.name,
                if slash.argument.is_empty() { "" } else { " " }
            ))
            .collect::<Vec<_>>()
    );
    assert_eq!(drafts("/clo"), ["/close"]);
    assert_eq!(drafts("/persona "), ["/persona ada"]);
    assert_eq!(drafts("/ttr c"), ["/ttr custom "]);
    assert_eq!(drafts("/csat s"), ["/csat skip"]);
    assert_eq!(drafts("/theme l"), ["/theme light"]);
    assert_eq!(drafts("/flight o"), ["/flight on", "/flight off"]);
    assert!(drafts("//").is_empty());
    assert!(drafts("hello").is_empty());
}

#[test]
fn letters_in_order_find_a_command_and_what_is_guessed_is_not_done_at_once() {
    let names = Names::default();
    let found = |draft| completions(draft, &names);
    let shown: Vec<String> = found("/qt").into_iter().map(|one| one.draft).collect();
    assert_eq!(shown, ["/quit"]);
    assert!(!found("/qt")[0].whole);
    assert!(found("/qu")[0].whole);
    // What begins so goes before what has the letters.
    let shown: Vec<String> = found("/pro").into_iter().map(|one| one.draft).collect();
    assert_eq!(shown.first().map(String::as_str), Some("/profile"));
    assert!(found("/xyzzy").is_empty());
    // A text of one's own is no value, though a value has its letters.
    assert!(found(r#"/metadata {"type":"ExternalId"}"#).is_empty());
}

#[test]
fn a_word_does_the_same_on_both_sides() {
    use crate::tui::commands::keys::{Action, BOTH_SIDES};
    for phone in ALL {
        let Some(agent) = agent::ALL.iter().find(|one| one.name == phone.name) else {
            continue;
        };
        let done = match phone.does {
            Does::End => Does::Act(Action::EndConversation),
            does => does,
        };
        let pair = (done, agent.does);
        let mut same = BOTH_SIDES.iter();
        let is_same = done == agent.does
            || same.any(|(phone, agent)| pair == (Does::Act(*phone), Does::Act(*agent)));
        assert!(
            is_same,
            "/{}: {:?} and {:?}",
            phone.name, phone.does, agent.does
        );
    }
}
