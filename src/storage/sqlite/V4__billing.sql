-- Version 4: partners' statements, closed months, counts that arrive after a month was closed, and daily counts that replace old
-- hourly ones. Triggers keep statements and closings as they were inserted, and keep the hours of a closed month; hours old enough to
-- be rolled up may be deleted.
create table clicks_daily (
        day text not null, partner text not null, code text not null, kind text not null, outcome text not null,
        n integer not null, primary key (day, partner, code, kind, outcome)) strict, without rowid;
create table searches_daily (
        day text not null, partner text not null, code text not null, outcome text not null,
        n integer not null, primary key (day, partner, code, outcome)) strict, without rowid;
create table adjustments (
        subject text not null, hour text not null, partner text not null, code text not null, kind text not null,
        outcome text not null, n integer not null,
        primary key (subject, hour, partner, code, kind, outcome)) strict, without rowid;
create table statements (
        number integer not null primary key, partner text not null, sha256 text not null, revision integer not null,
        imported text not null, first text not null, last text not null, currency text not null, profile text not null,
        unique (partner, sha256)) strict;
create table statement_rows (
        statement integer not null references statements (number), day text not null, code text not null,
        searches integer, clicks integer, revenue integer, final integer,
        primary key (statement, day, code)) strict, without rowid;
create table closings (
        number integer not null primary key, partner text not null, month text not null, from_hour text not null,
        to_hour text not null, record text not null, signature text not null, unique (partner, month)) strict;

create trigger statements_kept before delete on statements begin select raise(abort, 'statements are kept'); end;
create trigger statements_fixed before update on statements begin select raise(abort, 'statements are kept'); end;
create trigger statement_rows_kept before delete on statement_rows
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_rows_fixed before update on statement_rows
        begin select raise(abort, 'statements are kept'); end;
create trigger closings_kept before delete on closings begin select raise(abort, 'closings are kept'); end;
create trigger closings_fixed before update on closings begin select raise(abort, 'closings are kept'); end;

create trigger clicks_closed_insert before insert on clicks when exists (
        select 1 from closings where partner = new.partner and from_hour <= new.hour and new.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
create trigger clicks_closed_update before update on clicks when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.hour and old.hour < to_hour or from_hour <= new.hour and new.hour < to_hour))
        begin select raise(abort, 'this period is closed'); end;
create trigger clicks_closed_delete before delete on clicks
        when old.hour >= strftime('%Y-%m-%dT%H', 'now', '-25 months') and exists (
        select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_closed_insert before insert on searches when exists (
        select 1 from closings where partner = new.partner and from_hour <= new.hour and new.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_closed_update before update on searches when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.hour and old.hour < to_hour or from_hour <= new.hour and new.hour < to_hour))
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_closed_delete before delete on searches
        when old.hour >= strftime('%Y-%m-%dT%H', 'now', '-25 months') and exists (
        select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
