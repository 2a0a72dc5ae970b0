//! What a front end asks, as the workspace understands it.

use crate::{
    domain::workspace::event::{Act, Message},
    engine::agent_session::command::Command,
};

impl From<Command> for Act {
    fn from(command: Command) -> Self {
        match command {
            Command::Availability(availability) => Self::Availability(availability),
            Command::Accept(ring) => Self::Ring {
                ring,
                accepted: true,
            },
            Command::Reject(ring) => Self::Ring {
                ring,
                accepted: false,
            },
            Command::Look(conversation) => Self::Look(conversation),
            Command::Writing { conversation, any } => Self::Writing { conversation, any },
            Command::Say {
                conversation,
                text,
                private,
            } => Self::Say {
                conversation,
                message: Message::Text {
                    text,
                    replies: None,
                },
                private,
                metadata: None,
            },
            Command::Show {
                conversation,
                content,
                replies,
                text,
                metadata,
            } => Self::Say {
                conversation,
                message: match content {
                    Some(content) => Message::Rich { content, replies },
                    None => Message::Text { text, replies },
                },
                private: false,
                metadata,
            },
            Command::Retry { conversation, line } => Self::Retry { conversation, line },
            Command::TransferToSkill {
                conversation,
                skill,
            } => Self::ToSkill(conversation, skill),
            Command::TransferToAgent {
                conversation,
                agent,
            } => Self::ToAgent(conversation, agent),
            Command::BackToQueue(conversation) => Self::ToQueue(conversation),
            Command::Close {
                conversation,
                survey,
            } => Self::Close {
                conversation,
                survey,
            },
            Command::Join(conversation) => Self::Join(conversation),
            Command::Leave(conversation) => Self::Leave(conversation),
            Command::Begin(consumer) => Self::Begin(consumer),
            Command::History {
                conversation,
                after,
            } => Self::History {
                conversation,
                after,
            },
            Command::Quit => Self::Quit,
        }
    }
}
