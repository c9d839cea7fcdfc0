//! What a mail says: from what it is about, whose it is and when, to the letter that a sender takes.
//!
//! Promises, which the tests at the end hold every letter to, in every language:
//! - The one text in it that somebody typed is the deployment's name, which admins choose. So the first mail to an address
//!   that nobody confirmed carries no stranger's words, whoever has it sent.
//! - It leads nowhere but to the deployment, asks for nothing from anywhere, and does not tell that it was read.
//! - The same mail is the same letter each time it is written, so that a provider knows a repeat.

use voxora_domain::Millis;
use voxora_domain::wire::Language;

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

/// What a mail is about. A token is what its link carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An invitation to the team.
    Invitation { token: String, until: Millis },
    /// A link to choose a new password.
    PasswordReset { token: String, until: Millis },
    /// A device signed in that the account had not seen before; what is known of it, in words that nobody typed.
    NewDevice { device: Option<String>, place: Option<String>, at: Millis },
    /// To the address that an account has: it is to get another one.
    OldAddress,
    /// To the address that an account is to get.
    NewAddress { token: String, until: Millis },
    /// What an admin sends to see whether mail works.
    Test,
}

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
pub fn letter(message: &Message, recipient: &Recipient, office: Office<'_>, moment: Moment<'_>) -> Letter {
    let words = words(recipient.language);
    let language = recipient.language.tag();
    let when = |at: &Millis| moment(*at, language, &recipient.time_zone);
    let link = |place: &str| format!("{}/dashboard/#{place}", office.public_url);
    let (about, link, until): (&About, _, _) = match message {
        Message::Invitation { token, until } => {
            (&words.invitation, link(&format!("invitation={token}")), Some(when(until)))
        }
        Message::PasswordReset { token, until } => {
            (&words.password_reset, link(&format!("reset={token}")), Some(when(until)))
        }
        Message::NewDevice { .. } => (&words.new_device, link(ACCOUNT), None),
        Message::OldAddress => (&words.old_address, link(ACCOUNT), None),
        Message::NewAddress { token, until } => {
            (&words.new_address, link(&format!("email={token}")), Some(when(until)))
        }
        Message::Test => (&words.test, link(""), None),
    };
    let facts = match message {
        Message::NewDevice { device, place, at } => {
            let known = |fact: &Option<String>| fact.clone().unwrap_or_else(|| words.unknown.to_owned());
            vec![(words.device, known(device)), (words.place, known(place)), (words.time, when(at))]
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
        button: (about.button, link.trim_end_matches('#').to_owned()),
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
const ACCOUNT: &str = "/settings/account";

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing
mod tests {
    use super::*;

    const OFFICE: Office<'static> =
        Office { name: "Käse & Co", from: "team@example.com", public_url: "https://chat.example.com" };

    fn recipient(language: Language) -> Recipient {
        Recipient { to: "ada@example.com".to_owned(), language, time_zone: "Europe/Berlin".to_owned() }
    }

    fn messages() -> Vec<Message> {
        let (token, until) = ("ID.7.MAC".to_owned(), 1_795_348_800_000);
        vec![
            Message::Invitation { token: token.clone(), until },
            Message::PasswordReset { token: token.clone(), until },
            Message::NewDevice {
                device: Some("Firefox · Windows".to_owned()),
                place: Some("Berlin, DE".to_owned()),
                at: until,
            },
            Message::NewDevice { device: None, place: None, at: until },
            Message::OldAddress,
            Message::NewAddress { token, until },
            Message::Test,
        ]
    }

    fn moment(at: Millis, language: &str, zone: &str) -> String {
        format!("<{at} {language} {zone}>")
    }

    fn write(message: &Message, language: Language, office: Office<'_>) -> Letter {
        letter(message, &recipient(language), office, &moment)
    }

    fn every_letter(office: Office<'_>) -> Vec<Letter> {
        let languages = Language::ALL.into_iter();
        languages.flat_map(|language| messages().into_iter().map(move |message| write(&message, language, office))).collect()
    }

    #[test]
    fn a_letter_says_the_same_as_text_and_as_html() {
        for language in Language::ALL {
            for message in messages() {
                let letter = write(&message, language, OFFICE);
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
                if let Message::Invitation { token, .. } | Message::PasswordReset { token, .. } | Message::NewAddress { token, .. } = &message {
                    // Behind the `#`, so that no server's log has it; and nowhere but in the link.
                    assert!(letter.text.contains(&format!("https://chat.example.com/dashboard/#")), "{}", letter.text);
                    assert_eq!(letter.text.matches(token.as_str()).count(), 1, "{}", letter.text);
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

    /// A mail asks for nothing: no picture that tells it was opened, no font, no sheet, no script; and leads nowhere else.
    #[test]
    fn no_mail_tracks_anybody() {
        for Letter { html, text, .. } in every_letter(OFFICE) {
            for word in
                ["<img", "<script", "<link", "<iframe", "<object", "url(", "@import", "@font-face", " src=", "srcset", "background=\""]
            {
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
            assert!(letter.html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;{until}"), "{}", letter.html);
            assert!(letter.text.contains(name), "{}", letter.text);
        }
    }

    /// Whoever has a mail sent to an address that nobody confirmed cannot write it: it is the same letter whoever they are
    /// and whatever they are called, but for the token, which is made of ids and digits.
    #[test]
    fn the_first_mail_to_an_address_has_no_words_of_a_stranger() {
        for language in Language::ALL {
            let (first, second) = (recipient(language), recipient(language));
            for message in messages() {
                let message_again = message.clone();
                assert_eq!(letter(&message, &first, OFFICE, &moment), letter(&message_again, &second, OFFICE, &moment));
                // Not even the address that it goes to, which a stranger may have typed.
                let letter = letter(&message, &first, OFFICE, &moment);
                assert!(!letter.text.contains("ada@") && !letter.html.contains("ada@"), "{}", letter.text);
            }
        }
    }
}
