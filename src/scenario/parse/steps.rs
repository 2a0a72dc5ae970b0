//! The steps of a scene.

use crate::scenario::{
    fault::{Fault, FaultKind},
    forms::{
        self,
        facts::FACTS,
        lines::{HEAD, KeywordLine, STEPS},
    },
    parse::{
        DEEPEST_BLOCK, Parser, SourceLines,
        files::Unusable,
        head::{begins, literal},
        turns::{is_turn, turn},
    },
    script::{ScriptStep, StepKind, Template},
    syntax::{
        line::SourceLine,
        part,
        token::{WordToken, tokens},
    },
};

/// The block that steps stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenBlock {
    /// `any order`, or behind `else`.
    Plain,
    /// Behind an `if`: an `else` may follow.
    Then,
}

/// What ended the steps of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockEnd {
    End,
    Else,
    Not,
}

impl Parser<'_> {
    pub(super) fn fault(&mut self, fault: Fault) -> Option<StepKind> {
        self.faults.push(fault);
        None
    }

    /// Steps to the end of their block, or to the next scene.
    pub(super) fn steps(
        &mut self,
        lines: &mut SourceLines,
        block: Option<OpenBlock>,
        depth: usize,
    ) -> Vec<ScriptStep> {
        self.block(lines, block, depth).0
    }

    fn block(
        &mut self,
        lines: &mut SourceLines,
        block: Option<OpenBlock>,
        depth: usize,
    ) -> (Vec<ScriptStep>, BlockEnd) {
        let mut steps = Vec::new();
        while let Some(line) = lines.peek() {
            let parts = tokens(&line.text, 0);
            let first = parts.first().map_or("", |token| token.text);
            let is_turn = is_turn(&line.text);
            if !is_turn && first == "scene" && !lines.is_used {
                break;
            }
            let ended = match (line.text.as_str(), block) {
                ("end", Some(_)) => Some(BlockEnd::End),
                ("else", Some(OpenBlock::Then)) => Some(BlockEnd::Else),
                _ => None,
            };
            let Some(line) = lines.next() else { break };
            if let Some(ended) = ended {
                return (steps, ended);
            }
            steps.extend(self.step(&line, lines, 0, depth));
        }
        (steps, BlockEnd::Not)
    }

    /// A block below a line, to its `end`.
    fn below(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        block: OpenBlock,
        depth: usize,
    ) -> (Vec<ScriptStep>, BlockEnd) {
        if depth >= DEEPEST_BLOCK {
            let words = format!("blocks stand more than {DEEPEST_BLOCK} deep in each other");
            let fault = Fault::new(FaultKind::TooLarge, line.whole(), words);
            self.faults.push(fault);
            lines.at = lines.all.len();
            lines.is_left = true;
            return (Vec::new(), BlockEnd::End);
        }
        let (steps, ended) = self.block(lines, Some(block), depth + 1);
        if ended == BlockEnd::Not && !lines.is_left {
            self.not_closed(line);
        }
        (steps, ended)
    }

    pub(super) fn not_closed(&mut self, line: &SourceLine) {
        let fault = Fault::new(
            FaultKind::NotClosed,
            line.whole(),
            "this block has no `end`",
        )
        .label("begins here")
        .help("write `end` on a line of its own below its last line");
        self.faults.push(fault);
    }

    /// The step that begins at this byte of a line.
    fn step(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        from: usize,
        depth: usize,
    ) -> Option<ScriptStep> {
        let kind = self.step_kind(line, lines, from, depth)?;
        let source = line.text.clone();
        Some(match kind {
            // `maybe` has built the whole of it.
            Built::ScriptStep(step) => ScriptStep { source, ..step },
            Built::Kind(kind) => ScriptStep {
                place: line.place,
                source,
                is_optional: false,
                kind,
            },
        })
    }

    fn step_kind(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        from: usize,
        depth: usize,
    ) -> Option<Built> {
        let rest = part(&line.text, from, line.text.len());
        let parts = tokens(&line.text, from);
        let first = *parts.first()?;
        let from = first.at;
        if let Some(turn) = turn(rest.trim_start()) {
            return self.turn(line, from, turn).map(Built::Kind);
        }
        if first.text == "scene" {
            let words = "a used file has steps only, and no scene";
            self.fault(Fault::new(FaultKind::Misplaced, line.whole(), words));
            return None;
        }
        if begins(HEAD, first.text) && first.text != "let" {
            return self.misplaced_head(line, lines, first);
        }
        if begins(STEPS, first.text) || first.text == "let" {
            let forms = if first.text == "let" { HEAD } else { STEPS };
            let read = self.keyword_line(forms, line, &parts);
            if let Some(read) = read {
                return self.keyword(read, line, lines, &parts, depth);
            }
            self.skip_block(first.text, line, lines, depth);
            return None;
        }
        if line.text.starts_with('|') {
            let words = "a row of a table stands by itself";
            let fault = Fault::new(FaultKind::Misplaced, line.whole(), words)
                .help("write `rows` above the table, in the head of the file");
            self.fault(fault);
            return None;
        }
        self.act(line, lines, &parts, from, depth).map(Built::Kind)
    }

    /// Reads over the block of a line with a fault, so that its `end` is not told too.
    fn skip_block(
        &mut self,
        first: &str,
        line: &SourceLine,
        lines: &mut SourceLines,
        depth: usize,
    ) {
        if matches!(first, "any" | "if") {
            let (_, ended) = self.below(line, lines, OpenBlock::Then, depth);
            if ended == BlockEnd::Else {
                self.below(line, lines, OpenBlock::Plain, depth);
            }
        }
    }

    fn misplaced_head(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        first: WordToken<'_>,
    ) -> Option<Built> {
        if lines.is_used && matches!(first.text, "title" | "tags") {
            return None;
        }
        let (words, help) = if lines.is_used {
            (
                format!("a used file has steps only, and no `{}`", first.text),
                "move the line into the scenario that uses this file",
            )
        } else {
            (
                format!("`{}` stands behind a step", first.text),
                "move the line above the first step of the file or of the scene",
            )
        };
        self.faults.push(
            Fault::new(
                FaultKind::Misplaced,
                line.spot(first.at, first.end()),
                words,
            )
            .help(help),
        );
        if line.text == "rows" || line.text.starts_with("rows key ") {
            while lines.peek().is_some_and(|next| next.text.starts_with('|')) {
                lines.next();
            }
            if lines.peek().is_some_and(|next| next.text == "end") {
                lines.next();
            }
        }
        None
    }

    fn keyword(
        &mut self,
        read: KeywordLine,
        line: &SourceLine,
        lines: &mut SourceLines,
        parts: &[WordToken<'_>],
        depth: usize,
    ) -> Option<Built> {
        let second = parts.get(1).map_or(line.text.len(), |token| token.at);
        let kind = match read {
            KeywordLine::Maybe => return self.maybe(line, lines, second, depth),
            KeywordLine::Expect => {
                let mut rest = parts.get(1..).unwrap_or_default().to_vec();
                let within = self.trailing("within", line, &mut rest).ok()?;
                let sinks = (&mut self.faults, &mut self.layout);
                match forms::pick(FACTS, "a fact", line, &rest, sinks) {
                    Ok(fact) => StepKind::Expect { fact, within },
                    Err(fault) => return self.fault(fault).map(Built::Kind),
                }
            }
            KeywordLine::No => self.no(line, parts)?,
            KeywordLine::AnyOrder => {
                StepKind::AnyOrder(self.below(line, lines, OpenBlock::Plain, depth).0)
            }
            KeywordLine::If => self.condition(line, lines, second, depth)?,
            KeywordLine::Else | KeywordLine::End => {
                let words = format!("this `{}` belongs to no block", line.text);
                let fault = Fault::new(FaultKind::NothingToClose, line.whole(), words)
                    .help("`end` closes `any order`, `if`, `rows` and a card of `sees`; `else` stands in an `if`");
                return self.fault(fault).map(Built::Kind);
            }
            KeywordLine::Use { file, with } => self.used(line, &file, with, depth)?,
            KeywordLine::Sandbox(words) => StepKind::Sandbox(words),
            KeywordLine::Pause(span) => StepKind::Pause(span),
            KeywordLine::Pass(span) => StepKind::Pass(span),
            KeywordLine::Note(text) => StepKind::Note(text),
            KeywordLine::Let { name, value } => self
                .is_good_name(&name, line)
                .then_some(StepKind::Let { name, value })?,
            _ => return None,
        };
        Some(Built::Kind(kind))
    }

    fn maybe(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        from: usize,
        depth: usize,
    ) -> Option<Built> {
        let step = self.step(line, lines, from, depth)?;
        if !is_wait(&step) {
            let words = "only a line, a deed, `sees` or `expect` stands behind `maybe`";
            return self
                .fault(Fault::new(FaultKind::Misplaced, line.whole(), words))
                .map(Built::Kind);
        }
        Some(Built::ScriptStep(ScriptStep {
            is_optional: true,
            ..step
        }))
    }

    fn condition(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        from: usize,
        depth: usize,
    ) -> Option<StepKind> {
        let condition = self.step(line, lines, from, depth + 1);
        let (then, ended) = self.below(line, lines, OpenBlock::Then, depth);
        let otherwise = match ended {
            BlockEnd::Else => self.below(line, lines, OpenBlock::Plain, depth).0,
            BlockEnd::End | BlockEnd::Not => Vec::new(),
        };
        let condition = Box::new(condition?);
        if !is_wait(&condition) || condition.is_optional {
            let words = "only a line, a deed, `sees` or `expect` stands behind `if`";
            return self.fault(Fault::new(FaultKind::Misplaced, line.whole(), words));
        }
        Some(StepKind::If {
            condition,
            then,
            otherwise,
        })
    }

    fn used(
        &mut self,
        line: &SourceLine,
        file: &Template,
        with: Vec<(String, Template)>,
        depth: usize,
    ) -> Option<StepKind> {
        let Some(name) = literal(file) else {
            let words = "the name of a used file has no values in it";
            return self.fault(Fault::new(FaultKind::WrongForm, line.whole(), words));
        };
        let opened = match self.files.open(line.place.file, name) {
            Ok(opened) => opened,
            Err(unusable) => {
                let (kind, words) = match unusable {
                    Unusable::Circle(words) => (FaultKind::Circle, words),
                    Unusable::TooMany(words) => (FaultKind::TooLarge, words),
                    Unusable::Unread(why) => {
                        (FaultKind::Unread, format!("`{name}` cannot be used: {why}"))
                    }
                };
                return self.fault(Fault::new(kind, line.whole(), words));
            }
        };
        let all =
            crate::scenario::syntax::line::lines(self.files.text(opened), opened, &mut self.faults);
        let mut lines = SourceLines {
            all,
            at: 0,
            is_used: true,
            is_left: false,
        };
        let steps = self.steps(&mut lines, None, depth);
        self.files.close();
        Some(StepKind::Use { with, steps })
    }
}

/// A step, or only what it is.
enum Built {
    ScriptStep(ScriptStep),
    Kind(StepKind),
}

/// Whether it is something that can be waited for.
fn is_wait(step: &ScriptStep) -> bool {
    matches!(
        step.kind,
        StepKind::Line { .. }
            | StepKind::Deed { .. }
            | StepKind::Sees { .. }
            | StepKind::Expect { .. }
    )
}
