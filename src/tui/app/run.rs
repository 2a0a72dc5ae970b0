//! The loop: it changes the model by what the terminal and the engine report, and has it laid out
//! and drawn by [`KeptFrame::draw`]. A frame is drawn only when something changed, and at once when
//! the last one is old enough.

use std::{io, time::Duration};

use crossterm::event::Event;
use futures_util::{FutureExt as _, Stream, StreamExt};
use ratatui::{Terminal, backend::Backend, layout::Rect};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    engine::{command::Command, update::Update},
    tui::{
        agent::sessions::Sessions,
        app::{
            kept::{KeptFrame, Stale},
            loan::Loan,
            model::{Leaving, Model},
            outbox::Outbox,
            pack_watch::PackWatch,
            panic_card,
            scenarios::Scenarios,
            settings::Settings,
            virtual_run::drawn,
        },
        chat::attach::{self, Done},
        terminal::{clipboard::Copy, images::gallery::Studio, panic_switch::PanicSwitch},
    },
};

/// Shortest time between two frames; every change in between shares one.
const FRAME: Duration = Duration::from_millis(16);

/// Shortest time between a frame and one that answers a key. A person waits for that one, and
/// cannot type fast enough to make it costly.
const KEY_FRAME: Duration = Duration::from_millis(2);

/// What is written is kept so long after it changed, not at every key.
const DRAFT_DELAY: Duration = Duration::from_millis(500);

/// Updates applied between two looks at the keyboard and the frame timer.
const BATCH: usize = 256;

/// Events taken from the terminal in a row before updates get their turn.
const STREAK: usize = 64;

/// Jobs under way at once; past that one is refused, for a folder that does not answer must not
/// pile them up.
const JOBS: usize = 8;

/// Why the screen ended. In every case but [`Stopped`](Self::Stopped) the engine still runs,
/// and the caller that started it has to stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The engine has stopped in order.
    Stopped,
    /// The engine went away without saying so.
    EngineGone,
    /// The terminal went away.
    InputEnded,
    /// `stop` fired.
    Cancelled,
    /// The person asked to leave a second time while the engine was stopping.
    Forced,
}

/// What can go wrong with a terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be drawn on.
    #[error("cannot draw on the terminal: {0}")]
    Draw(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It cannot be read from.
    #[error("cannot read keys from the terminal: {0}")]
    Input(#[source] io::Error),
    /// It cannot be lent to the shell or an editor, or not be taken back.
    #[error("cannot lend the terminal or take it back: {0}")]
    Suspend(#[source] io::Error),
    /// Its mouse cannot be switched.
    #[error("cannot switch the terminal's mouse: {0}")]
    Mouse(#[source] io::Error),
}

/// Runs the screen until the engine stops, the terminal goes away or `stop` fires.
#[expect(
    clippy::too_many_lines,
    reason = "the loop has one row for each source"
)]
pub async fn run<B>(
    mut terminal: Terminal<B>,
    mut input: impl Stream<Item = io::Result<Event>> + Unpin,
    mut updates: mpsc::Receiver<Update>,
    engine: mpsc::Sender<Command>,
    settings: Settings,
    stop: CancellationToken,
) -> Result<Ended, Error>
where
    B: Backend,
    B::Error: Send + Sync + 'static,
{
    let clock = settings.clock.clone();
    let capture_mouse = settings.capture_mouse.clone();
    let copy = settings.copy.clone();
    let keep_panes = settings.keep_panes.clone();
    let (mark, still) = (settings.mark.clone(), settings.still.clone());
    let (watched, switch) = (settings.progress.clone(), settings.switch.clone());
    let set_title = settings.set_title.clone();
    let mut packs = PackWatch::new(settings.brands.clone());
    let mut loan = Loan::new(settings.hold.clone()).map_err(Error::Suspend)?;
    let mut outbox = Outbox::new(engine);
    let mut sessions = Sessions::new(settings.workspace.log_in.clone());
    let mut scenarios = Scenarios::new(settings.scenarios.clone());
    let mut model = Model::new(settings);
    let mut studio = Studio::default();
    let mut jobs: JoinSet<Done> = JoinSet::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut kept = KeptFrame::default();
    let (mut stale, mut frame_due) = (Stale::All, Instant::now());
    let mut key_due = frame_due;
    let mut drafts_due: Option<Instant> = None;
    let mut streak = 0;
    let mut is_engine_gone = false;
    loop {
        let wake = wake_at(&model);
        tokio::select! {
            // Order matters: a busy branch starves those below it. Keys that wait share a frame,
            // unless it is long due. Updates can flood, so they come last; keys could starve
            // them in turn, so a streak of keys is cut below.
            biased;
            () = stop.cancelled() => {
                leave_drafts(&mut outbox, &mut model);
                return Ok(Ended::Cancelled);
            }
            event = input.next(), if loan.is_over() && (stale == Stale::Nothing || Instant::now() < frame_due + FRAME) => {
                let Some(event) = event else {
                    leave_drafts(&mut outbox, &mut model);
                    return Ok(Ended::InputEnded);
                };
                stale = stale.max(Stale::all_if(model.tick(clock())));
                stale = stale.max(model.on_event(event.map_err(Error::Input)?));
                frame_due = frame_due.min(key_due);
                streak += 1;
                if streak >= STREAK {
                    streak = 0;
                    catch_up(&mut updates, &mut sessions, &mut scenarios, &mut model);
                    stale = Stale::All;
                }
            }
            () = due(frame_due), if stale > Stale::Nothing && loan.is_over() => {
                if let Some(switch) = &switch {
                    if model.stage.is_some() {
                        prepare_card(switch, &terminal, &model)?;
                    }
                    switch.arm(model.stage.is_some());
                }
                draw(&mut terminal, &mut model, &mut kept, stale)?;
                stale = Stale::Nothing;
                frame_due = Instant::now() + FRAME;
                key_due = Instant::now() + KEY_FRAME;
            }
            () = outbox.room(), if outbox.owes() => outbox.pay(),
            event = loan.next() => {
                model.tick(clock());
                loan.end(event, &mut model).map_err(Error::Suspend)?;
                stale = Stale::All;
            }
            read = packs.read(), if packs.is_busy() => {
                model.tick(clock());
                model.on_pack(read);
                stale = Stale::All;
            }
            made = studio.made(), if studio.is_busy() => {
                if let Some(made) = made {
                    model.on_picture(made);
                    stale = Stale::All;
                }
            }
            Some(done) = jobs.join_next(), if !jobs.is_empty() => {
                model.tick(clock());
                model.on_done(done.ok());
                stale = Stale::All;
            }
            () = sleep_until(wake.unwrap_or(frame_due)), if wake.is_some() => {
                stale = stale.max(Stale::all_if(model.tick(clock())));
            }
            () = sleep_until(drafts_due.unwrap_or(frame_due)), if drafts_due.is_some() => {
                drafts_due = None;
                model.keep_drafts();
            }
            news = sessions.news() => {
                model.tick(clock());
                model.on_session_event(news);
                stale = Stale::All;
            }
            news = scenarios.news() => {
                model.tick(clock());
                model.on_scenario(news);
                stale = Stale::All;
            }
            taken = updates.recv_many(&mut batch, BATCH), if !is_engine_gone => {
                if taken == 0 && model.leaving == Leaving::Stopped {
                    return Ok(Ended::Stopped);
                }
                is_engine_gone = taken == 0;
                if is_engine_gone {
                    model.engine_is_gone();
                }
                model.tick(clock());
                batch.drain(..).for_each(|update| model.on_update(update));
                stale = Stale::All;
                streak = 0;
            }
        }
        // A key is on the screen before others get to work on it.
        if stale > Stale::Nothing && frame_due <= Instant::now() && loan.is_over() {
            continue;
        }
        // In front of people what is on stage stays there until the presenter leaves.
        let stays = matches!(model.leaving, Leaving::Not | Leaving::Warned);
        if is_engine_gone && (model.stage.is_none() || !stays) {
            return Ok(Ended::EngineGone);
        }
        if model.drafts_changed && !is_engine_gone {
            drafts_due.get_or_insert_with(|| Instant::now() + DRAFT_DELAY);
        }
        studio.begin(&mut model.gallery);
        for job in model.take_jobs() {
            if jobs.len() < JOBS {
                jobs.spawn_blocking(move || attach::run(job));
            } else {
                model.on_done(None);
                stale = Stale::All;
            }
        }
        stale = stale.max(Stale::all_if(send_commands(&mut outbox, &mut model)));
        stale = stale.max(Stale::all_if(pass_on(&mut sessions, &mut model)));
        stale = stale.max(Stale::all_if(scenarios.pass_on(&mut model)));
        stale = stale.max(Stale::all_if(copied(&mut model, &copy)));
        if let Some(title) = model.errands.title.take() {
            // A terminal that does not take it keeps its own.
            let _ = set_title(&title);
        }
        if let Some(name) = model.errands.pack.take() {
            packs.ask(name);
        }
        let on_stage = model.stage.as_ref();
        packs.watch(on_stage.and_then(|stage| stage.pack.folder.as_ref()));
        if let Some(panes) = model.errands.panes.take()
            && let Err(fault) = keep_panes(panes)
        {
            model.tell_panes_not_kept(&fault);
            stale = Stale::All;
        }
        if let Some(watched) = &watched {
            let now = model.progress_on_stage();
            watched.send_if_modified(|told| std::mem::replace(told, now.clone()) != now);
        }
        for chapter in std::mem::take(&mut model.errands.chapters) {
            if let Some(title) = &chapter {
                mark(title);
            }
            if let Some(still) = &still {
                let size = terminal.size();
                let area = Rect::from(size.map_err(|fault| Error::Draw(Box::new(fault)))?);
                still(&drawn(&mut model, area), chapter.as_deref());
            }
        }
        let lent = loan.begin(&mut model, &mut updates).await;
        stale = stale.max(Stale::all_if(lent.map_err(Error::Suspend)?));
        if let Some(on) = model.errands.mouse.take() {
            capture_mouse(on).map_err(Error::Mouse)?;
        }
        match model.leaving {
            Leaving::Stopped => return Ok(Ended::Stopped),
            Leaving::Forced => return Ok(Ended::Forced),
            Leaving::Not | Leaving::Warned | Leaving::Recording(_) | Leaving::Asked => {}
        }
    }
}

/// Copies what the model wants copied; whether there was something.
fn copied(model: &mut Model, copy: &Copy) -> bool {
    let Some(copying) = model.errands.copy.take() else {
        return false;
    };
    let outcome = copy(&copying.text);
    model.copied(&copying, outcome);
    true
}

/// Ends at the time given. A timer that is due already would still wait for another thread.
async fn due(at: Instant) {
    if Instant::now() < at {
        sleep_until(at).await;
    }
}

/// Takes in what came while there were keys and nothing else.
fn catch_up(
    updates: &mut mpsc::Receiver<Update>,
    sessions: &mut Sessions,
    scenarios: &mut Scenarios,
    model: &mut Model,
) {
    // Whom a scenario plays is known before their phones come.
    for news in std::iter::from_fn(|| scenarios.news().now_or_never()).take(BATCH) {
        model.on_scenario(news);
    }
    for update in std::iter::from_fn(|| updates.try_recv().ok()).take(BATCH) {
        model.on_update(update);
    }
    for news in std::iter::from_fn(|| sessions.news().now_or_never()).take(BATCH) {
        model.on_session_event(news);
    }
}

/// Tells the sessions of the agent workspace what the model has for them; whether that changed it.
fn pass_on(sessions: &mut Sessions, model: &mut Model) -> bool {
    let mut changed = false;
    sessions.pay();
    for (number, command) in model.workspace.take_commands() {
        if let Some(refused) = sessions.send(number, command) {
            model.refused_by_session(number, refused);
            changed = true;
        }
    }
    if let Some(user) = model.workspace.take_log_in() {
        sessions.log_in(user);
    }
    changed
}

/// Sends the model's commands to the engine; whether the model changed because one was refused.
fn send_commands(outbox: &mut Outbox, model: &mut Model) -> bool {
    let mut changed = false;
    for command in model.take_commands() {
        if let Some(refused) = outbox.send(command) {
            model.refused(refused);
            changed = true;
        }
    }
    changed
}

/// Leaves what is written to the engine, which keeps it for the next start.
fn leave_drafts(outbox: &mut Outbox, model: &mut Model) {
    model.keep_drafts();
    for command in model.take_commands() {
        // There is nobody left to be told of a refusal.
        let _ = outbox.send(command);
    }
}

/// When time alone will change what is shown.
fn wake_at(model: &Model) -> Option<Instant> {
    let at = model.next_change()?;
    // A clock that stands still must not make the loop spin.
    let span = at.since(model.ui.now).max(Duration::from_millis(1));
    Instant::now().checked_add(span)
}

/// Makes the card of the switch, as the stage is dressed by now.
fn prepare_card<B>(switch: &PanicSwitch, terminal: &Terminal<B>, model: &Model) -> Result<(), Error>
where
    B: Backend,
    B::Error: Send + Sync + 'static,
{
    let size = terminal.size();
    let area = Rect::from(size.map_err(|fault| Error::Draw(Box::new(fault)))?);
    switch.prepare(panic_card::bytes(model, area));
    Ok(())
}

fn draw<B>(
    terminal: &mut Terminal<B>,
    model: &mut Model,
    kept: &mut KeptFrame,
    stale: Stale,
) -> Result<(), Error>
where
    B: Backend,
    B::Error: Send + Sync + 'static,
{
    let fault = |fault: B::Error| Error::Draw(Box::new(fault));
    if std::mem::take(&mut model.errands.redraw) {
        // Not `clear`: that asks the terminal for its cursor, and the answer would come in
        // between the keys.
        let size = terminal.size().map_err(fault)?;
        terminal.resize(Rect::from(size)).map_err(fault)?;
        *kept = KeptFrame::default();
    }
    kept.draw(terminal, model, stale).map_err(fault)?;
    model.after_frame();
    Ok(())
}
