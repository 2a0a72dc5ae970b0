//! A socket while it lasts: requests out, answers and notifications in, and signs of life.

use std::collections::{HashMap, VecDeque};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message, protocol::CloseFrame};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    client::ums::{
        Ask, Event, House, Outage, Times,
        http::Http,
        places::Places,
        session::{Refreshed, Session},
    },
    domain::{
        ids::RequestId,
        retry::Problem,
        text::SafeText,
        wire::ums::{
            frame::{self, Frame},
            request::Asker,
        },
    },
    rt::dial::Socket,
};

/// Requests under way at most; while there are so many none is taken.
const UNDERWAY: usize = 256;
/// Of a reason for closing so much is read.
const REASON: usize = 200;

/// What happens when the session is over.
const AGAIN: &str = "it is logged in again by itself";

/// How a socket ended.
pub(super) enum End {
    /// Somebody here wants it so.
    Stopped,
    /// The session is over, or a new one is needed to be sure.
    Relogin(Outage),
    /// The connection was lost.
    Lost(Outage),
}

/// Work that goes on beside the socket. It holds nothing that could be lost with it.
enum Side {
    Refreshed(Refreshed),
    /// Skills and users are known.
    House(House),
}

/// What a socket has to do with the rest.
pub(super) struct Around<'a> {
    pub(super) asks: &'a mut mpsc::Receiver<Ask>,
    pub(super) events: &'a mpsc::Sender<Event>,
    pub(super) stop: &'a CancellationToken,
    pub(super) session: &'a mut Session,
    pub(super) http: &'a Http,
}

pub(super) struct Link<'a> {
    socket: Socket,
    shown: String,
    asker: Asker,
    times: Times,
    around: Around<'a>,
    side: JoinSet<Side>,
    /// When the login is to be refreshed; `None` while it is.
    refresh_at: Option<Instant>,
    underway: HashMap<String, RequestId>,
    /// Their deadlines, soonest first; some are answered already.
    deadlines: VecDeque<(Instant, String)>,
    heard: Instant,
}

impl<'a> Link<'a> {
    pub(super) fn new(
        socket: Socket,
        shown: String,
        asker: Asker,
        times: Times,
        around: Around<'a>,
    ) -> Self {
        let now = Instant::now();
        Self {
            socket,
            shown,
            asker,
            times,
            around,
            side: JoinSet::new(),
            refresh_at: Some(now + times.refresh),
            underway: HashMap::new(),
            deadlines: VecDeque::new(),
            heard: now,
        }
    }

    /// Asks beside the socket who works in the account.
    pub(super) fn ask_house(&mut self, places: &Places) {
        let (session, http) = (self.around.session.clone(), self.around.http.clone());
        let places = places.clone();
        self.side
            .spawn(async move { Side::House(session.house(http, places).await) });
    }

    /// Works until the socket is lost or given up; then every request under way is answered.
    pub(super) async fn run(mut self) -> End {
        let end = self.work().await;
        if matches!(end, End::Stopped) {
            let close = CloseFrame {
                code: tungstenite::protocol::frame::coding::CloseCode::Normal,
                reason: "".into(),
            };
            // Nobody could do anything about its failing.
            let _ = timeout(self.times.farewell, self.socket.close(Some(close))).await;
        }
        for (_, request) in std::mem::take(&mut self.underway) {
            let problem = Problem::uncertain("the connection was lost before the answer came");
            self.answer(request, Err(problem)).await;
        }
        end
    }

    async fn work(&mut self) -> End {
        let mut ping_at = Instant::now() + self.times.ping;
        loop {
            let due = self.deadlines.front().map(|(due, _)| *due);
            let has_room = self.underway.len() < UNDERWAY;
            // What can flood stands last: a cloud that talks on and on stops nothing else.
            let step = tokio::select! {
                biased;
                () = self.around.stop.cancelled() => Err(End::Stopped),
                () = until(due) => {
                    self.expire().await;
                    Ok(())
                }
                () = sleep_until(ping_at) => {
                    ping_at = Instant::now() + self.times.ping;
                    self.send(Message::Ping(tungstenite::Bytes::new())).await
                }
                () = until(self.refresh_at) => {
                    self.refresh();
                    Ok(())
                }
                Some(done) = self.side.join_next() => self.done(done).await,
                ask = self.around.asks.recv(), if has_room => match ask {
                    Some(ask) => self.ask(ask).await,
                    None => Err(End::Stopped),
                },
                message = self.socket.next() => self.hear(message).await,
                () = sleep_until(self.heard + self.times.silence) => {
                    let silence = self.times.silence.as_secs_f32();
                    Err(self.lost(&format!("nothing came for {silence} s")))
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Keeps the login alive, one refresh at a time.
    fn refresh(&mut self) {
        self.refresh_at = None;
        let (session, http) = (self.around.session.clone(), self.around.http.clone());
        self.side
            .spawn(async move { Side::Refreshed(session.refresh(http).await) });
    }

    async fn done(&mut self, done: Result<Side, JoinError>) -> Result<(), End> {
        match done {
            Ok(Side::House(house)) => {
                self.emit(Event::House(house)).await;
                return Ok(());
            }
            Ok(Side::Refreshed(Refreshed::Alive(session))) => *self.around.session = *session,
            Ok(Side::Refreshed(Refreshed::Unknown)) => {}
            Ok(Side::Refreshed(Refreshed::Over)) => {
                let why = "the cloud did not refresh the login";
                return Err(End::Relogin(lost(&self.shown, why, AGAIN)));
            }
            Err(cause) => tracing::error!(%cause, "work beside the agent's socket broke off"),
        }
        self.refresh_at = Some(Instant::now() + self.times.refresh);
        Ok(())
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), End> {
        let id = Uuid::new_v4().to_string();
        let envelope = ask.what.envelope(&id, &self.asker).to_string();
        self.underway.insert(id.clone(), ask.request);
        self.deadlines
            .push_back((Instant::now() + self.times.answer, id));
        self.send(Message::Text(envelope.into())).await
    }

    /// Requests whose time is over.
    async fn expire(&mut self) {
        let now = Instant::now();
        while let Some((due, id)) = self.deadlines.pop_front() {
            if due > now {
                self.deadlines.push_front((due, id));
                return;
            }
            if let Some(request) = self.underway.remove(&id) {
                let within = self.times.answer.as_secs_f32();
                let problem = Problem::uncertain(&format!("no answer within {within} s"));
                self.answer(request, Err(problem)).await;
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), End> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => self.read(text.as_bytes()).await,
            Some(Ok(Message::Binary(bytes))) => self.read(&bytes).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(close))) => return Err(self.closed(close.as_ref())),
            Some(Err(cause)) => return Err(self.lost(&cause.to_string())),
            None => return Err(self.lost("it was closed")),
        }
        // Handing on may have taken its time, in which nothing was read.
        self.heard = Instant::now();
        Ok(())
    }

    async fn read(&mut self, frame: &[u8]) {
        match frame::read(frame) {
            Frame::Answer { to, answer } => {
                if let Some(request) = self.underway.remove(&to) {
                    self.answer(request, answer.map_err(Problem::of)).await;
                } else {
                    tracing::debug!(to, "an answer to nothing that is awaited");
                }
            }
            Frame::Told(told) => self.emit(Event::Told(told)).await,
        }
    }

    async fn answer(&self, request: RequestId, answer: Result<frame::Answer, Problem>) {
        self.emit(Event::Answered { request, answer }).await;
    }

    /// Waits for room, and not longer than there is somebody to tell.
    async fn emit(&self, event: Event) {
        // Gone: then the stop is near.
        let _ = self.around.events.send(event).await;
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.times.answer, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(self.lost(&cause.to_string())),
            Err(_) => Err(self.lost("it does not read any more")),
        }
    }

    /// See `agent-side` 1.2.
    fn closed(&self, close: Option<&CloseFrame>) -> End {
        let Some(close) = close else {
            return self.lost("it was closed");
        };
        let code = u16::from(close.code);
        let reason: String = close.reason.chars().take(REASON).collect();
        let reason = SafeText::clean(&reason);
        let because = if reason.is_empty() {
            String::new()
        } else {
            format!(" ({reason})")
        };
        match code {
            4401 | 4407 | 1011 => End::Relogin(lost(
                &self.shown,
                &format!("it was closed with {code}{because}"),
                AGAIN,
            )),
            _ => self.lost(&format!("it was closed with {code}{because}")),
        }
    }

    fn lost(&self, why: &str) -> End {
        let hint = "it is opened again by itself; check the network if that takes long";
        End::Lost(lost(&self.shown, why, hint))
    }
}

fn lost(shown: &str, why: &str, hint: &str) -> Outage {
    Outage::passing(
        format!("the agent's socket at {shown} was lost: {why}"),
        hint,
    )
}

/// Ends at the time given; never, when there is none.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
