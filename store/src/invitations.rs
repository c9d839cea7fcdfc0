//! Invitations into the team: for one address, once, for seven days.
//!
//! The token in an invitation's link is made anew from its id and its generation ([`crate::one_time`]); nothing here is worth
//! stealing. Where an invitation stands only ever changes by compare and swap:
//!
//! | from | to | by |
//! |---|---|---|
//! | open | open, a generation later | sending it again: earlier links are worthless |
//! | open | revoked | taking it back |
//! | open | accepting | whoever accepts it, with a good link |
//! | accepting | accepted | the same, once the user is there |
//!
//! Who accepts becomes the user of the invitation's own id, so that two who accept at once, or one whose answer was lost, make
//! one user. A request that dies between the last two lines is made again with the same link; should nobody come back, the
//! invitation can be revoked once [`ACCEPTING`] is over.
//!
//! An address has at most one invitation that is open or being accepted.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use voxora_data_api::contract::Find;
use voxora_data_api::date::{MAX_MILLIS, MIN_MILLIS};
use voxora_data_api::document::{Date, Document};
use voxora_data_api::query::Direction::{Ascending, Descending};
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::{CollectionSchema, Field, Index, Kind, Partial};
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::id::{DepartmentId, InvitationId, UserId};
use voxora_domain::wire::{Actor, Invitation, InvitationStatus, Role};

use crate::audit::{Author, Entry};
use crate::collection::Collection;
use crate::one_time::OneTime;
use crate::resource::{self, Resource};
use crate::shape::{ACTOR, Optional, Part, Required, Shape, Unfit, check_readable};
use crate::users::{self, UserDocument};
use crate::{Kept, StoreError, Time, Working, email};

/// One index makes addresses unique among invitations that can still be accepted, the other is the list.
pub static SCHEMA: CollectionSchema = CollectionSchema::new(
    "invitations",
    1,
    &[
        Field { path: "email", kind: Kind::Text },
        Field { path: "pending", kind: Kind::Boolean },
        Field { path: "createdAt", kind: Kind::Date },
    ],
    &[
        Index::new("email_1", &[("email", Ascending)]).unique().only(Partial::Boolean("pending", true)),
        Index::new("createdAt_-1__id_-1", &[("createdAt", Descending), ("_id", Descending)]),
    ],
);

/// See [`crate::collections`].
pub static COLLECTION: Collection = resource::collection(&SCHEMA, check_invitation);

const VERSION: u32 = 1;
/// Which generation the first of an invitation's links is.
pub const FIRST: u64 = 1;
/// How long an invitation can be accepted, in milliseconds.
pub const LASTS: Millis = 7 * 24 * 60 * 60 * 1_000;
/// How long whoever accepts may take to become a user before the invitation can be revoked again, in milliseconds: longer
/// than a request.
pub const ACCEPTING: Millis = 60_000;

/// Where an invitation stands, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It can be accepted until its time is over.
    Open,
    /// Somebody is becoming a user.
    Accepting,
    /// Somebody is one.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// An invitation as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationDocument {
    /// The invitation's id.
    #[serde(rename = "_id")]
    pub id: InvitationId,
    /// The version of this shape.
    pub version: u32,
    /// The address it is for, folded by [`email::fold`].
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The departments they will be in.
    pub departments: Vec<DepartmentId>,
    /// Who sent it.
    pub invited_by: Actor,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is open or being accepted: what the unique index covers.
    pub pending: bool,
    /// Which of its links is good.
    pub generation: u64,
    /// Until when.
    pub expires_at: Time,
    /// When somebody last set about becoming its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepting_at: Option<Time>,
    /// Raised by every change.
    pub revision: u64,
    /// A digest of the request that made it, by which a repeat is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Entries of the audit log that it has not got yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<Entry>,
    /// Whether it is deleted, and only there still for such an entry. None is: they say who came into the team, and by whom.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl Resource for InvitationDocument {
    const KIND: &'static resource::Kind = &resource::Kind {
        schema: &SCHEMA,
        name: "invitation",
        unique: "email",
        told: &["email", "role", "departments", "stage", "expiresAt"],
    };
}

impl InvitationDocument {
    /// What its link names.
    #[must_use]
    pub const fn one_time(&self) -> OneTime {
        OneTime { id: self.id.uuid(), generation: self.generation }
    }

    /// The invitation as the API shows it.
    #[must_use]
    pub fn shown(self, now: Millis) -> Invitation {
        Invitation {
            id: self.id,
            status: self.status(now),
            email: self.email,
            role: self.role,
            departments: self.departments,
            invited_by: self.invited_by.name,
            expires_at: self.expires_at.0,
            version: self.revision,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        }
    }

    const fn status(&self, now: Millis) -> InvitationStatus {
        match self.stage {
            Stage::Open if self.expires_at.0 <= now => InvitationStatus::Expired,
            Stage::Open => InvitationStatus::Open,
            Stage::Accepting | Stage::Accepted => InvitationStatus::Accepted,
            Stage::Revoked => InvitationStatus::Revoked,
        }
    }
}

const SHAPE: &[Part] = &[
    ("email", Required, Shape::Text),
    ("role", Required, Shape::Text),
    ("departments", Required, Shape::Uuids),
    ("invitedBy", Required, Shape::Object(ACTOR)),
    ("stage", Required, Shape::Word(&["open", "accepting", "accepted", "revoked"])),
    ("pending", Required, Shape::Boolean),
    ("generation", Required, Shape::Seq),
    ("expiresAt", Required, Shape::Date),
    ("acceptingAt", Optional, Shape::Date),
];

fn check_invitation(document: &Document) -> Result<(), Unfit> {
    resource::check(document, SHAPE)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let folded = email::read(text("email"))?;
    if folded != text("email") {
        return Err(Unfit::new("email", format!("must be written as it is looked for: {folded}")));
    }
    if text("role").parse::<Role>().is_err() {
        return Err(Unfit::new("role", "must be admin, agent, or the id of a role"));
    }
    let pending = ["open", "accepting"].contains(&text("stage"));
    if document.get("pending") != Some(&pending.into()) {
        return Err(Unfit::new("pending", format!("must be {pending} at this stage")));
    }
    check_readable::<InvitationDocument>(document)
}

/// An invitation that is to be made, of values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its id: of a request with an idempotency key, made of that, so that a repeat has the same.
    pub id: InvitationId,
    /// The address it is for, folded.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The departments they will be in.
    pub departments: Vec<DepartmentId>,
    /// A digest of the request, where it had an idempotency key.
    pub request: Option<String>,
}

/// Who accepts, in values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The name that others will see.
    pub name: String,
    /// A PHC string.
    pub password_hash: String,
    /// The language they read.
    pub language: Option<String>,
    /// Where their clock is.
    pub time_zone: Option<String>,
}

/// Which invitations to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those that stand so.
    pub status: Option<InvitationStatus>,
    /// Those that come after this one in the list: when it was made, and its id (a keyset cursor).
    pub after: Option<(Millis, InvitationId)>,
    /// At most so many.
    pub limit: u32,
}

/// The invitations of a deployment.
pub struct Invitations<'a>(pub(crate) Kept<'a>);

impl Invitations<'_> {
    /// The wanted invitations, the newest first.
    ///
    /// # Errors
    /// When the document store fails.
    pub fn list(&self, wanted: Wanted) -> Working<'_, Vec<InvitationDocument>> {
        let now = Date(self.0.now);
        let open = || Filter::eq("stage", "open");
        let mut filter = match wanted.status {
            None => resource::there(),
            Some(InvitationStatus::Open) => open().and(Filter::gt("expiresAt", now)),
            Some(InvitationStatus::Expired) => open().and(Filter::lte("expiresAt", now)),
            Some(InvitationStatus::Accepted) => Filter::in_("stage", ["accepting", "accepted"]),
            Some(InvitationStatus::Revoked) => Filter::eq("stage", "revoked"),
        };
        let order = Sort::descending("createdAt").then_descending("_id");
        if let Some((at, id)) = wanted.after {
            let at = Date(at.clamp(MIN_MILLIS, MAX_MILLIS));
            filter = filter.and(order.after([at.into(), id.to_string().into()]));
        }
        let find = Find::new(filter).sort(order).limit(wanted.limit);
        self.0.list(&SCHEMA, find)
    }

    /// The invitation of this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the document store fails.
    pub fn by_id(&self, id: InvitationId) -> Working<'_, InvitationDocument> {
        self.0.one(&id)
    }

    /// How many that were neither accepted nor revoked name this in a field: a role, or one of their departments.
    ///
    /// # Errors
    /// When the document store fails.
    pub(crate) fn to(&self, field: &'static str, id: String) -> Working<'_, u64> {
        self.0.count(&SCHEMA, Filter::eq("pending", true).and(Filter::eq(field, id)))
    }

    /// Makes an invitation, once: a repeat under the same idempotency key finds it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when somebody has the address, or an invitation that is not over; [`StoreError::KeyReused`]; or when
    /// the document store fails.
    pub async fn create(
        &self,
        new: NewInvitation,
        author: &Author,
    ) -> Result<InvitationDocument, StoreError> {
        let now = Time(self.0.now);
        let invitation = InvitationDocument {
            id: new.id,
            version: VERSION,
            email: new.email,
            role: new.role,
            departments: new.departments,
            invited_by: author.by.clone(),
            stage: Stage::Open,
            pending: true,
            generation: FIRST,
            expires_at: Time(now.0 + LASTS),
            accepting_at: None,
            revision: 1,
            request: new.request,
            created_at: now,
            updated_at: now,
            unaudited: Vec::new(),
            deleted: false,
        };
        if self.0.users().by_email(&invitation.email).await?.is_some() {
            // Whoever repeats a request may find that it was accepted meanwhile.
            return match self.by_id(invitation.id).await {
                Ok(stored) if stored.request == invitation.request => Ok(stored),
                Ok(_) => Err(StoreError::KeyReused),
                Err(StoreError::NotFound(_)) => Err(StoreError::Taken("email")),
                Err(error) => Err(error),
            };
        }
        self.0.make(&invitation, (author, "invitation.created")).await
    }

    /// Has it begin again: another link, and seven days from now. Earlier links are worthless.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::InvitationOver`] where it was accepted or revoked; [`StoreError::Changed`]; or when
    /// the document store fails.
    pub fn send_again<'a>(
        &'a self,
        id: InvitationId,
        seen: Option<u64>,
        author: &'a Author,
    ) -> Working<'a, InvitationDocument> {
        let begin = |invitation: &mut InvitationDocument| {
            if invitation.stage != Stage::Open {
                return Err(StoreError::InvitationOver);
            }
            invitation.generation += 1;
            invitation.expires_at = Time(self.0.now + LASTS);
            Ok(())
        };
        self.0.revise(&id, seen, (author, "invitation.sent_again"), begin)
    }

    /// Takes it back. One that was taken back already is so.
    ///
    /// # Errors
    /// As of [`Invitations::send_again`]: one that was accepted is a user by now.
    pub fn revoke<'a>(
        &'a self,
        id: InvitationId,
        seen: Option<u64>,
        author: &'a Author,
    ) -> Working<'a, InvitationDocument> {
        let revoke = |invitation: &mut InvitationDocument| {
            let is_stuck = invitation.accepting_at.is_none_or(|at| at.0 + ACCEPTING <= self.0.now);
            match invitation.stage {
                Stage::Open => {}
                Stage::Accepting if is_stuck => {}
                Stage::Revoked => return Ok(()),
                Stage::Accepting | Stage::Accepted => return Err(StoreError::InvitationOver),
            }
            invitation.stage = Stage::Revoked;
            invitation.pending = false;
            Ok(())
        };
        self.0.revise(&id, seen, (author, "invitation.revoked"), revoke)
    }

    /// The invitation that a good token names, where it can be accepted.
    ///
    /// # Errors
    /// [`StoreError::InvitationOver`], or when the document store fails.
    pub async fn acceptable(&self, token: OneTime) -> Result<InvitationDocument, StoreError> {
        let invitation = match self.by_id(InvitationId::new(token.id)).await {
            Err(StoreError::NotFound(_)) => return Err(StoreError::InvitationOver),
            found => found?,
        };
        // One that is being accepted may be gone on with by whoever holds the link.
        let stands = matches!(invitation.stage, Stage::Open | Stage::Accepting);
        let is_good = invitation.generation == token.generation && invitation.expires_at.0 > self.0.now;
        if !stands || !is_good {
            return Err(StoreError::InvitationOver);
        }
        // A role in use is not deleted, but may be at the same moment. Nobody comes by one that is gone.
        let is_custom = matches!(invitation.role, Role::Custom(_));
        if is_custom && self.0.roles().permissions(invitation.role).await?.is_none() {
            return Err(StoreError::InvitationOver);
        }
        Ok(invitation)
    }

    /// Makes the user of an invitation, once.
    ///
    /// # Errors
    /// [`StoreError::InvitationOver`] where it was accepted, revoked or sent again before; [`StoreError::Taken`] where somebody has
    /// got the address otherwise since; or when the document store fails.
    pub async fn accept(
        &self,
        token: OneTime,
        joining: Joining,
        author: &Author,
    ) -> Result<UserDocument, StoreError> {
        let invitation = self.acceptable(token).await?;
        if self.0.users().by_email(&invitation.email).await?.is_some_and(|user| user.id.uuid() != token.id) {
            return Err(StoreError::Taken("email"));
        }
        let id = invitation.id;
        let invitation = self
            .0
            .revise(&id, None, (author, "invitation.accepting"), |invitation: &mut InvitationDocument| {
                if invitation.generation != token.generation
                    || !matches!(invitation.stage, Stage::Open | Stage::Accepting)
                {
                    return Err(StoreError::InvitationOver);
                }
                invitation.stage = Stage::Accepting;
                // Whoever goes on with it has it revoked no sooner.
                invitation.accepting_at = Some(Time(self.0.now));
                Ok(())
            })
            .await?;
        let Joining { name, password_hash, language, time_zone } = joining;
        let user = UserDocument::new(invitation.email, name, invitation.role, password_hash, self.0.now);
        let user = UserDocument {
            id: UserId::new(id.uuid()),
            departments: invitation.departments,
            language,
            time_zone,
            ..user
        };
        match self.0.documents.insert_one(users::SCHEMA.name, &user).await {
            Ok(()) => {}
            Err(DataApiError::DuplicateKey { .. }) => {
                return match self.0.users().stored(user.id).await? {
                    // Another was faster, or the same one before its answer was lost: it has been accepted.
                    Some(_) => {
                        self.settle(id, author).await?;
                        Err(StoreError::InvitationOver)
                    }
                    None => Err(StoreError::Taken("email")),
                };
            }
            Err(error) => return Err(error.into()),
        }
        self.settle(id, author).await?;
        Ok(user)
    }

    /// Notes that the user of an invitation that was being accepted is there, or was.
    async fn settle(&self, id: InvitationId, author: &Author) -> Result<(), StoreError> {
        let settled = self.0.revise(
            &id,
            None,
            (author, "invitation.accepted"),
            |invitation: &mut InvitationDocument| {
                if invitation.stage == Stage::Accepting {
                    invitation.stage = Stage::Accepted;
                    invitation.pending = false;
                }
                Ok(())
            },
        );
        settled.await.map(drop)
    }

    /// Sees to it that nobody becomes this user again by the invitation that they came by: before they are deleted.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn close_of(&self, user: UserId, author: &Author) -> Result<(), StoreError> {
        match self.settle(InvitationId::new(user.uuid()), author).await {
            Err(StoreError::NotFound(_)) => Ok(()),
            settled => settled,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};
    use uuid::Uuid;
    use voxora_domain::wire::ActorKind;

    use super::*;
    use crate::Store;
    use crate::testing::{Engines, Turn, Turns, run, step};
    use crate::users::Seen;

    const NOON: i64 = 1_795_348_800_000;

    fn author() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    fn store() -> Store<Engines> {
        Store { documents: Engines::of(&["users", "invitations", "audit"]), now: NOON }
    }

    fn new(number: u128, email: &str) -> NewInvitation {
        let id = InvitationId::new(Uuid::from_u128(0x0197_a0c0_0000_7000_8000_0000_0000_0000 + number));
        NewInvitation {
            id,
            email: email.to_owned(),
            role: Role::Agent,
            departments: Vec::new(),
            request: None,
        }
    }

    fn invite(store: &Store<impl DataApi>, number: u128, email: &str) -> InvitationDocument {
        block_on(store.invitations().create(new(number, email), &author())).unwrap()
    }

    fn joining(name: &str) -> Joining {
        Joining { name: name.to_owned(), password_hash: "hash".to_owned(), language: None, time_zone: None }
    }

    const OVER: StoreError = StoreError::InvitationOver;

    #[test]
    fn its_document_is_pinned_and_holds_nothing_of_its_link() {
        let store = store();
        let made = invite(&store, 1, "lin@example.com");
        let mut stored: Value =
            block_on(store.documents.find_one("invitations", Filter::id(made.id.to_string())))
                .unwrap()
                .unwrap();
        let unaudited = stored.as_object_mut().unwrap().remove("unaudited").unwrap();
        assert!(unaudited.as_array().is_some_and(|entries| entries.len() == 1));
        let ada = json!({ "kind": "agent", "id": "ada", "name": "Ada" });
        let pinned = json!({
            "_id": made.id, "version": 1, "email": "lin@example.com", "role": "agent", "departments": [],
            "invitedBy": ada, "stage": "open", "pending": true, "generation": 1,
            "expiresAt": { "$date": NOON + LASTS }, "revision": 1, "createdAt": { "$date": NOON },
            "updatedAt": { "$date": NOON },
        });
        assert_eq!(stored, pinned);
        let check = |document: &Value| (COLLECTION.check)(document.as_object().unwrap());
        check(&stored).unwrap();
        for (field, value, said) in [
            ("email", json!("Lin@example.com"), "email must be written as it is looked for: lin@example.com"),
            ("role", json!("king"), "role must be admin, agent, or the id of a role"),
            ("stage", json!("lost"), "stage must be one of open, accepting, accepted, revoked"),
            ("pending", json!(false), "pending must be true at this stage"),
        ] {
            let mut bad = stored.clone();
            bad[field] = value;
            assert!(check(&bad).unwrap_err().to_string().starts_with(said), "{field}");
        }
    }

    #[test]
    fn an_address_has_one_invitation_that_is_not_over_and_no_account() {
        let mut store = store();
        let first = invite(&store, 1, "lin@example.com");
        let again = |store: &Store<Engines>, number| {
            block_on(store.invitations().create(new(number, "lin@example.com"), &author())).map(drop)
        };
        assert_eq!(again(&store, 2), Err(StoreError::Taken("email")));
        store.now += LASTS;
        assert_eq!(first.clone().shown(store.now).status, InvitationStatus::Expired);
        assert_eq!(block_on(store.invitations().acceptable(first.one_time())), Err(OVER));
        assert_eq!(again(&store, 2), Err(StoreError::Taken("email")), "it is sent again instead");
        let sent = block_on(store.invitations().send_again(first.id, None, &author())).unwrap();
        assert_eq!((sent.generation, sent.expires_at.0), (2, store.now + LASTS));
        assert_eq!(block_on(store.invitations().acceptable(first.one_time())), Err(OVER));
        block_on(store.invitations().accept(sent.one_time(), joining("Lin"), &author())).unwrap();
        assert_eq!(again(&store, 2), Err(StoreError::Taken("email")), "they have an account");
        let lin = UserId::new(first.id.uuid());
        block_on(store.users().delete(lin, Seen::default(), &author())).unwrap();
        assert_eq!(again(&store, 2), Ok(()));
        assert_eq!(
            block_on(store.invitations().accept(sent.one_time(), joining("Lin"), &author())),
            Err(OVER)
        );
    }

    #[test]
    fn lists_are_of_what_stands_so() {
        let mut store = store();
        let all: Vec<_> =
            (1..=4).map(|number| invite(&store, number, &format!("{number}@example.com"))).collect();
        block_on(store.invitations().revoke(all[0].id, None, &author())).unwrap();
        block_on(store.invitations().accept(all[1].one_time(), joining("Two"), &author())).unwrap();
        store.now += LASTS;
        block_on(store.invitations().send_again(all[2].id, None, &author())).unwrap();
        let list = |status| -> Vec<String> {
            let wanted = Wanted { status, after: None, limit: 9 };
            let found = block_on(store.invitations().list(wanted)).unwrap();
            found.into_iter().map(|invitation| invitation.email[..1].to_owned()).collect()
        };
        assert_eq!(list(None), ["4", "3", "2", "1"]);
        for (status, expected) in [
            (InvitationStatus::Open, "3"),
            (InvitationStatus::Expired, "4"),
            (InvitationStatus::Accepted, "2"),
            (InvitationStatus::Revoked, "1"),
        ] {
            assert_eq!(list(Some(status)), [expected], "{status:?}");
        }
    }

    type Request<'a> = Turn<'a, Result<UserDocument, StoreError>>;

    fn users(engines: &Engines) -> Vec<UserDocument> {
        block_on(engines.find("users", Find::new(Filter::all()).limit(9))).unwrap()
    }

    /// The one stops after so many steps; the other goes all the way; then the one goes on, if it lives.
    #[test]
    fn whoever_accepts_beside_another_or_after_a_crash_there_is_one_account() {
        for stop in 0..12 {
            for lives in [true, false] {
                let store = store();
                let invitation = invite(&store, 1, "lin@example.com");
                let engines = store.documents;
                let stores = [0, 1].map(|_| Store { documents: Turns(&engines), now: NOON });
                let accept = |place: usize, name: &'static str| -> Request<'_> {
                    let (store, token) = (&stores[place], invitation.one_time());
                    Box::pin(async move { store.invitations().accept(token, joining(name), &author()).await })
                };
                let mut one = accept(0, "One");
                let mut ended = (0..stop).find_map(|_| step(&mut one));
                let was_there = !users(&engines).is_empty();
                let other = run(&mut accept(1, "Other"));
                assert_eq!(other.is_ok(), !was_there, "{stop}: {other:?}");
                while lives && ended.is_none() {
                    ended = step(&mut one);
                }
                let found = users(&engines);
                assert_eq!(found.len(), 1, "{stop} {lives}");
                assert_eq!(found[0].name, if was_there { "One" } else { "Other" });
                if lives {
                    assert_eq!(ended.unwrap().is_ok(), was_there, "{stop}");
                }
                let left: InvitationDocument =
                    block_on(engines.find_one("invitations", Filter::all())).unwrap().unwrap();
                assert_eq!((left.stage, left.pending), (Stage::Accepted, false), "{stop} {lives}");
            }
        }
    }

    #[test]
    fn one_that_is_being_accepted_is_revoked_only_when_nobody_can_be_at_it_any_more() {
        let store = store();
        let invitation = invite(&store, 1, "lin@example.com");
        let engines = store.documents;
        let early = Store { documents: Turns(&engines), now: NOON };
        let mut dies: Request<'_> = Box::pin(async {
            early.invitations().accept(invitation.one_time(), joining("Lin"), &author()).await
        });
        // Read, the address, read, accepting.
        assert!((0..5).all(|_| step(&mut dies).is_none()));
        drop(dies);
        let stored = |now| Store { documents: Turns(&engines), now };
        let revoke = |now| {
            let store = stored(now);
            let mut request: Turn<'_, _> =
                Box::pin(async { store.invitations().revoke(invitation.id, None, &author()).await });
            run(&mut request).map(|invitation| invitation.stage)
        };
        assert_eq!(revoke(NOON + ACCEPTING - 1), Err(OVER));
        assert_eq!(revoke(NOON + ACCEPTING), Ok(Stage::Revoked));
        assert!(users(&engines).is_empty());
    }
}
