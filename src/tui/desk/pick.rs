//! What is picked from a list at the desk: replies, cards, whom to hand a
//! conversation to, a state, a chair.

use crate::{
    config::cards::Card,
    domain::{
        availability::Availability,
        content::QuickReply,
        rich::{card, quick},
        text::SafeText,
    },
    tui::{
        desk::{
            Chair,
            names::{self, AVAILABILITIES, Taker, one_row},
            talk::Talk,
        },
        model::Model,
        popups::{Among, Choice, Offer},
        widgets::card::{
            block::{Block, Piece, Tone},
            lay,
        },
    },
};

/// Something picked.
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
    /// Who sits down.
    Sit(String),
}

fn offer(label: String, keys: String, pick: Pick) -> Offer {
    Offer {
        label,
        keys,
        choice: Choice::Desk(pick),
    }
}

/// What there is to pick from.
pub(crate) fn offers(model: &Model, among: Among) -> Vec<Offer> {
    let desk = &model.desk;
    match among {
        Among::Replies => {
            let all = desk.library.replies.iter().enumerate();
            all.map(|(at, reply)| {
                let text = one_row(&SafeText::clean(&reply.text));
                let label = format!("{} · {text}", reply.key);
                offer(label, String::new(), Pick::Reply(at))
            })
            .collect()
        }
        Among::Cards => {
            let all = desk.library.cards.iter().enumerate();
            all.map(|(at, card)| {
                let label = format!("{} · {}", card.key, one_row(&card.about));
                offer(label, String::new(), Pick::Card(at))
            })
            .collect()
        }
        Among::Takers => {
            let takers = desk.chair().map(Chair::takers).unwrap_or_default();
            takers
                .into_iter()
                .map(|(_, about, taker)| offer(about, String::new(), Pick::Transfer(taker)))
                .collect()
        }
        Among::Availabilities => AVAILABILITIES
            .into_iter()
            .map(|one| {
                let (sign, word) = names::availability(one);
                let label = format!("{sign} {word} · {}", names::meaning(one));
                let link = desk.chair().and_then(|chair| chair.link.as_ref());
                let is_now = link.is_some_and(|link| link.availability == one);
                let keys = if is_now { "now" } else { "" };
                offer(label, keys.to_owned(), Pick::Available(one))
            })
            .collect(),
        Among::Chairs => desk
            .users
            .iter()
            .map(|user| {
                let sits = desk.chairs.iter().any(|chair| chair.user == *user);
                let keys = if sits { "sits here" } else { "" };
                let label = one_row(&SafeText::clean(user));
                offer(label, keys.to_owned(), Pick::Sit(user.clone()))
            })
            .collect(),
        Among::Commands | Among::Personas | Among::Exports => Vec::new(),
    }
}

/// Whether what is picked is shown beside the list.
pub(crate) fn has_preview(among: Among) -> bool {
    matches!(among, Among::Replies | Among::Cards)
}

/// What a card offers below it.
fn replies(card: &Card) -> Vec<QuickReply> {
    card.replies
        .as_ref()
        .map(quick::replies)
        .unwrap_or_default()
}

/// What somebody is about to pick, as it will look at the consumer's.
pub(crate) fn preview(model: &Model, pick: &Pick, room: usize) -> Block {
    match pick {
        Pick::Reply(at) => {
            let said = model.canned(*at).unwrap_or_default();
            lay::plain(SafeText::clean(&said).as_str(), room)
        }
        Pick::Card(at) => {
            let Some(card) = model.desk.library.cards.get(*at) else {
                return Block::default();
            };
            let mut block = match &card.content {
                Some(content) => {
                    let card = card::Card::read(content);
                    lay::block(&card, &card::State::default(), room)
                }
                None => lay::plain(SafeText::clean(&card.text).as_str(), room),
            };
            for reply in replies(card) {
                let title = format!("( {} )", lay::button_words(&reply.button()));
                for row in crate::tui::text::wrap::wrapped(&title, room) {
                    block.line(Piece::new(row, Tone::Button));
                }
            }
            block
        }
        Pick::Transfer(_) | Pick::Available(_) | Pick::Sit(_) => Block::default(),
    }
}

impl Model {
    /// What a canned reply says to the consumer in view.
    pub(crate) fn canned(&self, at: usize) -> Option<String> {
        let reply = self.desk.library.replies.get(at)?;
        let chair = self.desk.chair();
        let name = chair.and_then(Chair::talk).map(Talk::first_name);
        let me = chair.map(|chair| {
            let name = chair.name();
            name.split_whitespace().next().unwrap_or("").to_owned()
        });
        Some(reply.said(&name.unwrap_or_default(), &me.unwrap_or_default()))
    }
}
