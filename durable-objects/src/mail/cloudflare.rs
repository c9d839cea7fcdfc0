//! Cloudflare's Email Service, by its binding. It makes the message itself, of the parts of a letter.
//!
//! It knows no idempotency key: where its answer is lost, the mail comes twice.

use js_sys::{JsString, Object, Reflect};
use wasm_bindgen::JsValue;
use worker::Env;
use worker::email::{EmailAddress, SendEmail, SendEmailBuilder};

use super::{HEADERS, Letter, Mailer, Refused, Taken};

const BINDING: &str = "EMAIL";
/// Its codes for what may work another time. Every other one says that the mail, or the deployment, is not as it must be.
const FOR_NOW: [&str; 4] =
    ["E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED", "E_INTERNAL_SERVER_ERROR", "E_DELIVERY_FAILED"];

pub struct Cloudflare(SendEmail);

impl Cloudflare {
    /// The binding, where the deployment has it.
    pub fn of(env: &Env) -> Option<Self> {
        env.send_email(BINDING).ok().map(Self)
    }
}

impl Mailer for Cloudflare {
    async fn send(&self, _: &str, letter: &Letter) -> Result<Taken, Refused> {
        let from = EmailAddress::new(&letter.from_name, &letter.from);
        let headers = Object::<JsString>::new_typed();
        for (name, value) in HEADERS {
            // It fails for objects that are frozen.
            let _ = Reflect::set(&headers, &name.into(), &value.into());
        }
        let message =
            SendEmailBuilder::builder_with_email_address_and_str(&from, &letter.to, &letter.subject)
                .text(&letter.text)
                .html(&letter.html)
                .headers(&headers)
                .build();
        match self.0.send_with_builder(&message).await {
            Ok(answer) => {
                let id = Reflect::get(&answer, &JsValue::from_str("messageId")).ok();
                Ok(Taken { message_id: id.and_then(|id| id.as_string()) })
            }
            Err(error) => {
                let code = Reflect::get(&error, &JsValue::from_str("code")).ok();
                Err(refused(
                    code.and_then(|code| code.as_string()).as_deref(),
                    &String::from(error.message()),
                ))
            }
        }
    }
}

fn refused(code: Option<&str>, message: &str) -> Refused {
    match code {
        Some(code) if code.starts_with("E_") && !FOR_NOW.contains(&code) => {
            Refused::ForGood(format!("{code}: {message}"))
        }
        Some(code) => Refused::for_now(format!("{code}: {message}")),
        None => Refused::for_now(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_work_another_time_is_tried_again() {
        for code in [Some("E_RATE_LIMIT_EXCEEDED"), Some("E_INTERNAL_SERVER_ERROR"), Some("ECONNRESET"), None]
        {
            assert!(matches!(refused(code, "no"), Refused::ForNow { .. }), "{code:?}");
        }
        for code in ["E_SENDER_NOT_VERIFIED", "E_RECIPIENT_SUPPRESSED", "E_VALIDATION_ERROR"] {
            assert_eq!(refused(Some(code), "no"), Refused::ForGood(format!("{code}: no")));
        }
    }
}
