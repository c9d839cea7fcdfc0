//! Mails that a server did not send, but kept for `/dev/mail`, as every test server does.

use voxora_domain::wire::{List, MailboxMail};

use crate::{Api, Server, eventually};

/// The mails that came so far, the latest first.
pub async fn mails(server: &Server) -> Vec<MailboxMail> {
    Api::anonymous(server).get("/dev/mail").await.ok::<List<MailboxMail>>(200).items
}

/// The latest mail to an address with this in its subject, once there is one.
pub async fn mail(server: &Server, to: &str, subject: &str) -> MailboxMail {
    let is_it = |mail: &MailboxMail| mail.header("To") == to && mail.header("Subject").contains(subject);
    eventually(async || mails(server).await.into_iter().find(is_it)).await
}

/// Where the button of a mail leads.
#[must_use]
pub fn link_in(mail: &MailboxMail) -> String {
    let link = mail.text.lines().find(|line| line.starts_with("http"));
    link.unwrap_or_else(|| panic!("there is no link in {mail:?}")).to_owned()
}
