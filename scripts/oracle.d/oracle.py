"""Compares `qsproxy reconcile` and `qsproxy report` with an independent computation over random months.

usage: oracle.py PROGRAM [--months N] [--seed N] [--postgres FOLDER]
Prints how many numbers were compared and every difference; exits 1 if there is one."""

import argparse
import csv
import datetime
import hashlib
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import expected
import generate

TODAY = "2026-11-01"


class SqliteStore:
    """An SQLite store."""

    def __init__(self, folder):
        self.url, self.further, self.path = "sqlite:data/counts.db", "", folder / "data/counts.db"

    def ready(self):
        return self.path.exists() and self.query("select name from sqlite_master where name = 'statement_events'")

    def query(self, sql):
        connection = sqlite3.connect(self.path)
        with connection:
            rows = connection.execute(sql).fetchall()
        connection.close()
        return rows

    def text(self, sql):
        return self.query(sql)[0][0]

    def roll_up(self, partner, until):
        connection = sqlite3.connect(self.path)
        with connection:
            # The store refuses to roll up hours of closed months that are not 25 months old.
            connection.execute("drop trigger if exists clicks_closed_delete")
            connection.execute("drop trigger if exists searches_closed_delete")
            for table, key in (("clicks", "code, kind, outcome"), ("searches", "code, outcome")):
                old = f"from {table} where partner = '{partner}' and hour < '{until}'"
                connection.execute(
                    f"insert into {table}_daily (day, partner, {key}, n) select substr(hour, 1, 10), partner, {key}, sum(n) {old} group by 1, partner, {key}"
                )
                connection.execute(f"delete {old}")
        connection.close()

    def insert(self, table, columns, rows):
        connection = sqlite3.connect(self.path)
        with connection:
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)
        connection.close()


class PostgresStore:
    """A database of a PostgreSQL server that accepts the user `qsproxy` without a password."""

    def __init__(self, port):
        self.port = port
        self.url = f"postgres://qsproxy@127.0.0.1:{port}/postgres"
        self.further = 'spool = "data/spool.db"\nnode = "one"\n'

    def psql(self, sql, text=None):
        command = ["psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port, "-U", "qsproxy", "-d", "postgres", "-c", sql]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else sys.exit(f"{sql}: {done.stderr}")

    def ready(self):
        return self.psql("select 1 from pg_tables where tablename = 'statement_events'")

    def query(self, sql):
        return [(int(line),) for line in self.psql(sql)]

    def text(self, sql):
        return "\n".join(self.psql(sql))

    def roll_up(self, partner, until):
        # As `fold` does, for one partner. The store refuses it for closed months that are not 25 months old.
        for table, key in (("clicks", "code, kind, outcome"), ("searches", "code, outcome")):
            self.psql(f"alter table node_{table} disable trigger all")
            old = f"from node_{table} where partner = '{partner}' and hour < '{until}:00Z'"
            day = "cast(hour at time zone 'UTC' as date)"
            self.psql(f"insert into {table}_daily (day, partner, {key}, n) select {day}, partner, {key}, sum(n) {old} group by {day}, partner, {key}")
            self.psql(f"delete {old}")

    def insert(self, table, columns, rows):
        if not rows:
            return
        # What nodes deliver by the hour is in tables that also name the node.
        is_delivered = table in ("clicks", "searches")
        lines = []
        for row in rows:
            named = dict(zip(columns, row)) | ({"node": "one"} if is_delivered else {})
            if "hour" in named:
                named["hour"] = named["hour"].replace("T", " ") + ":00:00+00"
            lines.append("\t".join("\\N" if value is None else str(value) for value in named.values()))
        self.psql(f"copy {'node_' * is_delivered}{table} ({', '.join(named)}) from stdin", "\n".join(lines) + "\n")


def configuration(store, partners):
    text = f'[listen]\naddress = "127.0.0.1:0"\npublic_url = "http://127.0.0.1:8080"\n[admin]\naddress = "127.0.0.1:0"\n'
    text += f'[counts]\nstore = "{store.url}"\nkeys = "data/keys"\n{store.further}'
    for partner in partners:
        for code, tag in partner.tags.items():
            text += f'[[code]]\nname = "{code}"\npartners = ["{partner.name}"]\ntags = {{ {partner.name} = "{tag}" }}\n'
    for partner in partners:
        per_cent = lambda key: f'"{partner.tolerance[key] // 100}.{partner.tolerance[key] % 100:02}%"'
        code = "" if partner.is_whole else ', code = "Tag"'
        statement = f'zone = "{partner.zone}", date = "Day"{code}, searches = "Searches", clicks = "Clicks", revenue = "Money", currency = "USD"'
        if partner.states_final:
            statement += ', final = "Final"'
        if partner.withholds:
            statement += ', zero_clicks = "unknown"'
        text += f"""[[partner]]
name = "{partner.name}"
url = "http://127.0.0.1:1/search"
send = {{ keyword = "q" }}
results = {{ list = "/results", title = "/title", url = "/url" }}
statement = {{ {statement} }}
tolerance = {{ clicks = {partner.tolerance["clicks"]}, day = {per_cent("day")}, month = {per_cent("month")}, dispute = {per_cent("dispute")} }}
"""
    return text


class Trial:
    """One store with the months of some partners."""

    def __init__(self, program, store_of, partners):
        self.program, self.partners = program, partners
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="oracle-"))
        self.store = store_of(self.folder)
        (self.folder / "proxy.toml").write_text(configuration(self.store, partners))
        self.compared, self.differences = 0, []

    def run(self, *arguments):
        return subprocess.run([self.program, "--config", "proxy.toml", *arguments], cwd=self.folder, capture_output=True, text=True)

    def create_store(self):
        """Lets the program create its tables."""
        server = subprocess.Popen([self.program, "--config", "proxy.toml", "serve"], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        for _ in range(300):
            if server.poll() is not None:
                sys.exit(f"serve ended: {server.stderr.read()}")
            if self.store.ready():
                break
            time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        server.wait(30)

    def accept_all(self, partner, *arguments):
        """Closes or corrects a month, and accepts what the program names. None if there is nothing to sign."""
        command = ["close", *arguments, "--partner", partner.name, "--month", str(partner.month[0])[:7]]
        done = self.run(*command)
        if done.returncode == 1:
            names = [line.split(":")[0] for line in done.stdout.splitlines() if "accept it with" in line]
            done = self.run(*command, *(word for name in names for word in ("--accept", f"{name}=a trial")))
        elif "no_statement=REASON" in done.stderr:
            done = self.run(*command, "--accept", "no_statement=a trial")
        if done.returncode != 0:
            self.differences.append(f"{partner.name} {' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def record(self, table, partner):
        """The lines of the partner's only record in a table, by their keys."""
        text = self.store.text(f"select record from {table} where partner = '{partner.name}'")
        lines = [line.partition(": ")[::2] for line in text.splitlines()[1:]]
        return {key: [value for name, value in lines if name == key] for key, _ in lines}

    def close(self, partner, wanted):
        """Closes a month and compares its record."""
        self.accept_all(partner)
        record, month = self.record("closings", partner), wanted["month"]
        partner.signed_clicks = month["ours"]
        text = lambda value, none: none if value is None else str(value)
        self.compare(f"{partner.name} record", record, {
            "clicks_counted": [text(month["ours"], "not known")],
            "searches": [text(month["searches"], "not known")],
            "statement_clicks": [text(month["theirs"], "not told")],
            "difference": [text(month["difference"], "none")],
        })

    def correct(self, partner):
        """Signs clicks that arrive after the closing, and compares the correction."""
        # What was signed stays known where the hours of a week across the end of the month were rolled up since.
        ours = partner.signed_clicks
        hour = datetime.datetime.fromtimestamp(expected.second(partner.month[0], partner.zone) + 7_200, datetime.timezone.utc)
        columns = ["subject", "hour", "partner", "code", "kind", "outcome", "n"]
        code = next(iter(partner.tags))
        rows = [("clicks", hour.strftime("%Y-%m-%dT%H"), partner.name, code, "sponsored", outcome, n) for outcome, n in (("counted", 7), ("bot", 2))]
        self.store.insert("adjustments", columns, rows)
        self.accept_all(partner, "--correct")
        change = "before none, after none, difference none" if ours is None else f"before {ours}, after {ours + 7}, difference 7"
        self.compare(f"{partner.name} correction", self.record("corrections", partner), {"clicks_counted": [change]})

    def roll_up(self, partner):
        """Makes days of the partner's old hours, as the program does where they are old enough."""
        until = datetime.datetime.fromtimestamp(partner.rolled_up_until, datetime.timezone.utc).strftime("%Y-%m-%dT%H")
        self.store.roll_up(partner.name, until)

    def verify(self):
        done = self.run("verify")
        self.compare("verify exit", done.returncode, 0)
        invalid = [line for line in done.stdout.splitlines() if line.startswith("record ") and ": valid" not in line]
        self.differences.extend(invalid)

    def insert_counts(self, partner):
        hour = lambda second: datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H")
        # A month that is closed before is rolled up later.
        hourly = expected.frame(partner.counts) if partner.is_closed else partner.hourly
        daily = partner.daily.iloc[:0] if partner.is_closed else partner.daily
        for table, unit, suffix in ((hourly, "hour", ""), (daily, "day", "_daily")):
            text = hour if unit == "hour" else lambda second: hour(second)[:10]
            rows = [(text(r.second), partner.name, r.code, r.kind, r.outcome, int(r.n)) for r in table.itertuples()]
            clicks = [r for r in rows if r[3] != "search"]
            searches = [r[:3] + r[4:] for r in rows if r[3] == "search"]
            self.store.insert("clicks" + suffix, [unit, "partner", "code", "kind", "outcome", "n"], clicks)
            self.store.insert("searches" + suffix, [unit, "partner", "code", "outcome", "n"], searches)

    def import_file(self, partner, statement, number):
        path = self.folder / f"{partner.name}-{number}.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Day", "Tag", "Searches", "Clicks", "Money", "Final"])
            for r in statement.rows:
                money = f"{r.micros // 1_000_000}.{r.micros % 1_000_000:06}"
                writer.writerow([r.first, r.code, r.searches, 0 if r.clicks is None else r.clicks, money, "no" if r.final is False else "yes"])
        arguments = ["statement", "import", "--partner", partner.name, path.name]
        done = self.run(*arguments, "--replace") if self.has_replace else self.run(*arguments)
        if done.returncode != 0:
            sys.exit(f"{path}: {done.stdout}{done.stderr}")

    def insert_statement(self, partner, statement):
        """Inserts a statement of several days a row, or of some codes: how files become such rows has tests of its own."""
        number = self.store.query("select coalesce(max(number), 0) + 1 from statements")[0][0]
        event = self.store.query("select coalesce(max(number), 0) + 1 from statement_events")[0][0]
        digest = hashlib.sha256(f"{partner.name} {number}".encode()).hexdigest()
        columns = ["number", "partner", "sha256", "revision", "imported", "first", "last", "currency", "profile", "codes"]
        codes = None if statement.codes is None else len(statement.codes)
        values = (number, partner.name, digest, 1, TODAY, str(statement.first), str(statement.last), "USD", "none", codes)
        self.store.insert("statements", columns, [values])
        if statement.codes:
            self.store.insert("statement_codes", ["statement", "code"], [(number, code) for code in statement.codes])
        columns = ["statement", "day", "code", "searches", "clicks", "revenue", "final", "last", "currency"]
        final = lambda r: None if r.final is None else int(r.final)
        values = [(number, str(r.first), r.code, r.searches, r.clicks, r.micros, final(r), str(r.last), "USD") for r in statement.rows]
        self.store.insert("statement_rows", columns, values)
        self.store.insert("statement_events", ["number", "statement", "event", "day", "reason"], [(event, number, "imported", TODAY, "")])

    def compare(self, place, found, wanted):
        """Compares two trees of JSON. What the program prints besides is not compared."""
        if isinstance(wanted, dict) and isinstance(found, dict):
            for key, value in wanted.items():
                self.compare(f"{place} {key}", found.get(key, "missing"), value)
        elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
            for at, (one, other) in enumerate(zip(found, wanted)):
                self.compare(f"{place} {at}", one, other)
        else:
            self.compared += 1
            if found != wanted:
                self.differences.append(f"{place}: {found!r} instead of {wanted!r}")

    def wanted(self, partner):
        return expected.reconciliation(partner, partner.month, generate.rows_in_force(partner))

    def close_and_roll_up(self, partner):
        """Closes a month with its hours, and rolls them up if they are old."""
        until, partner.rolled_up_until = partner.rolled_up_until, 0
        partner.build_tables()
        self.close(partner, self.wanted(partner))
        partner.rolled_up_until = until
        if until:
            self.roll_up(partner)
        periods, later = expected.periods_of(partner.month, generate.rows_in_force(partner))
        ends = [day for first, last, _ in periods + later for day in (first, last)]
        partner.restore_from_archive(min([partner.month[0], *ends]), max([partner.month[1], *ends]))

    def reconcile(self, partner):
        done = self.run("reconcile", "--partner", partner.name, "--month", str(partner.month[0])[:7], "--format", "json")
        wanted = self.wanted(partner)
        place = f"{partner.name} {partner.zone} {str(partner.month[0])[:7]}"
        self.compare(f"{place} exit", done.returncode, wanted.pop("exit"))
        if done.returncode > 1:
            self.differences.append(f"{place}: {done.stderr}")
            return
        found = json.loads(done.stdout, parse_float=lambda text: self.number(place, text))
        for row in [*found["days"], *found["codes"], *found["unmapped"], found["month"], found["month"]["compared"] or {}]:
            row["revenue"] = micros(row.get("revenue"))
            for code in row.get("codes", []) if isinstance(row.get("codes"), list) else []:
                code["revenue"] = micros(code["revenue"])
        found["unmapped"].sort(key=lambda r: (r["day"], r["code"], r.get("last", "")))
        self.compare(place, found, wanted)

    def number(self, place, text):
        """A zero has no sign."""
        if text.strip("-0.") == "" and text.startswith("-"):
            self.differences.append(f"{place}: a zero with a sign, {text}")
        return float(text)

    def report(self, partner):
        first, last = (str(day) for day in partner.month)
        done = self.run("report", "clicks", "--partner", partner.name, "--from", first, "--to", last, "--format", "json")
        if done.returncode != 0:
            # A partner that is configured and has no counts is known.
            self.differences.append(f"{partner.name} report: {done.stderr}")
            return
        sums, wanted = {}, {}
        for row in json.loads(done.stdout):
            key = (row["day"], row["code"], row["kind"], row["outcome"])
            sums[key] = sums.get(key, 0) + row["n"]
        for table in (partner.hourly, partner.daily):
            for r in table[table.kind != "search"].itertuples():
                day = str(datetime.datetime.fromtimestamp(r.second, datetime.timezone.utc).date())
                if first <= day <= last:
                    key = (day, r.code, r.kind, r.outcome)
                    wanted[key] = wanted.get(key, 0) + int(r.n)
        for key in sums.keys() | wanted.keys():
            self.compare(f"{partner.name} report {' '.join(key)}", sums.get(key), wanted.get(key))

    def check(self):
        self.has_replace = "--replace" in self.run("statement", "import", "--help").stdout
        self.create_store()
        for partner in self.partners:
            self.insert_counts(partner)
            for number, statement in enumerate(partner.statements):
                self.import_file(partner, statement, number) if statement.is_file else self.insert_statement(partner, statement)
        for partner in self.partners:
            if partner.is_closed:
                self.close_and_roll_up(partner)
        for partner in self.partners:
            self.reconcile(partner)
            wanted = self.wanted(partner)
            if partner.is_closed and partner.rolled_up_until:
                partner.build_tables()
            self.report(partner)
            if partner.is_closed and partner.tags:
                self.correct(partner)
            elif not partner.is_closed and partner.rolled_up_until:
                # Closed late: the sums of days are signed.
                self.close(partner, wanted)
        self.verify()


def micros(text):
    if text is None:
        return None
    sign, (units, decimals) = (-1 if text.startswith("-") else 1), text.lstrip("-").split(".")
    return sign * (int(units) * 1_000_000 + int(decimals.ljust(6, "0")))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--months", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--postgres", metavar="PORT", help="also use the PostgreSQL server at this port, for every fifth month")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.months} months")
    generator = random.Random(arguments.seed)
    names, odd = generate.zones()
    zone = lambda: generator.choice(odd if generator.random() < 0.4 else names)
    partners = [generate.random_partner(generator, number, zone()) for number in range(arguments.months)]
    program = str(pathlib.Path(arguments.program).resolve())
    on_postgres = partners[::5] if arguments.postgres else []
    trials = [Trial(program, SqliteStore, [partner for partner in partners if partner not in on_postgres])]
    if on_postgres:
        trials.append(Trial(program, lambda _: PostgresStore(arguments.postgres), on_postgres))
    compared, differences = 0, []
    for trial in trials:
        trial.check()
        print(f"{len(trial.partners)} months: {trial.compared} comparisons, {len(trial.differences)} differences", flush=True)
        compared, differences = compared + trial.compared, differences + trial.differences
    for difference in differences[:50]:
        print(difference)
    off = sum(partner.zone in odd for partner in partners)
    print(f"{len(partners)} months ({len(on_postgres)} on PostgreSQL, {off} in zones off the whole hour): {compared} comparisons, {len(differences)} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
