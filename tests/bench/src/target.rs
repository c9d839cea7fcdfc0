//! What is measured: our room and the two it is compared with, each ready to open rooms.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use reqwest::Client;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use voxora_domain::wire::{
    AgentSession, BEARER_SUBPROTOCOL_PREFIX, LoginRequest, SUBPROTOCOL, SetupRequest,
    StartConversationRequest, StartedConversation, VisitorSession, VisitorSessionRequest,
};

use crate::{
    server::{Place, Server},
    socket::{Protocol, Seat, TEXT},
};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ours, as it is deployed.
    Room,
    /// A bare Durable Object that stores and echoes.
    Floor,
    /// Socket.IO with its Redis adapter.
    SocketIo,
}

impl Kind {
    /// What a table calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Room => "our room",
            Self::Floor => "the floor",
            Self::SocketIo => "Socket.IO",
        }
    }
}

/// One of them, running.
pub struct Target {
    /// Which one.
    pub kind: Kind,
    /// Its processes.
    pub server: Server,
    rooms: u32,
    team: Option<Team>,
}

/// An agent of our product, who may enter every conversation.
struct Team {
    http: Client,
    session: AgentSession,
    since: Instant,
}

/// Whoever holds it may open a deployment that has nobody yet.
pub const SETUP_TOKEN: &str = "setup-token-of-the-bench";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "a password of the bench";

impl Target {
    /// Starts it.
    pub async fn start(place: &Place, kind: Kind) -> Result<Self> {
        match kind {
            Kind::Room => Self::voxora(place, &[]).await,
            Kind::Floor => {
                let config = place.repository.join("tests/bench/floor/wrangler.toml");
                Ok(Self::new(kind, Server::start(place, "serve.mjs", json!({ "config": config }))?))
            }
            Kind::SocketIo => {
                if Command::new("redis-server").arg("--version").output().is_err() {
                    bail!(
                        "Socket.IO's adapter needs a redis-server: install it (Debian: `sudo apt-get install \
                         redis-server`), or leave it out with `--targets room,floor`"
                    );
                }
                install_packages(&place.repository)?;
                Ok(Self::new(kind, Server::start(place, "socketio/server.mjs", json!({}))?))
            }
        }
    }

    /// Starts our room, with `options` for `serve.mjs` beyond the usual ones.
    pub async fn voxora(place: &Place, options: &[(&str, &str)]) -> Result<Self> {
        let server = worker(place, options)?;
        let http = Client::new();
        let first_admin = SetupRequest {
            setup_token: SETUP_TOKEN.to_owned(),
            name: "Ada".to_owned(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let session = post(&http, &server, "/api/v1/setup", None, &first_admin).await?;
        let team = Team { http, session, since: Instant::now() };
        Ok(Self { team: Some(team), ..Self::new(Kind::Room, server) })
    }

    const fn new(kind: Kind, server: Server) -> Self {
        Self { kind, server, rooms: 0, team: None }
    }

    /// A new room with this many seats. Of ours the first is the visitor's and all others are an agent's.
    pub async fn room(&mut self, seats: usize) -> Result<Vec<Seat>> {
        self.rooms += 1;
        let room = self.rooms;
        let address = self.server.origin.trim_start_matches("http://").to_owned();
        let seat = |index, path: &str, token: Option<&str>, protocol| Seat {
            address: address.clone(),
            path: path.to_owned(),
            subprotocols: token.map(|token| format!("{SUBPROTOCOL}, {BEARER_SUBPROTOCOL_PREFIX}{token}")),
            protocol,
            index,
        };
        let indexes = (0u32..).take(seats);
        Ok(match &mut self.team {
            Some(team) => {
                team.renew(&self.server).await?;
                let (visitor, conversation) = team.conversation(&self.server).await?;
                let path = format!("/api/v1/conversations/{conversation}/socket");
                indexes
                    .map(|index| {
                        let token = if index == 0 { &visitor } else { &team.session.access_token };
                        seat(index, &path, Some(token), Protocol::Voxora)
                    })
                    .collect()
            }
            None if self.kind == Kind::Floor => {
                let path = format!("/{room}");
                indexes.map(|index| seat(index, &path, None, Protocol::Floor)).collect()
            }
            None => {
                let protocol = Protocol::SocketIo(room.to_string());
                let path = "/socket.io/?EIO=4&transport=websocket";
                indexes.map(|index| seat(index, path, None, protocol.clone())).collect()
            }
        })
    }
}

/// Limits on what one person or network may do are for people; here one does as much as the Worker can take.
const LIMITLESS: u32 = 1_000_000;

/// Starts our Worker with nobody in it yet, with `options` for `serve.mjs` beyond the usual ones.
pub fn worker(place: &Place, options: &[(&str, &str)]) -> Result<Server> {
    let mut arguments = json!({
        "config": place.worker,
        "rateLimit": LIMITLESS,
        "bindings": {
            "JWT_SECRET": "a-secret-of-the-bench-of-more-than-32-characters",
            "SETUP_TOKEN": SETUP_TOKEN,
            "LIMIT_SESSIONS_PER_ADDRESS": format!("{LIMITLESS}/1"),
            "LIMIT_STARTS_PER_VISITOR": format!("{LIMITLESS}/1"),
            "LIMIT_STARTS_PER_ADDRESS": format!("{LIMITLESS}/1"),
            "LIMIT_LOGINS_PER_ADDRESS": format!("{LIMITLESS}/1"),
            "LIMIT_WRONG_LOGINS_PER_ADDRESS": format!("{LIMITLESS}/1"),
            "ROOM_SENDS_PER_SECOND": LIMITLESS.to_string(),
            "ROOM_SEND_BURST": LIMITLESS.to_string(),
            "SOCKETS_PER_AGENT": LIMITLESS.to_string(),
        },
    });
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.extend(options.iter().map(|&(name, value)| (name.to_owned(), Value::from(value))));
    }
    Server::start(place, "serve.mjs", arguments)
}

impl Team {
    /// Signs in again before the access token, which is good for a quarter of an hour, ends in the middle of a round.
    async fn renew(&mut self, server: &Server) -> Result<()> {
        if self.since.elapsed() > Duration::from_mins(5) {
            let login = LoginRequest { email: EMAIL.to_owned(), password: PASSWORD.to_owned() };
            self.session = post(&self.http, server, "/api/v1/auth/login", None, &login).await?;
            self.since = Instant::now();
        }
        Ok(())
    }

    /// A new visitor's token, and the id of the conversation that they have started.
    async fn conversation(&self, server: &Server) -> Result<(String, String)> {
        let session = VisitorSessionRequest::default();
        let visitor: VisitorSession =
            post(&self.http, server, "/api/v1/widget/session", None, &session).await?;
        let first = StartConversationRequest { client_id: "first".to_owned(), text: TEXT.to_owned() };
        let started: StartedConversation =
            post(&self.http, server, "/api/v1/conversations", Some(&visitor.access_token), &first).await?;
        Ok((visitor.access_token, started.conversation.id.to_string()))
    }
}

async fn post<T: DeserializeOwned>(
    http: &Client,
    server: &Server,
    path: &str,
    token: Option<&str>,
    body: &impl Serialize,
) -> Result<T> {
    let mut request = http.post(format!("{}{path}", server.origin)).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    if !status.is_success() {
        bail!("POST {path} was answered with {status}: {body}");
    }
    serde_json::from_str(&body).with_context(|| format!("POST {path} was answered with {body}"))
}

/// What benches compare with is no part of the product, so they install its packages.
pub fn install_packages(repository: &Path) -> Result<()> {
    let folder = repository.join("tests/bench");
    let written = |file: &str| folder.join(file).metadata().and_then(|file| file.modified()).ok();
    if written("node_modules/.package-lock.json") >= written("package-lock.json") {
        return Ok(());
    }
    let status = Command::new("npm").arg("ci").current_dir(&folder).status().context("npm does not start")?;
    if !status.success() {
        bail!("`npm ci` in tests/bench failed");
    }
    Ok(())
}
