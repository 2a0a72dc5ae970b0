//! The pictures Riley can send, one of each type, and one that cannot be shown.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A picture file.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its name in the script.
    pub name: &'static str,
    /// Its type on the wire.
    pub kind: &'static str,
    /// Its Content-Type.
    pub media: &'static str,
    /// What is in the file.
    pub bytes: &'static [u8],
}

/// All of them. They are small enough to be their own previews.
pub const PICTURES: [Picture; 4] = [
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
    /// The picture of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        const ALL: &[Picture] = &PICTURES;
        ALL.iter().find(|picture| picture.name == name)
    }

    /// A data URI of it, as `send-api` 3.2 wants a preview.
    pub fn preview(&self) -> String {
        format!("data:{};base64,{}", self.media, STANDARD.encode(self.bytes))
    }
}
