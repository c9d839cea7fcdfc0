//! Sends a mail.
//!
//! A job says by ids what the mail is about; whom it goes to and what it says is read when it is sent. The job is handed over
//! before the change that the mail is about, so a run may find that there is nothing to say yet: then it looks again, for as
//! long as a request may take.
//!
//! A mail is sent once as far as whoever takes it lets it be: it goes under the job's key each time, and that it was taken is
//! written down before the job is done. A run that dies in between is made again, and a provider that knows the key sends
//! nothing a second time.

use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::Keys;
use voxora_domain::jobs::{MailJob, Outcome};
use voxora_domain::wire::{Language, MailNeed};
use voxora_store::mails::{Addressee, News, Tried};
use voxora_store::settings::SettingsDocument;
use voxora_store::{Store, StoreError};
use worker::Env;

use super::{Context, retry_for};
use crate::mail::{self, Letter, Mailer, Office, Post, Recipient, Refused};

/// When to look again, in milliseconds.
const AGAIN: Millis = 2_000;
/// How long after the job was handed over its change may still come, in milliseconds.
const LATE: Millis = 60_000;

/// Mail, as the deployment has set it up.
pub trait PostOffice: Mailer {
    /// What its variables say.
    fn post(&self) -> Post;
    /// What links are signed with.
    fn keys(&self) -> Option<Keys>;
    /// A moment as people of a language write it, in a time zone.
    fn moment(&self, at: Millis, language: &str, time_zone: &str) -> String;
}

impl PostOffice for Env {
    fn post(&self) -> Post {
        Post::read(self)
    }

    fn keys(&self) -> Option<Keys> {
        crate::keys::read(self).ok()
    }

    fn moment(&self, at: Millis, language: &str, time_zone: &str) -> String {
        mail::moment(at, language, time_zone)
    }
}

/// Sends it, unless it was sent or nobody needs it any more.
pub async fn run(
    job: &MailJob,
    context: &Context<'_, impl DataApi, impl Sized>,
    office: &impl PostOffice,
) -> Outcome {
    match send(job, context, office).await {
        Ok(outcome) => outcome,
        Err(StoreError::Documents(error)) => failed(&error),
        Err(error) => retry_for(error.to_string()),
    }
}

async fn send(
    job: &MailJob,
    context: &Context<'_, impl DataApi, impl Sized>,
    office: &impl PostOffice,
) -> Result<Outcome, StoreError> {
    let store = Store { documents: context.documents, now: context.now };
    let mails = store.mails();
    if mails.is_sent(context.key).await? {
        return Ok(Outcome::Done);
    }
    let Some(keys) = office.keys() else {
        return Ok(retry_for("JWT_SECRET is not as it must be".to_owned()));
    };
    let (to, content) = match mails.news(&job.template, &keys).await? {
        News::Now(to, content) => (to, content),
        News::NotYet if context.now < job.at + LATE => return Ok(Outcome::Again { after: AGAIN }),
        News::NotYet | News::Over => {
            mails.dropped(&job.template).await?;
            return Ok(Outcome::Done);
        }
    };
    let settings = store.settings().read().await?;
    let post = office.post();
    let from = post.from(settings.mail_from.clone());
    let (sender, public_url, from) = match (post.sender, post.public_url, from) {
        (Some(sender), Some(public_url), Some(from)) if post.missing.is_empty() => (sender, public_url, from),
        (_, _, from) => {
            // Somebody is about to mend that: it was set up when the job was handed over.
            let from = from.is_none().then_some(MailNeed::From);
            let missing: Vec<_> = post.missing.into_iter().chain(from).collect();
            return Ok(retry_for(format!("mail is not set up: {missing:?} is missing")));
        }
    };
    let recipient = recipient(to, &settings);
    let at = Office { name: &settings.name, from: &from, public_url: &public_url };
    let moment = |at, language: &str, time_zone: &str| office.moment(at, language, time_zone);
    let letter: Letter = mail::letter(&content, &recipient, at, &moment);
    let (tried, outcome) = match office.send(context.key, &letter).await {
        Ok(taken) => (Tried::Sent(taken.message_id), Outcome::Done),
        Err(Refused::ForNow { reason, after }) => {
            (Tried::Failed(reason.clone()), Outcome::Retry { reason, after })
        }
        Err(Refused::ForGood(reason)) => (Tried::Failed(reason.clone()), Outcome::Final { reason }),
    };
    mails.tried(&job.template, &letter.to, sender, tried).await?;
    // The next mail does it where this fails.
    let _ = mails.forget().await;
    Ok(outcome)
}

/// Whom it goes to, in their language, or in the deployment's where they chose none that mails are written in.
fn recipient(to: Addressee, settings: &SettingsDocument) -> Recipient {
    Recipient {
        to: to.email,
        language: to.language.as_deref().and_then(Language::of).unwrap_or(settings.language),
        time_zone: to.time_zone.unwrap_or_else(|| settings.time_zone.clone()),
    }
}

fn failed(error: &DataApiError) -> Outcome {
    let reason = error.to_string();
    if error.is_final() { Outcome::Final { reason } } else { retry_for(reason) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use futures::executor::block_on;
    use rusqlite::Connection;
    use serde_json::Value;
    use voxora_data_api::contract::{Action, Answer};
    use voxora_data_api::embedded::Engine;
    use voxora_data_api::query::Filter;
    use voxora_domain::id::UserId;
    use voxora_domain::jobs::Template;
    use voxora_domain::wire::{Actor, ActorKind, MailSender, MailState, Role};
    use voxora_store::audit::Author;
    use voxora_store::settings::{Cache, Change};
    use voxora_store::users::UserDocument;
    use voxora_store::{mails, settings, users};

    use super::*;
    use crate::mail::Taken;

    const NOON: Millis = 1_795_348_800_000;

    /// What becomes of a call, or of whoever makes it.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fate {
        Done,
        Refused,
        AnswerLost,
    }

    /// A deployment, its document store and its provider, with what becomes of the calls to each, in order; after that all go
    /// well. The provider delivers once what comes under one key.
    struct Deployment {
        engines: [Engine<Connection>; 3],
        stores: RefCell<Vec<Fate>>,
        sends: RefCell<Vec<Fate>>,
        is_final: Cell<bool>,
        missing: RefCell<Vec<MailNeed>>,
        delivered: RefCell<BTreeMap<String, Letter>>,
    }

    impl Deployment {
        fn new() -> Self {
            let open = |schema| Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
            Self {
                engines: [open(&users::SCHEMA), open(&settings::SCHEMA), open(&mails::SCHEMA)],
                stores: RefCell::default(),
                sends: RefCell::default(),
                is_final: Cell::new(false),
                missing: RefCell::default(),
                delivered: RefCell::default(),
            }
        }

        /// A member of the team who reads German.
        fn join(&self) -> UserId {
            let (email, name) = ("ada@example.com".to_owned(), "Ada".to_owned());
            let user = UserDocument::new(email, name, Role::Agent, String::new(), NOON);
            let user = UserDocument { language: Some("de-AT".to_owned()), ..user };
            block_on(self.insert_one(users::SCHEMA.name, &user)).unwrap();
            user.id
        }

        fn run(&self, job: &MailJob, now: Millis) -> Outcome {
            let context = Context { key: &job.template.key(), documents: self, rooms: &(), now };
            block_on(run(job, &context, self))
        }

        fn kept(&self) -> Option<Value> {
            self.stores.borrow_mut().clear();
            block_on(self.find_one(mails::SCHEMA.name, Filter::all())).unwrap()
        }
    }

    impl DataApi for Deployment {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            let fate = self.stores.borrow_mut().pop().unwrap_or(Fate::Done);
            let lost = || Err(DataApiError::Unavailable("lost".to_owned()));
            if fate == Fate::Refused {
                return lost();
            }
            let engine = match action.collection.as_str() {
                "users" => &self.engines[0],
                "settings" => &self.engines[1],
                "mails" => &self.engines[2],
                other => panic!("a mail asks for {other}"),
            };
            let answer = engine.run(action).await;
            if fate == Fate::AnswerLost { lost() } else { answer }
        }
    }

    impl Mailer for Deployment {
        async fn send(&self, key: &str, letter: &Letter) -> Result<Taken, Refused> {
            if self.is_final.get() {
                return Err(Refused::ForGood("no such domain".to_owned()));
            }
            let fate = self.sends.borrow_mut().pop().unwrap_or(Fate::Done);
            let lost = || Err(Refused::ForNow { reason: "no".to_owned(), after: Some(7_000) });
            if fate == Fate::Refused {
                return lost();
            }
            let before = self.delivered.borrow_mut().insert(key.to_owned(), letter.clone());
            assert!(before.is_none_or(|before| before == *letter), "the same mail reads otherwise");
            if fate == Fate::AnswerLost { lost() } else { Ok(Taken { message_id: Some("m-1".to_owned()) }) }
        }
    }

    impl PostOffice for Deployment {
        fn post(&self) -> Post {
            let missing = self.missing.borrow().clone();
            let public_url = Some("https://chat.example.com".to_owned());
            Post { sender: Some(MailSender::Mailbox), public_url, missing }
        }

        fn keys(&self) -> Option<Keys> {
            Some(Keys::new("a secret", None))
        }

        fn moment(&self, at: Millis, _: &str, _: &str) -> String {
            at.to_string()
        }
    }

    fn test_mail(user: UserId) -> MailJob {
        let test = "0197a0c0-0000-7000-8000-000000000007".parse().unwrap();
        MailJob { template: Template::Test { user, test }, at: NOON }
    }

    /// All patterns of what becomes of six calls to the document store and of three to the provider.
    #[test]
    fn a_mail_is_delivered_once_whatever_fails_on_the_way() {
        let all = [Fate::Done, Fate::Refused, Fate::AnswerLost];
        let pattern = |number: usize, length: u32| -> Vec<Fate> {
            (0..length).map(|place| all[number / 3_usize.pow(place) % 3]).collect()
        };
        for number in 0..3_usize.pow(9) {
            // Every fifth: they are many, and the engine is real.
            if number % 5 != 0 {
                continue;
            }
            let deployment = Deployment::new();
            let job = test_mail(deployment.join());
            deployment.stores.replace(pattern(number % 729, 6));
            deployment.sends.replace(pattern(number / 729, 3));
            let mut runs = 0;
            while deployment.run(&job, NOON) != Outcome::Done {
                runs += 1;
                assert!(runs < 20, "it does not come to an end: {number}");
            }
            assert_eq!(deployment.delivered.borrow().len(), 1, "{number}");
            let letter = deployment.delivered.borrow().values().next().unwrap().clone();
            assert_eq!(
                (letter.to.as_str(), letter.subject.as_str()),
                ("ada@example.com", "Test-E-Mail von Voxora")
            );
            // Once more, as after a kill: nothing is sent, and it stays sent.
            deployment.sends.replace(vec![Fate::Refused]);
            assert_eq!(deployment.run(&job, NOON), Outcome::Done);
            let kept = deployment.kept().unwrap();
            assert_eq!(
                (&kept["state"], &kept["_id"]),
                (&"sent".into(), &job.template.key().into()),
                "{number}"
            );
        }
    }

    #[test]
    fn a_refusal_is_kept_with_its_reason() {
        let deployment = Deployment::new();
        let job = test_mail(deployment.join());
        deployment.sends.replace(vec![Fate::Refused]);
        assert_eq!(
            deployment.run(&job, NOON),
            Outcome::Retry { reason: "no".to_owned(), after: Some(7_000) }
        );
        let kept = deployment.kept().unwrap();
        assert_eq!(
            (&kept["state"], &kept["reason"], &kept["attempts"]),
            (&"waiting".into(), &"no".into(), &1.into())
        );
        deployment.is_final.set(true);
        assert_eq!(deployment.run(&job, NOON + 1), Outcome::Final { reason: "no such domain".to_owned() });
        assert_eq!(deployment.kept().unwrap()["attempts"], 2);
        // Sent again by an admin, who has mended the domain.
        deployment.is_final.set(false);
        assert_eq!(deployment.run(&job, NOON + 2), Outcome::Done);
        let kept = deployment.kept().unwrap();
        assert_eq!(
            (&kept["state"], kept.get("reason"), &kept["messageId"]),
            (&"sent".into(), None, &"m-1".into())
        );
    }

    /// The job is there before the change that the mail is about, and that may be refused.
    #[test]
    fn a_mail_of_nobody_is_dropped() {
        let deployment = Deployment::new();
        let job = test_mail("0197a0c0-0000-7000-8000-000000000001".parse().unwrap());
        assert_eq!(deployment.run(&job, NOON), Outcome::Done);
        assert_eq!((deployment.kept(), deployment.delivered.borrow().len()), (None, 0));
    }

    #[test]
    fn mail_that_is_not_set_up_any_more_waits() {
        let deployment = Deployment::new();
        let job = test_mail(deployment.join());
        deployment.missing.replace(vec![MailNeed::Key]);
        let Outcome::Retry { reason, .. } = deployment.run(&job, NOON) else { panic!() };
        assert_eq!(reason, "mail is not set up: [Key] is missing");
    }

    struct NoCache;

    impl Cache for NoCache {
        async fn get(&self) -> Option<String> {
            None
        }

        async fn put(&self, _: String, _: u64) {}

        async fn drop(&self) {}
    }

    #[test]
    fn whoever_chose_no_language_is_written_to_in_the_deployments() {
        let deployment = Deployment::new();
        let store = Store { documents: &deployment, now: NOON };
        let by = Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() };
        let author = Author { by, request: "r".to_owned() };
        let change = Change {
            language: Some(Language::Fr),
            time_zone: Some("Europe/Paris".to_owned()),
            ..Change::default()
        };
        let settings = block_on(store.settings().change(None, change, &author, &NoCache)).unwrap();
        let of = |language: Option<&str>, time_zone: Option<&str>| {
            let [language, time_zone] = [language, time_zone].map(|text| text.map(str::to_owned));
            let addressee = Addressee { email: "a@b.c".to_owned(), language, time_zone };
            let recipient = recipient(addressee, &settings);
            (recipient.language, recipient.time_zone)
        };
        let (paris, berlin) = ("Europe/Paris".to_owned(), "Europe/Berlin".to_owned());
        assert_eq!(of(None, None), (Language::Fr, paris.clone()));
        assert_eq!(of(Some("es-419"), Some("Europe/Berlin")), (Language::Es, berlin));
        // One that mails are not written in.
        assert_eq!(of(Some("ja"), None), (Language::Fr, paris));
    }

    #[test]
    fn mails_are_forgotten_after_a_month() {
        let deployment = Deployment::new();
        let job = test_mail(deployment.join());
        assert_eq!(deployment.run(&job, NOON), Outcome::Done);
        let recent = |now| {
            let store = Store { documents: &deployment, now };
            block_on(store.mails().recent(10)).unwrap().into_iter().map(|mail| mail.state).collect::<Vec<_>>()
        };
        assert_eq!(recent(NOON + mails::KEPT), [MailState::Sent]);
        assert_eq!(recent(NOON + mails::KEPT + 1), []);
        let test = "0197a0c0-0000-7000-8000-000000000008".parse().unwrap();
        let Template::Test { user, .. } = job.template else { panic!() };
        let other = MailJob { template: Template::Test { user, test }, at: NOON };
        assert_eq!(deployment.run(&other, NOON + mails::KEPT + 1), Outcome::Done);
        assert_eq!(deployment.kept().unwrap()["_id"], other.template.key(), "the old one is gone");
    }
}
