//! The proleptic Gregorian calendar: dates as numbers, and ISO weeks.

/// The least year.
pub const MIN_YEAR: i32 = 1;
/// The greatest year.
pub const MAX_YEAR: i32 = 9999;
/// The ordinal of the last day.
pub const MAX_ORDINAL: i32 = 3_652_059;

const DAYS_BEFORE_MONTH: [i32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month, 1 to 12.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of days of the year before a month.
pub fn days_before_month(year: i32, month: i32) -> i32 {
    DAYS_BEFORE_MONTH[month as usize] + i32::from(month > 2 && is_leap(year))
}

fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

/// The day's number; January 1 of year 1 is day 1.
pub fn ordinal(year: i32, month: i32, day: i32) -> i32 {
    days_before_year(year) + days_before_month(year, month) + day
}

/// Year, month and day of a day's number, which is positive.
pub fn from_ordinal(ordinal: i32) -> (i32, i32, i32) {
    let n = ordinal - 1;
    // Cycles of 400, 100, 4 years, and years. The last year of a cycle of 4 or 400 has a day more.
    let (n400, n) = (n / 146_097, n % 146_097);
    let (n100, n) = (n / 36_524, n % 36_524);
    let (n4, n) = (n / 1461, n % 1461);
    let (n1, n) = (n / 365, n % 365);
    let year = 400 * n400 + 100 * n100 + 4 * n4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        return (year - 1, 12, 31);
    }
    let mut month = (n + 50) >> 5;
    if days_before_month(year, month) > n {
        month -= 1;
    }
    (year, month, n - days_before_month(year, month) + 1)
}

/// The day of the week; Monday is 0.
pub fn weekday(year: i32, month: i32, day: i32) -> i32 {
    (ordinal(year, month, day) + 6) % 7
}

/// The number of the Monday with which ISO year `year` begins.
fn first_monday(year: i32) -> i32 {
    let first_day = ordinal(year, 1, 1);
    let first_weekday = (first_day + 6) % 7;
    let monday = first_day - first_weekday;
    if first_weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday (Monday is 1) of a date.
pub fn iso(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = ordinal(year, month, day);
    let (mut iso_year, mut start) = (year, first_monday(year));
    if today < start {
        iso_year -= 1;
        start = first_monday(iso_year);
    } else if today >= first_monday(year + 1) {
        iso_year += 1;
        start = first_monday(iso_year);
    }
    (iso_year, (today - start) / 7 + 1, (today - start) % 7 + 1)
}

/// What is wrong with an ISO date.
pub enum IsoError {
    /// The year is out of range.
    Year,
    /// There is no such week.
    Week,
    /// There is no such weekday.
    Weekday,
    /// The date is beyond the greatest one, or before the least.
    Range,
}

/// Year, month and day of an ISO year, week and weekday.
pub fn from_iso(year: i32, week: i32, weekday: i32) -> Result<(i32, i32, i32), IsoError> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoError::Year);
    }
    if !(1..53).contains(&week) {
        // A year has a 53rd week if it begins on a Thursday, or is a leap year and begins on a Wednesday.
        let first = self::weekday(year, 1, 1);
        if week != 53 || !(first == 3 || first == 2 && is_leap(year)) {
            return Err(IsoError::Week);
        }
    }
    if !(1..=7).contains(&weekday) {
        return Err(IsoError::Weekday);
    }
    let day = first_monday(year) + (week - 1) * 7 + weekday - 1;
    if !(1..=MAX_ORDINAL).contains(&day) {
        return Err(IsoError::Range);
    }
    Ok(from_ordinal(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_go_both_ways() {
        for n in (1..=MAX_ORDINAL).step_by(17).chain([1, 365, 366, 146_097, MAX_ORDINAL]) {
            let (y, m, d) = from_ordinal(n);
            assert!((1..=12).contains(&m) && (1..=days_in_month(y, m)).contains(&d));
            assert_eq!(ordinal(y, m, d), n);
            let (iy, w, wd) = iso(y, m, d);
            if (MIN_YEAR..=MAX_YEAR).contains(&iy) {
                assert!(matches!(from_iso(iy, w, wd), Ok(found) if found == (y, m, d)));
            }
        }
    }
}
