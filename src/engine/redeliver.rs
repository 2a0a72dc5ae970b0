//! A webhook that came before, posted to the listener once more: its bytes and headers as they came,
//! on its way through everything a webhook goes through.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    domain::{
        inbound::Request,
        notice::{Notice, Severity},
        secret::Secret,
    },
    rt::{
        tls::Trust,
        web::{self, Reach, innermost},
    },
};

/// The longest that takes; the listener is on this machine.
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(10);

/// Headers that say how a body came over its connection, which would be wrong on another.
const OF_CONNECTION: [&str; 6] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
];

/// Posts one and gives the notice of what came of it.
pub(super) async fn post(url: Option<Secret>, request: Request) -> Notice {
    let Some(url) = url else {
        return failed("there is no listener here");
    };
    let client = match web::client(Reach::Plain, CONNECT, TOTAL, &Trust::default()) {
        Ok(client) => client,
        Err(fault) => return failed(&innermost(&fault)),
    };
    let headers = headers(&request);
    let post = client
        .post(url.reveal())
        .headers(headers)
        .body(request.body);
    match post.send().await {
        Ok(answer) => answered(answer.status().as_u16()),
        // The address is secret, and the last cause does not name it.
        Err(fault) => failed(&innermost(&fault.without_url())),
    }
}

fn headers(request: &Request) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        if OF_CONNECTION.contains(&name.as_str()) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            headers.append(name, value);
        }
    }
    headers
}

fn answered(status: u16) -> Notice {
    let (severity, detail) = match status {
        200 => (
            Severity::Info,
            "a number the phone has already changes nothing",
        ),
        401 => (
            Severity::Warning,
            "its signature is not valid for what is kept of it",
        ),
        _ => (Severity::Warning, "it was not taken"),
    };
    Notice {
        severity,
        title: format!("delivered again: our listener answered {status}"),
        detail: detail.to_owned(),
        hint: "the wire has it as the newest webhook".to_owned(),
        ..Notice::default()
    }
}

fn failed(why: &str) -> Notice {
    Notice {
        severity: Severity::Error,
        title: "the webhook could not be delivered again".to_owned(),
        detail: format!("posting it to our own listener: {why}"),
        hint: "does the status bar show the listener?".to_owned(),
        ..Notice::default()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::time::Timestamp;

    #[tokio::test]
    async fn without_a_listener_that_answers_it_says_so_and_not_where() {
        let request = Request {
            at: Timestamp(0),
            headers: vec![("host".to_owned(), "elsewhere".to_owned())],
            body: Bytes::from_static(b"{}"),
        };
        assert!(headers(&request).is_empty());
        let none = post(None, request.clone()).await;
        assert_eq!(none.severity, Severity::Error);
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        drop(taken);
        let gone = Secret::new(format!("http://{address}/hook/secret-path"));
        let shown = format!("{:?}", post(Some(gone), request).await);
        assert!(shown.contains("posting it to our own listener"), "{shown}");
        assert!(!shown.contains("secret-path"), "{shown}");
    }
}
