//! Questions and answers, line by line; secrets are typed unseen.

use std::{
    fmt::Write as _,
    future::Future,
    io::{self, IsTerminal, Read, Write},
};

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use crate::{
    cli::{raw_mode::RawMode, signals::Signals},
    domain::{secret::Secret, spoken::speakable, text::SafeText},
};

/// No answer is longer; what is typed beyond it is not taken.
const LONGEST: usize = 4096;

const LEFT: &str = "left; nothing was written";

/// A conversation with the person at the terminal, or with nobody.
pub(super) struct Prompt {
    is_asking: bool,
    /// Whether everything is said in words.
    is_plain: bool,
    signals: Signals,
}

impl Prompt {
    /// Begins it. Without asking every question is answered with its default.
    pub(super) fn start(is_asking: bool, is_plain: bool) -> anyhow::Result<Self> {
        if is_asking && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            bail!(
                "init asks at a terminal, and this is none; \
                 say everything with flags and --yes, as `handset init --help` lists them"
            );
        }
        Ok(Self {
            is_asking,
            is_plain,
            signals: Signals::new()?,
        })
    }

    pub(super) fn is_asking(&self) -> bool {
        self.is_asking
    }

    pub(super) fn say(&self, words: &str) -> anyhow::Result<()> {
        let words = if self.is_plain {
            speakable(words)
        } else {
            SafeText::clean(words).into()
        };
        let mut out = io::stdout();
        writeln!(out, "{words}")
            .and_then(|()| out.flush())
            .context("cannot write to the terminal")
    }

    /// Says what did not work, so that it is asked again; an error when nobody can be asked.
    pub(super) fn again(&self, reason: &str) -> anyhow::Result<()> {
        if !self.is_asking {
            bail!("{reason}; nothing was written");
        }
        let mark = if self.is_plain { "Error:" } else { "  ✗" };
        self.say(&format!("{mark} {reason}"))
    }

    /// Does something that takes a while, saying what; `Ok` with what it says when it worked.
    pub(super) async fn trying<T>(
        &mut self,
        what: &str,
        doing: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<anyhow::Result<T>> {
        if self.is_plain {
            self.say(&format!("Trying: {what}."))?;
        } else {
            let mut out = io::stdout();
            write!(out, "  {} … ", SafeText::clean(what))
                .and_then(|()| out.flush())
                .context("cannot write to the terminal")?;
        }
        let done = tokio::select! {
            done = doing => done,
            () = self.signals.stop() => {
                self.say("")?;
                bail!(LEFT);
            }
        };
        self.say(match (done.is_ok(), self.is_plain) {
            (true, false) => "ok",
            (false, false) => "no",
            (true, true) => "It works.",
            (false, true) => "It does not work.",
        })?;
        Ok(done)
    }

    /// Asks for a line; `usual` is what Enter takes. `-` takes it away.
    pub(super) async fn line(
        &mut self,
        question: &str,
        usual: Option<&str>,
    ) -> anyhow::Result<Option<String>> {
        if !self.is_asking {
            return Ok(usual.map(ToOwned::to_owned));
        }
        let mut words = question.to_owned();
        if let Some(usual) = usual {
            // Writing to a String cannot fail.
            let _ = write!(words, " [{usual}]");
        }
        words.push_str(": ");
        let line = self.typed(&words, false).await?;
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        Ok(match line.as_str() {
            "" => usual.map(ToOwned::to_owned),
            "-" => None,
            _ => Some(line),
        })
    }

    /// Asks for something that must be said; `flag` says it without asking.
    pub(super) async fn must(
        &mut self,
        question: &str,
        usual: Option<&str>,
        flag: &str,
    ) -> anyhow::Result<String> {
        loop {
            if let Some(line) = self.line(question, usual).await? {
                return Ok(line);
            }
            self.again(&format!("{question} is needed; say it with {flag}"))?;
        }
    }

    pub(super) async fn agrees(&mut self, question: &str, usual: bool) -> anyhow::Result<bool> {
        let usual = if usual { "yes" } else { "no" };
        loop {
            let answer = self.line(question, Some(usual)).await?;
            match answer.as_deref().unwrap_or("no") {
                "yes" | "y" => return Ok(true),
                "no" | "n" => return Ok(false),
                _ => self.again("answer yes or no")?,
            }
        }
    }

    /// Asks for a secret, which is not shown while it is typed.
    pub(super) async fn secret(&mut self, question: &str) -> anyhow::Result<Secret> {
        loop {
            let prompt = format!("{question} (not shown): ");
            let line = self.typed(&prompt, true).await?;
            let text = std::str::from_utf8(&line).map(str::trim);
            match text {
                Ok(text) if !text.is_empty() => return Ok(Secret::new(text)),
                _ => self.again("it is empty, or no text")?,
            }
        }
    }

    async fn typed(&mut self, prompt: &str, is_unseen: bool) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        // Before the question is read: a quick hand would be seen typing.
        let unseen = is_unseen.then(RawMode::enter).transpose();
        let unseen = unseen.context("cannot hide what is typed")?;
        let mut out = io::stdout();
        write!(out, "{}", SafeText::clean(prompt))
            .and_then(|()| out.flush())
            .context("cannot write to the terminal")?;
        // Waiting for a key cannot be given up; the end of the process ends it.
        let typing = tokio::task::spawn_blocking(move || read(is_unseen));
        let line = tokio::select! {
            line = typing => line.map_err(|_| anyhow!("reading from the terminal broke down"))?,
            () = self.signals.stop() => Ok(None),
        };
        drop(unseen);
        let line = line.context("cannot read from the terminal")?;
        if is_unseen || line.is_none() {
            self.say("")?;
        }
        line.ok_or_else(|| anyhow!(LEFT))
    }
}

/// The keys of a terminal in raw mode.
const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const CTRL_U: u8 = 0x15;
const ESCAPE: u8 = 0x1b;

/// A line as it is typed; `None` when the input ends or the user leaves. Byte by byte and without
/// a buffer, in which secrets would stay.
fn read(is_raw: bool) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut input = input()?;
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0]);
    loop {
        match input.read(&mut *byte) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        }
        let [key] = *byte;
        match key {
            b'\n' | b'\r' => return Ok(Some(line)),
            CTRL_C | CTRL_D if is_raw => return Ok(None),
            CTRL_U if is_raw => line.clear(),
            _ if is_raw && BACKSPACE.contains(&key) => {
                // One character, whatever its bytes.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            ESCAPE if is_raw => {}
            _ if line.len() < LONGEST && (key >= b' ' || !is_raw) => line.push(key),
            _ => {}
        }
    }
}

#[cfg(unix)]
fn input() -> io::Result<impl Read> {
    use std::os::fd::AsFd as _;
    Ok(std::fs::File::from(
        io::stdin().as_fd().try_clone_to_owned()?,
    ))
}

#[cfg(not(unix))]
fn input() -> io::Result<impl Read> {
    Ok(io::stdin())
}
