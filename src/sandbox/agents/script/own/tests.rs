//! Scripts of one's own: what is taken, and what is told of the others.

use super::*;

fn told(text: &str) -> String {
    let file = ScriptFile {
        name: "nova.toml".to_owned(),
        text: text.to_owned(),
    };
    match read(&file, Script::built_in().unwrap()) {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    }
}

#[test]
fn the_built_in_script_is_one() {
    assert_eq!(told(include_str!("../../../../../assets/riley.toml")), "");
}

#[test]
fn two_lines_are_enough() {
    let text = "name = \"Nova\"\ngreeting = [{ text = \"Hi, {agent} from {brand}.\" }]\nlost = [{ text = \"Hm.\" }]\n";
    let file = ScriptFile {
        name: "nova.toml".to_owned(),
        text: text.to_owned(),
    };
    let script = read(&file, Script::built_in().unwrap()).unwrap();
    let script = script.of_brand("Umbrella \"& Co\"").unwrap();
    let greets = Line::Text("Hi, Nova from Umbrella \"& Co\".".to_owned());
    assert_eq!(
        (script.name.as_str(), script.greeting),
        ("Nova", vec![greets])
    );
    assert!(script.rules.is_empty());
    assert_eq!(script.supervisor, "Morgan");
}

#[test]
fn all_faults_are_told_at_once_each_in_its_place() {
    let text = r#"nmae = "Nova"
greeting = [{ texxt = "Hi" }, { text = "I am {agnet}" }]
supervisor = " "

[[rule]]
name = "hours"
words = "hours"
say = [{ rich = "buttens" }, { hand_to = "Samm" }, "cloze"]

[[rule]]
name = "hours"
wrods = ["open"]
after = "hour"
say = [{ picture = { name = "mug.pgn" } }, { transfer = "Slaes" }]

[[rule]]
name = "call"
words = ["phone"]
examples = ["Give me a phone", "Ring me"]
"#;
    let told = told(text);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "the agent script nova.toml cannot be used:");
    for expected in [
        "nova.toml:1:1: there is no `nmae` here; did you mean `name`?",
        "nova.toml:1:1: `lost` is missing",
        "nova.toml:2:15: there is no `texxt` here; did you mean `text`?",
        "nova.toml:2:31: there is no `agnet` here; did you mean `agent`?",
        "nova.toml:3:14: `supervisor` is empty",
        "nova.toml:7:9: `words`: ",
        "nova.toml:8:8: there is no `buttens` here; did you mean `buttons`?",
        "nova.toml:8:30: there is no `Samm` here; did you mean `Sam`?",
        "nova.toml:8:52: there is no `cloze` here; did you mean `close`?",
        "nova.toml:11:8: there is a rule \"hours\" already",
        "nova.toml:12:1: there is no `wrods` here; did you mean `words`?",
        "nova.toml:13:9: there is no `hour` here; did you mean `hours`?",
        "nova.toml:14:8: there is no `mug.pgn` here; did you mean `mug.png`?",
        "nova.toml:14:44: there is no `Slaes` here; did you mean `Sales`?",
        "nova.toml:16:1: this rule says nothing",
        "nova.toml:19:32: this example does not call for its rule: it calls for no rule",
    ] {
        assert!(told.contains(expected), "no {expected:?} in\n{told}");
    }
    let numbers: Vec<usize> = lines[1..]
        .iter()
        .map(|line| line.split(':').nth(1).unwrap().parse().unwrap())
        .collect();
    assert!(numbers.is_sorted(), "{told}");
}

#[test]
fn what_is_no_toml_is_told_too() {
    let told = told("greeting = [\nlost = [{ text = \"a\" }]\n");
    assert!(told.contains("nova.toml:"), "{told}");
}
