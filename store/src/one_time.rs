//! Tokens that do one thing, once: accept an invitation, reset a password, confirm an address.
//!
//! A token is `id.generation.signature`: which document it is of, and which of that document's generations, signed with the
//! deployment's secret over words that no other token of ours begins with. So the store keeps nothing from which a token can
//! be made, a job need only carry id and generation, and whoever may see a link again is given the same one again. That it is
//! used once, and for how long, is the document's state, changed by compare and swap; a generation that was raised makes every
//! earlier token worthless.

use uuid::Uuid;
use voxora_domain::access::Keys;

/// The longest token that is looked at, in bytes: ours have at most 100.
const TOKEN_BYTES: usize = 200;

/// What a token is good for. None can stand in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Accepts an invitation.
    Invitation,
    /// Sets another password.
    PasswordReset,
    /// Confirms another address.
    EmailChange,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password reset",
            Self::EmailChange => "e-mail change",
        }
    }

    /// What a link calls its token, behind the `#`: browsers keep that to themselves, so no server's log has a token.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "reset",
            Self::EmailChange => "email",
        }
    }
}

/// What a good token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneTime {
    /// The document.
    pub id: Uuid,
    /// Which of its generations.
    pub generation: u64,
}

impl OneTime {
    /// The token as text.
    #[must_use]
    pub fn text(self, purpose: Purpose, keys: &Keys) -> String {
        format!("{}.{}.{}", self.id.hyphenated(), self.generation, keys.sign(self.message(purpose)))
    }

    /// Reads a token that somebody brings; `None` where it is not one that these keys have signed for this purpose.
    #[must_use]
    pub fn read(purpose: Purpose, text: &str, keys: &Keys) -> Option<Self> {
        if text.len() > TOKEN_BYTES {
            return None;
        }
        let (named, signature) = text.rsplit_once('.')?;
        let (id, generation) = named.split_once('.')?;
        let token = Self { id: Uuid::try_parse(id).ok()?, generation: generation.parse().ok()? };
        // A token has one spelling.
        let is_so_spelt = named == format!("{}.{}", token.id.hyphenated(), token.generation);
        (is_so_spelt && keys.verify(token.message(purpose), signature)).then_some(token)
    }

    fn message(self, purpose: Purpose) -> String {
        format!("voxora {}\n{}\n{}", purpose.name(), self.id.hyphenated(), self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new("a secret of the tests that is long enough", None)
    }

    const TOKEN: OneTime = OneTime { id: Uuid::from_u128(7), generation: 3 };

    #[test]
    fn a_token_is_good_for_its_purpose_its_document_and_its_generation_alone() {
        let text = TOKEN.text(Purpose::Invitation, &keys());
        assert_eq!(OneTime::read(Purpose::Invitation, &text, &keys()), Some(TOKEN));
        assert_eq!(text, TOKEN.text(Purpose::Invitation, &keys()), "a link can be shown again");
        for other in [Purpose::PasswordReset, Purpose::EmailChange] {
            assert_eq!(OneTime::read(other, &text, &keys()), None);
            assert_ne!(TOKEN.text(other, &keys()), text);
        }
        assert_eq!(
            OneTime::read(Purpose::Invitation, &text, &Keys::new("another secret of the tests", None)),
            None
        );
        let signature = text.rsplit_once('.').unwrap().1;
        let id = TOKEN.id;
        for forged in [
            String::new(),
            signature.to_owned(),
            format!("{id}.3"),
            format!("{id}.3."),
            format!("{id}.4.{signature}"),
            format!("{id}.03.{signature}"),
            format!("{id}.+3.{signature}"),
            format!("{}.3.{signature}", Uuid::from_u128(8)),
            format!("{}.3.{signature}", id.simple()),
            format!("{text}x"),
            format!("{text}."),
            format!("{id}.3.{}", signature.to_lowercase()),
            "x".repeat(10_000),
        ] {
            assert_eq!(OneTime::read(Purpose::Invitation, &forged, &keys()), None, "{forged}");
        }
    }

    #[test]
    fn a_token_outlives_one_change_of_the_secret() {
        let (first, second, third) = ("a secret of the tests, the first", "the second", "the third");
        let text = TOKEN.text(Purpose::Invitation, &Keys::new(first, None));
        let read = |secret, before| OneTime::read(Purpose::Invitation, &text, &Keys::new(secret, before));
        assert_eq!(read(second, Some(first)), Some(TOKEN));
        assert_eq!(read(third, Some(second)), None);
        assert_ne!(
            TOKEN.text(Purpose::Invitation, &Keys::new(second, Some(first))),
            text,
            "new ones are signed anew"
        );
    }

    /// It goes around in mails for days, so a deploy must not change it.
    #[test]
    fn its_text_is_pinned() {
        let text = TOKEN.text(Purpose::Invitation, &keys());
        assert_eq!(
            text,
            "00000000-0000-0000-0000-000000000007.3.GIQUT0zTAoAj-chQWXb5RmcamjAbQymbDPdjp9AcVFU"
        );
    }
}
