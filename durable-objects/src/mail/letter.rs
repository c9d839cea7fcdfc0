//! What a mail says: from what it is about, whose it is and when, to the letter that a sender takes.
//!
//! Promises, which the tests at the end hold every letter to, in every language:
//! - The one text in it that somebody typed is the deployment's name, which admins choose. So the first mail to an address
//!   that nobody confirmed carries no stranger's words, whoever has it sent.
//! - It leads nowhere but to the deployment, asks for nothing from anywhere, and does not tell that it was read.
//! - The same mail is the same letter each time it is written, so that a provider knows a repeat.

use voxora_domain::Millis;
use voxora_domain::wire::Language;
use voxora_store::mails::{Content, Link};
use voxora_store::one_time::Purpose;

use super::page::Page;
use super::words::{About, words};

/// A mail as a sender takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The name that it comes from.
    pub from_name: String,
    /// The address that it comes from.
    pub from: String,
    /// The address that it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// What every mail says about itself: no mailbox's automatic answer to it is wanted, and none is to be sent.
pub const HEADERS: [(&str, &str); 2] =
    [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];

/// Where mails come from and lead to.
#[derive(Debug, Clone, Copy)]
pub struct Office<'a> {
    /// The deployment's name.
    pub name: &'a str,
    /// The address that mails come from.
    pub from: &'a str,
    /// Where the deployment is, without a slash at the end.
    pub public_url: &'a str,
}

/// Whom a mail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Their address.
    pub to: String,
    /// Their language.
    pub language: Language,
    /// Their time zone, by its IANA name.
    pub time_zone: String,
}

/// Writes a moment as people of a language do, in a time zone: both by their names.
pub type Moment<'a> = &'a dyn Fn(Millis, &str, &str) -> String;

/// Writes a letter.
#[must_use]
pub fn letter(content: &Content, recipient: &Recipient, office: Office<'_>, moment: Moment<'_>) -> Letter {
    let words = words(recipient.language);
    let language = recipient.language.tag();
    let when = |at: Millis| moment(at, language, &recipient.time_zone);
    let (about, link): (&About, _) = match content {
        Content::Invitation(link) => (&words.invitation, Some((Purpose::Invitation, link))),
        Content::PasswordReset(link) => (&words.password_reset, Some((Purpose::PasswordReset, link))),
        Content::NewAddress(link) => (&words.new_address, Some((Purpose::EmailChange, link))),
        Content::NewDevice { .. } => (&words.new_device, None),
        Content::OldAddress => (&words.old_address, None),
        Content::Test => (&words.test, None),
    };
    let until = link.map(|(_, Link { until, .. })| when(until.0));
    let place = match (content, link) {
        (_, Some((purpose, Link { token, .. }))) => format!("#{}={token}", purpose.parameter()),
        (Content::NewDevice { .. } | Content::OldAddress, None) => ACCOUNT.to_owned(),
        (_, None) => String::new(),
    };
    let facts = match content {
        Content::NewDevice { device, place, at } => {
            let known = |fact: &Option<String>| fact.clone().unwrap_or_else(|| words.unknown.to_owned());
            vec![(words.device, known(device)), (words.place, known(place)), (words.time, when(at.0))]
        }
        _ => Vec::new(),
    };
    let fill = |text: &str| {
        // Each once, and the name last: what it says is not looked through.
        let text = text.replace("{until}", until.as_deref().unwrap_or_default());
        text.replace("{team}", office.name)
    };
    let all = |texts: &[&str]| texts.iter().map(|text| fill(text)).collect();
    let page = Page {
        language,
        subject: fill(about.subject),
        heading: fill(about.heading),
        body: all(about.body),
        facts,
        button: (about.button, format!("{}/dashboard/{place}", office.public_url)),
        by_hand: words.by_hand,
        note: all(about.note),
        footer: fill(words.footer),
    };
    Letter {
        from_name: office.name.to_owned(),
        from: office.from.to_owned(),
        to: recipient.to.clone(),
        text: page.text(),
        html: page.html(),
        subject: page.subject,
    }
}

/// Where in the dashboard people find their own sessions and password.
const ACCOUNT: &str = "#/settings/account";

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing
mod tests {
    use voxora_store::Time;

    use super::*;

    const NOON: Time = Time(1_795_348_800_000);
    const OFFICE: Office<'static> =
        Office { name: "Käse & Co", from: "team@example.com", public_url: "https://chat.example.com" };

    fn recipient(language: Language) -> Recipient {
        Recipient { to: "ada@example.com".to_owned(), language, time_zone: "Europe/Berlin".to_owned() }
    }

    fn contents() -> Vec<Content> {
        let link = Link { token: "ID.7.MAC".to_owned(), until: NOON };
        let known = |text: &str| Some(text.to_owned());
        vec![
            Content::Invitation(link.clone()),
            Content::PasswordReset(link.clone()),
            Content::NewDevice { device: known("Firefox · Windows"), place: known("Berlin, DE"), at: NOON },
            Content::NewDevice { device: None, place: None, at: NOON },
            Content::OldAddress,
            Content::NewAddress(link),
            Content::Test,
        ]
    }

    fn moment(at: Millis, language: &str, zone: &str) -> String {
        format!("<{at} {language} {zone}>")
    }

    fn write(content: &Content, language: Language, office: Office<'_>) -> Letter {
        letter(content, &recipient(language), office, &moment)
    }

    fn every_letter(office: Office<'_>) -> Vec<Letter> {
        let languages = Language::ALL.into_iter();
        languages
            .flat_map(|language| contents().into_iter().map(move |content| write(&content, language, office)))
            .collect()
    }

    #[test]
    fn a_letter_says_the_same_as_text_and_as_html() {
        for language in Language::ALL {
            for content in contents() {
                let letter = write(&content, language, OFFICE);
                assert!(letter.html.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(!letter.subject.contains(['\n', '\r', '<', '{', '}']), "{}", letter.subject);
                // Every line of the text is in the HTML.
                let mut shown = letter.html.clone();
                for (escaped, character) in
                    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
                {
                    shown = shown.replace(escaped, character);
                }
                for line in letter.text.lines().filter(|line| !line.is_empty() && *line != "-- ") {
                    for part in line.trim_end_matches(':').split(": ").take(1) {
                        assert!(shown.contains(part), "{part:?} is not in {shown}");
                    }
                }
                for text in [&letter.text, &letter.html] {
                    assert!(!text.contains(['{', '}']) || text.contains("<style>"), "{text}");
                    assert!(!text.contains("{team}") && !text.contains("{until}"), "{text}");
                }
                if let Content::Invitation(link) | Content::PasswordReset(link) | Content::NewAddress(link) =
                    &content
                {
                    // Behind the `#`, so that no server's log has it; and nowhere but in the link.
                    assert!(letter.text.contains("https://chat.example.com/dashboard/#"), "{}", letter.text);
                    assert_eq!(letter.text.matches(&link.token).count(), 1, "{}", letter.text);
                    assert!(letter.text.contains("<1795348800000"), "it says until when: {}", letter.text);
                }
            }
        }
    }

    /// All languages have all words, and fill in the same.
    #[test]
    fn languages_say_the_same_things() {
        fn shape(about: &About) -> Vec<[usize; 2]> {
            let texts = [about.subject, about.heading].into_iter().chain(about.body.iter().copied());
            let texts = texts.chain(about.note.iter().copied());
            texts.map(|text| ["{team}", "{until}"].map(|name| text.matches(name).count())).collect()
        }
        let shapes = |language| {
            let words = words(language);
            [
                &words.invitation,
                &words.password_reset,
                &words.new_device,
                &words.old_address,
                &words.new_address,
                &words.test,
            ]
            .map(shape)
        };
        for language in Language::ALL {
            assert_eq!(shapes(language), shapes(Language::En), "{language:?}");
        }
    }

    /// In French a blank stands before these; a line that ended there would begin with one of them.
    #[test]
    fn no_line_begins_with_a_mark() {
        for Letter { subject, text, html, .. } in every_letter(OFFICE) {
            let words = html.split_once("<body").map(|(_, words)| words).unwrap_or_default();
            for text in [subject.as_str(), text.as_str(), words] {
                for mark in [" :", " ;", " !", " ?", " »", "« "] {
                    assert!(!text.contains(mark), "{mark:?} in {text}");
                }
            }
        }
    }

    /// A mail asks for nothing: no picture that tells it was opened, no font, no sheet, no script; and leads nowhere else.
    #[test]
    fn no_mail_tracks_anybody() {
        for Letter { html, text, .. } in every_letter(OFFICE) {
            for word in [
                "<img",
                "<script",
                "<link",
                "<iframe",
                "<object",
                "url(",
                "@import",
                "@font-face",
                " src=",
                "srcset",
                "background=\"",
            ] {
                assert!(!html.contains(word), "{word} in {html}");
            }
            for text in [html, text] {
                for (place, _) in text.match_indices("http") {
                    let address = text.get(place..).unwrap_or_default();
                    assert!(address.starts_with("https://chat.example.com/dashboard/"), "{address}");
                }
            }
        }
    }

    /// The name is the only text that somebody typed; whatever it is, it stays text, and one line.
    #[test]
    fn a_name_is_no_markup() {
        let name = "<img src=x onerror=alert(1)>\"'&{until}";
        for letter in every_letter(Office { name, ..OFFICE }) {
            assert!(!letter.html.contains("<img") && !letter.html.contains("\"'&"), "{}", letter.html);
            assert!(
                letter.html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;{until}"),
                "{}",
                letter.html
            );
            assert!(letter.text.contains(name), "{}", letter.text);
        }
    }

    /// What a mail is made of has no place for words of the people that it is about, so that whoever has one sent to an address
    /// that nobody confirmed cannot write it. Not even that address is in it, which a stranger may have typed.
    #[test]
    fn the_first_mail_to_an_address_has_no_words_of_a_stranger() {
        for letter in every_letter(OFFICE) {
            for text in [&letter.subject, &letter.text, &letter.html] {
                assert!(!text.contains("ada@"), "{text}");
            }
        }
        // What a link carries is made of an id and of digits.
        let Content::Invitation(Link { token, until: Time(_) }) = contents().remove(0) else {
            panic!("the first is an invitation")
        };
        assert_eq!(token, "ID.7.MAC");
    }
}
