//! "Did you mean": the candidate that is most like a name that was not found. The same costs and limits as CPython's
//! suggestions.c and traceback.py.

use crate::types::str;
use crate::value::Value;

const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

/// The candidate that is closest to `name`, if one is close enough.
pub fn suggest(candidates: &[Value], name: &Value) -> Option<Value> {
    if candidates.len() >= MAX_CANDIDATES {
        return None;
    }
    let wrong = str::display(name);
    let mut best: Option<(usize, &Value)> = None;
    for candidate in candidates {
        let text = str::display(candidate);
        if text == wrong {
            continue;
        }
        // No more than a third of the characters may be wrong, or a single case.
        let mut limit = (wrong.len() + text.len() + 3) * MOVE_COST / 6;
        if let Some((d, _)) = best {
            limit = limit.min(d.saturating_sub(1));
        }
        let d = distance(wrong.as_bytes(), text.as_bytes(), limit);
        if d <= limit && best.is_none_or(|(b, _)| d < b) {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, v)| v.clone())
}

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The Levenshtein distance, or something greater than `limit` if it is greater.
fn distance(a: &[u8], b: &[u8], limit: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH || a.len().abs_diff(b.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (i, &y) in b.iter().enumerate() {
        result = i * MOVE_COST;
        let (mut diagonal, mut smallest) = (result, usize::MAX);
        for (cell, &x) in row.iter_mut().zip(a) {
            let replaced = diagonal + substitution(y, x);
            diagonal = *cell;
            result = replaced.min(result.min(*cell) + MOVE_COST);
            *cell = result;
            smallest = smallest.min(result);
        }
        if smallest > limit {
            return limit + 1;
        }
    }
    result
}
