//! Files of other tools, and what they become.

use std::collections::BTreeMap;

use crate::scenario::{check::check, format::format, import::*, parse::parse};

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        [$(Foreign {
            name: $name.to_owned(),
            text: include_str!(concat!("../../../tests/fixtures/import/", $name)).to_owned(),
        }),*]
    };
}

/// The texts that come of these files, by their names; each can be read, and is formatted.
fn texts(imported: &Imported) -> BTreeMap<&str, &str> {
    let files = imported
        .files
        .iter()
        .map(|(_, file)| (file.name.as_str(), file.text.as_str()));
    let files: BTreeMap<&str, &str> = files.collect();
    let give = |name: &str| {
        let text = files.get(name).copied();
        text.map(str::to_owned)
            .ok_or_else(|| "no such file".to_owned())
    };
    for (name, text) in &files {
        if name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "talk")
        {
            let mut parsed = parse(name, text, &give);
            parsed.faults.extend(check(&parsed.script, &parsed.sources));
            assert!(!parsed.is_faulty(), "{text}\n{:#?}", parsed.faults);
        }
        assert_eq!(format(text).as_deref(), Ok(*text));
    }
    files
}

fn left(imported: &Imported) -> Vec<String> {
    let left = imported.left.iter();
    left.map(|(file, line, what)| format!("{file}:{line} {what}"))
        .collect()
}

fn convo(text: &str) -> String {
    let name = "a.convo.txt".to_owned();
    let imported = import(&[Foreign {
        name,
        text: text.to_owned(),
    }]);
    texts(&imported)["a.talk"].to_owned()
}

#[test]
fn convos_become_scenarios_with_all_that_they_name() {
    let imported = import(&fixtures![
        "mugs.convo.txt",
        "login.pconvo.txt",
        "hello.utterances.txt",
        "greeting.utterances.txt",
        "customers.scriptingmemory.txt",
    ]);
    let texts = texts(&imported);
    assert_eq!(
        texts.keys().copied().collect::<Vec<_>>(),
        ["login.steps", "mugs.talk"]
    );
    insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("import_mugs.talk", texts["mugs.talk"]);
    });
    assert_eq!(
        texts["login.steps"],
        "# log in\nme: log me in\nagent: \"/password/ please\"\n# Not carried over: $shop has no value here\nme: It is $shop\n"
    );
    assert_eq!(
        left(&imported),
        [
            "0:23 INTENT I_BUY",
            "0:25 the channel #general",
            "0:48 TEXT_WILDCARD_ALL a*",
            "0:50 $now has no value here",
            "0:53 ?!nothing more",
            "1:9 $shop has no value here",
        ]
    );
}

#[test]
fn chats_become_scenarios() {
    let imported = import(&fixtures!["logo.chat"]);
    let texts = texts(&imported);
    insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("import_logo.talk", texts["logo.talk"]);
    });
    assert_eq!(
        left(&imported),
        [
            "0:3 channelId=emulator",
            "0:14 [attachmentlayout=carousel]",
            "0:22 [attachment=card.json adaptivecard]",
        ]
    );
}

#[test]
fn marks_stand_for_themselves_when_they_are_doubled() {
    let text = convo("t\n#me\nhi\n#bot\n??really\n#bot\n!!now\n#bot\n!no\n#bot\n?perhaps\n");
    let lines: Vec<&str> = text.lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "me: hi",
            "agent: ?really",
            "agent: !now",
            "no message from agent: no for 3s",
            "maybe agent: perhaps",
        ]
    );
}

#[test]
fn odd_files_do_no_harm() {
    for text in [
        "",
        "#",
        "#me",
        "#bot\n#bot\n",
        "\u{feff}x",
        "#me\n$\n#me\n$$a(\n#bot\n{\n[1]",
        "#me\nBUTTON\nINCLUDE\nPAUSE x\nMEDIA a*",
    ] {
        let foreign = |name: &str| Foreign {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let all = [
            "a.convo.txt",
            "b.pconvo.txt",
            "c.utterances.txt",
            "d.scriptingmemory.txt",
            "e.chat",
        ];
        let imported = import(&all.map(foreign));
        assert_eq!(imported.files.len(), 3, "{text}");
        for (_, file) in &imported.files {
            assert!(format(&file.text).is_ok(), "{text}\n{}", file.text);
        }
    }
    let unknown = import(&[Foreign {
        name: "a.txt".to_owned(),
        text: String::new(),
    }]);
    assert!(unknown.files.is_empty() && unknown.left[0].2.contains(".convo.txt"));
}
