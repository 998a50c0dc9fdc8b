"""Says when schedules are due, by other means than Conure's: croniter, and Python's zoneinfo.

usage: oracle.py OUTPUT

croniter finds the times on the clock; how it treats changes of clocks is left aside. Those are put to instants here, as
docs/rules.md says: a time that occurs twice is its first, a time that does not exist is the next minute that does.

Each line of the output is a case: KIND;ZONE;EXPRESSION;AFTER;UNTIL;INSTANT INSTANT ... in seconds.
"""

import random
import sys
from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut",
    "Asia/Shanghai", "Pacific/Apia", "Pacific/Chatham", "America/Havana", "UTC",
]
START, END = datetime(2017, 1, 1), datetime(2027, 1, 1)
MINUTE = timedelta(minutes=1)

SPARSE = [
    "30 2 * * *", "0 0 * * *", "59 23 * * *", "15 1 * * 0", "0 2 * * 7", "45 1 * * mon-fri", "0 12 1,15 * *",
    "0 3 13 * 5", "10 0 */2 * 1", "20 2 10-20 * */2", "0 0 29 2 *", "0 0 31 * *", "0 0 30 2 *", "0 4 1-7 * SUN",
    "30 1 8-14 mar,nov sun", "5 0 * 3-11/4 fri-sun", "0 0 1 1 *", "0 22 * * 1-5", "7 3 28-31 * *",
]
DENSE = ["* * * * *", "*/5 * * * *", "*/30 0-3 * * *", "0 * * * *", "13,37 1-3/2 * * *", "59-59 */2 * * 0,6"]
CLOCKS = ["02:30", "00:00", "00:15 02:00 02:59 23:45"]
DAYS = ["", "mon tue wed thu fri", "sat sun"]
INTERVALS = [7, 60, 900, 3600, 5400, 86400, 7 * 86400]


def random_field(draw, low, high):
    kind = draw.random()
    if kind < 0.35:
        return "*"
    if kind < 0.5:
        return f"*/{draw.randint(2, max(2, (high - low) // 2))}"
    if kind < 0.7:
        start = draw.randint(low, high - 1)
        return f"{start}-{draw.randint(start + 1, high)}"
    return ",".join(str(draw.randint(low, high)) for _ in range(draw.randint(1, 3)))


def random_expressions(count):
    draw = random.Random(20261124)
    for _ in range(count):
        # A minute and an hour, so that ten years stay short; days of all kinds.
        yield " ".join([
            str(draw.randint(0, 59)), str(draw.choice([0, 1, 2, 3, 23])), random_field(draw, 1, 31),
            random_field(draw, 1, 12), random_field(draw, 0, 6)])


def walls(expression, start, end):
    """The times on the clock that an expression means, from start on and before end."""
    minute, hour, day, month, weekday = expression.split()
    # One of the two days is enough only if neither begins with a star, as in Vixie's cron.
    if "*" in (day, weekday) or not (day.startswith("*") or weekday.startswith("*")):
        return times(expression, start, end)
    # What both must fit is put together here: croniter passes over 1 March where a 31 February would fit too.
    _, _, days, _, weekdays = croniter.expand(expression)[0]
    return [
        time for time in times(f"{minute} {hour} * {month} *", start, end)
        if (days == ["*"] or time.day in days) and (weekdays == ["*"] or time.isoweekday() % 7 in weekdays)]


def times(expression, start, end):
    iterator = croniter(expression, start - MINUTE, ret_type=datetime)
    found = []
    try:
        while (time := iterator.get_next()) < end:
            found.append(time)
    except CroniterBadDateError:
        pass
    return found


def clock_walls(clocks, days, start, end):
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    found = []
    day = start.replace(hour=0, minute=0)
    while day < end:
        if not days or names[day.weekday()] in days.split():
            for clock in sorted(clocks.split()):
                hour, minute = clock.split(":")
                found.append(day.replace(hour=int(hour), minute=int(minute)))
        day += timedelta(days=1)
    return [time for time in found if start <= time < end]


@lru_cache(maxsize=200_000)
def instant(zone, wall):
    """The instant in seconds of a time on the clock, as docs/rules.md says."""
    while True:
        utc = wall.replace(tzinfo=zone).astimezone(timezone.utc)
        if utc.astimezone(zone).replace(tzinfo=None) == wall:
            return int(utc.timestamp())
        wall += MINUTE


def instants(zone, walls):
    return sorted({instant(zone, wall) for wall in walls})


def shifts(zone):
    """The times on the clock around which it is changed."""
    found = []
    hour = START
    offset = hour.replace(tzinfo=zone).utcoffset()
    while hour < END:
        hour += timedelta(hours=6)
        other = hour.replace(tzinfo=zone).utcoffset()
        if other != offset:
            found.append(hour)
            offset = other
    return found


def main(path):
    out = open(path, "w")

    def write(kind, name, expression, after, until, expected):
        low, high = bisect_right(expected, after), bisect_right(expected, until)
        print(kind, name, expression, after, until, " ".join(map(str, expected[low:high])), sep=";", file=out)

    edge = timedelta(days=2)
    sparse = [("cron", text, walls(text, START - edge, END + edge)) for text in SPARSE + list(random_expressions(12))]
    for clocks in CLOCKS:
        for days in DAYS:
            sparse.append(("at", f"{clocks}|{days}", clock_walls(clocks, days, START - edge, END + edge)))
    for number, name in enumerate(ZONES):
        zone = ZoneInfo(name)
        first, last = (int(time.replace(tzinfo=timezone.utc).timestamp()) for time in (START, END))
        print("offsets", name, "", first, last, " ".join(
            str(int(datetime.fromtimestamp(time, zone).utcoffset().total_seconds()))
            for time in range(first, last, 6 * 3600)), sep=";", file=out)
        # Each zone has its share of them, and the first, which is about the hour of most changes.
        for kind, text, times in sparse[:1] + sparse[1 + number % 4::4]:
            write(kind, name, text, first, last, instants(zone, times))
        for shift in shifts(zone)[-4:]:
            middle = instant(zone, shift)
            for text in DENSE:
                reach = timedelta(hours=12)
                expected = instants(zone, walls(text, shift - 3 * reach, shift + 3 * reach))
                write("cron", name, text, middle - 9 * 3600, middle + 9 * 3600, expected)
        anchor = instant(zone, datetime(2024, 1, 1))
        for interval in INTERVALS:
            for after in (anchor - 10 * interval - 1, anchor, anchor + 123456789):
                start = anchor + (after - anchor) // interval * interval
                grid = [start + interval * step for step in range(50)]
                write("every", name, str(interval), after, after + 40 * interval, grid)
    out.close()


main(sys.argv[1])
