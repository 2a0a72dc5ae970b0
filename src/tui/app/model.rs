//! Everything the screen shows and remembers.
//!
//! It is changed by `update` alone and read by `view`; [`Model::prepare`]
//! computes between the two what depends on the size of the screen.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use ratatui::layout::Rect;

use crate::{
    config::{brand, personas::KnownPersona},
    domain::{
        conversation::event::Act,
        ids::{AccountId, ExtConsumerId, ItemId, PhoneId, SkillId},
        line::Line,
        notice::{Notice, Severity},
        text::SafeText,
        time::Timestamp,
    },
    engine::{command::Command, update::Link},
    ingress::status::IngressStatus,
    tui::{
        agent::Workspace,
        app::{
            errands::Errands,
            focus::{Focus, Panes},
            keyboard::{ChatPane, Keyboard, Page},
            layout::{self, Layout, Wants},
            settings::Settings,
            theatre::{Theatre, ToPlay},
        },
        chat::{
            self,
            attach::Job,
            bubble::Look,
            phone::Phone,
            scenario::{MarkedSteps, RunningScenario},
        },
        commands::slash::Names,
        inspector::{Inspector, Tab, layout::PartsWanted},
        popups::{Popup, notices::Notices, palette::Choice},
        stage::Stage,
        terminal::images::gallery::Gallery,
        text::width::width,
        theme::{
            palette::Theme,
            styles::{Depth, Styles},
            ui::Ui,
        },
    },
};

/// How far leaving has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Leaving {
    #[default]
    Not,
    /// Somebody was told that a draft would be lost.
    Warned,
    /// What was recorded is written first; so many files are not written yet.
    Recording(usize),
    /// The engine was asked to stop.
    Asked,
    /// Nobody wants to wait for the engine.
    Forced,
    /// The engine has stopped in order.
    Stopped,
}

/// The state of the screen.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub struct Model {
    pub(crate) themes: Vec<Theme>,
    pub(crate) theme: usize,
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) account: AccountId,
    /// The dress of the phone, while it is on the demo stage.
    pub(crate) stage: Option<Box<Stage>>,
    /// The dress it had there last.
    pub(crate) last_stage: Option<Box<Stage>>,
    /// Whether what only the tester should see is masked on the usual screen.
    pub(crate) is_private: bool,
    /// Styles, keys and time.
    pub(crate) ui: Ui,
    pub(crate) depth: Depth,
    pub(crate) mouse: bool,

    /// The phone in view.
    pub(crate) phone: Phone,
    /// The other open phones.
    pub(crate) others: Vec<Phone>,
    /// All phones, in the order of their tabs.
    pub(crate) tabs: Vec<PhoneId>,
    /// Whose phone comes into view as soon as it is open.
    pub(crate) awaited: Option<ExtConsumerId>,
    pub(crate) link: Link,
    pub(crate) inspector: Inspector,
    pub(crate) workspace: Workspace,
    /// The names of skills that were known at the start.
    pub(crate) skills: BTreeMap<SkillId, SafeText>,
    /// The number of the last question.
    pub(crate) asks: u64,
    /// The pictures of all phones.
    pub(crate) gallery: Gallery,
    /// The scenario that is played on a phone.
    pub(crate) scenario: Option<RunningScenario>,
    /// Its steps, or those of the one before, beside the bubbles.
    pub(crate) marked_steps: MarkedSteps,
    /// The show that is played, without an engine.
    pub(crate) theatre: Option<Box<Theatre>>,
    /// What is to be played for real, and the show in its place.
    pub(crate) to_play: ToPlay,

    /// Whether there is who plays scenarios.
    pub(crate) can_play: bool,
    /// Whether the terminal can be lent.
    pub(crate) lends: bool,
    pub(crate) never_suspend: String,
    /// Where the draft is written that an editor has.
    pub(crate) edited: Option<Page>,
    /// Whether the engine may not know what is written on the phones.
    pub(crate) drafts_changed: bool,

    /// Whether the terminal has the attention.
    pub(crate) looked: bool,
    pub(crate) focus: Focus,
    pub(crate) panes: Panes,
    /// Where one pane is shown at a time: whether it is the inspector although the composer has the
    /// keyboard.
    pub(crate) peeks: bool,
    /// The bubble the keyboard came to from its entry in the wire; Esc goes back there.
    pub(crate) jumped_to: Option<ItemId>,
    pub(crate) popups: Vec<Popup>,
    /// What was chosen in the palette of commands, the last first.
    pub(crate) recent: Vec<Choice>,
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
        let alone = settings.workspace.alone;
        let now = (settings.clock)();
        let mut notices = Notices::default();
        for notice in &settings.notices {
            notices.show(notice, now);
        }
        let on_stage = settings.stage;
        let mut model = Self {
            theme: 0,
            stage: None,
            last_stage: None,
            is_private: settings.is_private,
            gallery: Gallery::new(settings.art, settings.depth).with_addresses(settings.fetches),
            drafts_changed: false,
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
            workspace: Workspace::new(settings.workspace),
            skills: settings.skills,
            asks: 0,
            scenario: None,
            marked_steps: MarkedSteps::default(),
            theatre: None,
            to_play: ToPlay::default(),
            can_play: settings.scenarios.is_some(),
            lends: settings.hold.is_some(),
            never_suspend: settings.never_suspend,
            edited: None,
            looked: true,
            focus: if alone { Focus::List } else { Focus::default() },
            panes: settings.panes,
            peeks: settings.panes == Panes::Inspector,
            jumped_to: None,
            popups: Vec::new(),
            recent: Vec::new(),
            notices,
            layout: Layout::default(),
            leaving: Leaving::default(),
            errands: Errands::default(),
            jobs: Vec::new(),
            folder: None,
            commands: Vec::new(),
        };
        if let Some(stage) = on_stage {
            model.go_on_stage(stage);
        }
        model.begin_plays(settings.show, settings.plays);
        model
    }

    /// Where everything stands in an area; where the agent workspace does is not among it.
    fn layout_in(&self, area: Rect) -> Layout {
        if let Some(stage) = &self.stage {
            return self.layout_on_stage(stage, area);
        }
        let wants = Wants {
            tabs: self.tabs.len() > 1,
            scenario: self.scenario_in_view().is_some(),
            both: self.panes == Panes::Both,
            inspector_first: self.focus != Focus::Composer || self.peeks,
            inspector: PartsWanted {
                hops: self.hops().map_or(0, |line| width(&line)),
                is_open: self.inspector.is_open,
            },
            notice: !self.notices.is_quiet(),
            workspace: match self.inspector.tab {
                _ if self.workspace.alone => layout::WorkspacePane::Alone,
                Tab::Agent => layout::WorkspacePane::Beside,
                _ => layout::WorkspacePane::Away,
            },
        };
        let composer = &self.phone.chat.composer;
        Layout::of(area, wants, |columns| composer.rows(columns))
    }

    /// Lays the screen out for an area; call it before each frame. It asks for nothing.
    pub fn prepare(&mut self, area: Rect) {
        self.layout = self.layout_in(area);
        self.prepare_stage();
        if let Some(parts) = self.layout.phone {
            self.prepare_draft(&parts);
            self.with_transcript(ChatPane::Phone, |transcript, measure| {
                transcript.prepare(parts.transcript, measure);
            });
        }
        if let Some(inspector) = self.layout.inspector {
            self.prepare_inspector(&inspector);
        }
        self.prepare_popup();
    }

    /// Lays the composer alone out for an area; `None` when that moves something else.
    pub(crate) fn prepare_composer(&mut self, area: Rect) -> Option<chat::layout::Parts> {
        let parts = self.layout.phone?;
        if self.layout_in(area) != self.layout {
            return None;
        }
        self.prepare_draft(&parts);
        Some(parts)
    }

    fn prepare_draft(&mut self, parts: &chat::layout::Parts) {
        let Rect { width, height, .. } = parts.composer;
        self.phone.chat.composer.prepare(width, height);
    }

    /// Asks for, and tells, what follows from what the last frame showed; call it after each frame.
    pub fn after_frame(&mut self) {
        if self.layout.phone.is_some() {
            self.page_lines();
        }
        self.ask_for_pictures();
        self.peek_at_written();
        self.report_look();
        self.report_shown();
    }

    /// Tells the engine which bubbles of the other side are on screen, when that changed.
    fn report_shown(&mut self) {
        let shown = match self.layout.phone {
            Some(_) => self.phone.chat.transcript.shown(&self.phone.chat.lines),
            None => BTreeSet::new(),
        };
        if shown != self.phone.shown && !self.is_played(&self.phone) {
            self.send(Act::Shown(shown.iter().copied().collect()));
            self.phone.shown = shown;
        }
    }

    /// Takes note of the time; returns whether that changed what is shown.
    pub fn tick(&mut self, now: Timestamp) -> bool {
        let told = (
            self.token_holds(),
            self.times_left(),
            self.workspace_times(),
            self.scenario_seconds(),
        );
        self.ui.now = now;
        let changed = told
            != (
                self.token_holds(),
                self.times_left(),
                self.workspace_times(),
                self.scenario_seconds(),
            );
        let plates = self.stage.as_mut().is_some_and(|stage| stage.expire(now));
        self.tick_show(now) | self.notices.expire(now) | changed | plates
    }

    /// Tells the engine what is written and not sent, on every phone and in the agent workspace, as
    /// far as it does not know.
    pub(crate) fn keep_drafts(&mut self) {
        self.drafts_changed = false;
        if self.theatre.is_some() {
            return;
        }
        for phone in std::iter::once(&mut self.phone).chain(&mut self.others) {
            self.commands.extend(phone.draft_to_keep());
        }
        // Where the workspace stands alone, nobody keeps anything.
        if !self.workspace.alone {
            for session in &self.workspace.sessions {
                self.commands.extend(self.workspace.kept.untold(session));
            }
        }
    }

    /// When the passing of time alone will next change what is shown.
    pub fn next_change(&self) -> Option<Timestamp> {
        let token = self.link.token_until.filter(|until| *until > self.ui.now);
        let changes = self.notices.next_expiry().into_iter().chain(token);
        changes
            .chain(self.next_time_left())
            .chain(self.next_workspace_time())
            .chain(self.next_scenario_second())
            .chain(self.next_of_show())
            .chain(self.stage.as_deref().and_then(Stage::next_expiry))
            .min()
    }

    /// Whether real people are on the other side.
    pub(crate) fn is_production(&self) -> bool {
        self.phone.head.as_ref().is_some_and(|head| head.production)
    }

    /// What the skill of the conversation on the phone in view is called, as far as anybody knows:
    /// no consumer is told, agents are.
    pub(crate) fn skill_name(&self) -> Option<&SafeText> {
        let skill = self.phone.details.as_deref()?.skill.as_ref()?;
        let sessions = self.workspace.sessions.iter();
        let mut told = sessions.flat_map(|session| &session.skills);
        let known = self.skills.get(skill);
        known.or_else(|| told.find(|(id, _)| id == skill).map(|(_, name)| name))
    }

    /// Whether there is a token that has not expired.
    pub(crate) fn token_holds(&self) -> bool {
        self.link
            .token_until
            .is_some_and(|until| until > self.ui.now)
    }

    /// Asks for something to be done on the phone in view; a past conversation takes nothing.
    pub(crate) fn send(&mut self, act: Act) {
        if self.theatre.is_some() {
            // No engine is behind it.
            return;
        }
        if !matches!(act, Act::Shown(_) | Act::Looked(_)) {
            self.take_over();
        } else if self.is_played(&self.phone) {
            return;
        }
        if let Some(phone) = self.phone.id() {
            self.commands.push(Command::Act { phone, act });
        } else if !matches!(act, Act::Shown(_) | Act::Looked(_)) {
            self.tell_read_only();
        }
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
            ..Notice::default()
        };
        self.notices.answer(&notice, self.ui.now);
    }

    /// The row that tells what is told now; empty when nothing is.
    pub(crate) fn notice_row(&self) -> Rect {
        let layout = &self.layout;
        let phone = layout.phone.map(|parts| parts.notice);
        let workspace = layout.workspace.map(|parts| parts.notice);
        let rows = [phone, workspace, Some(layout.notice)]
            .into_iter()
            .flatten();
        let row = rows.into_iter().find(|row| !row.is_empty());
        let row = row.unwrap_or_default();
        let is_covered = self
            .popups
            .iter()
            .any(|popup| popup.area(&self.scene()).intersects(row));
        if is_covered {
            // On the lower edge of what lies on top.
            let top = self.popups.last();
            let area = top.map_or(row, |top| top.area(&self.scene()));
            return Rect::new(
                area.x + 1,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(2),
                1,
            );
        }
        row
    }

    /// Shows a notice of the interface's own that names a file.
    pub(crate) fn tell_of_file(&mut self, title: &str, detail: &str, file: &Path) {
        let path = file.display().to_string();
        let (detail, hint) = match detail {
            "" => (path.as_str(), ""),
            detail => (detail, path.as_str()),
        };
        let notice = Notice {
            severity: Severity::Success,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
            path: Some(file.to_owned()),
            ..Notice::default()
        };
        self.notices.answer(&notice, self.ui.now);
    }

    /// The names slash commands complete to.
    pub(crate) fn names(&self) -> Names {
        Names {
            themes: self.themes.iter().map(|theme| theme.name.clone()).collect(),
            personas: self.personas.iter().map(|one| one.key.clone()).collect(),
            brands: brand::known()
                .into_iter()
                .chain(["off".to_owned()])
                .collect(),
        }
    }

    /// Whether the keyboard writes into the composer.
    pub(crate) fn is_composing(&self) -> bool {
        self.keyboard() == Keyboard::Phone
    }

    /// How a line of the phone stands out.
    pub(crate) fn look(&self, item: &Line) -> Look {
        let picked = self.inspector.wire.picked();
        let selected = self.phone.chat.selected == Some(item.id);
        Look {
            selected,
            lit: picked.is_some_and(|entry| self.inspector.wire.are_linked(entry, item.id)),
            last_read: self.phone.chat.lines.last_read() == Some(item.place),
            spot: self.phone.button.filter(|_| selected),
            marks: self.marked_steps.of(item.id),
            ..Look::default()
        }
    }
}
