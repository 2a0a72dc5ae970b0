//! What the rows have in common: tokens, a consumer's conversation, somebody logged in.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};

use crate::conformance::{
    base::{Base, Login},
    hooks::Hooks,
    seat::{Seat, Seats},
    table::{Effect, Trouble, broke},
    wire::{Answer, Ask, client, text, token_part},
};

/// The client properties of the consumer whose conversation is shared.
pub(crate) const PROPERTIES: &str =
    r#"{"type":".ClientProperties","features":["RICH_CONTENT","QUICK_REPLIES","PHOTO_SHARING"]}"#;
/// Of one who takes surveys.
pub(crate) const SURVEYED: &str = r#"{"type":".ClientProperties","features":["AUTO_MESSAGES","RICH_CONTENT","QUICK_REPLIES","MULTI_DIALOG"]}"#;

/// The skill of the account whose conversations end with a survey.
pub(crate) const SERVICE: &str = "3300120015";

/// A consumer with its token.
#[derive(Debug, Clone)]
pub(crate) struct Consumer {
    pub(crate) external: String,
    pub(crate) jws: String,
    pub(crate) id: String,
}

/// An agent who has logged in.
#[derive(Debug, Clone)]
pub(crate) struct Entered {
    pub(crate) body: Value,
    pub(crate) bearer: String,
    pub(crate) csrf: String,
    pub(crate) cookie: String,
}

/// What is shared.
pub(crate) struct Scene {
    pub(crate) base: Base,
    pub(crate) http: Client,
    /// Makes the names of this run its own.
    run: String,
    hooks: Option<Hooks>,
    hosts: Mutex<HashMap<String, String>>,
    consumers: Mutex<HashMap<String, Consumer>>,
    app: OnceCell<String>,
    conversation: OnceCell<String>,
    closed: AtomicBool,
    agent: OnceCell<Entered>,
    admin: OnceCell<Entered>,
    seats: Seats,
}

impl Scene {
    pub(crate) async fn new(base: Base) -> Self {
        let hooks = match &base.listen {
            Some(address) => Some(Hooks::at(address).await),
            None => None,
        };
        Self {
            http: client(base.ca.as_deref()),
            run: uuid::Uuid::new_v4().to_string(),
            base,
            hooks,
            hosts: Mutex::default(),
            consumers: Mutex::default(),
            app: OnceCell::new(),
            conversation: OnceCell::new(),
            closed: AtomicBool::new(false),
            agent: OnceCell::new(),
            admin: OnceCell::new(),
            seats: Seats::default(),
        }
    }

    /// Why a row must not be run here.
    pub(crate) fn forbids(&self, effect: Effect) -> Option<String> {
        let why = match effect {
            Effect::Reads | Effect::Speaks => return None,
            _ if self.base.is_sandbox() => return None,
            Effect::Installs if self.base.may_install => return None,
            Effect::Installs => "app installs are not to be touched",
            Effect::Opens => "a real account gets one conversation",
        };
        Some(why.to_owned())
    }

    pub(crate) fn hooks(&self) -> Result<&Hooks, Trouble> {
        let none = || Trouble::NotRun("no public address".to_owned());
        self.hooks.as_ref().ok_or_else(none)
    }

    /// Where a service is, with scheme.
    pub(crate) async fn host(&self, service: &str) -> Result<String, Trouble> {
        let mut hosts = self.hosts.lock().await;
        if let Some(host) = hosts.get(service) {
            return Ok(host.clone());
        }
        let found = self.look_up(service).await?.expect(200)?.json();
        let host = format!("https://{}", text(&found, "/baseURI")?);
        hosts.insert(service.to_owned(), host.clone());
        Ok(host)
    }

    pub(crate) async fn look_up(&self, service: &str) -> Result<Answer, Trouble> {
        let url = format!("{}?version=1.0", self.directory(service));
        Ask::get(url).send(&self.http).await
    }

    /// The address of a look-up, without query.
    pub(crate) fn directory(&self, service: &str) -> String {
        let Base { csds, account, .. } = &self.base;
        format!("{csds}/api/account/{account}/service/{service}/baseURI.json")
    }

    /// The address of something of the account's at a service.
    pub(crate) async fn at(&self, service: &str, path: &str) -> Result<String, Trouble> {
        let host = self.host(service).await?;
        Ok(format!("{host}/api/account/{}/{path}", self.base.account))
    }

    pub(crate) async fn messaging(&self, path: &str) -> Result<String, Trouble> {
        let path = format!("messaging/consumer/{path}");
        self.at("asyncMessagingEnt", &path).await
    }

    pub(crate) async fn app_jwt(&self) -> Result<String, Trouble> {
        let made = self.app.get_or_try_init(|| async {
            let path = format!(
                "/sentinel/api/account/{}/app/token?v=1.0&grant_type=client_credentials",
                self.base.account
            );
            let url = self.host("sentinel").await? + &path;
            let Base { client, secret, .. } = &self.base;
            let form = format!("client_id={client}&client_secret={secret}");
            let answer = Ask::post(url).form(&form).send(&self.http).await?;
            text(&answer.expect(200)?.json(), "/access_token")
        });
        made.await.cloned()
    }

    /// A consumer of this run's.
    pub(crate) async fn consumer(&self, name: &str) -> Result<Consumer, Trouble> {
        let mut consumers = self.consumers.lock().await;
        if let Some(known) = consumers.get(name) {
            return Ok(known.clone());
        }
        let external = format!("conformance {name} {}", self.run);
        let made = self.sign_up(&external).await?;
        consumers.insert(name.to_owned(), made.clone());
        Ok(made)
    }

    /// A consumer with this external id.
    pub(crate) async fn sign_up(&self, external: &str) -> Result<Consumer, Trouble> {
        let url = self.at("idp", "consumer?v=1.0").await?;
        let answer = Ask::post(url)
            .header("authorization", self.app_jwt().await?)
            .json(&json!({ "ext_consumer_id": external }))
            .send(&self.http)
            .await?;
        let jws = text(&answer.expect(201)?.json(), "/token")?;
        let id = text(&token_part(&jws, 1)?, "/lp_consumer_id")?;
        Ok(Consumer {
            external: external.to_owned(),
            jws,
            id,
        })
    }

    /// A request in a consumer's name, without body.
    pub(crate) async fn ask_as(&self, one: &Consumer, path: &str) -> Result<Ask, Trouble> {
        Ok(Ask::post(self.messaging(path).await?)
            .header("authorization", self.app_jwt().await?)
            .header("x-lp-on-behalf", &one.jws)
            .header("content-type", "application/json"))
    }

    /// Posts to SEND in a consumer's name.
    pub(crate) async fn send_as(&self, one: &Consumer, body: &Value) -> Result<Answer, Trouble> {
        let ask = self.ask_as(one, "conversation/send?v=3").await?;
        let ask = ask.header("client-properties", PROPERTIES);
        ask.body(body.to_string()).send(&self.http).await
    }

    /// Posts to SEND in the name of the one whose conversation is shared.
    pub(crate) async fn send(&self, body: &Value) -> Result<Answer, Trouble> {
        let one = self.consumer("main").await?;
        self.send_as(&one, body).await
    }

    /// Publishes an event in the shared conversation.
    pub(crate) async fn publish(&self, event: Value) -> Result<Answer, Trouble> {
        let dialog = self.conversation().await?;
        self.send(&publishing(&dialog, event)).await
    }

    /// The same, and answers its number.
    pub(crate) async fn number(&self, event: Value) -> Result<u64, Trouble> {
        let answer = self.publish(event).await?.expect(200)?.json();
        let number = answer.pointer("/body/sequence").and_then(Value::as_u64);
        number.ok_or_else(|| broke(format!("no sequence in {answer}")))
    }

    /// Posts to CONVERSATION in a consumer's name.
    pub(crate) async fn open_as(
        &self,
        one: &Consumer,
        properties: &str,
        batch: &Value,
    ) -> Result<Answer, Trouble> {
        let ask = self.ask_as(one, "conversation?v=3").await?;
        let ask = ask.header("client-properties", properties);
        ask.body(batch.to_string()).send(&self.http).await
    }

    /// A conversation of a consumer's of its own.
    pub(crate) async fn open(
        &self,
        one: &Consumer,
        properties: &str,
        skill: &str,
    ) -> Result<String, Trouble> {
        let batch = batch(json!({ "brandId": self.base.account, "skillId": skill }));
        let answer = self.open_as(one, properties, &batch).await?;
        text(&answer.expect(200)?.json(), "/1/body/conversationId")
    }

    /// The conversation of this run; begun when it is first needed.
    pub(crate) async fn conversation(&self) -> Result<String, Trouble> {
        let opened = self.conversation.get_or_try_init(|| async {
            let one = self.consumer("main").await?;
            self.open(&one, PROPERTIES, "-1").await
        });
        opened.await.cloned()
    }

    /// Whether the conversation of this run was closed by a row.
    pub(crate) fn note_closed(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Closes what was begun, if no row has.
    pub(crate) async fn leave(&self) -> Result<(), Trouble> {
        if self.conversation.get().is_none() || self.closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let id = self.conversation().await?;
        let field = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
        self.send(&updating(&id, field)).await?.expect(200)?;
        Ok(())
    }

    pub(crate) async fn agent(&self) -> Result<&Entered, Trouble> {
        let entered = self
            .agent
            .get_or_try_init(|| self.enter(self.base.agent.as_ref()));
        entered.await
    }

    /// The agent at work.
    pub(crate) async fn seat(&self) -> Result<&Seat, Trouble> {
        self.seats.take(self).await
    }

    pub(crate) async fn admin(&self) -> Result<&Entered, Trouble> {
        let entered = self
            .admin
            .get_or_try_init(|| self.enter(self.base.admin.as_ref()));
        entered.await
    }

    async fn enter(&self, login: Option<&Login>) -> Result<Entered, Trouble> {
        let none = || Trouble::NotRun("no login of an agent's".to_owned());
        self.log_in(login.ok_or_else(none)?).await
    }

    pub(crate) async fn log_in(&self, login: &Login) -> Result<Entered, Trouble> {
        let body = json!({ "username": login.username, "password": login.password });
        let url = self.at("agentVep", "login?v=1.3").await?;
        let answer = Ask::post(url)
            .json(&body)
            .send(&self.http)
            .await?
            .expect(200)?;
        let cookies = answer.headers.get_all("set-cookie").iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let body = answer.json();
        Ok(Entered {
            bearer: text(&body, "/bearer")?,
            csrf: text(&body, "/csrf")?,
            cookie: pairs.collect::<Vec<_>>().join("; "),
            body,
        })
    }

    /// Asks a service with the agent's bearer.
    pub(crate) async fn with_bearer(&self, ask: Ask) -> Result<Answer, Trouble> {
        let bearer = format!("Bearer {}", self.agent().await?.bearer);
        ask.header("authorization", bearer).send(&self.http).await
    }

    /// Asks a service with the admin's bearer.
    pub(crate) async fn as_admin(&self, ask: Ask) -> Result<Answer, Trouble> {
        let bearer = format!("Bearer {}", self.admin().await?.bearer);
        ask.header("authorization", bearer).send(&self.http).await
    }
}

/// A batch that asks for a conversation in these words.
pub(crate) fn batch(asked: Value) -> Value {
    json!([
        { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
        { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": asked },
    ])
}

/// A request to publish.
pub(crate) fn publishing(dialog: &str, event: Value) -> Value {
    json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent",
        "body": { "dialogId": dialog, "event": event } })
}

/// A request to change a conversation.
pub(crate) fn updating(conversation: &str, field: Value) -> Value {
    json!({ "kind": "req", "id": "7", "type": "cm.UpdateConversationField",
        "body": { "conversationId": conversation, "conversationField": field } })
}

/// Plain text.
pub(crate) fn plain(message: &str) -> Value {
    json!({ "type": "ContentEvent", "contentType": "text/plain", "message": message })
}
