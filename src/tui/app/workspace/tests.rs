//! What an agent's rings show, before anything was drawn.

use super::*;
use crate::{domain::time::Timestamp, tui::app::testkit};

fn ring(id: &str) -> Ring {
    Ring {
        id: id.to_owned(),
        conversation: id.into(),
        consumer: "Lena Brandt".into(),
        skill: "Service".into(),
        since: Timestamp(0),
        until: Timestamp(60_000),
        is_transfer: false,
        preview: "hello".into(),
    }
}

#[test]
fn a_ring_makes_a_toast_only_where_the_agent_pane_will_not_be_on_the_screen() {
    for (tab, focus, is_quiet) in [
        (Tab::Agent, Focus::List, true),
        (Tab::Agent, Focus::Composer, false),
        (Tab::Wire, Focus::List, false),
    ] {
        let mut model = testkit::model();
        (model.inspector.tab, model.focus) = (tab, focus);
        model.on_session_event(SessionEvent::LoggedIn("kim".to_owned(), 0));
        model.on_session_event(SessionEvent::Updated(
            0,
            Update::Shown(Shown::Rings(vec![ring("r1")])),
        ));
        assert_eq!(model.notices.is_quiet(), is_quiet, "{focus:?}");
        // Drawn, it is as the screen has it.
        model.prepare(Rect::new(0, 0, 140, 40));
        model.notices.dismiss();
        model.on_session_event(SessionEvent::Updated(
            0,
            Update::Shown(Shown::Rings(vec![ring("r1"), ring("r2")])),
        ));
        assert_eq!(model.notices.is_quiet(), tab == Tab::Agent, "{focus:?}");
    }
}
