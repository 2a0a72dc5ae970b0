//! The agent's workspace as it looks: beside the phone and alone, at every size.

use handset::{
    domain::{
        availability::Availability,
        conversation::details::Details,
        ids::PhoneId,
        role::Role,
        survey::Csat,
        workspace::{command::Command, effect::Shown, view::ConversationState},
    },
    engine::{agent_session::update::Update, update::Update as PhoneUpdate},
};
use tokio::sync::mpsc;

use crate::{
    screens::bench::details,
    support::{
        agent_session::{self, AgentSession, ring, state},
        scene,
        screen::{Screen, settings},
    },
};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        $screen.redrawn().await;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

/// A screen with a workspace where these can log in.
pub(super) fn workspace(
    columns: u16,
    rows: u16,
    users: &[&str],
    alone: bool,
) -> (Screen, mpsc::UnboundedReceiver<AgentSession>) {
    let (workspace, ends) = agent_session::workspace(users, alone);
    let mut settings = settings();
    settings.workspace = workspace;
    (Screen::start_with(columns, rows, settings, 1024), ends)
}

/// A workspace with nobody else on the screen, where kim is logged in.
pub(super) async fn alone(columns: u16, rows: u16) -> (Screen, AgentSession) {
    let (screen, mut ends) = workspace(columns, rows, &["kim"], true);
    let session = AgentSession::taken(&mut ends).await;
    screen.until("online").await;
    (screen, session)
}

pub(super) fn conversation(state: ConversationState) -> Update {
    Update::Shown(Shown::Conversation(Box::new(state)))
}

/// What is on the workspace in the middle of a busy day.
pub(super) async fn busy(screen: &Screen, session: &AgentSession) {
    // A ring that comes before the workspace is drawn is told on the phone's side too.
    screen.until("online").await;
    session.tell(conversation(state("c1", "Ada Quill"))).await;
    session.tell(agent_session::everything("c1")).await;
    let overdue = ConversationState {
        owed_by: Some(scene::at(200)),
        unread: 2,
        ..state("c2", "東京 太郎")
    };
    session.tell(conversation(overdue)).await;
    let writing = ConversationState {
        owed_by: None,
        ..state("c3", "Omar 👨‍👩‍👧 Reyes")
    };
    session.tell(conversation(writing)).await;
    let typing = |conversation: &str| {
        Update::Shown(Shown::Typing {
            conversation: conversation.into(),
            typing: true,
        })
    };
    session.tell(typing("c1")).await;
    session.tell(typing("c3")).await;
    session
        .tell(Update::Shown(Shown::Rings(vec![ring(
            "c4",
            "Lena Brandt",
            65,
        )])))
        .await;
    screen.until("Ada is typing…").await;
    screen.until("1:05").await;
}

#[tokio::test]
async fn the_workspace_has_something_of_everything() {
    for (columns, rows) in [(60, 16), (80, 24), (140, 40), (200, 60)] {
        let (screen, session) = alone(columns, rows).await;
        busy(&screen, &session).await;
        assert_screen!(format!("agent_{columns}x{rows}"), screen);
    }
}

#[tokio::test]
async fn both_sides_stand_side_by_side() {
    let (screen, mut ends) = workspace(140, 40, &["kim", "sam"], false);
    for update in scene::conversation() {
        screen.update(update).await;
    }
    screen.press("alt+g");
    let session = AgentSession::taken(&mut ends).await;
    busy(&screen, &session).await;
    assert_screen!("both_sides_140x40", screen);
    // Where only one pane fits, Tab goes from one to the other.
    screen.resize(80, 24);
    screen.until_gone("Acme · sandbox").await;
    screen.until_tab("Agent").await;
    screen.press("tab");
    screen.until("Acme · sandbox").await;
    assert!(!screen.text().contains("Ada is typing…"));
    screen.press("tab");
    screen.until("Ada is typing…").await;
}

#[tokio::test]
async fn an_empty_workspace_says_how_to_log_in() {
    for (columns, rows) in [(60, 16), (140, 40)] {
        let (screen, _ends) = workspace(columns, rows, &["kim", "sam"], false);
        screen.press("tab");
        screen.press("3");
        screen.until("log in as kim").await;
        assert_screen!(format!("agent_nobody_{columns}x{rows}"), screen);
    }
    let screen = Screen::start(80, 24);
    screen.press("tab");
    screen.press("3");
    screen.until("give the profile a [login]").await;
    screen.press("alt+g");
    screen.until("no agent can log in").await;
}

#[tokio::test]
async fn a_note_cannot_be_taken_for_a_message() {
    for (columns, rows) in [(60, 16), (80, 24)] {
        let (screen, session) = alone(columns, rows).await;
        session.tell(conversation(state("c1", "Ada Quill"))).await;
        session.tell(agent_session::everything("c1")).await;
        screen.until("Reserved until Saturday.").await;
        screen.press("alt+m");
        screen.write("Call her 明日");
        screen.until("# Call her").await;
        assert_screen!(format!("agent_note_{columns}x{rows}"), screen);
    }
}

#[tokio::test]
async fn what_came_of_it_stands_where_one_would_write() {
    let (screen, session) = alone(80, 24).await;
    let open = state("c1", "Ada Quill");
    session.tell(conversation(open.clone())).await;
    session.tell(agent_session::everything("c1")).await;
    let surveyed = ConversationState {
        is_open: false,
        is_surveyed: true,
        closed_by: "AGENT".into(),
        owed_by: None,
        ..open
    };
    session.tell(conversation(surveyed.clone())).await;
    screen.until("The survey runs").await;
    let rated = ConversationState {
        is_surveyed: false,
        csat: Some(Csat {
            rate: Some(4),
            resolved: Some(true),
        }),
        ..surveyed
    };
    session.tell(conversation(rated)).await;
    screen.until("CSAT ★★★★☆ 4 of 5 · settled").await;
    assert_screen!("agent_closed_80x24", screen);
}

#[tokio::test]
async fn cards_and_replies_are_seen_before_they_are_sent() {
    for (columns, rows) in [(60, 16), (80, 24), (140, 40)] {
        let (screen, session) = alone(columns, rows).await;
        session.tell(conversation(state("c1", "Ada Quill"))).await;
        screen.until("Write to Ada").await;
        screen.press("alt+k");
        screen.until("Send a card").await;
        assert_screen!(format!("agent_cards_{columns}x{rows}"), screen);
        screen.press("esc");
        screen.press("alt+l");
        screen.write("hello");
        screen.until("Hello Ada, this is Kim").await;
        if columns == 80 {
            assert_screen!("agent_replies_80x24", screen);
        }
    }
}

#[tokio::test]
async fn who_the_consumer_is_can_be_seen_on_every_screen() {
    let (screen, session) = alone(60, 16).await;
    session.tell(conversation(state("c1", "Ada Quill"))).await;
    screen.until("Write to Ada").await;
    screen.press("alt+i");
    screen.until("customer id").await;
    assert_screen!("agent_facts_60x16", screen);
    screen.press("end");
    screen.until("quick replies").await;
    screen.press("esc");
    // The SDEs as they came.
    screen.press("f9");
    screen.until("\"type\": \"ctmrinfo\"").await;
}

#[tokio::test]
async fn without_colour_all_is_still_told() {
    let (workspace, mut ends) = agent_session::workspace(&["kim"], true);
    let mut settings = settings();
    settings.workspace = workspace;
    settings.depth = handset::tui::theme::styles::Depth::None;
    let screen = Screen::start_with(140, 40, settings, 1024);
    let session = AgentSession::taken(&mut ends).await;
    busy(&screen, &session).await;
    screen.press("alt+m");
    screen.until("PRIVATE NOTE · Ada does not see it").await;
    let colours = screen.colours();
    assert!(
        colours
            .iter()
            .all(|colour| *colour == ratatui::style::Color::Reset)
    );
}

#[tokio::test]
async fn foreign_text_stays_text() {
    let (screen, session) = alone(140, 40).await;
    let hostile = "\u{1b}[31mred\u{202e}\u{7}\u{9b}2J";
    let mut one = state("c1", hostile);
    one.consumer.facts.push((hostile.into(), hostile.into()));
    one.participants
        .push((hostile.into(), Role::Other(hostile.into())));
    one.skill.1 = hostile.into();
    session.tell(conversation(one)).await;
    let said = |role| agent_session::theirs(role, hostile, agent_session::text(hostile));
    let (body, odd) = (said(Role::Consumer), said(Role::Other(hostile.into())));
    let lines = vec![
        agent_session::line(1, 1, body),
        agent_session::line(2, 2, odd),
    ];
    session.tell(agent_session::lines("c1", lines)).await;
    let mut rings = vec![ring("c2", hostile, 30)];
    rings[0].preview = hostile.into();
    session.tell(Update::Shown(Shown::Rings(rings))).await;
    // The screen itself looks at every cell.
    screen.until("0:30").await;
    screen.until("red").await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_counts_down_and_nothing_else_moves() {
    use std::time::Duration;
    use tokio::time::{Instant, advance};
    let (workspace, mut ends) = agent_session::workspace(&["kim"], true);
    let mut settings = settings();
    settings.workspace = workspace;
    let began = Instant::now();
    settings.clock = std::sync::Arc::new(move || scene::at(300).after(began.elapsed()));
    let screen = Screen::start_with(80, 24, settings, 1024);
    let session = AgentSession::taken(&mut ends).await;
    session
        .tell(Update::Shown(Shown::Rings(vec![ring(
            "c4",
            "Lena Brandt",
            65,
        )])))
        .await;
    screen.until("1:05").await;
    // It wakes by itself, nobody touches the screen: once for each second.
    let before = screen.frames();
    screen.until("0:55").await;
    let drawn = screen.frames() - before;
    assert!((10..=11).contains(&drawn), "{drawn} frames in ten seconds");
    session.tell(Update::Shown(Shown::Rings(Vec::new()))).await;
    screen.until("0 ringing").await;
    advance(Duration::from_secs(1)).await;
    let frames = screen.frames();
    for _ in 0..60 {
        advance(Duration::from_secs(1)).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(
        screen.frames(),
        frames,
        "nothing rings, so nothing is drawn"
    );
}

#[tokio::test]
async fn a_ring_is_told_on_whatever_tab_is_in_view() {
    let (screen, mut ends) = workspace(140, 40, &["kim"], false);
    screen.press("alt+g");
    let session = AgentSession::taken(&mut ends).await;
    screen.until("online").await;
    screen.press("f12");
    screen.until_tab("Journal").await;
    session
        .tell(Update::Shown(Shown::Rings(vec![ring(
            "c4",
            "Lena Brandt",
            65,
        )])))
        .await;
    screen.until("Lena Brandt rings for Kim").await;
    screen.until("Agent (1)").await;
    screen.click_on("Agent (1)").await;
    screen.until("1:05").await;
}

#[tokio::test]
async fn a_lost_link_says_why_and_when_it_is_tried_again() {
    use handset::engine::agent_session::update::{Link, State};
    let (screen, session) = alone(80, 24).await;
    let down = Link {
        me: "kim".into(),
        account: "55512300".into(),
        state: State::Down {
            why: "the socket was closed with 4401".to_owned(),
            again: Some(agent_session::moment(309)),
        },
        availability: Availability::Away,
    };
    session.tell(Update::Link(down)).await;
    screen
        .until("✗ the socket was closed with 4401 · tried again at 12:05:09")
        .await;
    screen.until("Kim not connected").await;
}

#[tokio::test]
async fn whoever_cannot_log_in_is_told_why() {
    let (screen, _ends) = workspace(80, 24, &["nobody"], true);
    screen.until("nobody cannot log in").await;
    screen.until("the cloud does not know nobody").await;
    screen.press("ctrl+q");
    assert_eq!(screen.ended().await, handset::tui::Ended::Stopped);
}

#[tokio::test]
async fn what_is_looked_at_is_told_and_nothing_when_nobody_looks() {
    let (screen, mut ends) = workspace(140, 40, &["kim"], false);
    screen.press("alt+g");
    let mut session = AgentSession::taken(&mut ends).await;
    session.tell(conversation(state("c1", "Ada Quill"))).await;
    assert_eq!(
        session.any_command().await,
        Command::Look(Some("c1".into()))
    );
    screen
        .keys
        .send(crossterm::event::Event::FocusLost)
        .unwrap();
    assert_eq!(session.any_command().await, Command::Look(None));
    screen
        .keys
        .send(crossterm::event::Event::FocusGained)
        .unwrap();
    assert_eq!(
        session.any_command().await,
        Command::Look(Some("c1".into()))
    );
    screen.press("f12");
    assert_eq!(session.any_command().await, Command::Look(None));
}

#[tokio::test]
async fn the_head_of_the_phone_names_the_skill_once_anybody_tells_its_name() {
    let (workspace, mut ends) = agent_session::workspace(&["kim"], false);
    let mut settings = settings();
    settings.workspace = workspace;
    settings.skills = [("3141592".into(), "Bookings".into())].into();
    let screen = Screen::start_with(140, 40, settings, 1024);
    let head = scene::head();
    let phone = PhoneId(0);
    screen.update(PhoneUpdate::Head { phone, head }).await;
    let in_skill = |skill: &str| PhoneUpdate::Details {
        phone,
        details: Some(Box::new(Details {
            skill: Some(skill.into()),
            ..details()
        })),
    };
    screen.update(in_skill("3141592")).await;
    screen.until("Riley · skill Bookings · online").await;
    screen.update(in_skill("2")).await;
    screen.until("Riley · skill 2 · online").await;
    screen.press("alt+g");
    let _kim = AgentSession::taken(&mut ends).await;
    screen.until("Riley · skill Sales · online").await;
}
