//! What agents publish, and the files that belong to it; see `agent-side` 6.3 and `send-api` 4.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    model::{
        dialog::Audience,
        fields::text,
        files::{folder, normal_path, size_of},
        publication::Publication,
        publish::Message,
        refusal::Refusal,
    },
    server::agent_socket::{
        envelope::{Reply, SocketRequest},
        requests::{RequestHandler, dialog},
    },
};

impl RequestHandler {
    pub(super) async fn publish(&self, request: &SocketRequest) -> Result<Reply, Refusal> {
        let body = request.object()?;
        let dialog = dialog(&body)?;
        let message = Message {
            publication: Publication::from_agent(body.get("event").unwrap_or(&Value::Null))?,
            metadata: request.metadata.clone(),
            audience: audience(&body)?,
        };
        let published = self.session.api().publish(&dialog, message);
        let body = json!({ "sequence": published.await? });
        Ok(Reply::new(".ams.ms.PublishEvent$Response", &body))
    }

    pub(super) async fn upload_url(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let size = size_of(body)?;
        let kind = text(body, "fileType")?.to_owned();
        let agent = self.own().clone();
        let announced = self
            .api
            .transactions
            .perform(move |cloud, now, _| cloud.announce_file(now, &agent, size, &kind));
        let path = announced.await?;
        let issued = self.api.temporary.issue(self.now(), "PUT", &path);
        Ok(Reply::new("ms.BaseGenerateURLResponse", &issued))
    }

    /// Agents read every file of the account.
    pub(super) async fn download_url(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let path = text(body, "relativePath").ok().and_then(normal_path);
        let path = path.filter(|path| path.starts_with(&folder(&self.api.account)));
        let found = self
            .api
            .transactions
            .read(move |cloud| path.clone().filter(|path| cloud.file(path).is_some()));
        Ok(match found.await? {
            Some(path) => {
                let issued = self.api.temporary.issue(self.now(), "GET", &path);
                Reply::new("ms.BaseGenerateURLResponse", &issued)
            }
            None => Reply::failed(500, "relativePath names no file of this account"),
        })
    }
}

fn audience(body: &Map<String, Value>) -> Result<Audience, Refusal> {
    match body.get("messageAudience") {
        None | Some(Value::Null) => Ok(Audience::All),
        Some(audience) => match audience.as_str() {
            Some("ALL") => Ok(Audience::All),
            Some("AGENTS_AND_MANAGERS") => Ok(Audience::AgentsAndManagers),
            _ => Err(Refusal::bad(format!(
                "messageAudience {audience} is not known"
            ))),
        },
    }
}
