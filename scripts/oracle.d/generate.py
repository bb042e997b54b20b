"""Random months of partners: our counts, the partners' statements, and the zones and tolerances that they are compared in."""

import calendar
import datetime
import random
import zoneinfo
from dataclasses import dataclass, field, replace

from expected import DAY, OUTCOMES, days, frame, own_counts, second

# Names that are no IANA zones, or that not every copy of the database has.
NO_ZONES = {"localtime", "posixrules", "Factory", "build/etc/localtime"}
SEARCH_OUTCOMES = ["with_ads", "answered", "empty", "failed", "refused"]
UTC = datetime.timezone.utc


@dataclass
class Row:
    """A partner's numbers for a code and a period."""

    first: datetime.date
    last: datetime.date
    code: str
    searches: int
    clicks: int | None
    micros: int
    final: bool | None


@dataclass
class Statement:
    """A statement: its days, its codes (None: all), its rows."""

    first: datetime.date
    last: datetime.date
    codes: list[str] | None
    rows: list[Row]
    is_file: bool


@dataclass
class Partner:
    name: str
    zone: str
    month: tuple[datetime.date, datetime.date]
    tags: dict[str, str]
    tolerance: dict[str, int]
    counts: list[tuple] = field(default_factory=list)
    rolled_up_until: int = 0
    is_closed: bool = False
    statements: list[Statement] = field(default_factory=list)
    withholds: bool = False
    states_final: bool = False
    is_whole: bool = False
    has_codes: bool = True

    def month_of_archive(self):
        """The seconds of the UTC hours that the month has a part of: those that its closing signs."""
        start, end = second(self.month[0], self.zone), second(self.month[1] + DAY, self.zone)
        return start // 3_600 * 3_600, -(-end // 3_600) * 3_600

    def restore_from_archive(self, first, last):
        """The counts that a closed month is reconciled with: by the hour for each UTC day whose hours, as far as these days have a part of
        them, are all in the month."""
        from_, to = self.month_of_archive()
        start, end = second(first, self.zone) // 3_600 * 3_600, -(-second(last + DAY, self.zone) // 3_600) * 3_600
        def is_by_hour(at):
            day = at // 86_400 * 86_400
            return max(day, start) < min(day + 86_400, end) and from_ <= max(day, start) and min(day + 86_400, end) <= to
        is_old = lambda at: at < self.rolled_up_until and not is_by_hour(at)
        kept = [count for count in self.counts if count[0] >= self.rolled_up_until or (is_by_hour(count[0]) and from_ <= count[0] < to)]
        old = frame([count for count in self.counts if is_old(count[0])])
        old = old.assign(second=old.second // 86_400 * 86_400)
        self.daily = old.groupby(["second", "code", "kind", "outcome"], as_index=False).n.sum()
        self.hourly, self.cut = frame(kept), {}

    def build_tables(self):
        """The counts as the store has them: hours, and UTC days where hours are old."""
        old = frame([count for count in self.counts if count[0] < self.rolled_up_until])
        old = old.assign(second=old.second // 86_400 * 86_400)
        self.daily = old.groupby(["second", "code", "kind", "outcome"], as_index=False).n.sum()
        self.hourly = frame([count for count in self.counts if count[0] >= self.rolled_up_until])
        self.cut = {}


def zones():
    """The names of all zones, and of those that are not offset from UTC by whole hours."""
    names = sorted(name for name in zoneinfo.available_timezones() if name not in NO_ZONES and not name.startswith(("posix/", "right/")))
    moments = [datetime.datetime(2025, month, 1, tzinfo=UTC) for month in (1, 7)]
    is_odd = lambda name: any(moment.astimezone(zoneinfo.ZoneInfo(name)).utcoffset().seconds % 3_600 for moment in moments)
    odd = [name for name in names if is_odd(name)]
    return names, odd


def changes_clock(zone, month):
    return second(month[0], zone) % 86_400 != second(month[1] + DAY, zone) % 86_400


def random_month(generator, zone):
    """A month that is over; for half of the zones whose clock changes, one in which it does."""
    def month():
        first = datetime.date(generator.choice([2024, 2025, 2026]), generator.randint(1, 9), 1)
        if first.year < 2026:
            first = first.replace(month=generator.randint(1, 12))
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])

    months = [month() for _ in range(16)]
    changing = [found for found in months if changes_clock(zone, found)]
    return changing[0] if changing and generator.random() < 0.5 else months[0]


def random_partner(generator, number, zone):
    month = random_month(generator, zone)
    codes = [f"{name}-{number}" for name in generator.sample(["main", "news", "mail", "tab"], generator.randint(1, 4))]
    tags = {code: f"QX{number}-{index}" for index, code in enumerate(codes)}
    tolerance = {"clicks": generator.randint(0, 9), "day": generator.randint(50, 300), "month": generator.randint(20, 200), "dispute": generator.randint(300, 1500)}
    partner = Partner(f"p{number}", zone, month, tags, tolerance)
    if generator.random() < 0.95:
        partner.counts = random_counts(generator, partner)
    if generator.random() < 0.25:
        cut = generator.choice([month[0] - 3 * DAY, month[0] + generator.randint(0, 31) * DAY, month[1] + 9 * DAY])
        partner.rolled_up_until = int(datetime.datetime(cut.year, cut.month, cut.day, tzinfo=UTC).timestamp())
    partner.is_closed = generator.random() < 0.5
    partner.build_tables()
    random_statements(generator, partner)
    return partner


def random_counts(generator, partner):
    """Counts by hour from a week before the month to a week after."""
    busy = generator.choice([1, 10, 100, 1_000])
    start = second(partner.month[0] - 8 * DAY, "UTC")
    counts = []
    for hour in range(start, second(partner.month[1] + 9 * DAY, "UTC"), 3_600):
        for code in [*partner.tags, *(["gone"] if busy == 10 else [])]:
            if generator.random() < 0.15:
                continue
            counts.append((hour, code, "sponsored", "counted", generator.randint(1, 2 * busy)))
            if generator.random() < 0.3:
                counts.append((hour, code, "sponsored", generator.choice(OUTCOMES[1:]), generator.randint(1, busy)))
            if generator.random() < 0.3:
                counts.append((hour, code, "organic", generator.choice(["counted", "duplicate"]), generator.randint(1, busy)))
            counts.append((hour, code, "search", generator.choice(SEARCH_OUTCOMES), generator.randint(1, 20 * busy)))
    return counts


def stated_clicks(generator, partner, first, last):
    """What a partner states: our own number of each code, often with a difference, sometimes with two that compensate."""
    found = own_counts(partner, first, last)[0] or {}
    clicks = {code: found.get(code, {}).get("counted", generator.randint(0, 50)) for code in partner.tags}
    limit = lambda n: max(partner.tolerance["clicks"], n * partner.tolerance["day"] // 10_000)
    for code, n in clicks.items():
        dice = generator.random()
        difference = limit(n) * (dice < 0.2) + generator.randint(1, 9) * (dice < 0.1)
        clicks[code] = max(0, n + generator.choice([-1, 1]) * difference)
    if len(clicks) > 1 and generator.random() < 0.2:
        one, other = generator.sample(list(clicks), 2)
        by = min(clicks[one], limit(clicks[other]) + generator.randint(1, 9))
        clicks[one], clicks[other] = clicks[one] - by, clicks[other] + by
    return clicks


def random_rows(generator, partner, first, last, whole):
    """The rows of one period. `whole`: a statement without codes."""
    clicks = stated_clicks(generator, partner, first, last)
    if whole:
        clicks = {None: sum(clicks.values())}
    final = generator.choice([True] * 30 + [False]) if partner.states_final else None
    rows = []
    for code, n in clicks.items():
        if code is not None and rows and generator.random() < 0.05:
            continue
        stated = None if partner.withholds and (n == 0 or generator.random() < 0.01) else n
        tag = "" if code is None else partner.tags[code]
        rows.append(Row(first, last, tag, 40 * n, stated, 310_000 * n + generator.randint(0, 99) * 10_000, final))
    if not whole and generator.random() < 0.04:
        n = generator.randint(1, 40)
        rows.append(Row(first, last, "unknown", n, n, 10_000 * n, final))
    return rows


def random_statements(generator, partner):
    kind = generator.choice(["none", "days", "days", "days", "days", "gap", "gap", "revision", "revision", "scopes", "weeks", "month"])
    partner.withholds, partner.states_final = generator.random() < 0.2, generator.random() < 0.2
    whole = partner.is_whole = generator.random() < 0.15 and kind != "scopes"
    first, last = partner.month
    rows = lambda first, last: [row for day in days(first, last) for row in random_rows(generator, partner, day, day, whole)]
    add = lambda first, last, rows, codes=None, is_file=True: partner.statements.append(Statement(first, last, codes, rows, is_file))
    if kind == "none":
        return
    if kind == "days":
        first += generator.choice([0, 0, 0, 2]) * DAY
        add(first, last, rows(first, last))
    elif kind == "gap":
        missing = first + generator.randint(1, 25) * DAY
        add(first, missing - DAY, rows(first, missing - DAY))
        end = missing + generator.choice([1, 1, 2]) * DAY
        add(end, last, rows(end, last))
    elif kind == "revision":
        add(first, last, rows(first, last))
        middle = first + generator.randint(0, 20) * DAY
        end = middle + generator.randint(0, 7) * DAY
        # A preliminary number never replaces a final one.
        add(middle, end, [replace(row, final=None if row.final is None else True) for row in rows(middle, end)])
    elif kind == "scopes":
        all_rows = rows(first, last)
        for tag in {row.code for row in all_rows}:
            add(first, last, [row for row in all_rows if row.code == tag], [tag], False)
    else:
        add_periods(generator, partner, kind, whole, add)


def add_periods(generator, partner, kind, whole, add):
    """A statement of ISO weeks, one of which may be missing, or of the month."""
    first, last = partner.month
    periods = [(first, last)]
    if kind == "weeks":
        monday = first - first.weekday() * DAY
        periods = [(monday + 7 * n * DAY, monday + (7 * n + 6) * DAY) for n in range(6)]
        periods = [period for period in periods if period[0] <= last]
        if generator.random() < 0.4:
            periods.pop(generator.randrange(len(periods)))
    rows = [row for period in periods for row in random_rows(generator, partner, *period, whole)]
    add(periods[0][0], periods[-1][1], rows, None, False)


def rows_in_force(partner):
    """The rows that apply: each day and code from the latest statement that covers both."""
    def in_force(day, code):
        covering = (s for s in reversed(partner.statements) if s.first <= day <= s.last and (s.codes is None or code in s.codes))
        return next(covering, None)

    return [r for s in partner.statements for r in s.rows if all(in_force(day, r.code) is s for day in days(r.first, r.last))]
