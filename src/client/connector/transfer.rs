//! The bytes of a file on their way: streamed from the disk and to it, bounded
//! in size, and in time by the slowest line that is still waited for rather
//! than by one time-out for all sizes.

use std::{
    error::Error as _,
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use reqwest::{Body, Response};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::watch,
    time::{Instant, timeout},
};

use crate::{
    client::connector::{
        redact,
        settings::Progress,
        transport::{Call, Transport, failed},
    },
    domain::{exchange::Outcome, retry::Problem, text::SafeText},
};

/// The slowest line a file is sent or fetched over, in bytes per second.
const SLOWEST: u64 = 16 * 1024;
/// Bytes read from a file at a time.
const CHUNK: usize = 32 * 1024;

/// The time so many bytes may take, beside what any request may.
fn allowance(bytes: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / SLOWEST)
}

/// A file to send, whose size was taken when it was opened.
pub(super) struct Upload {
    path: PathBuf,
    size: u64,
}

/// Why a file could not be read to its end.
#[derive(Debug)]
struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

impl Upload {
    pub(super) async fn open(path: &Path) -> Result<Self, Problem> {
        let trouble = |error: &io::Error| local("read", path, error);
        let known = tokio::fs::metadata(path).await;
        let known = known.map_err(|error| trouble(&error))?;
        if !known.is_file() {
            return Err(trouble(&io::Error::other("it is not a file")));
        }
        Ok(Self {
            path: path.to_owned(),
            size: known.len(),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Its bytes, as many as were promised.
    async fn body(&self, progress: watch::Sender<Progress>) -> Result<Body, Problem> {
        let file = File::open(&self.path).await;
        let file = file.map_err(|error| local("read", &self.path, &error))?;
        Ok(Body::wrap_stream(chunks(file, self.size, progress)))
    }
}

fn chunks(
    file: File,
    total: u64,
    progress: watch::Sender<Progress>,
) -> impl Stream<Item = Result<Bytes, Broken>> {
    progress.send_replace(Progress { done: 0, total });
    stream::try_unfold((file, 0), move |(mut file, done)| {
        let progress = progress.clone();
        async move {
            let left = total - done;
            if left == 0 {
                return Ok(None);
            }
            let room = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            let mut chunk = BytesMut::zeroed(room);
            let read = file.read(&mut chunk).await;
            let read = read.map_err(|error| Broken(format!("cannot read the file: {error}")))?;
            if read == 0 {
                let words = format!("the file ended after {done} of {total} bytes");
                return Err(Broken(words));
            }
            chunk.truncate(read);
            let done = done + u64::try_from(read).unwrap_or(left);
            progress.send_replace(Progress { done, total });
            Ok(Some((chunk.freeze(), (file, done))))
        }
    })
}

/// A file being written, under another name until it is whole; what is not kept is removed.
pub(super) struct Part {
    file: File,
    temporary: PathBuf,
    to: PathBuf,
    kept: bool,
}

impl Part {
    pub(super) async fn create(to: &Path) -> Result<Self, Problem> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = to.with_file_name(name);
        // What an earlier run left there; a link goes itself, and not what it leads to.
        let _ = tokio::fs::remove_file(&part).await;
        let mut options = File::options();
        options.write(true).create_new(true);
        // What was sent to the consumer is for the consumer's eyes.
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&part).await;
        let file = file.map_err(|error| local("write", &part, &error))?;
        Ok(Self {
            file,
            temporary: part,
            to: to.to_owned(),
            kept: false,
        })
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| local("write", &self.temporary, &error))
    }

    /// It is whole: gives it its name, which nothing else may have.
    pub(super) async fn keep(mut self) -> Result<(), Problem> {
        let trouble = |error: &io::Error| local("write", &self.to, error);
        self.file
            .sync_all()
            .await
            .map_err(|error| trouble(&error))?;
        let taken = tokio::fs::try_exists(&self.to).await;
        if taken.map_err(|error| trouble(&error))? {
            return Err(trouble(&io::ErrorKind::AlreadyExists.into()));
        }
        let named = tokio::fs::rename(&self.temporary, &self.to).await;
        named.map_err(|error| trouble(&error))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            // A leftover is removed the next time.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

impl Transport {
    pub(super) async fn put(
        &self,
        call: &Call,
        upload: &Upload,
        progress: watch::Sender<Progress>,
    ) -> Result<(), Problem> {
        let mut request = call.request();
        *request.body_mut() = Some(upload.body(progress).await?);
        let within = self.limits.total + allowance(upload.size());
        self.answer(call, request, within).await?;
        Ok(())
    }

    /// Fetches a file of at most so many bytes.
    pub(super) async fn get(
        &self,
        call: &Call,
        part: &mut Part,
        most: u64,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), Problem> {
        let mut report = self.begin(call).await;
        let within = self.limits.total;
        let mut request = call.request();
        // The waits below are shorter; this one is for all of them together.
        *request.timeout_mut() = Some(within + allowance(most));
        let head = match timeout(within, self.http.execute(request)).await {
            Ok(head) => head.map_err(|error| self.classify(&error, &call.url, within)),
            Err(_) => Err(slow("no answer", within)),
        };
        let mut response = match head {
            Ok(response) if response.status().is_success() => response,
            // What it says is short, and read and judged as any answer.
            Ok(response) => {
                return match self.finish(call, response, report, within).await {
                    Ok(_) => Ok(()),
                    Err(problem) => Err(problem),
                };
            }
            Err(problem) => {
                report.end(failed(&problem, report.elapsed())).await;
                return Err(problem);
            }
        };
        let waited = report.elapsed();
        let (status, headers) = (response.status().as_u16(), self.head(&response, call));
        match self
            .receive(call, &mut response, part, most, progress)
            .await
        {
            Ok(bytes) => {
                report
                    .end(Outcome::Answered {
                        status,
                        headers: redact::headers(&headers),
                        body: format!("[{bytes} bytes]").into(),
                        waited,
                        elapsed: report.elapsed(),
                    })
                    .await;
                Ok(())
            }
            Err(problem) => {
                report.end(failed(&problem, report.elapsed())).await;
                Err(problem)
            }
        }
    }

    async fn receive(
        &self,
        call: &Call,
        response: &mut Response,
        part: &mut Part,
        most: u64,
        progress: &watch::Sender<Progress>,
    ) -> Result<u64, Problem> {
        let total = response.content_length().unwrap_or(0);
        if total > most {
            return Err(too_large(most));
        }
        let idle = self.limits.total;
        let (began, mut done) = (Instant::now(), 0);
        progress.send_replace(Progress { done, total });
        loop {
            // A line may be slow, but it must neither stand still nor drip.
            let left = (idle + allowance(done)).saturating_sub(began.elapsed());
            let chunk = match timeout(left.min(idle), response.chunk()).await {
                Ok(chunk) => chunk.map_err(|error| self.classify(&error, &call.url, idle))?,
                Err(_) => return Err(slow(&format!("it stopped after {done} bytes"), idle)),
            };
            let Some(chunk) = chunk else {
                return Ok(done);
            };
            done += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if done > most {
                return Err(too_large(most));
            }
            part.write(&chunk).await?;
            progress.send_replace(Progress { done, total });
        }
    }
}

/// What a file that could not be read to its end comes to, if that is what is behind an error.
pub(super) fn broken(error: &reqwest::Error) -> Option<Problem> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(Broken(reason)) = cause.downcast_ref() {
            return Some(Problem::Local {
                reason: SafeText::clean(reason),
            });
        }
        source = cause.source();
    }
    None
}

fn local(doing: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::Local {
        reason: SafeText::clean(&format!("cannot {doing} {}: {error}", path.display())),
    }
}

fn slow(what: &str, within: Duration) -> Problem {
    Problem::uncertain(&format!("{what} within {within:?}"))
}

fn too_large(most: u64) -> Problem {
    Problem::refused(&format!("the file is larger than {most} bytes"))
}
