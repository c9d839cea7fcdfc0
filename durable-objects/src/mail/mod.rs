//! Sending mail: the port, and the three who take mails.
//!
//! | `MAIL_SENDER` | who takes them | needs |
//! |---|---|---|
//! | `cloudflare` | Cloudflare's Email Service, by the binding `EMAIL` | a domain that is set up there |
//! | `resend` | Resend, or who has an API of its shape at `MAIL_API_URL` | the secret `MAIL_API_KEY` |
//! | `mailbox` | nobody: they are kept for `/dev/mail` | a machine of one's own; `cargo xtask dev` sets it |
//!
//! All need `PUBLIC_URL`, where links lead: never the host that a request names, which whoever asks for somebody's new
//! password could choose. Mails are sent by jobs (`crate::jobs`), which try again; a sender tries once.

mod cloudflare;
mod letter;
pub mod mailbox;
mod page;
mod resend;
mod words;

pub use letter::{HEADERS, Letter, Moment, Office, Recipient, letter};
pub use page::escaped;

use voxora_domain::Millis;
use voxora_domain::wire::{MailNeed, MailSender};
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::send::IntoSendFuture as _;

/// Somebody took a mail; the id they gave it, if they gave any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id.
    pub message_id: Option<String>,
}

/// Why nobody took a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// They never will.
    ForGood(String),
    /// They may another time; not before so many milliseconds, where they said so. Whether they have it, nobody knows.
    ForNow {
        /// Why.
        reason: String,
        /// How long to wait at least.
        after: Option<Millis>,
    },
}

impl Refused {
    fn for_now(reason: impl Into<String>) -> Self {
        Self::ForNow { reason: reason.into(), after: None }
    }
}

/// Who takes mails.
pub trait Mailer {
    /// Hands a mail over, once. The key is the mail's name: who has taken one under it before takes it again and sends nothing.
    fn send(&self, key: &str, letter: &Letter) -> impl Future<Output = Result<Taken, Refused>>;
}

/// What a deployment's variables say of mail.
#[derive(Debug, Clone)]
pub struct Post {
    /// Who takes mails.
    pub sender: Option<MailSender>,
    /// Where links lead, without a slash at the end.
    pub public_url: Option<String>,
    /// What is missing.
    pub missing: Vec<MailNeed>,
}

impl Post {
    /// Reads the variables.
    #[must_use]
    pub fn read(env: &Env) -> Self {
        let text = |name: &str| env.var(name).ok().map(|value| value.to_string());
        Self::of(text, || cloudflare::Cloudflare::of(env).is_some())
    }

    fn of(text: impl Fn(&str) -> Option<String>, has_binding: impl Fn() -> bool) -> Self {
        let text = |name| text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let wanted = text("MAIL_SENDER");
        let sender = MailSender::ALL.into_iter().find(|sender| wanted.as_deref() == Some(sender.name()));
        let public_url = text("PUBLIC_URL").as_deref().and_then(address);
        let lacks = [
            (sender.is_none(), MailNeed::Sender),
            (sender == Some(MailSender::Cloudflare) && !has_binding(), MailNeed::Binding),
            (sender == Some(MailSender::Resend) && text("MAIL_API_KEY").is_none(), MailNeed::Key),
            (public_url.is_none(), MailNeed::PublicUrl),
        ];
        let missing = lacks.into_iter().filter_map(|(lacks, need)| lacks.then_some(need)).collect();
        Self { sender, public_url, missing }
    }

    /// The address that mails come from: the one that is set, or, in the mailbox of whoever develops the product, any.
    #[must_use]
    pub fn from(&self, set: Option<String>) -> Option<String> {
        let any = || (self.sender == Some(MailSender::Mailbox)).then(|| "no-reply@voxora.test".to_owned());
        set.or_else(any)
    }
}

/// An address of this deployment as links begin with it: encrypted, unless it is on this machine.
fn address(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#', '@']).next()?;
    let is_plain =
        rest == host && !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_safe = scheme == "https" || (scheme == "http" && is_loopback(host));
    (is_plain && is_safe).then(|| text.to_owned())
}

/// Whether a host, with or without a port, is the machine itself.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// The deployment's own sender, by its variables.
impl Mailer for Env {
    async fn send(&self, key: &str, letter: &Letter) -> Result<Taken, Refused> {
        let text = |name: &str| self.var(name).ok().map(|value| value.to_string());
        let lacks = |what: &str| Refused::for_now(format!("{what} is not set"));
        match Post::read(self).sender {
            None => Err(lacks("MAIL_SENDER")),
            Some(MailSender::Cloudflare) => {
                let sender = cloudflare::Cloudflare::of(self).ok_or_else(|| lacks("the binding EMAIL"))?;
                sender.send(key, letter).into_send().await
            }
            Some(MailSender::Resend) => {
                let api_key = text("MAIL_API_KEY").ok_or_else(|| lacks("MAIL_API_KEY"))?;
                resend::Resend::new(text("MAIL_API_URL"), api_key).send(key, letter).into_send().await
            }
            Some(MailSender::Mailbox) => mailbox::Mailbox(self).send(key, letter).into_send().await,
        }
    }
}

#[wasm_bindgen(module = "/src/mail.js")]
extern "C" {
    /// A moment as people of a language write it, in a time zone.
    #[wasm_bindgen(js_name = moment)]
    fn js_moment(at: f64, language: &str, time_zone: &str) -> String;
}

/// A moment as people of a language write it, in a time zone.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
pub fn moment(at: Millis, language: &str, time_zone: &str) -> String {
    js_moment(at as f64, language, time_zone)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use super::*;

    fn post(variables: &[(&str, &str)], binding: bool) -> Post {
        let text = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        Post::of(text, || binding)
    }

    #[test]
    fn what_is_missing_is_named() {
        let url = ("PUBLIC_URL", "https://chat.example.com/");
        for (variables, binding, missing) in [
            (&[][..], true, &[MailNeed::Sender, MailNeed::PublicUrl][..]),
            (&[("MAIL_SENDER", "pigeon"), url], true, &[MailNeed::Sender]),
            (&[("MAIL_SENDER", "cloudflare"), url], false, &[MailNeed::Binding]),
            (&[("MAIL_SENDER", "cloudflare"), url], true, &[]),
            (&[("MAIL_SENDER", "resend")], false, &[MailNeed::Key, MailNeed::PublicUrl]),
            (&[("MAIL_SENDER", "resend"), ("MAIL_API_KEY", "re_1"), url], false, &[]),
            (&[("MAIL_SENDER", " mailbox "), url], false, &[]),
        ] {
            assert_eq!(post(variables, binding).missing, missing, "{variables:?}");
        }
        assert_eq!(post(&[url], true).public_url.as_deref(), Some("https://chat.example.com"));
    }

    #[test]
    fn links_lead_to_an_encrypted_address_or_to_this_machine() {
        for good in [
            "https://chat.example.com",
            "https://chat.example.com:8443",
            "http://127.0.0.1:8787",
            "http://[::1]:1",
        ] {
            assert_eq!(address(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "chat.example.com",
            "http://chat.example.com",
            "javascript://alert",
            "https://",
            "https://a b",
            "https://example.com/path",
            "https://user@example.com",
            "https://example.com?x",
            "http://127.0.0.1.example.com",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_mailbox_makes_up_an_address() {
        let post_of = |sender| post(&[("MAIL_SENDER", sender)], true);
        assert!(post_of("mailbox").from(None).is_some());
        assert_eq!(post_of("resend").from(None), None);
        assert_eq!(post_of("resend").from(Some("a@b.c".to_owned())).as_deref(), Some("a@b.c"));
    }
}
