//! Streams and buckets of NATS: made, found and looked at, by servers before 2.10 too.

use std::time::Duration;

use async_nats::jetstream::{
    ErrorCode,
    context::{CreateStreamErrorKind, GetStreamErrorKind, KeyValueErrorKind},
    kv::Store,
    stream::{Config, DirectGetErrorKind, DiscardPolicy, Info, StorageType, Stream},
};

use crate::rt::nats::{NatsError, NatsLink, unavailable};

/// Makes a stream, unless somebody else has just done so.
pub(crate) async fn make(link: &NatsLink, config: Config) -> Result<(), NatsError> {
    let name = config.name.clone();
    let Err(cause) = link.jetstream.create_stream(config).await else {
        return Ok(());
    };
    match cause.kind() {
        // Somebody else was faster, perhaps with another retention.
        CreateStreamErrorKind::JetStream(cause)
            if cause.error_code() == ErrorCode::STREAM_NAME_EXIST =>
        {
            Ok(())
        }
        _ => Err(unavailable(format!("make NATS' stream {name}"), cause)),
    }
}

/// A stream to read from, whether it is there or not.
pub(crate) async fn handle(link: &NatsLink, name: &str) -> Result<Stream<()>, NatsError> {
    let stream = link.jetstream.get_stream_no_info(name).await;
    stream.map_err(|cause| unavailable(format!("read NATS' stream {name}"), cause))
}

/// Whether a stream has no messages from a number on.
pub(crate) async fn is_end(stream: &Stream<()>, from: u64) -> Result<bool, NatsError> {
    match stream.direct_get_next_for_subject(">", Some(from)).await {
        Ok(_) => Ok(false),
        Err(cause) if cause.kind() == DirectGetErrorKind::NotFound => Ok(true),
        Err(cause) => Err(unavailable("read a stream of NATS".to_owned(), cause)),
    }
}

/// How a stream is, if there is one.
pub(crate) async fn info(link: &NatsLink, name: &str) -> Result<Option<Info>, NatsError> {
    match link.jetstream.get_stream(name).await {
        Ok(stream) => Ok(Some(stream.cached_info().clone())),
        Err(cause) => match cause.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                Ok(None)
            }
            _ => Err(unavailable(format!("look at NATS' stream {name}"), cause)),
        },
    }
}

/// The stream below a bucket.
pub(crate) fn stream_of(bucket: &str) -> String {
    format!("KV_{bucket}")
}

/// Opens a bucket, making it when it is missing.
pub(crate) async fn bucket(
    link: &NatsLink,
    name: &str,
    max_age: Duration,
) -> Result<Store, NatsError> {
    let what = || format!("open NATS' bucket {name}");
    match link.jetstream.get_key_value(name).await {
        Ok(store) => return Ok(store),
        Err(cause) if cause.kind() == KeyValueErrorKind::GetBucket => {}
        Err(cause) => return Err(unavailable(what(), cause)),
    }
    // The stream of a bucket as all clients make it. Made by hand, because the client's own way
    // asks for more than a nats-server before 2.10 can tell.
    let config = Config {
        name: stream_of(name),
        description: Some("handset".to_owned()),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_bytes: -1,
        max_age,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        num_replicas: 1,
        ..Config::default()
    };
    make(link, config).await?;
    let store = link.jetstream.get_key_value(name).await;
    store.map_err(|cause| unavailable(what(), cause))
}
