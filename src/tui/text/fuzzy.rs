//! Finding a name by some of its letters in order.

/// How well a name fits what was typed; `None` when it does not. More is better.
///
/// Letters that begin a word or follow the letter before count more, so
/// `flm` finds "flight mode" before anything that merely has the letters.
pub(crate) fn score(typed: &str, name: &str) -> Option<i32> {
    let mut total = 0;
    let mut wanted = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .peekable();
    let mut before = ' ';
    let mut run = 0;
    for (at, c) in name.chars().flat_map(char::to_lowercase).enumerate() {
        if wanted.peek().is_none() {
            break;
        }
        if wanted.next_if_eq(&c).is_some() {
            run += 1;
            let starts = !before.is_alphanumeric();
            total += 2 + 4 * run + if starts { 6 } else { 0 };
            if at == 0 {
                total += 6;
            }
        } else {
            run = 0;
        }
        before = c;
    }
    if wanted.peek().is_some() {
        return None;
    }
    let length = i32::try_from(name.chars().count()).unwrap_or(i32::MAX);
    Some(total - length.min(60) / 6)
}

/// Those that fit what was typed, the best first; all in their order while nothing is typed.
pub(crate) fn fitting<T, S: Ord>(
    typed: &str,
    all: impl IntoIterator<Item = T>,
    score: impl Fn(&T) -> Option<S>,
) -> Vec<T> {
    let scored = all.into_iter().filter_map(|one| Some((score(&one)?, one)));
    let mut fitting: Vec<(S, T)> = scored.collect();
    if !typed.trim().is_empty() {
        // The sort keeps the order among equals.
        fitting.sort_by(|(one, _), (other, _)| other.cmp(one));
    }
    fitting.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_must_come_in_order() {
        assert!(score("thm", "theme").is_some());
        assert!(score("mht", "theme").is_none());
        assert!(score("", "anything").is_some());
    }

    #[test]
    fn starts_of_words_win() {
        let better = score("fm", "flight mode").unwrap();
        assert!(better > score("fm", "confirm").unwrap());
        assert!(score("the", "theme dark").unwrap() > score("the", "send the message").unwrap());
    }

    #[test]
    fn the_beginning_of_a_word_wins_over_letters_of_several() {
        let flight = score("fli", "flight mode: nothing goes out, messages queue").unwrap();
        assert!(flight > score("fli", "to the first line").unwrap());
    }
}
