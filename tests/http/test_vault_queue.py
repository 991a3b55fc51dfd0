"""The exit queue of a vault over HTTP."""

from __future__ import annotations

from serving import House, code


def test_queue__pending_requests_in_their_order_and_in_pages(house: House) -> None:
    for name in ("alice", "bob"):
        house.do("asset.mint", "operator", asset="FLUX", to=name, amount="100")
    house.do("vault.create", "operator", asset="FLUX")
    for name in ("alice", "bob"):
        house.do("vault.deposit", name, vault="FLUX", assets="100")
    for name in ("alice", "bob", "alice"):
        house.do("vault.request_redeem", name, vault="FLUX", shares="10")
    house.do("vault.cancel_redeem", "bob", request="exit-2")
    house.do("vault.request_redeem", "bob", vault="FLUX", shares="7")
    read = house.of("anna").get
    whole = read("/v1/vaults/FLUX/queue").json()
    assert [(one["id"], one["owner"]) for one in whole["items"]] == [
        ("exit-1", "alice"), ("exit-3", "alice"), ("exit-4", "bob"),
    ]  # fmt: skip
    assert whole["next"] is None
    first = read("/v1/vaults/FLUX/queue", params={"limit": 2}).json()
    rest = read("/v1/vaults/FLUX/queue", params={"limit": 2, "cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None
    assert read("/v1/vaults/FLUX/queue", params={"as_of": "5"}).json()["items"] == []
    assert code(read("/v1/vaults/NONE/queue")) == "unknown_vault"
    assert code(house.of("alice").get("/v1/vaults/FLUX/queue")) == "forbidden"
