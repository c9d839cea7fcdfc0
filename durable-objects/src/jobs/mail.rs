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
    fn secret(&self) -> Option<String>;
    /// A moment as people of a language write it, in a time zone.
    fn moment(&self, at: Millis, language: &str, time_zone: &str) -> String;
}

impl PostOffice for Env {
    fn post(&self) -> Post {
        Post::read(self)
    }

    fn secret(&self) -> Option<String> {
        self.secret("JWT_SECRET").ok().map(|secret| secret.to_string())
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
    let Some(secret) = office.secret() else { return Ok(retry_for("JWT_SECRET is not set".to_owned())) };
    let (to, content) = match mails.news(&job.template, &secret).await? {
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
