//! Going back: the whole state replaced, or one conversation taken out, between two calls.
//!
//! What was open is closed first, so that agents and connectors hear of its end; then the state
//! is another; then they hear of what is open in it. All of it is one step for the state file, and in
//! its place among the calls for those who are told.

use tokio::sync::oneshot;

use crate::{
    domain::ids::ConversationId,
    rt::sqlite,
    sandbox::{
        model::{changes::Changes, refusal::Refusal, snapshot::AccountSnapshot},
        store::Row,
        transaction::{After, ModelState, Transactions, unstored},
    },
};

/// What there is to write, and who is told afterwards.
struct Replacement {
    rows: Vec<Row>,
    ended: After,
    begun: After,
}

impl Transactions {
    /// Has everything be as it was at a point. What was not delivered yet is not any more.
    pub(crate) async fn go_back(&self, point: AccountSnapshot) -> Result<(), Refusal> {
        self.replace(None, point).await
    }

    /// Takes a conversation out, as if it had never been; `false` when there is none.
    pub(crate) async fn forget(&self, id: &ConversationId) -> Result<bool, Refusal> {
        let known = id.clone();
        let is_known = self.read(move |cloud| cloud.conversation(&known).is_some());
        if !is_known.await? {
            return Ok(false);
        }
        self.replace(Some(id), AccountSnapshot::default()).await?;
        Ok(true)
    }

    async fn replace(
        &self,
        only: Option<&ConversationId>,
        point: AccountSnapshot,
    ) -> Result<(), Refusal> {
        let (outlets, meant) = (self.outlets.clone(), only.cloned());
        let tell = move |ended: After, begun: After| {
            outlets.delivery.clear(meant.as_ref());
            outlets.perform(ended);
            outlets.perform(begun);
        };
        let Some(store) = &self.store else {
            let mut inner = self.lock();
            let replacement = self.replacement(&mut inner, only, point);
            tell(replacement.ended, replacement.begun);
            return Ok(());
        };
        let permit = store.permit().await;
        let permit = permit.ok_or_else(|| unstored(&sqlite::Error::Closed))?;
        let committed = {
            let mut inner = self.lock();
            let Replacement { rows, ended, begun } = self.replacement(&mut inner, only, point);
            let (done, committed) = oneshot::channel();
            store.submit(permit, rows, move |outcome| {
                if outcome.is_ok() {
                    tell(ended, begun);
                }
                // The asker may have gone; what it asked for is done all the same.
                let _ = done.send(outcome);
            });
            committed
        };
        let outcome = committed.await.unwrap_or(Err(sqlite::Error::Closed));
        outcome.map_err(|error| unstored(&error))
    }

    fn replacement(
        &self,
        inner: &mut ModelState,
        only: Option<&ConversationId>,
        point: AccountSnapshot,
    ) -> Replacement {
        let now = self.now();
        let mut ending = Changes::default();
        inner.cloud.end_for_good(now, only, &mut ending);
        let ended = self.after(inner, &ending.installs, ending.notices);
        let (mut rows, changes) = if let Some(id) = only {
            let gone = inner.cloud.forget(id);
            let dialogs = gone.map(|gone| gone.dialogs).unwrap_or_default();
            let dialogs = dialogs.into_iter().map(|dialog| dialog.id).collect();
            let gone = Row::ConversationsGone(vec![(id.clone(), dialogs)]);
            (vec![gone], Changes::default())
        } else {
            let mut changes = Changes::default();
            inner.cloud.go_back(now, point, &mut changes);
            let stored = if self.store.is_some() {
                inner.cloud.point().as_changes()
            } else {
                Changes::default()
            };
            let changes = Changes {
                notices: changes.notices,
                ..stored
            };
            (vec![Row::Cleared], changes)
        };
        let prepared = ended.notices.iter();
        rows.extend(prepared.filter_map(|prepared| prepared.note.clone().map(Row::Notification)));
        let (more, begun) = self.rows(inner, changes);
        rows.extend(more);
        self.state.timers.ring();
        Replacement { rows, ended, begun }
    }
}
