"""Staking vaults on one exact, replayable ledger."""
