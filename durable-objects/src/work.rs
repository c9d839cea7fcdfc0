//! Work that is under way besides other work. It is waited for without its type: what waits is compiled once, and not for each
//! kind of work anew.

use std::pin::Pin;

use futures::{StreamExt, stream};
use worker::State;

/// Some work, which may fail for a reason.
pub type Work<'a, T = Result<(), String>> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Does all of it, at most so many at once. Gives a reason for which some failed.
pub fn all(works: Vec<Work<'_>>, at_once: usize) -> Work<'_> {
    Box::pin(async move {
        let mut under_way = stream::iter(works).buffer_unordered(at_once);
        let mut failed = None;
        while let Some(outcome) = under_way.next().await {
            failed = failed.or(outcome.err());
        }
        failed.map_or(Ok(()), Err)
    })
}

/// Goes on with it when the object has answered.
pub fn in_background(state: &State, work: Work<'static, ()>) {
    state.wait_until(work);
}
