//! A team on one app install: cloud, relays, NATS and handsets, each a process of its own, with
//! nothing between them but their sockets, and most of them killed once.

mod house;
mod observer;
mod proxy;
mod screen;
mod tester;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use self::{
    house::{House, Metrics},
    observer::Observer,
    tester::Tester,
};
use crate::{needs::needs, phone::record};

/// How many webhooks the relays refuse before NATS comes back.
const REFUSED: i64 = 3;
/// How many connections are tried after all links are lost before the network moves again.
const TRIED: usize = 6;
/// How long anything may take to come right again. After a fault of a minute the cloud's next
/// attempt may be half a minute away.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// Messages there are to be in all.
const MESSAGES: usize = 1000;

/// Waits until there is something.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        sleep(LOOK);
    }
}

/// Tells the person at the terminal.
fn account(words: &str) {
    // Nobody reads it: it matters not.
    let _ = writeln!(std::io::stderr(), "team: {words}");
}

/// Two testers and an observer.
struct Team {
    house: House,
    testers: [Tester; 2],
    observer: Observer,
    rounds: u32,
}

impl Team {
    fn start() -> Self {
        let house = House::start(2);
        let mut observer = Observer::new(&house);
        observer.start(&house);
        let mut testers = [("ada", "ada"), ("bert", "gus")]
            .map(|(name, persona)| Tester::new(&house, name, persona));
        testers.iter_mut().for_each(Tester::start);
        testers.iter_mut().for_each(Tester::begin);
        Self {
            house,
            testers,
            observer,
            rounds: 0,
        }
    }

    /// Has messages come to both phones and, in the middle of them, something go wrong; `wrong`
    /// leaves everything whole again. Comes back when all is there.
    fn round(&mut self, what: &str, wrong: impl FnOnce(&mut Self)) {
        self.rounds += 1;
        let began = Instant::now();
        let before = [0, 1].map(|tester| self.testers[tester].hooks());
        let listed = self.observer.count();
        for (tester, base) in self.testers.iter_mut().zip([75, 65]) {
            tester.feel_pulse();
            // Of another length each, so that each message has words of its own.
            tester.flood(base + self.rounds);
        }
        for (tester, before) in self.testers.iter_mut().zip(before) {
            until("a flood begins", || {
                (tester.hooks() > before + 10).then_some(())
            });
        }
        let observer = &self.observer;
        until("it is listed", || {
            (observer.count() > listed + 10).then_some(())
        });
        let struck = Instant::now();
        let hooks = [0, 1].map(|tester| self.testers[tester].hooks());
        wrong(self);
        let whole = Instant::now();
        for tester in &mut self.testers {
            tester.chat();
        }
        self.settle();
        let came = [0, 1].map(|tester| self.testers[tester].hooks() - hooks[tester]);
        account(&format!(
            "{what}: struck after {:.1} s, whole again after {:.1} s, all there {:.1} s later; \
             {came:?} webhooks came after the strike",
            (struck - began).as_secs_f64(),
            (whole - struck).as_secs_f64(),
            whole.elapsed().as_secs_f64(),
        ));
    }

    /// Waits until everything said has come to everybody it is for.
    fn settle(&mut self) {
        for tester in &mut self.testers {
            tester.wait_for_all();
            let (observer, last) = (&self.observer, tester.floods.last().unwrap());
            let last = format!("\"flood {last}/{last}\"");
            until(&format!("{last} listed"), || {
                (observer.lists(&last) > 0).then_some(())
            });
        }
    }

    /// What both relays count.
    fn sum(&self, count: fn(&Metrics) -> i64) -> i64 {
        (0..2).map(|relay| count(&self.house.metrics(relay))).sum()
    }

    /// The relay whose end tears the most links.
    fn busiest(&self) -> usize {
        let links = until("all linked", || {
            let links = [0, 1].map(|relay| self.house.metrics(relay).links());
            (links[0] + links[1] == 3).then_some(links)
        });
        usize::from(links[1] > links[0])
    }
}

#[test]
fn whoever_is_killed_every_message_is_on_the_right_screen_once_and_in_order() {
    needs!("nats-server");
    let began = Instant::now();
    let mut team = Team::start();
    account(&format!(
        "all linked after {:.1} s",
        began.elapsed().as_secs_f64()
    ));
    team.round("a relay killed", |team| {
        let relay = team.busiest();
        team.house.kill_relay(relay);
        team.testers.iter_mut().for_each(Tester::chat);
        // Back only when the others have gone on without it.
        team.settle();
        team.house.start_relay(relay);
    });
    team.round("a relay ended in order", |team| {
        let relay = team.busiest();
        team.house.end_relay(relay);
        team.testers.iter_mut().for_each(Tester::chat);
        team.settle();
        team.house.start_relay(relay);
    });
    team.round("a handset killed", |team| {
        let [ada, bert] = &mut team.testers;
        ada.kill();
        bert.chat();
        ada.resume();
    });
    team.round("the observer killed", |team| {
        team.observer.kill();
        team.testers.iter_mut().for_each(Tester::chat);
        let house = &team.house;
        team.observer.start(house);
    });
    team.round("NATS killed", |team| {
        team.house.kill_nats();
        team.testers.iter_mut().for_each(Tester::chat);
        let before = team.sum(Metrics::not_kept);
        until("webhooks are refused", || {
            (team.sum(Metrics::not_kept) >= before + REFUSED).then_some(())
        });
        team.house.restart_nats();
    });
    team.round("the network stands still", |team| {
        team.house.proxy.pause();
        team.testers.iter_mut().for_each(Tester::chat);
        until("all links are given up", || {
            (team.sum(Metrics::links) == 0).then_some(())
        });
        team.testers.iter_mut().for_each(Tester::chat);
        let before = team.house.proxy.connections();
        until("links are tried again", || {
            (team.house.proxy.connections() >= before + TRIED).then_some(())
        });
        team.house.proxy.resume();
    });
    finish(team, began);
}

/// One more flood while all is well, then everything is looked at.
fn finish(mut team: Team, began: Instant) {
    for tester in &mut team.testers {
        tester.flood(60);
    }
    team.settle();
    for tester in &mut team.testers {
        let pages = check_screen(tester);
        account(&format!("{}: {pages} pages on the screen", tester.name));
    }
    check_metrics(&mut team);
    team.testers.iter_mut().for_each(Tester::end);
    team.observer.end();
    team.house.end_cloud();
    (0..2).for_each(|relay| team.house.end_relay(relay));

    let [ada, bert] = team.testers.each_ref().map(|tester| &*tester.ticket);
    let tickets = [ada, bert, &team.observer.ticket];
    // Of the cloud, two relays, the observer and two phones.
    assert_eq!(team.house.keeps_secrets(&tickets), 6);

    let state = team.house.published();
    let mut total = 0;
    for tester in &team.testers {
        let shown = check_phone(tester, &state);
        account(&format!(
            "{}: {shown} messages; for {:.1} s nothing came in at most",
            tester.name,
            tester.pulse.longest.as_secs_f64()
        ));
        total += shown;
    }
    let [ada, bert] = team
        .testers
        .each_ref()
        .map(|tester| record::dialogs(tester.journal()));
    assert!(ada.is_disjoint(&bert));
    let published = record::messages(&state);
    let known: BTreeSet<String> = published.iter().map(|(dialog, _)| dialog.clone()).collect();
    assert_eq!(&ada | &bert, known);
    assert!(total >= MESSAGES && total == published.len(), "{total}");
    let listed = team.observer.listed();
    listed.agrees(&published);
    account(&format!(
        "observer: {} events, {} listed again and {} cut off at the kill; {total} messages in all \
         after {:.0} s",
        listed.lines.len(),
        listed.again,
        listed.torn,
        began.elapsed().as_secs_f64()
    ));
}

/// Reads the whole conversation off a phone's screen; gives the number of pages.
fn check_screen(tester: &mut Tester) -> usize {
    let mut messages = record::texts(tester.journal());
    messages.retain(|text| screen::is_message(text));
    let others = if tester.name == "ada" {
        "of bert"
    } else {
        "of ada"
    };
    let raw = String::from_utf8_lossy(&tester.terminal().raw()).into_owned();
    assert!(!raw.contains(others));
    screen::shows(tester.terminal(), &messages)
}

/// Holds a phone's journal against the cloud; gives the number of messages.
fn check_phone(tester: &Tester, state: &Path) -> usize {
    let typed = tester.typed.iter().map(|words| (words.clone(), 1));
    let allowed: BTreeMap<String, usize> = typed.collect();
    let shown = record::agrees_on_its_own(state, tester.journal(), &allowed);
    let twice = record::repeated(tester.journal());
    assert!(twice.is_empty(), "{} has twice: {twice:?}", tester.name);
    let foreign = record::foreign(tester.journal());
    assert!(foreign.is_empty(), "{} has {foreign:?}", tester.name);
    let texts = record::texts(tester.journal());
    let floods = texts.iter().filter(|text| text.contains('/'));
    let expected = tester
        .floods
        .iter()
        .flat_map(|count| (1..=*count).map(move |number| format!("flood {number}/{count}")));
    assert_eq!(
        floods.cloned().collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
    let typed = texts.iter().filter(|text| allowed.contains_key(*text));
    assert_eq!(typed.cloned().collect::<Vec<_>>(), tester.typed);
    shown
}

/// Looks at what the relays count.
fn check_metrics(team: &mut Team) {
    let house = &team.house;
    let all = until("everything acknowledged", || {
        let all = [0, 1].map(|relay| house.metrics(relay));
        let unacked: i64 = all.iter().map(|one| one.value("unacknowledged")).sum();
        (unacked == 0).then_some(all)
    });
    let sum = |name: &str| all.iter().map(|one| one.value(name)).sum::<i64>();
    assert_eq!(sum("links{role=\"tester\"}"), 2);
    assert_eq!(sum("links{role=\"observer\"}"), 1);
    assert!(sum("events_kept_total") > 0);
    all.iter().for_each(check_counts);
    account(&format!(
        "relays, without what the killed one counted: {} webhooks, {} kept, {} known, {} not kept \
         in time; {} deliveries, {} acknowledged",
        sum("events_received_total"),
        sum("events_kept_total"),
        sum("events_again_total"),
        all.iter().map(Metrics::not_kept).sum::<i64>(),
        sum("deliveries_total"),
        sum("acknowledged_total"),
    ));
}

fn check_counts(one: &Metrics) {
    let value = |name: &str| one.value(name);
    let not_kept = one.not_kept();
    let kept = value("events_kept_total") + value("events_again_total");
    // A sender who hangs up before the answer is counted as neither.
    assert!(value("events_received_total") >= kept + not_kept);
    assert!(value("durable_seconds_count") >= kept);
    assert!(value("acknowledged_total") <= value("deliveries_total"));
    assert_eq!(value("unclaimed"), 0);
}

#[test]
fn two_testers_who_play_the_same_consumer_have_each_their_own_conversation() {
    let mut house = House::start(1);
    let mut testers = ["ada", "bert"].map(|name| Tester::new(&house, name, "ada"));
    testers.iter_mut().for_each(Tester::start);
    testers.iter_mut().for_each(Tester::begin);
    for _ in 0..3 {
        testers.iter_mut().for_each(Tester::chat);
    }
    testers[0].flood(20);
    testers[1].flood(30);
    testers.iter_mut().for_each(Tester::wait_for_all);
    for tester in &mut testers {
        check_screen(tester);
    }
    testers.iter_mut().for_each(Tester::end);
    house.end_cloud();
    house.end_relay(0);
    let tickets = testers.each_ref().map(|tester| &*tester.ticket);
    assert_eq!(house.keeps_secrets(&tickets), 4);
    let state = house.published();
    let total: usize = testers.iter().map(|one| check_phone(one, &state)).sum();
    assert_eq!(total, record::messages(&state).len());
    let [ada, bert] = testers.each_ref().map(|one| record::dialogs(one.journal()));
    assert!(ada.is_disjoint(&bert));
}
