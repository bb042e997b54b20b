"""Prints the balance of each account of a beancount file, one account and currency a line: ACCOUNT AMOUNT CURRENCY."""

import sys

from beancount import loader
from beancount.core.data import Transaction
from beancount.core.inventory import Inventory

entries, errors, _ = loader.load_file(sys.argv[1])
assert not errors, errors
balances = {}
for entry in entries:
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            balances.setdefault(posting.account, Inventory()).add_position(posting)
for account in sorted(balances):
    for position in balances[account]:
        print(account, position.units.number, position.units.currency)
