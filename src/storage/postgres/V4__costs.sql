-- Requests to partners that are paid by request, and what is reserved of their budgets.
create table node_partner_requests (
    node text collate "C" not null, day date not null, partner text collate "C" not null, code text collate "C" not null,
    currency text collate "C" not null, price bigint not null, n bigint not null,
    primary key (node, day, partner, code, currency, price)) with (fillfactor = 70);
create index on node_partner_requests (day);
create view partner_requests as
    select day, partner, code, currency, price, cast(sum(n) as bigint) as n from node_partner_requests
    group by day, partner, code, currency, price;
create table budgets (
    partner text collate "C" not null, code text collate "C" not null, period text collate "C" not null, currency text collate "C" not null,
    requests bigint not null, money bigint not null, told bigint not null,
    primary key (partner, code, period)) with (fillfactor = 50);
-- As before, with `partner_requests`. A batch of an earlier version has none.
create or replace function deliver(to_node text, from_spool text, number bigint, sha256 text, parcel jsonb)
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
    insert into node_partner_requests as t (node, day, partner, code, currency, price, n)
    select to_node, cast(r ->> 0 as date), r ->> 1, r ->> 2, r ->> 3, cast(r ->> 4 as bigint), cast(r ->> 5 as bigint)
    from jsonb_array_elements(parcel -> 'partner_requests') as r
    on conflict (node, day, partner, code, currency, price) do update set n = t.n + excluded.n;
    return 'added';
end $$;
