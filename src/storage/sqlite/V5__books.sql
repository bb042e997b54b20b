-- Version 5: the scope of a statement, rows of several days and in several currencies, corrections of older days, and the list of events
-- that decides which statement is in force. Earlier statements have rows of one day and in one currency, and speak for all codes.
alter table statements rename to statements_4;
alter table statement_rows rename to statement_rows_4;
create table statements (
        number integer not null primary key, partner text not null, sha256 text not null, revision integer not null,
        imported text not null, first text not null, last text not null, currency text not null, profile text not null,
        codes integer) strict;
create table statement_rows (
        statement integer not null references statements (number), day text not null, code text not null,
        searches integer, clicks integer, revenue integer, final integer, last text not null, currency text not null,
        primary key (statement, day, code, last, currency)) strict, without rowid;
-- The codes that a statement speaks for; none if it speaks for all. `statements.codes` is their number, null for all.
create table statement_codes (
        statement integer not null references statements (number), code text not null,
        primary key (statement, code)) strict, without rowid;
-- Corrections of days outside of the statement's own, to be added to what is in force for them.
create table statement_corrections (
        statement integer not null references statements (number), day text not null, code text not null,
        searches integer, clicks integer, revenue integer, final integer, last text not null, currency text not null,
        primary key (statement, day, code, last, currency)) strict, without rowid;
-- `event` is imported, withdrawn or used.
create table statement_events (
        number integer not null primary key, statement integer not null references statements (number),
        event text not null, day text not null, reason text not null) strict;
-- The last of these events when the month was closed; null for months closed by earlier versions, whose records name the statement.
alter table closings add column statement_event integer;

insert into statements (number, partner, sha256, revision, imported, first, last, currency, profile, codes)
        select number, partner, sha256, revision, imported, first, last, currency, profile, null from statements_4;
insert into statement_rows (statement, day, code, searches, clicks, revenue, final, last, currency)
        select r.statement, r.day, r.code, r.searches, r.clicks, r.revenue, r.final, r.day, s.currency
        from statement_rows_4 r join statements_4 s on s.number = r.statement;
insert into statement_events (number, statement, event, day, reason)
        select number, number, 'imported', imported, '' from statements_4;
drop table statement_rows_4;
drop table statements_4;

create trigger statements_kept before delete on statements begin select raise(abort, 'statements are kept'); end;
create trigger statements_fixed before update on statements begin select raise(abort, 'statements are kept'); end;
create trigger statement_rows_kept before delete on statement_rows
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_rows_fixed before update on statement_rows
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_codes_kept before delete on statement_codes
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_codes_fixed before update on statement_codes
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_corrections_kept before delete on statement_corrections
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_corrections_fixed before update on statement_corrections
        begin select raise(abort, 'statements are kept'); end;
create trigger statement_events_kept before delete on statement_events
        begin select raise(abort, 'events of statements are kept'); end;
create trigger statement_events_fixed before update on statement_events
        begin select raise(abort, 'events of statements are kept'); end;
