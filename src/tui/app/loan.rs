//! The terminal on loan: the shell has it while handset is stopped, an editor while somebody
//! writes there. Meanwhile nothing is drawn and no key is read; while an editor has it, all else
//! goes on.

use std::{io, time::Duration};

use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use crate::{
    domain::{exchange::EntryKind, notice::Severity},
    engine::update::Update,
    tui::{
        app::{errands::Farewell, model::Model},
        terminal::{
            editor::{self, EditorError},
            hold::Hold,
            job::{JobControl, JobSignal},
        },
    },
};

/// How long handset waits for the cloud to have heard that nobody looks, before it stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// Everything that can lend the terminal.
pub(crate) struct Loan {
    /// The terminal, and the signals of the shell it was started from.
    held: Option<(Hold, JobControl)>,
    /// The editor that has the terminal, if one has.
    editing: JoinSet<Result<String, EditorError>>,
}

/// What ends a loan, or asks for one.
#[derive(Debug)]
pub(crate) enum LoanEvent {
    Signal(JobSignal),
    Written(Result<String, EditorError>),
}

impl Loan {
    pub(crate) fn new(hold: Option<Hold>) -> io::Result<Self> {
        let with_job = hold.map(|hold| JobControl::new().map(|job| (hold, job)));
        Ok(Self {
            held: with_job.transpose()?,
            editing: JoinSet::new(),
        })
    }

    /// Whether the screen has the terminal.
    pub(crate) fn is_over(&self) -> bool {
        self.editing.is_empty()
    }

    /// Waits for what ends a loan or asks for one. Safe to cancel.
    pub(crate) async fn next(&mut self) -> LoanEvent {
        let Some((_, job)) = &mut self.held else {
            return std::future::pending().await;
        };
        tokio::select! {
            signal = job.next() => LoanEvent::Signal(signal),
            Some(written) = self.editing.join_next(), if !self.editing.is_empty() => {
                let written = written.unwrap_or_else(|fault| {
                    Err(EditorError::Read(io::Error::other(fault)))
                });
                LoanEvent::Written(written)
            }
        }
    }

    /// Goes on with what came.
    pub(crate) fn end(&mut self, event: LoanEvent, model: &mut Model) -> io::Result<()> {
        let Some((hold, _)) = &self.held else {
            return Ok(());
        };
        match event {
            // The editor is the one who is meant: it has the terminal.
            LoanEvent::Signal(_) if !self.editing.is_empty() => {}
            LoanEvent::Signal(JobSignal::Stop) => model.suspend(),
            LoanEvent::Signal(JobSignal::WentOn) => {
                // Another program had the terminal meanwhile and has left it otherwise.
                hold.lend()?;
                hold.take_back()?;
                model.name_window();
                model.errands.redraw = true;
            }
            LoanEvent::Written(written) => {
                hold.take_back()?;
                model.name_window();
                model.written(written);
            }
        }
        Ok(())
    }

    /// Lends the terminal when the model asks for it; whether it did. It comes back at once, or
    /// with an event later.
    pub(crate) async fn begin(
        &mut self,
        model: &mut Model,
        updates: &mut mpsc::Receiver<Update>,
    ) -> io::Result<bool> {
        let (suspend, edit) = (model.errands.suspend.take(), model.errands.edit.take());
        let Some((hold, job)) = &mut self.held else {
            return Ok(false);
        };
        if !self.editing.is_empty() {
            return Ok(false);
        }
        if let Some(draft) = edit {
            hold.lend()?;
            self.editing.spawn(editor::edit(draft));
            return Ok(true);
        }
        let Some(farewell) = suspend else {
            return Ok(false);
        };
        if farewell == Farewell::Told {
            // The cloud may not answer; the person does not wait for it.
            let _ = timeout(FAREWELL, told_inactive(model, updates)).await;
        }
        hold.lend()?;
        let stopped = job.stop().await;
        hold.take_back()?;
        model.name_window();
        model.look_again();
        if let Err(error) = stopped {
            let title = "handset was not suspended";
            model.tell(Severity::Warning, title, &error.to_string(), "");
        }
        Ok(true)
    }
}

/// Waits until the cloud has answered that nobody looks. Safe to cancel.
async fn told_inactive(model: &mut Model, updates: &mut mpsc::Receiver<Update>) {
    let is_it = |update: &Update| match update {
        Update::Wire(entries) => entries.iter().any(|entry| match &entry.kind {
            EntryKind::Call(call) => call.purpose.ends_with(" INACTIVE") && call.outcome.is_some(),
            EntryKind::Hook(_) => false,
        }),
        _ => false,
    };
    while let Some(update) = updates.recv().await {
        let told = is_it(&update);
        model.on_update(update);
        if told {
            return;
        }
    }
}
