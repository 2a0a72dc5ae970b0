//! A long conversation on the screen: a part of its lines is held, the rest is
//! read from the journal where somebody scrolls, and the window stands still.

use std::collections::BTreeMap;

use handset::{
    domain::line::{Line, Place},
    engine::{
        command::{Command, Question},
        update::{Answer, Update},
    },
};

use crate::support::{scene, screen::Screen};

const LINES: u32 = 20_000;
/// What an engine has at hand.
const AT_HAND: u32 = 2000;

/// Many lines of a phone as the journal has them.
struct Kept(BTreeMap<Place, Line>);

impl Kept {
    fn new(count: u32) -> Self {
        let mut phone = Self(BTreeMap::new());
        for number in 0..count {
            phone.add(line(number));
        }
        phone
    }

    fn add(&mut self, item: Line) {
        self.0.insert(item.place, item);
    }

    fn page(&self, question: &Question) -> Vec<Line> {
        match *question {
            Question::Lines { before, limit, .. } => {
                let range = before.map_or_else(|| self.0.range(..), |place| self.0.range(..place));
                range
                    .rev()
                    .map(|(_, item)| item.clone())
                    .take(limit)
                    .collect()
            }
            Question::LinesAfter { after, limit, .. } => {
                let newer = |place: &Place| after.is_none_or(|after| *place > after);
                let lines = self.0.iter().filter(|(place, _)| newer(place));
                lines.map(|(_, item)| item.clone()).take(limit).collect()
            }
            ref other => panic!("the journal is not asked {other:?}"),
        }
    }

    /// Answers the next question of the screen.
    async fn answer(&self, screen: &mut Screen) -> Question {
        loop {
            if let Command::Ask { ask, question } = screen.command().await {
                let answer = Answer::Lines(self.page(&question));
                screen.update(Update::Answer { ask, answer }).await;
                return question;
            }
        }
    }
}

fn line(number: u32) -> Line {
    scene::theirs(number, 0, &format!("line {number}."))
}

/// The numbers of the lines in view, top to bottom.
fn in_view(text: &str) -> Vec<u32> {
    let numbers = text.split(" line ").skip(1);
    numbers
        .filter_map(|rest| rest.split('.').next()?.parse().ok())
        .collect()
}

async fn long(screen: &Screen) {
    let newest = (LINES - AT_HAND..LINES).map(line);
    screen.update(Update::Lines(newest.collect())).await;
    screen.until(&format!("line {}.", LINES - 1)).await;
}

#[tokio::test]
async fn paging_up_shows_every_line_once_and_in_order() {
    let mut screen = Screen::start(80, 24);
    let phone = Kept::new(LINES);
    long(&screen).await;
    let mut top = *in_view(&screen.text()).first().unwrap();
    let mut pages = 0;
    while top > LINES - 2 * AT_HAND {
        let before = in_view(&screen.text());
        screen.press("pageup");
        screen
            .until_that(|text| in_view(text) != before, "a page up")
            .await;
        let now = in_view(&screen.text());
        assert!(now.is_sorted_by(|a, b| a + 1 == *b), "{now:?}");
        assert!(now.last() >= before.first().map(|first| first - 1).as_ref());
        top = now[0];
        while let Ok(command) = screen.commands.try_recv() {
            if let Command::Ask { ask, question } = command {
                pages += 1;
                let answer = Answer::Lines(phone.page(&question));
                screen.update(Update::Answer { ask, answer }).await;
            }
        }
    }
    assert!(pages >= 4, "{pages}");
}

#[tokio::test]
async fn the_window_stands_while_the_page_above_comes_in() {
    let mut screen = Screen::start(80, 120);
    let phone = Kept::new(LINES);
    long(&screen).await;
    let first = LINES - AT_HAND;
    while in_view(&screen.text())[0] != first {
        let before = in_view(&screen.text());
        screen.press("pageup");
        screen
            .until_that(|text| in_view(text) != before, "a page up")
            .await;
    }
    screen.until("older lines are read from the journal").await;
    let before = in_view(&screen.text());
    phone.answer(&mut screen).await;
    screen.until_gone("older lines are read").await;
    assert_eq!(in_view(&screen.text()), before);
    screen.press("pageup");
    screen.until(&format!("line {}.", first - 1)).await;
}

#[tokio::test]
async fn home_leads_to_the_first_line_and_end_to_the_newest_whatever_came_meanwhile() {
    let mut screen = Screen::start(80, 24);
    let mut phone = Kept::new(LINES);
    long(&screen).await;
    screen.press("ctrl+home");
    let asked = phone.answer(&mut screen).await;
    assert!(matches!(asked, Question::LinesAfter { after: None, .. }));
    screen.until("line 0.").await;
    assert_eq!(in_view(&screen.text())[0], 0);
    // New lines are counted, not shown; a change far below is not lost.
    for number in LINES..LINES + 3 {
        phone.add(line(number));
        screen.update(Update::Lines(vec![line(number)])).await;
    }
    screen.until("3 new ↓").await;
    let changed = scene::theirs(LINES - 1, 0, "line 7777.");
    phone.add(changed.clone());
    screen.update(Update::Lines(vec![changed])).await;
    screen.press("pagedown");
    screen.until("line 6.").await;
    screen.press("ctrl+end");
    loop {
        let asked = phone.answer(&mut screen).await;
        if matches!(asked, Question::Lines { before: None, .. }) {
            break;
        }
    }
    screen.until(&format!("line {}.", LINES + 2)).await;
    screen.until("line 7777.").await;
    screen.until_gone("new ↓").await;
    screen.update(Update::Lines(vec![line(LINES + 3)])).await;
    screen.until(&format!("line {}.", LINES + 3)).await;
}

#[tokio::test]
async fn what_changes_while_a_page_is_read_is_shown_as_it_is_now() {
    let mut screen = Screen::start(80, 24);
    let phone = Kept::new(LINES);
    long(&screen).await;
    screen.press("ctrl+home");
    let asked = loop {
        if let Command::Ask { ask, question } = screen.command().await {
            break (ask, question);
        }
    };
    let answer = Answer::Lines(phone.page(&asked.1));
    let changed = scene::theirs(2, 0, "line 7777.");
    screen.update(Update::Lines(vec![changed])).await;
    screen
        .update(Update::Answer {
            ask: asked.0,
            answer,
        })
        .await;
    screen.until("line 7777.").await;
    assert_eq!(in_view(&screen.text())[..4], [0, 1, 7777, 3]);
}

#[tokio::test]
async fn a_journal_that_does_not_answer_is_asked_again_by_whoever_scrolls() {
    let mut screen = Screen::start(80, 24);
    let phone = Kept::new(LINES);
    long(&screen).await;
    screen.press("ctrl+home");
    let Command::Ask { ask, .. } = screen.command().await else {
        panic!("a question");
    };
    let answer = Answer::Failed("the disk is gone".to_owned());
    screen.update(Update::Answer { ask, answer }).await;
    screen.until("the journal did not give the lines").await;
    // The row that tells it takes one from the lines, which is told; nothing is asked again.
    while let Ok(command) = screen.commands.try_recv() {
        assert!(!matches!(command, Command::Ask { .. }), "it asks on and on");
    }
    screen.press("ctrl+home");
    phone.answer(&mut screen).await;
    screen.until("line 0.").await;
}
