//! Mail: whether it can be sent, what was sent lately, and a try.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::collections::BTreeSet;
use voxora_domain::id::TestMailId;
use voxora_domain::jobs::Template;
use voxora_domain::wire::{JobKind, MailNeed, MailState, MailStatus, TestMail};
use voxora_store::mails::MailDocument;

use crate::app::App;
use crate::auth::Member;
use crate::error::AppError;
use crate::http::conditional::IdempotencyKey;
use crate::http::json::Json;

/// How many mails the status has.
const RECENT: u32 = 50;
/// How many dead letters are asked for at once.
const LETTERS: i64 = 100;

/// `GET /api/v1/mail`
pub async fn status(app: App) -> Result<Json<MailStatus>, AppError> {
    let store = app.store();
    let post = app.mail().post();
    let from = post.from(store.settings().read().await?.mail_from);
    let recent = store.mails().recent(RECENT).await?;
    let given_up = given_up(&app, &recent).await?;
    let recent = recent.into_iter().map(|mail| {
        let is_given_up = given_up.contains(&mail.id);
        mail.shown(is_given_up)
    });
    let mut missing = post.missing;
    missing.extend(from.is_none().then_some(MailNeed::From));
    Ok(Json(MailStatus {
        sender: post.sender,
        public_url: post.public_url,
        from,
        missing,
        recent: recent.collect(),
    }))
}

/// Which mails were given up. The jobs know: one may be given up by a kill as well.
async fn given_up(app: &App, mails: &[MailDocument]) -> Result<BTreeSet<String>, AppError> {
    let mut given_up = BTreeSet::new();
    let mut after = 0;
    while mails.iter().any(|mail| mail.state == MailState::Waiting && !given_up.contains(&mail.id)) {
        let letters = app.jobs().dead_letters(JobKind::Mail, after, LETTERS).await?;
        let Some(last) = letters.last() else { break };
        after = last.seq;
        given_up.extend(letters.into_iter().map(|letter| letter.key));
    }
    Ok(given_up)
}

/// `POST /api/v1/mail/test`: to whoever asks.
pub async fn test(app: App, Member(user): Member, key: IdempotencyKey) -> Result<Response, AppError> {
    let Some(member) = app.store().users().by_id(user).await? else {
        return Err(AppError::not_found("user"));
    };
    let template = Template::Test { user, test: TestMailId::new(key.id("mail", user.uuid())) };
    if !app.mail().send(template, &member.email, user).await? {
        return Err(app.mail().not_set_up());
    }
    let sent = TestMail { id: template.key(), to: member.email };
    Ok((StatusCode::ACCEPTED, Json(sent)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "Whether this deployment can send mails, and what became of the last ones. Mails that were given up are among the \
                 dead letters of the jobs, and tried again from there.";
    Resource::new("Mail", about)
        .route(
            Operation::new("mail.show", "See whether mails can be sent, and what was sent lately")
                .about("`missing` says what keeps mails from being sent; where it is empty, they are.")
                .gives::<MailStatus>(200, "How mail stands.", example::mail_status()),
        )
        .route(
            Operation::new("mail.test", "Send a test mail")
                .about(
                    "To whoever asks. It is on its way when this is answered; what became of it, the status says. Takes \
                     `Idempotency-Key`: a repeat sends nothing again.",
                )
                .gives::<TestMail>(202, "It is on its way.", example::test_mail())
                .refuses(&[MailNotSetUp, RateLimited, NotFound]),
        )
}
