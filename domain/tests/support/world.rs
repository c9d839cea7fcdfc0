//! A room, its clients and the network between them, one step at a time, with everything the protocol promises checked
//! at the moment it could first be broken: on each frame as it leaves the room, and on the whole once it has settled.
//!
//! The oracle is the table of events itself, read after each call of the room, before any later statement changed it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use voxora_domain::Millis;
use voxora_domain::access::{Audience, Principal};
use voxora_domain::limits::Rates;
use voxora_domain::room::{Change, Part, Room, RoomError};
use voxora_domain::sockets::{Attachment, ConnectionId, Output, SocketLogic};
use voxora_domain::sql::Value;
use voxora_domain::wire::{
    ActorKind, ClientFrame, CompactEvent, Conversation, ConversationStatus, ConversationSummary, ErrorCode,
    EventBody, History, People, SendKind, ServerFrame, StartConversationRequest, TagName,
};

use crate::client::{Client, view};
use crate::support::{NOON, Storage, agent, conversation_id, visitor};

/// Marks every byte that belongs to a note: its texts and the names of all that is done to it.
pub const NOTE: &str = "NOTE";
/// What the ids of tags begin with.
pub const TAG: &str = "7a677a67";
/// Marks what must never be stored.
pub const FORGED: &str = "FORGED";
const FIRST: &str = "first";

/// A socket, with what is under way in both directions.
struct Link {
    client: usize,
    connection: ConnectionId,
    up: VecDeque<Up>,
    down: VecDeque<Down>,
    client_open: bool,
    room_open: bool,
    /// Who the room says is there, as told over this socket, and whether they have the conversation before their eyes.
    told_present: BTreeMap<String, bool>,
    /// Whom the numbers mean that were told over this socket.
    told_people: People,
}

enum Up {
    Frame(String),
    Binary(usize),
    Closed,
}

enum Down {
    Frame(Rc<ServerFrame>),
    Closed,
}

/// An event as it was first stored.
struct Row {
    seq: u64,
    at: Millis,
    kind: String,
    public: bool,
    actor: String,
    client_id: Option<String>,
    target: u64,
    text: String,
}

impl Row {
    fn is_said(&self) -> bool {
        self.kind == "message" || self.kind == "note"
    }
}

/// A room as its clients may see it: what two rooms over one database must agree on.
type Whole = (Option<Conversation>, Vec<ConversationSummary>, Vec<Vec<History>>);

pub struct World {
    pub storage: Rc<Storage>,
    room: Option<Room<Rc<Storage>>>,
    rates: Rates,
    pub now: Millis,
    pub clients: Vec<Client>,
    /// Which link each client uses.
    uses: Vec<Option<usize>>,
    links: Vec<Link>,
    /// What the shell keeps with each socket.
    attachments: BTreeMap<ConnectionId, Attachment>,
    rows: Vec<Row>,
    public: Vec<u64>,
    by_name: BTreeMap<(String, String), usize>,
    /// The numbers of texts that were deleted; see [`World::words`].
    dead: BTreeSet<u32>,
    first_acks: BTreeSet<(String, String)>,
    acks: BTreeSet<(String, String)>,
    named: u32,
    begun: bool,
    failures_seen: u32,
}

impl World {
    pub fn new(storage: Rc<Storage>, rates: Rates, clients: Vec<Client>) -> Self {
        let mut world = Self {
            storage,
            room: None,
            rates,
            now: NOON,
            uses: vec![None; clients.len()],
            clients,
            links: Vec::new(),
            attachments: BTreeMap::new(),
            rows: Vec::new(),
            public: Vec::new(),
            by_name: BTreeMap::new(),
            dead: BTreeSet::new(),
            first_acks: BTreeSet::new(),
            acks: BTreeSet::new(),
            named: 0,
            begun: false,
            failures_seen: 0,
        };
        world.read_rows();
        world.begun = !world.rows.is_empty();
        world
    }

    // --- What happens ---------------------------------------------------------------------------------------------

    /// Sends the visitor's first message over REST, again and again until it is acked; later, a repeat of it.
    pub fn start(&mut self) {
        let request = StartConversationRequest {
            client_id: FIRST.to_owned(),
            text: "Hello, is anyone there?".to_owned(),
        };
        let now = self.now;
        let result = self.room().start(conversation_id(1), &visitor(), &request, now);
        match result {
            Ok((started, outputs)) => {
                self.carry(outputs);
                assert_eq!(started.duplicate, self.begun, "a start is a duplicate when it is one");
                self.begun = true;
                let row = self.row_named(&visitor().actor().id, FIRST).expect("an ack means stored");
                assert_eq!((started.seq, started.at), (row.seq, row.at));
            }
            Err(RoomError::Storage(_)) => self.carry(Vec::new()),
            Err(RoomError::Refused(refusal)) => {
                panic!("the visitor's start was refused: {refusal}")
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub fn say(&mut self, client: usize, kind: SendKind, long: bool) {
        let kind = if self.is_agent(client) { kind } else { SendKind::Message };
        let client_id = self.name(client, kind == SendKind::Note);
        let text = self.words(kind == SendKind::Note, long);
        let frame = ClientFrame::Send { client_id: client_id.clone(), kind, text };
        self.want(client, client_id, frame);
    }

    /// Edits one of the messages the client sees, its own or not.
    pub fn edit(&mut self, client: usize, pick: usize) {
        let Some((target, note)) = self.pick(client, pick) else {
            return;
        };
        let client_id = self.name(client, note);
        let text = self.words(note, false);
        let frame = ClientFrame::Edit { client_id: client_id.clone(), target, text };
        self.want(client, client_id, frame);
    }

    pub fn delete(&mut self, client: usize, pick: usize) {
        let Some((target, note)) = self.pick(client, pick) else {
            return;
        };
        let client_id = self.name(client, note);
        let frame = ClientFrame::Delete { client_id: client_id.clone(), target };
        self.want(client, client_id, frame);
    }

    /// Sends a frame that is not kept: a signal, or one that must be refused.
    pub fn signal(&mut self, client: usize, frame: &ClientFrame) {
        self.transmit(client, frame);
    }

    pub fn read_all(&mut self, client: usize) {
        if let Some(up_to) = self.clients[client].last {
            self.transmit(client, &ClientFrame::Read { up_to });
        }
    }

    /// Does what no honest client does; all of it must be refused, and hurt nobody.
    pub fn misbehave(&mut self, client: usize, how: usize) {
        let notes: Vec<u64> = self.rows.iter().filter(|row| row.kind == "note").map(|row| row.seq).collect();
        let note = notes.get(how % notes.len().max(1)).copied().unwrap_or(u64::MAX);
        let agent = self.is_agent(client);
        let named = self.clients[client].acked.keys().nth(how / 7 % self.clients[client].acked.len().max(1));
        let frame = match how % 7 {
            // The name of something that is stored, for something else.
            6 => match named {
                Some(name) if how < 128 => ClientFrame::Delete { client_id: name.clone(), target: u64::MAX },
                Some(name) => ClientFrame::Send {
                    client_id: name.clone(),
                    kind: SendKind::Message,
                    text: FORGED.to_owned(),
                },
                None => return,
            },
            0 if !agent => ClientFrame::Send {
                client_id: FORGED.to_owned(),
                kind: SendKind::Note,
                text: FORGED.to_owned(),
            },
            1 if !agent => ClientFrame::Delete { client_id: FORGED.to_owned(), target: note },
            2 => ClientFrame::Edit {
                client_id: FORGED.to_owned(),
                target: if agent { u64::MAX } else { note },
                text: FORGED.to_owned(),
            },
            3 => return self.push_up(client, Up::Binary(12)),
            4 => return self.push_up(client, Up::Frame("{\"type\":\"dance\"}".to_owned())),
            _ => return self.push_up(client, Up::Frame("{\"type\":\"send\",\"clientId\":[]}".to_owned())),
        };
        self.transmit(client, &frame);
    }

    /// The client believes to be further than the room is (say, from a test against another database).
    pub fn run_ahead(&mut self, client: usize) {
        self.drop_link(client, 0);
        self.clients[client].last = Some(1_000_000);
    }

    pub fn reload(&mut self, client: usize) {
        self.drop_link(client, 0);
        self.clients[client].reload();
    }

    pub fn connect(&mut self, client: usize) {
        if self.uses[client].is_some() {
            return;
        }
        let (actor, after) = (self.clients[client].principal.clone(), self.clients[client].last);
        let now = self.now;
        let connected = self.room().connect(&actor, after, now);
        match connected {
            Ok((connection, outputs)) => {
                let attachment = self.room().attachment(connection).cloned();
                self.attachments.insert(connection, attachment.expect("it has just connected"));
                assert!(
                    !self.links.iter().any(|link| link.room_open && link.connection == connection),
                    "two sockets have one number"
                );
                self.uses[client] = Some(self.links.len());
                self.links.push(Link {
                    client,
                    connection,
                    up: VecDeque::new(),
                    down: VecDeque::new(),
                    client_open: true,
                    room_open: true,
                    told_present: BTreeMap::new(),
                    told_people: People::default(),
                });
                self.clients[client].connected();
                self.carry(outputs);
                self.pump(client);
            }
            Err(RoomError::Storage(_) | RoomError::TooManyConnections) => self.carry(Vec::new()),
            Err(RoomError::NotFound) if !self.begun => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// The client loses its socket. Of what it had sent, the last `lost` frames never arrive; of what was on its way to
    /// it, nothing does. The room learns of it when it has read what did arrive.
    pub fn drop_link(&mut self, client: usize, lost: usize) {
        let Some(index) = self.uses[client].take() else {
            return;
        };
        let link = &mut self.links[index];
        link.client_open = false;
        link.down.clear();
        let kept = link.up.len().saturating_sub(lost);
        link.up.truncate(kept);
        link.up.push_back(Up::Closed);
    }

    /// One frame, of the links that have any, reaches the room; `twice` if it was doubled on the way.
    pub fn carry_up(&mut self, pick: usize, twice: bool) {
        let busy: Vec<usize> =
            (0..self.links.len()).filter(|link| !self.links[*link].up.is_empty()).collect();
        let Some(index) = busy.get(pick % busy.len().max(1)).copied() else {
            return;
        };
        let connection = self.links[index].connection;
        let Some(frame) = self.links[index].up.pop_front() else {
            return;
        };
        let now = self.now;
        match frame {
            Up::Frame(frame) => {
                for _ in 0..=usize::from(twice) {
                    let outputs = self.room().receive(connection, &frame, now);
                    self.carry(outputs);
                }
            }
            Up::Binary(bytes) => {
                let outputs = self.room().receive_binary(connection, bytes);
                self.carry(outputs);
            }
            Up::Closed => {
                // The shell restores the closing socket too before it says that it has closed.
                let outputs = self.room().disconnect(connection, NOON);
                self.links[index].room_open = false;
                self.attachments.remove(&connection);
                self.carry(outputs);
            }
        }
    }

    /// One frame, of the links that have any, reaches its client.
    pub fn carry_down(&mut self, pick: usize) {
        let busy: Vec<usize> =
            (0..self.links.len()).filter(|link| !self.links[*link].down.is_empty()).collect();
        let Some(index) = busy.get(pick % busy.len().max(1)).copied() else {
            return;
        };
        let client = self.links[index].client;
        match self.links[index].down.pop_front() {
            Some(Down::Frame(frame)) => {
                let now = self.now;
                if let Some(answer) = self.clients[client].hear(&frame, now) {
                    self.transmit(client, &answer);
                }
                self.pump(client);
            }
            Some(Down::Closed) => {
                self.links[index].client_open = false;
                self.uses[client] = None;
            }
            None => {}
        }
    }

    /// Everything that is under way arrives, and what that causes.
    pub fn carry_all(&mut self) {
        while self.links.iter().any(|link| !link.up.is_empty() || !link.down.is_empty()) {
            self.carry_up(0, false);
            self.carry_down(0);
        }
    }

    /// An agent changes status, assignee or department over REST, and tries again when the room failed.
    pub fn update(&mut self, agent: &Principal, change: &Change) {
        if !self.begun {
            // Nobody was told of a conversation whose first message the storage has not taken yet.
            return;
        }
        for _ in 0..2 {
            let now = self.now;
            match self.room().update(agent, change.clone(), now) {
                Ok((conversation, outputs)) => {
                    self.carry(outputs);
                    assert!(change.status.is_none_or(|status| status == conversation.status));
                    assert!(
                        change.assignee.as_ref().is_none_or(|assignee| *assignee == conversation.assignee)
                    );
                    assert!(change.department.as_ref().is_none_or(|department| {
                        department.as_ref().map(|department| department.id) == conversation.department
                    }));
                    return;
                }
                Err(RoomError::Storage(_)) => self.carry(Vec::new()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// An agent puts a tag on the conversation or takes it off over REST, and tries again when the room failed.
    pub fn tag(&mut self, agent: &Principal, tag: &TagName, wanted: bool) {
        if !self.begun {
            return;
        }
        for _ in 0..2 {
            let now = self.now;
            match self.room().tag(agent, tag, wanted, now) {
                Ok((conversation, outputs)) => {
                    self.carry(outputs);
                    let tags = conversation.tags.expect("agents learn of tags");
                    assert_eq!(tags.contains(&tag.id), wanted);
                    return;
                }
                Err(RoomError::Storage(_)) => self.carry(Vec::new()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The house puts one tag in the place of another, and tries again when the room failed.
    pub fn replace_tag(&mut self, by: &Principal, tag: &TagName, into: &TagName) {
        if !self.begun {
            return;
        }
        for _ in 0..2 {
            let now = self.now;
            match self.room().replace_tag(&by.actor(), tag, into, now) {
                Ok(((), outputs)) => {
                    self.carry(outputs);
                    let tags = self.room().conversation(by, now).unwrap().tags.unwrap();
                    assert!(!tags.contains(&tag.id));
                    return;
                }
                Err(RoomError::Storage(_)) => self.carry(Vec::new()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The house takes the conversation from somebody who leaves, and tries again when the room failed.
    pub fn take_from(&mut self, by: &Principal, from: &Principal) {
        if !self.begun {
            return;
        }
        let who = from.user_id().expect("an agent");
        for _ in 0..2 {
            let now = self.now;
            match self.room().give_back(Some(&by.actor()), who, None, now) {
                Ok((_, outputs)) => {
                    self.carry(outputs);
                    let found = self.room().conversation(by, now).unwrap();
                    let is_theirs = found.assignee.is_some_and(|assignee| assignee.id == who.to_string());
                    assert!(!is_theirs || found.status == ConversationStatus::Closed);
                    return;
                }
                Err(RoomError::Storage(_)) => self.carry(Vec::new()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The room's memory is gone. Its sockets either survive it (hibernation) or are cut (a deploy, a crash).
    pub fn restart(&mut self, cut: bool) {
        self.room = None;
        if !cut {
            return;
        }
        self.attachments.clear();
        for link in &mut self.links {
            if link.client_open {
                self.uses[link.client] = None;
            }
            link.up.clear();
            link.down.clear();
            (link.client_open, link.room_open) = (false, false);
        }
    }

    pub fn wait(&mut self, milliseconds: Millis) {
        self.now += milliseconds;
        for client in 0..self.clients.len() {
            self.pump(client);
        }
    }

    /// The network is good from now on: runs until nothing is under way and nobody wants anything any more.
    pub fn settle(&mut self) {
        self.storage.heal();
        while !self.begun {
            self.start();
        }
        for _round in 0..300 {
            self.wait(1000);
            for client in 0..self.clients.len() {
                self.connect(client);
                self.serve_history(client);
            }
            self.carry_all();
            let done =
                |client: &Client| client.outbox.is_empty() && !client.awaits_page && !client.needs_history;
            if self.clients.iter().all(done) && self.uses.iter().all(Option::is_some) {
                return;
            }
        }
        panic!("somebody still wants something after five quiet minutes");
    }

    /// Answers a client that was told `reset` with the history and, after it, the conversation, over REST.
    pub fn serve_history(&mut self, client: usize) {
        if !self.clients[client].needs_history || self.uses[client].is_none() {
            return;
        }
        let Some(history) = self.history(client, Part::Last, 3) else {
            return;
        };
        let (actor, now) = (self.clients[client].principal.clone(), self.now);
        let conversation = self.room().conversation(&actor, now).unwrap();
        if let Some(frame) = self.clients[client].begin_anew(&history, conversation) {
            self.transmit(client, &frame);
        }
    }

    // --- The shell ------------------------------------------------------------------------------------------------

    fn room(&mut self) -> &mut Room<Rc<Storage>> {
        if self.room.is_none() {
            // Opening fails at most once: one statement is told to.
            let opened = (0..2).find_map(|_| Room::open(Rc::clone(&self.storage), self.rates).ok());
            let mut room = opened.expect("the storage is healthy again");
            for attachment in self.attachments.values() {
                room.restore(attachment.clone(), self.now);
            }
            self.room = Some(room);
        }
        self.room.as_mut().unwrap()
    }

    fn transmit(&mut self, client: usize, frame: &ClientFrame) {
        self.push_up(client, Up::Frame(serde_json::to_string(frame).unwrap()));
    }

    fn push_up(&mut self, client: usize, frame: Up) {
        if let Some(index) = self.uses[client] {
            self.links[index].up.push_back(frame);
        }
    }

    fn pump(&mut self, client: usize) {
        if self.uses[client].is_some() {
            for frame in self.clients[client].due(self.now) {
                self.transmit(client, &frame);
            }
        }
    }

    fn want(&mut self, client: usize, client_id: String, frame: ClientFrame) {
        self.clients[client].want(client_id, frame);
        self.pump(client);
    }

    /// Carries out what the room said, checking all of it on the way.
    fn carry(&mut self, outputs: Vec<Output>) {
        let before = self.rows.len();
        self.read_rows();
        let changed = outputs.contains(&Output::Changed);
        assert_eq!(changed, self.rows.len() > before, "`Changed` is said when the log has grown");
        for output in outputs {
            match output {
                Output::Send { to, frame } => self.send(&to, &frame),
                Output::Remember(connection) => {
                    let attachment = self.room().attachment(connection).cloned();
                    self.attachments.insert(connection, attachment.expect("it is there to be remembered"));
                }
                Output::Close { connection, .. } => {
                    self.attachments.remove(&connection);
                    let link =
                        self.links.iter_mut().find(|link| link.room_open && link.connection == connection);
                    let link = link.expect("only an open socket is closed");
                    link.room_open = false;
                    link.up.clear();
                    if link.client_open {
                        link.down.push_back(Down::Closed);
                    }
                }
                Output::Renew { .. } => panic!("nobody here renews"),
                Output::Changed => {
                    let summary = self.room().summary(Audience::Visitor);
                    if let Ok(summary) = summary {
                        self.check_words(&serde_json::to_string(&summary).unwrap(), Audience::Visitor);
                    }
                }
            }
        }
        if self.storage.failures() > self.failures_seen {
            self.failures_seen = self.storage.failures();
            self.check_against_fresh_room();
        }
    }

    fn send(&mut self, to: &[ConnectionId], frame: &str) {
        let parsed: Rc<ServerFrame> = Rc::new(serde_json::from_str(frame).unwrap());
        for connection in to {
            let link = self.links.iter().position(|link| link.room_open && link.connection == *connection);
            let link = link.unwrap_or_else(|| panic!("a frame for nobody: {frame}"));
            let audience = self.clients[self.links[link].client].audience;
            self.check_words(frame, audience);
            self.check_frame(link, audience, &parsed);
            if self.links[link].client_open {
                self.links[link].down.push_back(Down::Frame(Rc::clone(&parsed)));
            }
        }
    }

    fn history(&mut self, client: usize, part: Part, limit: usize) -> Option<History> {
        let (actor, audience, now) =
            (self.clients[client].principal.clone(), self.clients[client].audience, self.now);
        match self.room().history(&actor, part, limit, now) {
            Ok(history) => {
                self.check_words(&serde_json::to_string(&history).unwrap(), audience);
                self.check_chain(&history.events, history.prev, audience);
                self.check_people(&history.events, &mut history.people.clone(), audience);
                Some(history)
            }
            Err(RoomError::Storage(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    // --- Names and words ------------------------------------------------------------------------------------------

    fn is_agent(&self, client: usize) -> bool {
        self.clients[client].audience == Audience::Agents
    }

    fn name(&mut self, client: usize, note: bool) -> String {
        self.named += 1;
        let kind = if note { NOTE } else { "said" };
        format!("{kind}-{client}-{}", self.named)
    }

    /// A text nobody else has: its number stands between two `#`.
    fn words(&mut self, note: bool, long: bool) -> String {
        self.named += 1;
        let kind = if note { NOTE } else { "words" };
        let rest = if long { "😀".repeat(9_900) } else { String::new() };
        format!("{kind} #{}# {rest}", self.named)
    }

    fn pick(&self, client: usize, pick: usize) -> Option<(u64, bool)> {
        let lines = view(&self.clients[client].events);
        let line = lines.get(pick % lines.len().max(1))?;
        Some((line.seq, line.note))
    }

    // --- What must hold of each frame -----------------------------------------------------------------------------

    /// Takes in the events stored since, as they were stored.
    fn read_rows(&mut self) {
        let seen = self.rows.len() as u64;
        let tables = "SELECT name FROM sqlite_master WHERE name = 'events'";
        if seen == 0 && self.storage.rows(tables, &[]).is_empty() {
            return;
        }
        let new = self.storage.rows(
            "SELECT seq, at, kind, public, actor_id, client_id, target, text FROM events WHERE seq > ? ORDER BY seq",
            &[seen.into()],
        );
        for row in new {
            let integer = |column: usize| row[column].as_integer().unwrap_or(0);
            let text = |column: usize| row[column].as_text().unwrap_or_default().to_owned();
            let row = Row {
                seq: integer(0).unsigned_abs(),
                at: integer(1),
                kind: text(2),
                public: integer(3) == 1,
                actor: text(4),
                client_id: row[5].as_text().map(str::to_owned),
                target: integer(6).unsigned_abs(),
                text: text(7),
            };
            let index = self.rows.len();
            assert_eq!(row.seq, index as u64 + 1, "the log has a gap or a row was not seen in time");
            assert!(self.rows.last().is_none_or(|last| last.at <= row.at), "time ran backwards");
            if row.public {
                self.public.push(row.seq);
            }
            if let Some(client_id) = &row.client_id {
                let name = (row.actor.clone(), client_id.clone());
                assert_eq!(self.by_name.insert(name, index), None, "stored twice: {client_id}");
            }
            if row.kind == "message_deleted" {
                let about = |other: &&Row| {
                    other.seq == row.target || (other.kind == "message_edited" && other.target == row.target)
                };
                self.dead.extend(self.rows.iter().filter(about).flat_map(|other| numbers(&other.text)));
            }
            self.rows.push(row);
        }
    }

    fn row_named(&self, author: &str, client_id: &str) -> Option<&Row> {
        let name = (author.to_owned(), client_id.to_owned());
        self.by_name.get(&name).map(|index| &self.rows[*index])
    }

    /// No byte of a note for a visitor; no word of what was deleted for anyone.
    fn check_words(&self, said: &str, audience: Audience) {
        if audience == Audience::Visitor {
            assert!(!said.contains(NOTE), "a note leaked: {said}");
            assert!(!said.contains(TAG) && !said.contains("tag"), "a tag leaked: {said}");
            assert!(!said.contains("department"), "a department leaked: {said}");
        }
        if !self.dead.is_empty() {
            let dead = numbers(said).find(|number| self.dead.contains(number));
            assert_eq!(dead, None, "the words of a deleted message: {said}");
        }
    }

    fn check_frame(&mut self, index: usize, audience: Audience, frame: &ServerFrame) {
        let link = &mut self.links[index];
        match frame {
            ServerFrame::Welcome { present, .. } => {
                link.told_present =
                    present.iter().map(|present| (present.actor.id.clone(), present.viewing)).collect();
                assert_eq!(link.told_present.len(), present.len(), "someone is present twice");
            }
            ServerFrame::Presence { actor, online, viewing } => {
                let news = if *online {
                    link.told_present.insert(actor.id.clone(), *viewing) != Some(*viewing)
                } else {
                    link.told_present.remove(&actor.id).is_some() && !viewing
                };
                assert!(news, "told twice that {} is online: {online}, viewing: {viewing}", actor.name);
            }
            ServerFrame::Event(event) => {
                let mut people = std::mem::take(&mut link.told_people);
                let events = std::slice::from_ref(event);
                self.check_chain(events, event.prev(), audience);
                self.check_people(events, &mut people, audience);
                self.links[index].told_people = people;
            }
            ServerFrame::Page { people: told, events, prev, .. } => {
                let mut people = std::mem::take(&mut link.told_people);
                people.0.extend(told.0.clone());
                self.check_chain(events, *prev, audience);
                self.check_people(events, &mut people, audience);
                self.links[index].told_people = people;
            }
            ServerFrame::Ack { client_id, seq, at, duplicate } => {
                let author = self.clients[link.client].actor.id.clone();
                let row = self.row_named(&author, client_id).expect("an ack means stored");
                assert_eq!((*seq, *at), (row.seq, row.at), "an ack disagrees with the log");
                let name = (author, client_id.clone());
                if !duplicate {
                    assert!(self.first_acks.insert(name.clone()), "stored for the first time, twice");
                }
                self.acks.insert(name);
            }
            ServerFrame::Error(error) => {
                let client = link.client;
                let author = &self.clients[client].actor.id;
                let row = error.client_id.as_ref().and_then(|client_id| self.row_named(author, client_id));
                let may_be_stored = matches!(
                    error.code,
                    ErrorCode::RateLimited | ErrorCode::Internal | ErrorCode::ClientIdReused
                );
                assert!(may_be_stored || row.is_none(), "refused, though it is stored: {error:?}");
                let client = &mut self.clients[client];
                client.disordered |= error.client_id.is_some() && client.window > 1;
            }
            ServerFrame::Typing { .. } | ServerFrame::Reset { .. } | ServerFrame::Renewed { .. } => {}
        }
    }

    /// The author of each event is whom the database says, as told to whoever has been told of `people`. A visitor has not
    /// been told of anyone who did nothing they may see, and finds no gap where such a number would be.
    fn check_people(&self, events: &[CompactEvent], people: &mut People, audience: Audience) {
        for event in events {
            let known = event.clone().expand(conversation_id(1), people);
            let event = known.unwrap_or_else(|| panic!("a number nobody was told of: {event:?}"));
            let row = &self.rows[usize::try_from(event.seq).unwrap() - 1];
            assert_eq!(event.actor.id, row.actor, "taken for someone else at {}", event.seq);
        }
        if audience == Audience::Visitor {
            let authors: BTreeSet<&str> =
                self.rows.iter().filter(|row| row.public).map(|row| row.actor.as_str()).collect();
            for (by, actor) in &people.0 {
                assert!(authors.contains(actor.id.as_str()), "a visitor was told of {}", actor.name);
                assert!(by % 2 == 0 && (*by as usize) / 2 < authors.len(), "a gap before {by}");
            }
        }
    }

    /// Each event names the one before it that this audience may see, and none is one it may not.
    fn check_chain(&self, events: &[CompactEvent], prev: u64, audience: Audience) {
        let mut before = prev;
        for event in events {
            let expected = match audience {
                Audience::Agents => event.seq - 1,
                Audience::Visitor => {
                    let place =
                        self.public.binary_search(&event.seq).expect("a visitor was sent what is not public");
                    place.checked_sub(1).map_or(0, |place| self.public[place])
                }
            };
            assert_eq!((event.prev(), before), (expected, expected), "a wrong prev at {}", event.seq);
            before = event.seq;
        }
    }

    // --- What must hold of the whole --------------------------------------------------------------------------------

    fn whole(room: &Room<Rc<Storage>>, agent: &Principal, now: Millis) -> Whole {
        let conversation = room.conversation(agent, now).ok();
        let audiences = [(Audience::Visitor, visitor()), (Audience::Agents, agent.clone())];
        let summaries = audiences.iter().filter_map(|(audience, _)| room.summary(*audience).unwrap());
        let histories = audiences.iter().map(|(_, actor)| {
            let mut pages: Vec<History> = Vec::new();
            loop {
                let last = pages.last().and_then(|page| page.events.last());
                let after = Part::After(last.map_or(0, |event| event.seq));
                let Ok(page) = room.history(actor, after, 200, now) else {
                    return pages;
                };
                let more = page.more;
                pages.push(page);
                if !more {
                    return pages;
                }
            }
        });
        (conversation, summaries.collect(), histories.collect())
    }

    /// What the room holds in memory is what the database holds.
    fn check_against_fresh_room(&mut self) {
        let (agent, now) = (agent(1), self.now);
        self.storage.heal();
        let fresh = Room::open(Rc::clone(&self.storage), self.rates).unwrap();
        let fresh = Self::whole(&fresh, &agent, now);
        assert_eq!(Self::whole(self.room(), &agent, now), fresh, "memory and database disagree");
    }

    pub fn check_settled(&mut self) {
        self.check_log();
        self.check_against_fresh_room();
        self.check_wanted();
        self.check_views();
        let mut here: BTreeMap<String, bool> =
            self.clients.iter().map(|client| (client.actor.id.clone(), false)).collect();
        for attachment in self.attachments.values() {
            *here.entry(attachment.principal.actor().id).or_default() |= attachment.viewing;
        }
        for link in self.links.iter().filter(|link| link.room_open) {
            let mut told = link.told_present.clone();
            // Of oneself one is told at the welcome alone.
            let me = &self.clients[link.client].actor.id;
            told.insert(me.clone(), here[me]);
            assert_eq!(told, here, "who is here, as told to one of them");
        }
        assert_eq!(self.acks, self.first_acks, "somebody was never told that this was the first time");
    }

    fn check_log(&self) {
        let counted = self.storage.rows("SELECT COUNT(*), MIN(seq), MAX(seq) FROM events", &[]);
        let head = i64::try_from(self.rows.len()).unwrap();
        assert_eq!(counted[0], vec![Value::from(head), 1_i64.into(), head.into()]);
        let forged = |row: &Row| row.text.contains(FORGED) || row.client_id.as_deref() == Some(FORGED);
        assert!(!self.rows.iter().any(forged), "what was forged is in the log");
    }

    /// All that was wanted is in the log once, as acked, in each client's order; what was refused is not in it.
    fn check_wanted(&self) {
        for (index, client) in self.clients.iter().enumerate() {
            for (client_id, place) in &client.acked {
                let row = self.row_named(&client.actor.id, client_id).expect("an ack means stored");
                assert_eq!(*place, (row.seq, row.at));
            }
            for (client_id, code) in &client.refused {
                assert!(
                    self.row_named(&client.actor.id, client_id).is_none(),
                    "{client_id} was refused with {code:?} and stored"
                );
                let plausible = [
                    ErrorCode::Forbidden,
                    ErrorCode::NoSuchMessage,
                    ErrorCode::ConversationClosed,
                    ErrorCode::TooLate,
                ];
                assert!(plausible.contains(code), "{client_id} was refused with {code:?}");
            }
            let marker = format!("-{index}-");
            let mine = self.rows.iter().filter(|row| row.actor == client.actor.id).filter_map(|row| {
                let (_, number) = row.client_id.as_deref()?.split_once(&marker)?;
                number.parse::<u32>().ok()
            });
            let mine: Vec<u32> = mine.collect();
            assert_eq!(mine.len(), client.acked.len(), "stored but never acked");
            assert!(client.disordered || mine.is_sorted(), "one client's sends changed places: {mine:?}");
        }
    }

    /// Everyone sees what the log says, told once more in the simplest way.
    fn check_views(&mut self) {
        let mut texts: BTreeMap<u64, Option<&str>> = BTreeMap::new();
        for row in &self.rows {
            match row.kind.as_str() {
                "message" | "note" => drop(texts.insert(row.seq, Some(&row.text))),
                "message_edited" => drop(texts.insert(row.target, Some(&row.text))),
                "message_deleted" => drop(texts.insert(row.target, None)),
                _ => {}
            }
        }
        let lines = |audience: Audience| -> Vec<(u64, String, Option<String>)> {
            let said = self.rows.iter().filter(|row| row.is_said());
            let visible = said.filter(|row| row.kind == "message" || audience == Audience::Agents);
            visible.map(|row| (row.seq, row.actor.clone(), texts[&row.seq].map(str::to_owned))).collect()
        };
        let (for_visitor, for_agents) = (lines(Audience::Visitor), lines(Audience::Agents));
        for client in 0..self.clients.len() {
            while self.clients[client].base > 0 {
                let before = self.clients[client].base + 1;
                let history = self.history(client, Part::Before(before), 40).expect("the storage is healthy");
                self.clients[client].prepend(&history);
            }
            let now = self.now;
            let actor = self.clients[client].principal.clone();
            let server = self.room().conversation(&actor, now).unwrap();
            let client = &self.clients[client];
            let (expected, seqs) = match client.audience {
                Audience::Visitor => (&for_visitor, self.public.clone()),
                Audience::Agents => (&for_agents, (1..=self.rows.len() as u64).collect()),
            };
            assert!(client.events.keys().copied().eq(seqs), "a client misses events, or has too many");
            let seen = view(&client.events);
            let seen: Vec<_> = seen.into_iter().map(|line| (line.seq, line.author, line.text)).collect();
            assert_eq!(seen, *expected, "a client sees something else");
            assert_eq!(client.conversation.as_ref(), Some(&server), "a client's conversation is another");
            for event in client.events.values() {
                let row = &self.rows[usize::try_from(event.seq).unwrap() - 1];
                assert_eq!(
                    (&event.actor.id, &event.client_id, event.at),
                    (&row.actor, &row.client_id, row.at)
                );
                assert_eq!(kind(&event.body), row.kind);
                assert!(event.actor.kind != ActorKind::System || event.client_id.is_none());
            }
        }
    }
}

const fn kind(body: &EventBody) -> &'static str {
    match body {
        EventBody::Message(_) => "message",
        EventBody::Note(_) => "note",
        EventBody::MessageEdited { .. } => "message_edited",
        EventBody::MessageDeleted { .. } => "message_deleted",
        EventBody::Read { .. } => "read",
        EventBody::StatusChanged { .. } => "status_changed",
        EventBody::Assigned { .. } => "assigned",
        EventBody::Moved { .. } => "moved",
        EventBody::PriorityChanged { .. } => "priority_changed",
        EventBody::TargetMissed { .. } => "target_missed",
        EventBody::Tagged { .. } => "tagged",
        EventBody::Untagged { .. } => "untagged",
    }
}

/// The numbers that stand between two `#`.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    text.split('#').filter_map(|part| part.parse().ok())
}
