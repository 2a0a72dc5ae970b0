//! What a phone shows, from its end up to its beginning.

use std::{thread::sleep, time::Instant};

use crate::{
    support::pty::{PATIENCE, Terminal},
    team::LOOK,
};

const PAGE_UP: &str = "\u{1b}[5~";

/// Checks that a phone shows these messages and no others of their kind, each once and in this
/// order, by going up page by page; gives the number of pages.
///
/// Every page has to be a part of the whole without a break, and to reach to the one below it.
pub(super) fn shows(terminal: &mut Terminal, messages: &[String]) -> usize {
    // Where the page below begins.
    let (mut top, mut pages) = (messages.len(), 0);
    while top > 0 {
        let deadline = Instant::now() + PATIENCE;
        let found = loop {
            let screen = terminal.screen();
            let page: Vec<&str> = screen.lines().filter_map(message).collect();
            let at = place(&page, messages).filter(|at| *at < top && at + page.len() >= top);
            if let Some(at) = at {
                break at;
            }
            // What is not held comes from the journal, a moment later.
            assert!(
                Instant::now() < deadline,
                "it does not go on above {:?}:\n{screen}",
                messages.get(top)
            );
            sleep(LOOK / 5);
        };
        (top, pages) = (found, pages + 1);
        terminal.press(PAGE_UP);
    }
    pages
}

/// Whether a text is one of those that are looked for: no other one has the same words.
pub(super) fn is_message(text: &str) -> bool {
    message(text) == Some(text)
}

/// The message on a line of the screen: one of a flood, or a line of a tester's.
fn message(line: &str) -> Option<&str> {
    if let Some(at) = line.find("hi, line ") {
        let words = line.get(at..)?;
        let end = words.find(" of ")? + " of ".len();
        let name = words
            .get(end..)?
            .split(|c: char| !c.is_alphabetic())
            .next()?;
        return words.get(..end + name.len());
    }
    let words = line.get(line.find("flood ")?..)?;
    let (before, after) = words.split_once('/')?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    let number = before.get("flood ".len()..)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = words.get(..before.len() + 1 + digits.len());
    whole.filter(|_| is_number(number) && is_number(digits))
}

/// Where a page stands among all messages, if it is a part of them without a break.
fn place(page: &[&str], messages: &[String]) -> Option<usize> {
    let first = page.first()?;
    let at = messages.iter().position(|message| message == first)?;
    let part = messages.get(at..at + page.len())?;
    (part == page).then_some(at)
}
