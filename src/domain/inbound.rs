//! A webhook request and what is owed to it.
//!
//! There is one judgement for every request however it came in: see [`judge`].

mod encoding;
mod peek;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::domain::{
    ids::{AccountId, ClientId, ConversationId, ParticipantId, Sequence},
    secret::Secret,
    signature::{self, Mismatch},
    time::Timestamp,
};

/// Header that names the account.
pub const ACCOUNT_HEADER: &str = "x-liveperson-account-id";
/// Header that names the app install.
pub const CLIENT_HEADER: &str = "x-liveperson-client-id";
/// Header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-liveperson-signature";

/// A webhook request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When its last byte was here.
    pub at: Timestamp,
    /// Header names, lower case, with their values; repeated headers stay repeated.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Bytes,
}

impl Request {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// What the body says: decompressed where it came compressed, and within bounds. A body whose
    /// encoding is not known, or that is not in it, is taken as it is.
    pub fn content(&self) -> Cow<'_, [u8]> {
        let encoding = self.header("content-encoding");
        encoding
            .and_then(|encoding| encoding::decoded(encoding, &self.body))
            .map_or(Cow::Borrowed(&self.body[..]), Cow::Owned)
    }
}

/// Whether a webhook request is the cloud's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum Verdict {
    /// Signed with our secret, for our account and app install.
    Valid,
    /// Signed, but not with our secret, or for another account or app install.
    Invalid(Mismatch),
    /// Without a signature.
    Unsigned,
}

impl Verdict {
    /// The verdict in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Unsigned => "unsigned",
        }
    }

    /// What is wrong with the signature, for somebody who mends it.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Invalid(mismatch) => Some(mismatch.words()),
            Self::Valid | Self::Unsigned => None,
        }
    }
}

impl From<Verdict> for &'static str {
    fn from(verdict: Verdict) -> Self {
        verdict.as_str()
    }
}

/// A webhook request with our verdict on it and what its first lines say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What came in.
    pub request: Request,
    /// Whether it is the cloud's.
    pub verdict: Verdict,
    /// The status it was answered with.
    pub status: u16,
    /// The envelope's `type`, or `None` when the body is not a notification.
    pub kind: Option<String>,
    /// The conversation of its first change.
    pub conversation: Option<ConversationId>,
    /// The sequence of its first change.
    pub sequence: Option<Sequence>,
}

impl Hook {
    /// A request as it was judged and answered, with what its first change says.
    ///
    /// The conversation is the change's `conversationId`, else its `dialogId` as the oldest
    /// events have it, else its `result.convId` (`webhooks` 4 and 5). A body that can be read in
    /// parts says as much.
    pub fn read(request: Request, verdict: Verdict, status: u16) -> Self {
        let found = peek::peek(&request.content());
        let conversation = found.conversation.or(found.dialog).or(found.result);
        Self {
            request,
            verdict,
            status,
            kind: found.kind,
            conversation: conversation.map(ConversationId::from),
            sequence: found.sequence,
        }
    }
}

/// What a webhook is about, for who hands it on without understanding more of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The conversation of its first change, as in [`Hook::read`].
    pub conversation: Option<ConversationId>,
    /// The consumer of its first change: who wrote it, or who takes part.
    pub consumer: Option<ParticipantId>,
    /// Somebody types or looks away: it has no number, and the same is said again in the same
    /// words.
    pub fleeting: bool,
}

impl Subject {
    /// Longer ids are none.
    const LONGEST: usize = 256;

    /// Reads a body, as far as it can be read.
    pub fn read(body: &[u8]) -> Self {
        let found = peek::peek(body);
        let fits = |id: &String| id.len() <= Self::LONGEST;
        let conversation = found.conversation.or(found.dialog).or(found.result);
        Self {
            conversation: conversation.filter(fits).map(ConversationId::from),
            consumer: found.consumer.filter(fits).map(ParticipantId::from),
            fleeting: found.event.as_deref() == Some("ChatStateEvent"),
        }
    }
}

/// What the judgement needs to know.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account the app install belongs to.
    pub account: AccountId,
    /// The app install.
    pub client: ClientId,
    /// Its secret, with which the cloud signs.
    pub secret: Secret,
}

/// Whether a request is the cloud's: signature over the raw bytes, then account and app install.
pub fn judge(request: &Request, credentials: &Credentials) -> Verdict {
    let Some(signature) = request.header(SIGNATURE_HEADER) else {
        return Verdict::Unsigned;
    };
    let (secret, body) = (&credentials.secret, &request.body);
    let is_signed = signature::verify(signature, secret, body);
    if request.header(ACCOUNT_HEADER) != Some(credentials.account.as_str()) {
        Verdict::Invalid(Mismatch::Account)
    } else if request.header(CLIENT_HEADER) != Some(credentials.client.as_str()) {
        Verdict::Invalid(Mismatch::Client)
    } else if is_signed {
        Verdict::Valid
    } else {
        let content = request.content();
        Verdict::Invalid(signature::mismatch(signature, secret, body, &content))
    }
}
