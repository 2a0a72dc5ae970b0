//! The head of a file or of a scene.

use crate::{
    domain::similar::did_you_mean,
    scenario::{
        fault::{Fault, FaultKind},
        forms::{
            self,
            lines::{HEAD, KeywordLine, STEPS},
        },
        needs::need_words,
        parse::{Parser, SourceLines, turns::is_turn},
        script::{Never, Play, Scene, Script, ScriptHead, Template, TextPiece},
        syntax::{
            line::SourceLine,
            text,
            token::{WordToken, tokens},
        },
    },
};

impl Parser<'_> {
    /// Reads a keyword line by these forms.
    pub(super) fn keyword_line(
        &mut self,
        forms: &[forms::LineForm<KeywordLine>],
        line: &SourceLine,
        tokens: &[WordToken<'_>],
    ) -> Option<KeywordLine> {
        let sinks = (&mut self.faults, &mut self.layout);
        match forms::pick(forms, "a line", line, tokens, sinks) {
            Ok(read) => Some(read),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Reads lines of a head up to the first other line: of the scene, or of the file.
    pub(super) fn head(
        &mut self,
        lines: &mut SourceLines,
        script: &mut Script,
        scene: Option<&mut Scene>,
    ) {
        let in_scene = scene.is_some();
        let mut own = ScriptHead::default();
        while let Some(line) = lines.peek() {
            let parts = tokens(&line.text, 0);
            let first = parts.first().map_or("", |token| token.text);
            if !begins(HEAD, first) || is_turn(&line.text) {
                break;
            }
            let Some(line) = lines.next() else { break };
            let parts = tokens(&line.text, 0);
            let Some(read) = self.keyword_line(HEAD, &line, &parts) else {
                continue;
            };
            if in_scene && is_files_only(&read) {
                let words = format!(
                    "`{first}` belongs to the head of the file",
                    first = first_word(&line)
                );
                let fault = Fault::new(FaultKind::Misplaced, line.whole(), words)
                    .help("move the line above the first scene");
                self.faults.push(fault);
            } else {
                self.head_line(read, &line, lines, &mut own, script);
            }
        }
        match scene {
            Some(scene) => scene.head = own,
            None => script.head = own,
        }
    }

    fn head_line(
        &mut self,
        read: KeywordLine,
        line: &SourceLine,
        lines: &mut SourceLines,
        head: &mut ScriptHead,
        script: &mut Script,
    ) {
        let place = line.place;
        let mut is_twice = false;
        match read {
            KeywordLine::Title(title) => {
                is_twice = !script.title.is_empty();
                script.title = title;
            }
            KeywordLine::Tags(mut tags) => script.tags.append(&mut tags),
            KeywordLine::Play { name, role, from } => {
                is_twice = head.cast.iter().any(|play| play.name == name);
                let is_agent = role.unwrap_or(false);
                head.cast.push(Play {
                    place,
                    name,
                    is_agent,
                    from,
                });
            }
            KeywordLine::Within(span) => {
                is_twice = head.within.is_some();
                head.within = Some((span, place));
            }
            KeywordLine::Extras { fail } => {
                is_twice = head.extras_fail.is_some();
                head.extras_fail = Some(fail);
            }
            KeywordLine::Needs(mut needs) => {
                self.check_needs(line);
                head.needs.append(&mut needs);
            }
            KeywordLine::Never { text, from } => head.never.push(Never { place, text, from }),
            KeywordLine::Let { name, value } => {
                is_twice = head.values.iter().any(|(known, _)| *known == name);
                if self.is_good_name(&name, line) {
                    head.values.push((name, value));
                }
            }
            KeywordLine::Secret { name, variable } => {
                is_twice = head.secrets.iter().any(|(known, _)| *known == name);
                if self.is_good_name(&name, line) {
                    head.secrets.push((name, variable));
                }
            }
            KeywordLine::RowsFrom { file, key } => {
                is_twice = script.rows.is_some();
                script.rows = self.rows_of_file(line, &file, key);
            }
            KeywordLine::Rows { key } => {
                is_twice = script.rows.is_some();
                script.rows = self.rows_of_block(line, lines, key);
            }
            _ => {}
        }
        if is_twice {
            let words = format!("`{}` is said twice", first_word(line));
            let fault = Fault::new(FaultKind::Twice, line.whole(), words)
                .label("the second time")
                .help("leave one of the two lines out");
            self.faults.push(fault);
        }
    }

    /// Tells words of `needs` that nobody can look for.
    fn check_needs(&mut self, line: &SourceLine) {
        for token in tokens(&line.text, 0).iter().skip(1) {
            if need_words().any(|word| word == token.text) {
                continue;
            }
            let known: Vec<String> = need_words().map(|word| format!("`{word}`")).collect();
            let words = format!(
                "there is no need `{}`{}",
                token.text,
                did_you_mean(token.text, need_words())
            );
            let spot = line.spot(token.at, token.end());
            let fault = Fault::new(FaultKind::UnknownNeed, spot, words)
                .help(format!("a scene can need {}", known.join(", ")));
            self.faults.push(fault);
        }
    }

    /// Tells a name of a value that is none.
    pub(super) fn is_good_name(&mut self, name: &str, line: &SourceLine) -> bool {
        let is_good = crate::scenario::syntax::is_word(name);
        if !is_good {
            let words = "a value is named by letters, digits, `_` and `-`, a letter first";
            self.faults
                .push(Fault::new(FaultKind::WrongForm, line.whole(), words));
        }
        is_good
    }

    /// A `scene` line, with its head and its steps.
    pub(super) fn scene(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        script: &mut Script,
    ) -> Scene {
        let mut parts = tokens(&line.text, 0);
        let mut scene = Scene {
            place: line.place,
            ..Scene::default()
        };
        if self.keyword_line(STEPS, line, &parts).is_some() {
            while let Some(last) = parts.last()
                && parts.len() > 2
                && let Some(tag) = last.text.strip_prefix('@')
                && crate::scenario::syntax::is_word(tag)
            {
                scene.tags.insert(0, tag.to_owned());
                parts.pop();
            }
            if let (Some(first), Some(last)) = (parts.get(1), parts.last()) {
                let written = crate::scenario::syntax::part(&line.text, first.at, last.end());
                scene.title = text::plain(written).0;
            }
        }
        self.head(lines, script, Some(&mut scene));
        scene.steps = self.steps(lines, None, 0);
        if scene.steps.is_empty() && self.faults.is_empty() {
            let fault = Fault::new(
                FaultKind::NoSteps,
                line.whole(),
                "nothing happens in this scene",
            )
            .help("write who says what below it, as `me: Where is my order?`");
            self.faults.push(fault);
        }
        scene
    }
}

fn first_word(line: &SourceLine) -> &str {
    line.text.split_whitespace().next().unwrap_or_default()
}

/// Whether a line of these forms begins with this word.
pub(super) fn begins(forms: &[forms::LineForm<KeywordLine>], word: &str) -> bool {
    forms
        .iter()
        .flat_map(forms::LineForm::first_words)
        .any(|first| first == word)
}

/// Whether a line of the head cannot be one scene's.
fn is_files_only(line: &KeywordLine) -> bool {
    matches!(
        line,
        KeywordLine::Title(_)
            | KeywordLine::Tags(_)
            | KeywordLine::Secret { .. }
            | KeywordLine::RowsFrom { .. }
            | KeywordLine::Rows { .. }
    )
}

/// The text of a template that has no values in it.
pub(super) fn literal(template: &Template) -> Option<&str> {
    match template.0.as_slice() {
        [TextPiece::Text(text)] => Some(text),
        _ => None,
    }
}
