//! The slash commands of an agent.

use crate::{
    domain::availability::Availability,
    tui::commands::{
        keys::Action,
        slash::{Completion, Does, Draft, Slash, completions_by, read_by, slash},
    },
};

/// What a command of the workspace does that no action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkspaceCommand {
    /// Sends a private note, or turns to writing one.
    Note,
    /// Puts a canned reply into the draft.
    Reply,
    Card,
    Transfer,
    /// Says whether conversations ring.
    Available(Availability),
    /// Logs another agent in, or goes to that session.
    LogIn,
    /// Begins another conversation with the consumer.
    Begin,
}

const fn command(
    name: &'static str,
    argument: &'static str,
    about: &'static str,
    command: WorkspaceCommand,
) -> Slash {
    slash(name, argument, about, Does::Workspace(command))
}

const fn act(name: &'static str, about: &'static str, action: Action) -> Slash {
    slash(name, "", about, Does::Act(action))
}

/// All of them, in the order they are offered; Enter takes the first, so it does no harm.
#[rustfmt::skip]
pub(crate) const ALL: &[Slash] = &[
    act("help", "show all keys and commands", Action::Help),
    act("accept", "take the conversation that rings", Action::Accept),
    act("reject", "turn the conversation that rings down", Action::Reject),
    command("reply", "NAME", "a reply that was written before", WorkspaceCommand::Reply),
    command("card", "NAME", "send a card", WorkspaceCommand::Card),
    command("note", "TEXT", "a note the consumer does not see", WorkspaceCommand::Note),
    command("transfer", "WHOM", "hand it to a skill or an @agent", WorkspaceCommand::Transfer),
    act("queue", "give it back to its queue", Action::BackToQueue),
    act("close", "close it, and let a survey follow", Action::CloseWithSurvey),
    act("end", "end it at once, without a survey", Action::CloseWithoutSurvey),
    act("done", "close its tab, once it is over", Action::CloseTab),
    command("begin", "", "talk to this consumer anew", WorkspaceCommand::Begin),
    command("online", "", "let new conversations ring", WorkspaceCommand::Available(Availability::Online)),
    command("occupied", "", "let only transfers ring", WorkspaceCommand::Available(Availability::Occupied)),
    command("soon", "", "nothing rings; you are back soon", WorkspaceCommand::Available(Availability::BackSoon)),
    command("away", "", "nothing rings", WorkspaceCommand::Available(Availability::Away)),
    act("next", "go to the next conversation", Action::NextConversation),
    act("previous", "go to the conversation before", Action::PreviousConversation),
    act("who", "who the consumer is", Action::Facts),
    slash("find", "WORDS", "find words in what was said", Does::Find),
    command("login", "NAME", "log another agent in", WorkspaceCommand::LogIn),
    act("leave", "log out", Action::LogOut),
    act("retry", "send the failed message again", Action::Retry),
    slash("theme", "NAME", "change the colours", Does::Theme),
    act("edit", "write in your editor ($EDITOR)", Action::OpenEditor),
    act("suspend", "go back to the shell, until fg", Action::Suspend),
    act("mouse", "take the mouse, or give it back", Action::Mouse),
    act("notices", "show the last notices again", Action::Notices),
    act("quit", "leave handset", Action::Quit),
];

pub(crate) fn read(draft: &str) -> Draft<'_> {
    read_by(ALL, draft)
}

/// The ways to go on with a draft.
pub(crate) fn completions(
    draft: &str,
    values: impl Fn(Does) -> Vec<(String, Option<String>)>,
) -> Vec<Completion> {
    completions_by(ALL, draft, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::width::width;

    #[test]
    fn every_command_is_told_in_full_on_the_smallest_screen() {
        // Frame and margin, the mark, and two gaps.
        let room = usize::from(crate::tui::text::width::LEAST.0) - 4 - 4;
        let name = |slash: &Slash| width(&format!("/{} {}", slash.name, slash.argument));
        let names = ALL.iter().map(name).max().unwrap();
        for slash in ALL {
            let taken = names + width(slash.about);
            assert!(taken <= room, "/{} takes {taken} of {room}", slash.name);
        }
    }

    #[test]
    fn a_command_is_never_chat_and_two_slashes_are() {
        assert!(matches!(
            read("/transfer sales"),
            Draft::Command(_, "sales")
        ));
        assert!(matches!(
            read("/trasnfer sales"),
            Draft::Unknown("trasnfer")
        ));
        // The phone's own commands mean nothing here.
        assert!(matches!(read("/csat 5"), Draft::Unknown("csat")));
        assert!(matches!(read("//close"), Draft::Chat("/close")));
    }
}
