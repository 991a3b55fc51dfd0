"""A new secret of the server: what was sealed with former ones is sealed anew, so that those can be thrown away."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from holdfast.errors import Unavailable
from holdfast.identity.office import Office
from holdfast.identity.records import Credentials
from holdfast.identity.secret_box import SecretBox
from holdfast.identity.webhooks import Webhook


class Renewal(NamedTuple):
    """How many records were sealed anew, and whose could not be opened by any secret given."""

    renewed: int
    lost: tuple[str, ...]


def renew(office: Office, box: SecretBox) -> Renewal:
    """Seal anew what is not sealed with the present secret: shared secrets of authenticator apps, webhooks' keys.

    What nobody can open stays as it is: its owner sets it up again. Raises: Unavailable where the store is.
    """
    count, lost = 0, []
    with office.write() as t:
        for kept in t.all(Credentials).values():
            try:
                sealed = box.renewed(kept.totp, kept.id) if kept.totp is not None else None
            except Unavailable:
                lost.append(kept.id)
                continue
            if sealed is not None:
                t.put(structs.replace(kept, totp=sealed))
                count += 1
        for hook in t.all(Webhook).values():
            try:
                again = [box.renewed(secret, hook.id) for secret in hook.secrets]
            except Unavailable:
                lost.append(hook.id)
                continue
            if any(again):
                both = tuple(new or old for new, old in zip(again, hook.secrets, strict=True))
                t.put(structs.replace(hook, secrets=both))
                count += 1
        if count:
            t.log("secret.renewed", by="server", records=count)
    return Renewal(count, tuple(lost))
