//! What the phone of a brand says by itself, in the brand's own language.

use serde::Deserialize;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:literal;)+) => {
        /// The words of the phone itself. `{name}`, `{count}` and `{time}` stand for what they say.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct BrandWords {
            $($(#[doc = $doc])+ pub $name: String,)+
        }

        impl Default for BrandWords {
            fn default() -> Self {
                Self { $($name: $default.to_owned(),)+ }
            }
        }

        impl BrandWords {
            /// What a pack calls them.
            #[cfg(test)]
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// All words, in the order of the table.
            pub(super) fn all(&self) -> Vec<&String> {
                vec![$(&self.$name,)+]
            }
        }
    };
}

words! {
    /// In the head while somebody writes.
    typing = "{name} is typing…";
    /// In the head while an agent is there and writes nothing.
    online = "online";
    /// In the field for the message, while nothing is written there.
    message = "Message";
    /// Above the lines of today.
    today = "Today";
    /// Above the lines of yesterday.
    yesterday = "Yesterday";
    /// Under the last own bubble, once it was read.
    read = "Read";
    /// Under the last own bubble, once it has arrived.
    delivered = "Delivered";
    /// A quiet line when an agent joins.
    joined = "{name} joined the chat";
    /// A quiet line when an agent leaves.
    left = "{name} left the chat";
    /// A quiet line when an agent hands over to another one.
    handed = "{name} goes on from here";
    /// A quiet line when the conversation is closed.
    closed = "This chat has ended";
    /// A quiet line once the consumer has rated; `{count}` is the number of stars.
    rated = "You rated this chat {count} of 5";
    /// The sender of what the system says.
    automatic = "Automatic message";
}
