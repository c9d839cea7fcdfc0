//! The mailbox of whoever develops the product: what was sent, as text, as HTML, and with its headers.
//!
//! It is there where `MAIL_SENDER` is `mailbox`, which `cargo xtask dev` sets, and for requests to this machine alone: links to
//! choose a password are in it. Anywhere else there is no such address.

use std::fmt::Write;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use voxora_domain::wire::{List, MailSender, MailboxMail};
use voxora_durable_objects::mail::{escaped, is_loopback};

use crate::app::App;
use crate::error::AppError;
use crate::http::extract::{Call, Extract};
use crate::http::json::Json;
use crate::http::params::Named;

/// How many mails the list has.
const MAILS: u32 = 100;
/// Mails have styles in line; nothing of one is run, and nothing is fetched for it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/// Says that the mailbox is there for this request.
pub struct OnThisMachine;

impl Extract for OnThisMachine {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let is_here = call.parts.uri.authority().is_some_and(|authority| is_loopback(authority.as_str()));
        if is_here && call.app.mail().post().sender == Some(MailSender::Mailbox) {
            Ok(Self)
        } else {
            Err(AppError::not_found("page or route"))
        }
    }
}

/// `GET /dev/mail`
pub async fn list(app: App, _: OnThisMachine, headers: HeaderMap) -> Result<Response, AppError> {
    let mails = app.mail().mailbox().mails(MAILS).await.map_err(AppError::unavailable)?;
    if !wants_page(&headers) {
        return Ok(Json(List { items: mails, next_cursor: None }).into_response());
    }
    let mut rows = String::new();
    for mail in &mails {
        let cells = [mail.header("To"), mail.header("Subject")].map(escaped);
        let [to, subject] = cells;
        let id = escaped(&mail.id);
        let _ = write!(rows, "<tr><td>{to}</td><td><a href=\"/dev/mail/{id}\">{subject}</a></td></tr>");
    }
    let body = if mails.is_empty() {
        "<p>No mail was sent yet.</p>".to_owned()
    } else {
        format!("<table><thead><tr><th>To</th><th>Subject</th></tr></thead><tbody>{rows}</tbody></table>")
    };
    Ok(page("Mailbox", &format!("<h1>Mailbox</h1>{body}")))
}

/// `GET /dev/mail/{id}`
pub async fn show(
    app: App,
    _: OnThisMachine,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let mail = app.mail().mailbox().mail(&id).await.map_err(AppError::unavailable)?;
    let mail = mail.ok_or_else(|| AppError::not_found("mail"))?;
    if !wants_page(&headers) {
        return Ok(Json(mail).into_response());
    }
    Ok(page(mail.header("Subject"), &shown(&mail)))
}

fn shown(mail: &MailboxMail) -> String {
    let mut headers = String::new();
    for [name, value] in &mail.headers {
        let _ = write!(headers, "<tr><th>{}</th><td>{}</td></tr>", escaped(name), escaped(value));
    }
    let mut text = String::new();
    for line in mail.text.lines() {
        let line = escaped(line);
        let _ = if line.starts_with("http") {
            writeln!(text, "<a href=\"{line}\">{line}</a>")
        } else {
            writeln!(text, "{line}")
        };
    }
    // Links open beside this page: the frame may not leave itself.
    let html = escaped(&mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1));
    format!(
        "<p><a href=\"/dev/mail\">Mailbox</a></p><h1>{subject}</h1><table>{headers}</table>\
         <h2>HTML</h2><iframe title=\"The mail as HTML\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"{html}\"></iframe>\
         <h2>Text</h2><pre>{text}</pre>",
        subject = escaped(mail.header("Subject")),
    )
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

const STYLE: &str = ":root{color-scheme:light dark}body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
    table{border-collapse:collapse;width:100%}th,td{padding:.25rem .75rem .25rem 0;text-align:start;vertical-align:top;overflow-wrap:anywhere}\
    th{white-space:nowrap;width:1%}iframe{width:100%;height:44rem;border:1px solid;border-radius:.5rem;resize:vertical}\
    pre{white-space:pre-wrap;overflow-wrap:anywhere}\
    @media(width<40rem){thead{display:none}tr,th,td{display:block;width:auto}tr{padding-block:.375rem}th,td{padding:0}}";

fn page(title: &str, main: &str) -> Response {
    let title = escaped(title);
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{main}</main></body></html>"
    );
    let mut response = Html(page).into_response();
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "Mails that a deployment under development did not send, on the machine that it runs on. Elsewhere these addresses do \
                 not exist.";
    Resource::new("Mailbox", about)
        .route(
            Operation::new("mailbox.list", "List what was not sent")
                .about("The latest first; there is one page. A browser is given a page to look at.")
                .gives::<List<MailboxMail>>(200, "The mails.", json!({ "items": [] }))
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("mailbox.show", "Show a mail")
                .place("id", "The mail's id, as the list has it.", example::MAIL)
                .gives::<MailboxMail>(200, "The mail.", example::mailbox_mail())
                .refuses(&[NotFound]),
        )
}
