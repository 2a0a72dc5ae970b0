//! Everything the screen shows and remembers.
//!
//! It is changed by `update` alone and read by `view`; [`Model::prepare`]
//! computes between the two what depends on the size of the screen.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::PathBuf,
    sync::Arc,
};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use crate::{
    config::{
        keys::{Action, Keymap},
        palette::Theme,
        personas::KnownPersona,
    },
    domain::{
        conversation::{details::Details, event::Act},
        ids::{AccountId, ExtConsumerId, ItemId},
        item::Item,
        notice::{Notice, Severity},
        persona::Persona,
        text::SafeText,
        time::Timestamp,
    },
    engine::{
        command::Command,
        update::{Head, Link, Past, Switches},
    },
    ingress::status::IngressStatus,
    tui::{
        bench::{Bench, Tab, detail::Detail, wire::Wire},
        cards::Cards,
        clipboard::Copy,
        composer::Composer,
        desk::{Chairs, Desk},
        jobs::Job,
        layout::{self, Layout, Wants},
        lines::Lines,
        notices::Notices,
        picture::{Art, gallery::Gallery},
        popups::Popup,
        raw,
        slash::Names,
        styles::{Depth, Styles},
        text::{edit::Editor, width::width},
        widgets::{
            bubble::{Aside, Look, Spot},
            transcript::{Measure, Transcript},
        },
    },
};

/// What the interface is started with.
#[derive(Clone)]
pub struct Settings {
    /// The themes to choose from; the first is the one it starts with. Never empty.
    pub themes: Vec<Theme>,
    /// The consumers a phone can be handed to.
    pub personas: Vec<KnownPersona>,
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
    /// Who can sit at the agent's desk, and how.
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

/// One consumer's phone.
#[derive(Default)]
pub(crate) struct Phone {
    pub(crate) thread: u32,
    /// `None` until the engine has said who holds it.
    pub(crate) persona: Option<Box<Persona>>,
    /// Set when it is no phone but a conversation of the past, which can only be read.
    pub(crate) past: Option<Box<Past>>,
    pub(crate) head: Option<Head>,
    pub(crate) typing: Option<SafeText>,
    pub(crate) switches: Switches,
    pub(crate) details: Option<Box<Details>>,
    pub(crate) lines: Lines,
    pub(crate) transcript: Transcript,
    pub(crate) composer: Composer,
    /// The request by hand as it was left.
    pub(crate) raw: Option<Box<raw::Desk>>,
    /// The selected bubble.
    pub(crate) selected: Option<ItemId>,
    /// What the keyboard stands on in the selected bubble.
    pub(crate) button: Option<Spot>,
    /// What was done with the structured content of bubbles.
    pub(crate) cards: Cards,
    /// Bubbles of others that came while it was not in view.
    pub(crate) unread: usize,
    /// The bubbles of others the engine was told to be on screen.
    pub(crate) shown: BTreeSet<ItemId>,
    /// How far the uploads and downloads under way have come: bytes so far and in all.
    pub(crate) progress: HashMap<ItemId, (u64, u64)>,
    /// The files of bubbles that are on this machine, or why they are not.
    pub(crate) files: HashMap<ItemId, Result<PathBuf, String>>,
}

/// The state of the screen.
pub struct Model {
    pub(crate) themes: Vec<Theme>,
    pub(crate) theme: usize,
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) account: AccountId,
    pub(crate) keymap: Keymap,
    pub(crate) depth: Depth,
    pub(crate) zone: TimeZone,
    pub(crate) styles: Styles,
    pub(crate) mouse: bool,
    pub(crate) now: Timestamp,

    /// The phone in view.
    pub(crate) phone: Phone,
    /// The other phones on the desk.
    pub(crate) others: Vec<Phone>,
    /// The threads of all phones, in the order of their tabs.
    pub(crate) tabs: Vec<u32>,
    /// Whose phone comes into view as soon as it lies on the desk.
    pub(crate) awaited: Option<ExtConsumerId>,
    pub(crate) link: Link,
    pub(crate) wire: Wire,
    pub(crate) bench: Bench,
    /// The agent's desk.
    pub(crate) desk: Desk,
    /// The number of the last question.
    pub(crate) asks: u64,
    /// The pictures of all phones.
    pub(crate) gallery: Gallery,

    /// Whether the terminal has the attention.
    pub(crate) looked: bool,
    pub(crate) focus: Focus,
    /// The text of the filter, and whether it is being written.
    pub(crate) filter: Editor,
    pub(crate) filtering: bool,
    /// The first row of the wire list on screen.
    pub(crate) list_top: usize,
    pub(crate) detail: Detail,
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
            styles,
            now,
            themes: settings.themes,
            personas: settings.personas,
            account: settings.account,
            keymap: settings.keymap,
            depth: settings.depth,
            zone: settings.zone,
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
            wire: Wire::default(),
            bench: Bench::showing(if alone { Tab::Agent } else { Tab::default() }),
            desk: Desk::new(settings.chairs),
            asks: 0,
            looked: true,
            focus: if alone { Focus::List } else { Focus::default() },
            filter: Editor::default(),
            filtering: false,
            list_top: 0,
            detail: Detail::default(),
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

    /// Lays the screen out for an area; call it before each frame.
    pub fn prepare(&mut self, area: Rect) {
        let wants = Wants {
            tabs: self.tabs.len() > 1,
            bench_first: self.focus != Focus::Composer,
            hops: self.hops().map_or(0, |line| width(&line)),
            desk: match self.bench.tab {
                _ if self.desk.alone => layout::Desk::Alone,
                Tab::Agent => layout::Desk::Beside,
                _ => layout::Desk::Away,
            },
        };
        let composer = &self.phone.composer;
        self.layout = Layout::of(area, wants, |columns| composer.rows(columns));
        if let Some(phone) = self.layout.phone {
            self.phone
                .composer
                .prepare(phone.composer.width, phone.composer.height);
            self.with_transcript(|transcript, measure| {
                transcript.prepare(phone.transcript, measure);
            });
            self.page_lines();
        }
        if let Some(bench) = self.layout.bench {
            self.prepare_bench(&bench);
        }
        self.report_look();
        self.prepare_sheet();
        self.prepare_popup();
        self.report_shown();
    }

    /// Tells the engine which bubbles of the other side are on screen, when that changed.
    fn report_shown(&mut self) {
        let shown = match self.layout.phone {
            Some(_) => self.phone.transcript.shown(&self.phone.lines),
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
            None => self.keymap.shown(Action::Retry),
        };
        let Phone {
            lines,
            transcript,
            cards,
            progress,
            files,
            ..
        } = &mut self.phone;
        let measure = Measure {
            lines,
            zone: &self.zone,
            compact: self.layout.compact,
            aside: &|id| Aside {
                retry: &retry,
                state: cards.get(id),
                progress: progress.get(&id).copied(),
                file: files.get(&id),
                gallery: Some(&self.gallery),
                desk: None,
            },
        };
        run(transcript, &measure)
    }

    /// Takes note of the time; returns whether that changed what is shown.
    pub fn tick(&mut self, now: Timestamp) -> bool {
        let told = (self.token_holds(), self.times_left(), self.desk_times());
        self.now = now;
        let changed = told != (self.token_holds(), self.times_left(), self.desk_times());
        self.notices.expire(now) || changed
    }

    /// When the passing of time alone will next change what is shown.
    pub fn next_change(&self) -> Option<Timestamp> {
        let token = self.link.token_until.filter(|until| *until > self.now);
        let changes = self.notices.next_expiry().into_iter().chain(token);
        changes
            .chain(self.next_time_left())
            .chain(self.next_desk_time())
            .min()
    }

    /// Whether real people are on the other side.
    pub(crate) fn is_production(&self) -> bool {
        self.phone.head.as_ref().is_some_and(|head| head.production)
    }

    /// The name of whoever holds a phone.
    pub(crate) fn name_of(&self, thread: u32) -> Option<&str> {
        let mut phones = self.others.iter().chain([&self.phone]);
        let phone = phones.find(|phone| phone.thread == thread)?;
        Some(phone.persona.as_ref()?.name.as_str())
    }

    /// Whether there is a token that has not expired.
    pub(crate) fn token_holds(&self) -> bool {
        self.link.token_until.is_some_and(|until| until > self.now)
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
        self.notices.answer(&notice, self.now);
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
        self.popups.is_empty() && self.focus == Focus::Composer
    }

    /// How a line of the phone stands out.
    pub(crate) fn look(&self, item: &Item) -> Look {
        let picked = self.wire.picked();
        let selected = self.phone.selected == Some(item.id);
        Look {
            selected,
            lit: picked.is_some_and(|entry| self.wire.are_linked(entry, item.id)),
            last_read: self.phone.lines.last_read() == Some(item.place),
            spot: self.phone.button.filter(|_| selected),
        }
    }
}
