//! The transcript as JSON, for programs: every line as the journal has it.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::{
    domain::content::Content,
    domain::line::{Line, LineBody},
    export::{Talk, json_line, words},
};

/// Writes the transcript of these lines as one object, one line of the phone on each row.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    lines: impl IntoIterator<Item = Result<Line, E>>,
) -> Result<(), E> {
    let mut head = json!({
        "handset": env!("CARGO_PKG_VERSION"),
        "conversationId": talk.conversation.as_str(),
        "consumer": talk.consumer.as_str(),
        "brand": talk.brand.as_str(),
        "account": talk.account.as_str(),
        "timeZone": "UTC",
        "began": words::utc(talk.began),
        "exported": words::utc(talk.exported),
    });
    talk.redactor.value(&mut head);
    let head = json_line::json_line(&head).map_err(io::Error::from)?;
    write!(out, "{},\"lines\":[", head.trim_end_matches('}'))?;
    for (index, item) in lines.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        let mut line = line(item?).map_err(io::Error::from)?;
        talk.redactor.value(&mut line);
        json_line::write(out, &line).map_err(io::Error::from)?;
    }
    out.write_all(b"\n]}\n")?;
    Ok(())
}

fn line(mut item: Line) -> Result<Value, serde_json::Error> {
    if let LineBody::Mine {
        content: Content::File(file),
        ..
    } = &mut item.body
    {
        // Where a file lies on this machine is nobody's business.
        file.local = None;
    }
    let mut line = json!({ "time": words::utc(item.at) });
    if let (Value::Object(line), Value::Object(members)) = (&mut line, serde_json::to_value(item)?)
    {
        line.extend(members);
    }
    Ok(line)
}
