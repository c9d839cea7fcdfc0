//! Visitors, agents and their conversations: what a test needs before it begins, in a line.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;
use voxora_domain::wire::{
    self, AgentSession, Conversation, ConversationSummary, Event, List, SetupRequest,
    StartConversationRequest, StartedConversation, User, VisitorSession, VisitorSessionRequest,
};

use crate::{
    Answer, Api, Inbox, JWT_SECRET, Room, SETUP_TOKEN, Server, are_documents_elsewhere, eventually,
    fresh_client_id, tokens,
};

/// The e-mail address of the first admin.
pub const ADMIN_EMAIL: &str = "ada@example.com";
/// The name of the first admin.
pub const ADMIN_NAME: &str = "Ada";
/// The password of the first admin.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";
/// The same as the store keeps it.
const ADMIN_PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGhlIHNhbHQgb2YgdGVzdHM$MVFyHYaZ+RWaxtYoq9K8/uMA9WGyklfGrFU7wWo2i9s";

/// Someone with an access token.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their access token.
    pub token: String,
    /// The API as they may use it.
    pub api: Api,
}

impl Person {
    /// Joins a conversation, with its last events.
    pub async fn join(&self, conversation: &str) -> Room {
        Room::join(&self.api.origin, &self.token, conversation, None).await
    }

    /// Joins a conversation again, with what came after a `seq`.
    pub async fn rejoin(&self, conversation: &str, after: u64) -> Room {
        Room::join(&self.api.origin, &self.token, conversation, Some(after)).await
    }

    /// A conversation as it stands.
    pub async fn conversation(&self, id: &str) -> Conversation {
        self.api.get(&format!("/api/v1/conversations/{id}")).await.ok(200)
    }

    /// A conversation's history. `query` is empty, or begins with `?`.
    pub async fn history(&self, id: &str, query: &str) -> History {
        let page: wire::History =
            self.api.get(&format!("/api/v1/conversations/{id}/events{query}")).await.ok(200);
        let wire::History { mut people, events, prev, more, head } = page;
        let id = id.parse().expect("a conversation's id");
        let expand =
            |event: wire::CompactEvent| event.expand(id, &mut people).expect("a page names its people");
        History { events: events.into_iter().map(expand).collect(), prev, more, head }
    }

    /// A page of the list of conversations. `query` is empty, or begins with `?`.
    pub async fn list(&self, query: &str) -> List<ConversationSummary> {
        self.api.get(&format!("/api/v1/conversations{query}")).await.ok(200)
    }

    /// The summary of one conversation in this person's list, once the list has caught up with the room.
    pub async fn summary(
        &self,
        id: &str,
        caught_up: impl Fn(&ConversationSummary) -> bool,
    ) -> ConversationSummary {
        loop {
            let page = self.list("?limit=100").await;
            let found = page.items.into_iter().find(|summary| summary.conversation.id.to_string() == id);
            match found {
                Some(summary) if caught_up(&summary) => return summary,
                // The list is fed by the room's outbox and may be a moment behind.
                _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    }
}

/// A page of a conversation's history, with everything said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// The events.
    pub events: Vec<Event>,
    /// The `seq` before the first of them.
    pub prev: u64,
    /// Whether events follow.
    pub more: bool,
    /// The `seq` of the last event this person may see.
    pub head: u64,
}

/// A visitor of the website.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who they are.
    pub person: Person,
    /// What renews their session.
    pub renewal_token: String,
}

impl std::ops::Deref for Visitor {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl Visitor {
    /// A visitor nobody has seen before.
    pub async fn new(server: &Server) -> Self {
        let api = Api::anonymous(server);
        let session: VisitorSession =
            api.post("/api/v1/widget/session", &VisitorSessionRequest::default()).await.ok(200);
        Self::of(&api, session)
    }

    /// The visitor of a session.
    #[must_use]
    pub fn of(api: &Api, session: VisitorSession) -> Self {
        Self {
            person: Person {
                id: session.visitor_id.to_string(),
                api: api.with_token(&session.access_token),
                token: session.access_token,
            },
            renewal_token: session.renewal_token,
        }
    }

    /// Starts a conversation; gives its id.
    pub async fn start(&self, text: &str) -> String {
        let started = self.start_as(&fresh_client_id(), text).await;
        started.conversation.id.to_string()
    }

    /// Starts a conversation by a given name.
    pub async fn start_as(&self, client_id: &str, text: &str) -> StartedConversation {
        let request = StartConversationRequest { client_id: client_id.into(), text: text.into() };
        self.api.post("/api/v1/conversations", &request).await.ok(201)
    }
}

/// A member of the team.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Who they are.
    pub person: Person,
    /// What the team calls them.
    pub user: User,
}

impl std::ops::Deref for Agent {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl Agent {
    /// The server's first admin. Sets the server up if nobody has.
    pub async fn first(server: &Server) -> Self {
        let session = server.agent.get_or_init(|| set_up(server)).await;
        Self::of(&Api::anonymous(server), session)
    }

    /// Another member of the team, with an account of their own and the first admin's password. The session has just begun.
    pub async fn colleague(server: &Server, role: &str) -> (Self, Answer) {
        Self::first(server).await.with_colleague(&Api::anonymous(server), role).await
    }

    /// The same on a server whose first admin this is. `api` is nobody's.
    pub async fn with_colleague(&self, api: &Api, role: &str) -> (Self, Answer) {
        let email = format!("{}@example.com", fresh_client_id().to_lowercase());
        if are_documents_elsewhere() {
            // Import writes into the Worker's own storage.
            self.join_as(&email, role).await;
            let answer = sign_in(api, &email, ADMIN_PASSWORD).await;
            return (Self::of(api, &answer.ok(200)), answer);
        }
        let user = json!({
            "_id": Uuid::new_v4(), "version": 2, "email": email, "name": "Grace", "role": role,
            "password": ADMIN_PASSWORD_HASH, "createdAt": { "$date": "2026-11-22T00:00:00Z" },
        });
        self.api.post_raw("/api/v1/import/users", None, user.to_string()).await.is(200);
        let answer = sign_in(api, &email, ADMIN_PASSWORD).await;
        (Self::of(api, &answer.ok(200)), answer)
    }

    /// The agent of a session.
    #[must_use]
    pub fn of(api: &Api, session: &AgentSession) -> Self {
        Self {
            person: Person {
                id: session.user.id.to_string(),
                token: session.access_token.clone(),
                api: api.with_token(&session.access_token),
            },
            user: session.user.clone(),
        }
    }

    /// Follows the inbox from its beginning.
    pub async fn inbox(&self) -> Inbox {
        Inbox::follow(&self.api.origin, &self.token, None).await
    }

    /// Follows the inbox from a place in its feed.
    pub async fn inbox_after(&self, after: u64) -> Inbox {
        Inbox::follow(&self.api.origin, &self.token, Some(after)).await
    }

    /// A colleague who has just joined, by an invitation of this admin's. Their password is [`ADMIN_PASSWORD`], too.
    pub async fn invite(&self, role: &str) -> Self {
        let email = format!("{}@example.com", fresh_client_id()).to_lowercase();
        self.join_as(&email, role).await
    }

    async fn join_as(&self, email: &str, role: &str) -> Self {
        let token = self.invitation_for(email, role).await.1;
        let api = self.api.anonymously();
        let request = json!({ "token": token, "name": "Bob", "password": ADMIN_PASSWORD });
        let session: AgentSession = api.post("/api/v1/invitations/accept", &request).await.ok(201);
        Self::of(&api, &session)
    }

    /// An invitation of this admin's, and the token in its link.
    pub async fn invitation_for(&self, email: &str, role: &str) -> (wire::Invitation, String) {
        let request = json!({ "email": email, "role": role });
        let sent: wire::SentInvitation = self.api.post("/api/v1/invitations", &request).await.ok(201);
        let (_, token) = sent.link.split_once("#invitation=").expect("a link has its token behind #");
        (sent.invitation, token.to_owned())
    }

    /// Makes a tag that no other test has, as an admin; its id.
    pub async fn make_tag(&self) -> String {
        let request = json!({ "name": fresh_client_id(), "color": "#1f6feb" });
        self.api.post("/api/v1/tags", &request).await.ok::<wire::Tag>(201).id.to_string()
    }

    /// Makes a department that no other test has, as an admin; its id.
    pub async fn make_department(&self) -> String {
        let request = json!({ "name": fresh_client_id(), "color": "#8250df" });
        self.api.post("/api/v1/departments", &request).await.ok::<wire::Department>(201).id.to_string()
    }

    /// Makes a role that no other test has, as an admin; its id.
    pub async fn make_role(&self, permissions: &[&str]) -> String {
        let request = json!({ "name": fresh_client_id(), "permissions": permissions });
        self.api.post("/api/v1/roles", &request).await.ok::<wire::TeamRole>(201).id.to_string()
    }

    /// Puts a tag on a conversation.
    pub async fn tag(&self, conversation: &str, tag: &str) -> Conversation {
        let path = format!("/api/v1/conversations/{conversation}/tags/{tag}");
        self.api.call(reqwest::Method::PUT, &path, |request| request).await.ok(200)
    }

    /// Takes a tag off a conversation.
    pub async fn untag(&self, conversation: &str, tag: &str) {
        let path = format!("/api/v1/conversations/{conversation}/tags/{tag}");
        self.api.call(reqwest::Method::DELETE, &path, |request| request).await.is(204);
    }

    /// Gives a conversation another status.
    pub async fn set_status(&self, id: &str, status: &str) -> Conversation {
        self.api.patch(&format!("/api/v1/conversations/{id}"), &json!({ "status": status })).await.ok(200)
    }
}

/// Signs somebody in. Few log-ins are hashed at once; the others are asked to come back, and do.
pub async fn sign_in(api: &Api, email: &str, password: &str) -> Answer {
    let credentials = json!({ "email": email, "password": password });
    eventually(async || {
        let answer = api.post("/api/v1/auth/login", &credentials).await;
        (answer.status != 429).then_some(answer)
    })
    .await
}

async fn set_up(server: &Server) -> AgentSession {
    let request = SetupRequest {
        setup_token: SETUP_TOKEN.into(),
        name: ADMIN_NAME.into(),
        email: ADMIN_EMAIL.into(),
        password: ADMIN_PASSWORD.into(),
    };
    Api::anonymous(server).post("/api/v1/setup", &request).await.ok(201)
}

/// A visitor, an agent and the conversation they are about to have.
#[derive(Debug, Clone)]
pub struct Chat {
    /// The visitor.
    pub visitor: Visitor,
    /// The agent.
    pub agent: Agent,
    /// The conversation's id.
    pub id: String,
}

impl Chat {
    /// A visitor has written a first message; it has `seq` 1.
    pub async fn begin(server: &Server, text: &str) -> Self {
        let agent = Agent::first(server).await;
        let visitor = Visitor::new(server).await;
        let id = visitor.start(text).await;
        Self { visitor, agent, id }
    }

    /// The visitor's and the agent's sockets, both live, each aware of the other.
    pub async fn join(&self) -> (Room, Room) {
        let mut visitor = self.visitor.join(&self.id).await;
        let agent = self.agent.join(&self.id).await;
        visitor.presence_of(&self.agent.id).await;
        (visitor, agent)
    }
}

impl Agent {
    /// Somebody with a token that says this, in place of what this one's says; somebody else, where it does not say who. They
    /// have no account.
    #[must_use]
    pub fn with_claims(&self, claims: &[(&str, Value)]) -> Self {
        let mut all = tokens::claims(&self.token);
        all["sub"] = json!(Uuid::new_v4());
        all["sid"] = json!(Uuid::new_v4());
        for (name, value) in claims {
            all[*name] = value.clone();
        }
        let token = tokens::sign(&all, JWT_SECRET);
        let id = all["sub"].as_str().expect("an id").to_owned();
        let person = Person { id, api: self.api.with_token(&token), token };
        Self { person, user: self.user.clone() }
    }
}

/// The id of a conversation that does not exist.
#[must_use]
pub fn unknown_conversation() -> String {
    Uuid::new_v4().to_string()
}
