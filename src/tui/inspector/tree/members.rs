//! The members of one object or array of a JSON text, found without looking into them.

use std::ops::Range;

use crate::{
    domain::json::{Kind, tokens},
    tui::text::width::part,
};

/// A member of an object, or an element of an array, by the places of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// The name with its quotes; empty for an element.
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) kind: Kind,
}

/// The members that are listed, and how many there are in all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) listed: Vec<Member>,
    pub(super) in_all: usize,
}

/// The members of the object or array at a place of a valid JSON text; at most `most` are listed.
pub(super) fn members(json: &str, of: &Range<usize>, most: usize) -> Members {
    let mut found = Members {
        listed: Vec::new(),
        in_all: 0,
    };
    let (mut at, mut depth) = (of.start, 0usize);
    let (mut name, mut begun) = (0..0, 0);
    for token in tokens(part(json, of.clone())) {
        let start = at + token.gap.len();
        at = start + token.text.len();
        let value = match token.kind {
            Kind::Open => {
                if depth == 1 {
                    begun = start;
                }
                depth += 1;
                None
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                (depth == 1).then_some((begun..at, Kind::Open))
            }
            Kind::Name => {
                if depth == 1 {
                    name = start..at;
                }
                None
            }
            Kind::Text | Kind::Literal => (depth == 1).then_some((start..at, token.kind)),
            Kind::Comma | Kind::Colon => None,
        };
        if let Some((value, kind)) = value {
            found.in_all += 1;
            let name = std::mem::replace(&mut name, 0..0);
            if found.listed.len() < most {
                found.listed.push(Member { name, value, kind });
            }
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str, of: Range<usize>, most: usize) -> (Vec<(&str, &str)>, usize) {
        let found = members(json, &of, most);
        let text = |range: &Range<usize>| json.get(range.clone()).unwrap();
        let listed = found.listed.iter();
        let listed = listed.map(|one| (text(&one.name), text(&one.value)));
        (listed.collect(), found.in_all)
    }

    #[test]
    fn members_are_found_where_they_stand_and_not_looked_into() {
        let json = r#" { "a" : {"x":[1,{"a":2}]}, "b": "}\"{", "a":null } "#;
        let whole = 0..json.len();
        assert_eq!(
            shown(json, whole.clone(), 9),
            (
                vec![
                    ("\"a\"", r#"{"x":[1,{"a":2}]}"#),
                    ("\"b\"", r#""}\"{""#),
                    ("\"a\"", "null"),
                ],
                3
            )
        );
        let inner = members(json, &whole, 9).listed.remove(0).value;
        assert_eq!(
            shown(json, inner.clone(), 9).0,
            [("\"x\"", r#"[1,{"a":2}]"#)]
        );
        let list = members(json, &inner, 9).listed.remove(0).value;
        assert_eq!(shown(json, list, 1), (vec![("", "1")], 2));
    }
}
