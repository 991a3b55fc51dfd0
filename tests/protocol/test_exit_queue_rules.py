"""The exit queue: request, settle, claim, cancel (rules 2)."""

from __future__ import annotations

from typing import Any

import pytest

from support import Desk


def request(desk: Desk, actor: str, shares: str, **more: str) -> dict[str, Any]:
    return desk.ok("vault.request_redeem", actor, vault="FLUX", shares=shares, **more)


def settle(desk: Desk, **more: int) -> dict[str, Any]:
    return desk.ok("vault.settle", "keeper", vault="FLUX", **more)


def loss(desk: Desk, assets: str) -> None:
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets=assets)


def statuses(desk: Desk) -> list[str]:
    return [exit_["status"] for exit_ in desk.view("exits").values()]


def test_request__escrows_the_shares_and_quotes_the_present_rate(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.reward("100")
    result = request(desk, "alice", "50")
    assert result == {"request": "exit-1", "shares": "50", "assets": "99.99999999"}
    assert (desk.balance("vFLUX", "@exits:FLUX"), desk.balance("vFLUX", "alice")) == ("50", "50")
    assert desk.view("vaults", "FLUX", "total_shares") == "100"


def test_request__for_an_owner__spends_the_allowance_and_belongs_to_the_owner(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.approve("vFLUX", "alice", "bob", "10")
    desk.no("insufficient_allowance", "vault.request_redeem", "bob", vault="FLUX", shares="11", owner="alice")
    request(desk, "bob", "10", owner="alice")
    desk.no("insufficient_allowance", "vault.request_redeem", "bob", vault="FLUX", shares="1", owner="alice")
    desk.no("not_authorized", "vault.cancel_redeem", "bob", request="exit-1")
    settle(desk)
    desk.no("not_authorized", "vault.claim", "bob", request="exit-1")
    desk.ok("vault.claim", "alice", request="exit-1")
    assert (desk.balance("FLUX", "alice"), desk.balance("FLUX", "bob")) == ("10", "0")


def test_request__escrowed_shares__cannot_be_used_again(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    request(desk, "alice", "100")
    for kind in ("vault.request_redeem", "vault.redeem"):
        desk.no("insufficient_balance", kind, "alice", vault="FLUX", shares="0.00000001")


def test_settle__rate_rose__pays_the_quote(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "100")
    desk.reward("100")
    assert settle(desk) == {"filled": 1, "assets": "100"}
    assert desk.view("vaults", "FLUX", "total_assets") == "200"


def test_settle__rate_fell__pays_the_floor_at_that_moment(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "100")
    loss(desk, "100")
    assert settle(desk) == {"filled": 1, "assets": "50"}
    assert desk.ok("vault.claim", "alice", request="exit-1")["assets"] == "50"


def test_settle__in_order_and_up_to_the_limit(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    for holder in ("bob", "alice", "bob"):
        request(desk, holder, "10")
    assert settle(desk, limit=2)["filled"] == 2
    assert statuses(desk) == ["claimable", "claimable", "pending"]
    assert settle(desk, limit=2)["filled"] == 1
    assert settle(desk)["filled"] == 0


@pytest.mark.parametrize("limit", [0, -1, "1", 1.5])
def test_settle__limit_below_one__malformed(desk: Desk, limit: object) -> None:
    desk.vault(("alice", "100"))
    desk.no("malformed", "vault.settle", "keeper", vault="FLUX", limit=limit)


@pytest.mark.parametrize("actor", ["alice", "operator", "oracle"])
def test_settle__no_keeper__not_authorized(desk: Desk, actor: str) -> None:
    desk.vault(("alice", "100"))
    desk.no("not_authorized", "vault.settle", actor, vault="FLUX")


def test_settle__request_that_would_get_nothing__passed_over_and_stays(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "0.00000001"))
    request(desk, "bob", "0.00000001")
    request(desk, "alice", "50")
    loss(desk, "50")
    assert settle(desk, limit=1) == {"filled": 1, "assets": "25"}
    assert statuses(desk) == ["pending", "claimable"]
    desk.reward("100")
    assert settle(desk) == {"filled": 1, "assets": "0.00000001"}


def test_settle__the_last_share__sweeps_residue_and_lock(desk: Desk) -> None:
    desk.vault(("alice", "0.00000001"), profit_unlock_seconds=1_000)
    desk.reward("0.0000001")
    desk.later(500)  # 6 assets, 1 share: quote 7/2
    assert request(desk, "alice", "0.00000001")["assets"] == "0.00000003"
    receipt = desk.send("vault.settle", "keeper", vault="FLUX")
    assert [event["type"] for event in receipt.events] == ["vault.exit_filled", "vault.residue_swept"]
    assert desk.units("FLUX", "@treasury:FLUX") == 8
    assert (desk.units("FLUX", "@vault:FLUX"), desk.units("FLUX", "@exits:FLUX")) == (0, 3)
    assert desk.state.vaults["FLUX"].locked_amount == 0
    assert desk.deposit("bob", "5")["shares"] == "5"
    assert desk.ok("vault.claim", "alice", request="exit-1")["assets"] == "0.00000003"


def test_settle__last_but_one_share__sweeps_nothing(desk: Desk) -> None:
    desk.vault(("alice", "10"), ("bob", "0.00000001"))
    request(desk, "alice", "10")
    settle(desk)
    assert desk.units("FLUX", "@treasury:FLUX") == 0


def test_claim__not_settled_or_twice__not_claimable_and_paid_once(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "10")
    request(desk, "bob", "10")
    desk.no("request_not_claimable", "vault.claim", "alice", request="exit-1")
    settle(desk)
    desk.ok("vault.claim", "alice", request="exit-1")
    desk.no("request_not_claimable", "vault.claim", "alice", request="exit-1")
    desk.no("request_not_pending", "vault.cancel_redeem", "alice", request="exit-1")
    assert desk.balance("FLUX", "@exits:FLUX") == "10"
    assert desk.view("exits", "exit-1", "assets") == "10"


def test_claim__receiver_other_than_the_owner__gets_it(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    request(desk, "alice", "10", receiver="bob")
    settle(desk)
    desk.no("not_authorized", "vault.claim", "bob", request="exit-1")
    desk.ok("vault.claim", "alice", request="exit-1")
    assert desk.balance("FLUX", "bob") == "10"


def test_claim__frozen_receiver__waits_set_aside(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    request(desk, "alice", "10", receiver="bob")
    settle(desk)
    desk.freeze("FLUX", "bob")
    desk.no("account_frozen", "vault.claim", "alice", request="exit-1")
    desk.freeze("FLUX", "bob", thaw=True)
    desk.ok("vault.claim", "alice", request="exit-1")


def test_claim__set_aside__no_later_loss_reaches_it(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "100")
    settle(desk)
    loss(desk, "100")
    desk.no("insufficient_liquidity", "vault.report_loss", "operator", vault="FLUX", assets="0.00000001")
    assert desk.ok("vault.claim", "alice", request="exit-1")["assets"] == "100"


def test_claim__vault_named__must_be_the_requests(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.vault(vault="other")
    request(desk, "alice", "10")
    for kind in ("vault.cancel_redeem", "vault.claim"):
        desk.no("unknown_request", kind, "alice", request="exit-1", vault="other")
        desk.no("unknown_request", kind, "alice", request="exit-1", vault="nowhere")
    desk.ok("vault.cancel_redeem", "alice", request="exit-1", vault="FLUX")


def test_cancel__gives_the_shares_back_and_frees_the_quote(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    request(desk, "alice", "60")
    assert desk.view("vaults", "FLUX", "pending_exits") == "60"
    assert desk.ok("vault.cancel_redeem", "alice", request="exit-1") == {"request": "exit-1", "shares": "60"}
    assert (desk.balance("vFLUX", "alice"), desk.view("exits", "exit-1", "assets")) == ("100", "0")
    assert desk.view("vaults", "FLUX", "pending_exits") == "0"
    desk.no("request_not_pending", "vault.cancel_redeem", "alice", request="exit-1")
    desk.no("request_not_claimable", "vault.claim", "alice", request="exit-1")


def test_instant_exit__only_from_what_pending_requests_are_not_quoted(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "100")
    loss(desk, "50")  # idle 150, quoted 100: 50 are free; a share is worth 0.75
    details = desk.no("insufficient_liquidity", "vault.withdraw", "bob", vault="FLUX", assets="50.00000001")
    assert details["available"] == "50"
    desk.no("insufficient_liquidity", "vault.redeem", "bob", vault="FLUX", shares="100")
    desk.ok("vault.withdraw", "bob", vault="FLUX", assets="50")
    settle(desk)  # 100 of 133.33 shares: 75 of 100
    assert desk.view("exits", "exit-1", "assets") == "75"


def test_instant_exit__quotes_above_idle_after_a_loss__nothing_until_a_keeper_settles(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "100"))
    request(desk, "alice", "100")
    loss(desk, "150")
    details = desk.no("insufficient_liquidity", "vault.redeem", "bob", vault="FLUX", shares="1")
    assert details["available"] == "0"
    settle(desk)
    assert desk.ok("vault.redeem", "bob", vault="FLUX", shares="100")["assets"] == "25"
