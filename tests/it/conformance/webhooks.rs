//! Notifications: headers, signature, envelope, and what each kind of event looks like.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::conformance::{
    hooks::Note,
    scene::{Scene, plain},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Speaks,
        Table, Told, Trouble,
    },
    wire::members,
};

/// Text no sender can get right by accident.
const WORDS: &str = "Grüße ✓";

pub(crate) fn rows(table: &mut Table) {
    request(table);
    envelope(table);
    changes(table);
    vectors(table);
}

/// Says something, and waits for its echo.
async fn echo(scene: &Scene, event: Value) -> Result<Note, Trouble> {
    let hooks = scene.hooks()?;
    let number = scene.number(event).await?;
    hooks.event(&scene.conversation().await?, number).await
}

fn request(table: &mut Table) {
    let mut group = table.of("webhooks 2", Documented, Speaks);
    group.row(
        "the headers",
        "account and client are right, application/json",
        |scene| async move {
            let note = echo(&scene, plain(WORDS)).await?;
            let base = &scene.base;
            let right = note.header("x-liveperson-account-id") == base.account
                && note.header("x-liveperson-client-id") == base.client;
            let kind = note
                .header("content-type")
                .split(';')
                .next()
                .unwrap_or("")
                .to_owned();
            let right = if right { "right" } else { "wrong" };
            Ok(format!("account and client are {right}, {kind}"))
        },
    );
    group.row(
        "the keys in order, compact",
        "kind body type, compact",
        |scene| async move {
            let note = echo(&scene, plain(WORDS)).await?;
            let keys: Vec<&str> = note
                .json
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect();
            let compact = note.json.to_string().as_bytes() == note.bytes;
            let compact = if compact {
                "compact"
            } else {
                "otherwise printed"
            };
            Ok(format!("{}, {compact}", keys.join(" ")))
        },
    );
    table.of("webhooks 2.1", Documented, Speaks).row(
        "the signature is over the raw bytes",
        "right",
        |scene| async move {
            let note = echo(&scene, plain(WORDS)).await?;
            let expected = signed(
                note.header("x-liveperson-signature"),
                &scene.base.secret,
                &note.bytes,
            );
            Ok(if expected { "right" } else { "wrong" }.to_owned())
        },
    );
    table.of("webhooks 2.1", Client, Speaks).row(
        "letters outside ASCII stand as they are",
        "as they are",
        |scene| async move {
            let note = echo(&scene, plain(WORDS)).await?;
            let words = note
                .bytes
                .windows(WORDS.len())
                .any(|one| one == WORDS.as_bytes());
            Ok(if words { "as they are" } else { "escaped" }.to_owned())
        },
    );
}

fn envelope(table: &mut Table) {
    table.of("webhooks 3", Documented, Speaks).row(
        "the envelope of a message",
        "notification ms.MessagingEventNotification, no subscriptionId",
        |scene| async move {
            let note = echo(&scene, plain("enveloped")).await?;
            let subscribed = note.json["body"].get("subscriptionId").is_some();
            let subscribed = if subscribed { "a" } else { "no" };
            let word = |name: &str| note.json[name].as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{} {}, {subscribed} subscriptionId",
                word("kind"),
                word("type")
            ))
        },
    );
    table.of("webhooks 3", Client, Speaks).row(
        "changes in a notification",
        "1",
        |scene| async move {
            let note = echo(&scene, plain("alone")).await?;
            Ok(note.json["body"]["changes"]
                .as_array()
                .map_or(0, Vec::len)
                .to_string())
        },
    );
}

fn changes(table: &mut Table) {
    let whole = "conversationId dialogId event messageAudience originatorId originatorMetadata sequence serverTimestamp";
    let with = |more: &str| {
        let mut names: Vec<&str> = whole.split(' ').chain([more]).collect();
        names.sort_unstable();
        names.join(" ")
    };
    let mut group = table.of("webhooks 4", Documented, Speaks);
    group.row(
        "the members of a text's change",
        format!("{whole}; the consumer, CONSUMER, ALL"),
        |scene| async move {
            let note = echo(&scene, plain("members")).await?;
            let (change, one) = (note.change(), scene.consumer("main").await?);
            let own =
                change["originatorId"] == *one.id && change["originatorMetadata"]["id"] == *one.id;
            let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{}; {}, {}, {}",
                members(change),
                if own { "the consumer" } else { "somebody" },
                word(&change["originatorMetadata"]["role"]),
                word(&change["messageAudience"]),
            ))
        },
    );
    let metadata = json!([{ "type": "ExternalId", "id": "add-blue" }, { "type": "Unheard", "x": [null, 1.5] }]);
    let mut copied = table.of("rich-content 6", Documented, Speaks);
    for (name, metadata, expected) in [
        (
            "metadata is told as it was sent",
            metadata,
            with("metadata") + ", the same",
        ),
        (
            "metadata of null",
            Value::Null,
            with("metadata") + ", the same",
        ),
    ] {
        copied.row(name, expected, move |scene| async move {
            let id = scene.conversation().await?;
            let mut request = crate::conformance::scene::publishing(&id, plain("with metadata"));
            request["metadata"] = metadata.clone();
            let answer = scene.send(&request).await?.expect(200)?.json();
            let number = answer["body"]["sequence"].as_u64().unwrap_or(u64::MAX);
            let note = scene.hooks()?.event(&id, number).await?;
            let told = &note.change()["metadata"];
            let same = if *told == metadata {
                "the same"
            } else {
                "another"
            };
            Ok(format!("{}, {same}", members(note.change())))
        });
    }
    table.of("webhooks 4.3", Documented, Speaks).row(
        "a receipt's change",
        format!("{whole}: READ [0,1]"),
        |scene| async move {
            let event =
                json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0, 1] });
            let note = echo(&scene, event).await?;
            let event = &note.change()["event"];
            let status = event["status"].as_str().unwrap_or("?");
            Ok(format!(
                "{}: {status} {}",
                members(note.change()),
                event["sequenceList"]
            ))
        },
    );
    table.of("webhooks 4.4", Documented, Speaks).row(
        "a chat state's change has neither number nor time",
        "conversationId dialogId event messageAudience originatorId originatorMetadata: INACTIVE",
        |scene| async move { chat_state(&scene).await },
    );
    table.of("edge-cases 4", Guess, Speaks).row(
        "numbers of the conversation come in order",
        "rising",
        |scene| async move {
            let id = scene.conversation().await?;
            let last = scene.number(plain("the last one")).await?;
            let hooks = scene.hooks()?;
            hooks.event(&id, last).await?;
            let notes = hooks.notes();
            let numbers = notes.iter().filter(|note| note.change()["dialogId"] == *id);
            let numbers: Vec<u64> = numbers
                .filter_map(|note| note.change()["sequence"].as_u64())
                .collect();
            Ok(if numbers.is_sorted() {
                "rising".to_owned()
            } else {
                format!("{numbers:?}")
            })
        },
    );
}

async fn chat_state(scene: &Scene) -> Told {
    let id = scene.conversation().await?;
    scene
        .publish(json!({ "type": "ChatStateEvent", "chatState": "INACTIVE" }))
        .await?
        .expect(200)?;
    let note = scene.hooks()?.note("the chat state", |note| {
        let change = note.change();
        change["dialogId"] == *id && change["event"]["chatState"] == "INACTIVE"
    });
    let note = note.await?;
    Ok(format!("{}: INACTIVE", members(note.change())))
}

/// That the check of the signature is right itself: the reference's own vectors.
fn vectors(table: &mut Table) {
    let short =
        r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;
    let long = r#"{"kind":"notification","body":{"changes":[{"event":{"type":"ContentEvent","message":"Grüße ✓","contentType":"text/plain"}}]},"type":"ms.MessagingEventNotification"}"#;
    for (body, header) in [
        (short, "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE="),
        (short, "sha256=TOGmaOVFdsQTA3Z3MwV0j768bAmNjVG6HYDipeknlP0="),
        (long, "sha1=uFtxcvwJAUTacO09RhV8705wRJg="),
        (long, "sha256=Pbqbp2II4Gxl1M2YicUVER+WmP3k5y90qlwxh5+OsDg="),
    ] {
        let name = format!("the vector {header}");
        table
            .of("webhooks 2.1", Documented, Speaks)
            .row(name, "right", move |_| async move {
                let right = signed(header, "k4v9s0m2example7secret1", body.as_bytes());
                Ok(if right { "right" } else { "wrong" }.to_owned())
            });
    }
}

/// Whether a signature is the one of these bytes, by whichever algorithm it names.
fn signed(header: &str, secret: &str, bytes: &[u8]) -> bool {
    let Some((name, value)) = header.split_once('=') else {
        return false;
    };
    let algorithm = match name {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        _ => return false,
    };
    let tag = STANDARD.decode(value).unwrap_or_default();
    hmac::verify(&hmac::Key::new(algorithm, secret.as_bytes()), bytes, &tag).is_ok()
}
