"""What `qsproxy reconcile` must print of a month, computed from docs/statements.md with pandas: it shares no code with the program."""

import datetime
from zoneinfo import ZoneInfo

import pandas

OUTCOMES = ["counted", "duplicate", "expired", "forged", "prefetch", "head", "bot", "cross_site", "library", "embedded", "excess", "repeated"]
ANSWERED = ["with_ads", "answered", "empty"]
DAY = datetime.timedelta(days=1)
COMPARED = ["matched", "within", "under", "over", "missing_ours", "codes_differ"]
ALARMS = ["under", "over", "missing_theirs", "missing_ours", "unmapped", "rolled_up", "codes_differ", "no_statement"]


def days(first, last):
    return [first + DAY * n for n in range((last - first).days + 1)]


def second(day, zone):
    """The second in which a day begins; where midnight is skipped, that with which the clock goes on."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp())


def no_counts():
    return {"organic": 0, "searches": 0, "uncertain": 0, **dict.fromkeys(OUTCOMES, 0)}


def own_counts(partner, first, last):
    """Our counts of these days: by code, and the uncertain clicks of all; (None, 0) if a UTC day is in them partly."""
    key = (first, last)
    if key not in partner.cut:
        partner.cut[key] = cut(partner, second(first, partner.zone), second(last + DAY, partner.zone))
    return partner.cut[key]


def add(found, rows, parts):
    """Adds the parts of these rows that are in the days."""
    sums = parts.groupby([rows.code, rows.kind, rows.outcome], sort=False).sum()
    for (code, kind, outcome), n in sums.items():
        of_code = found.setdefault(code, no_counts())
        if kind == "sponsored":
            of_code[outcome] += int(n)
        elif kind == "organic" and outcome == "counted":
            of_code["organic"] += int(n)
        elif kind == "search" and outcome in ANSWERED:
            of_code["searches"] += int(n)


def cut(partner, start, end):
    found, uncertain = {}, 0
    for unit, table in ((86_400, partner.daily), (3_600, partner.hourly)):
        from_, to = table.second.searchsorted(start - unit, "right"), table.second.searchsorted(end, "left")
        touched = table.iloc[from_:to]
        is_whole = (touched.second >= start) & (touched.second + unit <= end)
        add(found, touched[is_whole], touched[is_whole].n)
        edges = touched[~is_whole]
        if unit == 86_400 and len(edges):
            return None, 0
        for hour, rows in edges.groupby("second"):
            uncertain += divide(found, hour, rows.sort_values("code"), start, end)
    return found, uncertain


def divide(found, hour, rows, start, end):
    """Adds the part of an hour between two seconds. Returns by how many paid clicks it is uncertain."""
    larger = lambda part, n: max(int(part), int(n - part))
    until = lambda sums, at: sums * max(0, min(3_600, at - hour)) // 3_600
    inside = lambda sums: until(sums, end) - until(sums, start)
    sums = rows.groupby(["kind", "outcome"]).n.cumsum()
    parts = inside(sums) - inside(sums - rows.n)
    add(found, rows, parts)
    is_paid = (rows.kind == "sponsored") & (rows.outcome == "counted")
    for code, n, part in zip(rows.code[is_paid], rows.n[is_paid], parts[is_paid]):
        found[code]["uncertain"] += larger(part, n)
    return larger(parts[is_paid].sum(), rows.n[is_paid].sum())


def merged(first, second_):
    """Adds two dictionaries of codes."""
    sums = {code: dict(numbers) for code, numbers in first.items()}
    for code, numbers in second_.items():
        of_code = sums.setdefault(code, dict.fromkeys(numbers, 0))
        for key, n in numbers.items():
            of_code[key] += n
    return sums


def over_runs(partner, periods):
    """Our counts of periods; those that follow one another are one range. Returns the counts and the uncertain clicks, or None."""
    runs = []
    for first, last in periods:
        if runs and second(runs[-1][1] + DAY, partner.zone) == second(first, partner.zone):
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    sums, uncertain = {}, 0
    for first, last in runs:
        found, of_run = own_counts(partner, first, last)
        if found is None:
            return None, 0
        sums, uncertain = merged(sums, found), uncertain + of_run
    return sums, uncertain


def total(found, uncertain):
    if found is None:
        return None
    sums = {key: sum(of_code[key] for of_code in found.values()) for key in OUTCOMES + ["organic", "searches"]}
    return {**sums, "uncertain": uncertain}


def share(n, hundredths):
    return n * hundredths // 10_000


def per_cent(ours, theirs):
    if ours is None or theirs is None or ours == 0:
        return None
    hundredths = (abs(ours - theirs) * 20_000 + ours) // (2 * ours)
    return (hundredths if ours >= theirs else -hundredths) / 100


def add_all(numbers):
    numbers = list(numbers)
    return None if not numbers or None in numbers else sum(numbers)


def row(own, theirs, searches, revenue, status=None):
    ours = None if own is None else own["counted"]
    known = own is not None
    return {
        "ours": ours,
        "theirs": theirs,
        "difference": None if ours is None or theirs is None else ours - theirs,
        "per_cent": per_cent(ours, theirs),
        "status": status,
        "revenue": revenue,
        "outcomes": {outcome: own[outcome] for outcome in OUTCOMES} if known else None,
        "organic": own["organic"] if known else None,
        "searches": own["searches"] if known else None,
        "their_searches": searches,
        "uncertain": own["uncertain"] if known else None,
    }


def compare(found, limit):
    difference = found["difference"]
    if difference == 0:
        return "matched"
    if abs(difference) <= limit + found["uncertain"]:
        return "within"
    if difference > 0:
        return "under"
    return "missing_ours" if found["ours"] == 0 else "over"


def compared_codes(partner, found, rows, share_of):
    """The lines of the codes. `found` has our counts by code, `rows` the statement rows for known codes."""
    if not partner.has_codes:
        return []
    lines = []
    for code in sorted(set(partner.tags) | {code for code, own in found.items() if own["counted"]}):
        own = found.get(code) or no_counts()
        of_code = [stated for stated in rows if stated.code == partner.tags.get(code)]
        line = row(own, add_all(r.clicks for r in of_code), add_all(r.searches for r in of_code), add_all(r.micros for r in of_code))
        limit = max(partner.tolerance["clicks"], share(own["counted"], share_of))
        if line["theirs"] is not None:
            line["status"] = compare(line, limit)
        elif of_code:
            line["status"] = "suppressed"
        elif not any(own.values()):
            continue
        else:
            line["status"] = "within" if own["counted"] <= limit + own["uncertain"] else "missing_theirs"
        lines.append({"code": code, **line})
    return lines


def with_codes(status, codes):
    differs = any(code["status"] in ALARMS for code in codes)
    return "codes_differ" if differs and status in ("matched", "within") else status


def periods_of(month, rows):
    """The periods that end in the month, with their rows, and those that end later."""
    stated = []
    for r in sorted(rows, key=lambda r: (r.first, r.last)):
        if stated and r.first <= stated[-1][1]:
            stated[-1][1] = max(stated[-1][1], r.last)
            stated[-1][2].append(r)
        else:
            stated.append([r.first, r.last, [r]])
    is_daily = all(first == last for first, last, _ in stated)
    first_of_month, last_of_month = month
    inside = [p for p in stated if p[1] >= first_of_month and p[0] <= last_of_month]
    later = [p for p in inside if p[1] > last_of_month]
    covered = {day for first, last, _ in inside for day in days(first, last)}
    gaps = []
    for day in days(first_of_month, last_of_month):
        if day in covered:
            continue
        if gaps and not is_daily and gaps[-1][1] + DAY == day:
            gaps[-1][1] = day
        else:
            gaps.append([day, day, []])
    return sorted([p for p in inside if p not in later] + gaps, key=lambda p: p[0]), later


def reconciliation(partner, month, rows):
    """The members of the JSON that `reconcile` prints, and its exit code."""
    tolerance = partner.tolerance
    partner.has_codes = any(r.code for r in rows)
    known = lambda r: not partner.has_codes or r.code in partner.tags.values()
    periods, later = periods_of(month, rows)
    lines = []
    for first, last, stated in periods:
        found, uncertain = own_counts(partner, first, last)
        mine = [r for r in stated if known(r)]
        line = row(total(found, uncertain), add_all(r.clicks for r in mine), add_all(r.searches for r in mine), add_all(r.micros for r in mine))
        share_of = tolerance["day"] if first == last else tolerance["month"]
        codes = []
        if any(r.final is False for r in stated):
            line["status"] = "provisional"
        elif not stated:
            line["status"] = "missing_theirs"
        elif not mine:
            line["status"] = "unmapped"
        elif line["theirs"] is None:
            line["status"] = "suppressed"
        elif line["ours"] is None:
            line["status"] = "rolled_up"
        else:
            codes = [code for code in compared_codes(partner, found, mine, share_of) if code["status"] in ALARMS]
            line["status"] = with_codes(compare(line, max(tolerance["clicks"], share(line["ours"], share_of))), codes)
        lines.append({"day": str(first), "last": str(last), "codes": codes, **line})
    return month_result(partner, month, periods, later, lines, known)


def month_result(partner, month, periods, later, lines, known):
    tolerance = partner.tolerance
    pairs = [(p, line) for p, line in zip(periods, lines) if line["status"] in COMPARED]
    length = lambda p: (p[1] - p[0]).days + 1
    compared, codes = None, []
    if pairs:
        found, uncertain = over_runs(partner, [(p[0], p[1]) for p, _ in pairs])
        mine = [r for p, _ in pairs for r in p[2] if known(r)]
        sums = row(total(found, uncertain), add_all(l["theirs"] for _, l in pairs), None, add_all(l["revenue"] for _, l in pairs))
        share_of = tolerance["month"] if len(pairs) == len(periods) else max(tolerance["day"], tolerance["month"])
        codes = compared_codes(partner, found, mine, share_of)
        status = with_codes(compare(sums, share(sums["ours"], share_of)), codes)
        keys = ("ours", "theirs", "difference", "per_cent", "revenue", "uncertain")
        compared = {"days": sum(length(p) for p, _ in pairs), "status": status, **{key: sums[key] for key in keys}}
    found, uncertain = over_runs(partner, [(p[0], p[1]) for p in periods])
    revenues = [line["revenue"] for line in lines if line["revenue"] is not None]
    whole = row(total(found, uncertain), add_all(l["theirs"] for l in lines), add_all(l["their_searches"] for l in lines), sum(revenues) if revenues else None)
    difference = whole["difference"]
    dispute = difference is not None and abs(difference) > share(whole["ours"], tolerance["dispute"]) + whole["uncertain"]
    statuses = [line["status"] for line in lines]
    without = [s for s in ("rolled_up", "provisional", "missing_theirs", "unmapped", "suppressed") if s in statuses]
    if not later and not any(p[2] for p in periods):
        counted = found is None or any(any(own.values()) for own in found.values())
        whole["status"] = "no_statement" if counted else "no_data"
        lines = []
    elif without:
        whole["status"] = without[0]
    else:
        whole["status"] = with_codes(compare(whole, share(whole["ours"], tolerance["month"])), codes)
    alarms = any(line["status"] in ALARMS for line in lines + codes + [whole])
    whole |= {
        "month": str(month[0])[:7],
        "days": sum(length(p) for p in periods),
        "revenue_days": sum(length(p) for p, line in zip(periods, lines) if line["revenue"] is not None),
        "dispute": dispute,
        "adjustments": 0,
        "compared": compared,
    }
    unknown = [r for p in periods for r in p[2] if not known(r)]
    last = lambda r: {} if r.first == r.last else {"last": str(r.last)}
    unmapped = [{"day": str(r.first), "code": r.code, "theirs": r.clicks, "revenue": r.micros, **last(r)} for r in unknown]
    key = lambda r: (r["day"], r["code"], r.get("last", ""))
    result = {"days": lines, "month": whole, "codes": codes, "unmapped": sorted(unmapped, key=key)}
    return {**result, "shared": shared(partner, month, periods + later), "exit": 1 if alarms else 0}


def shared(partner, month, periods):
    """The periods with days in two months."""
    clicks = lambda found: None if found is None else sum(own["counted"] for own in found.values())
    entries = []
    for first, last, _ in periods:
        inside = (max(first, month[0]), min(last, month[1]))
        if inside != (first, last):
            all_, part = clicks(own_counts(partner, first, last)[0]), clicks(own_counts(partner, *inside)[0])
            outside = None if all_ is None or part is None else all_ - part
            entries.append({"day": str(first), "last": str(last), "inside": part, "outside": outside})
    return entries


def frame(rows):
    return pandas.DataFrame(rows, columns=["second", "code", "kind", "outcome", "n"])
