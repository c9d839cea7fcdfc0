//! A collection read in the order of its `_id`, document by document, wherever it is kept. What an earlier version of the
//! product stored comes in the form of this one.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use voxora_data_api::document::{self, Document};
use voxora_store::collections;

use crate::place::Place;

/// Where reading has come to.
pub struct Cursor<'a> {
    place: &'a Place,
    collection: &'static str,
    after: Option<String>,
    page: VecDeque<Document>,
    ended: bool,
}

impl<'a> Cursor<'a> {
    /// From the first document after an `_id` on.
    pub fn new(place: &'a Place, collection: &'static str, after: Option<String>) -> Self {
        Self { place, collection, after, page: VecDeque::new(), ended: false }
    }

    /// The next document, without taking it.
    ///
    /// # Errors
    /// When the place cannot be read, or does not keep the order that two places are compared in.
    pub async fn peek(&mut self) -> Result<Option<&Document>> {
        if self.page.is_empty() && !self.ended {
            let page = self.place.page(self.collection, self.after.as_deref()).await?;
            for found in &page {
                let id = document::id(found)?;
                let ascends = self.after.as_deref().is_none_or(|before| before < id);
                ensure!(
                    ascends,
                    "{} does not give {} in the order of their _id (byte by byte); such a store cannot be compared",
                    self.place.name(),
                    self.collection
                );
                self.after = Some(id.to_owned());
            }
            // Some servers give less than was asked for; only an empty page is the end.
            self.ended = page.is_empty();
            let upgrade = collections::collection(self.collection).map(|collection| collection.upgrade);
            self.page = page.into();
            self.page.iter_mut().for_each(|document| {
                if let Some(upgrade) = upgrade {
                    upgrade(document);
                }
            });
        }
        Ok(self.page.front())
    }

    /// Whether everything that was read has been taken.
    pub fn is_between_pages(&self) -> bool {
        self.page.is_empty()
    }

    /// The next document.
    ///
    /// # Errors
    /// As [`Cursor::peek`].
    pub async fn next(&mut self) -> Result<Option<Document>> {
        self.peek().await?;
        Ok(self.page.pop_front())
    }
}

/// What two places have under one `_id`.
pub enum Pair {
    /// Only the source has it.
    Source(Document),
    /// Only the target has it.
    Target(Document),
    /// Both do: the source's version and the target's.
    Both(Document, Document),
}

/// The next `_id` that either has; `None` at the end of both.
///
/// # Errors
/// When one of the places cannot be read.
pub async fn next_pair(source: &mut Cursor<'_>, target: &mut Cursor<'_>) -> Result<Option<Pair>> {
    let order = match (source.peek().await?, target.peek().await?) {
        (None, None) => return Ok(None),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (Some(one), Some(other)) => document::id(one)?.cmp(document::id(other)?),
    };
    let peeked = "what was looked at is there";
    Ok(Some(match order {
        std::cmp::Ordering::Less => Pair::Source(source.next().await?.context(peeked)?),
        std::cmp::Ordering::Greater => Pair::Target(target.next().await?.context(peeked)?),
        std::cmp::Ordering::Equal => {
            Pair::Both(source.next().await?.context(peeked)?, target.next().await?.context(peeked)?)
        }
    }))
}
