//! What the first lines of a notification say, read without building it.
//!
//! Tolerant by design: a member of an unexpected type counts as missing, and
//! what is not asked for is skipped. A body that a strict reader does not take
//! is read as far as it can be.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::{ids::Sequence, wire::lenient};

/// The parts of a notification that its summary shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Option<String>,
    /// `conversationId` of the first change.
    pub(super) conversation: Option<String>,
    /// `dialogId` of the first change.
    pub(super) dialog: Option<String>,
    /// `result.convId` of the first change.
    pub(super) result: Option<String>,
    /// `sequence` of the first change.
    pub(super) sequence: Option<Sequence>,
    /// `event.type` of the first change.
    pub(super) event: Option<String>,
    /// Who is named with the role CONSUMER in the first change, first of all.
    pub(super) consumer: Option<String>,
    /// `originatorId` of the first change.
    originator: Option<String>,
    /// The participant that is just being read.
    party: Party,
}

/// A participant with a role, as far as it has been read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Party {
    id: Option<String>,
    role: Option<String>,
}

impl Found {
    /// Takes note of a participant that was read to its end.
    fn meet(&mut self, fallback: Option<String>) {
        let Party { id, role } = std::mem::take(&mut self.party);
        if role.as_deref() == Some("CONSUMER") && self.consumer.is_none() {
            self.consumer = id.or(fallback);
        }
    }
}

/// What the list of the wire needs of a webhook body, read without building the whole of it.
pub(super) fn peek(body: &[u8]) -> Found {
    let mut found = Found::default();
    let strict = std::str::from_utf8(body).is_ok_and(|text| {
        let mut json = serde_json::Deserializer::from_str(text);
        let walk = Walk {
            at: Spot::Envelope,
            found: &mut found,
        };
        let walked = walk.deserialize(&mut json);
        walked.and_then(|()| json.end()).is_ok()
    });
    if !strict {
        found = Found::default();
        let walk = Walk {
            at: Spot::Envelope,
            found: &mut found,
        };
        // It takes whatever stands at a spot, so it cannot fail.
        let _ = walk.deserialize(lenient::read(body).value);
    }
    found
}

/// Where in a notification a value stands.
#[derive(Clone, Copy)]
enum Spot {
    Envelope,
    Body,
    Changes,
    Change,
    Result,
    Kind,
    Conversation,
    Dialog,
    ConvId,
    Sequence,
    Event,
    EventKind,
    Originator,
    Author,
    Details,
    Parties,
    Party,
    PartyId,
    PartyRole,
    Elsewhere,
}

impl Spot {
    /// The spot of a member of the object at this one.
    fn member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Envelope, "type") => Self::Kind,
            (Self::Envelope, "body") => Self::Body,
            (Self::Body, "changes") => Self::Changes,
            (Self::Change, "conversationId") => Self::Conversation,
            (Self::Change, "dialogId") => Self::Dialog,
            (Self::Change, "sequence") => Self::Sequence,
            (Self::Change, "result") => Self::Result,
            (Self::Change, "event") => Self::Event,
            (Self::Change, "originatorId") => Self::Originator,
            (Self::Change, "originatorMetadata") => Self::Author,
            (Self::Event, "type") => Self::EventKind,
            (Self::Result, "convId") => Self::ConvId,
            (Self::Result, "conversationDetails") => Self::Details,
            (Self::Details, "participants") => Self::Parties,
            (Self::Author | Self::Party, "id") => Self::PartyId,
            (Self::Author | Self::Party, "role") => Self::PartyRole,
            _ => Self::Elsewhere,
        }
    }
}

/// Visits the value at one spot and keeps what is asked for.
struct Walk<'a> {
    at: Spot,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        match self.at {
            // Skips without recursion, so that depth costs nothing.
            Spot::Elsewhere => value.deserialize_ignored_any(IgnoredAny).map(drop),
            _ => value.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let slot = match self.at {
            Spot::Sequence => {
                let number = text.trim().parse::<i64>().ok();
                self.found.sequence = number.and_then(|number| Sequence::try_from(number).ok());
                return Ok(());
            }
            Spot::Kind => &mut self.found.kind,
            Spot::Conversation => &mut self.found.conversation,
            Spot::Dialog => &mut self.found.dialog,
            Spot::ConvId => &mut self.found.result,
            Spot::EventKind => &mut self.found.event,
            Spot::Originator => &mut self.found.originator,
            Spot::PartyId => &mut self.found.party.id,
            Spot::PartyRole => &mut self.found.party.role,
            _ => return Ok(()),
        };
        *slot = (!text.is_empty()).then(|| text.to_owned());
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        if matches!(self.at, Spot::Sequence) {
            // The journal counts in 63 bits; no dialog comes near that.
            self.found.sequence = i64::try_from(number).is_ok().then_some(number);
        }
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if matches!(self.at, Spot::Changes) {
            let first = Walk {
                at: Spot::Change,
                found: &mut *self.found,
            };
            items.next_element_seed(first)?;
        }
        if matches!(self.at, Spot::Parties) {
            loop {
                let party = Walk {
                    at: Spot::Party,
                    found: &mut *self.found,
                };
                if items.next_element_seed(party)?.is_none() {
                    return Ok(());
                }
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(at) = members.next_key_seed(Name(self.at))? {
            members.next_value_seed(Walk {
                at,
                found: &mut *self.found,
            })?;
        }
        match self.at {
            Spot::Party => self.found.meet(None),
            // Its role stands in `originatorMetadata`, its id there and beside it.
            Spot::Change => {
                let originator = self.found.originator.take();
                self.found.meet(originator);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Reads a member's name into the spot it leads to, without keeping it.
struct Name(Spot);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Spot;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Spot, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Spot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Spot, E> {
        Ok(self.0.member(name))
    }
}
