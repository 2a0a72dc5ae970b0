//! What the screen is started with.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use tokio::sync::watch;

use crate::{
    config::personas::KnownPersona,
    domain::{
        ids::{AccountId, SkillId},
        notice::Notice,
        text::SafeText,
        time::Timestamp,
    },
    stage::player::StageProgress,
    tui::{
        agent::WorkspaceSettings,
        app::{
            focus::{KeepPanes, Panes},
            theatre::ShowSettings,
        },
        chat::scenario::StartScenario,
        commands::keys::Keymap,
        stage::Stage,
        terminal::{
            clipboard::{Copied, Copy},
            hold::Hold,
            images::Art,
            panic_switch::PanicSwitch,
            screen::SwitchTitle,
        },
        theme::{
            palette::{self, Theme},
            styles::Depth,
        },
    },
};

/// Keeps a screen: with the title of the chapter that begins, or with `None` at the end of the show.
pub type KeepStill = Arc<dyn Fn(&Buffer, Option<&str>) + Send + Sync>;

/// What the interface is started with.
#[derive(Clone)]
pub struct Settings {
    /// The themes to choose from; the first is the one it starts with. Never empty.
    pub themes: Vec<Theme>,
    /// The consumers a phone can be handed to.
    pub personas: Vec<KnownPersona>,
    /// The account the phones talk to, for requests written by hand.
    pub account: AccountId,
    /// The keys that hold, of `keys.toml` or built in.
    pub keymap: Keymap,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// How pictures are drawn.
    pub art: Art,
    /// Whether the engine fetches the pictures that cards name.
    pub fetches: bool,
    /// Where times are told in.
    pub zone: TimeZone,
    /// Tells the time now; only notices and the token's health depend on it.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Whether the mouse is captured at the start.
    pub mouse: bool,
    /// What is told at once.
    pub notices: Vec<Notice>,
    /// Captures the mouse, or gives it back to the terminal, while running.
    pub capture_mouse: Arc<dyn Fn(bool) -> io::Result<()> + Send + Sync>,
    /// Copies a text to the clipboard, while running.
    pub copy: Copy,
    /// The names of skills, as far as they are known before an agent logs in.
    pub skills: BTreeMap<SkillId, SafeText>,
    /// Who can log in to the agent workspace, and how.
    pub workspace: WorkspaceSettings,
    /// Plays scenarios; `None` where nobody does.
    pub scenarios: Option<StartScenario>,
    /// Lends the terminal to the shell and to an editor; without one neither can have it.
    pub hold: Option<Hold>,
    /// Why handset may not be stopped for a while; empty when it may.
    pub never_suspend: String,
    /// Which panes are shown at the start.
    pub panes: Panes,
    /// Keeps which panes are shown, while running.
    pub keep_panes: KeepPanes,
    /// The show that is played, where no engine stands behind the phone; with `plays`, the one that
    /// can go on when the scenario fails.
    pub show: Option<ShowSettings>,
    /// The scenario that is played as soon as a phone is open.
    pub plays: Option<String>,
    /// Shuts the terminal while something is on stage.
    pub switch: Option<Arc<PanicSwitch>>,
    /// Is told where the show is.
    pub progress: Option<watch::Sender<Option<StageProgress>>>,
    /// Is told of each chapter of a show that begins.
    pub mark: Arc<dyn Fn(&str) + Send + Sync>,
    /// Keeps the screen as it is when a chapter of a show begins, and at its end.
    pub still: Option<KeepStill>,
    /// The dress of the phone where it begins on the demo stage.
    pub stage: Option<Box<Stage>>,
    /// Whether what only the tester should see is masked.
    pub is_private: bool,
    /// Where the user's own brand packs lie.
    pub brands: Option<PathBuf>,
    /// Calls the terminal's window something, while running.
    pub set_title: SwitchTitle,
}

/// A screen on nobody's terminal: the embedded themes in true colours, the clock at the epoch, nobody
/// to be, and a mouse and a clipboard that do nothing.
impl Default for Settings {
    fn default() -> Self {
        Self {
            themes: palette::embedded(),
            personas: Vec::new(),
            account: AccountId::from(""),
            keymap: Keymap::plain(),
            depth: Depth::True,
            art: Art::Blocks,
            fetches: false,
            zone: TimeZone::UTC,
            clock: Arc::new(|| Timestamp(0)),
            mouse: true,
            notices: Vec::new(),
            capture_mouse: Arc::new(|_| Ok(())),
            copy: Arc::new(|_| Ok(Copied::Clipboard)),
            skills: BTreeMap::new(),
            workspace: WorkspaceSettings::none(""),
            scenarios: None,
            hold: None,
            never_suspend: String::new(),
            panes: Panes::default(),
            keep_panes: Arc::new(|_| Ok(())),
            show: None,
            plays: None,
            switch: None,
            progress: None,
            mark: Arc::new(|_| {}),
            still: None,
            stage: None,
            is_private: false,
            brands: None,
            set_title: Arc::new(|_| Ok(())),
        }
    }
}
