//! Mails: what was sent to whom, or could not be; and what there is to say in one, as the documents are when it is sent.
//!
//! A mail is known by the key of its job. What is kept says that a mail was sent, and nothing that was in it. After
//! [`KEPT`] it is forgotten: it says whom the deployment wrote to.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use voxora_data_api::contract::Find;
use voxora_data_api::document::Date;
use voxora_data_api::query::Direction::Descending;
use voxora_data_api::query::{Filter, Sort, Update};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::Keys;
use voxora_domain::jobs::{Address, Template};
use voxora_domain::wire::{MailSender, MailState, MailTemplate, SentMail, User};

use crate::collection::{Collection, neither, stays, unchanged};
use crate::credentials::Credentials;
use crate::invitations::Stage;
use crate::one_time::{OneTime, Purpose};
use crate::shape::{Optional, Part, Required, Shape, check_as};
use crate::{Kept, StoreError, Time, Working};

/// One index: the list, which is also what old ones are found by.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "mails",
    1,
    &[Field { path: "createdAt", kind: Kind::Date }, Field { path: "state", kind: Kind::Text }],
    &[Index::new("createdAt_-1__id_-1", &[("createdAt", Descending), ("_id", Descending)])],
);

/// See [`crate::collections`]. They are not copied elsewhere: what another deployment sent, this one did not.
pub static COLLECTION: Collection = Collection {
    schema: &SCHEMA,
    movable: false,
    upgrade: unchanged,
    check: |document| check_as::<MailDocument>(document, SHAPE),
    newer: neither,
    renewal: stays,
};

const VERSION: u32 = 1;
/// How long a mail is remembered, in milliseconds.
pub const KEPT: Millis = 30 * 24 * 60 * 60 * 1_000;

/// A mail as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailDocument {
    /// The key of its job.
    #[serde(rename = "_id")]
    pub id: String,
    /// The version of this shape.
    pub version: u32,
    /// What it is about.
    pub template: MailTemplate,
    /// The address that it goes to.
    pub to: String,
    /// Who takes it.
    pub sender: MailSender,
    /// Where it stands. That it was given up, the jobs know.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// The id that whoever took it gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What the last try met, where it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was first tried.
    pub created_at: Time,
    /// When it was last tried.
    pub updated_at: Time,
}

impl MailDocument {
    /// The mail as the API shows it.
    #[must_use]
    pub fn shown(self, is_given_up: bool) -> SentMail {
        let state =
            if is_given_up && self.state == MailState::Waiting { MailState::GivenUp } else { self.state };
        SentMail {
            id: self.id,
            template: self.template,
            to: self.to,
            state,
            attempts: self.attempts,
            message_id: self.message_id,
            reason: self.reason,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        }
    }
}

const SHAPE: &[Part] = &[
    ("_id", Required, Shape::Text),
    ("version", Required, Shape::Seq),
    ("template", Required, Shape::Word(&["invitation", "passwordReset", "newDevice", "emailChange", "test"])),
    ("to", Required, Shape::Text),
    ("sender", Required, Shape::Word(&["cloudflare", "resend", "mailbox"])),
    ("state", Required, Shape::Word(&["waiting", "sent", "dropped"])),
    ("attempts", Required, Shape::Small),
    ("messageId", Optional, Shape::Text),
    ("reason", Optional, Shape::AnyText),
    ("createdAt", Required, Shape::Date),
    ("updatedAt", Required, Shape::Date),
];

/// What became of a try to send a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Somebody took it, and gave it this id, if any.
    Sent(Option<String>),
    /// Nobody did.
    Failed(String),
}

/// Somebody whom a mail goes to. What they did not choose is the deployment's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Their address.
    pub email: String,
    /// The tag of their language.
    pub language: Option<String>,
    /// The IANA name of their time zone.
    pub time_zone: Option<String>,
}

impl Addressee {
    /// A member of the team.
    #[must_use]
    pub fn of(user: User) -> Self {
        Self { email: user.email, language: user.language, time_zone: user.time_zone }
    }
}

/// What there is to say in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is not there yet: the job was handed over before the change that the mail is about.
    NotYet,
    /// There is no need for it any more.
    Over,
    /// This, to somebody.
    Now(Addressee, Content),
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An invitation to the team.
    Invitation(Link),
    /// Another password may be chosen.
    PasswordReset(Link),
    /// A device signed in that the account had not seen before.
    NewDevice {
        /// What it is, in words that nobody typed, as far as that is known.
        device: Option<String>,
        /// Where it is, as far as that is known.
        place: Option<String>,
        /// When.
        at: Time,
    },
    /// To the address that an account has: it is to get another one.
    OldAddress,
    /// To the address that an account is to get.
    NewAddress(Link),
    /// What an admin sends to see whether mail works.
    Test,
}

/// What the link of a mail carries. It is made again each time: none is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The token.
    pub token: String,
    /// Until when it is good.
    pub until: Time,
}

/// The mails of a deployment.
pub struct Mails<'a>(pub(crate) Kept<'a>);

impl Mails<'_> {
    /// The last ones, the latest first.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn recent(&self, limit: u32) -> Working<'_, Vec<MailDocument>> {
        let order = Sort::descending("createdAt").then_descending("_id");
        let find = Find::new(self.remembered()).sort(order).limit(limit);
        self.0.list(&SCHEMA, find)
    }

    fn remembered(&self) -> Filter {
        Filter::gte("createdAt", Date(self.0.now - KEPT))
    }

    /// Whether a mail was sent.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn is_sent(&self, id: &str) -> Result<bool, StoreError> {
        let found = self.0.documents.first(SCHEMA.name, Filter::id(id)).await?;
        Ok(found.is_some_and(|mail| mail.get("state").is_some_and(|state| state == "sent")))
    }

    /// Takes a try down. That a mail was sent stays so, whatever a run says that comes late.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn tried(
        &self,
        template: &Template,
        to: &str,
        sender: MailSender,
        tried: Tried,
    ) -> Result<(), StoreError> {
        let (now, id) = (Time(self.0.now), template.key());
        let update = Update::new()
            .set("updatedAt", now)
            .set("sender", sender.name())
            .inc("attempts", 1)
            .set_on_insert("version", VERSION)
            .set_on_insert("template", serde_json::to_value(template.kind()).unwrap_or_default())
            .set_on_insert("to", to)
            .set_on_insert("createdAt", now);
        let update = match tried {
            Tried::Sent(Some(message_id)) => {
                update.set("state", "sent").set("messageId", message_id).unset("reason")
            }
            Tried::Sent(None) => update.set("state", "sent").unset("reason"),
            Tried::Failed(reason) => update.set("state", "waiting").set("reason", reason),
        };
        let unsent = Filter::id(id.as_str()).and(Filter::ne("state", "sent"));
        match self.0.documents.upsert_one(SCHEMA.name, unsent, update).await {
            // It was sent, and the upsert runs into it.
            Ok(_) | Err(DataApiError::DuplicateKey { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes down that there is no need for a mail any more, where it was tried before.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn dropped(&self, template: &Template) -> Result<(), StoreError> {
        let unsent = Filter::id(template.key()).and(Filter::ne("state", "sent"));
        let update = Update::new().set("state", "dropped").set("updatedAt", Time(self.0.now));
        self.0.documents.update_one(SCHEMA.name, unsent, update).await?;
        Ok(())
    }

    /// Forgets those whose time is over.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let old = Filter::lt("createdAt", Date(self.0.now - KEPT));
        self.0.documents.delete_many(SCHEMA.name, old).await?;
        Ok(())
    }

    /// What there is to say in a mail. Links are signed with the deployment's keys.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn news(&self, template: &Template, keys: &Keys) -> Result<News, StoreError> {
        Ok(match *template {
            Template::Test { user, .. } => match self.0.users().by_id(user).await? {
                Some(user) => News::Now(Addressee::of(user), Content::Test),
                None => News::Over,
            },
            Template::PasswordReset { user, generation } => {
                let Some(user) = self.0.users().stored(user).await? else { return Ok(News::Over) };
                let Credentials { resets, reset_until, .. } = user.credentials;
                let link =
                    self.link(Purpose::PasswordReset, user.id.uuid(), generation, resets, reset_until, keys);
                link.map(|link| (Addressee::of(user.into()), Content::PasswordReset(link))).into()
            }
            Template::EmailChange { user, generation, address } => {
                let Some(user) = self.0.users().stored(user).await? else { return Ok(News::Over) };
                let Credentials { email_changes, email_until, next_email, former_email, .. } =
                    user.credentials.clone();
                let link = self.link(
                    Purpose::EmailChange,
                    user.id.uuid(),
                    generation,
                    email_changes,
                    email_until,
                    keys,
                );
                let addressee = |email| Addressee { email, ..Addressee::of(user.clone().into()) };
                match (address, link, next_email) {
                    (_, Due::NotYet, _) => News::NotYet,
                    (Address::New, Due::Now(link), Some(next)) => {
                        News::Now(addressee(next), Content::NewAddress(link))
                    }
                    // The address that is to be told, also where somebody was quicker to confirm the other, or has taken it back.
                    (Address::Old, _, Some(_)) => {
                        News::Now(addressee(user.email.clone()), Content::OldAddress)
                    }
                    (Address::Old, _, None) if email_changes == generation => {
                        let told = former_email.unwrap_or_else(|| user.email.clone());
                        News::Now(addressee(told), Content::OldAddress)
                    }
                    (Address::New | Address::Old, ..) => News::Over,
                }
            }
            Template::NewDevice { user, session } => {
                let Some(user) = self.0.users().by_id(user).await? else { return Ok(News::Over) };
                // It is told also where it has been ended meanwhile: whoever does not want it known would do that first.
                let session = self.0.sessions(keys).by_id(session).await?;
                let at = session.as_ref().map_or(Time(self.0.now), |session| session.created_at);
                let client = session.map(|session| (session.device, session.place)).unwrap_or_default();
                let device = joined(" · ", [client.0.browser, client.0.system]);
                let place = joined(", ", [client.1.city, client.1.country]);
                News::Now(Addressee::of(user), Content::NewDevice { device, place, at })
            }
            Template::Invitation { invitation, generation } => {
                let found = match self.0.invitations().by_id(invitation).await {
                    Err(StoreError::NotFound(_)) => return Ok(News::NotYet),
                    found => found?,
                };
                let stands = matches!(found.stage, Stage::Open | Stage::Accepting);
                let until = stands.then_some(found.expires_at);
                let id = invitation.uuid();
                let link = self.link(Purpose::Invitation, id, generation, found.generation, until, keys);
                // Nobody has said yet how they want to be written to.
                let to = Addressee { email: found.email, language: None, time_zone: None };
                link.map(|link| (to, Content::Invitation(link))).into()
            }
        })
    }

    /// The link of a generation, where a document has made so many and the last is good for so long.
    fn link(
        &self,
        purpose: Purpose,
        id: Uuid,
        generation: u64,
        made: u64,
        until: Option<Time>,
        keys: &Keys,
    ) -> Due<Link> {
        if made < generation {
            return Due::NotYet;
        }
        match until.filter(|until| made == generation && self.0.now < until.0) {
            Some(until) => Due::Now(Link { token: OneTime { id, generation }.text(purpose, keys), until }),
            None => Due::Over,
        }
    }
}

/// Something that is to be told now, later, or not any more.
enum Due<T> {
    NotYet,
    Over,
    Now(T),
}

impl<T> Due<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> Due<U> {
        match self {
            Self::NotYet => Due::NotYet,
            Self::Over => Due::Over,
            Self::Now(it) => Due::Now(map(it)),
        }
    }
}

impl From<Due<(Addressee, Content)>> for News {
    fn from(due: Due<(Addressee, Content)>) -> Self {
        match due {
            Due::NotYet => Self::NotYet,
            Due::Over => Self::Over,
            Due::Now((addressee, content)) => Self::Now(addressee, content),
        }
    }
}

/// What is known of several words.
fn joined(between: &str, words: [Option<String>; 2]) -> Option<String> {
    let known: Vec<String> = words.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(between))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use voxora_data_api::DataApi;
    use voxora_data_api::query::Filter;
    use voxora_domain::id::InvitationId;
    use voxora_domain::wire::{Actor, ActorKind, Role};

    use super::*;
    use crate::Store;
    use crate::audit::Author;
    use crate::invitations::{self, NewInvitation};
    use crate::testing::Engines;

    const ID: &str = "0197a0c0-0000-7000-8000-000000000001";

    fn invitation() -> Template {
        Template::Invitation { invitation: ID.parse().unwrap(), generation: 2 }
    }

    fn try_to_send(store: &Store<Engines>, tried: Tried) {
        block_on(store.mails().tried(&invitation(), "ada@example.com", MailSender::Resend, tried)).unwrap();
    }

    fn stored(store: &Store<Engines>) -> Value {
        block_on(store.documents.find_one("mails", Filter::all())).unwrap().unwrap()
    }

    #[test]
    fn its_document_is_pinned() {
        let mut store = Store { documents: Engines::new(), now: 7 };
        try_to_send(&store, Tried::Failed("HTTP 500".to_owned()));
        let mut pinned = json!({
            "_id": format!("invitation-{ID}-2"), "version": 1, "template": "invitation", "to": "ada@example.com",
            "sender": "resend", "state": "waiting", "attempts": 1, "reason": "HTTP 500", "createdAt": { "$date": 7 },
            "updatedAt": { "$date": 7 },
        });
        assert_eq!(stored(&store), pinned);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        store.now = 8;
        try_to_send(&store, Tried::Sent(Some("m-1".to_owned())));
        pinned.as_object_mut().unwrap().remove("reason");
        for (field, value) in [
            ("state", json!("sent")),
            ("attempts", json!(2)),
            ("messageId", json!("m-1")),
            ("updatedAt", json!({ "$date": 8 })),
        ] {
            pinned[field] = value;
        }
        assert_eq!(stored(&store), pinned);
        (COLLECTION.check)(pinned.as_object().unwrap()).unwrap();
        for (field, value, said) in [
            ("template", json!("advertisement"), "template must be one of"),
            ("state", json!("lost"), "state must be one of waiting, sent, dropped"),
            ("to", json!(""), "to must be text that is not empty"),
        ] {
            let mut bad = pinned.clone();
            bad[field] = value;
            let error = (COLLECTION.check)(bad.as_object().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn what_was_sent_stays_sent_whatever_comes_late() {
        let store = Store { documents: Engines::new(), now: 7 };
        // Nothing is kept of a mail that was never tried.
        block_on(store.mails().dropped(&invitation())).unwrap();
        assert_eq!(block_on(store.mails().recent(10)).unwrap(), []);
        try_to_send(&store, Tried::Sent(Some("m-1".to_owned())));
        let sent = stored(&store);
        try_to_send(&store, Tried::Failed("late".to_owned()));
        block_on(store.mails().dropped(&invitation())).unwrap();
        assert_eq!(stored(&store), sent);
        assert!(block_on(store.mails().is_sent(&invitation().key())).unwrap());
    }

    #[test]
    fn one_that_is_not_needed_any_more_says_so() {
        let store = Store { documents: Engines::new(), now: 7 };
        try_to_send(&store, Tried::Failed("HTTP 500".to_owned()));
        let state = |is_given_up| {
            let [mail] = &block_on(store.mails().recent(10)).unwrap()[..] else { panic!() };
            mail.clone().shown(is_given_up).state
        };
        assert_eq!((state(false), state(true)), (MailState::Waiting, MailState::GivenUp));
        block_on(store.mails().dropped(&invitation())).unwrap();
        assert_eq!(state(true), MailState::Dropped);
    }

    #[test]
    fn an_invitation_is_mailed_while_its_link_is_good() {
        let mut store = Store { documents: Engines::new(), now: 7 };
        let keys = Keys::new("a secret of the tests that is long enough", None);
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let ada = Author { by, request: "request-1".to_owned() };
        let id: InvitationId = ID.parse().unwrap();
        let news = |store: &Store<Engines>, generation| {
            block_on(store.mails().news(&Template::Invitation { invitation: id, generation }, &keys)).unwrap()
        };
        // The job is there before the invitation, and before the next of its links.
        assert_eq!(news(&store, 1), News::NotYet);
        let email = "kim@example.com".to_owned();
        let new = NewInvitation { id, email, role: Role::Agent, departments: Vec::new(), request: None };
        let made = block_on(store.invitations().create(new, &ada)).unwrap();
        assert_eq!(news(&store, 2), News::NotYet);
        let News::Now(to, Content::Invitation(link)) = news(&store, invitations::FIRST) else { panic!() };
        assert_eq!((to.email.as_str(), to.language, link.until), ("kim@example.com", None, made.expires_at));
        assert_eq!(OneTime::read(Purpose::Invitation, &link.token, &keys), Some(made.one_time()));
        // A later link takes its place; and neither is of use once it is over.
        let again = block_on(store.invitations().send_again(id, None, &ada)).unwrap();
        assert_eq!((news(&store, 1), again.generation), (News::Over, 2));
        store.now = again.expires_at.0;
        assert_eq!(news(&store, 2), News::Over);
        store.now = 8;
        assert!(matches!(news(&store, 2), News::Now(..)));
        block_on(store.invitations().revoke(id, None, &ada)).unwrap();
        assert_eq!(news(&store, 2), News::Over);
    }
}
