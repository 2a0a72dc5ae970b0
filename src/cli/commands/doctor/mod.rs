//! `handset doctor`: what of a set-up works, what does not, and the one thing to do about it.
//!
//! A check that needs another one's success is skipped when that failed, so that one fault is one
//! line.

mod data;
mod install;
mod own;
mod report;
mod sandbox;
mod settings;
mod terminal;
mod tunnel;

use std::{io::Write, path::PathBuf, time::Duration};

use anyhow::bail;

use self::{
    data::DataFolder, install::DeviceFacts, report::ReportStyle, settings::CheckedSettings,
};
use crate::{
    cli::{
        checks::{
            cloud::{CloudCheck, CloudTarget, Tokens},
            finding::Finding,
            listener::ListenerCheck,
        },
        output,
        plain_mode::PlainMode,
        profile::{self, Resolved},
        signals::Signals,
    },
    client::{AdminError, Install, Needs},
    config::profile::Profile,
    engine::borrow,
    export::json_line::json_line,
    ingress::{intake::LISTENER_PATH, listener::fresh_path},
    rt::{shutdown::Shutdown, tls::Trust},
};

/// How long everything that was started may take to end.
const ENDING: Duration = Duration::from_secs(3);

/// Check the set-up: settings, permissions, clock, cloud, app install, tunnel, listener, terminal.
///
/// One line for each check, with the one thing to do where something is wrong; the exit code is 0
/// when nothing is. Nothing is changed: the tunnel is opened to a listener that is thrown away, and
/// not at all while a phone runs. Without a profile it is the sandbox that is checked.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    cloud: profile::CloudFlags,

    #[command(flatten)]
    tunnel: profile::TunnelFlags,

    /// The data folder [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Print JSON, one object.
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    fn resolve(&self) -> anyhow::Result<Resolved> {
        let layer = self.cloud.layer.clone().over(self.tunnel.layer.clone());
        profile::resolve(self.cloud.profile.as_deref(), layer)
    }
}

/// Checks everything and says what was found.
pub(crate) async fn run(
    args: DoctorArgs,
    plain: Option<PlainMode>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let shutdown = Shutdown::new();
    let findings = tokio::select! {
        findings = Box::pin(examine(&args, plain, &shutdown)) => Some(findings),
        () = signals.stop() => None,
    };
    // Programs and listeners that were started end before anything is said.
    shutdown.stop(ENDING).await;
    let Some(findings) = findings else {
        bail!("stopped before everything was checked");
    };
    let said = if args.json {
        format!("{}\n", json_line(&report::json(&findings))?)
    } else if let Some(plain) = plain {
        format!("{}{}", plain.first_line(), report::spoken(&findings))
    } else {
        report::text(&findings, ReportStyle::of_stdout())
    };
    output::print(output, &said, "what was found")?;
    match findings.iter().filter(|finding| finding.is_bad()).count() {
        0 => Ok(()),
        1 => bail!("one check has found a fault"),
        faults => bail!("{faults} checks have found faults"),
    }
}

async fn examine(args: &DoctorArgs, plain: Option<PlainMode>, shutdown: &Shutdown) -> Vec<Finding> {
    let (found, settings) = settings::check(args);
    let mut findings = vec![found, own::check(args)];
    let profile = match &settings {
        CheckedSettings::Cloud(profile, _) => Some(profile.as_ref()),
        CheckedSettings::Sandbox | CheckedSettings::Broken => None,
    };
    let account = profile.map(|profile| profile.account.as_str());
    let (data_found, data) = data::check(args.data_dir.clone(), account).await;
    match &settings {
        CheckedSettings::Cloud(profile, trust) => {
            findings.extend(of_cloud(profile, trust, data_found, data, shutdown).await);
        }
        CheckedSettings::Sandbox => {
            findings.push(data_found);
            let (sandbox, listener) =
                tokio::join!(sandbox::check(), of_listener(data.as_ref(), shutdown));
            findings.extend([sandbox, listener]);
        }
        CheckedSettings::Broken => {
            let skipped = |name| Finding::skipped(name, "the settings have to be mended first");
            findings.extend([skipped("secret"), data_found]);
            let cloud = [
                "clock",
                "domains",
                "tokens",
                "login",
                "app install",
                "tunnel",
            ];
            findings.extend(cloud.map(skipped));
            findings.push(of_listener(data.as_ref(), shutdown).await);
        }
    }
    findings.push(terminal::check(plain));
    findings
}

async fn of_listener(data: Option<&DataFolder>, shutdown: &Shutdown) -> Finding {
    let Some(data) = data else {
        return Finding::skipped("listener", "there is no data folder for its journal");
    };
    match listener(data, None, shutdown).await {
        Ok(listening) => {
            let finding = listening.latency().await;
            listening.close().await;
            finding
        }
        Err(finding) => finding,
    }
}

/// Starts a throw-away listener in the data folder.
async fn listener(
    data: &DataFolder,
    profile: Option<&Profile>,
    shutdown: &Shutdown,
) -> Result<ListenerCheck, Finding> {
    // A phone that runs has the profile's own port.
    let bind = profile.and_then(|profile| profile.bind);
    let bind = bind.filter(|_| !data.phone_runs);
    let mut path = profile.and_then(|profile| profile.hook_path.clone());
    if let (None, Some(journal)) = (&path, &data.journal) {
        // The usual one: what the cloud posts there meanwhile is to come again.
        let known = journal.get(LISTENER_PATH).await;
        path = known.map_err(|error| Finding::of_error("listener", &error.to_string(), ""))?;
    }
    let path = path.unwrap_or_else(fresh_path);
    ListenerCheck::open(&data.scratch.path, profile, bind, path, shutdown).await
}

async fn of_cloud(
    profile: &Profile,
    trust: &Trust,
    data_found: Finding,
    data: Option<DataFolder>,
    shutdown: &Shutdown,
) -> Vec<Finding> {
    let (reached, here) = tokio::join!(
        reach(profile, trust, shutdown),
        at_home(profile, trust, data.as_ref(), shutdown),
    );
    let install = match (&profile.login, reached.install) {
        (_, Some(install)) => install::check(&install, profile, &here.known),
        (None, None) => Finding::skipped(
            "app install",
            "the profile has no login: whether it is enabled and where its webhooks go is not \
             known",
        ),
        (Some(_), None) => Finding::skipped("app install", "nobody is logged in"),
    };
    if let Some(journal) = data.and_then(|mut data| data.journal.take()) {
        journal.close().await;
    }
    vec![
        reached.secret,
        data_found,
        reached.clock,
        reached.domains,
        reached.tokens,
        reached.login,
        install,
        here.tunnel,
        here.listener,
    ]
}

/// What the cloud says.
struct CloudFindings {
    secret: Finding,
    clock: Finding,
    domains: Finding,
    tokens: Finding,
    login: Finding,
    install: Option<Result<Install, AdminError>>,
}

async fn reach(profile: &Profile, trust: &Trust, shutdown: &Shutdown) -> CloudFindings {
    let (secret_found, secret) = settings::secret(profile).await;
    let has_secret = secret.is_some();
    let skipped = |domains: Finding, clock: Finding| CloudFindings {
        secret: secret_found.clone(),
        clock,
        domains,
        tokens: Finding::skipped("tokens", "the domains are not known"),
        login: Finding::skipped("login", "the domains are not known"),
        install: None,
    };
    let target = CloudTarget::of(profile, trust);
    let cloud = match CloudCheck::new(&target, profile.client.clone(), secret, shutdown) {
        Ok(cloud) => cloud,
        Err(finding) => {
            let clock = Finding::skipped("clock", "the cloud cannot be asked");
            return skipped(*finding, clock);
        }
    };
    let needs = match profile.login {
        Some(_) => Needs::PhoneAndLogin,
        None => Needs::Phone,
    };
    let domains = cloud.domains(needs).await;
    if domains.is_bad() {
        return skipped(domains, cloud.clock());
    }
    let place = profile.secret.to_string();
    let tokens = async {
        if has_secret {
            Some(cloud.tokens(&place).await)
        } else {
            None
        }
    };
    let login = async {
        match &profile.login {
            Some(login) => install::login(&cloud, login, profile).await,
            None => (
                Finding::skipped(
                    "login",
                    "the profile has none, so the app install is yours to change",
                ),
                None,
            ),
        }
    };
    let (tokens, (login, install)) = tokio::join!(tokens, login);
    let is_dead = install
        .as_ref()
        .is_some_and(|install| install::dead(install).is_some());
    let tokens = match tokens {
        None => Finding::skipped("tokens", "there is no client_secret"),
        Some(Tokens::Refused(_)) if is_dead => {
            Finding::skipped("tokens", "the app install has to be mended first")
        }
        Some(Tokens::Given(says)) => Finding::good("tokens", says),
        Some(Tokens::Refused(finding) | Tokens::Other(finding)) => finding,
    };
    CloudFindings {
        secret: secret_found,
        clock: cloud.clock(),
        domains,
        tokens,
        login,
        install,
    }
}

/// What this machine says.
struct LocalFindings {
    tunnel: Finding,
    listener: Finding,
    known: DeviceFacts,
}

async fn at_home(
    profile: &Profile,
    trust: &Trust,
    data: Option<&DataFolder>,
    shutdown: &Shutdown,
) -> LocalFindings {
    let mut known = DeviceFacts::default();
    let Some(data) = data else {
        let why = "there is no data folder for its journal";
        return LocalFindings {
            tunnel: Finding::skipped("tunnel", "there is no listener it could lead to"),
            listener: Finding::skipped("listener", why),
            known,
        };
    };
    known.phone_runs = data.phone_runs;
    known.device.clone_from(&data.device);
    if let Some(journal) = &data.journal {
        let noted = borrow::is_noted(journal, &profile.client).await;
        known.is_left = noted.unwrap_or(false);
    }
    let listening = match listener(data, Some(profile), shutdown).await {
        Ok(listening) => listening,
        Err(listener) => {
            return LocalFindings {
                tunnel: Finding::skipped("tunnel", "there is no listener it could lead to"),
                listener,
                known,
            };
        }
    };
    let tunnel = async {
        if data.phone_runs {
            let why = "a phone runs, which has it open";
            return (Finding::skipped("tunnel", why), None);
        }
        let device = known.device.as_deref();
        tunnel::check(&listening, profile, trust, device, shutdown).await
    };
    let (listener, (tunnel, public)) = tokio::join!(listening.latency(), tunnel);
    known.public = public;
    listening.close().await;
    LocalFindings {
        tunnel,
        listener,
        known,
    }
}
