-- The tables of a store in PostgreSQL 15 and later (docs/http-api.md, "Stored tables"). Each table of counts is shared by all nodes, and
-- its key starts with the node, so that no two nodes write to the same row, and rarely to the same page. The documented names are
-- views that add up all nodes. A migration that was released is never changed: later changes are files of their own.

-- Free space on each page, so that an update stays on its page and changes no index (heap-only tuples).
create table node_clicks (
    node text collate "C" not null, hour timestamptz not null, partner text collate "C" not null, code text collate "C" not null, kind text collate "C" not null,
    outcome text collate "C" not null, n bigint not null,
    primary key (node, hour, partner, code, kind, outcome)) with (fillfactor = 70);
create table node_searches (
    node text collate "C" not null, hour timestamptz not null, partner text collate "C" not null, code text collate "C" not null, outcome text collate "C" not null,
    n bigint not null, primary key (node, hour, partner, code, outcome)) with (fillfactor = 70);
create table node_active (
    node text collate "C" not null, day date not null, code text collate "C" not null, gap smallint not null, n bigint not null,
    primary key (node, day, code, gap)) with (fillfactor = 70);
create table node_retention (
    node text collate "C" not null, cohort date not null, age smallint not null, code text collate "C" not null, n bigint not null,
    primary key (node, cohort, age, code)) with (fillfactor = 70);
create table node_active_by_id (
    node text collate "C" not null, day date not null, code text collate "C" not null, n bigint not null,
    primary key (node, day, code)) with (fillfactor = 70);
create table node_slices (
    node text collate "C" not null, day date not null, partner text collate "C" not null, dimension text collate "C" not null, value text collate "C" not null,
    n bigint not null, primary key (node, day, partner, dimension, value)) with (fillfactor = 70);

-- Reports filter by day, for all nodes.
create index on node_clicks (hour);
create index on node_searches (hour);
create index on node_active (day);
create index on node_retention (cohort);
create index on node_slices (day);

create view clicks as
    select hour, partner, code, kind, outcome, cast(sum(n) as bigint) as n from node_clicks
    group by hour, partner, code, kind, outcome;
create view searches as
    select hour, partner, code, outcome, cast(sum(n) as bigint) as n from node_searches
    group by hour, partner, code, outcome;
create view active as
    select day, code, gap, cast(sum(n) as bigint) as n from node_active group by day, code, gap;
create view retention as
    select cohort, age, code, cast(sum(n) as bigint) as n from node_retention group by cohort, age, code;
create view active_by_id as
    select day, code, cast(sum(n) as bigint) as n from node_active_by_id group by day, code;
create view slices as
    select day, partner, dimension, value, cast(sum(n) as bigint) as n from node_slices
    group by day, partner, dimension, value;

-- The last batch of each spool: its number, and the SHA-256 of its contents.
create table spools (
    spool text collate "C" not null primary key, node text collate "C" not null, seq bigint not null, digest text collate "C" not null)
    with (fillfactor = 50);
create view batches as select node, max(seq) as seq from spools group by node;

create table clicks_daily (
    day date not null, partner text collate "C" not null, code text collate "C" not null, kind text collate "C" not null, outcome text collate "C" not null,
    n bigint not null, primary key (day, partner, code, kind, outcome));
create table searches_daily (
    day date not null, partner text collate "C" not null, code text collate "C" not null, outcome text collate "C" not null,
    n bigint not null, primary key (day, partner, code, outcome));
create table adjustments (
    subject text collate "C" not null, hour timestamptz not null, partner text collate "C" not null, code text collate "C" not null, kind text collate "C" not null,
    outcome text collate "C" not null, n bigint not null, primary key (subject, hour, partner, code, kind, outcome));
create table privacy_versions (version bigint not null primary key, day date not null, statement text collate "C" not null);
create table statements (
    number bigint not null primary key, partner text collate "C" not null, sha256 text collate "C" not null, revision bigint not null,
    imported date not null, first date not null, last date not null, currency text collate "C" not null, profile text collate "C" not null,
    unique (partner, sha256));
create table statement_rows (
    statement bigint not null references statements (number), day date not null, code text collate "C" not null,
    searches bigint, clicks bigint, revenue bigint, final bigint, primary key (statement, day, code));
create table closings (
    number bigint not null primary key, partner text collate "C" not null, month text collate "C" not null, from_hour timestamptz not null,
    to_hour timestamptz not null, record text collate "C" not null, signature text collate "C" not null, unique (partner, month));

-- Statements and closings are inserted, and never changed.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% are kept', tg_argv[0];
end $$;
create trigger statements_kept before update or delete or truncate on statements
    for each statement execute function refuse_change('statements');
create trigger statement_rows_kept before update or delete or truncate on statement_rows
    for each statement execute function refuse_change('statements');
create trigger closings_kept before update or delete or truncate on closings
    for each statement execute function refuse_change('closings');

-- The hours of a closed month cannot be changed; hours old enough to be rolled up may be deleted. Checked once per statement, not per row.
create function refuse_closed() returns trigger language plpgsql as $$
begin
    if exists (
        select from changed join closings on closings.partner = changed.partner
        where from_hour <= changed.hour and changed.hour < to_hour
        and (tg_op <> 'DELETE' or changed.hour >= now() - interval '25 months')) then
        raise exception 'this period is closed';
    end if;
    return null;
end $$;
create function refuse_truncate() returns trigger language plpgsql as $$
begin
    if exists (select from closings) then
        raise exception 'periods are closed';
    end if;
    return null;
end $$;
create trigger clicks_closed_insert after insert on node_clicks
    referencing new table as changed for each statement execute function refuse_closed();
create trigger clicks_closed_update_new after update on node_clicks
    referencing new table as changed for each statement execute function refuse_closed();
create trigger clicks_closed_update_old after update on node_clicks
    referencing old table as changed for each statement execute function refuse_closed();
create trigger clicks_closed_delete after delete on node_clicks
    referencing old table as changed for each statement execute function refuse_closed();
create trigger clicks_closed_truncate before truncate on node_clicks
    for each statement execute function refuse_truncate();
create trigger searches_closed_insert after insert on node_searches
    referencing new table as changed for each statement execute function refuse_closed();
create trigger searches_closed_update_new after update on node_searches
    referencing new table as changed for each statement execute function refuse_closed();
create trigger searches_closed_update_old after update on node_searches
    referencing old table as changed for each statement execute function refuse_closed();
create trigger searches_closed_delete after delete on node_searches
    referencing old table as changed for each statement execute function refuse_closed();
create trigger searches_closed_truncate before truncate on node_searches
    for each statement execute function refuse_truncate();

-- The number of the lock that deliveries share and billing takes alone, so that what a closing has read does not change.
create function books_lock() returns bigint language sql immutable as $$ select 7813571932641585::bigint $$;

-- Adds a batch: the rows of each table are lists of its columns in the order of the key, n last. One statement, and so one transaction.
-- Returns 'added'; 'again' if the same batch was added before; or 'other' if a different batch with this number, or a later one, was.
create function deliver(to_node text, from_spool text, number bigint, sha256 text, parcel jsonb)
returns text language plpgsql as $$
declare
    latest spools%rowtype;
begin
    perform pg_advisory_xact_lock_shared(books_lock());
    select * into latest from spools where spool = from_spool for update;
    if found and latest.seq >= number then
        return case when latest.seq = number and latest.digest = sha256 then 'again' else 'other' end;
    end if;
    insert into spools (spool, node, seq, digest) values (from_spool, to_node, number, sha256)
        on conflict (spool) do update set node = excluded.node, seq = excluded.seq, digest = excluded.digest
        where spools.seq < excluded.seq;
    if not found then
        return 'other';
    end if;

    with given as (
        select cast((r ->> 0) || ':00:00Z' as timestamptz) as hour, r ->> 1 as partner, r ->> 2 as code, r ->> 3 as kind,
            r ->> 4 as outcome, cast(r ->> 5 as bigint) as n from jsonb_array_elements(parcel -> 'clicks') as r)
    insert into node_clicks as t (node, hour, partner, code, kind, outcome, n)
    select to_node, hour, partner, code, kind, outcome, n from given where not exists (
        select from closings c where c.partner = given.partner and from_hour <= hour and hour < to_hour)
    on conflict (node, hour, partner, code, kind, outcome) do update set n = t.n + excluded.n;

    with given as (
        select cast((r ->> 0) || ':00:00Z' as timestamptz) as hour, r ->> 1 as partner, r ->> 2 as code,
            r ->> 3 as outcome, cast(r ->> 4 as bigint) as n from jsonb_array_elements(parcel -> 'searches') as r)
    insert into node_searches as t (node, hour, partner, code, outcome, n)
    select to_node, hour, partner, code, outcome, n from given where not exists (
        select from closings c where c.partner = given.partner and from_hour <= hour and hour < to_hour)
    on conflict (node, hour, partner, code, outcome) do update set n = t.n + excluded.n;

    -- The one table in which nodes meet: in one order, so that none waits for another in a circle.
    with given as (
        select 'clicks' as subject, cast((r ->> 0) || ':00:00Z' as timestamptz) as hour, r ->> 1 as partner,
            r ->> 2 as code, r ->> 3 as kind, r ->> 4 as outcome, cast(r ->> 5 as bigint) as n
            from jsonb_array_elements(parcel -> 'clicks') as r
        union all
        select 'searches', cast((r ->> 0) || ':00:00Z' as timestamptz), r ->> 1, r ->> 2, 'none', r ->> 3,
            cast(r ->> 4 as bigint) from jsonb_array_elements(parcel -> 'searches') as r)
    insert into adjustments as t (subject, hour, partner, code, kind, outcome, n)
    select subject, hour, partner, code, kind, outcome, n from given where exists (
        select from closings c where c.partner = given.partner and from_hour <= hour and hour < to_hour)
    order by subject, hour, partner, code, kind, outcome
    on conflict (subject, hour, partner, code, kind, outcome) do update set n = t.n + excluded.n;

    insert into node_active as t (node, day, code, gap, n)
    select to_node, cast(r ->> 0 as date), r ->> 1, cast(r ->> 2 as smallint), cast(r ->> 3 as bigint)
    from jsonb_array_elements(parcel -> 'active') as r
    on conflict (node, day, code, gap) do update set n = t.n + excluded.n;

    insert into node_retention as t (node, cohort, age, code, n)
    select to_node, cast(r ->> 0 as date), cast(r ->> 1 as smallint), r ->> 2, cast(r ->> 3 as bigint)
    from jsonb_array_elements(parcel -> 'retention') as r
    on conflict (node, cohort, age, code) do update set n = t.n + excluded.n;

    insert into node_active_by_id as t (node, day, code, n)
    select to_node, cast(r ->> 0 as date), r ->> 1, cast(r ->> 2 as bigint)
    from jsonb_array_elements(parcel -> 'active_by_id') as r
    on conflict (node, day, code) do update set n = t.n + excluded.n;

    insert into node_slices as t (node, day, partner, dimension, value, n)
    select to_node, cast(r ->> 0 as date), r ->> 1, r ->> 2, r ->> 3, cast(r ->> 4 as bigint)
    from jsonb_array_elements(parcel -> 'slices') as r
    on conflict (node, day, partner, dimension, value) do update set n = t.n + excluded.n;
    return 'added';
end $$;

-- Rolls the hours before this one up into days, in one transaction. One node at a time; a second one has nothing to do.
create function fold(before timestamptz) returns void language plpgsql as $$
begin
    if not pg_try_advisory_xact_lock(books_lock() + 1) then
        return;
    end if;
    perform pg_advisory_xact_lock(books_lock());
    insert into clicks_daily as t (day, partner, code, kind, outcome, n)
    select cast(hour at time zone 'UTC' as date), partner, code, kind, outcome, sum(n) from node_clicks
    where hour < before group by 1, 2, 3, 4, 5
    on conflict (day, partner, code, kind, outcome) do update set n = t.n + excluded.n;
    delete from node_clicks where hour < before;
    insert into searches_daily as t (day, partner, code, outcome, n)
    select cast(hour at time zone 'UTC' as date), partner, code, outcome, sum(n) from node_searches
    where hour < before group by 1, 2, 3, 4
    on conflict (day, partner, code, outcome) do update set n = t.n + excluded.n;
    delete from node_searches where hour < before;
end $$;
