//! A participant's side of the room protocol, which checks the protocol's promises on everything it receives.

use std::{collections::BTreeMap, time::Duration};

use tokio_tungstenite::tungstenite;
use voxora_domain::wire::{
    Actor, ClientFrame, CompactEvent, Conversation, Event, EventBody, FrameError, Limits, People, Present,
    SendKind, ServerFrame,
};

use crate::{Incoming, Socket, fresh_client_id};

/// What a client knows of a conversation, by `seq`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// The events.
    pub events: BTreeMap<u64, Event>,
    /// The `seq` of the last one; also set when a page begins later than the conversation.
    pub head: u64,
}

impl Log {
    /// Adds the next event, which must follow the last one without a gap.
    pub fn push(&mut self, event: &Event) {
        assert_eq!(event.prev, self.head, "there is a gap before {event:?}");
        assert!(event.seq > event.prev, "the order is wrong: {event:?}");
        self.head = event.seq;
        self.events.insert(event.seq, event.clone());
    }

    /// The texts of messages and notes, in order.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.events.values().filter_map(text_of).collect()
    }

    /// One event.
    #[must_use]
    pub fn at(&self, seq: u64) -> &Event {
        self.events.get(&seq).unwrap_or_else(|| panic!("there is no event {seq}: {self:?}"))
    }
}

/// The text of a message or note.
#[must_use]
pub fn text_of(event: &Event) -> Option<&str> {
    match &event.body {
        EventBody::Message(text) | EventBody::Note(text) => Some(&text.text),
        _ => None,
    }
}

/// The first frame of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Welcome {
    /// Who the room takes this client for.
    pub you: Actor,
    /// The conversation.
    pub conversation: Conversation,
    /// Who is here.
    pub present: Vec<Present>,
    /// How often to ping.
    pub heartbeat_seconds: u32,
    /// The limits.
    pub limits: Limits,
    /// When the socket ends.
    pub until: i64,
}

/// What an `ack` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The client's name for the send.
    pub client_id: String,
    /// The `seq` it got.
    pub seq: u64,
    /// When it was stored.
    pub at: i64,
    /// Whether it had been stored before.
    pub duplicate: bool,
}

/// One socket to a room.
#[derive(Debug)]
pub struct Room {
    /// The socket.
    pub socket: Socket,
    /// The first frame.
    pub welcome: Welcome,
    /// The head in the `reset` with which the room answered, if it did.
    pub reset: Option<u64>,
    /// What this client knows of the conversation.
    pub log: Log,
    /// Whom this socket was told of.
    pub people: People,
    /// Every frame that came after the first page, in order.
    pub frames: Vec<ServerFrame>,
    /// The places in `frames` of those that no test has waited for yet.
    unclaimed: Vec<usize>,
}

impl Room {
    /// Connects and catches up.
    ///
    /// # Errors
    /// When the server is not there, or dies while the client catches up.
    pub async fn try_join(
        origin: &str,
        token: &str,
        conversation: &str,
        after: Option<u64>,
    ) -> Result<Self, tungstenite::Error> {
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        let path = format!("/api/v1/conversations/{conversation}/socket{query}");
        let mut socket = Socket::try_open(origin, &path, token).await?;
        let ServerFrame::Welcome { you, conversation, present, heartbeat_seconds, limits, until } =
            receive(&mut socket).await?
        else {
            panic!("the first frame is no welcome: {:?}", socket.received)
        };
        let welcome = Welcome { you, conversation, present, heartbeat_seconds, limits, until };
        let mut room = Self {
            socket,
            welcome,
            reset: None,
            log: Log { head: after.unwrap_or_default(), ..Log::default() },
            people: People::default(),
            frames: Vec::new(),
            unclaimed: Vec::new(),
        };
        let mut first = after.is_none();
        loop {
            match receive(&mut room.socket).await? {
                ServerFrame::Page { people, events, more, prev } => {
                    room.people.0.extend(people.0);
                    if std::mem::take(&mut first) {
                        room.log.head = prev;
                    }
                    assert!(prev <= room.log.head, "the page leaves a gap after {}", room.log.head);
                    for event in &events {
                        let event = room.expand(event);
                        room.log.push(&event);
                    }
                    if !more {
                        return Ok(room);
                    }
                    room.try_send(&ClientFrame::Resume { after: room.log.head }).await?;
                }
                ServerFrame::Reset { head } => {
                    room.reset = Some(head);
                    return Ok(room);
                }
                // A long way back takes more pages than may be asked for at once.
                ServerFrame::Error(FrameError { retry_after_ms: Some(wait), .. }) => {
                    tokio::time::sleep(Duration::from_millis(wait.into())).await;
                    room.try_send(&ClientFrame::Resume { after: room.log.head }).await?;
                }
                frame => panic!("{frame:?} came before the last page"),
            }
        }
    }

    /// Connects and catches up; it must work.
    pub async fn join(origin: &str, token: &str, conversation: &str, after: Option<u64>) -> Self {
        match Self::try_join(origin, token, conversation, after).await {
            Ok(room) => room,
            Err(error) => panic!("could not join {conversation}: {error:?}"),
        }
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the socket is dead.
    pub async fn try_send(&mut self, frame: &ClientFrame) -> Result<(), tungstenite::Error> {
        self.socket.try_send(&serde_json::to_string(frame).expect("frames are JSON")).await
    }

    /// Sends a frame over a socket that must be alive.
    pub async fn send(&mut self, frame: &ClientFrame) {
        self.try_send(frame).await.expect("the socket is open");
    }

    /// The next frame.
    ///
    /// # Errors
    /// When the socket has closed.
    pub async fn try_next(&mut self) -> Result<ServerFrame, tungstenite::Error> {
        let frame = receive(&mut self.socket).await?;
        match &frame {
            ServerFrame::Event(event) => {
                let event = self.expand(event);
                self.log.push(&event);
            }
            ServerFrame::Page { people, .. } => self.people.0.extend(people.0.clone()),
            _ => {}
        }
        self.unclaimed.push(self.frames.len());
        self.frames.push(frame.clone());
        Ok(frame)
    }

    /// An event with everything said, as far as this socket was told.
    fn expand(&mut self, event: &CompactEvent) -> Event {
        let conversation = self.welcome.conversation.id;
        let expanded = event.clone().expand(conversation, &mut self.people);
        expanded.unwrap_or_else(|| panic!("nobody was told who did {event:?}"))
    }

    /// Waits for a frame: the first that is wanted, among those no test has waited for yet and those to come.
    pub async fn wait<T>(&mut self, wanted: impl Fn(&ServerFrame) -> Option<T>) -> T {
        self.wait_knowing(|_, frame| wanted(frame)).await
    }

    async fn wait_knowing<T>(&mut self, wanted: impl Fn(&Log, &ServerFrame) -> Option<T>) -> T {
        let mut checked = 0;
        loop {
            while let Some(&place) = self.unclaimed.get(checked) {
                if let Some(found) = wanted(&self.log, &self.frames[place]) {
                    self.unclaimed.remove(checked);
                    return found;
                }
                checked += 1;
            }
            if let Err(error) = self.try_next().await {
                panic!("the socket closed ({error}) while the test was waiting: {:#?}", self.socket.received)
            }
        }
    }

    /// Waits for an event.
    pub async fn event(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        self.wait_knowing(|log, frame| match frame {
            ServerFrame::Event(event) => Some(log.at(event.seq)).filter(|event| wanted(event)).cloned(),
            _ => None,
        })
        .await
    }

    /// Waits for the event with this `seq`, which may have come already.
    pub async fn seq(&mut self, seq: u64) -> Event {
        self.reach(seq).await;
        self.log.at(seq).clone()
    }

    /// Waits until this client has come as far as this `seq`, be it on an earlier socket.
    pub async fn reach(&mut self, seq: u64) {
        while self.log.head < seq {
            if let Err(error) = self.try_next().await {
                panic!("the socket closed ({error}) before event {seq}: {:#?}", self.socket.received)
            }
        }
    }

    /// Waits for someone to come.
    pub async fn presence_of(&mut self, id: &str) {
        self.wait(|frame| match frame {
            ServerFrame::Presence { actor, online: true, .. } if actor.id == id => Some(()),
            _ => None,
        })
        .await;
    }

    /// Waits for the next that is heard of someone who is here: whether they have the conversation before their eyes.
    pub async fn is_viewed_by(&mut self, id: &str) -> bool {
        self.wait(|frame| match frame {
            ServerFrame::Presence { actor, online: true, viewing } if actor.id == id => Some(*viewing),
            _ => None,
        })
        .await
    }

    /// Waits for the answer to a send, edit or deletion.
    pub async fn answer(&mut self, client_id: &str) -> Result<Ack, FrameError> {
        self.wait(|frame| match frame {
            ServerFrame::Ack { client_id: name, seq, at, duplicate } if name == client_id => {
                Some(Ok(Ack { client_id: name.clone(), seq: *seq, at: *at, duplicate: *duplicate }))
            }
            ServerFrame::Error(error) if error.client_id.as_deref() == Some(client_id) => {
                Some(Err(error.clone()))
            }
            _ => None,
        })
        .await
    }

    /// Waits for an error.
    pub async fn error(&mut self) -> FrameError {
        self.wait(|frame| match frame {
            ServerFrame::Error(error) => Some(error.clone()),
            _ => None,
        })
        .await
    }

    /// Sends something by a given name and waits for the answer.
    pub async fn send_as(&mut self, client_id: &str, kind: SendKind, text: &str) -> Result<Ack, FrameError> {
        self.send(&ClientFrame::Send { client_id: client_id.into(), kind, text: text.into() }).await;
        self.answer(client_id).await
    }

    /// Sends a message that must be stored.
    pub async fn say(&mut self, text: &str) -> Ack {
        self.send_as(&fresh_client_id(), SendKind::Message, text).await.expect("a message is stored")
    }

    /// Writes a note that must be stored.
    pub async fn note(&mut self, text: &str) -> Ack {
        self.send_as(&fresh_client_id(), SendKind::Note, text).await.expect("a note is stored")
    }

    /// Edits a message or note.
    pub async fn edit(&mut self, target: u64, text: &str) -> Result<Ack, FrameError> {
        let client_id = fresh_client_id();
        self.send(&ClientFrame::Edit { client_id: client_id.clone(), target, text: text.into() }).await;
        self.answer(&client_id).await
    }

    /// Deletes a message or note.
    pub async fn delete(&mut self, target: u64) -> Result<Ack, FrameError> {
        let client_id = fresh_client_id();
        self.send(&ClientFrame::Delete { client_id: client_id.clone(), target }).await;
        self.answer(&client_id).await
    }

    /// Makes sure that everything the room had to say to this client so far has come, and that the room has taken
    /// in everything this client has said: the room answers a `resume` in turn.
    pub async fn settle(&mut self) {
        self.send(&ClientFrame::Resume { after: self.log.head }).await;
        self.wait(|frame| matches!(frame, ServerFrame::Page { .. }).then_some(())).await;
    }

    /// The frames since the first page that satisfy a condition.
    pub fn count(&self, wanted: impl Fn(&ServerFrame) -> bool) -> usize {
        self.frames.iter().filter(|frame| wanted(frame)).count()
    }

    /// Asks for life, without waking the room.
    pub async fn ping(&mut self) {
        self.socket.send("ping").await;
        assert_eq!(self.socket.next_text().await, "pong");
    }
}

async fn receive(socket: &mut Socket) -> Result<ServerFrame, tungstenite::Error> {
    match socket.next().await {
        Incoming::Text(text) => {
            Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in the frame {text}")))
        }
        Incoming::Closed(_) => Err(tungstenite::Error::ConnectionClosed),
    }
}
