//! Saying again in a new conversation what the consumer said in an earlier
//! one, message by message: each next one once somebody answered, or a while
//! after the last was sent. It lives only as long as the program, and ends when
//! the person writes something.

use std::{collections::VecDeque, time::Duration};

use crate::domain::{
    content::Content,
    conversation::{Conversation, effect::Effect, event::Attachment},
    ids::{ConversationId, ItemId, TimerId},
    item::{Body, Delivery, Item},
    time::Timestamp,
};

/// How long nobody may answer before the next message goes out all the same.
const SILENCE: Duration = Duration::from_secs(5);

/// What is still to be said, and what that waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replay {
    rest: VecDeque<Again>,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Again {
    Text(String),
    File(Box<Attachment>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The new conversation is on its way.
    Opening,
    /// A message is on its way there; somebody may have answered already.
    Saying {
        room: ConversationId,
        item: u32,
        answered: bool,
    },
    Listening {
        room: ConversationId,
        timer: TimerId,
    },
    /// The next one can go out.
    Due { room: ConversationId },
}

impl Conversation {
    /// How many messages are still to be said again; `None` when nothing is replayed.
    pub fn replaying(&self) -> Option<usize> {
        self.replay.as_ref().map(|replay| replay.rest.len())
    }

    pub(super) fn replay(&mut self, id: ItemId, effects: &mut Vec<Effect>) {
        let Some(last) = self.items.get(&id.number).filter(|item| item.id == id) else {
            return;
        };
        let rest = self.said_until(last);
        if rest.is_empty() {
            effects.push(Effect::Remark("there is nothing to say again up to there"));
            return;
        }
        self.replay = Some(Replay {
            rest,
            stage: Stage::Opening,
        });
        self.setup.want();
    }

    /// What the consumer said in the main dialog of a line's conversation, up to and with it.
    fn said_until(&self, last: &Item) -> VecDeque<Again> {
        let here = last.place.dialog;
        let mut rooms = self.saved.rooms.iter();
        let Some(room) =
            rooms.find(|room| room.dialogs.iter().any(|dialog| dialog.ordinal == here))
        else {
            return VecDeque::new();
        };
        let of_main = |ordinal: u32| {
            let mut dialogs = room.dialogs.iter();
            dialogs.any(|dialog| !dialog.survey && dialog.ordinal == ordinal)
        };
        let mut said: Vec<&Item> = self
            .items
            .values()
            .filter(|item| item.place <= last.place && of_main(item.place.dialog))
            .collect();
        said.sort_by_key(|item| item.place);
        said.into_iter().filter_map(again).collect()
    }

    /// The person does something else.
    pub(super) fn stop_replay(&mut self, effects: &mut Vec<Effect>) {
        if self.replay.take().is_some() {
            effects.push(Effect::Remark("saying it again was stopped"));
        }
    }

    pub(super) fn replay_heard(&mut self, conversation: &ConversationId) {
        let Some(replay) = &mut self.replay else {
            return;
        };
        match &mut replay.stage {
            Stage::Saying { room, answered, .. } if room == conversation => *answered = true,
            Stage::Listening { room, .. } if room == conversation => {
                replay.stage = Stage::Due { room: room.clone() };
            }
            _ => {}
        }
    }

    pub(super) fn replay_woke(&mut self, woken: TimerId) {
        if let Some(replay) = &mut self.replay
            && let Stage::Listening { room, timer } = &replay.stage
            && *timer == woken
        {
            replay.stage = Stage::Due { room: room.clone() };
        }
    }

    pub(super) fn advance_replay(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(mut replay) = self.replay.take() else {
            return;
        };
        let here = self.room().map(|room| room.id.clone());
        replay.stage = match replay.stage {
            Stage::Opening if self.setup.is_wanted() => Stage::Opening,
            Stage::Opening => match here {
                Some(room) => Stage::Due { room },
                None => return give_up(effects),
            },
            Stage::Saying { room, .. } | Stage::Listening { room, .. } | Stage::Due { room }
                if here.as_ref() != Some(&room) =>
            {
                return give_up(effects);
            }
            Stage::Saying {
                room,
                item,
                answered,
            } => match self.items.get(&item).map(|item| &item.body) {
                Some(Body::Mine { delivery, .. }) if delivery.sequence().is_some() => {
                    if answered || replay.rest.is_empty() {
                        Stage::Due { room }
                    } else {
                        let timer = self.new_timer();
                        let after = SILENCE;
                        effects.push(Effect::Wake { timer, after });
                        Stage::Listening { room, timer }
                    }
                }
                Some(Body::Mine {
                    delivery: Delivery::Queued | Delivery::Leaving,
                    ..
                }) => Stage::Saying {
                    room,
                    item,
                    answered,
                },
                _ => return give_up(effects),
            },
            waiting => waiting,
        };
        if let Stage::Due { room } = replay.stage {
            let item = match replay.rest.pop_front() {
                Some(Again::Text(text)) => self.queue_text(now, text, None, None),
                Some(Again::File(file)) => self.queue_file(now, *file),
                None => return,
            };
            replay.stage = Stage::Saying {
                room,
                item,
                answered: false,
            };
        }
        self.replay = Some(replay);
    }
}

fn give_up(effects: &mut Vec<Effect>) {
    effects.push(Effect::Remark("saying it again ended early"));
}

/// A message that arrived, as it can be said again; a file only while it is known where on this
/// machine it is.
fn again(item: &Item) -> Option<Again> {
    let Body::Mine {
        content, delivery, ..
    } = &item.body
    else {
        return None;
    };
    delivery.sequence()?;
    match content {
        Content::Text { text, .. } => Some(Again::Text(text.to_string())),
        Content::File(file) => Some(Again::File(Box::new(Attachment {
            local: file.local.clone()?,
            size: 0,
            file_type: file.file_type.to_string(),
            caption: file.caption.to_string(),
            preview: file.preview.clone(),
            metadata: None,
        }))),
        Content::Rich { .. } | Content::Form { .. } => None,
    }
}
