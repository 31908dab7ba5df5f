# datetime: arithmetic, comparison, formatting, parsing, time zones, and the edges of the calendar.
from datetime import date, time, datetime, timedelta, timezone, tzinfo, UTC
d = date(2024, 2, 28)
print(d + timedelta(2), d.replace(year=2023), d.weekday(), d.isoweekday(), tuple(d.isocalendar()), d.toordinal(), date.fromordinal(1), d.ctime(), d.strftime('%a %d %b %Y %j %U %%'), date.fromisoformat('20240229'), date.fromisoformat('2024-W09-4'), date.fromisocalendar(2020, 53, 5), date.max - date.min, d.timetuple()[:8])
t = timedelta(days=-1, hours=25, seconds=61, microseconds=-1)
print(t, repr(t), t.days, t.seconds, t.microseconds, t.total_seconds(), -t, abs(-t), t * 3, t / 2, t // 7, t % timedelta(minutes=7), divmod(t, timedelta(minutes=7)), t / timedelta(hours=1), timedelta(1.5), timedelta(weeks=1, milliseconds=1), timedelta(0) or 'zero', timedelta.max, timedelta(microseconds=0.5), timedelta(days=-1), sum([timedelta(1)] * 3, timedelta()))
dt = datetime(2024, 12, 31, 23, 59, 59, 999999)
print(dt, dt + timedelta(microseconds=1), dt.isoformat('_', 'milliseconds'), dt.date(), dt.time(), repr(dt), dt.strftime('%Y-%m-%dT%H:%M:%S.%f %I %p %y'), f'{dt:%d/%m}', dt - datetime(2024, 1, 1), dt.timetuple().tm_yday, datetime.combine(d, time(1, 2)), dt.replace(hour=0, fold=1).fold)
tz = timezone(timedelta(hours=5, minutes=30), 'IST')
a = datetime(2024, 1, 1, 12, tzinfo=tz)
print(a, a.astimezone(UTC), a == datetime(2024, 1, 1, 6, 30, tzinfo=UTC), a.utcoffset(), a.tzname(), a.timestamp(), datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(1e9 + 0.123456, tz), timezone.utc, timezone(timedelta(hours=-3)), repr(tz), a - datetime(2024, 1, 1, tzinfo=UTC), hash(a) == hash(a.astimezone(UTC)), a.strftime('%z %Z %:z'), a.isoformat())
for s in ('2024-01-02', '2024-01-02T03:04', '2024-01-02 03:04:05.678', '20240102T030405Z', '2024-01-02T03:04:05+05:30', '2024-01-02T03:04:05.123456789-01', '2024-13-01', '2024-02-30', '2024-01-02T25:00', 'x', '2024-01-02T24:00', '2024-W01'):
    try: print(repr(datetime.fromisoformat(s)))
    except ValueError as e: print(e)
for s, f in (('31/12/99 11:05 PM', '%d/%m/%y %I:%M %p'), ('Mar 5 2020', '%b %d %Y'), ('2020-060', '%Y-%j'), ('12:30:01.5 +0200', '%H:%M:%S.%f %z'), ('x', '%Y'), ('2020 extra', '%Y'), ('Monday 2001', '%A %Y')):
    try: print(datetime.strptime(s, f))
    except ValueError as e: print(e)
x = time(13, 5, 7, 80, tzinfo=tz)
print(x, repr(x), x.isoformat('minutes'), x.replace(hour=1), time(1) < time(2), time.min, time.max, time.fromisoformat('T01:02:03.4'), x.strftime('%H.%M'), bool(time(0)))
for f in (lambda: date(2023, 2, 29), lambda: date(0, 1, 1), lambda: date(2020, 13, 1), lambda: time(24), lambda: date.max + timedelta(1), lambda: d < dt, lambda: dt < a, lambda: dt - a, lambda: timedelta(days=10 ** 10), lambda: timezone(timedelta(hours=24)), lambda: d + 1, lambda: timedelta(1) / 0, lambda: d == dt, lambda: dt == a, lambda: date('x', 1, 1), lambda: datetime(2020, 1, 1).replace(month=0)):
    try: print(f())
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as e: print(type(e).__name__)
class Odd(tzinfo):
    def utcoffset(self, dt): return timedelta(hours=1 + dt.month % 2)
    def dst(self, dt): return timedelta(hours=dt.month % 2)
    def tzname(self, dt): return f'M{dt.month}'
o = datetime(2024, 3, 1, tzinfo=Odd())
print(o, o.tzname(), o + timedelta(40), (o + timedelta(40)).utcoffset(), o.dst(), o.astimezone(UTC), datetime(2024, 3, 1, tzinfo=UTC).astimezone(Odd()))
class MyDate(date):
    def next(self): return self + timedelta(1)
print(repr(MyDate(2024, 1, 31).next()), type(MyDate.fromordinal(5)).__name__)
day, count = date(2000, 1, 1), 0
while day.year < 2001:
    count += day.weekday() == 4 and day.day == 13
    day += timedelta(1)
print(count, day, (date(2100, 1, 1) - date(2000, 1, 1)).days, sorted([date(2, 1, 1), date(1, 1, 1)])[0], max(dt, datetime.min))
