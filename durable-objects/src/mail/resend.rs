//! Resend, and whoever has an API of its shape: `POST /emails` with JSON, a key as bearer, and an idempotency key.
//!
//! | answer | what becomes of the mail |
//! |---|---|
//! | 2xx with an `id` | sent |
//! | 409 `invalid_idempotent_request` | sent: it was taken under this key before, when it read otherwise |
//! | 408, 409, 425, 429, 5xx, none in time, one that breaks off, a 2xx without an `id` | tried again, not before `Retry-After` |
//! | any other | given up: it says what is wrong with the mail, the address or the key |
//!
//! Whether a mail was taken whose answer was lost, nobody knows; tried again under its key it comes once.

use std::time::Duration;

use serde_json::{Value, json};
use voxora_data_api::client::{Broken, Post, Posted};
use voxora_domain::{Millis, json};

use super::{HEADERS, Letter, Mailer, Refused, Taken};
use crate::fetch;
use crate::time::within;

/// Where Resend's own API is.
const URL: &str = "https://api.resend.com";
/// How long an answer may take. A job has a longer breath, for the document store before and after.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer may be: it is an id, or a reason.
const ANSWER_BYTES: usize = 1 << 20;
/// How much of an answer is read as the reason, in characters.
const REASON: usize = 200;
/// The longest wait that is believed, in seconds.
const LONGEST_WAIT: i64 = 6 * 60 * 60;

pub struct Resend {
    url: String,
    key: String,
}

/// What came back.
struct Answer {
    status: u16,
    retry_after: Option<String>,
    body: String,
}

impl Resend {
    /// At this address, or at Resend's own.
    pub fn new(url: Option<String>, key: &str) -> Self {
        let url = url.filter(|url| !url.trim().is_empty()).unwrap_or_else(|| URL.to_owned());
        Self { url: url.trim().trim_end_matches('/').to_owned(), key: key.trim().to_owned() }
    }

    /// What comes back in time; else why nothing does.
    async fn exchange(&self, key: &str, letter: &Letter) -> Result<Answer, String> {
        let headers = [
            ("authorization", format!("Bearer {}", self.key)),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", key.to_owned()),
            ("user-agent", "voxora".to_owned()),
        ];
        let (url, body) = (format!("{}/emails", self.url), body(letter).to_string());
        let posted = fetch::post(Post { url: &url, headers: &headers, body: &body, most: ANSWER_BYTES });
        match within(PATIENCE, posted).await {
            Some(Ok(Posted { status, retry_after, body })) => {
                let body = String::from_utf8_lossy(&body).into_owned();
                Ok(Answer { status, retry_after, body })
            }
            Some(Err(Broken::NotReached(reason) | Broken::Off(reason))) => Err(reason),
            Some(Err(Broken::TooLarge)) => Err(format!("an answer of more than {ANSWER_BYTES} bytes")),
            None => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    fn understand(&self, answer: &Answer) -> Result<Taken, Refused> {
        let Answer { status, retry_after, body } = answer;
        let json: Value = json::parse(body).unwrap_or_default();
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        if (200..300).contains(status) {
            return match text("id").filter(|id| !id.is_empty()) {
                Some(id) => Ok(Taken { message_id: Some(id.to_owned()) }),
                None => Err(Refused::for_now(format!("HTTP {status} without the id of a mail"))),
            };
        }
        let name = text("name").unwrap_or_default();
        if *status == 409 && name == "invalid_idempotent_request" {
            return Ok(Taken { message_id: None });
        }
        let said = text("message").unwrap_or_default().replace(&self.key, "…");
        let said: String = said.chars().take(REASON).collect();
        let reason = [format!("HTTP {status}"), name.to_owned(), said].join(" ").trim().to_owned();
        match status {
            408 | 409 | 425 | 429 | 500.. => {
                Err(Refused::ForNow { reason, after: retry_after.as_deref().and_then(wait) })
            }
            _ => Err(Refused::ForGood(reason)),
        }
    }
}

/// What `Retry-After` asks for, in milliseconds. Its other form, a date, depends on whose clock is right and is not followed.
fn wait(retry_after: &str) -> Option<Millis> {
    let seconds: i64 = retry_after.trim().parse().ok()?;
    (seconds >= 0).then(|| seconds.min(LONGEST_WAIT) * 1_000)
}

/// A name and an address as a header of a mail says them; letters beyond ASCII are the provider's matter.
fn mailbox(name: &str, address: &str) -> String {
    format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn body(letter: &Letter) -> Value {
    let headers: serde_json::Map<_, _> =
        HEADERS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "from": mailbox(&letter.from_name, &letter.from),
        "to": [letter.to],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": headers,
    })
}

impl Mailer for Resend {
    async fn send(&self, key: &str, letter: &Letter) -> Result<Taken, Refused> {
        match self.exchange(key, letter).await {
            Ok(answer) => self.understand(&answer),
            Err(reason) => {
                let reason = reason.lines().next().unwrap_or_default().replace(&self.key, "…");
                Err(Refused::for_now(reason.chars().take(REASON).collect::<String>()))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use super::*;

    fn understand(status: u16, retry_after: Option<&str>, body: &str) -> Result<Taken, Refused> {
        let answer = Answer { status, retry_after: retry_after.map(str::to_owned), body: body.to_owned() };
        Resend::new(None, "re_secret").understand(&answer)
    }

    #[test]
    fn an_answer_with_an_id_is_the_only_word_that_a_mail_was_taken() {
        let taken = |id: &str| Ok(Taken { message_id: Some(id.to_owned()) });
        assert_eq!(understand(200, None, r#"{"id":"m-1"}"#), taken("m-1"));
        assert_eq!(understand(201, None, r#"{"id":"m-1","more":[]}"#), taken("m-1"));
        for lie in ["", "OK", "{}", r#"{"id":7}"#, r#"{"id":""}"#, "<html>", r#"["id"]"#] {
            assert!(matches!(understand(200, None, lie), Err(Refused::ForNow { .. })), "{lie}");
        }
        // The first try was taken, and its answer lost; the mail reads otherwise since.
        let again = r#"{"statusCode":409,"name":"invalid_idempotent_request","message":"…"}"#;
        assert_eq!(understand(409, None, again), Ok(Taken { message_id: None }));
    }

    #[test]
    fn a_refusal_is_final_unless_it_is_about_the_moment() {
        let later = |status, retry_after| match understand(status, retry_after, "no").unwrap_err() {
            Refused::ForNow { after, .. } => Some(after),
            Refused::ForGood(_) => None,
        };
        for status in [408, 409, 425, 429, 500, 502, 503, 504, 599] {
            assert_eq!(later(status, None), Some(None), "{status}");
        }
        for status in [301, 302, 400, 401, 403, 404, 405, 413, 422, 451] {
            assert_eq!(later(status, Some("5")), None, "{status}");
        }
        assert_eq!(later(429, Some(" 120 ")), Some(Some(120_000)));
        assert_eq!(later(503, Some("0")), Some(Some(0)));
        for nonsense in ["-5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "", "99999999999999999999"] {
            assert_eq!(later(429, Some(nonsense)), Some(None), "{nonsense}");
        }
        // Nobody is kept waiting for a year.
        assert_eq!(later(429, Some("31536000")), Some(Some(LONGEST_WAIT * 1_000)));
    }

    #[test]
    fn a_reason_is_what_was_said_and_never_the_key() {
        let said = r#"{"statusCode":403,"name":"invalid_api_key","message":"re_secret is no key"}"#;
        let refused = Refused::ForGood("HTTP 403 invalid_api_key … is no key".to_owned());
        assert_eq!(understand(403, None, said), Err(refused));
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(100_000));
        let Err(Refused::ForGood(reason)) = understand(400, None, &long) else { unreachable!() };
        assert!(reason.chars().count() < REASON + 20, "{}", reason.len());
    }

    #[test]
    fn a_name_cannot_break_out_of_its_quotes() {
        assert_eq!(mailbox("Käse & Co", "a@b.c"), "\"Käse & Co\" <a@b.c>");
        assert_eq!(mailbox("\" <eve@evil.com>, \\", "a@b.c"), "\"\\\" <eve@evil.com>, \\\\\" <a@b.c>");
    }

    #[test]
    fn an_address_is_taken_with_or_without_a_slash() {
        for (given, url) in
            [(None, URL), (Some(""), URL), (Some(" http://127.0.0.1:9/x/ "), "http://127.0.0.1:9/x")]
        {
            assert_eq!(Resend::new(given.map(str::to_owned), "").url, url);
        }
    }
}
