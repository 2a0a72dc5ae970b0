//! The cloud that phones talk to: a profile's, or a sandbox inside this program; and what every
//! phone needs of it: a client, and what takes its webhooks.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    time::Instant,
};
use url::Url;

use crate::{
    cli::{
        agents::{AgentCloud, KnownLogin, Password},
        beside::Note,
        pictures::Pictures,
        profile,
    },
    client::{self, PictureFetcher, PictureSettings},
    config::{fetch_pictures::FetchPictures, layer::Layer, profile::Profile, setting::Setting},
    domain::{
        exchange::Exchange,
        ids::{ParticipantId, SkillId},
        inbound::Credentials,
        near::is_near,
        text::SafeText,
    },
    ingress::{intake::Intake, tunnel::Canaries},
    rt::{tls::Trust, world_clock::WorldClock},
    sandbox::{
        self, Sandbox,
        model::{
            roster,
            rules::{Rules, Survey},
        },
        settings::Settings,
    },
    store::Journal,
};

/// Exchanges on their way to the engine. When it is full a request waits to be reported.
pub(crate) const EXCHANGES: usize = 256;
/// How long a call for an address or a token goes on trying before the user is told.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Cloud {
    pub(crate) csds: Url,
    pub(crate) credentials: Credentials,
    pub(crate) trust: Trust,
    pub(crate) brand: SafeText,
    pub(crate) names: BTreeMap<ParticipantId, SafeText>,
    /// The cloud that runs inside this program, if it does.
    pub(crate) sandbox: Option<Sandbox>,
    /// The clock of the sandbox inside this program; the system's for any other cloud.
    clock: WorldClock,
}

impl Cloud {
    /// The cloud of a profile; its secret is read now.
    pub(crate) async fn named(profile: &Profile) -> anyhow::Result<Self> {
        let brand = profile.brand.as_deref();
        Ok(Self {
            csds: profile.csds.clone(),
            credentials: profile::credentials(profile).await?,
            trust: profile::trust(profile.ca.as_deref())?,
            brand: SafeText::clean(brand.unwrap_or(profile.account.as_str())),
            names: BTreeMap::new(),
            sandbox: None,
            clock: WorldClock::default(),
        })
    }

    /// The names of the skills of the sandbox inside this program; none of any other cloud, which
    /// tells them to agents alone.
    pub(crate) fn skills(&self) -> BTreeMap<SkillId, SafeText> {
        let skills = self.sandbox.iter().flat_map(|_| roster::SKILLS);
        skills
            .map(|skill| (SkillId::from(skill.id), SafeText::clean(skill.name)))
            .collect()
    }

    /// Who can log in at the sandbox inside this program; `None` at any other cloud.
    pub(crate) fn agents(&self) -> anyhow::Result<Option<AgentCloud>> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(None);
        };
        let ready = sandbox.ready();
        let logins = ready.agents.iter().map(|user| KnownLogin {
            username: user.username.clone(),
            password: Password::Known(user.password.clone()),
        });
        Ok(Some(AgentCloud {
            csds: ready.csds.parse()?,
            account: ready.account.clone(),
            trust: self.trust.clone(),
            logins: logins.collect(),
            names: self.names.clone(),
            is_sandbox: true,
        }))
    }

    /// The note for `handset agent` in other terminals, while the sandbox runs inside this program. Without it
    /// only they are missed, so that it cannot be left is told in the log alone.
    pub(crate) fn note(&self, folder: &Path) -> Option<Note> {
        let sandbox = self.sandbox.as_ref()?;
        let names = self.names.iter();
        let names = names.map(|(id, name)| (id.to_string(), name.as_str().to_owned()));
        let left = Note::leave(folder, &sandbox.ready(), &names.collect());
        left.inspect_err(|error| tracing::warn!("{error:#}")).ok()
    }

    /// What fetches the pictures of cards; `None` when none are fetched or none are drawn.
    pub(crate) fn fetcher(
        &self,
        layer: &Layer,
        drawn: Pictures,
    ) -> anyhow::Result<Option<PictureFetcher>> {
        let word = layer.text(Setting::FetchPictures).unwrap_or_default();
        let fetching = FetchPictures::named(word).unwrap_or_default();
        if fetching == FetchPictures::Off || matches!(drawn, Pictures::Off) {
            return Ok(None);
        }
        let made = PictureFetcher::new(PictureSettings {
            sandbox: is_near(&self.csds).then(|| self.csds.clone()),
            asks: fetching == FetchPictures::Auto && self.sandbox.is_none(),
            trust: self.trust.clone(),
            ..PictureSettings::default()
        });
        made.map(Some)
            .context("cannot make ready what fetches the pictures of cards")
    }

    /// A sandbox that begins to run here.
    pub(crate) async fn sandbox(settings: Settings) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for the sandbox on 127.0.0.1")?;
        let brand = settings.brand.clone();
        let clock = settings.clock.clone().unwrap_or_default();
        let sandbox = sandbox::start(socket, settings).await?;
        let ready = sandbox.ready();
        Ok(Self {
            csds: ready.csds.parse()?,
            credentials: Credentials {
                account: ready.account.clone(),
                client: ready.client_id.clone(),
                secret: ready.client_secret.clone(),
            },
            trust: Trust::default(),
            brand: SafeText::clean(&brand),
            names: names(&sandbox),
            sandbox: Some(sandbox),
            clock,
        })
    }

    /// What calls this cloud; `reports` takes what it has to tell of its calls.
    pub(crate) fn client(
        &self,
        reports: mpsc::Sender<Exchange>,
    ) -> Result<client::Client, client::Error> {
        self.client_that_reports(reports, true)
    }

    /// The same, which reports in full or not.
    pub(crate) fn client_that_reports(
        &self,
        reports: mpsc::Sender<Exchange>,
        reports_in_full: bool,
    ) -> Result<client::Client, client::Error> {
        let credentials = self.credentials.clone();
        client::Client::new(
            client::Settings {
                // The conversation tries again by itself, and tells the user that it does.
                patience: PATIENCE,
                trust: self.trust.clone(),
                clock: self.clock.clone(),
                reports_in_full,
                ..client::Settings::new(
                    self.csds.clone(),
                    credentials.account,
                    credentials.client,
                    credentials.secret,
                )
            },
            reports,
        )
    }

    /// What takes webhooks, with where its canaries land and when the last valid webhook came in.
    pub(crate) fn intake(
        &self,
        journal: &Journal,
    ) -> (Intake, Canaries, watch::Receiver<Option<Instant>>) {
        let canaries = Canaries::default();
        let (alive, signs_of_life) = watch::channel(None);
        let landed = canaries.clone();
        let intake = Intake::new(self.credentials.clone(), journal.clone())
            .with_canaries(Arc::new(move |canary| {
                landed.landed(canary);
            }))
            .with_signs_of_life(alive)
            .with_clock(self.clock.clone());
        (intake, canaries, signs_of_life)
    }
}

/// The rules of a sandbox that somebody tries phones in: a welcome, and a skill, for only conversations
/// of one have a survey.
pub(crate) fn rules(brand: &str) -> Rules {
    Rules {
        default_skill: Some(SkillId::from(roster::SERVICE.id)),
        welcome: vec![Rules::usual_welcome(brand)],
        ..Rules::default()
    }
}

/// The same with a survey whatever skill a conversation ends in: scenarios may hand it to any.
pub(crate) fn rules_of_scenes(brand: &str) -> Rules {
    let skills = roster::SKILLS.iter();
    Rules {
        surveys: skills
            .map(|skill| (SkillId::from(skill.id), Survey::default()))
            .collect(),
        ..rules(brand)
    }
}

/// What to call the agents of the sandbox: those that answer by themselves, and those who log in.
fn names(sandbox: &Sandbox) -> BTreeMap<ParticipantId, SafeText> {
    let agents = sandbox.agents();
    let scripted = agents
        .iter()
        .map(|(id, name)| (id.clone(), SafeText::clean(name)));
    let logins = sandbox.ready().agents.into_iter().map(|user| {
        let mut letters = user.username.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        (user.pid, SafeText::clean(&name))
    });
    logins.chain(scripted).collect()
}
