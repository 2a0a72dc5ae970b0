//! Everything the screen shows and remembers.
//!
//! It is changed by `update` alone and read by `view`; [`Model::prepare`]
//! computes between the two what depends on the size of the screen.

use std::{collections::BTreeSet, io, path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use crate::{
    config::personas::Known,
    domain::{
        conversation::event::Act,
        ids::{AccountId, ExtConsumerId},
        item::Item,
        notice::{Notice, Severity},
        time::Timestamp,
    },
    engine::{command::Command, update::Link},
    ingress::status::IngressStatus,
    tui::{
        agent::{Chairs, Workspace},
        app::{
            keyboard::Keyboard,
            layout::{self, Layout, Wants},
        },
        chat::{
            attach::Job,
            bubble::{Aside, Look},
            phone::Phone,
            transcript::{Measure, Transcript},
        },
        commands::{
            keys::{Action, Keymap},
            slash::Names,
        },
        inspector::{Inspector, Tab},
        popups::{Popup, notices::Notices},
        terminal::{
            clipboard::Copy,
            images::{Art, gallery::Gallery},
        },
        text::width::width,
        theme::{
            palette::Theme,
            styles::{Depth, Styles},
            ui::Ui,
        },
    },
};

/// What the interface is started with.
#[derive(Clone)]
pub struct Settings {
    /// The themes to choose from; the first is the one it starts with. Never empty.
    pub themes: Vec<Theme>,
    /// The consumers a phone can be handed to.
    pub personas: Vec<Known>,
    /// The account the phones talk to, for requests written by hand.
    pub account: AccountId,
    /// What keys do.
    pub keymap: Keymap,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// How pictures are drawn.
    pub art: Art,
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
    /// Who can sit at the agent workspace, and how.
    pub chairs: Chairs,
}

/// What has the keyboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Composer,
    List,
    Detail,
}

/// How far leaving has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Leaving {
    #[default]
    Not,
    /// Somebody was told that a draft would be lost.
    Warned,
    /// The engine was asked to stop.
    Asked,
    /// Nobody wants to wait for the engine.
    Forced,
    /// The engine has stopped in order.
    Stopped,
}

/// A text to be copied, and what it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Copying {
    pub(crate) what: String,
    pub(crate) text: String,
}

/// What the loop has to do for the model besides drawing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Errands {
    /// Draw every cell anew.
    pub(crate) redraw: bool,
    /// Capture the mouse, or leave it to the terminal.
    pub(crate) mouse: Option<bool>,
    /// Copy this text.
    pub(crate) copy: Option<Copying>,
}

/// The state of the screen.
pub struct Model {
    pub(crate) themes: Vec<Theme>,
    pub(crate) theme: usize,
    pub(crate) personas: Vec<Known>,
    pub(crate) account: AccountId,
    /// Styles, keys and time.
    pub(crate) ui: Ui,
    pub(crate) depth: Depth,
    pub(crate) mouse: bool,

    /// The phone in view.
    pub(crate) phone: Phone,
    /// The other open phones.
    pub(crate) others: Vec<Phone>,
    /// The threads of all phones, in the order of their tabs.
    pub(crate) tabs: Vec<u32>,
    /// Whose phone comes into view as soon as it is open.
    pub(crate) awaited: Option<ExtConsumerId>,
    pub(crate) link: Link,
    pub(crate) inspector: Inspector,
    /// The agent workspace.
    pub(crate) workspace: Workspace,
    /// The number of the last question.
    pub(crate) asks: u64,
    /// The pictures of all phones.
    pub(crate) gallery: Gallery,

    /// Whether the terminal has the attention.
    pub(crate) looked: bool,
    pub(crate) focus: Focus,
    pub(crate) popups: Vec<Popup>,
    pub(crate) notices: Notices,
    pub(crate) layout: Layout,
    pub(crate) leaving: Leaving,

    pub(crate) errands: Errands,
    /// What is to be done where blocking is allowed.
    pub(crate) jobs: Vec<Job>,
    /// The folder files were last chosen from.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) commands: Vec<Command>,
}

impl Model {
    /// A screen with nothing on it yet.
    pub fn new(settings: Settings) -> Self {
        let first = settings.themes.first();
        let first = first.expect("the settings hold at least one theme");
        let styles = Styles::new(&first.palette, settings.depth);
        let alone = settings.chairs.alone;
        let now = (settings.clock)();
        let mut notices = Notices::default();
        for notice in &settings.notices {
            notices.show(notice, now);
        }
        Self {
            theme: 0,
            gallery: Gallery::new(settings.art, settings.depth),
            ui: Ui {
                styles,
                keymap: settings.keymap,
                zone: settings.zone,
                now,
            },
            themes: settings.themes,
            personas: settings.personas,
            account: settings.account,
            depth: settings.depth,
            mouse: settings.mouse,
            phone: Phone::default(),
            others: Vec::new(),
            tabs: Vec::new(),
            awaited: None,
            link: Link {
                token_until: None,
                listener: None,
                sandbox: None,
                last_event: None,
                turned_away: String::new(),
                refused: 0,
                ingress: IngressStatus::near(),
            },
            inspector: Inspector::showing(if alone { Tab::Agent } else { Tab::default() }),
            workspace: Workspace::new(settings.chairs),
            asks: 0,
            looked: true,
            focus: if alone { Focus::List } else { Focus::default() },
            popups: Vec::new(),
            notices,
            layout: Layout::default(),
            leaving: Leaving::default(),
            errands: Errands::default(),
            jobs: Vec::new(),
            folder: None,
            commands: Vec::new(),
        }
    }

    /// Lays the screen out for an area; call it before each frame. It asks for nothing.
    pub fn prepare(&mut self, area: Rect) {
        let wants = Wants {
            tabs: self.tabs.len() > 1,
            inspector_first: self.focus != Focus::Composer,
            hops: self.hops().map_or(0, |line| width(&line)),
            workspace: match self.inspector.tab {
                _ if self.workspace.alone => layout::WorkspacePane::Alone,
                Tab::Agent => layout::WorkspacePane::Beside,
                _ => layout::WorkspacePane::Away,
            },
        };
        let composer = &self.phone.chat.composer;
        self.layout = Layout::of(area, wants, |columns| composer.rows(columns));
        if let Some(parts) = self.layout.phone {
            self.phone
                .chat
                .composer
                .prepare(parts.composer.width, parts.composer.height);
            self.with_transcript(|transcript, measure| {
                transcript.prepare(parts.transcript, measure);
            });
        }
        if let Some(inspector) = self.layout.inspector {
            self.prepare_inspector(&inspector);
        }
        self.prepare_popup();
    }

    /// Asks for, and tells, what follows from what the last frame showed; call it after each frame.
    pub fn after_frame(&mut self) {
        if self.layout.phone.is_some() {
            self.page_lines();
        }
        self.report_look();
        self.report_shown();
    }

    /// Tells the engine which bubbles of the other side are on screen, when that changed.
    fn report_shown(&mut self) {
        let shown = match self.layout.phone {
            Some(_) => self.phone.chat.transcript.shown(&self.phone.chat.lines),
            None => BTreeSet::new(),
        };
        if shown != self.phone.shown {
            self.order(Act::Shown(shown.iter().copied().collect()));
            self.phone.shown = shown;
        }
    }

    /// Runs something on the transcript with what it measures by.
    pub(crate) fn with_transcript<R>(
        &mut self,
        run: impl FnOnce(&mut Transcript, &Measure<'_>) -> R,
    ) -> R {
        // Nothing is sent again out of the past.
        let retry = match self.phone.past {
            Some(_) => String::new(),
            None => self.ui.shown(Action::Retry),
        };
        let Phone {
            chat,
            cards,
            progress,
            files,
            ..
        } = &mut self.phone;
        let measure = Measure {
            lines: &chat.lines,
            zone: &self.ui.zone,
            compact: self.layout.compact,
            aside: &|id| Aside {
                retry: &retry,
                state: cards.get(id),
                progress: progress.get(&id).copied(),
                file: files.get(&id),
                gallery: Some(&self.gallery),
                workspace: None,
            },
        };
        run(&mut chat.transcript, &measure)
    }

    /// Takes note of the time; returns whether that changed what is shown.
    pub fn tick(&mut self, now: Timestamp) -> bool {
        let told = (
            self.token_holds(),
            self.times_left(),
            self.workspace_times(),
        );
        self.ui.now = now;
        let changed = told
            != (
                self.token_holds(),
                self.times_left(),
                self.workspace_times(),
            );
        self.notices.expire(now) || changed
    }

    /// When the passing of time alone will next change what is shown.
    pub fn next_change(&self) -> Option<Timestamp> {
        let token = self.link.token_until.filter(|until| *until > self.ui.now);
        let changes = self.notices.next_expiry().into_iter().chain(token);
        changes
            .chain(self.next_time_left())
            .chain(self.next_workspace_time())
            .min()
    }

    /// Whether real people are on the other side.
    pub(crate) fn is_production(&self) -> bool {
        self.phone.head.as_ref().is_some_and(|head| head.production)
    }

    /// Whether there is a token that has not expired.
    pub(crate) fn token_holds(&self) -> bool {
        self.link
            .token_until
            .is_some_and(|until| until > self.ui.now)
    }

    /// Asks for something to be done on the phone in view; a past conversation takes nothing.
    pub(crate) fn order(&mut self, act: Act) {
        if self.phone.past.is_some() {
            if !matches!(act, Act::Shown(_) | Act::Looked(_)) {
                self.tell_read_only();
            }
            return;
        }
        let thread = self.phone.thread;
        self.commands.push(Command::Act { thread, act });
    }

    /// What is to be done where blocking is allowed; empty afterwards.
    pub(crate) fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// What the engine is to be told; empty afterwards.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Shows a notice of the interface's own, which answers what the person did.
    pub(crate) fn tell(&mut self, severity: Severity, title: &str, detail: &str, hint: &str) {
        let notice = Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
        };
        self.notices.answer(&notice, self.ui.now);
    }

    /// Whether something more than a remark is shown.
    pub(crate) fn is_warned(&self) -> bool {
        let mut shown = self.notices.shown().into_iter();
        shown.any(|toast| toast.notice.severity > Severity::Info)
    }

    /// The names slash commands complete to.
    pub(crate) fn names(&self) -> Names {
        Names {
            themes: self.themes.iter().map(|theme| theme.name.clone()).collect(),
            personas: self.personas.iter().map(|one| one.key.clone()).collect(),
        }
    }

    /// Whether the keyboard writes into the composer.
    pub(crate) fn is_composing(&self) -> bool {
        self.keyboard() == Keyboard::Phone
    }

    /// How a line of the phone stands out.
    pub(crate) fn look(&self, item: &Item) -> Look {
        let picked = self.inspector.wire.picked();
        let selected = self.phone.chat.selected == Some(item.id);
        Look {
            selected,
            lit: picked.is_some_and(|entry| self.inspector.wire.are_linked(entry, item.id)),
            last_read: self.phone.chat.lines.last_read() == Some(item.place),
            spot: self.phone.button.filter(|_| selected),
        }
    }
}
