"""Integers, assets, time and logarithms: what every rule is made of. Knows nothing of the ledger."""
