//! The pictures Riley can send, one of each type, and one that cannot be shown.

use base64::{Engine as _, engine::general_purpose::STANDARD};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub name: &'static str,
    pub kind: &'static str,
    pub media: &'static str,
    pub bytes: &'static [u8],
}

/// All of them. They are small enough to be their own previews.
pub(crate) const PICTURES: [Picture; 4] = [
    Picture {
        name: "mug.png",
        kind: "PNG",
        media: "image/png",
        bytes: include_bytes!("../../../assets/pictures/mug.png"),
    },
    Picture {
        name: "mug.jpg",
        kind: "JPEG",
        media: "image/jpeg",
        bytes: include_bytes!("../../../assets/pictures/mug.jpg"),
    },
    Picture {
        name: "mug.gif",
        kind: "GIF",
        media: "image/gif",
        bytes: include_bytes!("../../../assets/pictures/mug.gif"),
    },
    // The head of a PNG, and then none of it.
    Picture {
        name: "broken.png",
        kind: "PNG",
        media: "image/png",
        bytes: include_bytes!("../../../assets/pictures/broken.png"),
    },
];

impl Picture {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        const ALL: &[Picture] = &PICTURES;
        ALL.iter().find(|picture| picture.name == name)
    }

    /// A data URI of it, as `send-api` 3.2 wants a preview.
    pub(crate) fn preview(&self) -> String {
        format!("data:{};base64,{}", self.media, STANDARD.encode(self.bytes))
    }
}
