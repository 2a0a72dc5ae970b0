//! The demo stage as the model fills it: who goes there, what keys do there, and what it is drawn
//! from.

use std::time::Duration;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use crate::{
    config::brand::{self, BrandPack},
    domain::{line::Line, mask::Mask, notice::Severity},
    tui::{
        app::{focus::Focus, layout::Layout, model::Model},
        chat::bubble::Look,
        commands::keys::{Action, Context},
        popups::{self, Popup},
        stage::{
            KeyPlate, Stage, StageDot, StageFrame,
            draw::{self, StageView},
            layout::StageParts,
        },
        theme::styles::Styles,
    },
};

/// How long words for the presenter stand at the edge of the stage.
const ASIDE: Duration = Duration::from_secs(3);

/// Whether an action means something on stage: writing, moving, pressing, and going off.
fn is_for_stage(action: Action) -> bool {
    use Action::{
        Back, CopyText, First, Last, NewLine, NextPhone, PageDown, PageUp, PreviousPhone, Quit,
        Redraw, Reply, Retry, SelectNext, SelectPrevious, Stage, Submit,
    };
    match action {
        Quit | Stage | Redraw | Back | PageUp | PageDown | First | Last | SelectPrevious
        | SelectNext | CopyText | NextPhone | PreviousPhone | Retry | Reply(_) | Submit
        | NewLine => true,
        other => matches!(other.context(), Context::Edit | Context::Browse),
    }
}

impl Model {
    /// Puts the phone on stage in this dress.
    pub fn go_on_stage(&mut self, mut stage: Box<Stage>) {
        if let Some(theme) = self.themes.get(self.theme) {
            stage.dress_for(&theme.palette, self.depth, self.gallery.plates());
        }
        self.ui.styles = stage.dress.styles.clone();
        // What nobody sees has no keys.
        self.focus = Focus::Composer;
        self.peeks = false;
        self.inspector.filtering = false;
        self.phone.chat.find = None;
        self.popups
            .retain(|popup| matches!(popup, Popup::Consent(_)) || is_of_consumer(popup));
        self.stage = Some(stage);
        self.name_window();
        self.errands.redraw = true;
    }

    /// Has the terminal's window called by the brand on stage: at the start, and when somebody else had
    /// the terminal meanwhile.
    pub(crate) fn name_window(&mut self) {
        let on_stage = self.stage.as_ref();
        self.errands.title = on_stage.map(|stage| stage.pack.name.clone());
    }

    /// Shows on stage that the engine is gone; nothing is said of it there.
    pub(crate) fn engine_is_gone(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.dot = Some(StageDot::Gone);
        }
    }

    /// Takes the phone off the stage.
    pub(crate) fn leave_stage(&mut self) {
        self.last_stage = self.stage.take().or_else(|| self.last_stage.take());
        if let Some(theme) = self.themes.get(self.theme) {
            self.ui.styles = Styles::new(&theme.palette, self.depth);
        }
        self.errands.title = Some(String::new());
        self.errands.redraw = true;
    }

    /// Puts the phone on stage as it was there last, or takes it off.
    pub(crate) fn turn_stage(&mut self) {
        if self.stage.is_some() {
            return self.leave_stage();
        }
        let stage = self.last_stage.take().unwrap_or_else(|| {
            let pack = brand::embedded().swap_remove(0);
            Box::new(Stage::new(pack, None, StageFrame::default()))
        });
        self.go_on_stage(stage);
    }

    /// Goes on stage in the dress of a pack, or off it.
    pub(crate) fn stage_as(&mut self, argument: &str) {
        match argument {
            "" => self.turn_stage(),
            "off" => self.leave_stage(),
            name => self.errands.pack = Some(name.to_owned()),
        }
    }

    /// Takes in a brand pack that was read, or why it cannot be had.
    pub(crate) fn on_pack(&mut self, read: Result<BrandPack, String>) {
        let pack = match read {
            Ok(pack) => pack,
            Err(why) => {
                let hint = "handset stage --check tells more";
                self.tell(
                    Severity::Warning,
                    "the brand pack cannot be had",
                    &why,
                    hint,
                );
                return self.tell_presenter("the brand pack has a fault; it stays as it was");
            }
        };
        let on_stage = self.stage.take();
        let is_same =
            |stage: &Stage| stage.pack.folder.is_some() && stage.pack.folder == pack.folder;
        match on_stage {
            // A file of it changed; whatever is played goes on.
            Some(mut stage) if is_same(&stage) => {
                stage.change_pack(pack);
                self.go_on_stage(stage);
            }
            on_stage => {
                let before = on_stage.or_else(|| self.last_stage.take());
                let frame = before.map_or_else(StageFrame::default, |stage| stage.frame);
                self.go_on_stage(Box::new(Stage::new(pack, None, frame)));
            }
        }
    }

    /// Whether an action is carried out on stage; the presenter is told at its edge when not.
    pub(crate) fn is_refused_on_stage(&mut self, action: Action) -> bool {
        if self.stage.is_none() || is_for_stage(action) {
            return false;
        }
        let words = match action {
            Action::OtherPane | Action::TurnPanes | Action::TurnInspector => {
                "the inspector is off on stage"
            }
            Action::Copy => "nothing is copied on stage",
            _ => "that is off on stage",
        };
        self.tell_presenter(words);
        true
    }

    /// Tells the presenter something at the edge of the stage, for a moment.
    pub(crate) fn tell_presenter(&mut self, words: &str) {
        let until = self.ui.now.after(ASIDE);
        if let Some(stage) = &mut self.stage {
            let text = words.to_owned();
            stage.aside = Some(KeyPlate { text, until });
        }
    }

    /// Whether a popup is shown, and has the keyboard. On stage those are that belong to a card.
    pub(crate) fn has_popup(&self) -> bool {
        let top = self.popups.last();
        top.is_some_and(|top| self.stage.is_none() || is_of_consumer(top))
    }

    /// The stage as it stands in an area.
    fn stage_parts(&self, stage: &Stage, area: Rect) -> StageParts {
        let composer = &self.phone.chat.composer;
        StageParts::of(area, stage.frame, stage.look, |columns| {
            composer.rows(columns)
        })
    }

    /// The layout of the screen while the phone is on stage.
    pub(crate) fn layout_on_stage(&self, stage: &Stage, area: Rect) -> Layout {
        let parts = self.stage_parts(stage, area);
        Layout {
            area,
            too_small: parts.is_too_small,
            compact: parts.is_compact,
            phone: (!parts.is_too_small).then_some(parts.chat),
            ..Layout::default()
        }
    }

    /// Takes over on stage what the phone in view shows now.
    pub(crate) fn prepare_stage(&mut self) {
        let mask = self.stage_mask();
        if let Some(stage) = &mut self.stage {
            let mut changed = Vec::new();
            stage
                .shown
                .follow(&self.phone, &stage.pack, &mask, |id| changed.push(id));
            let transcript = &mut self.phone.chat.transcript;
            for id in changed {
                transcript.changed(id);
            }
        }
    }

    /// How the line is, for the presenter: nothing of that is said on stage.
    fn line_dot(&self) -> Option<StageDot> {
        // Where nobody has told of a link, there is none.
        self.link.listener.as_ref()?;
        let chat = &self.phone.chat;
        let asks = self.popups.iter().any(|popup| !is_of_consumer(popup));
        let waits = || chat.lines.iter().any(|line| line.body.is_underway());
        Some(
            if self.link.ingress.is_broken() || chat.lines.failed().is_some() {
                StageDot::Gone
            } else if asks || waits() {
                StageDot::Waiting
            } else {
                StageDot::Good
            },
        )
    }

    /// What is masked in texts on stage.
    pub(crate) fn stage_mask(&self) -> Mask {
        let hosts = self.stage.as_ref().map(|stage| stage.pack.hosts.clone());
        Mask::new(self.private_ids(), hosts.unwrap_or_default())
    }

    /// The ids of accounts, consumers, conversations and people that this screen knows.
    pub(crate) fn private_ids(&self) -> Vec<String> {
        let mut ids = vec![self.account.as_str().to_owned()];
        for phone in std::iter::once(&self.phone).chain(&self.others) {
            let persona = phone.persona.as_deref();
            ids.extend(persona.map(|persona| persona.consumer.as_str().to_owned()));
            let conversation = phone
                .head
                .as_ref()
                .and_then(|head| head.conversation.as_ref());
            ids.extend(conversation.map(|id| id.as_str().to_owned()));
        }
        ids
    }

    /// Runs something on what the stage is drawn from.
    fn with_stage_view<R>(
        &self,
        stage: &Stage,
        area: Rect,
        run: impl FnOnce(&StageView<'_>) -> R,
    ) -> R {
        let parts = self.stage_parts(stage, area);
        let selected = self.phone.chat.selected;
        let look = |line: &Line| Look {
            selected: selected == Some(line.id),
            spot: self.phone.button.filter(|_| selected == Some(line.id)),
            ..Look::default()
        };
        let view = StageView {
            stage,
            parts: &parts,
            transcript: &self.phone.chat.transcript,
            composer: &self.phone.chat.composer,
            has_keys: self.is_composing(),
            look: &look,
            zone: &self.ui.zone,
            dot: stage.dot.or_else(|| self.line_dot()),
        };
        run(&view)
    }

    /// Draws the stage, with what a card asks for on top.
    pub(crate) fn draw_stage(&self, stage: &Stage, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.with_stage_view(stage, area, |view| draw::draw(view, frame));
        if self.has_popup()
            && let Some(top) = self.popups.last()
        {
            popups::draw(std::slice::from_ref(top), &self.scene(), frame);
        }
    }

    /// Draws the field one writes in alone; tells where the cursor is.
    pub(crate) fn draw_stage_composer(
        &self,
        stage: &Stage,
        buffer: &mut Buffer,
    ) -> Option<(u16, u16)> {
        self.with_stage_view(stage, self.layout.area, |view| {
            draw::draw_composer(view, buffer)
        })
    }
}

/// Whether a popup is what a card asks the consumer for.
fn is_of_consumer(popup: &Popup) -> bool {
    matches!(popup, Popup::Dates(_) | Popup::Slots(_))
}
