"""On a phone: nothing is wider than the window, whatever people and things are called and however much there is."""

from __future__ import annotations

from browser import NARROW, Desk, fits
from msgspec import structs

from holdfast.identity.records import Person
from serving import House


def test_long_names_and_amounts__fit_a_phone(desk: Desk, house: House) -> None:
    """Forty assets with long names, 38 digits beside one unit, people and things of sixty letters without a space."""
    most, least, long = (
        "9" * 29 + "." + "9" * 9,
        "0.000000001",
        "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss",
    )
    with house.office.write() as t:
        t.put(structs.replace(house.office.get(Person, "alice"), title=long))
    for at in range(40):
        house.do("asset.create", "operator", asset=f"COIN{at:02d}LONGNAME", decimals=9)
        house.do("asset.mint", "operator", asset=f"COIN{at:02d}LONGNAME", to="alice", amount=least if at % 2 else most)
    house.do("vault.create", "operator", asset="COIN00LONGNAME")
    house.do("vault.deposit", "alice", vault="COIN00LONGNAME", assets="9" * 29)
    house.do("validator.register", "operator", validator="v" * 60, commission_bps=500)
    house.do("strategy.add", "operator", vault="COIN00LONGNAME", strategy="s" * 60, protocol="P" * 20, cap="9" * 28,
             yield_curve=[["0", 500]])  # fmt: skip
    own = ("/", "/me", "/vaults", "/vaults/COIN00LONGNAME", "/strategies/COIN00LONGNAME", "/leverage", "/statement")
    staff = ("/people", "/people/alice", "/vaults/COIN00LONGNAME", "/strategies/COIN00LONGNAME", "/audit")
    for person, paths in (("alice", own), ("olga", staff)):
        page = desk(person, "/", width=NARROW)
        for path in paths:
            page.goto(path)
            fits(page)
        page.context.close()
