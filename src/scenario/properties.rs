//! What holds for any text: it is read without a panic, and `fmt` changes nothing but its looks.

use proptest::prelude::*;

use crate::scenario::{
    format::format,
    forms::{
        LineForm,
        deeds::DEEDS,
        facts::{EVENTS, FACTS},
        lines::{HEAD, STEPS},
        sights::{CARD_PARTS, SIGHTS},
    },
    parse::{Parsed, parse},
    script::{CardPart, Scene, Script, ScriptStep, Sight, SourcePlace, StepKind},
};

fn read(text: &str) -> Parsed {
    parse("a.talk", text, &|name| match name {
        "orders.csv" => Ok("persona,order\nada,1\n".to_owned()),
        "greeting.talk" => Ok("me: Hello\n\nagent: hello {order}\n".to_owned()),
        _ => Err("no such file".to_owned()),
    })
}

/// The script without its places and without how its lines are written.
fn bare(mut script: Script) -> Script {
    if let Some(rows) = &mut script.rows {
        rows.place = SourcePlace::default();
    }
    bare_head(&mut script.head);
    for Scene {
        place, head, steps, ..
    } in &mut script.scenes
    {
        *place = SourcePlace::default();
        bare_head(head);
        steps.iter_mut().for_each(bare_step);
    }
    script
}

fn bare_head(head: &mut crate::scenario::script::ScriptHead) {
    head.cast
        .iter_mut()
        .for_each(|play| play.place = SourcePlace::default());
    head.never
        .iter_mut()
        .for_each(|never| never.place = SourcePlace::default());
    if let Some((_, place)) = &mut head.within {
        *place = SourcePlace::default();
    }
}

fn bare_step(step: &mut ScriptStep) {
    step.place = SourcePlace::default();
    step.source.clear();
    match &mut step.kind {
        StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => {
            steps.iter_mut().for_each(bare_step);
        }
        StepKind::If {
            condition,
            then,
            otherwise,
        } => {
            bare_step(condition);
            then.iter_mut().chain(otherwise).for_each(bare_step);
        }
        StepKind::Sees {
            sight: Sight::Card(parts),
            ..
        } => {
            for CardPart { place, .. } in parts {
                *place = SourcePlace::default();
            }
        }
        _ => {}
    }
}

fn keeps_its_meaning(text: &str) -> Result<(), TestCaseError> {
    let before = read(text);
    if let Ok(formatted) = format(text) {
        let after = read(&formatted);
        prop_assert_eq!(bare(before.script), bare(after.script), "{}", formatted);
        let again = format(&formatted);
        prop_assert_eq!(again.as_ref(), Ok(&formatted));
    }
    Ok(())
}

/// Lines of every form, and lines that follow none.
fn a_line() -> impl Strategy<Value = String> {
    fn examples<T>(forms: &[LineForm<T>], before: &str) -> Vec<String> {
        let examples = forms.iter().map(|form| format!("{before}{}", form.example));
        examples.collect()
    }
    let mut lines = examples(DEEDS, "me  ");
    lines.extend(examples(FACTS, "expect "));
    lines.extend(examples(SIGHTS, "kim sees  "));
    lines.extend(examples(CARD_PARTS, " "));
    lines.extend(examples(HEAD, ""));
    lines.extend(examples(STEPS, ""));
    lines.extend(
        examples(EVENTS, "no ")
            .into_iter()
            .map(|line| line + " for 90s"),
    );
    let more = "me: Hello|agent within 90s :  any  {order} thing 90s|maybe agent: /x  y/i|end|end|end|else|\
        # a comment||  |me sees|kim sees within 61m|if kim sees within 2s|if agent closes within 3s|any order|\
        me: \"\"\"| \"\"\"|    deep {?x} \"text\"|rows|scene A @b @c|scene   B|play ada|kim whispers:   a  b|agent: \
        =\"x  y\"|agent: \" z \"|kim types 0.5m within 5s";
    lines.extend(more.split('|').map(str::to_owned));
    lines.push("| a  | b \\| c |".to_owned());
    lines.push("|1|2|".to_owned());
    let blanks = prop_oneof!["", "  ", "\t", "   "];
    let ends = prop_oneof![3 => Just("\n"), 1 => Just("\r\n"), 1 => Just("  \n")];
    (blanks, prop::sample::select(lines), ends)
        .prop_map(|(blank, line, end)| format!("{blank}{line}{end}"))
}

/// A file that is often without a fault.
fn a_file() -> impl Strategy<Value = String> {
    let good = "me: Hello  there|kim  types 90s|agent within  120s: x|expect csat 4|# about|||note  A b|\
        any  order\nme: a\n\n# c\n\nend|if agent within 2s: a\n\nme: b\nelse\n  # d\nme: c\n\n\nend|\
        kim sees\n# e\n 2  cards\nend|me: \"\"\"\n   a\n  b\n\"\"\"|if kim sees within 1s\nimage\nend\nme: x\nend|\
        maybe kim sees\nimage\nend|sandbox  fault add  send|pass 3600s|let  x =  y  z";
    let good: Vec<&str> = good.split('|').collect();
    let head = "title  A  b|tags x  y|play ada|needs sandbox|never x  y from agent|# head||secret s from env S|\
        rows\n# f\n|a|bb|\n|ccc|d|\nend";
    let head: Vec<&str> = head.split('|').collect();
    let head = [
        &head[..8],
        &[
            "rows\n# f\n|a|bb|\n| ccc |d|\nend",
            "within 90s",
            "extras fail",
        ],
    ]
    .concat();
    let lines = |from: Vec<&'static str>, most| {
        prop::collection::vec(prop::sample::select(from), 0..most)
            .prop_map(|lines| lines.join("\n"))
    };
    let scene_head = vec!["within 90s", "play gus", "# s", "", "needs live", "never z"];
    let scene = (lines(scene_head, 4), lines(good.clone(), 8));
    let scenes = prop::collection::vec(scene, 0..3);
    (lines(head, 8), lines(good, 8), scenes).prop_map(|(head, steps, scenes)| {
        if scenes.is_empty() {
            return format!("{head}\n{steps}\n");
        }
        let scenes = scenes
            .iter()
            .map(|(head, steps)| format!("scene  T  {{x}}  @t\n{head}\n{steps}\n"));
        format!("{head}\n{}", scenes.collect::<String>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s).{0,300}") {
        keeps_its_meaning(&text)?;
    }

    #[test]
    fn any_lines_are_read_without_a_panic(lines in prop::collection::vec(a_line(), 0..30)) {
        keeps_its_meaning(&lines.concat())?;
    }

    #[test]
    fn what_fmt_writes_means_the_same_and_stays_as_it_is(text in a_file()) {
        keeps_its_meaning(&text)?;
    }
}

#[test]
fn most_made_up_files_have_no_fault() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let texts = (0..200).map(|_| a_file().new_tree(&mut runner).unwrap().current());
    let good = texts.filter(|text| format(text).is_ok()).count();
    assert!(good > 60, "{good} of 200");
}

#[test]
fn fmt_writes_one_looks() {
    let text = "\u{feff}# About this file\r\n\n\n# The cast\nplay   ada\ntitle  Two  words\n\n\n\nscene  A\nwithin 90s\n\n me:  two  blanks\n\
        any   order\n\n  # first\nagent within 60s:  x\n\nend\n\n\n\nkim sees\n4  cards\nend\nscene B\nme: \"\"\"\n   a\n  b\n    \"\"\"\n\n";
    let wanted = "# About this file\n\ntitle Two  words\n# The cast\nplay ada\n\nscene A\n  within 1m30s\n\n  me: two  blanks\n  \
        any order\n    # first\n    agent within 1m: x\n  end\n\n  kim sees\n    4 cards\n  end\n\nscene B\n  me: \"\"\"\n   a\n  b\n  \"\"\"\n";
    assert_eq!(format(text).unwrap(), wanted);
    assert!(format("me closse").is_err());
    assert_eq!(format("").unwrap(), "");
}
