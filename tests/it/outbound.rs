//! Every request handset makes, against the hand-written JSON of
//! `tests/fixtures/wire/outbound`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use handset::domain::{
    ids::{AccountId, ConversationId, DialogId, SkillId},
    wire::{
        opening::{Campaign, Context, Opening, Profile, Ttr},
        outbound::{AcceptStatus, ChatState, EndField, Outbound, Rating, TtrType},
        properties::{ClientProperties, DeviceFamily, Feature, Os},
    },
};
use serde_json::{Value, json};

const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
const SURVEY: &str = "Qm3tY0ZfT2-uV8kXw1cLrA";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire/outbound")
}

fn fixture(name: &str) -> Value {
    let file = folder().join(format!("{name}.json"));
    serde_json::from_slice(&fs::read(&file).expect(name)).expect(name)
}

fn conversation() -> ConversationId {
    CONVERSATION.into()
}

fn main_dialog() -> DialogId {
    CONVERSATION.into()
}

fn text(dialog: DialogId, text: &str, metadata: Option<Value>) -> Outbound {
    Outbound::Text {
        conversation: conversation(),
        dialog,
        text: text.to_owned(),
        metadata,
    }
}

fn state(state: ChatState) -> Outbound {
    Outbound::ChatState {
        conversation: conversation(),
        dialog: main_dialog(),
        state,
    }
}

fn accept(status: AcceptStatus, sequences: &[u64], metadata: Option<Value>) -> Outbound {
    Outbound::Accept {
        conversation: conversation(),
        dialog: main_dialog(),
        status,
        sequences: sequences.to_vec(),
        metadata,
    }
}

fn full_profile() -> Profile {
    Profile {
        ctmrinfo: json!({ "socialId": "so-77", "ctype": "gold", "customerId": "C-9" })
            .as_object()
            .cloned(),
        personal: json!({ "firstname": "Ada", "lastname": "Quill", "gender": "FEMALE" })
            .as_object()
            .cloned(),
        members: json!({
            "avatarUrl": "https://shop.test/ada.png",
            "privateData": { "mail": "ada@mail.test" },
        })
        .as_object()
        .cloned()
        .unwrap(),
    }
}

/// Fixture, envelope id, request, purpose.
type Case = (&'static str, &'static str, Outbound, &'static str);

fn requests() -> Vec<Case> {
    [
        texts(),
        files(),
        states(),
        receipts(),
        updates(),
        ratings(),
        response_times(),
    ]
    .concat()
}

fn click() -> Value {
    json!([{ "type": "ExternalId", "id": "add-blue" }])
}

fn texts() -> Vec<Case> {
    let answer = json!([{ "type": "Answer", "questionId": "q1", "id": "a5", "provider": "lp" }]);
    let odd = " zwei\nZeilen 👨‍👩‍👧 \"quoted\" \u{202e} ";
    let main = |words, metadata| text(main_dialog(), words, metadata);
    [
        ("text", "3", main("Is the blue one in stock?", None)),
        ("text-odd", "12", main(odd, None)),
        (
            "text-metadata",
            "22",
            main("Add the blue mug", Some(click())),
        ),
        ("text-survey", "23", text(SURVEY.into(), "5", Some(answer))),
    ]
    .map(|(name, id, outbound)| (name, id, outbound, "ms.PublishEvent text"))
    .to_vec()
}

const PATH: &str = "/v1/AUTH_async-images/55512300/9b1f.PNG";

fn files() -> Vec<Case> {
    let file = |dialog: DialogId, file_type: &str, caption: &str| Outbound::File {
        conversation: conversation(),
        dialog,
        path: PATH.to_owned(),
        file_type: file_type.to_owned(),
        caption: caption.to_owned(),
        preview: None,
        metadata: None,
    };
    let mut full = file(main_dialog(), "JPEG", "receipt");
    if let Outbound::File { preview, .. } = &mut full {
        *preview = Some("data:image/png;base64,iVBORw0KGgo=".to_owned());
    }
    let mut told = file(main_dialog(), "GIF", "Quittung ✓");
    if let Outbound::File { metadata, .. } = &mut told {
        *metadata = Some(json!([{ "type": "ExternalId", "id": "receipt-7" }]));
    }
    let upload = Outbound::UploadUrl {
        size: 48213,
        file_type: "PNG".to_owned(),
    };
    let download = Outbound::DownloadUrl {
        path: PATH.to_owned(),
    };
    let plain = |dialog| file(dialog, "PNG", "");
    vec![
        ("file", "4", full, "ms.PublishEvent file JPEG"),
        ("file-metadata", "4", told, "ms.PublishEvent file GIF"),
        (
            "file-plain",
            "4",
            plain(main_dialog()),
            "ms.PublishEvent file PNG",
        ),
        (
            "file-survey",
            "4",
            plain(SURVEY.into()),
            "ms.PublishEvent file PNG",
        ),
        ("upload-url", "10", upload, "ms.GenerateURLForUploadFile"),
        (
            "download-url",
            "11",
            download,
            "ms.GenerateURLForDownloadFile",
        ),
    ]
}

fn ratings() -> Vec<Case> {
    [
        ("rate-filled", Some(4), Some(true)),
        ("rate-partial", Some(1), None),
        ("rate-settled-only", None, Some(false)),
        ("rate-skipped", None, None),
    ]
    .map(|(name, csat, resolved)| {
        let rate = Outbound::Rate {
            conversation: conversation(),
            rating: Rating { csat, resolved },
        };
        (name, "9", rate, "cm.UpdateConversationField CSATRate")
    })
    .to_vec()
}

fn response_times() -> Vec<Case> {
    use TtrType::{Custom, Normal, Prioritized, Urgent};
    [
        ("ttr-urgent", Urgent, None),
        ("ttr-prioritized", Prioritized, None),
        ("ttr-normal", Normal, Some(1200)),
        ("ttr-custom", Custom, Some(0)),
    ]
    .map(|(name, ttr, value)| {
        let change = Outbound::ChangeTtr {
            conversation: conversation(),
            ttr,
            value,
        };
        (name, "7", change, "cm.UpdateConversationField TTRField")
    })
    .to_vec()
}

fn states() -> Vec<Case> {
    use ChatState::{Active, Background, Composing, Gone, Inactive, Pause};
    [
        ("state-active", Active, "ms.PublishEvent ACTIVE"),
        ("state-inactive", Inactive, "ms.PublishEvent INACTIVE"),
        ("state-gone", Gone, "ms.PublishEvent GONE"),
        ("state-composing", Composing, "ms.PublishEvent COMPOSING"),
        ("state-pause", Pause, "ms.PublishEvent PAUSE"),
        ("state-background", Background, "ms.PublishEvent BACKGROUND"),
    ]
    .map(|(name, chat_state, purpose)| (name, "6", state(chat_state), purpose))
    .to_vec()
}

fn receipts() -> Vec<Case> {
    use AcceptStatus::{Accept, Access, Action, Nack, Read};
    let action = accept(Action, &[6], Some(click()));
    let plain = |status, sequences| accept(status, sequences, None);
    vec![
        (
            "accept",
            "5",
            plain(Accept, &[0]),
            "ms.PublishEvent ACCEPT [0]",
        ),
        (
            "read",
            "5",
            plain(Read, &[3, 4]),
            "ms.PublishEvent READ [3,4]",
        ),
        (
            "access",
            "5",
            plain(Access, &[8]),
            "ms.PublishEvent ACCESS [8]",
        ),
        ("nack", "5", plain(Nack, &[8]), "ms.PublishEvent NACK [8]"),
        ("action", "21", action, "ms.PublishEvent ACTION [6]"),
        (
            "accept-metadata",
            "5",
            accept(
                Read,
                &[3],
                Some(json!([{ "type": "ExternalId", "id": "receipt-7" }])),
            ),
            "ms.PublishEvent READ [3]",
        ),
    ]
}

fn updates() -> Vec<Case> {
    let close = |dialog| Outbound::Close {
        conversation: conversation(),
        dialog,
    };
    let end = |field| Outbound::EndConversation {
        conversation: conversation(),
        field,
    };
    let (closes, ends) = (
        "cm.UpdateConversationField close",
        "cm.UpdateConversationField end",
    );
    let profile = |profile| Outbound::SetUserProfile { profile };
    let set = "userprofile.SetUserProfile";
    vec![
        ("close", "8", close(main_dialog()), closes),
        ("close-survey", "8", close(SURVEY.into()), closes),
        ("end", "7", end(EndField::State), ends),
        ("end-stage", "7", end(EndField::Stage), ends),
        ("profile", "9", profile(full_profile()), set),
        ("profile-empty", "9", profile(Profile::default()), set),
    ]
}

fn openings() -> Vec<(&'static str, Opening)> {
    vec![
        ("open-plain", Opening::default()),
        (
            "open-full",
            Opening {
                profile: full_profile(),
                skill: Some(SkillId::from("-1")),
                campaign: Some(Campaign {
                    campaign: "2100440011".to_owned(),
                    engagement: "2100440099".to_owned(),
                }),
                ttr: Some(Ttr::Normal),
                context: Some(Context {
                    lang: Some("en-GB".to_owned()),
                    visitor: Some("VjQ1ODk2MzI0NTc".to_owned()),
                    session: Some("kQ8wZr2eT3-aB6pL0xYd5g".to_owned()),
                    interaction: Some("1".to_owned()),
                }),
            },
        ),
    ]
}

fn properties() -> Vec<(&'static str, ClientProperties)> {
    use Feature::{
        AutoMessages, CoApp, CoBrowse, FileSharing, MarkdownHyperlinks, MultiDialog, PhotoSharing,
        QuickReplies, RichContent, SecureForms,
    };
    vec![
        (
            "client-properties",
            ClientProperties {
                features: vec![AutoMessages, RichContent, QuickReplies, MultiDialog],
                ..ClientProperties::default()
            },
        ),
        (
            "client-properties-full",
            ClientProperties {
                app_id: Some("handéset 📱".to_owned()),
                app_version: Some("0.1.0".to_owned()),
                device_family: Some(DeviceFamily::Mobile),
                os: Some(Os::Android),
                time_zone: Some("Europe/Berlin".to_owned()),
                ip_address: Some("192.0.2.7".to_owned()),
                os_name: Some("Android".to_owned()),
                os_version: Some("16".to_owned()),
                integration: Some("BRAND_SDK".to_owned()),
                integration_version: Some("3.1".to_owned()),
                browser: Some("Firefox".to_owned()),
                browser_version: Some("140".to_owned()),
                device_manufacture: Some("Acme".to_owned()),
                device_model: Some("Blue 2".to_owned()),
                features: vec![
                    PhotoSharing,
                    FileSharing,
                    CoBrowse,
                    CoApp,
                    SecureForms,
                    MarkdownHyperlinks,
                ],
            },
        ),
    ]
}

#[test]
fn every_request_goes_out_as_documented() {
    for (name, id, outbound, purpose) in requests() {
        assert_eq!(outbound.envelope(id), fixture(name), "{name}");
        assert_eq!(outbound.purpose(), purpose, "{name}");
    }
    for (name, opening) in openings() {
        assert_eq!(
            opening.envelope(&AccountId::from("55512300")),
            fixture(name),
            "{name}"
        );
    }
}

#[test]
fn client_properties_are_ascii_and_mean_what_was_set() {
    for (name, properties) in properties() {
        let header = properties.header();
        assert!(header.bytes().all(|b| (b' '..=b'~').contains(&b)), "{name}");
        let read: Value = serde_json::from_str(&header).expect(name);
        assert_eq!(read, fixture(name), "{name}");
    }
}

#[test]
fn every_fixture_is_used() {
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let used: BTreeSet<String> = requests()
        .into_iter()
        .map(|(name, ..)| name)
        .chain(openings().into_iter().map(|(name, _)| name))
        .chain(properties().into_iter().map(|(name, _)| name))
        .map(str::to_owned)
        .collect();
    assert_eq!(there, used);
}

/// What kind of request it is, as finely as the wire tells them apart.
fn kind(outbound: &Outbound) -> String {
    match outbound {
        Outbound::Text { metadata, .. } => format!("text, metadata {}", metadata.is_some()),
        Outbound::File {
            caption,
            preview,
            metadata,
            ..
        } => format!(
            "file, caption {}, preview {}, metadata {}",
            !caption.is_empty(),
            preview.is_some(),
            metadata.is_some()
        ),
        Outbound::ChatState { state, .. } => format!("state {}", state.as_str()),
        Outbound::Accept { status, .. } => format!("receipt {}", status.as_str()),
        Outbound::Close {
            conversation,
            dialog,
        } => format!("close, main {}", conversation.as_str() == dialog.as_str()),
        Outbound::EndConversation { field, .. } => format!("end {}", field.as_str()),
        Outbound::Rate { rating, .. } => format!("rate {}", rating.status()),
        Outbound::ChangeTtr { ttr, value, .. } => {
            format!("ttr {}, value {}", ttr.as_str(), value.is_some())
        }
        Outbound::UploadUrl { .. } => "upload".to_owned(),
        Outbound::DownloadUrl { .. } => "download".to_owned(),
        Outbound::SetUserProfile { .. } => "profile".to_owned(),
    }
}

/// A request of a kind nobody listed, or a listed kind without a fixture, fails.
#[test]
fn every_kind_of_request_has_a_fixture() {
    let there: BTreeSet<String> = requests().iter().map(|(_, _, it, _)| kind(it)).collect();
    let expected: BTreeSet<String> = [
        "text, metadata false",
        "text, metadata true",
        "file, caption false, preview false, metadata false",
        "file, caption true, preview true, metadata false",
        "file, caption true, preview false, metadata true",
        "state ACTIVE",
        "state INACTIVE",
        "state GONE",
        "state COMPOSING",
        "state PAUSE",
        "state BACKGROUND",
        "receipt ACCEPT",
        "receipt READ",
        "receipt ACCESS",
        "receipt NACK",
        "receipt ACTION",
        "close, main true",
        "close, main false",
        "end ConversationStateField",
        "end Stage",
        "rate FILLED",
        "rate PARTIALLY_FILLED",
        "rate SKIPPED",
        "ttr URGENT, value false",
        "ttr PRIORITIZED, value false",
        "ttr NORMAL, value true",
        "ttr CUSTOM, value true",
        "upload",
        "download",
        "profile",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(there, expected);
}

#[test]
fn what_is_kept_comes_back_the_same() {
    for (name, _, outbound, _) in requests() {
        let kept = serde_json::to_string(&outbound).expect(name);
        let back: Outbound = serde_json::from_str(&kept).expect(name);
        assert_eq!(back, outbound, "{name}");
    }
    for (name, opening) in openings() {
        let kept = serde_json::to_string(&opening).expect(name);
        assert_eq!(
            serde_json::from_str::<Opening>(&kept).expect(name),
            opening,
            "{name}"
        );
    }
}

#[test]
fn a_long_list_of_receipts_has_a_short_label() {
    let many: Vec<u64> = (0..500).collect();
    let label = accept(AcceptStatus::Read, &many, None).purpose();
    assert_eq!(label, "ms.PublishEvent READ [0,1,2,3,4,5,6,7,…]");
}
