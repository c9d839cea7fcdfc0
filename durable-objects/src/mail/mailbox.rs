//! The mailbox of whoever develops the product: mails go nowhere and are kept to be looked at.
//!
//! They are kept in the cache, for a day: it may forget them. Only a machine of one's own shows them (`/dev/mail`).

use voxora_domain::wire::MailboxMail;
use voxora_domain::{Millis, json};
use worker::Env;

use super::{HEADERS, Letter, Mailer, Refused, Taken};
use crate::cache::{Cache, CacheError};
use crate::time::now;

/// What the keys of mails begin with, and those of the list of them.
const MAIL: &str = "mailbox:";
const LIST: &str = "mailbox-list:";
/// How long a mail is kept, in seconds.
const KEPT: u32 = 24 * 60 * 60;
/// Keys are listed in order: the later a mail, the smaller its number.
const END_OF_TIME: Millis = 9_999_999_999_999;

/// The mailbox.
pub struct Mailbox<'a>(pub &'a Env);

impl Mailbox<'_> {
    async fn keep(&self, kept: &MailboxMail) -> Result<(), CacheError> {
        let cache = Cache(self.0);
        let text = serde_json::to_string(kept).map_err(|error| CacheError::of(&error))?;
        cache.put(&format!("{MAIL}{}", kept.id), &text, KEPT).await?;
        cache.put(&format!("{LIST}{:013}:{}", END_OF_TIME - kept.at, kept.id), "", KEPT).await
    }

    /// The mail of this id.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn mail(&self, id: &str) -> Result<Option<MailboxMail>, CacheError> {
        let text = Cache(self.0).get(&format!("{MAIL}{id}")).await?;
        let mail = text.map(|text| json::from_text(&text).map_err(|misfit| CacheError::of(&misfit)));
        mail.transpose()
    }

    /// The last mails, the latest first, up to so many.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn mails(&self, most: u32) -> Result<Vec<MailboxMail>, CacheError> {
        let mut mails = Vec::new();
        for key in Cache(self.0).list(LIST, most).await? {
            if let Some((_, id)) = key.rsplit_once(':') {
                mails.extend(self.mail(id).await?);
            }
        }
        Ok(mails)
    }
}

impl Mailer for Mailbox<'_> {
    async fn send(&self, key: &str, letter: &Letter) -> Result<Taken, Refused> {
        let failed = |error: CacheError| Refused::for_now(error.to_string());
        if self.mail(key).await.map_err(failed)?.is_none() {
            let header = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
            let addressed = [
                header("From", &format!("{} <{}>", letter.from_name, letter.from)),
                header("To", &letter.to),
                header("Subject", &letter.subject),
            ];
            let headers = addressed.into_iter().chain(HEADERS.map(|(name, value)| header(name, value)));
            let (text, html) = (letter.text.clone(), letter.html.clone());
            let kept = MailboxMail { id: key.to_owned(), at: now(), headers: headers.collect(), text, html };
            self.keep(&kept).await.map_err(failed)?;
        }
        Ok(Taken { message_id: Some(key.to_owned()) })
    }
}
