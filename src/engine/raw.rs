//! Requests in the tester's own words, and what the tester is told of them:
//! the answer itself is in the wire.

use crate::{
    client::{self, Caller, Client, Tag},
    domain::{
        ids::PhoneId,
        notice::{Notice, Severity},
        retry::Problem,
    },
    engine::command::Endpoint,
};

/// Sends one and gives the notice that it has ended.
pub(super) async fn send(
    client: &Client,
    caller: &Caller,
    id: PhoneId,
    (endpoint, body): (Endpoint, String),
) -> Notice {
    let tag = Tag {
        phone: Some(id),
        ..Tag::default()
    };
    let (endpoint, name) = match endpoint {
        Endpoint::Conversation => (client::Endpoint::Conversation, "CONVERSATION"),
        Endpoint::Send => (client::Endpoint::Send, "SEND"),
    };
    let done = client.raw(caller, endpoint, body.into(), tag).await;
    notice(name, &done)
}

/// The notice that one was not sent, and why.
pub(super) fn held(why: &str) -> Notice {
    Notice {
        severity: Severity::Warning,
        title: "the request was not sent".to_owned(),
        detail: why.to_owned(),
        hint: String::new(),
        ..Notice::default()
    }
}

fn notice(name: &str, done: &Result<u16, Problem>) -> Notice {
    let (severity, title, detail) = match done {
        Ok(status) => (
            Severity::Info,
            format!("{name} answered {status}"),
            String::new(),
        ),
        Err(problem) => match problem.fault().filter(|fault| fault.status != 0) {
            // What testers send on purpose is not an error of the program.
            Some(fault) => (
                Severity::Warning,
                format!("{name} answered {}", fault.status),
                fault.to_string(),
            ),
            None => (
                Severity::Error,
                format!("sending to {name}"),
                problem.to_string(),
            ),
        },
    };
    Notice {
        severity,
        title,
        detail,
        hint: "the wire has the request and its answer".to_owned(),
        ..Notice::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{notice::Severity, retry::Problem, text::SafeText, wire::fault},
        engine::raw::notice,
    };

    #[test]
    fn the_status_is_told_whatever_it_is() {
        let shown = notice("SEND", &Ok(200));
        assert_eq!(
            (shown.severity, shown.title.as_str()),
            (Severity::Info, "SEND answered 200")
        );
        let shown = notice("SEND", &Err(Problem::of(fault::read(400, b"{}"))));
        assert_eq!(
            (shown.severity, shown.title.as_str()),
            (Severity::Warning, "SEND answered 400")
        );
        let reason = SafeText::from("no connection");
        let shown = notice("CONVERSATION", &Err(Problem::Unreachable { reason }));
        assert_eq!(shown.severity, Severity::Error);
        assert!(shown.detail.contains("no connection"), "{shown:?}");
    }
}
