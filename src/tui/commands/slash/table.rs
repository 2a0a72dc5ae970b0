//! The table of slash commands.

use crate::tui::commands::{keys::Action, slash::agent::Wish};

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
    /// Ends the conversation by one of two fields.
    End,
    /// Rates the conversation.
    Csat,
    /// Says whether the first contact settled it.
    Fcr,
    /// Asks for another time to respond.
    Ttr,
    /// Tells a chat state.
    State,
    /// Tells a status of a message of others.
    Mark,
    /// Sets what goes along with the next message.
    Metadata,
    /// Hands a phone to a consumer.
    Persona,
    /// Sends a file within the limits.
    Image,
    /// Sends a file, whatever the limits say.
    ImageAnyway,
    /// Opens the picker in a folder, or where it was last.
    Attach,
    /// Opens the editor of requests.
    Raw,
    /// Writes the conversation out.
    Export,
    /// Says again what was said, in a new conversation.
    Replay,
    /// Something at the agent workspace.
    Workspace(Wish),
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

/// One row of a table.
pub(crate) const fn slash(
    name: &'static str,
    argument: &'static str,
    about: &'static str,
    does: Does,
) -> Slash {
    Slash {
        name,
        argument,
        about,
        does,
    }
}

/// All of them, in the order they are offered; Enter takes the first, so it does no harm.
#[rustfmt::skip]
pub(crate) const ALL: &[Slash] = &[
    slash("help", "", "show all keys and commands", Does::Act(Action::Help)),
    slash("close", "", "close the conversation", Does::Act(Action::CloseConversation)),
    slash("end", "state|stage", "end it without a survey", Does::End),
    slash("new", "", "begin a new conversation", Does::Act(Action::NewConversation)),
    slash("agent", "", "log in to the agent workspace", Does::Act(Action::TakeChair)),
    slash("form", "", "what conversations are opened with", Does::Act(Action::Form)),
    slash("profile", "", "who the consumer is, for agents", Does::Act(Action::Form)),
    slash("persona", "NAME", "hand a phone to another consumer", Does::Persona),
    slash("away", "", "close this phone", Does::Act(Action::PutAway)),
    slash("retry", "", "send the failed message again", Does::Act(Action::Retry)),
    slash("replay", "", "say all again up to this bubble", Does::Replay),
    slash("csat", "1-5|skip", "rate it, then yes or no if settled", Does::Csat),
    slash("fcr", "yes|no", "whether it was settled at once", Does::Fcr),
    slash("ttr", "TYPE", "ask for another time to respond", Does::Ttr),
    slash("state", "STATE", "tell a chat state now", Does::State),
    slash("mark", "STATUS", "tell a status of their message", Does::Mark),
    slash("metadata", "JSON|off", "goes along with the next message", Does::Metadata),
    slash("image", "PATH", "send a picture, with a caption", Does::Image),
    slash("image!", "PATH", "send any file, whatever the limits", Does::ImageAnyway),
    slash("attach", "FOLDER", "choose a file to send", Does::Attach),
    slash("fetch", "", "fetch the file of the bubble", Does::Act(Action::Fetch)),
    slash("raw", "TYPE", "write a request by hand", Does::Raw),
    slash("tunnel", "", "try the tunnel again", Does::Act(Action::TryWayIn)),
    slash("export", "FORMAT", "write the conversation to a file", Does::Export),
    slash("flight", "on|off", "let nothing out, messages queue", Does::Flight),
    slash("pocket", "on|off", "accept without reading", Does::Pocket),
    slash("theme", "NAME", "change the colours", Does::Theme),
    slash("filter", "TEXT", "filter the wire; nothing shows all", Does::Filter),
    slash("mouse", "", "take the mouse, or give it back", Does::Act(Action::Mouse)),
    slash("notices", "", "show the last notices again", Does::Act(Action::Notices)),
    slash("quit", "", "leave handset", Does::Act(Action::Quit)),
];
