//! Packs as people write them, whole and broken.

use crate::config::brand::*;

fn parsed(text: &str) -> Result<BrandPack, String> {
    let picture = |name: &str| match name {
        "logo.png" => Ok(BrandPicture(Bytes::from_static(b"\x89PNG"))),
        _ => Err(format!("there is no {name}")),
    };
    parse("brand.toml", text, &picture).map_err(|fault| fault.to_string())
}

#[test]
fn every_embedded_pack_is_one_and_each_look_is_among_them() {
    let packs = embedded();
    assert_eq!(packs.first().map(|pack| pack.key.as_str()), Some("plain"));
    for (name, look) in BrandLook::ALL {
        assert!(packs.iter().any(|pack| pack.look == look), "{name}");
    }
    assert_eq!(known().len(), packs.len());
}

#[test]
fn a_fault_is_told_with_its_place_and_what_to_do() {
    for (text, fault) in [
        (
            "line = \"x\"\n",
            "brand.toml:1:1: the name of the brand is missing; write name = \"Acme\" at the top",
        ),
        (
            "name = \"\"\n",
            "brand.toml:1:8: `name` is empty; write what the brand is called",
        ),
        (
            "name = \"A\"\nlogo = \"x.gif\"\n",
            "brand.toml:2:8: there is no x.gif",
        ),
        (
            "name = \"A\"\n[colours]\nhead = \"green\"\n",
            "brand.toml:3:8: \"green\" is not a colour; write it as \"#0b5d3b\"",
        ),
        (
            "name = \"A\"\nlook = \"bubbles\"\n",
            "brand.toml:2:8: unknown variant `bubbles`, expected one of `ticks`, `under-last`, `window`",
        ),
        (
            "name = \"A\"\n\n[agents.Riley]\nname = \"R\"\navatar = \"me.png\"\n",
            "brand.toml:5:10: there is no me.png",
        ),
    ] {
        assert_eq!(parsed(text).unwrap_err(), fault);
    }
    let unknown = parsed("name = \"A\"\nglitter = 1\n").unwrap_err();
    assert!(
        unknown.starts_with("brand.toml:2:1: unknown field `glitter`"),
        "{unknown}"
    );
    let long = format!("name = \"A\"\nline = \"{}\"\n", "x".repeat(81));
    assert!(
        parsed(&long)
            .unwrap_err()
            .contains("longer than 80 characters")
    );
    let control = parsed("name = \"A\"\n[words]\ntoday = \"a\\u001bb\"\n").unwrap_err();
    assert!(control.contains("control character"), "{control}");
}

#[test]
fn a_pack_is_read_from_its_folder_with_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("own");
    std::fs::create_dir(&written).unwrap();
    let file = written.join(PACK_FILE);
    std::fs::write(&file, "name = \"Own\"\nlogo = \"logo.png\"\n").unwrap();
    let path = written.to_str().unwrap();
    let fault = find(path, None).unwrap_err().to_string();
    assert!(
        fault.contains("own/brand.toml:2:8: cannot read \"logo.png\""),
        "{fault}"
    );
    std::fs::write(written.join("logo.png"), "no picture").unwrap();
    let fault = find(path, None).unwrap_err().to_string();
    assert!(fault.contains("neither PNG, JPEG nor WebP"), "{fault}");
    std::fs::write(written.join("logo.png"), b"\x89PNG\r\n\x1a\nrest").unwrap();
    let pack = find(path, None).unwrap();
    assert_eq!((pack.key.as_str(), pack.name.as_str()), ("own", "Own"));
    assert_eq!(find(file.to_str().unwrap(), None).unwrap(), pack);
    assert_eq!(find("own", Some(folder.path())).unwrap().name, "Own");
    let before = changed_at(&written);
    std::fs::write(written.join("more.png"), "").unwrap();
    assert_ne!(changed_at(&written), before);
    std::fs::write(written.join("logo.png"), vec![0; 600_000]).unwrap();
    assert!(
        find(path, None)
            .unwrap_err()
            .to_string()
            .contains("larger than 512 kB")
    );
    std::fs::write(&file, "name = \"Own\"\nlogo = \"../own/logo.png\"\n").unwrap();
    assert!(
        find(path, None)
            .unwrap_err()
            .to_string()
            .contains("no file beside brand.toml")
    );
}

#[test]
fn a_name_that_no_pack_has_is_told_with_what_there_is() {
    let fault = find("acm", None).unwrap_err().to_string();
    assert!(fault.contains("did you mean `acme`"), "{fault}");
    assert!(fault.contains("plain, acme, meadow, harbour"), "{fault}");
    let fault = find("./nowhere", None).unwrap_err().to_string();
    assert!(fault.contains("nowhere/brand.toml"), "{fault}");
}

#[test]
fn agents_are_called_as_the_pack_says_or_by_their_first_name() {
    let pack = parsed("name = \"A\"\n[agents.Riley]\nname = \"Riley from A\"\n").unwrap();
    assert_eq!(pack.agent_name("Riley Doe"), "Riley from A");
    assert_eq!(pack.agent_name("Sam Lee"), "Sam");
    assert_eq!(pack.agent_name("The agent"), "A");
    assert_eq!(pack.title(), "A");
}

#[test]
fn the_schema_knows_what_a_pack_may_hold() {
    let schema: serde_json::Value = serde_json::from_str(include_str!(
        "../../../assets/schema/handset-brand-1.schema.json"
    ))
    .unwrap();
    let names = |pointer: &str| {
        let object = schema
            .pointer(pointer)
            .and_then(serde_json::Value::as_object);
        let mut names: Vec<String> = object.unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(
        names("/properties/colours/properties"),
        sorted(BrandColours::NAMES)
    );
    assert_eq!(
        names("/properties/words/properties"),
        sorted(BrandWords::NAMES)
    );
    // The parser tells what else it knows, by a key that it does not.
    let known = parsed("name = \"A\"\nglitter = 1\n").unwrap_err();
    for name in names("/properties") {
        assert!(known.contains(&format!("`{name}`")), "{name}: {known}");
    }
    assert_eq!(
        known.matches('`').count() / 2 - 1,
        names("/properties").len(),
        "{known}"
    );
}
