//! The loop: it hands lines and updates to the front, carries out what that wants, and writes what
//! is told. A line of a pipe is done when what it asked for is done, or after a while; a terminal's
//! at once.

use std::{
    collections::VecDeque,
    future::{Future, pending},
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{spoken::speakable, time::Timestamp},
    engine::{command::Command, update::Update},
    plain::{
        PlainSettings,
        front::{EditedFor, EndStage, Front},
        input::{InputEvent, LineInput},
        lines::{HeldLines, LinesDue},
    },
    tui::{
        agent::sessions::Sessions,
        app::scenarios::Scenarios,
        chat::attach::{self, Done},
        terminal::editor,
    },
};

/// How long a line of a pipe may wait for what it needs, and for what it has asked for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the end of the input waits for what is under way.
const PATIENCE_AT_END: Duration = Duration::from_secs(15);
/// How long the engine or the sessions may take to end.
const ENDING: Duration = Duration::from_secs(5);
/// How long one Ctrl+C may take to reach all who wait for it.
const SAME_INTERRUPT: Duration = Duration::from_millis(100);
/// Commands that wait for room at the engine; past that they are refused.
const WAITING: usize = 256;
/// Jobs under way at once; past that one is refused.
const JOBS: usize = 4;

/// Why plain mode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainEnd {
    /// The engine, or everybody who was logged in, has ended.
    Stopped,
    /// The engine went away without saying so.
    EngineGone,
    /// `stop` fired, or nobody reads the output any more.
    Cancelled,
    /// The input was a pipe, and a message of it was not sent.
    NotSent,
}

type Editing = Pin<Box<dyn Future<Output = Result<String, editor::EditorError>> + Send>>;

/// What the loop holds beside the front.
struct PlainLoop {
    front: Front,
    lines: HeldLines,
    input: LineInput,
    output: mpsc::Sender<String>,
    engine: mpsc::Sender<Command>,
    sessions: Sessions,
    scenarios: Scenarios,
    /// Commands the engine had no room for yet.
    waiting: VecDeque<Command>,
    jobs: JoinSet<Done>,
    editing: Option<(EditedFor, Editing)>,
    /// A line that waits for what it needs, until then.
    line: Option<(String, Instant)>,
    /// The line before is still being done, at most until then.
    doing: Option<Instant>,
    /// The input has ended; at most until then for what is under way.
    ended: Option<Instant>,
    /// The end was asked for, and comes by then.
    leaving: Option<Instant>,
    /// Whether Ctrl+C is not for the program but for the line that is typed.
    lent: Arc<AtomicBool>,
    /// A line was dropped: until then its Ctrl+C may still reach those who end the program.
    lent_until: Option<Instant>,
}

/// Runs plain mode until the engine stops, the input ends or `stop` fires.
pub async fn run(
    settings: PlainSettings,
    mut updates: mpsc::Receiver<Update>,
    engine: mpsc::Sender<Command>,
    stop: CancellationToken,
) -> io::Result<PlainEnd> {
    let input = LineInput::start()?;
    let lent = Arc::new(AtomicBool::new(false));
    // Plain mode runs once; there is no other that could have said so.
    let _ = settings.lent.set(Arc::clone(&lent));
    let clock = Arc::clone(&settings.clock);
    let mut all = PlainLoop {
        lines: HeldLines::new(!input.is_terminal),
        output: settings.output.clone(),
        sessions: Sessions::new(Arc::clone(&settings.workspace.log_in)),
        scenarios: Scenarios::new(settings.scenarios.clone()),
        engine,
        waiting: VecDeque::new(),
        jobs: JoinSet::new(),
        editing: None,
        line: None,
        doing: None,
        ended: None,
        leaving: None,
        lent,
        lent_until: None,
        front: begin(settings),
        input,
    };
    all.input.ask();
    let is_alone = all.front.agent.workspace.alone;
    loop {
        if all
            .lent_until
            .take_if(|until| *until <= Instant::now())
            .is_some()
        {
            all.lent.store(false, Ordering::SeqCst);
        }
        all.front.tick(clock());
        if let Some(end) = all.carry_out(clock()).await {
            return Ok(end);
        }
        let wake = all.wake(clock());
        let output = all.output.clone();
        let (engine, has_waiting) = (all.engine.clone(), !all.waiting.is_empty());
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(PlainEnd::Cancelled),
            () = output.closed() => return Ok(PlainEnd::Cancelled),
            // Another handset may have the signal; it is for the line that is typed when it is lent.
            () = interrupted(), if all.lent.load(Ordering::SeqCst) => all.drop_line(),
            room = engine.reserve(), if has_waiting => {
                if let (Ok(room), Some(command)) = (room, all.waiting.pop_front()) {
                    room.send(command);
                }
            }
            event = all.input.next(), if all.ended.is_none() => all.on_input(event, clock()),
            written = edited(&mut all.editing) => all.on_edited(written),
            Some(done) = all.jobs.join_next(), if !all.jobs.is_empty() => {
                all.front.on_done(done.ok());
            }
            event = all.sessions.news() => {
                all.front.on_session(event);
            }
            news = all.scenarios.news() => all.front.on_scenario(news),
            update = updates.recv(), if !is_alone => match update {
                Some(update) => {
                    all.front.on_update(update);
                }
                None => return Ok(if all.front.end == EndStage::Over { all.end() } else { PlainEnd::EngineGone }),
            },
            () = sleep_until(wake) => {}
        }
    }
}

/// The front with what is told first.
fn begin(mut settings: PlainSettings) -> Front {
    let notices = std::mem::take(&mut settings.notices);
    let by = settings.switched_on_by.clone();
    let mut front = Front::new(settings);
    front.tell(format!(
        "Plain mode, switched on by {by}. Type a message, or ? for help."
    ));
    for notice in notices {
        front.notice(notice);
    }
    front
}

/// Ends at the next Ctrl+C.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

/// What somebody wrote in an editor, with what it is for.
async fn edited(
    editing: &mut Option<(EditedFor, Editing)>,
) -> (EditedFor, Result<String, editor::EditorError>) {
    let Some((purpose, writing)) = editing else {
        return pending().await;
    };
    let written = writing.as_mut().await;
    let purpose = purpose.clone();
    *editing = None;
    (purpose, written)
}

impl PlainLoop {
    fn on_input(&mut self, event: InputEvent, now: Timestamp) {
        match event {
            InputEvent::Typed(so_far) => {
                if let Some(phone) = self.front.at.filter(|_| !so_far.starts_with('/')) {
                    let act = crate::domain::conversation::event::Act::Typed { standing: true };
                    self.front.commands.push(Command::Act { phone, act });
                }
                self.lent.store(true, Ordering::SeqCst);
                self.lent_until = None;
                self.lines.typed(&so_far, now);
            }
            InputEvent::Line(line) => {
                self.lent.store(false, Ordering::SeqCst);
                self.line = Some((line, Instant::now() + PATIENCE));
            }
            InputEvent::TooLong => {
                self.front
                    .warn("the line is too long, and was not taken; /edit opens an editor");
                self.input.ask();
            }
            InputEvent::End => self.ended = Some(Instant::now() + PATIENCE_AT_END),
        }
    }

    /// Ctrl+C drops the line that is typed.
    fn drop_line(&mut self) {
        self.lent_until = Some(Instant::now() + SAME_INTERRUPT);
        self.input.forget();
        if self.lines.drop_typed() {
            self.front
                .tell("The line is dropped. Ctrl+C again leaves handset.");
        }
    }

    fn on_edited(&mut self, (purpose, written): (EditedFor, Result<String, editor::EditorError>)) {
        self.lent.store(false, Ordering::SeqCst);
        match written {
            Ok(text) => self.front.on_edited(&purpose, &text),
            Err(error) => self.front.warn(&error.to_string()),
        }
    }

    /// Carries out what is wanted; why the loop ends, when it does.
    async fn carry_out(&mut self, now: Timestamp) -> Option<PlainEnd> {
        let due = self.step_lines();
        self.write(due).await;
        if let Some(live) = self.front.live.take() {
            self.lines.is_live = live || !self.input.is_terminal;
        }
        let rows = std::mem::take(&mut self.front.rows);
        let due = self.lines.arrived(rows, now);
        self.write(due).await;
        let due = self.lines.tick(now);
        self.write(due).await;
        if self.lines.due().is_none() {
            self.front.was_told();
        }
        self.pass_on();
        // A line that has nothing to wait for is done by now.
        let due = self.step_lines();
        self.write(due).await;
        self.pass_on();
        if self.front.end == EndStage::Over {
            let due = self.lines.entered();
            self.write(due).await;
            return Some(self.end());
        }
        let is_late = self
            .leaving
            .is_some_and(|leaving| leaving <= Instant::now());
        is_late.then_some(PlainEnd::Cancelled)
    }

    /// Takes the line that waits when it can be done, and asks for the next when that is done; what
    /// was held is to be told before what comes of it.
    fn step_lines(&mut self) -> LinesDue {
        let (now, is_terminal) = (Instant::now(), self.input.is_terminal);
        if let Some((line, until)) = &self.line
            && (is_terminal || *until <= now || self.front.is_ready_for(line))
        {
            if *until <= now {
                self.front.warn("what the line needs has not come");
            }
            let line = std::mem::take(&mut self.line)
                .map(|(line, _)| line)
                .unwrap_or_default();
            let held = self.lines.entered();
            self.front.on_line(&line);
            self.doing = Some(now + PATIENCE);
            return held;
        }
        let is_idle = self.jobs.is_empty() && self.editing.is_none() && self.waiting.is_empty();
        if let Some(until) = self.doing {
            let is_done = is_idle && self.front.edit.is_none() && !self.front.is_busy();
            let is_free = is_terminal && self.editing.is_none() && self.front.edit.is_none();
            // The steps of a scenario have deadlines of their own.
            let is_late = until <= now && !self.front.has_scenario_running();
            if is_free || is_done || is_late {
                self.doing = None;
                self.input.ask();
            }
            return LinesDue::default();
        }
        if let Some(until) = self.ended
            && self.line.is_none()
            && self.leaving.is_none()
            && ((until <= now && !self.front.has_scenario_running())
                || (is_idle && !self.front.is_busy_at_end()))
        {
            self.front.quit();
        }
        if self.front.end == EndStage::Asked && self.leaving.is_none() {
            self.leaving = Some(now + ENDING);
        }
        LinesDue::default()
    }

    async fn write(&mut self, due: LinesDue) {
        if due.look {
            self.input.look();
        }
        for row in due.write {
            // Nobody reads any more: the loop ends by that.
            let _ = self.output.send(speakable(&row)).await;
        }
    }

    /// Passes on what the front wants of others.
    fn pass_on(&mut self) {
        for command in self.front.commands.drain(..) {
            if self.waiting.len() < WAITING {
                self.waiting.push_back(command);
            }
        }
        while let Some(command) = self.waiting.pop_front() {
            if let Err(refused) = self.engine.try_send(command) {
                if let mpsc::error::TrySendError::Full(command) = refused {
                    self.waiting.push_front(command);
                }
                break;
            }
        }
        self.sessions.pay();
        for (number, command) in self.front.agent.workspace.take_commands() {
            if let Some(refused) = self.sessions.send(number, command) {
                self.front.refused_by_session(&refused);
            }
        }
        if let Some(user) = self.front.agent.workspace.take_log_in() {
            self.sessions.log_in(user);
        }
        let requests = std::mem::take(&mut self.front.scenario_requests);
        if self.scenarios.send(requests.start, requests.orders) {
            self.front
                .warn("the scenario does not take that right now; try again in a moment");
        }
        for job in std::mem::take(&mut self.front.jobs) {
            if self.jobs.len() < JOBS {
                self.jobs.spawn_blocking(move || attach::run(job));
            } else {
                self.front.on_done(None);
            }
        }
        if let Some((purpose, text)) = self.front.edit.take() {
            if self.input.is_terminal {
                self.lent.store(true, Ordering::SeqCst);
                self.editing = Some((purpose, Box::pin(editor::edit(text))));
            } else {
                self.front
                    .warn("an editor needs a terminal; \"\"\" begins a message of several lines");
            }
        }
    }

    fn end(&self) -> PlainEnd {
        if self.front.has_failed && !self.input.is_terminal {
            PlainEnd::NotSent
        } else {
            PlainEnd::Stopped
        }
    }

    /// When time alone has something done.
    fn wake(&self, now: Timestamp) -> Instant {
        let at = |due: Timestamp| Instant::now() + due.since(now).max(Duration::from_millis(1));
        let fronts = self.front.due().into_iter().chain(self.lines.due()).map(at);
        let line = self.line.as_ref().map(|(_, until)| *until);
        let own = [line, self.doing, self.ended, self.leaving, self.lent_until];
        let own = own
            .into_iter()
            .flatten()
            .filter(|until| *until > Instant::now());
        let far = Instant::now() + PATIENCE;
        fronts.chain(own).min().unwrap_or(far)
    }
}
