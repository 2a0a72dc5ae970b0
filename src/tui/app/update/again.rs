//! What went over the wire, once more: a request edited and sent again, a webhook delivered again.

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange},
        json::{pretty, valid},
        notice::Severity,
    },
    engine::command::Command,
    tui::{
        app::model::Model,
        commands::{by_hand::RequestKind, keys::Action},
        popups::Popup,
        text::edit::LONGEST,
    },
};

impl Model {
    /// The selected entry of the wire.
    fn selected_entry(&self) -> Option<&Entry> {
        let wire = &self.inspector.wire;
        wire.selected().and_then(|id| wire.get(id))
    }

    /// Opens the editor of requests with the selected request.
    pub(crate) fn edit_again(&mut self) {
        let key = |action| self.ui.shown(action);
        let (curl, again) = (key(Action::CopyCurl), key(Action::DeliverAgain));
        let refused = match self.selected_entry() {
            None => Err(("there is no entry to send again", String::new())),
            Some(entry) if entry.phone.is_some_and(|of| self.phone.id() != Some(of)) => Err((
                "the request is of another phone",
                "go to that phone first".to_owned(),
            )),
            Some(entry) => match &entry.kind {
                EntryKind::Hook(_) => Err((
                    "a webhook is nothing we send",
                    format!("{again} delivers it to our listener again"),
                )),
                EntryKind::Call(call) => editable(call).ok_or_else(|| {
                    let title = "only what goes to SEND or CONVERSATION can be edited";
                    (title, format!("{curl} copies it as curl"))
                }),
            },
        };
        let (kind, body) = match refused {
            Ok(editable) => editable,
            Err((title, hint)) => return self.tell(Severity::Info, title, "", &hint),
        };
        self.open_raw(Some(kind));
        // What stood in the editor comes back by undo.
        if let Some(Popup::Raw(raw)) = self.popups.last_mut() {
            raw.draft.field.mark_all();
            raw.draft.field.insert(&body);
            raw.draft.field.point(0, 0, usize::MAX);
            raw.draft.sent = false;
        }
    }

    /// Has the selected webhook delivered again.
    pub(crate) fn deliver_again(&mut self) {
        let request = match self.selected_entry().map(|entry| &entry.kind) {
            Some(EntryKind::Hook(hook)) => hook.request.clone(),
            Some(EntryKind::Call(_)) => {
                let key = self.ui.shown(Action::EditAgain);
                let hint = format!("{key} edits a request and sends it again");
                let title = "only a webhook can be delivered again";
                return self.tell(Severity::Info, title, "", &hint);
            }
            None => {
                let title = "there is no webhook to deliver again";
                return self.tell(Severity::Info, title, "", "");
            }
        };
        self.commands.push(Command::Redeliver(Box::new(request)));
    }
}

/// The kind and the text of a request that the editor can send; of one kind that goes to the same
/// place.
fn editable(call: &Exchange) -> Option<(RequestKind, String)> {
    let path = call.url.split(['?', '#']).next()?;
    let kind = if path.ends_with("/conversation/send") {
        RequestKind::Text
    } else if path.ends_with("/consumer/conversation") {
        RequestKind::Conversation
    } else {
        return None;
    };
    let text = std::str::from_utf8(&call.body).ok()?;
    let body = valid(&call.body).map_or_else(|| text.to_owned(), pretty);
    (body.len() <= LONGEST).then_some((kind, body))
}
