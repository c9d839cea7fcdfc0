//! How somebody proves who they are, and how that changes: the password, a link that resets it, and another address.
//!
//! All of it is a part of the user's document, so that each change is one write. Links are [`crate::one_time`] tokens: a
//! document counts those that were made of a kind, and the last one is good, once, until its time is over. Whatever sets a
//! password makes both kinds worthless: whoever has lost their account to somebody else takes it back whole.

use voxora_data_api::DataApi;
use voxora_data_api::document::Date;
use voxora_data_api::query::{Filter, Update};
use voxora_domain::Millis;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::wire::{Role, UserStatus};

use crate::audit::Author;
use crate::credentials::Credentials;
use crate::one_time::OneTime;
use crate::users::{Changing, SCHEMA, Seen, UserDocument};
use crate::{Kept, StoreError, Time, Working, password};

/// For how long a link that resets a password is good, in milliseconds.
pub const RESET_LASTS: Millis = 30 * 60 * 1000;
/// For how long a link that confirms an address is good, in milliseconds.
pub const EMAIL_CHANGE_LASTS: Millis = 24 * 60 * 60 * 1000;

/// How the people of a deployment prove who they are.
pub struct Accounts<'a>(pub(crate) Kept<'a>);

impl Accounts<'_> {
    /// A user who gives their own password once more.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`], or when the document store fails.
    pub async fn prove(&self, user: UserId, given: &str) -> Result<UserDocument, StoreError> {
        let user = self.active(user).await?;
        let right = password::verify(given, user.as_ref().map(|user| user.password.as_str()))?;
        user.filter(|_| right).ok_or(StoreError::WrongCredentials)
    }

    /// Gives somebody who has proved themselves another password. All their sessions but the one that is kept are over.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`] when the password has been changed since they did, or when the document store fails.
    pub async fn change_password(
        &self,
        proven: &UserDocument,
        hash: &str,
        kept: Option<SessionId>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let change = |user: &mut UserDocument| {
            if user.credentials.passwords != proven.credentials.passwords {
                return Err(StoreError::WrongCredentials);
            }
            hash.clone_into(&mut user.password);
            user.credentials.renew(kept);
            Ok(())
        };
        self.revise(proven.id, (author, "user.password_changed"), change).await.map(drop)
    }

    /// Makes the next link that resets a user's password; earlier ones are worth nothing from now on. Its generation is one more
    /// than how many there were when the user was read.
    ///
    /// Whoever asks may be a stranger, so it neither raises the user's version nor gets into the audit log. Should somebody
    /// change the user in the same moment, the link may be lost: asking again makes another.
    ///
    /// # Errors
    /// When the document store fails.
    pub async fn ask_reset(&self, user: &UserDocument) -> Result<(), StoreError> {
        let generation = user.credentials.resets + 1;
        let its = Filter::id(user.id.to_string());
        let change = Update::new()
            .max("credentials.resets", generation)
            .set("credentials.resetUntil", Date(self.0.now + RESET_LASTS));
        self.0.documents.update_one(SCHEMA.name, its, change).await?;
        Ok(())
    }

    /// Makes the next link that resets somebody's password, for a colleague to hand to them: the way back in where there is no
    /// mail. Earlier links are worth nothing from now on. They still have the role with which the colleague saw them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] of somebody who cannot sign in; [`StoreError::Changed`] when they have another role meanwhile; or
    /// when the document store fails.
    pub async fn hand_reset(
        &self,
        id: UserId,
        seen: Role,
        author: &Author,
    ) -> Result<(OneTime, Time), StoreError> {
        let until = Time(self.0.now + RESET_LASTS);
        let change = |user: &mut UserDocument| {
            if user.role != seen {
                return Err(StoreError::Changed);
            }
            user.credentials.resets += 1;
            user.credentials.reset_until = Some(until);
            Ok(())
        };
        let user = self.revise(id, (author, "user.password_reset_link_made"), change).await?;
        Ok((OneTime { id: id.uuid(), generation: user.credentials.resets }, until))
    }

    /// Whose link it is that resets a password, if it is good.
    ///
    /// # Errors
    /// [`StoreError::LinkSpent`], or when the document store fails.
    pub async fn of_reset(&self, link: OneTime) -> Result<UserDocument, StoreError> {
        let user = self.active(UserId::new(link.id)).await?;
        user.filter(|user| self.is_reset(link, user)).ok_or(StoreError::LinkSpent)
    }

    /// Gives whoever has this link another password, once. All their sessions are over.
    ///
    /// # Errors
    /// [`StoreError::LinkSpent`], or when the document store fails.
    pub async fn reset(
        &self,
        link: OneTime,
        hash: &str,
        author: &Author,
    ) -> Result<UserDocument, StoreError> {
        let change = |user: &mut UserDocument| {
            if !self.is_reset(link, user) {
                return Err(StoreError::LinkSpent);
            }
            hash.clone_into(&mut user.password);
            user.credentials.renew(None);
            Ok(())
        };
        spent(self.revise(UserId::new(link.id), (author, "user.password_reset"), change).await)
    }

    fn is_reset(&self, link: OneTime, user: &UserDocument) -> bool {
        let Credentials { resets, reset_until, .. } = user.credentials;
        resets == link.generation && reset_until.is_some_and(|until| self.0.now < until.0)
    }

    /// Notes that somebody who has proved themselves wants another address, and makes the link that confirms it; an earlier
    /// one is worth nothing from now on. Its generation is one more than how many there were when they were read.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when they have asked for another meanwhile, or when the document store fails.
    pub async fn ask_email(
        &self,
        proven: &UserDocument,
        address: &str,
        author: &Author,
    ) -> Result<(), StoreError> {
        let change = |user: &mut UserDocument| {
            if user.credentials.email_changes != proven.credentials.email_changes {
                return Err(StoreError::Changed);
            }
            user.credentials.email_changes += 1;
            user.credentials.next_email = Some(address.to_owned());
            user.credentials.email_until = Some(Time(self.0.now + EMAIL_CHANGE_LASTS));
            Ok(())
        };
        self.revise(proven.id, (author, "user.email_change_asked"), change).await.map(drop)
    }

    /// Whose link it is that confirms an address, if it is good.
    ///
    /// # Errors
    /// [`StoreError::LinkSpent`], or when the document store fails.
    pub async fn of_email(&self, link: OneTime) -> Result<UserDocument, StoreError> {
        let user = self.active(UserId::new(link.id)).await?;
        user.filter(|user| self.next_email(link, user).is_some()).ok_or(StoreError::LinkSpent)
    }

    /// Gives whoever has this link the address that it confirms, once. Links that were sent to the one before are worth nothing.
    ///
    /// # Errors
    /// [`StoreError::LinkSpent`]; [`StoreError::Taken`] when somebody has come to have the address meanwhile; or when the
    /// document store fails.
    pub async fn confirm_email(&self, link: OneTime, author: &Author) -> Result<UserDocument, StoreError> {
        let change = |user: &mut UserDocument| {
            let next = self.next_email(link, user).ok_or(StoreError::LinkSpent)?;
            user.credentials.former_email = Some(std::mem::replace(&mut user.email, next));
            user.credentials.forget_next_email();
            user.credentials.reset_until = None;
            Ok(())
        };
        spent(self.revise(UserId::new(link.id), (author, "user.email_changed"), change).await)
    }

    fn next_email(&self, link: OneTime, user: &UserDocument) -> Option<String> {
        let Credentials { email_changes, email_until, next_email, .. } = &user.credentials;
        let is_good =
            *email_changes == link.generation && email_until.is_some_and(|until| self.0.now < until.0);
        next_email.clone().filter(|_| is_good)
    }

    /// The user of this id, if they can sign in.
    async fn active(&self, id: UserId) -> Result<Option<UserDocument>, StoreError> {
        let user = self.0.users().stored(id).await?;
        Ok(user.filter(|user| user.status == UserStatus::Active && !user.deleted))
    }

    /// Changes somebody who can sign in.
    fn revise<'a>(
        &'a self,
        id: UserId,
        by: (&'a Author, &'a str),
        change: impl Fn(&mut UserDocument) -> Result<(), StoreError> + 'a,
    ) -> Working<'a, UserDocument> {
        self.revise_by(id, by, Box::new(change))
    }

    fn revise_by<'a>(
        &'a self,
        id: UserId,
        by: (&'a Author, &'a str),
        change: Box<Changing<'a>>,
    ) -> Working<'a, UserDocument> {
        Box::pin(async move {
            let change = |user: &mut UserDocument| match user.status {
                UserStatus::Active => change(user),
                UserStatus::Deactivated => Err(StoreError::NotFound("user")),
            };
            self.0.users().revise(id, Seen::default(), by, change).await
        })
    }
}

/// A link of somebody who is gone is worth nothing either.
fn spent(done: Result<UserDocument, StoreError>) -> Result<UserDocument, StoreError> {
    match done {
        Err(StoreError::NotFound(_)) => Err(StoreError::LinkSpent),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use voxora_domain::access::Keys;
    use voxora_domain::id::UserId;
    use voxora_domain::wire::{Actor, ActorKind, Role, UserStatus};

    use super::{EMAIL_CHANGE_LASTS, RESET_LASTS};
    use crate::audit::Author;
    use crate::one_time::OneTime;
    use crate::sessions::{Client, RefreshToken};
    use crate::testing::Engines;
    use crate::users::{COLLECTION, SCHEMA, UserDocument};
    use crate::{Store, StoreError, password};
    use voxora_data_api::DataApi;
    use voxora_data_api::document::Document;
    use voxora_data_api::query::{Filter, Update};

    const NOON: i64 = 1_795_348_800_000;
    const FIRST: &str = "correct horse";
    const SECOND: &str = "battery staple";

    struct Home {
        store: Store<Engines>,
        keys: Keys,
        ada: UserId,
    }

    impl Home {
        fn new() -> Self {
            let store = Store { documents: Engines::new(), now: NOON };
            let keys = Keys::new("a secret of the tests that is long enough", None);
            let ada = Self::add(&store, "ada@example.com");
            Self { store, keys, ada }
        }

        fn add(store: &Store<Engines>, email: &str) -> UserId {
            let hash = password::hash(FIRST).unwrap();
            let user = UserDocument::new(email.to_owned(), "Ada".to_owned(), Role::Agent, hash, NOON);
            block_on(store.documents.insert_one(SCHEMA.name, &user)).unwrap();
            user.id
        }

        fn ada(&self) -> UserDocument {
            block_on(self.store.users().stored(self.ada)).unwrap().unwrap()
        }

        fn sign_in(&self, password: &str) -> Result<RefreshToken, StoreError> {
            let user = block_on(self.store.users().by_credentials("ada@example.com", password))?;
            self.open(&user)
        }

        fn open(&self, user: &UserDocument) -> Result<RefreshToken, StoreError> {
            block_on(self.store.sessions(&self.keys).open(user, Client::default()))
        }

        fn goes_on(&self, token: &RefreshToken) -> bool {
            block_on(self.store.sessions(&self.keys).refresh(token, &Client::default().place)).is_ok()
        }

        fn reset_link(&self) -> OneTime {
            let ada = self.ada();
            block_on(self.store.accounts().ask_reset(&ada)).unwrap();
            OneTime { id: self.ada.uuid(), generation: ada.credentials.resets + 1 }
        }

        fn reset(&self, link: OneTime) -> Result<UserDocument, StoreError> {
            let hash = password::hash(SECOND).unwrap();
            block_on(self.store.accounts().reset(link, &hash, &author()))
        }

        fn email_link(&self, address: &str) -> Result<OneTime, StoreError> {
            let proven = block_on(self.store.accounts().prove(self.ada, FIRST))?;
            block_on(self.store.accounts().ask_email(&proven, address, &author()))?;
            Ok(OneTime { id: self.ada.uuid(), generation: proven.credentials.email_changes + 1 })
        }

        fn confirm(&self, link: OneTime) -> Result<String, StoreError> {
            block_on(self.store.accounts().confirm_email(link, &author())).map(|user| user.email)
        }
    }

    fn author() -> Author {
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        Author { by, request: "request-1".to_owned() }
    }

    #[test]
    fn another_password_ends_every_session_but_the_one_that_changed_it_in_the_same_write() {
        let home = Home::new();
        let (mine, other) = (home.sign_in(FIRST).unwrap(), home.sign_in(FIRST).unwrap());
        // Somebody has got past the password, and opens their session only after the change.
        let late = block_on(home.store.users().by_credentials("ada@example.com", FIRST)).unwrap();
        let accounts = home.store.accounts();
        assert_eq!(block_on(accounts.prove(home.ada, "wrong")), Err(StoreError::WrongCredentials));
        let proven = block_on(accounts.prove(home.ada, FIRST)).unwrap();
        let hash = password::hash(SECOND).unwrap();
        let change = || block_on(accounts.change_password(&proven, &hash, Some(mine.session), &author()));
        change().unwrap();
        let late = home.open(&late).unwrap();
        assert!(home.goes_on(&mine) && !home.goes_on(&other) && !home.goes_on(&late));
        assert_eq!(home.sign_in(FIRST), Err(StoreError::WrongCredentials));
        let fresh = home.sign_in(SECOND).unwrap();
        assert!(home.goes_on(&fresh));
        // Who has proved themselves by a password that is gone has proved nothing.
        assert_eq!(change(), Err(StoreError::WrongCredentials));
        let stored: Document =
            block_on(home.store.documents.find_one(SCHEMA.name, Filter::id(home.ada.to_string())))
                .unwrap()
                .unwrap();
        (COLLECTION.check)(&stored).unwrap();
        let entry = serde_json::to_string(&stored["unaudited"]).unwrap();
        assert!(entry.contains("user.password_changed") && !entry.contains("argon2id"), "{entry}");
    }

    #[test]
    fn w1_a_password_is_reset_by_the_last_link_once_and_in_time_and_ends_every_session() {
        let mut home = Home::new();
        let session = home.sign_in(FIRST).unwrap();
        let never_made = OneTime { id: home.ada.uuid(), generation: 1 };
        let nothing = OneTime { generation: 0, ..never_made };
        for link in [never_made, nothing] {
            assert_eq!(home.reset(link), Err(StoreError::LinkSpent), "no link was asked for");
        }
        let first = home.reset_link();
        let hand = |role| block_on(home.store.accounts().hand_reset(home.ada, role, &author()));
        assert_eq!(hand(Role::Admin), Err(StoreError::Changed), "they may do more than was seen");
        let (handed, until) = hand(Role::Agent).unwrap();
        assert_eq!((handed.generation, until.0), (first.generation + 1, NOON + RESET_LASTS));
        assert!(block_on(home.store.accounts().of_reset(handed)).is_ok());
        assert_eq!(home.reset(first), Err(StoreError::LinkSpent), "a colleague has made another since");
        let version = home.ada().revision;
        let last = home.reset_link();
        assert_eq!(home.reset(handed), Err(StoreError::LinkSpent), "another was asked for since");
        assert!(block_on(home.store.accounts().of_reset(last)).is_ok());
        assert_eq!(home.ada().revision, version, "a stranger who asks changes no version");
        home.store.now += RESET_LASTS;
        assert_eq!(home.reset(last), Err(StoreError::LinkSpent), "its time is over");
        home.store.now -= 1;
        home.reset(last).unwrap();
        assert_eq!(home.reset(last), Err(StoreError::LinkSpent), "it was used");
        assert!(!home.goes_on(&session));
        assert!(home.sign_in(FIRST).is_err() && home.sign_in(SECOND).is_ok());
        // Nobody by that id; somebody who cannot sign in.
        let nobody = OneTime { id: uuid::Uuid::from_u128(7), generation: 1 };
        assert_eq!(home.reset(nobody), Err(StoreError::LinkSpent));
        let link = home.reset_link();
        let status = serde_json::to_value(UserStatus::Deactivated).unwrap();
        let deactivate = Update::new().set("status", status);
        block_on(home.store.documents.update_one(SCHEMA.name, Filter::all(), deactivate)).unwrap();
        assert_eq!(home.reset(link), Err(StoreError::LinkSpent));
    }

    #[test]
    fn an_address_is_changed_by_whoever_reads_the_new_one_once_and_in_time() {
        let mut home = Home::new();
        let (first, last) =
            (home.email_link("lovelace@example.com").unwrap(), home.email_link("ada@example.org").unwrap());
        assert_eq!(home.ada().email, "ada@example.com", "asking changes nothing");
        assert_eq!(home.confirm(first), Err(StoreError::LinkSpent));
        home.store.now += EMAIL_CHANGE_LASTS;
        assert_eq!(home.confirm(last), Err(StoreError::LinkSpent));
        home.store.now -= 1;
        let reset = home.reset_link();
        assert_eq!(home.confirm(last).as_deref(), Ok("ada@example.org"));
        assert_eq!(home.confirm(last), Err(StoreError::LinkSpent));
        assert_eq!(home.ada().credentials.former_email.as_deref(), Some("ada@example.com"));
        assert_eq!(home.reset(reset), Err(StoreError::LinkSpent), "it went to the address before");
        // Somebody else has come to have the address meanwhile.
        let link = home.email_link("carol@example.com").unwrap();
        Home::add(&home.store, "carol@example.com");
        assert_eq!(home.confirm(link), Err(StoreError::Taken("email")));
        // A password that was reset takes the account back whole.
        let link = home.email_link("eve@example.com").unwrap();
        home.reset(home.reset_link()).unwrap();
        assert_eq!(home.confirm(link), Err(StoreError::LinkSpent));
    }
}
