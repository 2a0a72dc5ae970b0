//! Text with `%xx` in it, as addresses have it.

/// The bytes that a text stands for; `None` when two digits do not follow a `%`.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(mut byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            byte = u8::try_from(high * 16 + low).ok()?;
        }
        bytes.push(byte);
    }
    Some(bytes)
}

/// The same, where it is UTF-8.
pub fn text(text: &str) -> Option<String> {
    String::from_utf8(decoded(text)?).ok()
}

#[cfg(test)]
mod tests {
    use crate::domain::percent::text;

    #[test]
    fn what_is_encoded_is_put_back_or_refused() {
        assert_eq!(text("p%40ss%c3%BC"), Some("p@ssü".to_owned()));
        for bad in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(text(bad), None, "{bad}");
        }
    }
}
