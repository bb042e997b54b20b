-- Payments of partners and their withdrawals. Amounts are in millionths of the currency's unit. Both are inserted, and never changed.
create table payments (
    number bigint not null primary key, partner text collate "C" not null, file text collate "C" not null, entered date not null,
    day date not null, reference text collate "C" not null, currency text collate "C" not null, amount bigint not null,
    received_currency text collate "C" not null, received bigint not null, month text collate "C" not null);
create table payment_withdrawals (
    payment bigint not null primary key references payments (number), day date not null, reason text collate "C" not null);

create trigger payments_kept before update or delete or truncate on payments
    for each statement execute function refuse_change('payments');
create trigger payment_withdrawals_kept before update or delete or truncate on payment_withdrawals
    for each statement execute function refuse_change('payments');
