//! What a consumer answers in the survey after a conversation.

/// How a consumer rated a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csat {
    /// 1 to 5; `None` when it was skipped.
    pub rate: Option<u8>,
    /// Whether the matter is settled.
    pub resolved: Option<bool>,
}
