//! The mailbox of whoever develops the product: mails go nowhere and are kept to be looked at.
//!
//! They are kept in the cache, for a day: it may forget them. Only a machine of one's own shows them (`/dev/mail`).

use voxora_domain::Millis;
use voxora_domain::wire::MailboxMail;
use worker::Env;
use worker::kv::KvStore;

use super::{HEADERS, Letter, Mailer, Refused, Taken};
use crate::call;
use crate::time::now;

/// What the keys of mails begin with, and those of the list of them.
const MAIL: &str = "mailbox:";
const LIST: &str = "mailbox-list:";
/// How long a mail is kept, in seconds.
const KEPT: u64 = 24 * 60 * 60;
/// Keys are listed in order: the later a mail, the smaller its number.
const END_OF_TIME: Millis = 9_999_999_999_999;

/// The mailbox.
pub struct Mailbox<'a>(pub &'a Env);

impl Mailbox<'_> {
    fn cache(&self) -> worker::Result<KvStore> {
        self.0.kv("CACHE")
    }

    async fn keep(&self, kept: &MailboxMail) -> worker::Result<()> {
        let cache = self.cache()?;
        cache.put(&format!("{MAIL}{}", kept.id), kept)?.expiration_ttl(KEPT).execute().await?;
        let at = format!("{LIST}{:013}:{}", END_OF_TIME - kept.at, kept.id);
        cache.put(&at, "")?.expiration_ttl(KEPT).execute().await?;
        Ok(())
    }

    /// The mail of this id.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn mail(&self, id: &str) -> worker::Result<Option<MailboxMail>> {
        let kept = self.cache()?.get(&format!("{MAIL}{id}")).text().await?;
        kept.map(|kept| call::read(&kept)).transpose()
    }

    /// The last mails, the latest first, up to so many.
    ///
    /// # Errors
    /// When the cache fails.
    pub async fn mails(&self, most: u64) -> worker::Result<Vec<MailboxMail>> {
        let listed = self.cache()?.list().prefix(LIST.to_owned()).limit(most).execute().await?;
        let ids = listed.keys.iter().filter_map(|key| key.name.rsplit_once(':'));
        let found = ids.map(|(_, id)| self.mail(id));
        let found = futures::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

impl Mailer for Mailbox<'_> {
    async fn send(&self, key: &str, letter: &Letter) -> Result<Taken, Refused> {
        let failed = |error: worker::Error| Refused::for_now(error.to_string());
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
