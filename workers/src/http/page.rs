//! A page of a list: the envelope, and the keyset cursor that the next page goes on after.
//!
//! A cursor holds the sort keys of the page's last item, the last of which is unique (the tie-breaker). So a page holds
//! each item once whatever comes in above it meanwhile. It is opaque to clients, not secret and not signed: whoever makes
//! one up sees what they may see anyway, from another place on.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use voxora_domain::json;
use voxora_domain::wire::List;

use crate::error::AppError;

/// The keys of the item that the page comes after. `K` is a tuple, in the order of the sort.
pub fn read_cursor<K: DeserializeOwned>(cursor: &str) -> Result<K, AppError> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| String::from_utf8(json).ok());
    let value: Option<Value> = json.and_then(|json| json::parse(&json).ok());
    value
        .and_then(|value| json::strictly(value).ok())
        .ok_or_else(|| AppError::invalid_request("`cursor` must be the `nextCursor` of a page."))
}

/// The page that `found` is, for which one item more than `limit` was asked: whether it came says whether there is more.
pub fn page<T, U, K: Serialize>(
    mut found: Vec<T>,
    limit: u32,
    keys: impl FnOnce(&T) -> K,
    show: impl Fn(T) -> U,
) -> Result<List<U>, AppError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let next_cursor = found.last().filter(|_| more).map(|last| write_cursor(&keys(last))).transpose()?;
    Ok(List { items: found.into_iter().map(show).collect(), next_cursor })
}

fn write_cursor<K: Serialize>(keys: &K) -> Result<String, AppError> {
    serde_json::to_vec(keys).map(|json| BASE64_URL_SAFE_NO_PAD.encode(json)).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use voxora_domain::id::ConversationId;

    use super::*;

    type Keys = (u64, ConversationId);

    const ID: &str = "0190b6f2-7a0c-7d3e-8f6a-2b1c4d5e6f70";

    fn encoded(json: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn a_page_names_where_the_next_begins_unless_it_is_the_last() {
        let id: ConversationId = ID.parse().unwrap();
        let list = page(vec![3, 2, 1], 2, |at| (*at, id), |at| at * 10).unwrap();
        assert_eq!(list.items, [30, 20]);
        assert_eq!(read_cursor::<Keys>(&list.next_cursor.unwrap()).unwrap(), (2, id));
        let end = page(vec![1], 2, |at| (*at, id), |at| at).unwrap();
        assert_eq!((end.items, end.next_cursor), (vec![1], None));
        assert!(page(Vec::<u64>::new(), 2, |at| (*at, id), |at| at).unwrap().next_cursor.is_none());
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        assert!(read_cursor::<Keys>(&encoded(&format!(r#"[9007199254740991,"{ID}"]"#))).is_ok());
        for json in [
            format!(r#"[9007199254740992,"{ID}"]"#),
            format!(r#"[9007199254740993,"{ID}"]"#),
            format!(r#"[-1,"{ID}"]"#),
            format!(r#"[-9223372036854775808,"{ID}"]"#),
            format!(r#"[1.5,"{ID}"]"#),
            format!(r#"[1,"{ID}",1]"#),
            format!(r#"{{"0":1,"1":"{ID}"}}"#),
            r#"[1,"x"]"#.to_owned(),
            "[1]".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            String::new(),
        ] {
            assert!(read_cursor::<Keys>(&encoded(&json)).is_err(), "{json}");
        }
        for cursor in ["garbage", "\0", "", "%%%", "_w"] {
            assert!(read_cursor::<Keys>(cursor).is_err(), "{cursor:?}");
        }
    }
}
