//! Changes of a scenario's text, line by line: what nobody changes stays as it is written, comments
//! and all.

use crate::scenario::{
    fault::Fault,
    format::format,
    print::Sheet,
    script::{ScriptStep, Sight, StepKind},
    syntax::line::{FENCE, opens_fence},
};

/// A change of a step, or beside it. Steps are named by their lines, from 1.
#[derive(Debug, Clone, PartialEq)]
pub enum ScriptChange {
    /// The step is written anew; of a card only the line it begins with.
    Anew(ScriptStep),
    /// Another step comes behind the step of this line.
    Behind(usize, ScriptStep),
    /// The steps from this line to that one come in any order.
    AnyOrder(usize, usize),
}

/// A scenario's text with changes made, as the formatter writes it.
///
/// # Errors
///
/// The faults of a text that cannot be read.
pub fn changed(text: &str, changes: &[ScriptChange]) -> Result<String, Vec<Fault>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut anew: Vec<Vec<String>> = lines.iter().map(|line| vec![(*line).to_owned()]).collect();
    // First what replaces lines, then what stands before and behind them.
    for change in changes {
        if let ScriptChange::Anew(step) = change {
            let first = step.place.line;
            let mut written = written(step);
            let mut last = last_line(&lines, first);
            if is_card(step) {
                written.truncate(1);
                last = first;
            }
            for rows in anew.iter_mut().take(last).skip(first.saturating_sub(1)) {
                rows.clear();
            }
            if let Some(rows) = row(&mut anew, first) {
                *rows = written;
            }
        }
    }
    for change in changes {
        match change {
            ScriptChange::Anew(_) => {}
            ScriptChange::Behind(line, step) => {
                if let Some(rows) = row(&mut anew, last_line(&lines, *line)) {
                    rows.extend(written(step));
                }
            }
            ScriptChange::AnyOrder(from, to) => {
                if let Some(rows) = row(&mut anew, *from) {
                    rows.insert(0, "any order".to_owned());
                }
                if let Some(rows) = row(&mut anew, last_line(&lines, *to)) {
                    rows.push("end".to_owned());
                }
            }
        }
    }
    let rows = anew.into_iter().flatten();
    format(
        &rows
            .flat_map(|row| [row, "\n".to_owned()])
            .collect::<String>(),
    )
}

fn row(rows: &mut [Vec<String>], line: usize) -> Option<&mut Vec<String>> {
    rows.get_mut(line.checked_sub(1)?)
}

fn written(step: &ScriptStep) -> Vec<String> {
    let mut sheet = Sheet::default();
    sheet.step(step);
    sheet.text().lines().map(str::to_owned).collect()
}

fn is_card(step: &ScriptStep) -> bool {
    let StepKind::Sees { sight, .. } = &step.kind else {
        return false;
    };
    matches!(sight, Sight::Card(_))
}

/// The last line of the step that begins on this line: of a text in fences, of a card.
fn last_line(lines: &[&str], first: usize) -> usize {
    let begin = lines
        .get(first.saturating_sub(1))
        .map_or("", |line| line.trim());
    let words: Vec<&str> = begin.split_whitespace().collect();
    let is_card = !begin.contains(':')
        && matches!(words.as_slice(), [.., "sees"] | [.., "sees", "within", _]);
    let end = if opens_fence(begin) {
        FENCE
    } else if is_card {
        "end"
    } else {
        return first;
    };
    let after = lines.iter().skip(first).position(|line| line.trim() == end);
    after.map_or(first, |after| first + after + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scenario::parse::parse;

    const TEXT: &str = "\
# By hand.
extras fail

me: Hello
agent: \"\"\"
  Two rows,
  of a text
\"\"\"
# It comes late.
me sees
  4 cards
end
agent: Which one?
agent: Bye
";

    #[test]
    fn what_only_looks_like_more_lines_is_one() {
        let text = "agent: Nobody sees\nagent: \"\"\" \"\"\"\nme sees\n  4 cards\nend\n";
        let parsed = parse("a.talk", text, &|name| Err(name.to_owned()));
        let steps = &parsed.script.scenes[0].steps;
        for step in steps {
            let anew = changed(text, &[ScriptChange::Anew(step.clone())]).unwrap();
            let again = parse("a.talk", &anew, &|name| Err(name.to_owned()));
            assert_eq!(again.script.scenes[0].steps.len(), steps.len(), "{anew}");
        }
    }

    #[test]
    fn only_what_is_changed_is_written_anew() {
        let parsed = parse("a.talk", TEXT, &|name| Err(name.to_owned()));
        assert_eq!(parsed.faults, []);
        let steps = &parsed.script.scenes[0].steps;
        let mut text = steps[1].clone();
        text.is_optional = true;
        let mut card = steps[2].clone();
        if let StepKind::Sees { within, .. } = &mut card.kind {
            *within = Some(Duration::from_secs(20));
        }
        let mut other = steps[4].clone();
        other.is_optional = true;
        let made = changed(
            TEXT,
            &[
                ScriptChange::Behind(9, other.clone()),
                ScriptChange::Anew(text),
                ScriptChange::Anew(card),
                ScriptChange::Behind(10, other),
                ScriptChange::AnyOrder(13, 14),
            ],
        );
        assert_eq!(
            made.unwrap(),
            "\
# By hand.
extras fail

me: Hello
maybe agent: \"\"\"
  Two rows,
  of a text
\"\"\"
# It comes late.
maybe agent: Bye
me sees within 20s
  4 cards
end
maybe agent: Bye
any order
  agent: Which one?
  agent: Bye
end
"
        );
    }
}
