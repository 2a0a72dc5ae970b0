//! A scenario as a show: its file is read, its scene is chosen, its timeline is made. What is said
//! here holds for `play` and for `stage`.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, anyhow, bail};
use ratatui::buffer::Buffer;

use crate::{
    cli::{
        own::OwnFiles,
        pictures::Pictures,
        scenarios::{
            cast,
            faults::{self, Count},
            files::{self, ScenarioFile},
            library::LibraryOfRun,
        },
    },
    domain::{
        content::Hosted,
        picture::{PictureBytes, PictureRefusal},
        text::{SafeText, capital},
    },
    media::attach,
    runner::{
        case::{Case, Selection, cases},
        world::AgentLibrary as _,
    },
    sandbox::{agents::served::served, settings::Settings},
    stage::{
        build::{Staging, timeline},
        typing::TypingHabit,
    },
    tui::{
        app::{settings::KeepStill, theatre::ShowSettings, virtual_run::GivePicture},
        terminal::{
            cast::{CastClock, CastVersion, TerminalCast},
            svg::svg,
        },
    },
};

/// The largest picture of a card that is read.
const LARGEST_PICTURE: u64 = 8 << 20;
/// What pictures of cards end in.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

/// How a show is played.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ShowArgs {
    /// The scene whose title has this text, ignoring case [default: the first].
    #[arg(long, value_name = "TEXT", requires = "file")]
    pub(crate) scene: Option<String>,

    /// The data row of this key [default: the first].
    #[arg(long, value_name = "KEY", requires = "file")]
    pub(crate) row: Option<String>,

    /// How much faster than people it goes: 0.5 to 4.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,

    /// Decides all chance: the same number gives the same show.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Which part of the letters is mistyped and mended: 0 to 0.05.
    #[arg(long, value_name = "PART", default_value_t = 0.0, value_parser = typos)]
    pub(crate) typos: f64,

    /// Your keys type the lines: each writes the next letter, Enter sends.
    #[arg(long, requires = "file")]
    pub(crate) ghost: bool,

    /// Write what the terminal shows to this file, for players of asciicasts.
    #[arg(long, value_name = "CAST", requires = "file")]
    pub(crate) cast: Option<PathBuf>,

    /// Write a picture of each chapter, and of the end, into this folder.
    #[arg(long, value_name = "DIR", requires = "file")]
    pub(crate) svg: Option<PathBuf>,

    /// The form of the recording: 2, which every player knows, or 3.
    #[arg(long, value_name = "VERSION", default_value_t = 2, requires = "cast", value_parser = clap::value_parser!(u8).range(2..=3))]
    pub(crate) cast_version: u8,
}

fn speed(text: &str) -> Result<f64, String> {
    between(text, 0.5, 4.0)
}

fn typos(text: &str) -> Result<f64, String> {
    between(text, 0.0, 0.05)
}

fn between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("write a number from {least} to {most}"))
}

/// A show made ready.
pub(crate) struct ReadyShow {
    pub(crate) settings: ShowSettings,
    /// The pictures of its cards, which lie beside the scenario or in handset itself.
    pub(crate) give: GivePicture,
}

impl ShowArgs {
    /// Makes the show of a file ready, perhaps with `:LINE` behind its name.
    pub(crate) fn read(&self, file: &str, own: &OwnFiles) -> anyhow::Result<ReadyShow> {
        let file = files::read_file(file)?;
        if Count::of(std::slice::from_ref(&file)).errors > 0 {
            let styled = faults::is_styled(&io::stderr());
            let told = faults::human(std::slice::from_ref(&file), styled);
            // Nobody to tell is no reason to fail otherwise.
            let _ = write!(io::stderr(), "{told}");
            bail!("the scenario cannot be played as long as it has these faults");
        }
        let all = cases(&file.parsed.script, &[], &[]);
        let selection = Selection {
            name: self.scene.clone(),
            row: self.row.clone(),
            lines: file.lines.clone(),
            ..Selection::default()
        };
        let case = all.iter().find(|case| selection.includes(case));
        let case = case.context("no scene of the file is the one that is asked for")?;
        let settings = self.staged(case, &file, own)?;
        let folder = file.folder.clone();
        Ok(ReadyShow {
            settings,
            give: Arc::new(move |address| picture(&folder, address)),
        })
    }

    fn staged(
        &self,
        case: &Case<'_>,
        file: &ScenarioFile,
        own: &OwnFiles,
    ) -> anyhow::Result<ShowSettings> {
        let mut consumers = case.cast.iter().filter(|member| !member.is_agent);
        let first = consumers.next().context(
            "the scene plays no consumer, and the stage shows a consumer's phone; \
             `me: TEXT` is said by one",
        )?;
        let persona = cast::consumer(own, first, &file.folder)?;
        let (library, folder) = (LibraryOfRun(own.library.clone()), &file.folder);
        let consumer = persona.first_name().to_owned();
        let card = |name: &str| {
            let (message, _) = library.card(&folder.join(name))?;
            Ok(message.content())
        };
        let attached = |name: &str, caption: &str| hosted(&folder.join(name), caption);
        let reply = |key: &str, agent: &str| library.reply(key, &consumer, agent);
        let mut values = case.row.cloned().unwrap_or_default();
        values.insert("scene".to_owned(), case.title.clone());
        if let Some(key) = &case.key {
            values.insert("row".to_owned(), key.clone());
        }
        for member in &case.cast {
            let (name, of_first) = if member.is_agent {
                (capital(&member.name), capital(&member.name))
            } else {
                let persona = cast::consumer(own, member, &file.folder)?;
                (persona.name.clone(), persona.first_name().to_owned())
            };
            values.insert(format!("{}.name", member.name), name);
            values.insert(format!("{}.first", member.name), of_first);
        }
        let staging = Staging {
            title: case.title.clone(),
            consumer: first.name.clone(),
            others: consumers.map(|member| member.name.clone()).collect(),
            values,
            variables: env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect::<BTreeMap<_, _>>(),
            heads: [&case.script.head, &case.scene.head],
            seed: self.seed,
            habit: TypingHabit {
                typos: self.typos,
                ..TypingHabit::default()
            },
            card: &card,
            file: &attached,
            reply: &reply,
        };
        let made = timeline(&case.scene.steps, &staging);
        let path = file.path();
        let timeline = made.map_err(|why| anyhow!("{path} cannot be shown: {why}"))?;
        Ok(ShowSettings {
            timeline,
            speed: self.speed,
            ghost: self.ghost,
            persona,
            brand: Settings::BRAND.to_owned(),
        })
    }

    /// Begins the recording that is asked for.
    pub(crate) fn recording(
        &self,
        size: (u16, u16),
        title: &str,
        clock: CastClock,
    ) -> anyhow::Result<Option<TerminalCast>> {
        let Some(path) = &self.cast else {
            return Ok(None);
        };
        let shown = path.display();
        let file = fs::File::create(path).with_context(|| {
            format!(
                "cannot write the recording {shown}; name a file in a folder that can be written"
            )
        })?;
        let version = match self.cast_version {
            3 => CastVersion::Three,
            _ => CastVersion::Two,
        };
        let file = io::BufWriter::new(file);
        Ok(Some(TerminalCast::new(file, version, size, title, clock)))
    }

    /// Where the pictures go that are asked for; the last one is called as the show is.
    pub(crate) fn stills(&self, title: &str) -> Option<Arc<StillFolder>> {
        self.svg.as_ref().map(|folder| {
            Arc::new(StillFolder {
                folder: folder.clone(),
                title: title.to_owned(),
                kept: Mutex::new((0, Ok(()))),
            })
        })
    }

    /// How the pictures of this terminal are drawn: recordings and stills know half blocks alone.
    pub(crate) fn pictures(&self) -> Pictures {
        if self.cast.is_some() || self.svg.is_some() {
            Pictures::Blocks
        } else {
            Pictures::Auto
        }
    }

    /// Ends the recording and the pictures, where there are some.
    pub(crate) fn end_recording(
        &self,
        cast: Option<&TerminalCast>,
        stills: Option<&StillFolder>,
    ) -> anyhow::Result<()> {
        if let Some(stills) = stills {
            let mut kept = stills.state();
            let shown = stills.folder.display();
            std::mem::replace(&mut kept.1, Ok(()))
                .with_context(|| format!("cannot write a picture into {shown}"))?;
        }
        let (Some(cast), Some(path)) = (cast, &self.cast) else {
            return Ok(());
        };
        let shown = path.display();
        cast.end()
            .with_context(|| format!("the recording {shown} is not whole"))
    }
}

/// A folder of pictures, numbered from 1.
pub(crate) struct StillFolder {
    folder: PathBuf,
    title: String,
    /// How many there are, and why one could not be written.
    kept: Mutex<(usize, io::Result<()>)>,
}

impl StillFolder {
    /// Writes the screen as the next picture, called as the chapter or as the show.
    pub(crate) fn keep(&self, screen: &Buffer, chapter: Option<&str>) {
        let mut kept = self.state();
        kept.0 += 1;
        let file = self.folder.join(format!("{:02}.svg", kept.0));
        let picture = svg(screen, chapter.unwrap_or(&self.title));
        let written = fs::create_dir_all(&self.folder).and_then(|()| fs::write(file, picture));
        if kept.1.is_ok() {
            kept.1 = written;
        }
    }

    /// As a screen is told of it.
    pub(crate) fn keeper(this: Option<&Arc<Self>>) -> Option<KeepStill> {
        let this = Arc::clone(this?);
        Some(Arc::new(move |screen, chapter| this.keep(screen, chapter)))
    }

    /// No panic can leave it half changed.
    fn state(&self) -> MutexGuard<'_, (usize, io::Result<()>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file beside the scenario as it stands in a bubble.
fn hosted(path: &Path, caption: &str) -> Result<Hosted, String> {
    let prepared = attach::prepare(path, caption).map_err(|error| error.to_string())?;
    let attachment = prepared.attachment;
    Ok(Hosted {
        caption: SafeText::clean(&attachment.caption),
        file_type: SafeText::clean(&attachment.file_type),
        path: String::new(),
        preview: attachment.preview,
        local: Some(attachment.local),
    })
}

/// The picture that a card names: a file of that name beside the scenario, else one of handset's own.
fn picture(folder: &Path, address: &str) -> Result<PictureBytes, PictureRefusal> {
    let last = address.rsplit('/').next().unwrap_or_default();
    let stem = last.split(['.', '?']).next().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if stem.is_empty() || !stem.chars().all(is_name) {
        return Err(PictureRefusal::Failed("it has no name".to_owned()));
    }
    let files = PICTURES.iter().flat_map(|ending| {
        let name = format!("{stem}.{ending}");
        [folder.join(&name), folder.join("cards").join(name)]
    });
    for file in files {
        let is_small = |file: &Path| fs::metadata(file).is_ok_and(|it| it.len() <= LARGEST_PICTURE);
        if is_small(&file)
            && let Ok(bytes) = fs::read(&file)
        {
            return Ok(PictureBytes(bytes.into()));
        }
    }
    let own = served(&format!("{stem}.png"));
    own.map(|bytes| PictureBytes(bytes.into()))
        .ok_or_else(|| PictureRefusal::Failed("it does not lie beside the scenario".to_owned()))
}
