//! Whether plain mode is on, and who switched it on: a flag, else the environment, else the
//! settings, else a terminal that can do no more.

use std::env;

use crate::cli::profile;

/// The variables that switch it on, the nearest first.
const VARIABLES: [&str; 2] = ["HANDSET_PLAIN", "ACCESSIBLE"];

/// The flags that every command has.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct PlainFlags {
    /// Lines of words for screen readers, braille and pipes: no cursor movement, no colours, no
    /// drawn lines; see `handset accessibility` [default: HANDSET_PLAIN or ACCESSIBLE, else `plain`
    /// in config.toml, else whether TERM is dumb].
    #[arg(
        long,
        global = true,
        conflicts_with = "no_plain",
        help_heading = "Plain mode"
    )]
    plain: bool,

    /// Never plain mode, whatever the environment and the settings say.
    #[arg(long, global = true, help_heading = "Plain mode")]
    no_plain: bool,
}

/// Plain mode, where it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainMode {
    /// Who switched it on, as it is told.
    pub(crate) by: &'static str,
}

impl PlainMode {
    /// The first line of a command that is not talked with.
    pub(crate) fn first_line(self) -> String {
        format!("Plain mode, switched on by {}.\n", self.by)
    }
}

impl PlainFlags {
    /// What holds for this run.
    pub(crate) fn resolve(self) -> Option<PlainMode> {
        let variable = |name: &str| env::var(name).ok();
        // A file with a fault is told of by the command that needs it.
        let is_set = || profile::settings().is_ok_and(|settings| settings.plain);
        let by = switched_on_by(self, variable, is_set)?;
        Some(PlainMode { by })
    }
}

fn switched_on_by(
    flags: PlainFlags,
    variable: impl Fn(&str) -> Option<String>,
    is_set: impl Fn() -> bool,
) -> Option<&'static str> {
    if flags.no_plain {
        return None;
    }
    if flags.plain {
        return Some("--plain");
    }
    for name in VARIABLES {
        if let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) {
            return is_on(&value).then_some(name);
        }
    }
    if is_set() {
        return Some("config.toml");
    }
    let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
    is_dumb.then_some("TERM, which is dumb")
}

fn is_on(value: &str) -> bool {
    !matches!(value.trim().to_lowercase().as_str(), "0" | "false" | "no")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_holds_and_an_off_is_one_too() {
        let on = PlainFlags {
            plain: true,
            no_plain: false,
        };
        let off = PlainFlags {
            plain: false,
            no_plain: true,
        };
        let none = PlainFlags::default();
        for (flags, variables, is_set, by) in [
            (none, vec![], false, None),
            (on, vec![("HANDSET_PLAIN", "0")], false, Some("--plain")),
            (off, vec![("ACCESSIBLE", "1"), ("TERM", "dumb")], true, None),
            (none, vec![("ACCESSIBLE", "1")], false, Some("ACCESSIBLE")),
            (none, vec![("ACCESSIBLE", "no")], true, None),
            (
                none,
                vec![("HANDSET_PLAIN", "false"), ("ACCESSIBLE", "1")],
                false,
                None,
            ),
            (
                none,
                vec![("HANDSET_PLAIN", " "), ("ACCESSIBLE", "yes")],
                false,
                Some("ACCESSIBLE"),
            ),
            (none, vec![("TERM", "dumb")], true, Some("config.toml")),
            (
                none,
                vec![("TERM", "dumb")],
                false,
                Some("TERM, which is dumb"),
            ),
            (none, vec![("TERM", "xterm")], false, None),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(
                switched_on_by(flags, variable, || is_set),
                by,
                "{variables:?}"
            );
        }
    }
}
