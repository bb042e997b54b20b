-- Tables of a spool, beside those of a store: `spool` has one row with the spool's random ID, the number after which it began, the
-- number of its last batch, and the number of the last privacy statement that PostgreSQL has received (`told`); `parcel` has the
-- batch that is being delivered, one at most.
create table spool (id text not null primary key, began integer not null, seq integer not null,
        told integer not null) strict, without rowid;
create table parcel (seq integer not null primary key, body text not null, sha256 text not null) strict;
insert into spool (id, began, seq, told) values (lower(hex(randomblob(16))), 0, 0, 0);
