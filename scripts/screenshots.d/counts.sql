-- Twelve weeks of invented counts up to today: a weekly rhythm, slow growth, and a little irregularity.
create temp table days as
  with recursive ago(n) as (select 0 union all select n + 1 from ago where n < 90)
  select n, date('now', '-' || n || ' days') as day,
    (90 - n) * 0.006 + 1
      + (strftime('%w', 'now', '-' || n || ' days') in ('0', '6')) * -0.3
      + (n * 7919 % 97) / 400.0 as size
  from ago;
create temp table parts (partner text, share real);
insert into parts values ('demo', 1.0), ('second', 0.45);
create temp table hours (hour text, share real);
insert into hours values ('07', 0.2), ('12', 0.3), ('18', 0.35), ('21', 0.15);

insert into searches
  select day || 'T' || hour, partner, 'toolbar-main', outcome, cast(2000 * size * parts.share * hours.share * outcomes.share as integer)
  from days, parts, hours,
    (select 'with_ads' as outcome, 0.55 as share union all select 'answered', 0.4 union all select 'empty', 0.04 union all select 'failed', 0.01) outcomes;
insert into clicks
  select day || 'T' || hour, partner, 'toolbar-main', kind, outcome,
    cast(600 * size * parts.share * hours.share * kinds.share * outcomes.share as integer) + 1
  from days, parts, hours,
    (select 'sponsored' as kind, 0.4 as share union all select 'organic', 0.6) kinds,
    (select 'counted' as outcome, 0.9 as share union all select 'duplicate', 0.05 union all select 'bot', 0.04 union all select 'prefetch', 0.01) outcomes;
insert into active
  select day, 'toolbar-main', gap, cast(1200 * size * share as integer) + 1
  from days, (
    select 0 as gap, 0.12 as share union all select 1, 0.5 union all select 2, 0.14 union all select 3, 0.07 union all select 4, 0.05
    union all select 5, 0.03 union all select 6, 0.02 union all select 7, 0.02 union all select 14, 0.02 union all select 30, 0.03);
insert into retention
  select day, age, 'toolbar-main', cast(150 * size * share as integer) + 1
  from days, (select 0 as age, 1.0 as share union all select 1, 0.42 union all select 7, 0.3 union all select 30, 0.19)
  where age <= n;
