//! What a collection of the product is, beside its schema.

use std::cmp::Ordering;
use std::str::FromStr;

use serde_json::Value;
use voxora_data_api::document::{self, Document};
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};

use crate::shape::Unfit;

/// A collection: how it is kept, what its documents are, and which of two versions of one wins.
#[derive(Debug)]
pub struct Collection {
    /// Its fields and indexes.
    pub schema: &'static CollectionSchema,
    /// Whether its documents may be copied elsewhere. Sessions may not: a copied one could outlive its end.
    pub movable: bool,
    /// Brings a document that an earlier version of the product stored into the form of this one.
    pub upgrade: fn(&mut Document),
    /// Whether an upgraded document is one of this collection.
    pub check: fn(&Document) -> Result<(), Unfit>,
    /// Which of two versions of a document is newer, both upgraded and not the same; `None` when neither can be said to be
    /// right.
    pub newer: fn(&Document, &Document) -> Option<Ordering>,
    /// How a stored document is brought to a newer version; `None` where it stays as it is.
    pub renewal: fn(&Document) -> Option<Renewal>,
}

/// How a newer version takes an older one's place. It holds only while what is stored is older, so that it may come late,
/// twice, or beside another.
#[derive(Debug, Clone, PartialEq)]
pub enum Renewal {
    /// What matches is changed.
    Update(Filter, Update),
    /// What matches is replaced.
    Replace(Filter),
}

impl Collection {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.schema.name
    }

    /// The document in this version's form.
    #[must_use]
    pub fn upgraded(&self, mut document: Document) -> Document {
        (self.upgrade)(&mut document);
        document
    }

    /// Brings a stored document to the version of `source`, unless what is stored is as new or newer.
    ///
    /// # Errors
    /// [`DataApiError`], see there.
    pub async fn renew(&self, documents: &impl DataApi, source: &Document) -> Result<(), DataApiError> {
        document::id(source)?;
        let source = self.upgraded(source.clone());
        match (self.renewal)(&source) {
            None => Ok(()),
            Some(Renewal::Update(older, update)) => {
                documents.update_one(self.name(), older, update).await.map(drop)
            }
            Some(Renewal::Replace(older)) => {
                documents.replace_one(self.name(), older, &source, false).await.map(drop)
            }
        }
    }
}

/// Its documents are as they are stored.
pub(crate) const fn unchanged(_: &mut Document) {}

/// Of two versions, neither can be said to be right.
pub(crate) const fn neither(_: &Document, _: &Document) -> Option<Ordering> {
    None
}

/// A stored document stays as it is.
pub(crate) const fn stays(_: &Document) -> Option<Renewal> {
    None
}

/// A whole number in a document; 0 where there is none.
pub(crate) fn number(document: &Document, name: &str) -> i64 {
    document.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// A text in a document; empty where there is none.
pub(crate) fn text<'a>(document: &'a Document, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A document's `_id`; empty where it has none.
pub(crate) fn id(document: &Document) -> &str {
    text(document, "_id")
}

/// The ids that a field of documents holds.
pub(crate) fn ids<T: FromStr>(documents: &[Document], field: &str) -> Result<Vec<T>, DataApiError> {
    let mut ids = Vec::with_capacity(documents.len());
    for document in documents {
        let id = document.get(field).and_then(Value::as_str).and_then(|id| id.parse().ok());
        ids.push(id.ok_or_else(|| DataApiError::Decode(format!("no id in the field {field}")))?);
    }
    Ok(ids)
}

/// Whether two documents say the same, but for some of their fields. Null says as much as nothing, and a number is the same
/// however a store gives it.
pub(crate) fn same_but_for(fields: &[&str], one: &Document, other: &Document) -> bool {
    let missing = &Value::Null;
    let names = one.keys().chain(other.keys()).filter(|name| !fields.contains(&name.as_str()));
    names.into_iter().all(|name| same(one.get(name).unwrap_or(missing), other.get(name).unwrap_or(missing)))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => same_but_for(&[], one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}
