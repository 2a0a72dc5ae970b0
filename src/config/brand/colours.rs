//! The colours of a brand pack.

use serde::{Deserialize, Deserializer, de::Error as _};

/// A colour by its parts of red, green and blue, written as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandColour(pub [u8; 3]);

impl BrandColour {
    /// Reads `#rrggbb`.
    fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, r, g, b] = number.to_be_bytes();
        Some(Self([r, g, b]))
    }
}

impl<'de> Deserialize<'de> for BrandColour {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("{text:?} is not a colour; write it as \"#0b5d3b\""))
        })
    }
}

macro_rules! colours {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        /// The colours a pack names; what it leaves out follows from the others.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct BrandColours {
            $($(#[doc = $doc])+ pub $name: Option<BrandColour>,)+
        }

        impl BrandColours {
            /// What a pack calls them.
            #[cfg(test)]
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
        }
    };
}

colours! {
    /// Behind the brand's name.
    head;
    /// The words there.
    head_text;
    /// Behind the consumer's bubbles.
    mine;
    /// The words on them.
    mine_text;
    /// Behind the bubbles of the others.
    theirs;
    /// The words on them.
    theirs_text;
    /// Behind the bubbles of bots and of the system.
    automatic;
    /// Behind the bubbles.
    background;
    /// Words on no bubble, as those one writes.
    text;
    /// Times and what else matters less.
    muted;
    /// What can be pressed, and the tick of what was read.
    accent;
    /// Behind the field one writes in, and behind popups.
    raised;
    /// Thin lines.
    border;
    /// What is chosen.
    selection;
    /// A good sign.
    good;
    /// A warning.
    warn;
    /// A bad sign.
    bad;
    /// Around the phone.
    backdrop;
}
