//! The embedded personas are good ones, and faults in files are told with their place.

use std::fs;

use super::*;

fn fault(text: &str) -> String {
    parse("mine.toml", text).unwrap_err().to_string()
}

#[test]
fn every_embedded_persona_is_one_of_its_own() {
    let all = embedded();
    assert_eq!(all[0].persona.consumer.as_str(), "handset-ada");
    assert_eq!(all[0].persona.name, "Ada Quill");
    for (at, one) in all.iter().enumerate() {
        assert!(!one.persona.about.is_empty(), "{}", one.key);
        for other in &all[at + 1..] {
            assert_ne!(one.persona.consumer, other.persona.consumer);
            assert_ne!(one.persona.first_name(), other.persona.first_name());
        }
    }
    let is = |what: &dyn Fn(&Persona) -> bool| all.iter().any(|one| what(&one.persona));
    assert!(is(&|one| one.properties.features.is_empty()));
    assert!(is(&|one| !one.habits.reads));
    assert!(is(&|one| one.opening.campaign.is_some()));
    assert!(is(&|one| {
        one.opening
            .context
            .as_ref()
            .is_some_and(|context| context.lang.as_deref() == Some("de-DE"))
    }));
}

#[test]
fn a_persona_comes_back_from_its_own_file() {
    for one in embedded() {
        let text = toml::to_string(&one.persona).unwrap();
        assert_eq!(parse("again.toml", &text).unwrap(), one.persona);
    }
}

#[test]
fn a_fault_is_told_with_its_place_and_what_to_do() {
    let missing = fault("name = \"Zoe\"\n");
    assert!(
        missing.starts_with("mine.toml:1:1: missing field `consumer`"),
        "{missing}"
    );
    assert!(
        missing.contains("at least `name` and `consumer`"),
        "{missing}"
    );
    let unknown = fault("name = \"Zoe\"\nconsumer = \"zoe\"\n\n[habits]\nread = false\n");
    assert!(
        unknown.starts_with("mine.toml:5:1: unknown field `read`"),
        "{unknown}"
    );
    let unknown = fault("name = \"Zoe\"\nconsumer = \"zoe\"\n[properties]\ndevice = \"X\"\n");
    assert!(
        unknown.starts_with("mine.toml:4:1: unknown field `device`"),
        "{unknown}"
    );
    let wrong = fault("name = \"Zoe\"\nconsumer = \"zoe\"\n[opening]\nttr = \"SOON\"\n");
    assert!(wrong.starts_with("mine.toml:4:7: "), "{wrong}");
    assert!(wrong.contains("URGENT"), "{wrong}");
    let empty = fault("consumer = \"zoe\"\nname = \" \"\n");
    assert!(
        empty.starts_with("mine.toml:2:1: `name` is empty"),
        "{empty}"
    );
}

#[test]
fn the_users_own_join_the_embedded_and_take_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("zoe.toml", "name = \"Zoe Lane\"\nconsumer = \"zoe-1\"\n");
    write(
        "mine.toml",
        "name = \"Ada Own\"\nconsumer = \"handset-ada\"\n",
    );
    write("notes.txt", "not a persona");
    let (known, faults) = all(folder.path());
    assert!(faults.is_empty());
    assert_eq!(known.len(), EMBEDDED.len() + 1);
    assert_eq!(known[0].persona.name, "Ada Own");
    assert_eq!(find("zoe", &known).unwrap().persona.name, "Zoe Lane");
    assert_eq!(find("ZOE lane", &known).unwrap().key, "zoe");
    assert_eq!(find("handset-gus", &known).unwrap().key, "gus");
    let path = folder.path().join("zoe.toml");
    let by_path = find(path.to_str().unwrap(), &known).unwrap();
    assert_eq!(by_path.persona.consumer.as_str(), "zoe-1");
    let unknown = find("zo", &known).unwrap_err().to_string();
    assert!(unknown.contains("mine, gus, lena"), "{unknown}");

    write("twin.toml", "name = \"Twin\"\nconsumer = \"zoe-1\"\n");
    let told = || {
        let (known, faults) = all(folder.path());
        assert_eq!((known.len(), faults.len()), (EMBEDDED.len() + 1, 1));
        faults[0].to_string()
    };
    let twice = told();
    assert!(
        twice.contains("twin.toml and ") && twice.contains("zoe.toml are both"),
        "{twice}"
    );
    write("twin.toml", "name = 5\n");
    let broken = told();
    assert!(broken.contains("twin.toml:1:8: invalid type"), "{broken}");
    let (known, faults) = all(&folder.path().join("not-there"));
    assert!(known == embedded() && faults.is_empty());
    write(
        "twin.toml",
        "\u{feff}name = \"Tia\"\r\nconsumer = \"tia\"\r\n",
    );
    let (known, _) = all(folder.path());
    assert_eq!(find("tia", &known).unwrap().persona.name, "Tia");
}

#[test]
fn the_schema_knows_what_a_persona_may_hold() {
    let schema: serde_json::Value = serde_json::from_str(crate::config::schema::PERSONA).unwrap();
    for (table, place) in [
        ("", ""),
        ("[opening]", "/properties/opening"),
        (
            "[opening.profile]",
            "/properties/opening/properties/profile",
        ),
        (
            "[opening.campaign]",
            "/properties/opening/properties/campaign",
        ),
        (
            "[opening.context]",
            "/properties/opening/properties/context",
        ),
        ("[properties]", "/properties/properties"),
        ("[habits]", "/properties/habits"),
    ] {
        let named = schema.pointer(&format!("{place}/properties"));
        let named = named.and_then(serde_json::Value::as_object).unwrap();
        // The parser tells what it knows, by a key that it does not.
        let text = format!("{table}\nglitter = 1\n");
        let known = parse("a.toml", &text).unwrap_err().to_string();
        for name in named.keys() {
            assert!(
                known.contains(&format!("`{name}`")),
                "{table} {name}: {known}"
            );
        }
        assert_eq!(known.matches('`').count() / 2 - 1, named.len(), "{known}");
    }
}
