//! A run while it goes on: shown on a dashboard or told in lines, and ended by keys and signals.

use std::{future::Future, io::IsTerminal as _};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        commands::swarm::{lines::ProgressLines, remark, screen},
        in_words,
        signals::Signals,
    },
    swarm::{
        measure::progress::{SwarmOrder, SwarmProgress},
        run::raise,
        workers::coordinator::ToldProgress,
    },
};

/// Runs something to its end while it is told how it goes on: on a dashboard, or else in lines. It
/// gets the orders of the user, and what it tells each second is shown. Gives the signal that ended
/// it, if one did.
pub(super) async fn watched<F: Future>(
    run: impl FnOnce(watch::Receiver<SwarmOrder>, ToldProgress) -> F,
    signals: &mut Signals,
    may_draw: bool,
) -> anyhow::Result<(F::Output, Option<u8>)> {
    let (orders, asked) = watch::channel(SwarmOrder::Go);
    let (newest, progress) = watch::channel(SwarmProgress::default());
    let is_drawn = may_draw && std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let mut lines = (!is_drawn).then(ProgressLines::default);
    let told = move |progress: &SwarmProgress| match &mut lines {
        Some(lines) => lines.tell(progress),
        None => {
            newest.send_replace(progress.clone());
        }
    };
    let closed = CancellationToken::new();
    let mut screen = Box::pin(async {
        if is_drawn {
            screen::show(progress, orders.clone(), closed.clone()).await
        } else {
            closed.cancelled().await;
            Ok(())
        }
    });
    let mut running = Box::pin(run(asked, Box::new(told)));
    let (mut stopped, mut is_shown) = (None, true);
    let end = loop {
        tokio::select! {
            end = &mut running => break end,
            shown = &mut screen, if is_shown => {
                is_shown = false;
                // The run goes on, and is closed when nobody can see it any more.
                if let Err(error) = shown {
                    remark(&format!("handset: {}", in_words(&error)));
                }
                raise(&orders, SwarmOrder::Drain);
            }
            number = signals.number() => {
                let order = match stopped.replace(number) {
                    None => SwarmOrder::Drain,
                    Some(_) => SwarmOrder::Close,
                };
                raise(&orders, order);
                if !is_drawn {
                    remark(match order {
                        SwarmOrder::Drain => {
                            "handset: nobody comes any more; once more closes everything now"
                        }
                        _ => "handset: everything is being closed",
                    });
                }
            }
        }
    };
    closed.cancel();
    if is_shown {
        screen.await?;
    }
    Ok((end, stopped))
}
