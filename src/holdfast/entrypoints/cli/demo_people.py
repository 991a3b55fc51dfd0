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
    ("olga", "Olga, who runs the desk", ("operator",)),
    ("paul", "Paul, who approves", ("approver",)),
    ("anna", "Anna, who audits", ("auditor",)),
    ("otto", "Otto, who brings prices and eras", ("oracle",)),
    ("kira", "Kira, who keeps", ("keeper",)),
    ("alice", "Alice, who holds", ("holder",)),
    ("carol", "Carol, who stakes", ("holder",)),
    ("frank", "Frank, who borrows", ("holder",)),
)
"""Name, shown name and roles. Alice, Carol and Frank are those of the story."""

GROUP = "approvers"
PERIOD = 30
"""Seconds for which a code is good."""


class Ready(NamedTuple):
    """Somebody who can sign in."""

    name: str
    title: str
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
    ready = [Ready(name, title, roles, totp.new_secret()) for name, title, roles in PEOPLE]
    with server.office.write() as t:
        for one in ready:
            grants = tuple(Grant(role) for role in one.roles)
            t.put(
                Person(one.name, one.title, one.name, t.now, grants=grants),
                Credentials(one.name, stored, totp=box.seal(one.secret, one.name), handle=passkeys.new_handle()),
            )
            t.log("person.added", by="server", about=one.name, account=one.name)
        t.put(Used("bootstrap", LAST_INSTANT))  # there is an operator: no link makes another
        groups.put_group(t, GROUP, ["paul"], by="server", title="Approvers")
        installed.put(t, presets.load("four_eyes"), by="server")
    _furnish(server)
    return ready


def _furnish(server: Server) -> None:
    """What there is to see: open stakes, a position, an exit that waits, a payment that waits for its approval.

    Raises: Corrupt where one of them is refused.
    """
    from holdfast.errors import Corrupt
    from holdfast.wire import codec

    validator = next(name for name, one in server.service.state.validators.items() if one.active)
    wanted: list[tuple[str, str, dict[str, object]]] = [
        ("faucet.drip", "alice", {"asset": "VG", "amount": "40000"}),
        ("faucet.drip", "alice", {"asset": "VC", "amount": "1000000"}),
        ("booster.stake", "alice", {}),
        ("term.stake", "alice", {"amount": "15000", "booster": ""}),
        ("term.stake", "alice", {"amount": "5000"}),
        ("vault.deposit", "alice", {"vault": "FLUX", "assets": "500"}),
        ("faucet.drip", "carol", {"asset": "FLUX", "amount": "900"}),
        ("vault.deposit", "carol", {"vault": "FLUX", "assets": "900"}),
        ("vault.request_redeem", "carol", {"vault": "FLUX", "shares": "300"}),
        ("term.stake", "carol", {"amount": "12000"}),
        ("faucet.drip", "frank", {"asset": "CSPR", "amount": "1000"}),
        ("leverage.open_position", "frank", {"deposit": "400", "leverage": 4, "validator": validator}),
        ("asset.mint", "operator", {"asset": "FLUX", "to": "operator", "amount": "9000"}),
    ]
    booster = ""
    for number, (kind, actor, fields) in enumerate(wanted):
        given = {name: booster if name == "booster" else value for name, value in fields.items()}
        receipt = server.service.submit(codec.command(kind, f"demo-terminal-{number}", actor, **given))
        if receipt.status != "applied":
            raise Corrupt(f"The demo's {kind} of {actor} was refused: {receipt.error}")
        booster = receipt.result.get("booster", booster) if isinstance(receipt.result, dict) else booster
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
        built.add_row(one.name, one.code(now), ", ".join(one.roles), Text(one.title, style="dim"))
    return built
