//! Saying again in a new conversation what the consumer said in an earlier
//! one, message by message: each next one once somebody answered, or a while
//! after the last was sent. It lives only as long as the program, and ends when
//! the person writes something.

use std::{collections::VecDeque, time::Duration};

use crate::domain::{
    content::Content,
    conversation::{Conversation, cloud::Dialog, effect::Effect, event::Attachment},
    ids::{ConversationId, ItemId, TimerId},
    line::{Delivery, Line, LineBody, Place},
    time::Timestamp,
};

/// How long nobody may answer before the next message goes out all the same.
const SILENCE: Duration = Duration::from_secs(5);

/// What is still to be said, and what that waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replay {
    rest: VecDeque<Again>,
    /// How many messages there are in all.
    total: usize,
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
        conversation: ConversationId,
        item: u32,
        answered: bool,
    },
    Listening {
        conversation: ConversationId,
        timer: TimerId,
    },
    /// The next one can go out.
    Due { conversation: ConversationId },
}

impl Conversation {
    /// How many messages were said again so far, and how many there are; `None` when nothing is
    /// replayed.
    pub fn replaying(&self) -> Option<(usize, usize)> {
        let replay = self.replay.as_ref()?;
        Some((replay.total - replay.rest.len(), replay.total))
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
            total: rest.len(),
            rest,
            stage: Stage::Opening,
        });
        self.setup.want();
    }

    /// What the consumer said in the main dialog of a line's conversation, up to and with it.
    fn said_until(&self, last: &Line) -> VecDeque<Again> {
        let is_of = |place: Place, dialog: &Dialog| {
            let is_there = |(ordinal, _)| dialog.ordinals().any(|known| known == ordinal);
            place.numbered().is_some_and(is_there)
        };
        let mut conversations = self.saved.conversations.iter();
        let Some(conversation) =
            conversations.find(|it| it.dialogs.iter().any(|dialog| is_of(last.place, dialog)))
        else {
            return VecDeque::new();
        };
        let of_main = |place: Place| {
            let mut dialogs = conversation.dialogs.iter();
            dialogs.any(|dialog| !dialog.survey && is_of(place, dialog))
        };
        let mut said: Vec<&Line> = self
            .items
            .values()
            .filter(|item| item.place <= last.place && of_main(item.place))
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

    pub(super) fn replay_answered(&mut self, of: &ConversationId) {
        let Some(replay) = &mut self.replay else {
            return;
        };
        match &mut replay.stage {
            Stage::Saying {
                conversation,
                answered,
                ..
            } if conversation == of => *answered = true,
            Stage::Listening { conversation, .. } if conversation == of => {
                replay.stage = Stage::Due {
                    conversation: conversation.clone(),
                };
            }
            _ => {}
        }
    }

    pub(super) fn replay_woke(&mut self, woken: TimerId) {
        if let Some(replay) = &mut self.replay
            && let Stage::Listening {
                conversation,
                timer,
            } = &replay.stage
            && *timer == woken
        {
            replay.stage = Stage::Due {
                conversation: conversation.clone(),
            };
        }
    }

    pub(super) fn advance_replay(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(mut replay) = self.replay.take() else {
            return;
        };
        let here = self.open_conversation().map(|it| it.id.clone());
        replay.stage = match replay.stage {
            Stage::Opening if self.setup.is_wanted() => Stage::Opening,
            Stage::Opening => match here {
                Some(conversation) => Stage::Due { conversation },
                None => return give_up(effects),
            },
            Stage::Saying { conversation, .. }
            | Stage::Listening { conversation, .. }
            | Stage::Due { conversation }
                if here.as_ref() != Some(&conversation) =>
            {
                return give_up(effects);
            }
            Stage::Saying {
                conversation,
                item,
                answered,
            } => match self.items.get(&item).map(|item| &item.body) {
                Some(LineBody::Mine { delivery, .. }) if delivery.sequence().is_some() => {
                    if answered || replay.rest.is_empty() {
                        Stage::Due { conversation }
                    } else {
                        let timer = self.new_timer();
                        let after = SILENCE;
                        effects.push(Effect::Wake { timer, after });
                        Stage::Listening {
                            conversation,
                            timer,
                        }
                    }
                }
                Some(LineBody::Mine {
                    delivery: Delivery::Queued | Delivery::Leaving,
                    ..
                }) => Stage::Saying {
                    conversation,
                    item,
                    answered,
                },
                _ => return give_up(effects),
            },
            waiting => waiting,
        };
        if let Stage::Due { conversation } = replay.stage {
            let item = match replay.rest.pop_front() {
                Some(Again::Text(text)) => self.queue_text(now, text, None, None),
                Some(Again::File(file)) => self.queue_file(now, *file),
                None => return,
            };
            replay.stage = Stage::Saying {
                conversation,
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
fn again(item: &Line) -> Option<Again> {
    let LineBody::Mine {
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
