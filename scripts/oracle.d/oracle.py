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

    def insert_counts(self, partner):
        hour = lambda second: datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H")
        for table, unit, suffix in ((partner.hourly, "hour", ""), (partner.daily, "day", "_daily")):
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

    def reconcile(self, partner):
        done = self.run("reconcile", "--partner", partner.name, "--month", str(partner.month[0])[:7], "--format", "json")
        wanted = expected.reconciliation(partner, partner.month, generate.rows_in_force(partner))
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
            self.reconcile(partner)
            self.report(partner)


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
