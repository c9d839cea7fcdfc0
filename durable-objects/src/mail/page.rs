//! How a mail is drawn: one content, as plain text and as HTML.
//!
//! The HTML asks for nothing: no image, no font, no script, no address but those of its links. Mail programs know tables and
//! styles in line; those that follow the system's dark mode read the sheet, those that turn colours around by themselves find
//! every text on a ground of its own.

use std::fmt::Write as _;

/// What a mail says, of texts as people read them: nothing is escaped yet.
pub(super) struct Page {
    /// The language's tag.
    pub language: &'static str,
    pub subject: String,
    pub heading: String,
    pub body: Vec<String>,
    /// What is told line by line: what it is, and how it is.
    pub facts: Vec<(&'static str, String)>,
    /// What the button says, and where it leads.
    pub button: (&'static str, String),
    /// Before the address of the button, written out.
    pub by_hand: &'static str,
    pub note: Vec<String>,
    pub footer: String,
}

impl Page {
    /// As plain text.
    pub fn text(&self) -> String {
        let (label, link) = &self.button;
        let facts: Vec<_> = self.facts.iter().map(|(what, how)| format!("{what}: {how}")).collect();
        let facts = (!facts.is_empty()).then(|| facts.join("\n"));
        let mut parts = vec![self.heading.clone()];
        parts.extend(self.body.iter().cloned());
        parts.extend(facts);
        parts.push(format!("{label}:\n{link}"));
        parts.extend(self.note.iter().cloned());
        // What mail programs know as the line before a signature.
        format!("{}\n\n-- \n{}\n", parts.join("\n\n"), self.footer)
    }

    /// As a document of HTML.
    pub fn html(&self) -> String {
        let mut main = String::new();
        element(&mut main, "h1", H1, &self.heading);
        for text in &self.body {
            element(&mut main, "p", P, text);
        }
        if !self.facts.is_empty() {
            main.push_str("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 20px\">");
            for (what, how) in &self.facts {
                main.push_str("<tr>");
                element(&mut main, "td", FACT, what);
                element(&mut main, "td", FACT_VALUE, how);
                main.push_str("</tr>");
            }
            main.push_str("</table>");
        }
        let (label, link) = (escaped(self.button.0), escaped(&self.button.1));
        // Writing to a text cannot fail.
        let _ = write!(
            main,
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 24px\"><tr>\
             <td class=\"b\" bgcolor=\"#3b4fd8\" style=\"border-radius:8px;background:#3b4fd8\">\
             <a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;font-weight:600;color:#ffffff;text-decoration:none\">{label}</a>\
             </td></tr></table>"
        );
        for text in &self.note {
            element(&mut main, "p", P, text);
        }
        let _ = write!(
            main,
            "<p class=\"q\" style=\"margin:24px 0 0;font-size:13px;color:#5a6272\">{}<br>\
             <a class=\"l\" href=\"{link}\" style=\"color:#3b4fd8;overflow-wrap:anywhere;word-break:break-word\">{link}</a></p>",
            escaped(self.by_hand),
        );
        format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
             <title>{subject}</title>\n<style>{SHEET}</style>\n</head>\n\
             <body class=\"g\" style=\"margin:0;padding:0;background:#f7f8fa\">\n\
             <table class=\"g\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" bgcolor=\"#f7f8fa\" style=\"background:#f7f8fa\">\
             <tr><td align=\"center\" style=\"padding:24px 12px\">\n\
             <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:560px;font:16px/1.5 {FONT}\">\
             <tr><td class=\"c\" bgcolor=\"#ffffff\" style=\"padding:32px;text-align:start;background:#ffffff;border:1px solid #e1e4ea;border-radius:12px;color:#191c22\">\n\
             {main}\n</td></tr><tr>\
             <td class=\"q f\" style=\"padding:16px 32px 0;text-align:start;font-size:13px;color:#5a6272\">{footer}</td></tr></table>\n\
             </td></tr></table>\n</body>\n</html>\n",
            language = self.language,
            subject = escaped(&self.subject),
            footer = escaped(&self.footer),
        )
    }
}

const FONT: &str = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
/// The colours of the product's other pages, for the dark; and less around the words, where there is little room for them.
const SHEET: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
    @media (prefers-color-scheme:dark){.g{background:#101216!important}\
    .c{background:#16191f!important;border-color:#2a2f39!important;color:#e8eaef!important}\
    .q{color:#a2aab8!important}.l{color:#a3b0ff!important}}\
    @media (max-width:480px){.c{padding:24px 20px!important}.f{padding:16px 20px 0!important}}";

const H1: &str = " style=\"margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:700\"";
const P: &str = " style=\"margin:0 0 16px\"";
const FACT: &str = " class=\"q\" valign=\"top\" style=\"padding:0 16px 4px 0;font-size:15px;color:#5a6272;white-space:nowrap\"";
const FACT_VALUE: &str = " valign=\"top\" style=\"padding:0 0 4px;font-size:15px\"";

fn element(out: &mut String, name: &str, attributes: &str, text: &str) {
    let _ = write!(out, "<{name}{attributes}>{}</{name}>", escaped(text));
}

/// A text as HTML shows it, in an element and in an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}
