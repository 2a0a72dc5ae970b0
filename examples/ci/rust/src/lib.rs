//! A small connector for LivePerson's Connector API, to show how one is tested.

use std::{error::Error, sync::mpsc, thread, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use ureq::{Agent, http::Response};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a connector needs to know of its cloud; the ready line of `handset sandbox` has it all.
pub struct Cloud {
    pub csds: String,
    pub account: String,
    pub client_id: String,
    pub client_secret: String,
}

pub struct Connector {
    cloud: Cloud,
    http: Agent,
}

/// A consumer of the connector's, with the headers of its requests.
pub struct Consumer<'a> {
    connector: &'a Connector,
    headers: [(&'static str, String); 2],
}

impl Connector {
    pub fn new(cloud: Cloud) -> Self {
        let http = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        Self { cloud, http }
    }

    /// The address of a service, as the Domain API has it.
    fn service(&self, name: &str) -> Result<String> {
        let Cloud { csds, account, .. } = &self.cloud;
        let url = format!("{csds}/api/account/{account}/service/{name}/baseURI.json?version=1.0");
        let answer = read(self.http.get(&url).call()?)?;
        let scheme = csds.split("://").next().unwrap_or("https");
        Ok(format!("{scheme}://{}", text(&answer["baseURI"])?))
    }

    /// Posts JSON. What the cloud cannot do just now is tried again.
    fn post(&self, service: &str, path: &str, headers: &[(&str, String)], body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.service(service)?);
        for _ in 0..2 {
            let answer = self.once(&url, headers, body)?;
            if answer.status() != 429 && !answer.status().is_server_error() {
                return read(answer);
            }
            thread::sleep(Duration::from_millis(100));
        }
        read(self.once(&url, headers, body)?)
    }

    fn once(&self, url: &str, headers: &[(&str, String)], body: &Value) -> Result<Response<ureq::Body>> {
        let mut request = self.http.post(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        Ok(request.send_json(body)?)
    }

    /// A consumer, by the name that the connector has for them.
    pub fn consumer(&self, name: &str) -> Result<Consumer<'_>> {
        let Cloud { account, client_id, client_secret, .. } = &self.cloud;
        let path = format!("/sentinel/api/account/{account}/app/token?v=1.0&grant_type=client_credentials");
        let form = [("client_id", client_id), ("client_secret", client_secret)];
        let answer = self.http.post(self.service("sentinel")? + &path).send_form(form)?;
        let app_jwt = ("Authorization", text(&read(answer)?["access_token"])?);
        let path = format!("/api/account/{account}/consumer?v=1.0");
        let body = json!({ "ext_consumer_id": name });
        let answer = self.post("idp", &path, &[app_jwt.clone()], &body)?;
        let headers = [app_jwt, ("X-LP-ON-BEHALF", text(&answer["token"])?)];
        Ok(Consumer { connector: self, headers })
    }

    /// Takes webhooks; gives where, and the changes of those that are signed.
    pub fn listen(&self) -> Result<(String, mpsc::Receiver<Value>)> {
        let server = tiny_http::Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
        let url = format!("http://{}/hook", server.server_addr());
        let key = Hmac::<Sha1>::new_from_slice(self.cloud.client_secret.as_bytes())?;
        let (sender, changes) = mpsc::channel();
        thread::spawn(move || {
            for mut request in server.incoming_requests() {
                let mut body = Vec::new();
                let is_read = request.as_reader().read_to_end(&mut body).is_ok();
                let mut headers = request.headers().iter();
                let signature = headers.find(|header| header.field.equiv("x-liveperson-signature"));
                let signature = signature.and_then(|header| header.value.as_str().strip_prefix("sha1="));
                let signature = signature.and_then(|text| STANDARD.decode(text).ok());
                let is_signed = |code: Vec<u8>| key.clone().chain_update(&body).verify_slice(&code).is_ok();
                let is_ours = is_read && signature.is_some_and(is_signed);
                // The cloud tries again what it gets no answer to.
                let _ = request.respond(tiny_http::Response::empty(if is_ours { 200 } else { 401 }));
                let body: Value = serde_json::from_slice(&body).unwrap_or_default();
                let told = body["body"]["changes"].as_array().filter(|_| is_ours);
                for change in told.into_iter().flatten() {
                    if sender.send(change.clone()).is_err() {
                        return;
                    }
                }
            }
        });
        Ok((url, changes))
    }
}

impl Consumer<'_> {
    fn ask(&self, path: &str, body: &Value) -> Result<Value> {
        let account = &self.connector.cloud.account;
        let path = format!("/api/account/{account}/messaging/consumer/conversation{path}");
        self.connector.post("asyncMessagingEnt", &path, &self.headers, body)
    }

    /// Opens a conversation; gives its conversationId.
    pub fn open(&self) -> Result<String> {
        let brand = &self.connector.cloud.account;
        let answer = self.ask("?v=3", &json!([
            { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
            { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": { "brandId": brand } },
        ]))?;
        text(&answer[1]["body"]["conversationId"])
    }

    /// Says something; gives its sequence.
    pub fn say(&self, dialog: &str, message: &str) -> Result<u64> {
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": message });
        let answer = self.ask("/send?v=3", &json!({
            "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": { "dialogId": dialog, "event": event },
        }))?;
        answer["body"]["sequence"].as_u64().ok_or_else(|| "no sequence".into())
    }
}

fn read(mut answer: Response<ureq::Body>) -> Result<Value> {
    if !answer.status().is_success() {
        return Err(format!("the cloud answers {}", answer.status()).into());
    }
    Ok(answer.body_mut().read_json()?)
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is no text").into())
}
