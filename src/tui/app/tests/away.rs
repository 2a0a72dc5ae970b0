//! Who may stop handset, and whose a key is where the other side has the keyboard.

use crate::tui::{
    app::{
        errands::Farewell,
        model::Model,
        testkit::{drawn, model},
    },
    commands::keys::Action,
};

fn screen(model: &mut Model) -> String {
    drawn(model, 140, 40).join("\n")
}

#[test]
fn it_does_not_stop_where_webhooks_would_not_be_answered() {
    let mut model = model();
    model.act(Action::Suspend);
    assert_eq!(
        model.errands.suspend, None,
        "nobody could take the terminal"
    );
    model.lends = true;
    model.never_suspend = "webhooks would not be answered".to_owned();
    model.act(Action::Suspend);
    assert_eq!(model.errands.suspend, None);
    assert!(model.looked, "nothing is told to the cloud either");
    let screen = screen(&mut model);
    assert!(screen.contains("handset does not stop here"), "{screen}");
    assert!(
        screen.contains("webhooks would not be answered"),
        "{screen}"
    );
    model.never_suspend.clear();
    model.act(Action::Suspend);
    assert_eq!(model.errands.suspend, Some(Farewell::Needless));
    assert!(!model.looked);
}

#[test]
fn without_a_terminal_to_lend_no_editor_is_asked_for() {
    let mut model = model();
    model.act(Action::OpenEditor);
    assert_eq!(model.errands.edit, None);
    model.lends = true;
    model.write("a draft");
    model.act(Action::OpenEditor);
    assert_eq!(model.errands.edit.as_deref(), Some("a draft"));
    model.written(Ok("another\none".to_owned()));
    assert_eq!(model.phone.chat.composer.field.text(), "another\none");
    // Too much leaves what was there.
    model.act(Action::OpenEditor);
    model.written(Ok("x".repeat(1024 * 1024)));
    assert_eq!(model.phone.chat.composer.field.text(), "another\none");
}
