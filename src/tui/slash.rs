//! Slash commands: what a draft that starts with `/` means.
//!
//! Such a draft is never sent as chat. Two slashes send a text that starts
//! with one.

use crate::config::keys::Action;

/// What a slash command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// The same as an action.
    Act(Action),
    /// Flight mode as the argument says, or the other way round.
    Flight,
    /// The pocket as the argument says, or the other way round.
    Pocket,
    /// Another theme.
    Theme,
    /// Filters the wire.
    Filter,
}

/// One slash command.
#[derive(Debug)]
pub(crate) struct Slash {
    pub(crate) name: &'static str,
    /// How its argument is shown; empty when it takes none.
    pub(crate) argument: &'static str,
    pub(crate) about: &'static str,
    pub(crate) does: Does,
}

/// All of them, in the order they are offered; Enter takes the first, so it does no harm.
pub(crate) const ALL: &[Slash] = &[
    Slash {
        name: "help",
        argument: "",
        about: "show all keys and commands",
        does: Does::Act(Action::Help),
    },
    Slash {
        name: "close",
        argument: "",
        about: "close the conversation",
        does: Does::Act(Action::CloseConversation),
    },
    Slash {
        name: "new",
        argument: "",
        about: "begin a new conversation",
        does: Does::Act(Action::NewConversation),
    },
    Slash {
        name: "retry",
        argument: "",
        about: "send the failed message again",
        does: Does::Act(Action::Retry),
    },
    Slash {
        name: "flight",
        argument: "on|off",
        about: "let nothing out, messages queue",
        does: Does::Flight,
    },
    Slash {
        name: "pocket",
        argument: "on|off",
        about: "accept messages without reading them",
        does: Does::Pocket,
    },
    Slash {
        name: "theme",
        argument: "NAME",
        about: "change the colours",
        does: Does::Theme,
    },
    Slash {
        name: "filter",
        argument: "TEXT",
        about: "filter the wire; nothing shows it all",
        does: Does::Filter,
    },
    Slash {
        name: "mouse",
        argument: "",
        about: "take the mouse, or give it back",
        does: Does::Act(Action::Mouse),
    },
    Slash {
        name: "notices",
        argument: "",
        about: "show the last notices again",
        does: Does::Act(Action::Notices),
    },
    Slash {
        name: "quit",
        argument: "",
        about: "leave handset",
        does: Does::Act(Action::Quit),
    },
];

/// What a draft is.
#[derive(Debug)]
pub(crate) enum Draft<'a> {
    /// Text for the other side.
    Chat(&'a str),
    /// A command with its argument.
    Command(&'static Slash, &'a str),
    /// It looks like a command and is none.
    Unknown(&'a str),
}

/// Whether a draft is a command, known or not.
pub(crate) fn is_command(draft: &str) -> bool {
    draft.starts_with('/') && !draft.starts_with("//")
}

/// Reads a draft.
pub(crate) fn read(draft: &str) -> Draft<'_> {
    if let Some(rest) = draft.strip_prefix('/') {
        if rest.starts_with('/') {
            return Draft::Chat(rest);
        }
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        return match ALL.iter().find(|slash| slash.name == name) {
            Some(slash) => Draft::Command(slash, argument.trim()),
            None => Draft::Unknown(name),
        };
    }
    Draft::Chat(draft)
}

/// One way to go on with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The draft it would become.
    pub(crate) draft: String,
    /// How it is shown.
    pub(crate) shown: String,
    pub(crate) about: &'static str,
    /// Whether it is a whole command.
    pub(crate) whole: bool,
}

/// The ways to go on with a draft; `themes` are the names `/theme` takes.
pub(crate) fn completions(draft: &str, themes: &[String]) -> Vec<Completion> {
    if !is_command(draft) {
        return Vec::new();
    }
    let rest = draft.trim_start_matches('/');
    let Some((name, typed)) = rest.split_once(' ') else {
        return ALL
            .iter()
            .filter(|slash| slash.name.starts_with(rest))
            .map(|slash| {
                let whole = slash.argument.is_empty();
                Completion {
                    draft: format!("/{}{}", slash.name, if whole { "" } else { " " }),
                    shown: format!("/{} {}", slash.name, slash.argument),
                    about: slash.about,
                    whole,
                }
            })
            .collect();
    };
    let Some(slash) = ALL.iter().find(|slash| slash.name == name) else {
        return Vec::new();
    };
    let values: Vec<&str> = match slash.does {
        Does::Theme => themes.iter().map(String::as_str).collect(),
        Does::Flight | Does::Pocket => vec!["on", "off"],
        Does::Act(_) | Does::Filter => Vec::new(),
    };
    values
        .into_iter()
        .filter(|value| value.starts_with(typed))
        .map(|value| Completion {
            draft: format!("/{name} {value}"),
            shown: format!("/{name} {value}"),
            about: slash.about,
            whole: true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::width::width;

    #[test]
    fn every_command_is_told_in_full_on_the_smallest_screen() {
        // Frame and margin of the phone, the mark, and two gaps.
        let room = usize::from(crate::tui::layout::LEAST.0) - 4 - 4;
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
        let themes = ["dark".to_owned(), "light".to_owned()];
        let drafts = |draft| {
            completions(draft, &themes)
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
        assert_eq!(drafts("/cl"), ["/close"]);
        assert_eq!(drafts("/theme l"), ["/theme light"]);
        assert_eq!(drafts("/flight o"), ["/flight on", "/flight off"]);
        assert!(drafts("//").is_empty());
        assert!(drafts("hello").is_empty());
    }
}
