//! Brand packs: how the phone is dressed on the demo stage.
//!
//! A pack is a folder with a `brand.toml`, perhaps with pictures beside it. Four are embedded. A
//! fault in one is told with its file, line and column. How a pack is drawn is not known here.

mod colours;
mod words;

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use serde::Deserialize;
use toml::Spanned;

pub use self::{
    colours::{BrandColour, BrandColours},
    words::BrandWords,
};
use crate::{
    config::text::{self, TextFault},
    domain::{similar::did_you_mean, text::is_harmful},
};

/// The file of a pack, in its folder.
pub(crate) const PACK_FILE: &str = "brand.toml";

/// The most bytes of a logo or an avatar.
const MOST_PICTURE: u64 = 512 * 1024;

/// The most characters of a name, a line or a word of a pack.
const MOST_WORDS: usize = 80;

/// The shape of the screen that people know from some kind of chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BrandLook {
    /// A coloured head; time and ticks within each bubble.
    #[default]
    Ticks,
    /// A centred head; times between groups, and "Read" under the last own bubble.
    UnderLast,
    /// A window of a web page: each group with its sender, and its time below.
    Window,
}

impl BrandLook {
    /// All of them, by the names that packs and flags know.
    pub const ALL: [(&'static str, Self); 3] = [
        ("ticks", Self::Ticks),
        ("under-last", Self::UnderLast),
        ("window", Self::Window),
    ];
}

/// How an agent is called on stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrandAgent {
    /// What stands in the head and above their bubbles.
    pub name: String,
    /// The picture of them.
    pub avatar: Option<BrandPicture>,
}

/// The card before, after and in the middle of a show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrandCard {
    /// The large word; the brand's name where there is none.
    pub title: String,
    /// The words below it.
    pub text: String,
}

/// A picture of a pack that was read and is known to be one.
#[derive(Clone, PartialEq, Eq)]
pub struct BrandPicture(pub Bytes);

impl std::fmt::Debug for BrandPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BrandPicture({} bytes)", self.0.len())
    }
}

/// How the phone of a brand looks and what it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrandPack {
    /// What it is asked for by: the name of its folder.
    pub key: String,
    /// Its folder; `None` of those that are embedded.
    pub folder: Option<PathBuf>,
    /// What the brand is called.
    pub name: String,
    /// The line below that name while nobody types.
    pub line: String,
    /// Whether a tick stands behind the name.
    pub verified: bool,
    /// The brand's picture.
    pub logo: Option<BrandPicture>,
    /// The look it asks for.
    pub look: BrandLook,
    /// Its colours.
    pub colours: BrandColours,
    /// How agents are called, by the name that the cloud has for them.
    pub agents: BTreeMap<String, BrandAgent>,
    /// What the phone says itself.
    pub words: BrandWords,
    /// The card before, after and in the middle of a show.
    pub card: BrandCard,
    /// Hosts of the brand: in texts these are not masked.
    pub hosts: Vec<String>,
}

impl BrandPack {
    /// What an agent is called on stage: by the pack, else their first name; as the brand where nobody
    /// has said a name.
    pub fn agent_name(&self, name: &str) -> String {
        let mut words = name.split_whitespace();
        match (self.agent(name), words.next()) {
            (Some(agent), _) if !agent.name.is_empty() => agent.name.clone(),
            // Nobody has said what the agent is called.
            (_, None | Some("The" | "the")) => self.name.clone(),
            (_, Some(first)) => first.to_owned(),
        }
    }

    /// An agent by the name that the cloud has for them, or by their first name.
    pub fn agent(&self, name: &str) -> Option<&BrandAgent> {
        let first = name.split_whitespace().next().unwrap_or(name);
        self.agents.get(name).or_else(|| self.agents.get(first))
    }

    /// The large word of its card.
    pub fn title(&self) -> &str {
        match self.card.title.as_str() {
            "" => &self.name,
            title => title,
        }
    }
}

/// Why a pack cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BrandError {
    /// Neither an embedded pack nor a folder.
    #[error(
        "there is no brand pack {name:?}{meant}; choose one of {known}, or give the path of a pack's folder, with a slash in it"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        meant: String,
        /// The embedded packs.
        known: String,
    },
    /// Its file cannot be read.
    #[error(
        "cannot read the brand pack {file}: {cause}; a pack is a folder with a brand.toml in it"
    )]
    Read {
        /// The path of the file.
        file: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Its file is none of a pack.
    #[error("{0}")]
    Fault(String),
}

impl From<TextFault> for BrandError {
    fn from(fault: TextFault) -> Self {
        Self::Fault(fault.to_string())
    }
}

/// A pack as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Spanned<String>,
    #[serde(default)]
    line: Option<Spanned<String>>,
    #[serde(default)]
    verified: bool,
    #[serde(default)]
    logo: Option<Spanned<String>>,
    #[serde(default)]
    look: BrandLook,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    #[serde(default)]
    colours: BrandColours,
    #[serde(default)]
    agents: BTreeMap<String, WrittenAgent>,
    #[serde(default)]
    words: BrandWords,
    #[serde(default)]
    card: BrandCard,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAgent {
    name: Spanned<String>,
    #[serde(default)]
    avatar: Option<Spanned<String>>,
}

/// A pack that is part of the program: its key, its file and its pictures.
type Embedded = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static [u8])],
);

macro_rules! embedded {
    ($($key:literal $($picture:literal)*;)+) => {
        &[$((
            $key,
            include_str!(concat!("../../assets/brands/", $key, "/brand.toml")),
            &[$(($picture, include_bytes!(concat!("../../assets/brands/", $key, "/", $picture)) as &[u8])),*],
        )),+]
    };
}

const EMBEDDED: &[Embedded] = embedded! {
    "plain";
    "acme" "logo.png";
    "meadow" "logo.png";
    "harbour" "logo.png";
};

/// The embedded packs; the first is the plain one.
pub fn embedded() -> Vec<BrandPack> {
    let packs = EMBEDDED.iter().map(|(key, text, pictures)| {
        let picture = |name: &str| {
            let found = pictures.iter().find(|(one, _)| *one == name);
            let bytes = found.ok_or_else(|| format!("there is no file {name:?} in the pack"))?;
            Ok(BrandPicture(Bytes::from_static(bytes.1)))
        };
        let pack = parse(key, text, &picture).expect("embedded packs are checked by a test");
        BrandPack {
            key: (*key).to_owned(),
            ..pack
        }
    });
    packs.collect()
}

/// The names of the embedded packs.
pub(crate) fn known() -> Vec<String> {
    EMBEDDED.iter().map(|(key, ..)| (*key).to_owned()).collect()
}

/// The embedded pack of that name, or the one in the folder of that path. Anything with a slash or
/// a dot in it is a path; other names are looked for in `folder` too, where the user's own lie.
pub fn find(asked: &str, folder: Option<&Path>) -> Result<BrandPack, BrandError> {
    if asked.contains(['/', '.', '\\']) {
        return read(Path::new(asked));
    }
    if let Some(own) = folder
        .map(|folder| folder.join(asked))
        .filter(|own| own.is_dir())
    {
        return read(&own);
    }
    let found = embedded().into_iter().find(|pack| pack.key == asked);
    found.ok_or_else(|| {
        let known = known();
        BrandError::Unknown {
            name: asked.to_owned(),
            meant: did_you_mean(asked, known.iter().map(String::as_str)),
            known: known.join(", "),
        }
    })
}

/// Reads the pack in a folder, or the one whose `brand.toml` is named.
pub fn read(path: &Path) -> Result<BrandPack, BrandError> {
    let is_file = path.file_name().is_some_and(|name| name == PACK_FILE);
    let folder = if is_file {
        path.parent().unwrap_or(Path::new(""))
    } else {
        path
    };
    let file = folder.join(PACK_FILE);
    let shown = file.display().to_string();
    let text = text::read(&file).map_err(|cause| BrandError::Read {
        file: shown.clone(),
        cause,
    })?;
    let pack = parse(&shown, &text, &|name| picture_in(folder, name))?;
    let key = folder.canonicalize().ok();
    let key = key.as_deref().and_then(Path::file_name);
    Ok(BrandPack {
        key: key
            .unwrap_or(folder.as_os_str())
            .to_string_lossy()
            .into_owned(),
        folder: Some(folder.to_owned()),
        ..pack
    })
}

/// When the files of a pack were last changed, and how many there are: another value means that it
/// has to be read again.
pub fn changed_at(folder: &Path) -> Option<(SystemTime, usize)> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().take(256);
    let times = entries.filter_map(|entry| entry.metadata().ok()?.modified().ok());
    let times: Vec<SystemTime> = times.collect();
    Some((times.iter().max().copied()?, times.len()))
}

/// A picture of a pack: a file in its folder, no larger than it may be, of a kind that can be drawn.
fn picture_in(folder: &Path, name: &str) -> Result<BrandPicture, String> {
    let is_plain = Path::new(name).components().count() == 1 && !name.contains(['/', '\\']);
    if !is_plain || name.starts_with('.') {
        return Err(format!(
            "{name:?} is no file beside brand.toml; write its name alone, as \"logo.png\""
        ));
    }
    let unreadable =
        |cause: io::Error| format!("cannot read {name:?}: {cause}; put the file beside brand.toml");
    let file = text::open(&folder.join(name)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_PICTURE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > MOST_PICTURE) {
        return Err(format!(
            "{name:?} is larger than 512 kB; make the picture smaller"
        ));
    }
    let is_picture = bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"\xff\xd8\xff")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"));
    if !is_picture {
        return Err(format!(
            "{name:?} is neither PNG, JPEG nor WebP; save the picture as one of these"
        ));
    }
    Ok(BrandPicture(Bytes::from(bytes)))
}

/// Reads a pack; `file` is only named in the error, `picture` gives the pictures beside it.
fn parse(
    file: &str,
    text: &str,
    picture: &dyn Fn(&str) -> Result<BrandPicture, String>,
) -> Result<BrandPack, TextFault> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        TextFault::at(file, text, at, reason(error.message()))
    })?;
    let fault = |at: usize, reason: String| TextFault::at(file, text, at, reason);
    let words = |said: Spanned<String>| {
        let at = said.span().start;
        let said = said.into_inner();
        match wrong(&said) {
            Some(why) => Err(fault(at, why)),
            None => Ok(said),
        }
    };
    let drawn = |named: Option<Spanned<String>>| -> Result<Option<BrandPicture>, TextFault> {
        let Some(named) = named else { return Ok(None) };
        let found = picture(named.get_ref());
        found
            .map(Some)
            .map_err(|why| fault(named.span().start, why))
    };
    let at = written.name.span().start;
    let name = words(written.name)?;
    if name.trim().is_empty() {
        return Err(fault(
            at,
            "`name` is empty; write what the brand is called".to_owned(),
        ));
    }
    let mut agents = BTreeMap::new();
    for (called, agent) in written.agents {
        let name = words(agent.name)?;
        let avatar = drawn(agent.avatar)?;
        agents.insert(called, BrandAgent { name, avatar });
    }
    let spoken = written
        .words
        .all()
        .into_iter()
        .chain([&written.card.title, &written.card.text]);
    for said in spoken {
        if let Some(why) = wrong(said) {
            let at = text.find(said.as_str()).unwrap_or(0);
            return Err(fault(at, why));
        }
    }
    Ok(BrandPack {
        key: String::new(),
        folder: None,
        name,
        line: written.line.map(words).transpose()?.unwrap_or_default(),
        verified: written.verified,
        logo: drawn(written.logo)?,
        look: written.look,
        colours: written.colours,
        agents,
        words: written.words,
        card: written.card,
        hosts: written
            .hosts
            .into_iter()
            .map(words)
            .collect::<Result<_, _>>()?,
    })
}

/// What is wrong with words of a pack; `None` for nothing.
fn wrong(words: &str) -> Option<String> {
    if words.chars().count() > MOST_WORDS {
        return Some(format!(
            "this is longer than {MOST_WORDS} characters; the phone has room for fewer"
        ));
    }
    words
        .contains(is_harmful)
        .then(|| "there is a control character in it; write plain words on one line".to_owned())
}

/// The parser's reason on one line, with what to do.
fn reason(message: &str) -> String {
    let message = message.trim().replace('\n', "; ");
    if message.starts_with("missing field `name`") {
        return "the name of the brand is missing; write name = \"Acme\" at the top".to_owned();
    }
    message
}

#[cfg(test)]
mod tests;
