//! The deployment's signing keys, from its secrets: `JWT_SECRET` signs, and `JWT_SECRET_BEFORE` is believed as well, where there is
//! one. The edge and the objects read them alike.

use voxora_domain::access::Keys;
use worker::Env;

/// A secret is missing or unfit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

/// Reads them.
///
/// # Errors
/// Which secret is missing or too short, and what would be right.
pub fn read(env: &Env) -> Result<Keys, Unfit> {
    let secret = |name: &str| env.secret(name).ok().map(|value| value.to_string());
    let fit =
        |name: &str, secret: &str| Keys::check(secret).map_err(|short| Unfit(format!("{name} {short}")));
    let signing = secret("JWT_SECRET")
        .ok_or_else(|| Unfit("JWT_SECRET is not set; run `npx wrangler secret put JWT_SECRET`".to_owned()))?;
    fit("JWT_SECRET", &signing)?;
    let before = secret("JWT_SECRET_BEFORE").filter(|before| !before.is_empty());
    if let Some(before) = &before {
        fit("JWT_SECRET_BEFORE", before)?;
    }
    Ok(Keys::new(&signing, before.as_deref()))
}
