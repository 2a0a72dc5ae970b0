//! CONVERSATION and SEND; see `send-api` 2 and 3.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, Sequence},
        time::Timestamp,
    },
    sandbox::{
        model::{
            Actor, Cloud, automatic,
            changes::Changes,
            dialog::Audience,
            fields::{Field, text},
            publication::Publication,
            publish::Message,
            refusal::Refusal,
            rules::declares,
        },
        server::{
            api::Api,
            http::{
                answer::{Failure, ServiceFault, Success},
                extract::Received,
                files,
                request::{self, Caller, Envelope},
            },
        },
    },
};

const PROFILE: &str = "userprofile.SetUserProfile";
const OPEN: &str = "cm.ConsumerRequestConversation";
const PUBLISH: &str = "ms.PublishEvent";
const UPDATE: &str = "cm.UpdateConversationField";
const UPLOAD: &str = "ms.GenerateURLForUploadFile";
const DOWNLOAD: &str = "ms.GenerateURLForDownloadFile";

/// Begins a conversation: a profile, the request, and perhaps the first message, all or nothing.
pub(crate) async fn conversation(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    received: Received<Caller>,
) -> Result<Json<Vec<Success>>, Failure> {
    let envelopes = Envelope::read_all(request::text(&received.body?)?)?;
    let properties = request::client_properties(&received.headers);
    let begun = open(&api, &account, &received.sender, envelopes, properties);
    begun.await.map(Json)
}

/// Does one thing in a conversation, or tells something about the consumer.
pub(crate) async fn send(
    State(api): State<Arc<Api>>,
    received: Received<Caller>,
) -> Result<Json<Success>, Failure> {
    let envelope = Envelope::read(request::text(&received.body?)?)?;
    let properties = request::client_properties(&received.headers);
    let sent = perform(&api, &received.sender, envelope, properties);
    sent.await.map(Json)
}

async fn open(
    api: &Api,
    account: &str,
    caller: &Caller,
    envelopes: Vec<Envelope>,
    properties: Option<Value>,
) -> Result<Vec<Success>, Failure> {
    let mut envelopes = envelopes.into_iter();
    let (Some(first), Some(second)) = (envelopes.next(), envelopes.next()) else {
        return Err(ServiceFault::bad("the batch needs two requests").into());
    };
    let third = envelopes.next();
    for (envelope, expected) in [(&first, PROFILE), (&second, OPEN)]
        .into_iter()
        .chain(third.as_ref().map(|third| (third, PUBLISH)))
    {
        if envelope.kind != expected {
            let what = format!("type must be {expected:?} at this place of the batch");
            return Err(ServiceFault::bad(what).of(envelope.id.clone()).into());
        }
    }
    if let Some(more) = envelopes.next() {
        let what = "the batch holds more than three requests";
        return Err(ServiceFault::bad(what).of(more.id).into());
    }
    let profile = request::profile(&first.body).map_err(|why| named(why, &first.id))?;
    let opening = request::opening(account, &second.body).map_err(|why| named(why, &second.id))?;
    let message = match &third {
        Some(third) => Some(message(third).map_err(|why| named(why, &third.id))?),
        None => None,
    };
    // A guess: what the context says of the device counts where no header does.
    let properties = properties.or_else(|| opening.context.given_properties().cloned());
    let (id, sequence) = api
        .transactions
        .perform(|cloud, now, changes| {
            let consumer = cloud.sign_up(&caller.consumer.external, changes);
            cloud.set_profile(&consumer, profile, changes);
            let welcomed = declares(properties.as_ref(), automatic::FEATURE);
            if let Some(properties) = properties {
                cloud.set_client_properties(&consumer, None, properties, changes);
            }
            let id = cloud.open(now, &consumer, &caller.client, opening, changes)?;
            if welcomed {
                cloud.expect_first_send(now, &id, changes);
            }
            let sequence = match message {
                Some(message) => {
                    let dialog = DialogId::from(id.as_str());
                    let actor = Actor::Consumer(&consumer);
                    let sequence = cloud.publish(now, actor, &dialog, message, changes)?;
                    cloud.sent(now, &id, welcomed, changes);
                    Some(sequence)
                }
                None => None,
            };
            Ok((id, sequence))
        })
        .await?;
    let mut answers = vec![
        Success::message("OK User Profile set successfully", first.id),
        Success::new(json!({ "conversationId": id }), second.id),
    ];
    if let (Some(sequence), Some(third)) = (sequence, third) {
        answers.push(Success::new(json!({ "sequence": sequence }), third.id));
    }
    Ok(answers)
}

async fn perform(
    api: &Api,
    caller: &Caller,
    envelope: Envelope,
    properties: Option<Value>,
) -> Result<Success, Failure> {
    let id = envelope.id.clone();
    let body = match envelope.kind.as_str() {
        PUBLISH => {
            let sequence = publish(api, caller, &envelope, properties).await;
            sequence.map(|sequence| json!({ "sequence": sequence }))
        }
        UPDATE => update(api, caller, &envelope.body, properties)
            .await
            .map(|()| json!({ "msg": "OK Conversation resolved successfully" })),
        PROFILE => tell_profile(api, caller, &envelope.body, properties)
            .await
            .map(|()| json!({ "msg": "OK User Profile set successfully" })),
        UPLOAD => files::upload_url(api, caller, &envelope.body, properties).await,
        DOWNLOAD => files::download_url(api, caller, &envelope.body, properties).await,
        other => Err(Refusal::bad(format!("type {other:?} is not known"))),
    };
    match body {
        Ok(body) => Ok(Success::new(body, id)),
        Err(refusal) => Err(named(refusal, &id).into()),
    }
}

async fn publish(
    api: &Api,
    caller: &Caller,
    envelope: &Envelope,
    properties: Option<Value>,
) -> Result<Sequence, Refusal> {
    let dialog = DialogId::from(text(&envelope.body, "dialogId")?);
    let conversation = match envelope.body.get("conversationId") {
        None | Some(Value::Null) => None,
        Some(_) => Some(ConversationId::from(text(
            &envelope.body,
            "conversationId",
        )?)),
    };
    // Read before the lock is taken, judged after ownership: the order of the checks.
    let message = message(envelope);
    api.transactions
        .perform(|cloud, now, changes| {
            let actor = Actor::Consumer(&caller.consumer.id);
            let found = cloud.reach_dialog(actor, &dialog)?;
            if conversation.is_some_and(|named| named != found) {
                return Err(Refusal::UnknownConversation);
            }
            let welcomed = cloud.is_declared(&found, properties.as_ref(), automatic::FEATURE);
            note_properties(cloud, caller, Some(&found), properties, changes);
            let sequence = cloud.publish(now, actor, &dialog, message?, changes)?;
            cloud.sent(now, &found, welcomed, changes);
            Ok(sequence)
        })
        .await
}

async fn update(
    api: &Api,
    caller: &Caller,
    body: &Map<String, Value>,
    properties: Option<Value>,
) -> Result<(), Refusal> {
    let id = ConversationId::from(text(body, "conversationId")?);
    let fields = Field::from_consumer(body.get("conversationField").unwrap_or(&Value::Null));
    api.transactions
        .perform(|cloud, now: Timestamp, changes| {
            let actor = Actor::Consumer(&caller.consumer.id);
            cloud.reach(actor, &id)?;
            let welcomed = cloud.is_declared(&id, properties.as_ref(), automatic::FEATURE);
            note_properties(cloud, caller, Some(&id), properties, changes);
            cloud.update(now, actor, &id, &fields?, changes)?;
            cloud.sent(now, &id, welcomed, changes);
            Ok(())
        })
        .await
}

async fn tell_profile(
    api: &Api,
    caller: &Caller,
    body: &Map<String, Value>,
    properties: Option<Value>,
) -> Result<(), Refusal> {
    let profile = request::profile(body)?;
    api.transactions
        .perform(|cloud, _, changes| {
            let consumer = cloud.sign_up(&caller.consumer.external, changes);
            cloud.set_profile(&consumer, profile, changes);
            note_properties(cloud, caller, None, properties, changes);
            Ok(())
        })
        .await
}

/// Keeps the client properties of a request, if it had any.
pub(super) fn note_properties(
    cloud: &mut Cloud,
    caller: &Caller,
    conversation: Option<&ConversationId>,
    properties: Option<Value>,
    changes: &mut Changes,
) {
    if let Some(properties) = properties {
        cloud.set_client_properties(&caller.consumer.id, conversation, properties, changes);
    }
}

fn message(envelope: &Envelope) -> Result<Message, Refusal> {
    let event = envelope.body.get("event").unwrap_or(&Value::Null);
    Ok(Message {
        publication: Publication::from_consumer(event)?,
        metadata: envelope.metadata.clone(),
        audience: Audience::All,
    })
}

fn named(refusal: Refusal, id: &str) -> ServiceFault {
    ServiceFault::from(refusal).of(id.to_owned())
}
