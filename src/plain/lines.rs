//! What is told while a line is being typed: nothing. It is held until the line is entered, or
//! until no key was pressed for a while; then what is unfinished is said again, once.
//!
//! A terminal that edits lines itself tells nothing of them before Enter. So whenever there is
//! something to tell, it is asked ([`HeldLines::tick`] says when) to hand over what is typed; what
//! it hands over shortly after is a sign of a line being typed.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// How long a terminal may take to hand over what is typed.
const LOOK: Duration = Duration::from_millis(60);
/// Silence of the keyboard after which what is held is told.
const SILENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Watch {
    /// Nothing is held.
    #[default]
    Nothing,
    /// The terminal was asked whether a line is being typed.
    Looking(Timestamp),
    /// One is, at least until then.
    Typing(Timestamp),
    /// The terminal was asked whether keys were pressed meanwhile.
    LookingAgain(Timestamp),
}

/// What is to be done now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LinesDue {
    /// These rows are to be written.
    pub(crate) write: Vec<String>,
    /// The terminal is to be asked what is typed.
    pub(crate) look: bool,
}

/// What is held.
#[derive(Debug, Default)]
pub(crate) struct HeldLines {
    /// Whether everything is told at once.
    pub(crate) is_live: bool,
    held: Vec<String>,
    typed: String,
    /// Whether what is typed was said again as it stands.
    is_said: bool,
    watch: Watch,
}

impl HeldLines {
    /// Nothing is held; live, everything is told at once.
    pub(crate) fn new(is_live: bool) -> Self {
        Self {
            is_live,
            ..Self::default()
        }
    }

    /// Takes rows in that are to be told.
    pub(crate) fn arrived(&mut self, rows: Vec<String>, now: Timestamp) -> LinesDue {
        if rows.is_empty() {
            return LinesDue::default();
        }
        self.held.extend(rows);
        if self.is_live {
            return self.write(Vec::new());
        }
        let look = self.watch == Watch::Nothing;
        if look {
            self.watch = Watch::Looking(now.after(LOOK));
        }
        LinesDue {
            write: Vec::new(),
            look,
        }
    }

    /// The terminal has handed over all of a line that is typed so far.
    pub(crate) fn typed(&mut self, so_far: &str, now: Timestamp) {
        if self.typed != so_far {
            so_far.clone_into(&mut self.typed);
            self.is_said = false;
        }
        self.watch = Watch::Typing(now.after(SILENCE));
    }

    /// A line was entered: what is held is told now.
    pub(crate) fn entered(&mut self) -> LinesDue {
        self.typed.clear();
        self.is_said = false;
        self.write(Vec::new())
    }

    /// What is typed is dropped; whether there was something.
    pub(crate) fn drop_typed(&mut self) -> bool {
        !std::mem::take(&mut self.typed).is_empty()
    }

    /// When something is to be done.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self.watch {
            Watch::Nothing => None,
            Watch::Looking(due) | Watch::Typing(due) | Watch::LookingAgain(due) => Some(due),
        }
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Timestamp) -> LinesDue {
        if self.due().is_none_or(|due| now < due) {
            return LinesDue::default();
        }
        match self.watch {
            Watch::Typing(_) if self.held.is_empty() => {
                self.watch = Watch::Nothing;
                LinesDue::default()
            }
            Watch::Typing(_) => {
                self.watch = Watch::LookingAgain(now.after(LOOK));
                LinesDue {
                    write: Vec::new(),
                    look: true,
                }
            }
            _ if self.typed.is_empty() => self.write(Vec::new()),
            _ => {
                let again = (!self.is_said).then(|| format!("Still typing: {}", self.typed));
                self.is_said = true;
                // The row of what is typed ends first.
                self.held.insert(0, String::new());
                self.write(again.into_iter().collect())
            }
        }
    }

    fn write(&mut self, behind: Vec<String>) -> LinesDue {
        self.watch = Watch::Nothing;
        let mut write = std::mem::take(&mut self.held);
        write.extend(behind);
        LinesDue { write, look: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    fn rows(words: &[&str]) -> Vec<String> {
        words.iter().map(|&one| one.to_owned()).collect()
    }

    #[test]
    fn with_nothing_typed_it_is_told_once_the_terminal_was_asked() {
        let mut lines = HeldLines::default();
        assert!(lines.arrived(rows(&["a"]), at(0)).look);
        assert!(!lines.arrived(rows(&["b"]), at(10)).look);
        assert_eq!(lines.tick(at(20)), LinesDue::default());
        assert_eq!(lines.tick(at(60)).write, ["a", "b"]);
        assert_eq!(lines.due(), None);
    }

    #[test]
    fn while_a_line_is_typed_it_is_held_until_enter() {
        let mut lines = HeldLines::default();
        lines.arrived(rows(&["a"]), at(0));
        lines.typed("hel", at(5));
        assert_eq!(lines.tick(at(60)), LinesDue::default());
        assert!(!lines.arrived(rows(&["b"]), at(100)).look);
        assert_eq!(lines.entered().write, ["a", "b"]);
    }

    #[test]
    fn after_three_seconds_without_a_key_it_is_told_and_the_line_said_again_once() {
        let mut lines = HeldLines::default();
        lines.arrived(rows(&["a"]), at(0));
        lines.typed("hel", at(5));
        assert!(lines.tick(at(3005)).look);
        // A key was pressed meanwhile.
        lines.typed("hello", at(3010));
        assert_eq!(lines.tick(at(3100)), LinesDue::default());
        assert!(lines.tick(at(6010)).look);
        assert_eq!(lines.tick(at(6070)).write, ["", "a", "Still typing: hello"]);
        lines.arrived(rows(&["b"]), at(7000));
        assert_eq!(lines.tick(at(7060)).write, ["", "b"]);
        assert!(lines.drop_typed());
    }

    #[test]
    fn live_lines_are_told_at_once() {
        let mut lines = HeldLines::new(true);
        lines.typed("hel", at(0));
        assert_eq!(lines.arrived(rows(&["a"]), at(1)).write, ["a"]);
    }
}
