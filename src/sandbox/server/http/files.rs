//! The two requests for temporary URLs of files; see `send-api` 4 and `edge-cases` 7.

use serde_json::{Map, Value};

use crate::sandbox::{
    model::{
        files::{folder, normal_path},
        refusal::Refusal,
    },
    server::{
        api::Api,
        http::{
            messaging::{note_properties, text},
            request::Caller,
        },
    },
};

/// Where a consumer may put a file.
pub(super) async fn upload_url(
    api: &Api,
    caller: &Caller,
    body: &Map<String, Value>,
    properties: Option<Value>,
) -> Result<Value, Refusal> {
    let size = size(body.get("fileSize"));
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

/// A number of bytes, as a number or in its digits.
fn size(value: Option<&Value>) -> Result<u64, Refusal> {
    let size = match value {
        Some(Value::Number(size)) => size.as_u64(),
        Some(Value::String(size)) => size.parse().ok(),
        _ => None,
    };
    size.ok_or_else(|| Refusal::bad("fileSize must be a whole number of bytes"))
}
