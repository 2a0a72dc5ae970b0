//! Every request handset makes, against the hand-written JSON of
//! `tests/fixtures/wire/outbound`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use handset::domain::{
    ids::{AccountId, ConversationId, DialogId, SkillId},
    wire::{
        opening::{Campaign, Context, Opening, Profile, Ttr},
        outbound::{AcceptStatus, ChatState, EndField, Outbound},
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
    }
}

/// Fixture, envelope id, request, purpose.
type Case = (&'static str, &'static str, Outbound, &'static str);

fn requests() -> Vec<Case> {
    [texts(), states(), receipts(), updates()].concat()
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
    ]
}

fn updates() -> Vec<Case> {
    let close = Outbound::Close {
        conversation: conversation(),
        dialog: main_dialog(),
    };
    let end = Outbound::EndConversation {
        conversation: conversation(),
        field: EndField::State,
    };
    let profile = |profile| Outbound::SetUserProfile { profile };
    let set = "userprofile.SetUserProfile";
    vec![
        ("close", "8", close, "cm.UpdateConversationField close"),
        ("end", "7", end, "cm.UpdateConversationField end"),
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
