//! Files up to the cloud and down from it: where to is asked over SEND, and
//! the bytes go to the file service. See `send-api` 4.
//!
//! A temporary address is a secret while it lives: anybody who has it has the file.

use std::path::Path;

use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
};
use tokio::sync::watch;
use url::Url;

use crate::{
    client::connector::{
        access::own_call,
        cached::Held,
        client::{Client, Saying, unsent},
        domains::{Address, Service},
        redact,
        settings::{Caller, Progress, Tag},
        transfer::{Part, Upload},
        transport::{Call, Holds},
    },
    domain::{
        retry::Problem,
        text::SafeText,
        wire::{
            fault::Fault,
            outbound::Outbound,
            temp_url::{TempUrl, read_url_answer},
        },
    },
};

/// The largest file that is fetched: agents may send more than consumers, but not without end.
pub(super) const LARGEST_DOWNLOAD: u64 = 20 * 1024 * 1024;

/// The query parameter that is no secret.
const EXPIRY: &str = "temp_url_expires";

impl Client {
    /// Brings a file to the cloud and gives its `relativePath`. Repeating it leaves the earlier
    /// copy unused, so whatever went wrong on the way never counts as uncertain.
    pub async fn upload(
        &self,
        caller: &Caller,
        file_type: &str,
        file: &Path,
        progress: watch::Sender<Progress>,
        tag: Tag,
    ) -> Result<String, Problem> {
        let upload = Upload::open(file).await?;
        let ask = Outbound::UploadUrl {
            size: upload.size(),
            file_type: file_type.to_owned(),
        };
        let mut again = true;
        loop {
            let url = self.temp_url(caller, &ask, None, &tag).await?;
            let (mut call, address) = self.at(&url, Method::PUT, &tag).await?;
            call.purpose = format!("upload {file_type}");
            call.shown = Some(format!("[{} bytes]", upload.size()).into());
            let headers = &mut call.headers;
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static(media_type(file_type)),
            );
            headers.insert(CONTENT_LENGTH, HeaderValue::from(upload.size()));
            let transport = &self.0.transport;
            let done = transport.put(&call, &upload, progress.clone()).await;
            self.0.judge(Service::Files, &address, done.as_ref().err());
            match done {
                Ok(()) => return Ok(url.path),
                Err(Problem::Unauthorized { .. }) if again => again = false,
                Err(problem) => return Err(unsent(expired(problem))),
            }
        }
    }

    /// Fetches a file of a message, at most `LARGEST_DOWNLOAD` bytes, to a path of this machine
    /// where nothing may be yet.
    pub async fn download(
        &self,
        caller: &Caller,
        path: &str,
        to: &Path,
        progress: watch::Sender<Progress>,
        tag: Tag,
    ) -> Result<(), Problem> {
        let ask = Outbound::DownloadUrl {
            path: path.to_owned(),
        };
        let mut again = true;
        loop {
            let url = self.temp_url(caller, &ask, Some(path), &tag).await?;
            let (mut call, address) = self.at(&url, Method::GET, &tag).await?;
            "download".clone_into(&mut call.purpose);
            let mut part = Part::create(to).await?;
            let transport = &self.0.transport;
            let done = transport
                .get(&call, &mut part, LARGEST_DOWNLOAD, &progress)
                .await;
            self.0.judge(Service::Files, &address, done.as_ref().err());
            match done {
                Ok(()) => return part.keep().await,
                Err(Problem::Unauthorized { .. }) if again => again = false,
                Err(problem) => return Err(unsent(expired(problem))),
            }
        }
    }

    /// Where to put a file, or get it from.
    async fn temp_url(
        &self,
        caller: &Caller,
        ask: &Outbound,
        asked: Option<&str>,
        tag: &Tag,
    ) -> Result<TempUrl, Problem> {
        let saying = Saying::of(ask, Holds::Address, tag.clone());
        let answer = self.say(caller, saying).await.map_err(unsent)?;
        Ok(read_url_answer(&answer, asked)?)
    }

    /// A call to the file service, its signature hidden wherever it is reported.
    async fn at(
        &self,
        temp: &TempUrl,
        method: Method,
        tag: &Tag,
    ) -> Result<(Call, Held<Address>), Problem> {
        let address = self.0.address(Service::Files).await.map_err(unsent)?;
        let (url, shown) = addresses(&address.value.base, temp);
        let secrets = temp.query.iter().filter(|(name, _)| name != EXPIRY);
        let mut call = Call {
            shown_url: Some(shown),
            hidden: secrets.map(|(_, secret)| secret.clone()).collect(),
            tag: tag.clone(),
            ..own_call("", method, url)
        };
        call.headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        Ok((call, address))
    }
}

/// The address of a file, and how it is reported.
///
/// The path leads with one slash however many it came with, and escapes in it stay as they are:
/// it is a piece of an address already. It can lead to no other host.
fn addresses(base: &Url, temp: &TempUrl) -> (Url, String) {
    let mut url = base.clone();
    url.set_path(&format!("/{}", temp.path.trim_start_matches('/')));
    let mut shown = format!("{url}?");
    for (nth, (name, value)) in temp.query.iter().enumerate() {
        url.query_pairs_mut().append_pair(name, value.reveal());
        let word = if name == EXPIRY {
            value.reveal()
        } else {
            redact::HIDDEN
        };
        let gap = if nth == 0 { "" } else { "&" };
        shown = format!("{shown}{gap}{name}={word}");
    }
    (url, shown)
}

/// A 401 of the file service is about its address, not about tokens.
fn expired(problem: Problem) -> Problem {
    match problem {
        Problem::Unauthorized { fault } => Problem::Refused {
            fault: Fault {
                title: SafeText::from("the temporary address has expired or is wrong"),
                ..fault
            },
        },
        other => other,
    }
}

fn media_type(file_type: &str) -> &'static str {
    match file_type.to_ascii_uppercase().as_str() {
        "JPG" | "JPEG" => "image/jpeg",
        "PNG" => "image/png",
        "GIF" => "image/gif",
        "PDF" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn both(path: &str) -> (String, String) {
        let base: Url = "https://files.sandbox.test:8443".parse().unwrap();
        let temp = TempUrl {
            path: path.to_owned(),
            query: vec![
                ("temp_url_sig".to_owned(), Secret::new("6f1d")),
                (EXPIRY.to_owned(), Secret::new("1722500491")),
            ],
        };
        let (url, shown) = addresses(&base, &temp);
        (url.to_string(), shown)
    }

    #[test]
    fn one_slash_leads_the_path_and_the_signature_is_not_shown() {
        for path in ["/v1/a/b.PNG", "//v1/a/b.PNG", "v1/a/b.PNG"] {
            let (url, shown) = both(path);
            let at = "https://files.sandbox.test:8443/v1/a/b.PNG";
            assert_eq!(
                url,
                format!("{at}?temp_url_sig=6f1d&temp_url_expires=1722500491")
            );
            assert_eq!(
                shown,
                format!("{at}?temp_url_sig=…&temp_url_expires=1722500491")
            );
        }
    }

    #[test]
    fn no_path_leaves_the_host_or_begins_a_query() {
        for (path, encoded) in [
            ("/v1/a b.PNG", "/v1/a%20b.PNG"),
            ("/v1/a%20b.PNG", "/v1/a%20b.PNG"),
            ("/v1/a?b#c.PNG", "/v1/a%3Fb%23c.PNG"),
            ("@evil.test/x", "/@evil.test/x"),
            ("//evil.test/x", "/evil.test/x"),
            ("https://evil.test/x", "/https://evil.test/x"),
            ("/v1/ü.PNG", "/v1/%C3%BC.PNG"),
        ] {
            let (url, _) = both(path);
            let begin = format!("https://files.sandbox.test:8443{encoded}?");
            assert!(url.starts_with(&begin), "{url}");
        }
    }
}
