//! How many colours this terminal has: what the environment says, and what the system's terminfo
//! knows of the terminal that `TERM` names.

use std::{env, fs, path::PathBuf};

use crate::tui::theme::styles::Depth;

const LARGEST: u64 = 64 * 1024;
/// The first two bytes of a compiled entry; its numbers have 16 bits.
const SHORT: usize = 0o432;
/// The same of one whose numbers have 32 bits.
const LONG: usize = 0o1036;
/// Which of the numbers is `max_colors`.
const MAX_COLORS: usize = 13;

pub(crate) fn depth() -> Depth {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    // See <https://no-color.org>.
    let no_color = !variable("NO_COLOR").is_empty();
    let term = variable("TERM");
    Depth::named(no_color, &variable("COLORTERM"), &term, colours(&term))
}

/// How many colours terminfo says that such a terminal has; `None` when it has no entry.
fn colours(term: &str) -> Option<usize> {
    let first = term.chars().next()?;
    if term.contains('/') || first == '.' {
        return None;
    }
    let mut folders: Vec<PathBuf> = env::var_os("TERMINFO")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    folders.extend(env::var_os("HOME").map(|home| PathBuf::from(home).join(".terminfo")));
    folders.extend(
        env::var_os("TERMINFO_DIRS")
            .iter()
            .flat_map(env::split_paths),
    );
    folders.extend(
        ["/etc", "/lib", "/usr/share", "/usr/lib", "/usr/local/share"]
            .map(|folder| PathBuf::from(folder).join("terminfo")),
    );
    // Where letters of either case are the same, the folder is named by the letter's number.
    let names = [first.to_string(), format!("{:x}", u32::from(first))];
    let files = folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name).join(term)));
    let small = |file: &PathBuf| fs::metadata(file).is_ok_and(|facts| facts.len() <= LARGEST);
    files
        .filter(small)
        .filter_map(|file| fs::read(file).ok())
        .find_map(|entry| max_colors(&entry))
}

/// `max_colors` of a compiled entry, as term(5) describes them; 0 when it says none.
fn max_colors(entry: &[u8]) -> Option<usize> {
    let number = |at: usize| {
        let bytes = entry.get(at..at + 2)?;
        Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
    };
    let (magic, names, flags, numbers) = (number(0)?, number(2)?, number(4)?, number(6)?);
    let size = match magic {
        SHORT => 2,
        LONG => 4,
        _ => return None,
    };
    if numbers <= MAX_COLORS {
        return Some(0);
    }
    let begin = (12 + names + flags).next_multiple_of(2);
    let at = begin + MAX_COLORS * size;
    let low = number(at)?;
    let high = if size == 4 { number(at + 2)? } else { 0 };
    // What is not said is negative.
    let is_negative = (if size == 4 { high } else { low }) & 0x8000 != 0;
    Some(if is_negative { 0 } else { low | (high << 16) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry with so many colours, as `tic` compiles it; `None` says nothing about them.
    fn entry(magic: usize, colours: Option<i32>) -> Vec<u8> {
        let names = b"x|made up\0";
        let count = if colours.is_some() { 14 } else { 2 };
        let header = [magic, names.len(), 3, count, 0, 0];
        let mut entry: Vec<u8> = header
            .iter()
            .flat_map(|number| u16::try_from(*number).unwrap().to_le_bytes())
            .collect();
        entry.extend(names);
        entry.extend([1, 0, 1]);
        if entry.len() % 2 == 1 {
            entry.push(0);
        }
        for at in 0..count {
            let number = if at == 13 { colours.unwrap() } else { 80 };
            let bytes = number.to_le_bytes();
            entry.extend(if magic == LONG {
                &bytes[..]
            } else {
                &bytes[..2]
            });
        }
        entry
    }

    #[test]
    fn an_entry_says_how_many_colours_there_are() {
        for (magic, colours, expected) in [
            (SHORT, Some(8), Some(8)),
            (SHORT, Some(256), Some(256)),
            (SHORT, Some(-1), Some(0)),
            (SHORT, None, Some(0)),
            (LONG, Some(0x0100_0000), Some(0x0100_0000)),
            (LONG, Some(-1), Some(0)),
            (7, Some(8), None),
        ] {
            assert_eq!(
                max_colors(&entry(magic, colours)),
                expected,
                "{magic:o} {colours:?}"
            );
        }
        let cut = entry(SHORT, Some(8));
        assert_eq!(max_colors(&cut[..30]), None);
        assert_eq!(max_colors(&[]), None);
    }
}
