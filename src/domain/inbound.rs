//! A webhook request and what is owed to it.
//!
//! There is one judgement for every request however it came in: see [`judge`].

mod peek;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{AccountId, ClientId, ConversationId, ParticipantId, Sequence},
    secret::Secret,
    signature,
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
}

/// Whether a webhook request is the cloud's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Signed with our secret, for our account and app install.
    Valid,
    /// Signed, but not with our secret, or for another account or app install.
    Invalid,
    /// Without a signature.
    Unsigned,
}

impl Verdict {
    /// The verdict in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unsigned => "unsigned",
        }
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
    /// events have it, else its `result.convId` (`webhooks` 4 and 5). A body that is not JSON
    /// says nothing.
    pub fn read(request: Request, verdict: Verdict, status: u16) -> Self {
        let found = peek::peek(&request.body);
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

    /// Reads a body; one that is not JSON is about nothing.
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
    let ours = signature::verify(signature, &credentials.secret, &request.body)
        && request.header(ACCOUNT_HEADER) == Some(credentials.account.as_str())
        && request.header(CLIENT_HEADER) == Some(credentials.client.as_str());
    if ours {
        Verdict::Valid
    } else {
        Verdict::Invalid
    }
}
