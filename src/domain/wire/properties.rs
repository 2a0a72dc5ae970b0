//! The `Client-Properties` header: what this phone is and can show. See
//! `send-api` 5; it goes with CONVERSATION and with every SEND.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the phone tells about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientProperties {
    /// `appId`, up to 64 characters.
    pub app_id: Option<String>,
    /// `appVersion`, up to 32 characters.
    pub app_version: Option<String>,
    /// `deviceFamily`.
    pub device_family: Option<DeviceFamily>,
    /// `os`.
    pub os: Option<Os>,
    /// `timeZone`.
    pub time_zone: Option<String>,
    /// `ipAddress`.
    pub ip_address: Option<String>,
    /// `osName`.
    pub os_name: Option<String>,
    /// `osVersion`.
    pub os_version: Option<String>,
    /// `integration`: `WEB_SDK`, `MOBILE_SDK` or `BRAND_SDK`.
    pub integration: Option<String>,
    /// `integrationVersion`.
    pub integration_version: Option<String>,
    /// `browser`.
    pub browser: Option<String>,
    /// `browserVersion`.
    pub browser_version: Option<String>,
    /// `deviceManufacture`, as the vendor spells it.
    pub device_manufacture: Option<String>,
    /// `deviceModel`.
    pub device_model: Option<String>,
    /// What it can show; none means plain text only.
    pub features: Vec<Feature>,
}

impl ClientProperties {
    /// The header's value: JSON in ASCII, because a header holds nothing else safely.
    pub fn header(&self) -> String {
        let mut object = json!({ "type": ".ClientProperties" });
        let members = [
            ("appId", self.app_id.as_deref()),
            ("appVersion", self.app_version.as_deref()),
            ("deviceFamily", self.device_family.map(DeviceFamily::as_str)),
            ("os", self.os.map(Os::as_str)),
            ("timeZone", self.time_zone.as_deref()),
            ("ipAddress", self.ip_address.as_deref()),
            ("osName", self.os_name.as_deref()),
            ("osVersion", self.os_version.as_deref()),
            ("integration", self.integration.as_deref()),
            ("integrationVersion", self.integration_version.as_deref()),
            ("browser", self.browser.as_deref()),
            ("browserVersion", self.browser_version.as_deref()),
            ("deviceManufacture", self.device_manufacture.as_deref()),
            ("deviceModel", self.device_model.as_deref()),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                object[name] = json!(value);
            }
        }
        object["features"] = self.features.iter().map(|f| f.as_str()).collect();
        ascii(&object)
    }
}

/// JSON on one line in which everything outside printable ASCII is escaped.
fn ascii(value: &Value) -> String {
    let mut line = String::new();
    for c in value.to_string().chars() {
        if (' '..='~').contains(&c) {
            line.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line
}

macro_rules! wire_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {$(
            $(#[$word_doc])*
            #[serde(rename = $text)]
            $word,
        )+}

        impl $name {
            /// The word as it stands on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
        }
    };
}

wire_words! {
    /// Something a connector declares it can do.
    Feature {
        /// Wants automatic messages.
        AutoMessages = "AUTO_MESSAGES",
        /// Shows structured content.
        RichContent = "RICH_CONTENT",
        /// Shows quick replies.
        QuickReplies = "QUICK_REPLIES",
        /// Handles several dialogs, without which no survey comes.
        MultiDialog = "MULTI_DIALOG",
        /// Handles pictures.
        PhotoSharing = "PHOTO_SHARING",
        /// Handles files.
        FileSharing = "FILE_SHARING",
        /// Takes part in co-browsing.
        CoBrowse = "CO_BROWSE",
        /// Takes part in co-app.
        CoApp = "CO_APP",
        /// Handles secure forms.
        SecureForms = "SECURE_FORMS",
        /// Shows links written in Markdown.
        MarkdownHyperlinks = "MARKDOWN_HYPERLINKS",
    }
}

wire_words! {
    /// What kind of device the phone pretends to be.
    DeviceFamily {
        /// A desktop computer.
        Desktop = "DESKTOP",
        /// A tablet.
        Tablet = "TABLET",
        /// A phone.
        Mobile = "MOBILE",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_words! {
    /// Which operating system the phone pretends to run.
    Os {
        /// Windows.
        Windows = "WINDOWS",
        /// Linux.
        Linux = "LINUX",
        /// macOS.
        Osx = "OSX",
        /// Android.
        Android = "ANDROID",
        /// iOS.
        Ios = "IOS",
        /// Anything else.
        Other = "OTHER",
    }
}
