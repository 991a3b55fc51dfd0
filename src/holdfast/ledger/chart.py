"""The chart of accounts: how accounts are named.

A holder's account is the holder's id. An account that the rules keep starts with `@` and names its purpose and the
asset or vault that it serves. The issuance account is the other side of everything that was ever minted: its balance
is minus the supply, so that all balances of an asset sum to zero with it and to the supply without it.
"""

from __future__ import annotations

ISSUANCE = "@issuance"


def is_protocol(account: str) -> bool:
    """Whether the rules keep this account; nobody acts as one or names one as a holder."""
    return account.startswith("@")


def vault(name: str) -> str:
    """The assets of a vault that lie ready: idle, and profit still locked."""
    return f"@vault:{name}"


def exits(name: str) -> str:
    """A vault's exit queue: shares in escrow and assets set aside."""
    return f"@exits:{name}"


def term(asset: str) -> str:
    """Everything locked in term stakes."""
    return f"@term:{asset}"


def boosters(asset: str) -> str:
    """Everything locked for boosters."""
    return f"@boosters:{asset}"


def fees(asset: str) -> str:
    """Tax that belongs to the holders of fee keys."""
    return f"@fees:{asset}"


def buyback(asset: str) -> str:
    """Tax that buys back and burns."""
    return f"@buyback:{asset}"


def treasury(asset: str) -> str:
    """What the operator may spend."""
    return f"@treasury:{asset}"


def reserve(asset: str) -> str:
    """What leveraged positions can borrow."""
    return f"@reserve:{asset}"


def delegated(asset: str) -> str:
    """Everything delegated to validators."""
    return f"@delegated:{asset}"


def unbonding(asset: str) -> str:
    """Everything on its way back from validators."""
    return f"@unbonding:{asset}"


def strategy(name: str) -> str:
    """What a vault has deployed in a strategy."""
    return f"@strategy:{name}"


def depin(network: str) -> str:
    """Rewards that a contribution network has paid out and not yet shared."""
    return f"@depin:{network}"


LEVERAGE_ADMIN = "@leverage"
"""Admin of the debt token: only the leverage rules issue it."""
