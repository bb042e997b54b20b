-- Version 1: clicks and searches. A migration that was released is never changed: later changes are files of their own.
-- `strict` rejects values of another type; `without rowid` stores rows in key order, so that no order of insertion remains.
create table clicks (
        hour text not null, partner text not null, code text not null, kind text not null, outcome text not null,
        n integer not null, primary key (hour, partner, code, kind, outcome)) strict, without rowid;
create table searches (
        hour text not null, partner text not null, code text not null, outcome text not null,
        n integer not null, primary key (hour, partner, code, outcome)) strict, without rowid;
create table batches (node text not null primary key, seq integer not null) strict, without rowid;
