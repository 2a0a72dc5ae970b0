//! The table of slash commands.

use crate::tui::commands::{keys::Action, slash::agent::WorkspaceCommand};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Act(Action),
    /// Flight mode as the argument says, or the other way round.
    Flight,
    /// The pocket as the argument says, or the other way round.
    Pocket,
    Theme,
    Filter,
    /// Finds words in what was said.
    Find,
    Journal,
    /// Ends the conversation by one of two fields.
    End,
    Csat,
    /// Says whether the first contact settled it.
    Fcr,
    /// Asks for another time to respond.
    Ttr,
    State,
    /// Tells a status of a message of others.
    Mark,
    /// Sets what goes along with the next message.
    Metadata,
    Persona,
    /// Sends a file within the limits.
    Image,
    /// Sends a file, whatever the limits say.
    ImageAnyway,
    /// Opens the picker in a folder, or where it was last.
    Attach,
    Raw,
    Export,
    /// Writes what follows as a scenario, or ends that.
    Record,
    /// Plays a scenario on the phone, or ends that.
    Scenario,
    /// Says again what was said, in a new conversation.
    Replay,
    /// Puts the phone on the demo stage in a brand's dress, or takes it off.
    Stage,
    /// Something at the agent workspace.
    Workspace(WorkspaceCommand),
}

#[derive(Debug)]
pub(crate) struct Slash {
    pub(crate) name: &'static str,
    /// How its argument is shown; empty when it takes none.
    pub(crate) argument: &'static str,
    pub(crate) about: &'static str,
    pub(crate) does: Does,
    /// What the palette calls it; empty where the palette does not offer it, or offers its action.
    pub(crate) title: &'static str,
    /// Other words somebody may look for it by.
    pub(crate) synonyms: &'static str,
}

impl Slash {
    const fn called(self, title: &'static str, synonyms: &'static str) -> Self {
        Self {
            title,
            synonyms,
            ..self
        }
    }
}

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
        title: "",
        synonyms: "",
    }
}

/// All of them, in the order they are offered; Enter takes the first, so it does no harm.
#[rustfmt::skip]
pub(crate) const ALL: &[Slash] = &[
    slash("help", "", "show all keys and commands", Does::Act(Action::Help)),
    slash("close", "", "close it, and let a survey follow", Does::Act(Action::CloseConversation)),
    slash("end", "state|stage", "end it at once, without a survey", Does::End)
        .called("Conversation: end by a field…", "finish stage state"),
    slash("new", "", "begin a new conversation", Does::Act(Action::NewConversation)),
    slash("back", "", "go on in the open one before", Does::Act(Action::GoBack)),
    slash("agent", "", "log in to the agent workspace", Does::Act(Action::OpenWorkspace)),
    slash("form", "", "what conversations are opened with", Does::Act(Action::Form)),
    slash("profile", "", "who the consumer is, for agents", Does::Act(Action::Form)),
    slash("persona", "NAME", "hand a phone to another consumer", Does::Persona)
        .called("Phone: open for a persona by name…", "consumer switch"),
    slash("done", "", "close this phone's tab", Does::Act(Action::ClosePhone)),
    slash("retry", "", "send the failed message again", Does::Act(Action::Retry)),
    slash("replay", "", "say all again up to this bubble", Does::Replay),
    slash("csat", "1-5|skip", "rate it, then yes or no if settled", Does::Csat)
        .called("Conversation: rate…", "rating stars survey score"),
    slash("fcr", "yes|no", "whether it was settled at once", Does::Fcr)
        .called("Conversation: settled at once…", "first contact resolution survey"),
    slash("ttr", "TYPE", "ask for another time to respond", Does::Ttr)
        .called("Conversation: time to respond…", "urgent priority"),
    slash("state", "STATE", "tell a chat state now", Does::State)
        .called("Chat state: tell…", "typing composing active inactive background"),
    slash("mark", "STATUS", "tell a status of their message", Does::Mark)
        .called("Status: tell of their message…", "accept read nack access"),
    slash("metadata", "JSON|off", "goes along with the next message", Does::Metadata)
        .called("Metadata: with the next message…", "json external"),
    slash("image", "PATH", "send a picture, with a caption", Does::Image)
        .called("File: send by path…", "picture image upload attach"),
    slash("image!", "PATH", "send any file, whatever the limits", Does::ImageAnyway)
        .called("File: send by path, whatever the limits…", "picture image force"),
    slash("attach", "FOLDER", "choose a file to send", Does::Attach)
        .called("File: choose in a folder…", "picture image upload"),
    slash("fetch", "", "fetch the file of the bubble", Does::Act(Action::Fetch)),
    slash("pictures", "", "from which hosts pictures come", Does::Act(Action::PictureHosts)),
    slash("raw", "TYPE", "write a request by hand", Does::Raw)
        .called("Request: write by hand, of a type…", "api custom"),
    slash("tunnel", "", "try the tunnel again", Does::Act(Action::TryTunnel)),
    slash("export", "FORMAT", "write the conversation to a file", Does::Export),
    slash("record", "FILE|off", "write what follows as a scenario", Does::Record)
        .called("Record: what follows, as a scenario…", "talk test rec capture"),
    slash("scenario", "FILE|off", "play a scenario on this phone", Does::Scenario)
        .called("Scenario: play a file on this phone…", "talk test run script demo"),
    slash("flight", "on|off", "let nothing out, messages queue", Does::Flight),
    slash("pocket", "on|off", "accept without reading", Does::Pocket),
    slash("stage", "BRAND|off", "show it as a brand's, for demos", Does::Stage)
        .called("Stage: in the dress of…", "demo show"),
    slash("theme", "NAME", "change the colours", Does::Theme),
    slash("find", "WORDS", "find words in what was said", Does::Find)
        .called("Find words in what was said…", "search chat"),
    slash("journal", "WORDS", "search past conversations", Does::Journal),
    slash("filter", "TEXT", "filter the wire; nothing shows all", Does::Filter)
        .called("Wire: filter by words…", "search find query"),
    slash("edit", "", "write in your editor ($EDITOR)", Does::Act(Action::OpenEditor)),
    slash("suspend", "", "go back to the shell, until fg", Does::Act(Action::Suspend)),
    slash("mouse", "", "take the mouse, or give it back", Does::Act(Action::Mouse)),
    slash("notices", "", "show the last notices again", Does::Act(Action::Notices)),
    slash("quit", "", "leave handset", Does::Act(Action::Quit)),
];
