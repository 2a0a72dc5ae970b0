//! Every element of structured content can be asked for, and a click on it is named.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::sandbox::{riley::talk::Talk, schema::Schema};

fn assets(path: &str) -> String {
    format!("{}/assets/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// The pieces as they stand in their files.
fn pieces() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(assets("rich")).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

/// Words that call for one piece and nothing else, with its name.
fn wishes() -> Vec<(String, String)> {
    let script = std::fs::read_to_string(assets("riley.toml")).unwrap();
    let script: toml::Table = script.parse().unwrap();
    let rules = script["rule"].as_array().unwrap();
    rules
        .iter()
        .filter_map(|rule| match rule["say"].as_array().unwrap().as_slice() {
            [line] => {
                let name = line.get("rich")?.as_str()?;
                let words = rule["examples"][0].as_str()?;
                Some((words.to_owned(), name.to_owned()))
            }
            _ => None,
        })
        .collect()
}

/// Has the images that the sandbox serves lie there, and gives their addresses.
fn point_images(value: &mut Value, csds: &str) -> Vec<String> {
    let mut pointed = Vec::new();
    match value {
        Value::Object(members) => {
            if members.get("type").and_then(Value::as_str) == Some("image") {
                let url = members["url"].as_str().unwrap();
                let name = url.rsplit('/').next().unwrap().split('.').next().unwrap();
                if std::path::Path::new(&assets(&format!("pictures/{name}.png"))).exists() {
                    pointed.push(format!("{csds}/pictures/{name}.png"));
                    members["url"] = json!(pointed[0]);
                }
            }
            for member in members.values_mut() {
                pointed.extend(point_images(member, csds));
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                pointed.extend(point_images(entry, csds));
            }
        }
        _ => {}
    }
    pointed
}

#[tokio::test]
async fn the_sandbox_serves_the_pictures_of_its_cards_to_whoever_asks() {
    let talk = Talk::start().await;
    let csds = talk.sandbox.ready().csds;
    let pieces = pieces().into_values();
    let addresses: BTreeSet<String> = pieces
        .flat_map(|mut piece| point_images(&mut piece, &csds))
        .collect();
    assert!(addresses.len() >= 6, "{addresses:?}");
    for address in addresses {
        let answer = reqwest::get(&address).await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        assert_eq!(answer.headers()["content-type"], "image/png");
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{address}");
    }
    let other = reqwest::get(format!("{csds}/pictures/riley.png"))
        .await
        .unwrap();
    assert_eq!(other.status(), 404);
}

#[test]
fn every_piece_is_exact_but_for_the_unknown_element() {
    let schema = Schema::load();
    for (name, piece) in pieces() {
        let faults = schema.faults(&piece["event"], &piece["metadata"]);
        if name == "unknown" {
            assert_eq!(faults.len(), 3, "{faults:#?}");
            assert!(faults.iter().any(|fault| fault.contains("hologram")));
        } else {
            assert!(faults.is_empty(), "{name}: {faults:#?}");
        }
    }
}

#[test]
fn every_element_type_is_in_one_of_the_pieces() {
    fn types(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(kind) = members.get("type").and_then(Value::as_str) {
                    found.insert(kind.to_owned());
                }
                members.values().for_each(|one| types(one, found));
            }
            Value::Array(entries) => entries.iter().for_each(|one| types(one, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for piece in pieces().values() {
        types(piece, &mut found);
    }
    let schema = std::fs::read_to_string(format!(
        "{}/tests/fixtures/wire/structured_content.toml",
        env!("CARGO_MANIFEST_DIR")
    ));
    let schema: toml::Table = schema.unwrap().parse().unwrap();
    for known in schema["typed"].as_table().unwrap().keys() {
        assert!(found.contains(known), "no {known}");
    }
}

#[tokio::test]
async fn each_piece_comes_when_asked_for_as_it_stands_in_its_file() {
    let talk = Talk::start().await;
    let mut pieces = pieces();
    for (words, name) in wishes() {
        let mut piece = pieces.remove(&name).unwrap();
        point_images(&mut piece["event"], &talk.sandbox.ready().csds);
        let piece: Value =
            serde_json::from_str(&piece.to_string().replace("{brand}", "Acme")).unwrap();
        talk.ada.say(&talk.id, &words).await;
        let came = talk
            .hook
            .change(&words, |change| change["metadata"] == piece["metadata"])
            .await;
        assert_eq!(came["event"], piece["event"], "{words}");
        assert_eq!(came["messageAudience"], "ALL");
    }
    assert!(pieces.is_empty(), "{:?} cannot be had alone", pieces.keys());
}

#[tokio::test]
async fn everything_comes_one_after_the_other() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Show me everything").await;
    let pieces = pieces();
    let came = talk
        .hook
        .wait_for("everything", |seen| {
            let ids: Vec<String> = seen
                .iter()
                .map(|one| one.change()["metadata"][0]["id"].clone())
                .filter_map(|id| id.as_str().map(ToOwned::to_owned))
                .collect();
            (ids.len() >= pieces.len()).then_some(ids)
        })
        .await;
    assert_eq!(came.first().map(String::as_str), Some("rich-text"));
    assert_eq!(came.last().map(String::as_str), Some("rich-storm"));
    let different: BTreeSet<&str> = came.iter().map(String::as_str).collect();
    assert_eq!(different.len(), pieces.len(), "each once");
}

#[tokio::test]
async fn a_click_is_answered_with_its_id_and_its_words_once() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Show me a carousel").await;
    let carousel = talk
        .hook
        .change("the carousel", |change| {
            change["event"]["content"]["type"] == "carousel"
        })
        .await;
    let card = &carousel["event"]["content"]["elements"][0];
    let add = &card["elements"][4]["click"]["metadata"];
    assert_eq!(add[0]["id"], "carousel-blue-add");
    talk.click(&carousel, add, "Add the blue mug").await;
    talk.says("Got your click on carousel-blue-add, which says: Add the blue mug")
        .await;
    // One that opens a link writes nothing.
    let details = &card["elements"][5]["click"]["metadata"];
    talk.tap(&carousel, details).await;
    talk.says("Got your click on carousel-blue-details, without a text")
        .await;
    talk.tap(&carousel, &json!([{ "type": "BotResponse" }]))
        .await;
    talk.says("something without an ExternalId, without a text")
        .await;
    let clicks = talk.answers();
    let clicks = clicks.iter().filter(|said| said.contains("Got your click"));
    assert_eq!(clicks.count(), 3, "the first ACTION is not answered apart");
}
