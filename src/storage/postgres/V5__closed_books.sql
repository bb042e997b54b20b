-- Corrections of closed months, hand-overs of the closing key, and the archives of records. The tables of days are protected as the hourly
-- ones are: for a closed month a row of a day may only be inserted, or grow, by the sum of the hours of that day and key that are still
-- there (`fold` then deletes them in the same transaction), and an hour of it may only be deleted once its day has it.
create table corrections (
    number bigint not null primary key, partner text collate "C" not null, month text collate "C" not null,
    record text collate "C" not null, signature text collate "C" not null);
create table key_hand_overs (
    number bigint not null primary key, record text collate "C" not null, signature text collate "C" not null,
    new_signature text collate "C" not null);
create table closing_archives (number bigint not null primary key, archive text collate "C" not null);

create trigger corrections_kept before update or delete or truncate on corrections
    for each statement execute function refuse_change('closings');
create trigger key_hand_overs_kept before update or delete or truncate on key_hand_overs
    for each statement execute function refuse_change('closings');
create trigger closing_archives_kept before update or delete or truncate on closing_archives
    for each statement execute function refuse_change('closings');

-- Whether a UTC day has an hour of a closed month of this partner.
create function is_closed_day(of_partner text, of_day date) returns boolean language sql stable as $$
    select exists (
        select from closings where partner = of_partner
        and from_hour < cast(of_day + 1 as timestamp) at time zone 'UTC'
        and cast(of_day as timestamp) at time zone 'UTC' < to_hour)
$$;
-- The clicks and searches of a UTC day and a key that are stored by the hour; null without one.
create function hourly_clicks(of_day date, of_partner text, of_code text, of_kind text, of_outcome text)
returns bigint language sql stable as $$
    select cast(sum(n) as bigint) from node_clicks
    where hour >= cast(of_day as timestamp) at time zone 'UTC' and hour < cast(of_day + 1 as timestamp) at time zone 'UTC'
    and partner = of_partner and code = of_code and kind = of_kind and outcome = of_outcome
$$;
create function hourly_searches(of_day date, of_partner text, of_code text, of_outcome text)
returns bigint language sql stable as $$
    select cast(sum(n) as bigint) from node_searches
    where hour >= cast(of_day as timestamp) at time zone 'UTC' and hour < cast(of_day + 1 as timestamp) at time zone 'UTC'
    and partner = of_partner and code = of_code and outcome = of_outcome
$$;

create function refuse_closed_clicks_day() returns trigger language plpgsql as $$
declare
    is_changed boolean;
begin
    -- Each kind of statement has its own transition tables.
    if tg_op = 'INSERT' then
        is_changed := exists (
            select from changed c where is_closed_day(c.partner, c.day)
            and c.n is distinct from hourly_clicks(c.day, c.partner, c.code, c.kind, c.outcome));
    elsif tg_op = 'DELETE' then
        is_changed := exists (select from gone where is_closed_day(gone.partner, gone.day));
    else
        is_changed := exists (
            select from gone o full join changed c using (day, partner, code, kind, outcome)
            where is_closed_day(partner, day) and (o.n is null or c.n is null
            or c.n - o.n is distinct from hourly_clicks(day, partner, code, kind, outcome)));
    end if;
    if is_changed then
        raise exception 'this period is closed';
    end if;
    return null;
end $$;
create function refuse_closed_searches_day() returns trigger language plpgsql as $$
declare
    is_changed boolean;
begin
    -- Each kind of statement has its own transition tables.
    if tg_op = 'INSERT' then
        is_changed := exists (
            select from changed c where is_closed_day(c.partner, c.day)
            and c.n is distinct from hourly_searches(c.day, c.partner, c.code, c.outcome));
    elsif tg_op = 'DELETE' then
        is_changed := exists (select from gone where is_closed_day(gone.partner, gone.day));
    else
        is_changed := exists (
            select from gone o full join changed c using (day, partner, code, outcome)
            where is_closed_day(partner, day) and (o.n is null or c.n is null
            or c.n - o.n is distinct from hourly_searches(day, partner, code, outcome)));
    end if;
    if is_changed then
        raise exception 'this period is closed';
    end if;
    return null;
end $$;
create trigger clicks_daily_closed_insert after insert on clicks_daily
    referencing new table as changed for each statement execute function refuse_closed_clicks_day();
create trigger clicks_daily_closed_update after update on clicks_daily
    referencing old table as gone new table as changed for each statement execute function refuse_closed_clicks_day();
create trigger clicks_daily_closed_delete after delete on clicks_daily
    referencing old table as gone for each statement execute function refuse_closed_clicks_day();
create trigger clicks_daily_closed_truncate before truncate on clicks_daily
    for each statement execute function refuse_truncate();
create trigger searches_daily_closed_insert after insert on searches_daily
    referencing new table as changed for each statement execute function refuse_closed_searches_day();
create trigger searches_daily_closed_update after update on searches_daily
    referencing old table as gone new table as changed for each statement execute function refuse_closed_searches_day();
create trigger searches_daily_closed_delete after delete on searches_daily
    referencing old table as gone for each statement execute function refuse_closed_searches_day();
create trigger searches_daily_closed_truncate before truncate on searches_daily
    for each statement execute function refuse_truncate();

-- Hours that are old enough may go only into their days.
create function refuse_lost_clicks() returns trigger language plpgsql as $$
begin
    if exists (
        select from gone join closings on closings.partner = gone.partner
        where from_hour <= gone.hour and gone.hour < to_hour and not exists (
            select from clicks_daily d where d.day = cast(gone.hour at time zone 'UTC' as date) and d.partner = gone.partner
            and d.code = gone.code and d.kind = gone.kind and d.outcome = gone.outcome and d.n >= gone.n)) then
        raise exception 'this period is closed';
    end if;
    return null;
end $$;
create function refuse_lost_searches() returns trigger language plpgsql as $$
begin
    if exists (
        select from gone join closings on closings.partner = gone.partner
        where from_hour <= gone.hour and gone.hour < to_hour and not exists (
            select from searches_daily d where d.day = cast(gone.hour at time zone 'UTC' as date) and d.partner = gone.partner
            and d.code = gone.code and d.outcome = gone.outcome and d.n >= gone.n)) then
        raise exception 'this period is closed';
    end if;
    return null;
end $$;
create trigger clicks_closed_roll_up after delete on node_clicks
    referencing old table as gone for each statement execute function refuse_lost_clicks();
create trigger searches_closed_roll_up after delete on node_searches
    referencing old table as gone for each statement execute function refuse_lost_searches();
