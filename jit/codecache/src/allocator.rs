//! Which parts of the cache are free.

use std::collections::BTreeMap;
use std::ops::Range;

/// Traces begin at multiples of this.
pub const ALIGNMENT: usize = 32;

/// The free ranges of an area.
#[derive(Debug)]
pub struct Allocator {
    area: Range<usize>,
    /// From where each begins to where it ends; no two touch.
    free: BTreeMap<usize, usize>,
    /// Bytes in them.
    available: usize,
}

impl Allocator {
    /// All of `area` is free.
    pub fn new(area: Range<usize>) -> Self {
        Self { available: area.len(), free: BTreeMap::from([(area.start, area.end)]), area }
    }

    /// Bytes that are free, perhaps not in one piece.
    pub fn available(&self) -> usize {
        self.available
    }

    /// Where the last range that is taken ends.
    pub fn end(&self) -> usize {
        match self.free.last_key_value() {
            Some((&start, &end)) if end == self.area.end => start,
            _ => self.area.end,
        }
    }

    /// Takes `len` bytes, rounded up, from the first free range with so many.
    pub fn take(&mut self, len: usize) -> Option<Range<usize>> {
        let len = len.next_multiple_of(ALIGNMENT);
        let (&start, &end) = self.free.iter().find(|(start, end)| *end - *start >= len)?;
        self.free.remove(&start);
        if end - start > len {
            self.free.insert(start + len, end);
        }
        self.available -= len;
        Some(start..start + len)
    }

    /// Gives a range back that [`Self::take`] handed out.
    pub fn give(&mut self, range: Range<usize>) {
        self.available += range.len();
        let Range { mut start, mut end } = range;
        if let Some((&before, &touching)) = self.free.range(..start).next_back() {
            assert!(touching <= start, "a range was given back twice");
            if touching == start {
                start = before;
            }
        }
        if let Some((&after, &until)) = self.free.range(end..).next()
            && after == end
        {
            self.free.remove(&after);
            end = until;
        }
        self.free.insert(start, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut allocator = Allocator::new(0..320);
        let ranges: Vec<_> = (0..10).map(|_| allocator.take(30).unwrap()).collect();
        assert_eq!((allocator.take(1), allocator.end()), (None, 320));
        for i in [3, 5, 4, 9, 0, 1, 2, 8, 6, 7] {
            allocator.give(ranges[i].clone());
        }
        assert_eq!((allocator.available(), allocator.end()), (320, 0));
        assert_eq!((allocator.take(64), allocator.end()), (Some(0..64), 64));
        allocator.give(0..64);
        assert_eq!(allocator.take(320), Some(0..320));
    }
}
