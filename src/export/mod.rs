//! Conversations written out for others: transcripts and wire, in the formats
//! they use.
//!
//! Each writer takes lines or entries one by one and writes as it goes, so that
//! a conversation of any length costs little memory. None of them opens files,
//! reads clocks or knows the journal. What they write is free of secrets
//! ([`Redactor`]), and nothing foreign in it can break out of its place.

pub(crate) mod bundle;
pub(crate) mod har;
pub(crate) mod html;
pub(crate) mod json_line;
pub(crate) mod jsonl;
pub mod markdown;
mod redact;
pub mod talk;
pub(crate) mod transcript;
pub(crate) mod words;

pub use redact::Redactor;

use jiff::tz::TimeZone;

use crate::domain::{ids::ConversationId, text::SafeText, time::Timestamp};

/// Stands for the account where the cloud was the sandbox.
pub const SANDBOX: &str = "sandbox";

/// What is written out, and for whom.
#[derive(Debug, Clone)]
pub struct Talk {
    /// What the consumer is called; empty when nobody knows.
    pub consumer: SafeText,
    /// What the brand is called; empty when nobody knows.
    pub brand: SafeText,
    /// The account it was with, or [`SANDBOX`].
    pub account: SafeText,
    /// The conversation.
    pub conversation: ConversationId,
    /// When its first line was written.
    pub began: Timestamp,
    /// When it is written out.
    pub exported: Timestamp,
    /// Where the clock on the wall hangs.
    pub zone: TimeZone,
    /// What is not to be seen.
    pub redactor: Redactor,
}

impl Talk {
    /// What a page about it is called.
    fn title(&self) -> String {
        let consumer = words::or(&self.consumer, "Consumer");
        if self.brand.is_empty() {
            consumer.to_owned()
        } else {
            format!("{consumer} ▸ {}", self.brand)
        }
    }

    /// The time zone of the clock on the wall.
    pub fn zone_name(&self) -> String {
        words::zone(self.began, &self.zone)
    }

    /// With which cloud it was, in words.
    fn source(&self) -> String {
        match self.account.as_str() {
            SANDBOX => "the sandbox".to_owned(),
            account => format!("account {account}"),
        }
    }

    /// The conversation's id, which is foreign too.
    fn id(&self) -> SafeText {
        SafeText::clean(self.conversation.as_str())
    }
}
