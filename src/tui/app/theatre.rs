//! The show that is played on the phone: what it is begun with, and how it stands. What plays it is
//! [`stage::player`](crate::stage::player); how it comes to the screen is in `update`.

use std::time::Duration;

use crate::{
    domain::{persona::Persona, time::Timestamp},
    engine::update::{Head, Phase},
    stage::{player::StagePlayer, timeline::Timeline},
};

/// How long a key counts as the first of two.
pub(crate) const TWICE_MILLIS: u64 = 1500;

/// How long the brand's card stands before a show.
const CARD: Duration = Duration::from_millis(2500);

/// What a show is begun with.
#[derive(Debug, Clone)]
pub struct ShowSettings {
    /// What is played.
    pub timeline: Timeline,
    /// How much faster than people it goes.
    pub speed: f64,
    /// Whether the presenter's keys type the lines from the start.
    pub ghost: bool,
    /// Who holds the phone.
    pub persona: Persona,
    /// The brand's name.
    pub brand: String,
}

/// A scenario that is played for real on stage.
#[derive(Default)]
pub(crate) struct ToPlay {
    /// Its file, until a phone is open.
    pub(crate) file: Option<String>,
    /// The show that can take its place.
    pub(crate) show: Option<ShowSettings>,
    /// The line it came to, once it has failed.
    pub(crate) failed_at: Option<usize>,
}

/// A show that is played.
pub(crate) struct Theatre {
    pub(crate) player: StagePlayer,
    pub(crate) head: Head,
    /// Until when the brand's card stands before the show.
    pub(crate) card_until: Option<Timestamp>,
    /// When the presenter pressed the key that leaves, for the first time.
    pub(crate) leaves: Option<Timestamp>,
    /// Whether keys are shown as plates.
    pub(crate) has_plates: bool,
}

impl Theatre {
    /// One that begins now, or after the brand's card was shown.
    pub(crate) fn new(show: &ShowSettings, now: Timestamp, has_card: bool) -> Self {
        let card_until = has_card.then(|| now.after(CARD));
        let begins = card_until.unwrap_or(now);
        Self {
            player: StagePlayer::new(show.timeline.clone(), show.speed, begins),
            card_until,
            head: Head {
                consumer: show.persona.name.as_str().into(),
                brand: show.brand.as_str().into(),
                sandbox: false,
                production: false,
                agent: None,
                conversation: None,
                phase: Phase::Open,
            },
            leaves: None,
            has_plates: false,
        }
    }
}
