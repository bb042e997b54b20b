-- The scope of a statement, rows of several days and in several currencies, corrections of older days, and the list of events that
-- decides which statement is in force. Earlier statements have rows of one day and in one currency, and speak for all codes.
alter table statements drop constraint statements_partner_sha256_key;
-- The number of codes that it speaks for; null for all.
alter table statements add column codes bigint;
alter table statement_rows add column last date, add column currency text collate "C";
alter table statement_rows disable trigger statement_rows_kept;
update statement_rows set last = day, currency = statements.currency from statements where number = statement;
alter table statement_rows enable trigger statement_rows_kept;
alter table statement_rows alter column last set not null, alter column currency set not null,
    drop constraint statement_rows_pkey, add primary key (statement, day, code, last, currency);

create table statement_codes (
    statement bigint not null references statements (number), code text collate "C" not null, primary key (statement, code));
-- Corrections of days outside of the statement's own, to be added to what is in force for them.
create table statement_corrections (
    statement bigint not null references statements (number), day date not null, code text collate "C" not null,
    searches bigint, clicks bigint, revenue bigint, final bigint, last date not null, currency text collate "C" not null,
    primary key (statement, day, code, last, currency));
-- `event` is imported, withdrawn or used.
create table statement_events (
    number bigint not null primary key, statement bigint not null references statements (number), event text collate "C" not null,
    day date not null, reason text collate "C" not null);
insert into statement_events (number, statement, event, day, reason)
    select number, number, 'imported', imported, '' from statements;
-- The last of these events when the month was closed; null for months closed by earlier versions, whose records name the statement.
alter table closings add column statement_event bigint;

create trigger statement_codes_kept before update or delete or truncate on statement_codes
    for each statement execute function refuse_change('statements');
create trigger statement_corrections_kept before update or delete or truncate on statement_corrections
    for each statement execute function refuse_change('statements');
create trigger statement_events_kept before update or delete or truncate on statement_events
    for each statement execute function refuse_change('events of statements');
