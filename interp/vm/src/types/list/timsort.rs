//! Timsort with powersort's merge order, step for step as CPython 3.14 sorts (`Objects/listsort.txt` explains it), so
//! that comparisons happen in the same order and inconsistent ones lead to the same result.
//!
//! Invariant: whenever a comparison is called, which may fail, the slice is about to be or can be made a
//! permutation of what it was; every function restores that before it returns an error.

use crate::value::Res;

const MIN_GALLOP: usize = 7;

/// `less(a, b)`.
type Less<'a, T> = dyn FnMut(&T, &T) -> Res<bool> + 'a;

struct Run {
    start: usize,
    len: usize,
    power: u32,
}

struct Sorter<'s, 'l, T> {
    items: &'s mut [T],
    less: &'s mut Less<'l, T>,
    min_gallop: usize,
    runs: Vec<Run>,
    spare: Vec<T>,
}

/// Sorts stably by `less`. After an error the items are in some order.
pub fn sort<T: Copy>(items: &mut [T], less: &mut Less<'_, T>) -> Res<()> {
    let total = items.len();
    if total < 2 {
        return Ok(());
    }
    let mut s = Sorter { items, less, min_gallop: MIN_GALLOP, runs: Vec::new(), spare: Vec::new() };
    let minrun = min_run(total);
    let mut low = 0;
    while low < total {
        let left = total - low;
        let mut n = s.count_run(low, left)?;
        if n < minrun {
            let force = left.min(minrun);
            s.binary_sort(low, force, n)?;
            n = force;
        }
        s.found_new_run(n)?;
        s.runs.push(Run { start: low, len: n, power: 0 });
        low += n;
    }
    s.collapse_all()
}

/// A run length such that `n` divided by it is a power of two or slightly less.
fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// The depth in the merge tree between two adjacent runs at `s1` of length `n1` and behind it of length `n2`.
fn power(s1: usize, n1: usize, n2: usize, n: usize) -> u32 {
    let mut result = 0;
    let mut a = 2 * s1 + n1;
    let mut b = a + n1 + n2;
    loop {
        result += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return result;
        }
        a <<= 1;
        b <<= 1;
    }
}

impl<T: Copy> Sorter<'_, '_, T> {
    #[inline(always)]
    fn lt(&mut self, i: usize, j: usize) -> Res<bool> {
        (self.less)(&self.items[i], &self.items[j])
    }

    /// The length of the run at `low`, made ascending if it was descending.
    fn count_run(&mut self, low: usize, left: usize) -> Res<usize> {
        if left <= 1 {
            return Ok(left);
        }
        let mut n = 1;
        while n < left && !self.lt(low + n, low + n - 1)? {
            n += 1;
        }
        if n == left {
            return Ok(n);
        }
        // Item n is strictly smaller than its predecessor.
        if n > 1 {
            if self.lt(low, low + n - 1)? {
                return Ok(n);
            }
            // All before it are equal: the beginning of a descending run, reversed in advance for stability.
            self.items[low..low + n].reverse();
        }
        n += 1;
        let mut equal = 0;
        while n < left {
            if self.lt(low + n, low + n - 1)? {
                self.reverse_equal(low + n, &mut equal);
            } else if self.lt(low + n - 1, low + n)? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        self.reverse_equal(low + n, &mut equal);
        self.items[low..low + n].reverse();
        while n < left && !self.lt(low + n, low + n - 1)? {
            n += 1;
        }
        Ok(n)
    }

    /// Reverses the last `equal + 1` items before `end`, which are equal, inside a descending run.
    fn reverse_equal(&mut self, end: usize, equal: &mut usize) {
        if *equal > 0 {
            self.items[end - *equal - 1..end].reverse();
            *equal = 0;
        }
    }

    /// Sorts `n` items at `low`, of which the first `ok` are sorted, by binary insertion.
    fn binary_sort(&mut self, low: usize, n: usize, ok: usize) -> Res<()> {
        for at in ok.max(1)..n {
            let pivot = self.items[low + at];
            let (mut l, mut r) = (0, at);
            while l < r {
                let m = (l + r) >> 1;
                if (self.less)(&pivot, &self.items[low + m])? { r = m } else { l = m + 1 }
            }
            self.items[low + l..=low + at].rotate_right(1);
        }
        Ok(())
    }

    /// A run of length `n` comes behind those on the stack: merges those that belong deeper in the tree.
    fn found_new_run(&mut self, n: usize) -> Res<()> {
        let Some(last) = self.runs.last() else { return Ok(()) };
        let p = power(last.start, last.len, n, self.items.len());
        while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > p {
            self.merge_at(self.runs.len() - 2)?;
        }
        if let Some(last) = self.runs.last_mut() {
            last.power = p;
        }
        Ok(())
    }

    fn collapse_all(&mut self) -> Res<()> {
        while self.runs.len() > 1 {
            let mut n = self.runs.len() - 2;
            if n > 0 && self.runs[n - 1].len < self.runs[n + 1].len {
                n -= 1;
            }
            self.merge_at(n)?;
        }
        Ok(())
    }

    /// Merges runs `i` and `i + 1`.
    fn merge_at(&mut self, i: usize) -> Res<()> {
        let (mut a, mut na) = (self.runs[i].start, self.runs[i].len);
        let (b, mut nb) = (self.runs[i + 1].start, self.runs[i + 1].len);
        self.runs[i].len = na + nb;
        self.runs.remove(i + 1);
        // Items of the first run that are in place already.
        let key = self.items[b];
        let k = gallop_right(self.less, &key, &self.items[a..a + na], 0)?;
        a += k;
        na -= k;
        if na == 0 {
            return Ok(());
        }
        // And of the second.
        let key = self.items[a + na - 1];
        nb = gallop_left(self.less, &key, &self.items[b..b + nb], nb - 1)?;
        if nb == 0 {
            return Ok(());
        }
        if na <= nb { self.merge_low(a, na, nb) } else { self.merge_high(a, na, nb) }
    }

    /// Merges `na` items at `a` with `nb` behind them, from the left; the first ones are set aside.
    fn merge_low(&mut self, a: usize, na: usize, nb: usize) -> Res<()> {
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.extend_from_slice(&self.items[a..a + na]);
        let mut m = MergeLow { dest: a, left: 0, na, right: a + na, nb };
        let result = m.run(self, &spare);
        // What was set aside and not yet placed goes into the gap, whatever happened.
        let MergeLow { dest, left, na, right, nb } = m;
        if na > 0 {
            if result.is_ok() && na == 1 && nb > 0 {
                // The last of the first run belongs behind all of the second.
                self.items.copy_within(right..right + nb, dest);
                self.items[dest + nb] = spare[left];
            } else {
                self.items[dest..dest + na].copy_from_slice(&spare[left..left + na]);
            }
        }
        self.spare = spare;
        result
    }

    /// Merges `na` items at `a` with `nb` behind them, from the right; the last ones are set aside.
    fn merge_high(&mut self, a: usize, na: usize, nb: usize) -> Res<()> {
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.extend_from_slice(&self.items[a + na..a + na + nb]);
        let mut m = MergeHigh { dest: a + na + nb, a, na, nb };
        let result = m.run(self, &spare);
        let MergeHigh { dest, a, na, nb } = m;
        if nb > 0 {
            if result.is_ok() && nb == 1 && na > 0 {
                // The first of the second run belongs before all of the first.
                self.items.copy_within(a..a + na, dest - na);
                self.items[dest - na - 1] = spare[0];
            } else {
                self.items[dest - nb..dest].copy_from_slice(&spare[..nb]);
            }
        }
        self.spare = spare;
        result
    }
}

/// The state of a merge from the left. `dest..dest + na + nb` is the gap plus what is left of the second run.
struct MergeLow {
    dest: usize,
    left: usize,
    na: usize,
    right: usize,
    nb: usize,
}

impl MergeLow {
    fn take_right<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>) {
        s.items[self.dest] = s.items[self.right];
        self.dest += 1;
        self.right += 1;
        self.nb -= 1;
    }

    fn take_left<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>, spare: &[T]) {
        s.items[self.dest] = spare[self.left];
        self.dest += 1;
        self.left += 1;
        self.na -= 1;
    }

    /// Merges until one side is used up, or one item is left of the first.
    fn run<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>, spare: &[T]) -> Res<()> {
        self.take_right(s);
        if self.nb == 0 || self.na == 1 {
            return Ok(());
        }
        let mut min_gallop = s.min_gallop;
        loop {
            let (mut acount, mut bcount) = (0, 0);
            loop {
                if (s.less)(&s.items[self.right], &spare[self.left])? {
                    self.take_right(s);
                    bcount += 1;
                    acount = 0;
                    if self.nb == 0 {
                        return Ok(());
                    }
                    if bcount >= min_gallop {
                        break;
                    }
                } else {
                    self.take_left(s, spare);
                    acount += 1;
                    bcount = 0;
                    if self.na == 1 {
                        return Ok(());
                    }
                    if acount >= min_gallop {
                        break;
                    }
                }
            }
            // One side wins so often that searching for where it stops may be quicker.
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                s.min_gallop = min_gallop;
                let key = s.items[self.right];
                let k = gallop_right(s.less, &key, &spare[self.left..self.left + self.na], 0)?;
                acount = k;
                if k > 0 {
                    s.items[self.dest..self.dest + k].copy_from_slice(&spare[self.left..self.left + k]);
                    self.dest += k;
                    self.left += k;
                    self.na -= k;
                    // na == 0 is impossible if the comparisons are consistent.
                    if self.na <= 1 {
                        return Ok(());
                    }
                }
                self.take_right(s);
                if self.nb == 0 {
                    return Ok(());
                }
                let key = spare[self.left];
                let k = gallop_left(s.less, &key, &s.items[self.right..self.right + self.nb], 0)?;
                bcount = k;
                if k > 0 {
                    s.items.copy_within(self.right..self.right + k, self.dest);
                    self.dest += k;
                    self.right += k;
                    self.nb -= k;
                    if self.nb == 0 {
                        return Ok(());
                    }
                }
                self.take_left(s, spare);
                if self.na == 1 {
                    return Ok(());
                }
                if acount < MIN_GALLOP && bcount < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            s.min_gallop = min_gallop;
        }
    }
}

/// The state of a merge from the right. What is left of the first run lies at `a`, the gap ends at `dest`.
struct MergeHigh {
    dest: usize,
    a: usize,
    na: usize,
    nb: usize,
}

impl MergeHigh {
    fn take_left<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>) {
        self.dest -= 1;
        self.na -= 1;
        s.items[self.dest] = s.items[self.a + self.na];
    }

    fn take_right<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>, spare: &[T]) {
        self.dest -= 1;
        self.nb -= 1;
        s.items[self.dest] = spare[self.nb];
    }

    /// Merges until one side is used up, or one item is left of the second.
    fn run<T: Copy>(&mut self, s: &mut Sorter<'_, '_, T>, spare: &[T]) -> Res<()> {
        self.take_left(s);
        if self.na == 0 || self.nb == 1 {
            return Ok(());
        }
        let mut min_gallop = s.min_gallop;
        loop {
            let (mut acount, mut bcount) = (0, 0);
            loop {
                if (s.less)(&spare[self.nb - 1], &s.items[self.a + self.na - 1])? {
                    self.take_left(s);
                    acount += 1;
                    bcount = 0;
                    if self.na == 0 {
                        return Ok(());
                    }
                    if acount >= min_gallop {
                        break;
                    }
                } else {
                    self.take_right(s, spare);
                    bcount += 1;
                    acount = 0;
                    if self.nb == 1 {
                        return Ok(());
                    }
                    if bcount >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                s.min_gallop = min_gallop;
                let key = spare[self.nb - 1];
                let k = gallop_right(s.less, &key, &s.items[self.a..self.a + self.na], self.na - 1)?;
                let k = self.na - k;
                acount = k;
                if k > 0 {
                    self.dest -= k;
                    self.na -= k;
                    s.items.copy_within(self.a + self.na..self.a + self.na + k, self.dest);
                    if self.na == 0 {
                        return Ok(());
                    }
                }
                self.take_right(s, spare);
                if self.nb == 1 {
                    return Ok(());
                }
                let key = s.items[self.a + self.na - 1];
                let k = gallop_left(s.less, &key, &spare[..self.nb], self.nb - 1)?;
                let k = self.nb - k;
                bcount = k;
                if k > 0 {
                    self.dest -= k;
                    self.nb -= k;
                    s.items[self.dest..self.dest + k].copy_from_slice(&spare[self.nb..self.nb + k]);
                    // nb == 0 is impossible if the comparisons are consistent.
                    if self.nb <= 1 {
                        return Ok(());
                    }
                }
                self.take_left(s);
                if self.na == 0 {
                    return Ok(());
                }
                if acount < MIN_GALLOP && bcount < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            s.min_gallop = min_gallop;
        }
    }
}

/// Where `key` goes in sorted `a`, before items equal to it; the search begins at `hint`.
fn gallop_left<T: Copy>(less: &mut Less<'_, T>, key: &T, a: &[T], hint: usize) -> Res<usize> {
    let n = a.len();
    let (mut last, mut offset) = (0usize, 1usize);
    let (mut low, mut high);
    if less(&a[hint], key)? {
        let most = n - hint;
        while offset < most && less(&a[hint + offset], key)? {
            last = offset;
            offset = (offset << 1) + 1;
        }
        // The item at low - 1 is smaller than the key, the one at high is not.
        (low, high) = (hint + last + 1, hint + offset.min(most));
    } else {
        let most = hint + 1;
        while offset < most && !less(&a[hint - offset], key)? {
            last = offset;
            offset = (offset << 1) + 1;
        }
        (low, high) = (hint + 1 - offset.min(most), hint - last);
    }
    while low < high {
        let m = low + ((high - low) >> 1);
        if less(&a[m], key)? { low = m + 1 } else { high = m }
    }
    Ok(high)
}

/// Where `key` goes in sorted `a`, behind items equal to it; the search begins at `hint`.
fn gallop_right<T: Copy>(less: &mut Less<'_, T>, key: &T, a: &[T], hint: usize) -> Res<usize> {
    let n = a.len();
    let (mut last, mut offset) = (0usize, 1usize);
    let (mut low, mut high);
    if less(key, &a[hint])? {
        let most = hint + 1;
        while offset < most && less(key, &a[hint - offset])? {
            last = offset;
            offset = (offset << 1) + 1;
        }
        (low, high) = (hint + 1 - offset.min(most), hint - last);
    } else {
        let most = n - hint;
        while offset < most && !less(key, &a[hint + offset])? {
            last = offset;
            offset = (offset << 1) + 1;
        }
        (low, high) = (hint + last + 1, hint + offset.min(most));
    }
    while low < high {
        let m = low + ((high - low) >> 1);
        if less(key, &a[m])? { high = m } else { low = m + 1 }
    }
    Ok(high)
}
