//! Who may load an account, and how much: nobody without saying its number, and nobody much without
//! saying how much.

use anyhow::bail;

use crate::{
    cli::inputs,
    config::profile::Profile,
    domain::near::is_near,
    swarm::workload::{Workload, words},
};

/// Arrivals a second at an account, unless a flag raises it.
const RATE: f64 = 1.0;
/// Consumers at a time there.
const CONSUMERS: usize = 50;

/// What has to be said before an account is loaded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Against an account")]
pub(super) struct LoadArgs {
    /// The number of the account, said once more: it says that the user may load that account, its
    /// agents and its bots.
    #[arg(long, value_name = "ACCOUNT", requires = "profile", value_parser = inputs::words)]
    i_may_load: Option<String>,

    /// The highest rate at which consumers may come to the account [default: 1/s].
    #[arg(long, value_name = "RATE", requires = "profile", value_parser = words::rate)]
    live_rate: Option<f64>,

    /// How many consumers may be there at a time, whatever the workload says; who comes above is
    /// dropped [default: 50].
    #[arg(long, value_name = "N", requires = "profile")]
    live_consumers: Option<usize>,
}

impl LoadArgs {
    /// Whether a workload may come to the cloud of a profile, and with how many consumers at a time.
    /// A cloud on this machine is a sandbox, which anybody may load.
    pub(super) fn check(
        &self,
        profile: &Profile,
        workload: &mut Workload,
        seed: u64,
    ) -> anyhow::Result<()> {
        if is_near(&profile.csds) {
            return Ok(());
        }
        let (name, account) = (&profile.name, profile.account.as_str());
        match self.i_may_load.as_deref() {
            Some(said) if said == account => {}
            Some(said) => bail!(
                "--i-may-load says {said}, and the profile {name} is of the account {account}; nobody \
                 was started"
            ),
            None => bail!(
                "the profile {name} is of the account {account}, where real agents, bots and limits \
                 would be loaded; say --i-may-load {account} if you may do that"
            ),
        }
        let (peak, allowed) = (
            workload.plan(seed).curve().peak(),
            self.live_rate.unwrap_or(RATE),
        );
        if peak > allowed {
            let (peak, allowed) = (words::rate_words(peak), words::rate_words(allowed));
            bail!(
                "{peak} are to come, and at an account it is {allowed} at most; lower the rate, or \
                 say --live-rate {peak}"
            );
        }
        let allowed = self.live_consumers.unwrap_or(CONSUMERS);
        workload.limits.consumers = workload.limits.consumers.min(allowed);
        Ok(())
    }
}
