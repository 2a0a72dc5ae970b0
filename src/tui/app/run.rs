//! The loop: it changes the model by what the terminal and the engine report, lays it out in
//! [`Model::prepare`] and draws it in [`view()`]. A frame is drawn only when something changed, and
//! at once when the last one is old enough.

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
        agent::seats::Seats,
        app::{
            model::{Leaving, Model, Settings},
            outbox::Outbox,
            view::view,
        },
        chat::attach::{self, Done},
        terminal::images::gallery::Studio,
    },
};

/// Shortest time between two frames; every change in between shares one.
const FRAME: Duration = Duration::from_millis(16);

/// Shortest time between a frame and one that answers a key. A person waits for that one, and
/// cannot type fast enough to make it costly.
const KEY_FRAME: Duration = Duration::from_millis(2);

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
    /// Its mouse cannot be switched.
    #[error("cannot switch the terminal's mouse: {0}")]
    Mouse(#[source] io::Error),
}

/// Runs the screen until the engine stops, the terminal goes away or `stop` fires.
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
    let mut outbox = Outbox::new(engine);
    let mut seats = Seats::new(settings.chairs.sit.clone());
    let mut model = Model::new(settings);
    let mut studio = Studio::default();
    let mut jobs: JoinSet<Done> = JoinSet::new();
    let mut batch = Vec::with_capacity(BATCH);
    let (mut dirty, mut frame_due) = (true, Instant::now());
    let mut key_due = frame_due;
    let mut streak = 0;
    loop {
        let wake = wake_at(&model);
        tokio::select! {
            // Order matters: a busy branch starves those below it. Updates can flood, so they
            // come last; keys could starve them in turn, so a streak of keys is cut below.
            biased;
            () = stop.cancelled() => return Ok(Ended::Cancelled),
            () = sleep_until(frame_due), if dirty => {
                draw(&mut terminal, &mut model)?;
                dirty = false;
                frame_due = Instant::now() + FRAME;
                key_due = Instant::now() + KEY_FRAME;
            }
            event = input.next() => {
                let Some(event) = event else { return Ok(Ended::InputEnded) };
                model.tick(clock());
                model.on_event(event.map_err(Error::Input)?);
                dirty = true;
                frame_due = frame_due.min(key_due);
                streak += 1;
                if streak >= STREAK {
                    streak = 0;
                    catch_up(&mut updates, &mut seats, &mut model);
                }
            }
            () = outbox.room(), if outbox.owes() => outbox.pay(),
            made = studio.made(), if studio.is_busy() => {
                if let Some(made) = made {
                    model.on_picture(made);
                    dirty = true;
                }
            }
            Some(done) = jobs.join_next(), if !jobs.is_empty() => {
                model.tick(clock());
                model.on_done(done.ok());
                dirty = true;
            }
            () = sleep_until(wake.unwrap_or(frame_due)), if wake.is_some() => {
                dirty |= model.tick(clock());
            }
            news = seats.news() => {
                model.tick(clock());
                model.on_news(news);
                dirty = true;
            }
            taken = updates.recv_many(&mut batch, BATCH) => {
                if taken == 0 {
                    return Ok(if model.leaving == Leaving::Stopped { Ended::Stopped } else { Ended::EngineGone });
                }
                model.tick(clock());
                batch.drain(..).for_each(|update| model.on_update(update));
                dirty = true;
                streak = 0;
            }
        }
        studio.begin(&mut model.gallery);
        for job in model.take_jobs() {
            if jobs.len() < JOBS {
                jobs.spawn_blocking(move || attach::run(job));
            } else {
                model.on_done(None);
                dirty = true;
            }
        }
        for command in model.take_commands() {
            if let Some(refused) = outbox.send(command) {
                model.refused(refused);
                dirty = true;
            }
        }
        dirty |= pass_on(&mut seats, &mut model);
        if let Some(copying) = model.errands.copy.take() {
            let outcome = copy(&copying.text);
            model.copied(&copying, outcome);
            dirty = true;
        }
        if let Some(on) = model.errands.mouse.take() {
            capture_mouse(on).map_err(Error::Mouse)?;
        }
        if model.leaving == Leaving::Stopped {
            return Ok(Ended::Stopped);
        }
        if model.leaving == Leaving::Forced {
            return Ok(Ended::Forced);
        }
    }
}

/// Takes in what came while there were keys and nothing else.
fn catch_up(updates: &mut mpsc::Receiver<Update>, seats: &mut Seats, model: &mut Model) {
    for update in std::iter::from_fn(|| updates.try_recv().ok()).take(BATCH) {
        model.on_update(update);
    }
    for news in std::iter::from_fn(|| seats.news().now_or_never()).take(BATCH) {
        model.on_news(news);
    }
}

/// Tells the chairs of the agent workspace what the model has for them; whether that changed it.
fn pass_on(seats: &mut Seats, model: &mut Model) -> bool {
    let mut changed = false;
    seats.pay();
    for (number, command) in model.workspace.take_commands() {
        if let Some(refused) = seats.send(number, command) {
            model.refused_by_chair(number, refused);
            changed = true;
        }
    }
    if let Some(user) = model.workspace.take_errand() {
        seats.sit_down(user);
    }
    changed
}

/// When time alone will change what is shown.
fn wake_at(model: &Model) -> Option<Instant> {
    let at = model.next_change()?;
    // A clock that stands still must not make the loop spin.
    let span = at.since(model.ui.now).max(Duration::from_millis(1));
    Instant::now().checked_add(span)
}

fn draw<B>(terminal: &mut Terminal<B>, model: &mut Model) -> Result<(), Error>
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
    }
    terminal
        .draw(|frame| {
            model.prepare(frame.area());
            view(model, frame);
        })
        .map_err(fault)?;
    model.after_frame();
    Ok(())
}
