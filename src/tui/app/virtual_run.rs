//! A show played without waiting: the clock is put on to what happens next, and each frame is drawn
//! as the loop draws it. What comes of it depends on the show alone.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{Backend as _, TestBackend},
    buffer::Buffer,
    layout::Rect,
};

use crate::{
    domain::time::Timestamp,
    engine::{
        command::Command,
        update::{PictureBytes, PictureRefusal, Update},
    },
    tui::{
        app::{
            kept::{KeptFrame, Stale},
            model::Model,
            run::Error,
            settings::Settings,
            view::view,
        },
        terminal::{
            backend::{Glyphs, Screen},
            images::gallery::Studio,
        },
    },
};

/// How long the last frame stays.
const LAST: Duration = Duration::from_secs(2);
/// Frames between two moments at most, while pictures arrive.
const FRAMES: usize = 64;

/// A clock that goes on when it is told to. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct VirtualClock(Arc<AtomicI64>);

impl VirtualClock {
    /// One that stands at this time.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

/// Gives the picture at an address that a card names, or why it is not there.
pub type GivePicture = Arc<dyn Fn(&str) -> Result<PictureBytes, PictureRefusal> + Send + Sync>;

/// Plays the show of the settings to its end on a terminal of this size.
pub async fn run_virtual<W: Write>(
    out: W,
    (columns, rows): (u16, u16),
    settings: Settings,
    clock: &VirtualClock,
    give: &GivePicture,
) -> Result<(), Error> {
    let area = Rect::new(0, 0, columns, rows);
    let fault = |fault: std::io::Error| Error::Draw(Box::new(fault));
    let screen = Screen::new(out, Glyphs::Whole).of_size((columns, rows));
    let options = TerminalOptions {
        viewport: Viewport::Fixed(area),
    };
    let mut terminal = Terminal::with_options(screen, options).map_err(fault)?;
    terminal.backend_mut().clear().map_err(fault)?;
    let (mark, still) = (settings.mark.clone(), settings.still.clone());
    let mut model = Model::new(settings);
    let mut studio = Studio::default();
    let mut kept = KeptFrame::default();
    loop {
        for _ in 0..FRAMES {
            if std::mem::take(&mut model.errands.redraw) {
                kept = KeptFrame::default();
            }
            kept.draw(&mut terminal, &mut model, Stale::All)
                .map_err(fault)?;
            model.after_frame();
            if !arrive(&mut model, &mut studio, give).await {
                break;
            }
        }
        for chapter in std::mem::take(&mut model.errands.chapters) {
            if let Some(title) = &chapter {
                mark(title);
            }
            if let Some(still) = &still {
                still(&drawn(&mut model, area), chapter.as_deref());
            }
        }
        let Some(next) = model.next_change().filter(|_| model.theatre.is_some()) else {
            break;
        };
        clock.set(next.max(clock.now()));
        model.tick(clock.now());
    }
    clock.set(clock.now().after(LAST));
    // The last frame again, so that players stay there for a while.
    terminal.backend_mut().show_cursor().map_err(fault)?;
    terminal.backend_mut().flush().map_err(fault)
}

/// Has all pictures there that the frame asked for; whether there were some.
async fn arrive(model: &mut Model, studio: &mut Studio, give: &GivePicture) -> bool {
    let mut some = false;
    for command in model.take_commands() {
        if let Command::Picture(address) = command {
            let picture = give(&address);
            model.on_update(Update::Picture { address, picture });
            some = true;
        }
    }
    studio.begin(&mut model.gallery);
    while studio.is_busy() {
        if let Some(made) = studio.made().await {
            model.on_picture(made);
        }
        studio.begin(&mut model.gallery);
        some = true;
    }
    some
}

/// The screen as it is, in an area.
pub(crate) fn drawn(model: &mut Model, area: Rect) -> Buffer {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(area.width, area.height));
    let Ok(_) = terminal.draw(|frame| {
        model.prepare(frame.area());
        view(model, frame);
    });
    terminal.backend().buffer().clone()
}
