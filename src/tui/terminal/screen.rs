//! The real terminal: what is turned on at the start and off at the end.
//!
//! [`Guard`] keeps one list of what is on; its end and the panic hook both undo
//! it.

use std::{
    io, panic,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    thread,
};

use crossterm::{
    cursor::{SetCursorStyle, Show},
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
        EnableFocusChange, EnableMouseCapture, KeyboardEnhancementFlags,
        PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
    execute,
    style::Print,
    terminal::{
        DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    },
};

/// What to turn on besides what is always needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Clicks and the wheel come to the program.
    pub mouse: bool,
    /// The keyboard protocol of kitty, which tells Shift+Enter from Enter.
    pub keyboard: bool,
    /// A cursor that does not blink.
    pub steady: bool,
}

/// Whether a terminal of that `TERM` and `TERM_PROGRAM` is known to speak the keyboard
/// protocol of kitty. Asking the terminal itself would delay the start.
pub fn speaks_keyboard_protocol(term: &str, program: &str) -> bool {
    matches!(
        term,
        "xterm-kitty" | "xterm-ghostty" | "foot" | "foot-extra" | "alacritty" | "rio"
    ) || matches!(program, "WezTerm" | "ghostty" | "iTerm.app" | "rio")
}

const RAW: u16 = 1;
const ALTERNATE: u16 = 1 << 1;
const PASTE: u16 = 1 << 2;
const FOCUS: u16 = 1 << 3;
const MOUSE: u16 = 1 << 4;
const KEYBOARD: u16 = 1 << 5;
/// No line wrap: a glyph that the terminal takes for wider than it is must not run on into the
/// next row.
const CUT: u16 = 1 << 6;
/// A title of our own; the terminal keeps the one before on its stack.
const TITLE: u16 = 1 << 7;
/// A cursor that does not blink.
const STEADY: u16 = 1 << 8;

/// Calls the terminal's window something; an empty title gives it back what it was called before.
pub type SwitchTitle = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// What is turned on; shared with the panic hook, hence without a lock.
#[derive(Debug, Default)]
struct Features(AtomicU16);

impl Features {
    fn enable(&self, feature: u16) -> io::Result<()> {
        // Noted first: turning off what was never on does no harm.
        self.0.fetch_or(feature, Ordering::SeqCst);
        let mut out = io::stdout();
        match feature {
            RAW => enable_raw_mode(),
            ALTERNATE => execute!(out, EnterAlternateScreen),
            PASTE => execute!(out, EnableBracketedPaste),
            FOCUS => execute!(out, EnableFocusChange),
            MOUSE => execute!(out, EnableMouseCapture),
            CUT => execute!(out, DisableLineWrap),
            TITLE => execute!(out, Print("\u{1b}[22;0t")),
            STEADY => execute!(out, SetCursorStyle::SteadyBlock),
            _ => {
                let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
                execute!(out, PushKeyboardEnhancementFlags(flags))
            }
        }
    }

    /// Turns on all of these, in the order they need.
    fn enable_all(&self, features: u16) -> io::Result<()> {
        let order = [RAW, ALTERNATE, CUT, STEADY, PASTE, FOCUS, MOUSE, KEYBOARD];
        let wanted = order.into_iter().filter(|feature| features & feature != 0);
        wanted
            .into_iter()
            .try_for_each(|feature| self.enable(feature))
    }

    fn disable(&self, feature: u16) -> io::Result<()> {
        if self.0.fetch_and(!feature, Ordering::SeqCst) & feature == 0 {
            return Ok(());
        }
        let mut out = io::stdout();
        match feature {
            RAW => disable_raw_mode(),
            ALTERNATE => execute!(out, LeaveAlternateScreen),
            PASTE => execute!(out, DisableBracketedPaste),
            FOCUS => execute!(out, DisableFocusChange),
            MOUSE => execute!(out, DisableMouseCapture),
            CUT => execute!(out, EnableLineWrap),
            TITLE => execute!(out, Print("\u{1b}[23;0t")),
            STEADY => execute!(out, SetCursorStyle::DefaultUserShape),
            _ => execute!(out, PopKeyboardEnhancementFlags),
        }
    }

    /// What is on now.
    fn all(&self) -> u16 {
        self.0.load(Ordering::SeqCst)
    }

    /// Undoes everything, the last first; what cannot be undone does not keep the rest from it.
    fn undo(&self) -> io::Result<()> {
        if self.all() == 0 {
            return Ok(());
        }
        // A frame may have been cut off in the middle.
        let mut first = execute!(io::stdout(), EndSynchronizedUpdate, Show);
        for feature in [
            TITLE, KEYBOARD, MOUSE, FOCUS, PASTE, STEADY, CUT, ALTERNATE, RAW,
        ] {
            first = first.and(self.disable(feature));
        }
        first
    }
}

/// Gives the terminal back and takes it again, with what was turned on by then.
pub struct Lease {
    features: Arc<Features>,
    /// What was on when it was given back.
    held: u16,
}

impl Lease {
    /// Gives the terminal back as it was.
    pub(crate) fn give_back(&mut self) -> io::Result<()> {
        self.held |= self.features.all();
        self.features.undo()
    }

    /// Turns on again what was on.
    pub(crate) fn take(&mut self) -> io::Result<()> {
        self.features.enable_all(std::mem::take(&mut self.held))
    }
}

type Hook = dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync;

/// Holds the terminal; gives it back as it was when dropped or when this thread panics.
///
/// A panic on another thread is logged and leaves the screen alone: whoever
/// owns that thread hears of it and decides.
pub struct Guard {
    features: Arc<Features>,
    previous: Arc<Hook>,
}

impl Guard {
    /// Takes the terminal over. Call it on the thread that runs the screen.
    pub fn enter(options: Options) -> io::Result<Self> {
        let features = Arc::new(Features::default());
        let previous: Arc<Hook> = Arc::from(panic::take_hook());
        let guard = Self {
            features: Arc::clone(&features),
            previous: Arc::clone(&previous),
        };
        let screen_thread = thread::current().id();
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == screen_thread {
                // Nothing can be done about an error here, and the panic must be told.
                let _ = features.undo();
                previous(info);
            } else {
                let thread = thread::current();
                let name = thread.name().unwrap_or("unnamed");
                tracing::error!(thread = name, "background panic: {info}");
            }
        }));
        let wanted = [
            (MOUSE, options.mouse),
            (KEYBOARD, options.keyboard),
            (STEADY, options.steady),
        ];
        let wanted = wanted.into_iter().filter(|(_, on)| *on);
        let all = wanted.fold(
            RAW | ALTERNATE | CUT | PASTE | FOCUS,
            |all, (feature, _)| all | feature,
        );
        // When it fails, the guard is dropped and undoes what went before.
        guard.features.enable_all(all)?;
        Ok(guard)
    }

    /// A way to give the terminal back for a while.
    pub fn lease(&self) -> Lease {
        Lease {
            features: Arc::clone(&self.features),
            held: 0,
        }
    }

    /// Captures the mouse or gives it back, for [`Settings::capture_mouse`].
    ///
    /// [`Settings::capture_mouse`]: crate::tui::app::settings::Settings::capture_mouse
    pub fn mouse_switch(&self) -> Arc<dyn Fn(bool) -> io::Result<()> + Send + Sync> {
        let features = Arc::clone(&self.features);
        Arc::new(move |on| {
            if on {
                features.enable(MOUSE)
            } else {
                features.disable(MOUSE)
            }
        })
    }

    /// Calls the terminal's window something, or gives it its own title back, for
    /// [`Settings::set_title`].
    ///
    /// [`Settings::set_title`]: crate::tui::app::settings::Settings::set_title
    pub fn title_switch(&self) -> SwitchTitle {
        let features = Arc::clone(&self.features);
        Arc::new(move |title| {
            if title.is_empty() {
                return features.disable(TITLE);
            }
            if features.all() & TITLE == 0 {
                features.enable(TITLE)?;
            }
            execute!(io::stdout(), SetTitle(title))
        })
    }

    /// Gives the terminal back and says whether that worked.
    pub fn leave(self) -> io::Result<()> {
        self.features.undo()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The terminal may be gone, and then there is nothing to give back.
        let _ = self.features.undo();
        // The hook has done it all when this thread panics, and may not be replaced meanwhile.
        if !thread::panicking() {
            let previous = Arc::clone(&self.previous);
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}
