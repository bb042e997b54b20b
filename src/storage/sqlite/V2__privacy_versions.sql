-- Version 2: earlier versions of the privacy statement.
create table privacy_versions (
        version integer not null primary key, day text not null, statement text not null) strict, without rowid;
