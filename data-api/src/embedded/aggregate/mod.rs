//! The aggregation pipeline.
//!
//! What SQLite can do, it does: leading `$match` stages are the `WHERE` of a statement and use indexes (`$text` too,
//! there alone), a `$sort` by declared fields right after them is its `ORDER BY`, and counting, or grouping by a
//! declared field with simple accumulators, happens there (`pushdown`). Everything else runs here on documents that
//! are read a batch at a time, so that memory stays bounded whatever a collection holds; a later `$match` hands its
//! batch back to SQLite, so that filters have one implementation.
//!
//! # What is supported
//! - Stages: `$match $group $bucket $sortByCount $sort $skip $limit $project $addFields $set $unset $count $unwind
//!   $replaceRoot $replaceWith`.
//! - Accumulators: `$sum $avg $min $max $first $last $push $addToSet $count`.
//! - Expressions: field paths, literals, objects, arrays, `$$ROOT $$CURRENT $$NOW $$REMOVE`, `$literal`;
//!   - `$eq $ne $gt $gte $lt $lte $cmp $and $or $not $cond $ifNull $switch`;
//!   - `$add $subtract $multiply $divide $mod $abs $ceil $floor $round $trunc $max $min $sum $avg`;
//!   - `$concat $toLower $toUpper $substrCP $strLenCP`;
//!   - `$size $in $arrayElemAt $first $last $filter` (without `limit`) `$map $isArray`;
//!   - `$toString $toDate $toLong $toInt $toDouble $toBool $isNumber`;
//!   - `$year $month $dayOfMonth $dayOfYear $dayOfWeek $hour $minute $second $millisecond $week $isoWeek $isoWeekYear
//!     $isoDayOfWeek $dateTrunc $dateDiff $dateAdd $dateSubtract $dateToString $dateFromParts` (not by ISO week), with
//!     time zones `UTC`, `GMT` and offsets such as `+02:00`; there is no database of named zones.
//!
//! Everything else is refused by name. Results are as in MongoDB, types included: whole numbers stay whole, `$divide`
//! and `$avg` give doubles. What no JSON carries exactly (whole numbers beyond ±(2^53 − 1), infinities, dates beyond
//! the years 0001 to 9999) is an error. MongoDB's 32-bit and 64-bit integers are one type here, which shows only where
//! `$toDate` takes a small number that MongoDB refuses.
//!
//! # Limits
//! Groups, sorted documents and the answer may together take 16 MiB of memory (`memory`); a `$sort` of more than
//! 100,000 stored documents needs a `$limit`. Beyond, the answer is [`DataApiError::TooLarge`].

mod accumulator;
mod calendar;
mod expression;
mod group;
mod memory;
mod number;
mod operators;
mod pushdown;
mod shape;
mod stage;

pub(super) use memory::{Memory, key};
use serde_json::Value as Json;
use stage::{Run, Stage};
use voxora_domain::sorted::sort_by;
use voxora_domain::sql::{Sql, Value};

use super::Engine;
use super::filter::{self, Condition};
use super::sort;
use crate::DataApiError;
use crate::document::{Document, id};
use crate::query::{Filter, Sort};

/// The most `_id`s that are held at once, and the most groups that SQLite makes: a few megabytes.
const MAX_ROWS: usize = 100_000;
/// How many documents are read at once: the fewest and the most.
const BATCH: (usize, usize) = (16, 1024);
/// About how many bytes of documents are read at once.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

impl<S: Sql> Engine<S> {
    /// Runs a pipeline. `now` is `$$NOW`, in milliseconds since 1970.
    pub(super) fn run_pipeline(
        &self,
        pipeline: &[Document],
        now: i64,
    ) -> Result<Vec<Document>, DataApiError> {
        let mut stages = stage::parse(pipeline)?;
        let filter = leading_filter(&mut stages);
        let matcher = |filter: &Filter, batch| self.retain_matching(filter, batch);
        let mut run = Run { now, matcher: &matcher, memory: Memory::default(), results: Vec::new() };
        if let Some(documents) = self.pushed_down(&filter, &stages)? {
            stages.remove(0);
            run.feed(&mut stages, documents)?;
        } else {
            self.read_into(&mut run, &filter, &mut stages)?;
        }
        run.finish(&mut stages)?;
        Ok(run.results)
    }

    /// The page of a `find` whose order is not SQLite's to make.
    pub(super) fn sorted_in_memory(
        &self,
        filter: &Filter,
        sort: &Sort,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Document>, DataApiError> {
        let matcher = |_: &Filter, batch| Ok(batch);
        let mut run = Run { now: 0, matcher: &matcher, memory: Memory::default(), results: Vec::new() };
        let mut stages =
            vec![Stage::sort(sort.clone(), skip + limit), Stage::Skip(skip), Stage::Limit(limit)];
        self.read_into(&mut run, filter, &mut stages)?;
        run.finish(&mut stages)?;
        Ok(run.results)
    }

    /// The documents that the first stage would give, where SQLite can make them.
    fn pushed_down(&self, filter: &Filter, stages: &[Stage]) -> Result<Option<Vec<Json>>, DataApiError> {
        let Some(plan) = stages.first().and_then(|stage| pushdown::Plan::of(self.schema, stage)) else {
            return Ok(None);
        };
        let Condition { sql, parameters, .. } = filter::compile(self.schema, &filter.0)?;
        let statement = plan.statement(&sql, MAX_ROWS + 1);
        // A sum beyond 64 bits fails in SQLite; in memory it fails with what to say about it.
        let Ok(rows) = self.sql.exec(&statement, &parameters) else {
            return Ok(None);
        };
        if rows.len() > MAX_ROWS {
            return Err(DataApiError::TooLarge(format!("$group would make more than {MAX_ROWS} groups")));
        }
        plan.documents(&rows)
    }

    /// Reads the documents that match, in the order of a leading `$sort`, and feeds them into the stages.
    fn read_into(
        &self,
        run: &mut Run<'_>,
        filter: &Filter,
        stages: &mut Vec<Stage>,
    ) -> Result<(), DataApiError> {
        let mut order = String::new();
        if let Some(Stage::Sort(sorting)) = stages.first()
            && let sort::Plan::Sql(sorted) = sort::Plan::parse(self.schema, &sorting.sort)?
        {
            order = sorted;
            stages.remove(0);
        }
        let sorted = !order.is_empty();
        let mut skipped = 0;
        if sorted && let Some(Stage::Skip(count)) = stages.first() {
            skipped = *count;
            stages.remove(0);
        }
        let wanted = stage::wanted(stages).unwrap_or(usize::MAX);
        let mut size = BATCH.0;
        let mut after = String::new();
        if filter.0.is_empty() && !sorted {
            // By `_id`, which needs no list of them.
            loop {
                let limit = size.min(wanted);
                let next = format!("documents WHERE id > ? ORDER BY id LIMIT {limit}");
                after = self.feed_each(run, stages, &mut size, &next, limit, after.into())?;
                if after.is_empty() {
                    return Ok(());
                }
                if stages.iter().any(Stage::is_exhausted) {
                    return Ok(());
                }
            }
        }
        let rest = format!("{order} LIMIT {} OFFSET {skipped}", wanted.min(MAX_ROWS + 1));
        let mut ids = self.matching_ids(filter, &rest, &[])?;
        if ids.len() <= MAX_ROWS {
            if !sorted {
                // As they lie in the table, and the same way every time.
                sort_by(&mut ids, Ord::cmp);
            }
            return self.read_by_id(run, stages, &mut size, &ids);
        }
        if sorted {
            return Err(DataApiError::TooLarge(format!(
                "$sort would sort more than {MAX_ROWS} documents: narrow it with $match or $limit"
            )));
        }
        loop {
            let rest = format!(" AND id > ? ORDER BY id LIMIT {MAX_ROWS}");
            ids = self.matching_ids(filter, &rest, &[after.into()])?;
            self.read_by_id(run, stages, &mut size, &ids)?;
            match ids.pop() {
                Some(last) if !stages.iter().any(Stage::is_exhausted) => after = last,
                _ => return Ok(()),
            }
        }
    }

    /// Reads the documents of these `_id`s, in this order, and feeds them into the stages.
    fn read_by_id(
        &self,
        run: &mut Run<'_>,
        stages: &mut [Stage],
        size: &mut usize,
        ids: &[String],
    ) -> Result<(), DataApiError> {
        let mut left = ids;
        while !left.is_empty() && !stages.iter().any(Stage::is_exhausted) {
            let (batch, later) = left.split_at((*size).min(left.len()));
            left = later;
            let wanted = Json::Array(batch.iter().map(|id| Json::from(id.as_str())).collect());
            // The list is the outer loop of the join, so documents come in its order.
            let next = "json_each(?) AS wanted CROSS JOIN documents ON documents.id = wanted.value";
            let wanted = wanted.to_string().into();
            self.feed_each(run, stages, size, next, batch.len(), wanted)?;
        }
        Ok(())
    }

    /// Feeds the documents of [`Engine::each`] into the stages, about [`BATCH_BYTES`] at once, and says by their size how
    /// many are read next. Gives the `_id` of the last, or nothing.
    fn feed_each(
        &self,
        run: &mut Run<'_>,
        stages: &mut [Stage],
        size: &mut usize,
        wanted: &str,
        limit: usize,
        parameter: Value,
    ) -> Result<String, DataApiError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let (mut batch, mut bytes, mut largest, mut last) = (Vec::new(), 0, 1, String::new());
        self.each(wanted, limit, &[parameter], &mut |stored| {
            id(&stored.document)?.clone_into(&mut last);
            bytes += stored.body.len();
            largest = largest.max(stored.body.len());
            batch.push(Json::Object(stored.document));
            if bytes < BATCH_BYTES {
                return Ok(());
            }
            bytes = 0;
            run.feed(stages, std::mem::take(&mut batch))
        })?;
        *size = (BATCH_BYTES / largest).clamp(BATCH.0, BATCH.1);
        run.feed(stages, batch)?;
        Ok(last)
    }

    fn matching_ids(&self, filter: &Filter, rest: &str, more: &[Value]) -> Result<Vec<String>, DataApiError> {
        let Condition { sql, mut parameters, .. } = filter::compile(self.schema, &filter.0)?;
        parameters.extend_from_slice(more);
        let rows = self.exec(&format!("SELECT id FROM documents WHERE {sql}{rest}"), &parameters)?;
        let ids = rows.into_iter().map(|row| match row.into_iter().next() {
            Some(Value::Text(id)) => Ok(id),
            _ => Err(DataApiError::Decode("a stored _id is not text".into())),
        });
        ids.collect()
    }

    /// Those of these documents that match a filter.
    fn retain_matching(&self, filter: &Filter, documents: Vec<Json>) -> Result<Vec<Json>, DataApiError> {
        let condition = filter::compile_unstored("given.value", &filter.0)?;
        let matched = self.matching(&condition, &mut documents.iter().map(Json::to_string))?;
        let kept = documents.into_iter().zip(matched).filter_map(|(document, kept)| kept.then_some(document));
        Ok(kept.collect())
    }
}

/// Takes the leading `$match` stages away and joins their filters.
fn leading_filter(stages: &mut Vec<Stage>) -> Filter {
    let leading = stages.iter().take_while(|stage| matches!(stage, Stage::Match(_))).count();
    let mut filters: Vec<_> = stages
        .drain(..leading)
        .filter_map(|stage| match stage {
            Stage::Match(filter) if !filter.0.is_empty() => Some(filter),
            _ => None,
        })
        .collect();
    if filters.len() < 2 {
        return filters.pop().unwrap_or_default();
    }
    let filters = filters.into_iter().map(|filter| Json::Object(filter.0)).collect();
    Filter(Document::from_iter([("$and".to_owned(), Json::Array(filters))]))
}

#[cfg(test)]
mod tests;
