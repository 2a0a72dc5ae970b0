//! The dashboard of a swarm: one screen that tells, once a second, what the run measures.
//!
//! [`draw`] lays a [`SwarmProgress`] out, [`run`] shows the newest one and turns keys into
//! [`SwarmOrder`]s. Nothing here measures or judges: that is [`swarm`](crate::swarm).

mod draw;

use std::{io, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use futures_util::{Stream, StreamExt};
use ratatui::{Terminal, backend::Backend};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    swarm::{
        measure::progress::{SwarmOrder, SwarmPhase, SwarmProgress},
        run::raise,
    },
    tui::theme::{
        palette::Palette,
        styles::{Depth, Styles},
    },
};

/// Whether the help is on the screen, and whether draining was asked for.
#[derive(Debug, Clone, Copy, Default)]
struct DashboardState {
    shows_help: bool,
    is_draining: bool,
}

/// Shows the newest progress until its sender is gone or `stop` fires. What the user asks for goes
/// to `orders`.
pub async fn run<B>(
    mut terminal: Terminal<B>,
    mut input: impl Stream<Item = io::Result<Event>> + Unpin,
    mut progress: watch::Receiver<SwarmProgress>,
    orders: watch::Sender<SwarmOrder>,
    look: (Palette, Depth),
    stop: CancellationToken,
) -> io::Result<()>
where
    B: Backend,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let styles = Styles::new(&look.0, look.1);
    let mut state = DashboardState::default();
    loop {
        let shown = progress.borrow_and_update().clone();
        state.is_draining |= matches!(
            shown.phase,
            SwarmPhase::Draining | SwarmPhase::Closing | SwarmPhase::Ended
        );
        terminal
            .draw(|frame| draw::draw(&shown, state.shows_help, &styles, frame))
            .map_err(io::Error::other)?;
        // The clock moves on even when the run says nothing new.
        let tick = tokio::time::sleep(Duration::from_secs(1));
        tokio::select! {
            changed = progress.changed() => if changed.is_err() {
                return Ok(());
            },
            event = input.next() => {
                let Some(event) = event else { return Ok(()) };
                if let Some(order) = state.order(&event?, shown.phase) {
                    match order {
                        // A pause ends by an order that is less.
                        SwarmOrder::Go | SwarmOrder::Pause => {
                            orders.send_if_modified(|known| {
                                let may = *known <= SwarmOrder::Pause;
                                *known = if may { order } else { *known };
                                may
                            });
                        }
                        SwarmOrder::Drain | SwarmOrder::Close => raise(&orders, order),
                    }
                }
            }
            () = stop.cancelled() => return Ok(()),
            () = tick => {}
        }
    }
}

impl DashboardState {
    /// What a key asks for.
    fn order(&mut self, event: &Event, phase: SwarmPhase) -> Option<SwarmOrder> {
        let Event::Key(key) = event else { return None };
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let drains = match key.code {
            KeyCode::Char('c') => is_control,
            KeyCode::Char('q') => true,
            KeyCode::Char('Q') => return Some(SwarmOrder::Close),
            KeyCode::Char('p') => {
                return match phase {
                    SwarmPhase::Arriving => Some(SwarmOrder::Pause),
                    SwarmPhase::Paused => Some(SwarmOrder::Go),
                    _ => None,
                };
            }
            KeyCode::Char('?') | KeyCode::F(1) => {
                self.shows_help = !self.shows_help;
                return None;
            }
            KeyCode::Esc => {
                self.shows_help = false;
                return None;
            }
            _ => false,
        };
        if !drains {
            return None;
        }
        // The second time everything is closed at once.
        if std::mem::replace(&mut self.is_draining, true) {
            Some(SwarmOrder::Close)
        } else {
            Some(SwarmOrder::Drain)
        }
    }
}

#[cfg(test)]
mod tests;
