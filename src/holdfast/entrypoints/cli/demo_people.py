"""The demo's people: one for each role, ready to sign in, and what waits for them; the story's holders too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.table import Table

    from holdfast.entrypoints.http.server import Server
    from holdfast.identity.roles import Role

PASSWORD = "holdfast demo desk"  # noqa: S105 - of a desk without money
PEOPLE: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("olga", "runs the desk", ("operator",)),
    ("paul", "approves", ("approver",)),
    ("anna", "audits", ("auditor",)),
    ("otto", "brings prices and eras", ("oracle",)),
    ("kira", "settles and closes by the clock", ("keeper",)),
    ("alice", "stakes, pays into a vault, runs two nodes", ("holder",)),
    ("carol", "stakes, leaves a vault", ("holder",)),
    ("frank", "borrows to delegate more", ("holder",)),
)
"""Name, what he does, and roles. Alice, Carol and Frank are those of the story."""

GROUP = "approvers"
PERIOD = 30
"""Seconds for which a code is good."""


class Ready(NamedTuple):
    """Somebody who can sign in."""

    name: str
    does: str
    roles: tuple[Role, ...]
    secret: str

    def code(self, now: float) -> str:
        """The code of his authenticator app at this moment."""
        import pyotp

        return pyotp.TOTP(self.secret).at(int(now))


def admit(server: Server) -> list[Ready]:
    """Make the people with a password and an authenticator each, four eyes on large payments, and one that waits.

    Nothing else lets anybody in: they sign in as everybody does.
    """
    from holdfast.identity import groups, passkeys, passwords, totp
    from holdfast.identity.policies import installed, presets
    from holdfast.identity.records import Credentials, Person, Used
    from holdfast.identity.roles import Grant
    from holdfast.identity.secret_box import SecretBox
    from holdfast.primitives.clock import LAST_INSTANT

    stored, box = passwords.hash_password(PASSWORD), SecretBox(server.secret)
    ready = [Ready(name, does, roles, totp.new_secret()) for name, does, roles in PEOPLE]
    with server.office.write() as t:
        for one in ready:
            grants = tuple(Grant(role) for role in one.roles)
            t.put(
                Person(one.name, one.name.title(), one.name, t.now, grants=grants),
                Credentials(one.name, stored, totp=box.seal(one.secret, one.name), handle=passkeys.new_handle()),
            )
            t.log("person.added", by="server", about=one.name, account=one.name)
        t.put(Used("bootstrap", LAST_INSTANT))  # there is an operator: no link makes another
        groups.put_group(t, GROUP, ["paul"], by="server", title="Approvers")
        installed.put(t, presets.load("four_eyes"), by="server")
    _furnish(server)
    return ready


def _furnish(server: Server) -> None:
    """What there is to see: stakes, strategies, nodes, a position, an exit that waits, a payment to be approved.

    Raises: Corrupt where one of them is refused.
    """
    from holdfast.entrypoints.cli import demo_history
    from holdfast.wire import codec

    demo_history.live(server.service, server.office.now())
    wages = codec.command("asset.transfer", "wages", "operator", asset="FLUX", to="alice", amount="2500")
    server.proposals.create(wages, by="olga", note="Wages of the month")


def table(ready: list[Ready], url: str) -> Table:
    """Who can sign in, and each one's code at this moment."""
    from rich.table import Table
    from rich.text import Text

    now = time.time()
    left = PERIOD - int(now) % PERIOD
    built = Table(
        title=Text(f"The terminal is open at {url}", style="bold"), title_justify="left", box=None, pad_edge=False,
        caption=Text(f"Everybody's password: {PASSWORD}\nThe codes change in {left} seconds. Ctrl-C ends it."),
        caption_justify="left", padding=(0, 2, 0, 0),
    )  # fmt: skip
    for heading in ("name", "code", "role", ""):
        built.add_column(heading, style="bold" if heading in ("name", "code") else "")
    for one in ready:
        built.add_row(one.name, one.code(now), ", ".join(one.roles), Text(one.does, style="dim"))
    return built
