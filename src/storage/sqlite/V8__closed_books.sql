-- Version 8: corrections of closed months, hand-overs of the closing key, and the archives of records. The tables of days are protected
-- as the hourly ones are: for a closed month a row of a day may only be inserted, or grow, by the sum of the hours of that day and key that
-- are still there (the roll-up then deletes them in the same transaction), and an hour of it may only be deleted once its day has it.
create table corrections (
        number integer not null primary key, partner text not null, month text not null, record text not null,
        signature text not null) strict;
create table key_hand_overs (
        number integer not null primary key, record text not null, signature text not null,
        new_signature text not null) strict;
create table closing_archives (number integer not null primary key, archive text not null) strict;

create trigger corrections_kept before delete on corrections begin select raise(abort, 'closings are kept'); end;
create trigger corrections_fixed before update on corrections begin select raise(abort, 'closings are kept'); end;
create trigger key_hand_overs_kept before delete on key_hand_overs begin select raise(abort, 'closings are kept'); end;
create trigger key_hand_overs_fixed before update on key_hand_overs begin select raise(abort, 'closings are kept'); end;
create trigger closing_archives_kept before delete on closing_archives begin select raise(abort, 'closings are kept'); end;
create trigger closing_archives_fixed before update on closing_archives begin select raise(abort, 'closings are kept'); end;

create trigger clicks_daily_closed_insert before insert on clicks_daily when exists (
        select 1 from closings where partner = new.partner
        and from_hour <= new.day || 'T23' and new.day || 'T00' < to_hour)
        and new.n is not (select sum(n) from clicks where hour >= new.day || 'T00' and hour <= new.day || 'T23'
        and partner = new.partner and code = new.code and kind = new.kind and outcome = new.outcome)
        begin select raise(abort, 'this period is closed'); end;
create trigger clicks_daily_closed_update before update on clicks_daily when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.day || 'T23' and old.day || 'T00' < to_hour
        or from_hour <= new.day || 'T23' and new.day || 'T00' < to_hour))
        and not (old.day = new.day and old.partner = new.partner and old.code = new.code and old.kind = new.kind
        and old.outcome = new.outcome
        and new.n - old.n is (select sum(n) from clicks where hour >= new.day || 'T00' and hour <= new.day || 'T23'
        and partner = new.partner and code = new.code and kind = new.kind and outcome = new.outcome))
        begin select raise(abort, 'this period is closed'); end;
create trigger clicks_daily_closed_delete before delete on clicks_daily when exists (
        select 1 from closings where partner = old.partner
        and from_hour <= old.day || 'T23' and old.day || 'T00' < to_hour)
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_daily_closed_insert before insert on searches_daily when exists (
        select 1 from closings where partner = new.partner
        and from_hour <= new.day || 'T23' and new.day || 'T00' < to_hour)
        and new.n is not (select sum(n) from searches where hour >= new.day || 'T00' and hour <= new.day || 'T23'
        and partner = new.partner and code = new.code and outcome = new.outcome)
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_daily_closed_update before update on searches_daily when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.day || 'T23' and old.day || 'T00' < to_hour
        or from_hour <= new.day || 'T23' and new.day || 'T00' < to_hour))
        and not (old.day = new.day and old.partner = new.partner and old.code = new.code and old.outcome = new.outcome
        and new.n - old.n is (select sum(n) from searches where hour >= new.day || 'T00' and hour <= new.day || 'T23'
        and partner = new.partner and code = new.code and outcome = new.outcome))
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_daily_closed_delete before delete on searches_daily when exists (
        select 1 from closings where partner = old.partner
        and from_hour <= old.day || 'T23' and old.day || 'T00' < to_hour)
        begin select raise(abort, 'this period is closed'); end;

-- Hours that are old enough may go only into their days.
create trigger clicks_closed_roll_up before delete on clicks
        when exists (select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        and not exists (select 1 from clicks_daily where day = substr(old.hour, 1, 10) and partner = old.partner
        and code = old.code and kind = old.kind and outcome = old.outcome and n >= old.n)
        begin select raise(abort, 'this period is closed'); end;
create trigger searches_closed_roll_up before delete on searches
        when exists (select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        and not exists (select 1 from searches_daily where day = substr(old.hour, 1, 10) and partner = old.partner
        and code = old.code and outcome = old.outcome and n >= old.n)
        begin select raise(abort, 'this period is closed'); end;
