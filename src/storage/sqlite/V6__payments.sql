-- Payments of partners and their withdrawals. Amounts are in millionths of the currency's unit. Triggers keep both as they were
-- inserted.
create table payments (
        number integer not null primary key, partner text not null, file text not null, entered text not null, day text not null,
        reference text not null, currency text not null, amount integer not null, received_currency text not null,
        received integer not null, month text not null) strict;
create table payment_withdrawals (
        payment integer not null primary key references payments (number), day text not null, reason text not null) strict;

create trigger payments_kept before delete on payments begin select raise(abort, 'payments are kept'); end;
create trigger payments_fixed before update on payments begin select raise(abort, 'payments are kept'); end;
create trigger payment_withdrawals_kept before delete on payment_withdrawals
        begin select raise(abort, 'payments are kept'); end;
create trigger payment_withdrawals_fixed before update on payment_withdrawals
        begin select raise(abort, 'payments are kept'); end;
