-- Partitions `node_clicks` and `node_searches` by the year of their hour (PostgreSQL 15, section 5.11), for deployments with more rows
-- than suit one table. Run it once, with all nodes stopped, as the owner of the tables:
--
--     psql --single-transaction -v ON_ERROR_STOP=1 -f scripts/partition.sql postgres://qsproxy@db.example/qsproxy
--
-- It moves the rows, gives every partition the triggers that protect closed periods (a statement on a partition does not fire the
-- triggers of the partitioned table), and recreates the views. The partitions cover 2020 to 2049. Take a backup first.

select pg_advisory_xact_lock(books_lock());

do $$
declare
    counted text;
    keys text;
    partition text;
    view_text text;
    trigger_text text;
begin
    foreach counted in array array['clicks', 'searches'] loop
        if (select relkind from pg_class where oid = ('node_' || counted)::regclass) <> 'r' then
            raise exception 'node_% is already partitioned', counted;
        end if;
        execute format('lock table node_%s in access exclusive mode', counted);
        select string_agg(quote_ident(attname), ', ' order by array_position(indkey::int[], attnum::int)) into keys
            from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
            where indrelid = ('node_' || counted)::regclass and indisprimary;
        view_text := pg_get_viewdef(counted::regclass);
        execute format('drop view %I', counted);
        execute format('alter table node_%s rename to old_%s', counted, counted);
        execute format('create table node_%s (like old_%s including defaults) partition by range (hour)', counted, counted);
        for year in 2020..2049 loop
            partition := format('node_%s_%s', counted, year);
            execute format(
                'create table %I partition of node_%s for values from (%L) to (%L) with (fillfactor = 70)',
                partition, counted, format('%s-01-01T00:00Z', year), format('%s-01-01T00:00Z', year + 1));
        end loop;
        execute format('insert into node_%s select * from old_%s', counted, counted);
        execute format('alter table node_%s add primary key (%s)', counted, keys);
        execute format('create index on node_%s (hour)', counted);
        for trigger_text in
            select pg_get_triggerdef(oid) from pg_trigger where tgrelid = ('old_' || counted)::regclass and not tgisinternal
        loop
            trigger_text := replace(trigger_text, 'old_' || counted, 'node_' || counted);
            execute trigger_text;
            for year in 2020..2049 loop
                execute replace(trigger_text, '.node_' || counted || ' ', format('.node_%s_%s ', counted, year));
            end loop;
        end loop;
        execute format('drop table old_%s', counted);
        execute format('create view %I as %s', counted, view_text);
    end loop;
end $$;
