//! A long conversation in the engine: old lines are left to the journal, and
//! what is done or heard of them is done all the same.

use std::collections::BTreeMap;

use handset::{
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::{Delivery, Line, LineBody, Place},
        wire::outbound::AcceptStatus,
    },
    engine::{
        command::{Command, Question},
        update::{Answer, Update},
    },
    sandbox::settings::Agent,
};
use tempfile::tempdir;

use super::rig::{Phone, ada, cloud, text};
use crate::support::{LIMIT, scene::act, soon};

/// Messages of one flood, the most there can be.
const FLOOD: usize = 4000;
/// Lines a page of the journal has.
const PAGE: usize = 500;

/// What the engine tells, without the rig's sorting, which takes too long for so many.
struct Front {
    phone: Phone,
    items: BTreeMap<ItemId, Line>,
}

impl Front {
    async fn until(&mut self, what: &str, is_so: impl Fn(&BTreeMap<ItemId, Line>) -> bool) {
        let listening = async {
            while !is_so(&self.items) {
                let update = self.phone.running.updates.recv().await;
                if let Update::Lines(items) = update.expect("an engine") {
                    self.items
                        .extend(items.into_iter().map(|item| (item.id, item)));
                }
            }
        };
        let came = tokio::time::timeout(4 * LIMIT, listening).await;
        assert!(came.is_ok(), "waited in vain: {what}");
    }

    fn find(&self, words: &str) -> Option<&Line> {
        self.items.values().find(|item| text(item) == words)
    }

    async fn answer(&mut self, number: u64, question: Question) -> Answer {
        let ask = Command::Ask {
            ask: number,
            question,
        };
        self.phone.tell(ask).await;
        soon("an answer", async {
            loop {
                match self.phone.running.updates.recv().await.expect("an engine") {
                    Update::Answer { ask, answer } if ask == number => return answer,
                    Update::Lines(items) => self
                        .items
                        .extend(items.into_iter().map(|item| (item.id, item))),
                    _ => {}
                }
            }
        })
        .await
    }

    async fn page(&mut self, number: u64, before: Option<Place>, on: bool) -> Vec<Line> {
        let (id, limit) = (PhoneId(0), PAGE);
        let question = if on {
            let after = before;
            Question::LinesAfter {
                phone: id,
                after,
                limit,
            }
        } else {
            Question::Lines {
                phone: id,
                before,
                limit,
            }
        };
        match self.answer(number, question).await {
            Answer::Lines(lines) => lines,
            other => panic!("no lines: {other:?}"),
        }
    }
}

fn is_read(item: &Line) -> bool {
    matches!(
        &item.body,
        LineBody::Mine {
            delivery: Delivery::Read { .. },
            ..
        }
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_were_forgotten_are_paged_through_and_acted_on() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let phone = Phone::start(&cloud, folder.path()).await;
    let mut front = Front {
        phone,
        items: BTreeMap::new(),
    };
    front.phone.say("quick replies").await;
    let question = "Which one would you like?";
    front
        .until("the question", |items| {
            items.values().any(|item| text(item) == question)
        })
        .await;
    front.phone.say(&format!("flood {FLOOD}")).await;
    let last = format!("flood {FLOOD}/{FLOOD}");
    front
        .until("the flood", |items| {
            items
                .values()
                .next_back()
                .is_some_and(|item| text(item) == last)
        })
        .await;

    // Put away and taken out again, the phone is told anew, from what is at hand.
    front.phone.tell(Command::Close(PhoneId(0))).await;
    front
        .phone
        .until("it is away", |update| *update == Update::Closed(PhoneId(0)))
        .await;
    front.phone.tell(Command::Open(Box::new(ada()))).await;
    let told = soon("its lines", async {
        loop {
            if let Update::Lines(items) = front.phone.running.updates.recv().await.unwrap() {
                return items;
            }
        }
    })
    .await;
    assert!((2000..=2300).contains(&told.len()), "{}", told.len());
    let floods = told.iter().filter(|item| text(item).starts_with("flood "));
    assert!(floods.count() > 1900, "the newest");

    // Page by page up to the first line, and down again: each line once, in order.
    let (mut up, mut before, mut asked) = (Vec::new(), None, 0);
    loop {
        asked += 1;
        let page = front.page(asked, before, false).await;
        let Some(oldest) = page.last() else { break };
        before = Some(oldest.place);
        up.extend(page);
    }
    up.reverse();
    assert!(up.is_sorted_by_key(|item| item.place));
    assert_eq!(up.len(), front.items.len());
    let (mut down, mut after) = (Vec::<Line>::new(), None);
    loop {
        asked += 1;
        let page = front.page(asked, after, true).await;
        let Some(newest) = page.last() else { break };
        after = Some(newest.place);
        down.extend(page);
    }
    assert_eq!(down, up);

    // A click and a mark on lines far above.
    let old = front.find(question).unwrap().id;
    let click = handset::domain::content::Click {
        metadata: None,
        texts: vec!["still the first".to_owned()],
    };
    front.phone.tell(act(Act::Click { item: old, click })).await;
    front
        .until("the click is read", |items| {
            items
                .values()
                .any(|item| text(item) == "still the first" && is_read(item))
        })
        .await;
    let mark = Act::Mark {
        item: old,
        status: AcceptStatus::Read,
        metadata: None,
    };
    front.phone.tell(act(mark)).await;
    front
        .phone
        .until(
            "the mark is out",
            |update| matches!(update, Update::Linked { items, .. } if *items == [old]),
        )
        .await;

    // Saying it again begins with what was said first.
    let own = front.find("quick replies").unwrap().id;
    front.phone.tell(act(Act::Replay(own))).await;
    front
        .until("the question once more", |items| {
            items.values().filter(|item| text(item) == question).count() == 2
        })
        .await;
    front.phone.quit().await;
}
