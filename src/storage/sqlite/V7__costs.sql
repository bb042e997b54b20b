-- Version 7: requests to partners that are paid by request, and what is reserved of their budgets.
create table partner_requests (
        day text not null, partner text not null, code text not null, currency text not null, price integer not null,
        n integer not null, primary key (day, partner, code, currency, price)) strict, without rowid;
create table budgets (
        partner text not null, code text not null, period text not null, currency text not null,
        requests integer not null, money integer not null, told integer not null,
        primary key (partner, code, period)) strict, without rowid;
