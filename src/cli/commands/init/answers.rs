//! What is asked, in its order, each answer tried out before the next question.

use std::path::Path;

use crate::{
    cli::{
        checks::cloud::CloudTarget,
        commands::init::{
            InitArgs, checked_name,
            checks::{self, CloudAnswers, InstallChoice},
            places::{self, KeptSecret, SecretQuestion},
            prompt::Prompt,
        },
        in_words,
    },
    config::{
        file::SettingsFile,
        profile::{Login, Profile, Source, SshSettings, TunnelSettings},
        setting::Setting,
        tunnel_kind::TunnelKind,
        words::{self, TunnelWord},
    },
    domain::secret::Secret,
    rt::tls::Trust,
};

/// Secrets that have yet to be put where the profile says.
pub(super) type Pending = Vec<(Source, Secret)>;

/// Where a tunnel of one's own leads when nobody says otherwise.
const USUAL_BIND: &str = "127.0.0.1:8443";

pub(super) async fn ask(
    prompt: &mut Prompt,
    args: &InitArgs,
    known: &SettingsFile,
    folder: &Path,
) -> anyhow::Result<(Profile, Pending)> {
    let name = name(prompt, args, known).await?;
    let place = place(prompt, args).await?;
    let mut asking = Asking {
        prompt,
        args,
        name,
        folder,
        place,
        pending: Vec::new(),
    };
    let (login, installs) = asking.login().await?;
    let (client, secret) = asking.install(&installs).await?;
    let production = args.production
        || asking
            .prompt
            .agrees("Are real consumers and agents there", false)
            .await?;
    let brand = asking
        .prompt
        .line("The brand's name on the screen", args.brand.as_deref())
        .await?;
    let place = asking.place.clone();
    let mut profile = Profile {
        name: asking.name.clone(),
        account: place.target.account.clone(),
        csds: place.target.csds.clone(),
        client: client.as_str().into(),
        secret: secret.source.clone(),
        ca: place.ca.clone(),
        production,
        brand,
        personas: Vec::new(),
        theme: None,
        private: false,
        fetch_pictures: None,
        bind: args.bind,
        hook_path: None,
        tunnel: TunnelSettings::None,
        login,
    };
    asking.tunnel(&mut profile).await?;
    if secret.is_new {
        asking.pending.push((secret.source, secret.secret));
    }
    Ok((profile, asking.pending))
}

async fn name(
    prompt: &mut Prompt,
    args: &InitArgs,
    known: &SettingsFile,
) -> anyhow::Result<String> {
    let usual = args.cloud.profile.as_deref();
    if let Some(name) = usual {
        match checked_name(name, args, known) {
            // It was given; there is nothing to ask while it can be used.
            Ok(()) => return Ok(name.to_owned()),
            Err(reason) => prompt.again(&reason)?,
        }
    }
    loop {
        let name = prompt
            .must("The name of the profile", None, "--profile")
            .await?;
        match checked_name(&name, args, known) {
            Ok(()) => return Ok(name),
            Err(reason) => prompt.again(&reason)?,
        }
    }
}

/// Account and region, until the domains are found.
async fn place(prompt: &mut Prompt, args: &InitArgs) -> anyhow::Result<CloudAnswers> {
    let flags = &args.cloud.layer;
    let given = |setting| flags.text(setting).map(ToOwned::to_owned);
    let mut account = given(Setting::Account);
    let mut csds = given(Setting::Csds)
        .or(Setting::Csds.row().default.map(ToOwned::to_owned))
        .unwrap_or_default();
    let mut ca = given(Setting::Ca);
    loop {
        let said = prompt
            .must("The account", account.as_deref(), "--account")
            .await?;
        account = Some(said.clone());
        csds = prompt
            .must("The region's CSDS address", Some(&csds), "--csds")
            .await?;
        let question = "A file of certificates to trust besides the platform's";
        ca = prompt.line(question, ca.as_deref()).await?;
        match found(prompt, said, &csds, ca.as_deref()).await? {
            Ok(place) => return Ok(place),
            Err(reason) => prompt.again(&reason)?,
        }
    }
}

async fn found(
    prompt: &mut Prompt,
    account: String,
    csds: &str,
    ca: Option<&str>,
) -> anyhow::Result<Result<CloudAnswers, String>> {
    let csds = match words::csds(csds) {
        Ok(csds) => csds,
        Err(reason) => return Ok(Err(format!("the CSDS address: {reason}"))),
    };
    let ca = match ca.map(std::path::absolute).transpose() {
        Ok(ca) => ca,
        Err(cause) => {
            return Ok(Err(format!(
                "cannot use the path of the certificates: {cause}"
            )));
        }
    };
    let trust = match ca.as_deref().map(Trust::with_file).transpose() {
        Ok(trust) => trust.unwrap_or_default(),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let what = format!("looking up the domains of {account}");
    let target = CloudTarget {
        account: account.into(),
        csds,
        trust,
    };
    let trying = Box::pin(checks::domains(&target));
    let done = prompt.trying(&what, trying).await?;
    let place = CloudAnswers { target, ca };
    Ok(done.map(|()| place).map_err(|error| in_words(&error)))
}

/// The questions that come once the cloud is found.
struct Asking<'a> {
    prompt: &'a mut Prompt,
    args: &'a InitArgs,
    name: String,
    folder: &'a Path,
    place: CloudAnswers,
    pending: Pending,
}

impl Asking<'_> {
    async fn kept(
        &mut self,
        what: &str,
        flag: &str,
        usual: Option<Source>,
        known: Option<Secret>,
    ) -> anyhow::Result<KeptSecret> {
        let wanted = SecretQuestion {
            what,
            flag,
            profile: &self.name,
            folder: self.folder,
            usual,
            known,
        };
        places::ask(self.prompt, &wanted).await
    }

    /// An agent who may manage the app install, if there is to be one, and what there is to manage.
    async fn login(&mut self) -> anyhow::Result<(Option<Login>, Vec<InstallChoice>)> {
        let mut usual = self.args.login.clone();
        let mut place = self.args.password_env.clone().map(Source::Env);
        loop {
            let question = "The login of an agent who may manage the app install, or none";
            let username = self.prompt.line(question, usual.as_deref()).await?;
            let Some(username) = username.filter(|name| name != "none") else {
                return Ok((None, Vec::new()));
            };
            let kept = self
                .kept("password", "--password-env", place.clone(), None)
                .await?;
            let what = format!("logging in as {username}");
            let password = kept.secret.clone();
            let target = &self.place.target;
            let trying = Box::pin(checks::installs(target, &username, password, &kept.source));
            match self.prompt.trying(&what, trying).await? {
                Ok(installs) => {
                    let question = "Point the app install's webhooks here while a phone runs, and back afterwards";
                    let usual = self.args.borrow || self.prompt.is_asking();
                    let login = Login {
                        username,
                        password: kept.source.clone(),
                        borrow: self.prompt.agrees(question, usual).await?,
                    };
                    if kept.is_new {
                        self.pending.push((kept.source, kept.secret));
                    }
                    return Ok((Some(login), installs));
                }
                Err(error) => self.prompt.again(&in_words(&error))?,
            }
            usual = Some(username);
            place = Some(kept.source);
        }
    }

    /// The app install and its secret, until they give a token.
    async fn install(
        &mut self,
        installs: &[InstallChoice],
    ) -> anyhow::Result<(String, KeptSecret)> {
        let flags = &self.args.cloud.layer;
        let mut usual = flags.text(Setting::ClientId).map(ToOwned::to_owned);
        let mut place = flags.secret(Setting::Secret).cloned();
        let only = match installs {
            [only] => Some(only.id.clone()),
            _ => None,
        };
        usual = usual.or(only);
        for (at, install) in installs.iter().enumerate() {
            let state = if install.is_enabled { "" } else { "  disabled" };
            let line = format!("  {:>2}  {}  {}{state}", at + 1, install.id, install.name);
            self.prompt.say(&line)?;
        }
        let question = if installs.is_empty() {
            "The app install's client_id"
        } else {
            "The app install, by its number or client_id"
        };
        loop {
            let said = self
                .prompt
                .must(question, usual.as_deref(), "--client-id")
                .await?;
            let numbered = said.parse().ok().and_then(|n: usize| n.checked_sub(1));
            let install = numbered.and_then(|at| installs.get(at));
            let install = install.or_else(|| installs.iter().find(|one| one.id == said));
            let client = install.map_or(said, |install| install.id.clone());
            let known = install.and_then(|install| install.secret.clone());
            let kept = self
                .kept("client_secret", "--secret-env", place.clone(), known)
                .await?;
            let (target, secret) = (&self.place.target, kept.secret.clone());
            let trying = Box::pin(checks::tokens(target, &client, secret, &kept.source));
            match self.prompt.trying("fetching an AppJWT", trying).await? {
                Ok(()) => return Ok((client, kept)),
                Err(error) => self.prompt.again(&in_words(&error))?,
            }
            usual = Some(client);
            place = Some(kept.source);
        }
    }

    /// The tunnel, until a canary has come back through it.
    async fn tunnel(&mut self, profile: &mut Profile) -> anyhow::Result<()> {
        let flags = &self.args.tunnel.layer;
        let usual = [Setting::TunnelLink, Setting::TunnelUrl, Setting::TunnelKind];
        let usual = usual.into_iter().find_map(|setting| flags.text(setting));
        let mut usual = usual.unwrap_or(TunnelKind::None.name()).to_owned();
        let mut ticket_place = flags.secret(Setting::TunnelTicket).cloned();
        loop {
            let question = "The tunnel: none, cloudflared, ngrok, ssh, the wss:// link of a relay, \
                            or a public https:// address that leads here";
            let said = self.prompt.must(question, Some(&usual), "--tunnel").await?;
            let mut ticket = None;
            match words::tunnel(&said) {
                Ok(TunnelWord::Link(link)) => {
                    let kept = self
                        .kept("ticket", "--ticket-env", ticket_place.clone(), None)
                        .await?;
                    ticket_place = Some(kept.source.clone());
                    profile.tunnel = TunnelSettings::Relay {
                        link,
                        ticket: kept.source.clone(),
                    };
                    ticket = Some(kept);
                }
                Ok(TunnelWord::Url(url)) => {
                    profile.tunnel = TunnelSettings::Url { url };
                    profile.bind = Some(self.bind().await?);
                }
                Ok(TunnelWord::Kind(kind)) => match self.kind(kind).await? {
                    Ok(tunnel) => profile.tunnel = tunnel,
                    Err(reason) => {
                        self.prompt.again(&reason)?;
                        continue;
                    }
                },
                Err(reason) => {
                    self.prompt.again(&reason)?;
                    continue;
                }
            }
            usual = said;
            let ticket_secret = ticket.as_ref().map(|kept| kept.secret.clone());
            let target = &self.place.target;
            let trying = checks::tunnel(profile, target, ticket_secret);
            match self
                .prompt
                .trying("trying the tunnel", Box::pin(trying))
                .await?
            {
                Ok(took) => {
                    if let Some(took) = took {
                        let words = format!("  a canary came back in {} ms", took.as_millis());
                        self.prompt.say(&words)?;
                    }
                    if let Some(kept) = ticket.filter(|kept| kept.is_new) {
                        self.pending.push((kept.source, kept.secret));
                    }
                    return Ok(());
                }
                Err(error) => self.prompt.again(&in_words(&error))?,
            }
        }
    }

    async fn bind(&mut self) -> anyhow::Result<std::net::SocketAddr> {
        let given = self.args.bind.map(|bind| bind.to_string());
        let usual = given.unwrap_or_else(|| USUAL_BIND.to_owned());
        loop {
            let question = "The address on this machine that it leads to";
            let said = self.prompt.must(question, Some(&usual), "--bind").await?;
            match words::address(&said) {
                Ok(address) => return Ok(address),
                Err(reason) => self.prompt.again(&reason)?,
            }
        }
    }

    /// The details of a tunnel of some kind.
    async fn kind(&mut self, kind: TunnelKind) -> anyhow::Result<Result<TunnelSettings, String>> {
        Ok(Ok(match kind {
            TunnelKind::None => TunnelSettings::None,
            TunnelKind::Cloudflared => TunnelSettings::Cloudflared {
                program: None,
                name: None,
                public: None,
            },
            TunnelKind::Ngrok => TunnelSettings::Ngrok {
                program: None,
                domain: self.prompt.line("A reserved domain of ngrok", None).await?,
            },
            TunnelKind::Ssh if self.prompt.is_asking() => {
                let flag = "[profiles.….tunnel] in the file";
                let host = self
                    .prompt
                    .must("The host, or user@host", None, flag)
                    .await?;
                let listen = self
                    .prompt
                    .must("The port to listen on there, 0 for any", Some("0"), flag)
                    .await?;
                let question = "The public address that leads to it; {port} in it is that port";
                let public = self.prompt.must(question, None, flag).await?;
                if let Err(reason) = words::web(&public.replace("{port}", "8443")) {
                    return Ok(Err(format!("the public address: {reason}")));
                }
                TunnelSettings::Ssh(SshSettings {
                    host,
                    port: None,
                    listen,
                    public,
                    program: None,
                    options: Vec::new(),
                })
            }
            TunnelKind::Url | TunnelKind::Relay | TunnelKind::Ssh => {
                return Ok(Err(format!(
                    "a tunnel of the kind {} needs more than its kind: give the address or the link, \
                     or write [profiles.{}.tunnel] by hand",
                    kind.name(),
                    self.name
                )));
            }
        }))
    }
}
