"""Checking a factor inside of a transaction, and using it up there: the same for sign-ins and step-ups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from holdfast.errors import BadPasskey, SignInFailed
from holdfast.identity import passkeys, recovery, totp
from holdfast.identity.challenges import Challenge
from holdfast.identity.doorway import Doorway
from holdfast.identity.office import Transaction

WRONG_CODE = "The code does not fit, or was used before. Wait for the next one."


def use_code(door: Doorway, t: Transaction, name: str, code: str) -> None:
    """Use up a code of the authenticator app: neither it nor an earlier one works again.

    Raises: SignInFailed.
    """
    kept = door.credentials(t, name)
    if kept.totp is None:
        raise SignInFailed(WRONG_CODE)
    step = totp.matching_step(door.box.open(kept.totp, name), code, t.now, kept.totp_step)
    if step is None:
        raise SignInFailed(WRONG_CODE)
    t.put(structs.replace(kept, totp_step=step))


def use_recovery_code(door: Doorway, t: Transaction, name: str, text: str) -> int:
    """Use up a recovery code; how many are left.

    Raises: SignInFailed.
    """
    kept = door.credentials(t, name)
    found = recovery.matching(kept.recovery, text)
    if found is None:
        raise SignInFailed("The code does not fit, or was used before.")
    left = tuple(code for code in kept.recovery if code != found)
    t.put(structs.replace(kept, recovery=left))
    return len(left)


def use_passkey(door: Doorway, t: Transaction, name: str, challenge: Challenge, answer: Mapping[str, Any]) -> None:
    """Check a passkey's answer, use the challenge up, and keep the passkey's new count.

    Raises: SignInFailed, BadPasskey.
    """
    kept = door.credentials(t, name)
    id = passkeys.credential_id(answer)
    passkey = next((one for one in kept.passkeys if one.id == id), None)
    if passkey is None:
        raise BadPasskey("The passkey is not registered here.")
    changed = passkeys.verify_authentication(
        door.naming.party(), challenge.value, passkey, answer, handle=kept.handle or None
    )
    door.challenges.use(t, challenge)
    t.put(structs.replace(kept, passkeys=tuple(changed if one.id == id else one for one in kept.passkeys)))
