//! Starting a sandbox: state, delivery, keys, server, agents, in this order.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use tokio::{net::TcpListener, sync::watch};

use crate::{
    domain::{
        ids::{AccountId, ClientId},
        secret::Secret,
    },
    rt::{serve, shutdown::Shutdown},
    sandbox::{
        Ready, Sandbox,
        agent_session::sockets::AgentSockets,
        agents::{built_in::BuiltInAgents, riley, script::Script},
        clock::Clock,
        delivery::{exchange::Exchange, outgoing::Outgoing},
        error::Error,
        faults::Faults,
        keys::{Keys, StoredKey},
        model::{
            App, Cloud,
            changes::View,
            notify::Notification,
            people::agent_id,
            roster::{self, ShownNames},
            webhooks::Webhooks,
        },
        routing::router::Router,
        server::{
            self,
            api::Api,
            logins::{self, Logins},
            temp_url::TempUrls,
        },
        settings::{Agent, Retry, Settings},
        store::{self, Loaded, Row, Store},
        tls::{authority::Authority, secured::Secured},
        transaction::{Transactions, snapshots::Snapshots},
    },
};

/// Letters and digits of a secret made here.
const SECRET: usize = 24;
/// Bytes of a token for the sandbox's own API.
const CONTROL: usize = 32;

/// Starts a sandbox on a listener; it answers as soon as this returns.
#[expect(
    clippy::too_many_lines,
    reason = "one step after another, each used once"
)]
pub async fn start(listener: TcpListener, settings: Settings) -> Result<Sandbox, Error> {
    let address = listener.local_addr().map_err(Error::Listener)?;
    let script = Script::of(&settings)?;
    let shown_names = ShownNames {
        brand: settings.brand.clone(),
        agent: script.name.clone(),
    };
    let (store, loaded) = open(settings.state.clone(), settings.world.clone()).await?;
    let clock = clock(&settings, loaded.as_ref());
    let kept = loaded.as_ref().and_then(|loaded| loaded.key.clone());
    let known = loaded.as_ref().and_then(|loaded| loaded.authority.clone());
    let Begun {
        cloud,
        undelivered,
        seed,
    } = begin(&settings, loaded, &clock)?;
    let (account, app) = (cloud.account().clone(), cloud.app().clone());
    let (tls, trust) = (settings.tls.as_ref(), &settings.webhook_trust);
    let Secured {
        authority,
        speech,
        trusted,
    } = Secured::new(tls, trust, known, address)?;
    if let Some(store) = &store {
        store_account(store, &settings, &cloud, authority.as_ref()).await?;
    }
    let faults = Arc::new(Faults::new(seed));
    let delivery = Arc::new(Exchange::new(Outgoing::new(
        account.clone(),
        settings.signature,
        settings.retry,
        trusted,
        store.clone(),
        clock.clone(),
        faults.clone(),
    )?));
    let sockets = Arc::new(AgentSockets::new(cloud.directory().clone(), clock.clone()));
    let router = Arc::new(Router::new(account.clone(), sockets.clone(), clock.clone()));
    for conversation in cloud.conversations() {
        router.restore(&View::of(conversation));
    }
    let last = undelivered.last().map_or(0, |note| note.id);
    let (setups, left) = (cloud.setups(), by_install(&cloud, undelivered));
    let transactions = Arc::new(Transactions::new(
        cloud,
        last,
        delivery.clone(),
        router.clone(),
        store.clone(),
        settings.private_notes,
        clock.clone(),
    ));
    delivery.run(setups, left);
    let (serving, agents) = (Shutdown::new(), Shutdown::new());
    let api = Arc::new(Api {
        transactions: transactions.clone(),
        router: router.clone(),
        sockets,
        account: account.clone(),
        shown_names,
        address,
        faults,
        built_in: Arc::new(BuiltInAgents::new(settings.agent == Agent::Riley)),
        snapshots: Arc::new(Snapshots::new(settings.state.clone())),
        control: control_token(&settings)?,
        hosts: settings.hosts.clone(),
        temporary: TempUrls::new(settings.url_life),
        // From the app's secret, which a state file keeps and a seed gives.
        logins: Logins::new(&account, &app.secret, settings.session_life),
        ums: settings.ums,
        tasks: serving.clone(),
        keys: keys(
            &serving,
            &settings,
            kept.as_ref(),
            store.clone(),
            clock.clone(),
        )?,
    });
    serve::serve_as(
        listener,
        server::router(api.clone()),
        speech,
        settings.serving,
        &serving,
    );
    router.run(&transactions, &agents);
    transactions.run(&agents);
    let riley = api.agent(agent_id(&account, roster::RILEY));
    let script = script.with_pictures_at(&format!("http://{}", api.reachable()));
    riley::start(
        &riley,
        &account,
        &agents,
        &script,
        &api.built_in,
        (settings.delays, clock.world()),
        seed,
    );
    let people = people(&script).map(|name| {
        let shown = api.shown_names.of(&name);
        (agent_id(&account, &name), shown)
    });
    Ok(Sandbox {
        names: people.into(),
        ready: ready(&api, app, authority.as_ref()),
        transactions,
        delivery,
        store,
        retry: settings.retry,
        server: serving,
        agents,
        authority,
        api,
    })
}

/// What the sandbox's own API asks for.
fn control_token(settings: &Settings) -> Result<Secret, Error> {
    let given = settings.control.clone();
    given.or_else(logins::token::<CONTROL>).ok_or(Error::Random)
}

fn ready(api: &Api, app: App, authority: Option<&Authority>) -> Ready {
    let at = api.reachable();
    Ready {
        csds: format!("http://{at}"),
        account: api.account.clone(),
        client_id: app.client,
        client_secret: app.secret,
        control: api.control.clone(),
        agents: api.logins.users().cloned().collect(),
        https: authority.map(|_| format!("https://{at}")),
        ca: authority.map(|one| one.certificate().to_owned()),
    }
}

/// The state file with what is in it, or what is in a world.
async fn open(
    state: Option<PathBuf>,
    world: Option<PathBuf>,
) -> Result<(Option<Store>, Option<Loaded>), Error> {
    let opened = tokio::task::spawn_blocking(move || match (state, world) {
        (Some(path), _) => Store::open(&path).map(|(store, loaded)| (Some(store), loaded)),
        (None, Some(path)) => store::world::unpack(&path).map(|loaded| (None, Some(loaded))),
        (None, None) => Ok((None, None)),
    });
    opened
        .await
        .expect("opening the state file does not panic, and nobody aborts it")
}

/// The world's time, as far ahead as an earlier run left it.
fn clock(settings: &Settings, loaded: Option<&Loaded>) -> Clock {
    let world = settings.clock.clone().unwrap_or_default();
    if let Some(loaded) = loaded {
        world.set_ahead(loaded.ahead);
    }
    Clock::of(world)
}

struct Begun {
    cloud: Cloud,
    undelivered: Vec<Notification>,
    seed: u64,
}

/// The cloud as an earlier run left it, or a new one.
fn begin(settings: &Settings, loaded: Option<Loaded>, clock: &Clock) -> Result<Begun, Error> {
    let Some(loaded) = loaded else {
        return Ok(begin_anew(settings, clock));
    };
    if let Some(asked) = &settings.account
        && *asked != loaded.account
    {
        return Err(Error::StateAccount {
            path: settings
                .state
                .clone()
                .or(settings.world.clone())
                .unwrap_or_default(),
            found: loaded.account.to_string(),
            asked: asked.to_string(),
        });
    }
    let app = App {
        client: settings.client_id.clone().unwrap_or(loaded.client),
        secret: settings.client_secret.clone().unwrap_or(loaded.secret),
        scope: SCOPE.to_owned(),
    };
    let main = &app.client.clone();
    let rng = fastrand::Rng::with_seed(loaded.chance);
    let mut cloud = Cloud::new(loaded.account, app, rng).with_rules(settings.rules.clone());
    let anew = !loaded.installs.iter().any(|one| one.app.client == *main);
    cloud.restore_installs(loaded.installs);
    point(&mut cloud, settings, clock, anew);
    cloud.restore(loaded.consumers, loaded.conversations);
    cloud.restore_files(loaded.files);
    Ok(Begun {
        cloud,
        undelivered: loaded.undelivered,
        seed: loaded.chance,
    })
}

/// What an app install of a connector may do.
const SCOPE: &str = "msg.consumer";

fn begin_anew(settings: &Settings, clock: &Clock) -> Begun {
    let seed = settings.seed.unwrap_or_else(random);
    let mut rng = fastrand::Rng::with_seed(seed);
    let client = uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid();
    let secret: String = (0..SECRET).map(|_| rng.alphanumeric()).collect();
    let app = App {
        client: settings
            .client_id
            .clone()
            .unwrap_or_else(|| ClientId::from(client.to_string())),
        secret: settings
            .client_secret
            .clone()
            .unwrap_or_else(|| Secret::new(secret)),
        scope: SCOPE.to_owned(),
    };
    let account = settings
        .account
        .clone()
        .unwrap_or_else(|| AccountId::from(Settings::ACCOUNT));
    let mut cloud = Cloud::new(account, app, rng).with_rules(settings.rules.clone());
    point(&mut cloud, settings, clock, true);
    Begun {
        cloud,
        undelivered: Vec::new(),
        seed,
    }
}

/// Points the first app install where the settings say; one just made gets its retries too.
fn point(cloud: &mut Cloud, settings: &Settings, clock: &Clock, anew: bool) {
    let Retry {
        retention,
        max_retries,
        ..
    } = settings.retry;
    let main = cloud.main_mut();
    match &settings.webhook {
        Some(url) => {
            main.point(Webhooks::all_at(url, retention, max_retries));
        }
        None if anew => {
            main.point(Webhooks {
                retention,
                ..Webhooks::default()
            });
        }
        None => {}
    }
    if anew {
        main.issued = clock.now().0.div_euclid(1000);
        main.revision = 1;
    }
}

/// Undelivered notifications by the app install that began their conversation.
fn by_install(cloud: &Cloud, notes: Vec<Notification>) -> HashMap<ClientId, Vec<Notification>> {
    let mut all: HashMap<ClientId, Vec<Notification>> = HashMap::new();
    for note in notes {
        let conversation = cloud.conversation(&note.conversation);
        let client = conversation.map_or(&cloud.app().client, |one| &one.client);
        all.entry(client.clone()).or_default().push(note);
    }
    all
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_ne_bytes(bytes),
        Err(_) => fastrand::Rng::new().u64(..),
    }
}

/// Whom the account has, by name: the wire has ids only.
fn people(script: &Script) -> [String; 5] {
    [
        roster::RILEY.to_owned(),
        roster::SAM.to_owned(),
        script.supervisor.clone(),
        roster::SURVEY_BOT.to_owned(),
        roster::CONTROLLER.to_owned(),
    ]
}

/// Stores the account, so that a kill right after the start forgets nothing.
async fn store_account(
    store: &Store,
    settings: &Settings,
    cloud: &Cloud,
    authority: Option<&Authority>,
) -> Result<(), Error> {
    let row = Row::Account {
        id: cloud.account().to_string(),
        client: cloud.app().client.to_string(),
        secret: cloud.app().secret.clone(),
        chance: cloud.chance(),
    };
    let authority = authority.map(|authority| Row::Authority(authority.kept().clone()));
    let install = Row::Install(cloud.main().clone());
    let rows = [row, install].into_iter().chain(authority).collect();
    let stored = store.persist(rows).await;
    stored.map_err(|cause| Error::StateWrite {
        path: settings.state.clone().unwrap_or_default(),
        cause,
    })
}

/// The keys of an earlier run, or new ones, made off the async threads; token requests wait for them.
fn keys(
    tasks: &Shutdown,
    settings: &Settings,
    kept: Option<&StoredKey>,
    store: Option<Store>,
    clock: Clock,
) -> Result<watch::Receiver<Option<Arc<Keys>>>, Error> {
    let (sender, receiver) = watch::channel(None);
    if let Some(kept) = kept {
        let keys = Keys::from_kept(kept).map_err(|error| Error::StateContent {
            path: settings.state.clone().unwrap_or_default(),
            what: error.to_string(),
        })?;
        sender.send_replace(Some(Arc::new(keys)));
        return Ok(receiver);
    }
    let shared = settings.key.clone().unwrap_or_default();
    tasks.spawn(async move {
        let (keys, kept) = match shared.keys(clock.now()).await {
            Ok(made) => made,
            Err(error) => {
                tracing::error!(%error, "the sandbox has no key and issues no tokens");
                return;
            }
        };
        // Kept before a token is signed with it: no token may outlive its key.
        if let Some(store) = store
            && let Err(error) = store.persist(vec![Row::Key(kept)]).await
        {
            tracing::error!(%error, "the sandbox's key could not be kept; its tokens end with it");
        }
        sender.send_replace(Some(Arc::new(keys)));
    });
    Ok(receiver)
}
