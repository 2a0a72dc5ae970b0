//! The two requests for temporary URLs of files; see `send-api` 4 and `edge-cases` 7.

use serde_json::{Map, Value};

use crate::sandbox::{
    model::{
        fields::text,
        files::{folder, normal_path, size_of},
        refusal::Refusal,
    },
    server::{
        api::Api,
        http::{messaging::note_properties, request::Caller},
    },
};

/// Where a consumer may put a file.
pub(super) async fn upload_url(
    api: &Api,
    caller: &Caller,
    body: &Map<String, Value>,
    properties: Option<Value>,
) -> Result<Value, Refusal> {
    let size = size_of(body);
    let kind = text(body, "fileType");
    api.transactions
        .perform(|cloud, now, changes| {
            let consumer = cloud.sign_up(&caller.consumer.external, changes);
            note_properties(cloud, caller, None, properties, changes);
            let path = cloud.announce_file(now, &consumer, size?, kind?)?;
            Ok(api.temporary.issue(now, "PUT", &path))
        })
        .await
}

/// Where a consumer finds a file that is its own or was published to it.
pub(super) async fn download_url(
    api: &Api,
    caller: &Caller,
    body: &Map<String, Value>,
    properties: Option<Value>,
) -> Result<Value, Refusal> {
    let path = text(body, "relativePath")?;
    let path = normal_path(path)
        .filter(|path| path.starts_with(&folder(&api.account)))
        .ok_or_else(|| Refusal::bad("relativePath names no file of this account"));
    api.transactions
        .perform(|cloud, now, changes| {
            note_properties(cloud, caller, None, properties, changes);
            let path = path?;
            cloud.readable_file(&caller.consumer.id, &path)?;
            Ok(api.temporary.issue(now, "GET", &path))
        })
        .await
}
