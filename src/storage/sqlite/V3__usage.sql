-- Version 3: active users, retention and slices.
create table active (
        day text not null, code text not null, gap integer not null,
        n integer not null, primary key (day, code, gap)) strict, without rowid;
create table retention (
        cohort text not null, age integer not null, code text not null,
        n integer not null, primary key (cohort, age, code)) strict, without rowid;
create table active_by_id (
        day text not null, code text not null,
        n integer not null, primary key (day, code)) strict, without rowid;
create table slices (
        day text not null, partner text not null, dimension text not null, value text not null,
        n integer not null, primary key (day, partner, dimension, value)) strict, without rowid;
