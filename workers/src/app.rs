//! What a handler has at hand: rooms, inbox, documents, the store, cache and configuration. No handler touches the bindings
//! themselves.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::future::try_join_all;
use http::{HeaderMap, Uri};
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, SessionId, UserId};
use voxora_domain::jobs::{Counts, DeadLetter, EndTokens, EnqueueError, Job, MailJob, RelayAudit, Template};
use voxora_domain::room::{Change, Part, RoomError};
use voxora_domain::sessions::{Ending, Place, Scope};
use voxora_domain::wire::{
    Actor, Conversation, History, JobKind, JobQueue, MailNeed, OutboxStatus, StartConversationRequest,
    StartedConversation, TagName, User,
};
use voxora_durable_objects::cache;
use voxora_durable_objects::documents::Documents;
use voxora_durable_objects::mail::Post;
use voxora_durable_objects::mail::mailbox::Mailbox;
use voxora_durable_objects::time::{now, sleep};
use voxora_durable_objects::{inbox, jobs, room, sessions};
use voxora_store::Store;
use voxora_store::audit::Author;
use voxora_store::collection::Collection;
use voxora_store::one_time::{OneTime, Purpose};
use voxora_store::settings::{Cache, SettingsDocument};
use voxora_store::users::{self, UserDocument};
use worker::{Context, Env, console_error};

use crate::auth::limits::Limits;
use crate::config::{Config, Misconfigured};
use crate::error::AppError;

/// One request's view of the deployment. Made anew for each: nothing of a request may outlive it.
#[derive(Clone)]
pub struct App {
    env: Env,
    context: Arc<Context>,
    /// The request's id, for whoever is asked on its behalf.
    request_id: Arc<str>,
    /// Read when something first asks for it: making keys of secrets is work that a request which needs none is spared.
    config: Arc<OnceLock<Result<Config, Misconfigured>>>,
}

impl App {
    pub fn new(env: Env, context: Context, request_id: &str) -> Self {
        Self { env, context: Arc::new(context), request_id: request_id.into(), config: Arc::default() }
    }

    /// The configuration, or an answer that names what is missing.
    pub fn config(&self) -> Result<&Config, AppError> {
        self.config.get_or_init(|| Config::read(&self.env)).as_ref().map_err(AppError::misconfigured)
    }

    /// The exact limits that a request with these headers is held to.
    pub fn limits(&self, headers: &HeaderMap) -> Result<Limits<'_>, AppError> {
        Ok(Limits::new(&self.env, self.config()?, headers))
    }

    /// The conversations' rooms.
    pub const fn rooms(&self) -> Rooms<'_> {
        Rooms(&self.env)
    }

    /// Background work.
    pub const fn jobs(&self) -> Jobs<'_> {
        Jobs(&self.env)
    }

    /// Mail.
    pub const fn mail(&self) -> Mail<'_> {
        Mail(self)
    }

    /// The deployment's settings, as they are, or as they were a minute ago at most.
    pub async fn settings(&self) -> Result<SettingsDocument, AppError> {
        Ok(self.store().settings().cached(&self.settings_cache()).await?)
    }

    /// Where settings are cached.
    pub const fn settings_cache(&self) -> SettingsCache<'_> {
        SettingsCache(self.cache())
    }

    /// Has something done after the answer, which does not wait for it: its time tells nobody what is done. It may be cut off.
    pub fn after(&self, step: &'static str, work: impl Future<Output = Result<(), AppError>> + 'static) {
        self.context.wait_until(async move {
            sleep(ANSWERED).await;
            if let Err(error) = work.await {
                log_failure(step, &error);
            }
        });
    }

    /// The id of this request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Who is about to change a document, for the audit log, which will have the change once it is made: a job that brings
    /// it there is written down first.
    pub async fn author(
        &self,
        caller: &Principal,
        collection: &Collection,
        id: String,
    ) -> Result<Author, AppError> {
        self.signed_by(caller.actor(), collection, id).await
    }

    /// The same of somebody who proved who they are otherwise than by a token.
    pub async fn signed_by(
        &self,
        by: Actor,
        collection: &Collection,
        id: String,
    ) -> Result<Author, AppError> {
        let key = format!("{id}-{}", self.request_id);
        let request = self.request_id.to_string();
        let job =
            RelayAudit { collection: collection.name().to_owned(), id, request: request.clone(), at: now() };
        self.jobs().enqueue(Job::RelayAudit(job), &key).await?;
        Ok(Author { by, request })
    }

    /// Who is about to change a member of the team. That a change which makes tokens worthless ends them, a job sees to.
    pub async fn author_of_user(&self, caller: &Principal, id: UserId) -> Result<Author, AppError> {
        let job = Job::EndTokens(EndTokens { user: id, at: now() });
        self.jobs().enqueue(job, &format!("{id}-{}", self.request_id)).await?;
        self.author(caller, &users::COLLECTION, id.to_string()).await
    }

    /// The member of the team, whose tokens have been ended where they say what is so no more.
    pub async fn settled(&self, user: UserDocument) -> Result<User, AppError> {
        if let Some(since) = user.outdated {
            self.sessions().end_all_of(user.id, Scope::All).await?;
            self.store().users().tokens_ended(user.id, since).await?;
        }
        Ok(user.into())
    }

    /// Has the inbox read the team's directory anew, once the answer is on its way: somebody, a department or a policy has changed.
    /// Where that fails, it looks within an hour by itself.
    pub fn team_changed(&self) {
        let env = self.env.clone();
        self.context.wait_until(async move {
            if let Err(error) = inbox::directory_changed(&env).await {
                log_failure("team_changed", &AppError::from(error));
            }
        });
    }

    /// The team's inbox.
    pub const fn inbox(&self) -> Inbox<'_> {
        Inbox(&self.env)
    }

    /// Which sessions have ended.
    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions(&self.env)
    }

    /// The document store.
    pub fn documents(&self) -> Documents {
        Documents::new(self.env.clone()).with_request_id(&self.request_id)
    }

    /// The embedded document store, whichever is configured.
    pub fn embedded_documents(&self) -> Documents {
        Documents::embedded_in(self.env.clone())
    }

    /// What the product keeps, as of now.
    pub fn store(&self) -> Store<Documents> {
        Store { documents: self.documents(), now: now() }
    }

    /// The cache, which may forget anything.
    pub const fn cache(&self) -> cache::Cache<'_> {
        cache::Cache(&self.env)
    }

    /// A static page.
    pub async fn page(&self, path: &str) -> Result<Response, AppError> {
        let files = self.env.assets("ASSETS").map_err(AppError::internal)?;
        // Files are found by the path alone.
        let page = files.fetch(format!("https://files{path}"), None).await.map_err(AppError::internal)?;
        Ok(page.map(Body::new))
    }

    /// The link with a token, at the address at which the deployment was asked for it.
    pub fn link(&self, asked: &Uri, token: OneTime, purpose: Purpose) -> Result<String, AppError> {
        let host = asked.authority().ok_or_else(|| AppError::internal("the request names no host"))?;
        let (scheme, name) = (asked.scheme_str().unwrap_or("https"), purpose.parameter());
        Ok(format!("{scheme}://{host}/dashboard/#{name}={}", token.text(purpose, &self.config()?.keys)))
    }

    /// Whether one more attempt by this key is within the limit of the binding `LOGIN_LIMIT`.
    pub async fn takes_attempt(&self, key: String) -> Result<bool, AppError> {
        let limiter = self.env.rate_limiter("LOGIN_LIMIT").map_err(AppError::internal)?;
        Ok(limiter.limit(key).await.map_err(AppError::unavailable)?.success)
    }
}

/// A line of the log about something that a request does not fail for.
pub fn log_failure(step: &str, error: &AppError) {
    let cause = error.cause().unwrap_or_else(|| error.detail());
    console_error!("{}", serde_json::json!({ "level": "error", "step": step, "cause": cause }));
}

/// The rooms, asked on somebody's behalf. What they may do in one, the room decides.
pub struct Rooms<'a>(&'a Env);

impl Rooms<'_> {
    /// Begins a conversation, or finds that a repeat of the request has.
    pub async fn start(
        &self,
        id: ConversationId,
        by: &Principal,
        request: StartConversationRequest,
    ) -> Result<StartedConversation, AppError> {
        Ok(room::start(self.0, id, by.clone(), request).await??)
    }

    /// The conversation as they see it.
    pub async fn get(&self, id: ConversationId, by: &Principal) -> Result<Conversation, AppError> {
        Ok(room::get(self.0, id, by.clone()).await??)
    }

    /// A page of the conversation's history as they see it.
    pub async fn history(
        &self,
        id: ConversationId,
        by: &Principal,
        part: Part,
        limit: usize,
    ) -> Result<History, AppError> {
        Ok(room::history(self.0, id, by.clone(), part, limit).await??)
    }

    /// Changes the conversation.
    pub async fn update(
        &self,
        id: ConversationId,
        by: &Principal,
        change: Change,
    ) -> Result<Conversation, AppError> {
        Ok(room::update(self.0, id, by.clone(), change).await??)
    }

    /// Puts a tag on the conversation, or takes it off.
    pub async fn tag(
        &self,
        id: ConversationId,
        by: &Principal,
        tag: TagName,
        wanted: bool,
    ) -> Result<Conversation, AppError> {
        Ok(room::tag(self.0, id, by.clone(), tag, wanted).await??)
    }

    /// Connects a socket: the room's 101.
    pub async fn connect(
        &self,
        id: ConversationId,
        by: &Principal,
        after: Option<u64>,
    ) -> Result<Response, AppError> {
        let answer = room::connect(self.0, id, by, after).await?;
        Sessions(self.0).open_socket(by, Place::Room(id), answer.is_ok()).await?;
        Ok(answer?.into())
    }

    /// Has a room try to store what waits; says whether the document store took it.
    pub async fn store(&self, id: ConversationId) -> Result<bool, AppError> {
        Ok(!room::store(self.0, id).await?.is_ok_and(|stored| stored.failed))
    }

    /// Asks the room of a conversation that nobody has, to see whether rooms answer.
    pub async fn probe(&self, id: ConversationId) -> Result<Result<Conversation, RoomError>, String> {
        room::get(self.0, id, Principal::nobody()).await.map_err(|error| error.to_string())
    }
}

/// How long an answer may take to leave once it is made.
const ANSWERED: Duration = Duration::from_millis(500);
/// How long a change usually takes, in milliseconds: its job waits for it.
const CHANGE: Millis = 1_000;

/// Background work.
pub struct Jobs<'a>(&'a Env);

impl Jobs<'_> {
    /// Hands a job over, before the change whose effect it is: when this has answered, the effect will be there, once, if
    /// the change is made. The same under the same key is one job.
    pub async fn enqueue(&self, job: Job, key: &str) -> Result<(), AppError> {
        let not_before = now() + CHANGE;
        jobs::enqueue(self.0, job, key, not_before).await?.map(drop).map_err(AppError::internal)
    }

    /// How many jobs of a kind there are.
    pub async fn queue(&self, kind: JobKind) -> Result<JobQueue, AppError> {
        let Counts { waiting, dead } = jobs::counts(self.0, kind).await?;
        Ok(JobQueue { kind, waiting: waiting.unsigned_abs(), dead: dead.unsigned_abs() })
    }

    /// The same of all kinds.
    pub async fn queues(&self) -> Result<Vec<JobQueue>, AppError> {
        try_join_all(JobKind::ALL.map(|kind| self.queue(kind))).await
    }

    /// Jobs of a kind that were given up, after this place in their queue.
    pub async fn dead_letters(
        &self,
        kind: JobKind,
        after: i64,
        most: i64,
    ) -> Result<Vec<DeadLetter>, AppError> {
        Ok(jobs::dead_letters(self.0, kind, after, most).await?)
    }

    /// Has such jobs tried again: one, or all of the kind.
    pub async fn retry(&self, kind: JobKind, key: Option<&str>) -> Result<(), AppError> {
        jobs::retry(self.0, kind, key).await?;
        Ok(())
    }
}

/// Mail.
pub struct Mail<'a>(&'a App);

impl Mail<'_> {
    /// What the deployment's variables say of it.
    pub fn post(&self) -> Post {
        Post::read(&self.0.env)
    }

    /// The mailbox of whoever develops the product.
    pub const fn mailbox(&self) -> Mailbox<'_> {
        Mailbox(&self.0.env)
    }

    /// What is missing before mails can be sent.
    pub fn not_set_up(&self) -> AppError {
        let missing = self.post().missing.into_iter().next().unwrap_or(MailNeed::From);
        AppError::mail_not_set_up(match missing {
            MailNeed::Sender => "the variable MAIL_SENDER",
            MailNeed::Binding => "the binding EMAIL",
            MailNeed::Key => "the secret MAIL_API_KEY",
            MailNeed::PublicUrl => "the variable PUBLIC_URL",
            MailNeed::From => "the setting mailFrom, the address that mails come from,",
        })
    }

    /// Whether mails can be sent.
    pub async fn is_set_up(&self) -> Result<bool, AppError> {
        let post = self.post();
        Ok(post.missing.is_empty() && post.from(self.0.settings().await?.mail_from).is_some())
    }

    /// Has a mail sent, to an address, on behalf of somebody whose limit it counts against; says whether mails can be sent at
    /// all. To be asked before the change that the mail is about: it is sent once that is made. The same mail is sent once,
    /// however often it is asked for.
    pub async fn send(&self, template: Template, to: &str, by: UserId) -> Result<bool, AppError> {
        if !self.is_set_up().await? {
            return Ok(false);
        }
        self.0.limits(&HeaderMap::new())?.mail(to, by).await?;
        let job = Job::Mail(MailJob { template, at: now() });
        match jobs::enqueue(&self.0.env, job, &template.key(), now() + CHANGE).await? {
            // It was asked for at another time.
            Ok(_) | Err(EnqueueError::KeyReused) => Ok(true),
            Err(error) => Err(AppError::internal(error)),
        }
    }
}

/// The place of the settings in the deployment's cache.
pub struct SettingsCache<'a>(cache::Cache<'a>);

impl SettingsCache<'_> {
    const KEY: &'static str = "settings";
}

impl Cache for SettingsCache<'_> {
    async fn get(&self) -> Option<String> {
        self.0.get(Self::KEY).await.ok()?
    }

    async fn put(&self, text: String, seconds: u64) {
        let _ = self.0.put(Self::KEY, &text, u32::try_from(seconds).unwrap_or(u32::MAX)).await;
    }

    async fn drop(&self) {
        let _ = self.0.forget(Self::KEY).await;
    }
}

/// The team's inbox.
pub struct Inbox<'a>(&'a Env);

impl Inbox<'_> {
    /// Connects a dashboard's socket: the inbox's 101.
    pub async fn connect(
        &self,
        by: &Principal,
        after: Option<u64>,
        scope: Option<&str>,
    ) -> Result<Response, AppError> {
        let answer = inbox::connect(self.0, by, after, scope).await?;
        Sessions(self.0).open_socket(by, Place::Inbox, answer.is_ok()).await?;
        Ok(answer?.into())
    }

    /// Has the inbox read the team's directory anew: somebody, a department or a policy has changed. Should this be lost, it
    /// notices within the hour.
    pub async fn team_changed(&self) {
        let _ = inbox::directory_changed(self.0).await;
    }

    /// What is waiting for the document store in the whole deployment.
    pub async fn outbox_status(&self) -> Result<OutboxStatus, AppError> {
        Ok(inbox::outbox_status(self.0).await?)
    }
}

/// The register of ended sessions, asked for every request of a member of the team. Where it does
/// not answer, nobody is let in.
pub struct Sessions<'a>(&'a Env);

impl Sessions<'_> {
    /// Refuses a principal whose session has ended.
    pub async fn check(&self, principal: &Principal) -> Result<(), AppError> {
        live(sessions::is_live(self.0, principal).await?)
    }

    /// The same for a socket that has just been asked for, and is not handed out yet where it `is_open`; from now on it is
    /// closed when the session ends. Whose session has ended learns nothing else, not even why there is no socket.
    async fn open_socket(&self, principal: &Principal, place: Place, is_open: bool) -> Result<(), AppError> {
        if principal.user_id().is_none() {
            return Ok(());
        }
        if !is_open {
            return self.check(principal).await;
        }
        if sessions::open_socket(self.0, principal, place).await? {
            return Ok(());
        }
        if let (Some(user), Some(session)) = (principal.user_id(), principal.session) {
            // The ending was pushed before this socket was there. Should this be lost, it closes for its silence.
            let ending = Ending { user, scope: Scope::One(session), at: now() };
            let _ = match place {
                Place::Room(id) => room::end_session(self.0, id, &ending).await,
                Place::Inbox => inbox::end_session(self.0, &ending).await,
            };
        }
        live(false)
    }

    /// Ends one session: somebody signed out.
    pub async fn end(&self, user: UserId, session: SessionId) -> Result<(), AppError> {
        self.end_all_of(user, Scope::One(session)).await
    }

    /// Ends sessions of a user: all, when somebody is deactivated or changes role; all but one, when it ends the others.
    pub async fn end_all_of(&self, user: UserId, scope: Scope) -> Result<(), AppError> {
        Ok(sessions::end(self.0, Ending { user, scope, at: now() }).await?)
    }
}

fn live(is_live: bool) -> Result<(), AppError> {
    if is_live {
        Ok(())
    } else {
        Err(AppError::unauthenticated("The session of this access token has ended."))
    }
}
