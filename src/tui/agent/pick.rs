//! What is picked from a list in the agent workspace: replies, cards, whom to hand a
//! conversation to, a state, an agent.

use crate::{
    config::cards::Card,
    domain::{
        availability::Availability,
        content::QuickReply,
        rich::{card, quick},
        text::SafeText,
    },
    tui::{
        agent::{
            AgentSession, Workspace,
            conversation::AgentConversation,
            names::{self, AVAILABILITIES, Taker, one_row},
        },
        chat::card::{
            block::{Block, Piece, Tone},
            lay,
        },
    },
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The canned reply of this place in the library.
    Reply(usize),
    /// The card of this place in the library.
    Card(usize),
    /// Whom to hand the conversation to.
    Transfer(Taker),
    /// Whether conversations ring.
    Available(Availability),
    LogIn(String),
}

/// A row to pick from: what it says, what stands at its right, what it is.
pub(crate) type PickEntry = (String, String, Pick);

impl Workspace {
    /// Canned replies to pick from.
    pub(crate) fn canned_replies(&self) -> Vec<PickEntry> {
        let all = self.library.replies.iter().enumerate();
        all.map(|(at, reply)| {
            let text = one_row(&SafeText::clean(&reply.text));
            let label = format!("{} · {text}", reply.key);
            (label, String::new(), Pick::Reply(at))
        })
        .collect()
    }

    /// Cards to pick from.
    pub(crate) fn cards(&self) -> Vec<PickEntry> {
        let all = self.library.cards.iter().enumerate();
        all.map(|(at, card)| {
            let label = format!("{} · {}", card.key, one_row(&card.about));
            (label, String::new(), Pick::Card(at))
        })
        .collect()
    }

    /// Whom the conversation in view can be handed to.
    pub(crate) fn takers(&self) -> Vec<PickEntry> {
        let takers = self.session().map(AgentSession::takers).unwrap_or_default();
        takers
            .into_iter()
            .map(|(_, about, taker)| (about, String::new(), Pick::Transfer(taker)))
            .collect()
    }

    /// Whether conversations ring.
    pub(crate) fn availabilities(&self) -> Vec<PickEntry> {
        let link = self.session().and_then(|session| session.link.as_ref());
        AVAILABILITIES
            .into_iter()
            .map(|one| {
                let (sign, word) = names::availability(one);
                let label = format!("{sign} {word} · {}", names::meaning(one));
                let is_now = link.is_some_and(|link| link.availability == one);
                let keys = if is_now { "now" } else { "" };
                (label, keys.to_owned(), Pick::Available(one))
            })
            .collect()
    }

    /// Who can log in.
    pub(crate) fn log_ins(&self) -> Vec<PickEntry> {
        self.users
            .iter()
            .map(|user| {
                let is_logged_in = self.sessions.iter().any(|session| session.user == *user);
                let keys = if is_logged_in { "logged in" } else { "" };
                let label = one_row(&SafeText::clean(user));
                (label, keys.to_owned(), Pick::LogIn(user.clone()))
            })
            .collect()
    }

    /// What a canned reply says to the consumer in view.
    pub(crate) fn canned(&self, at: usize) -> Option<String> {
        let reply = self.library.replies.get(at)?;
        let session = self.session();
        let name = session
            .and_then(AgentSession::conversation)
            .map(AgentConversation::first_name);
        let me = session.map(|session| {
            let name = session.name();
            name.split_whitespace().next().unwrap_or("").to_owned()
        });
        Some(reply.said(&name.unwrap_or_default(), &me.unwrap_or_default()))
    }
}

/// What a card offers below it.
fn replies(card: &Card) -> Vec<QuickReply> {
    card.replies
        .as_ref()
        .map(quick::replies)
        .unwrap_or_default()
}

/// What somebody is about to pick, as it will look at the consumer's.
pub(crate) fn preview(workspace: &Workspace, pick: &Pick, room: usize) -> Block {
    match pick {
        Pick::Reply(at) => {
            let said = workspace.canned(*at).unwrap_or_default();
            lay::plain(SafeText::clean(&said).as_str(), room)
        }
        Pick::Card(at) => {
            let Some(card) = workspace.library.cards.get(*at) else {
                return Block::default();
            };
            let mut block = match &card.content {
                Some(content) => {
                    let card = card::Card::read(content);
                    lay::block(&card, &card::CardState::default(), room, false)
                }
                None => lay::plain(SafeText::clean(&card.text).as_str(), room),
            };
            for reply in replies(card) {
                let title = format!("( {} )", lay::button_words(&reply.button()));
                for row in crate::tui::text::wrap::wrapped(&title, room) {
                    block.line(Piece::new(row, Tone::Pill));
                }
            }
            block
        }
        Pick::Transfer(_) | Pick::Available(_) | Pick::LogIn(_) => Block::default(),
    }
}
