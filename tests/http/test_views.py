"""Views over HTTP: the same as `holdfast state`, now and as of any moment; everybody sees his own, staff everything."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from console_of import of_desk

import postgres
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import Route
from holdfast.entrypoints.http.viewing import Page
from holdfast.primitives.clock import format_instant
from holdfast.views.state import whole
from rich_desk import furnish, furnish_with_command
from serving import STAFF, House, code, serving
from support import DAY, START

OWNED = ("exits", "stakes", "booster-stakes", "boosters", "fee-keys", "positions", "resources")
PUBLIC = ("assets", "vaults", "validators", "strategies", "networks")
STAFF_ONLY = ("state", "unwinds", "plans", "tax", "accounts", "journal")
SINGLE = ("supply", "reserve", "term-pool")

VIEWS = [route for route in ROUTES if "view" in route.streams]


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def cli_state(house: House, *arguments: str) -> Any:
    return of_desk(house, "state", *arguments)


def without_id(items: list[Any]) -> dict[str, Any]:
    return {item.pop("id"): item for item in items}


# --- the same numbers as everywhere else ------------------------------------------------------------------------------


def test_state__is_what_the_command_line_says(rich: House) -> None:
    assert good(rich.of("olga").get("/v1/state")) == cli_state(rich)


@pytest.mark.parametrize("name", (*OWNED, *PUBLIC, "unwinds", "plans"))
def test_list__holds_what_the_state_holds(rich: House, name: str) -> None:
    answer = good(rich.of("olga").get(f"/v1/{name}"))
    assert answer["next"] is None
    assert answer["items"], "a list without items proves nothing"
    assert without_id(answer["items"]) == cli_state(rich)[name.replace("-", "_")]


@pytest.mark.parametrize("name", SINGLE)
def test_single_view__is_what_the_state_holds(rich: House, name: str) -> None:
    assert good(rich.of("alice").get(f"/v1/{name}")) == cli_state(rich)[name.replace("-", "_")]


@pytest.mark.parametrize("name", (*OWNED, "assets", "vaults"))
def test_item__is_that_of_the_list(rich: House, name: str) -> None:
    olga = rich.of("olga")
    for item in good(olga.get(f"/v1/{name}"))["items"]:
        one = good(olga.get(f"/v1/{name}/{item['id']}"))
        assert {field: one[field] for field in item if field in one} == item or name == "resources"
        assert set(item) - {"id"} <= set(one)


def test_accounts__are_the_balances_of_the_state(rich: House) -> None:
    items = good(rich.of("anna").get("/v1/accounts?limit=1000"))["items"]
    assert {item["account"]: item["balances"] for item in items} == cli_state(rich)["balances"]
    frozen = {f"{asset}/{item['account']}" for item in items for asset in item["frozen"]}
    assert frozen == set(cli_state(rich)["frozen"]) == {"RENDER/bob"}
    allowed = [allowance for item in items for allowance in item["allowances"]]
    assert allowed == cli_state(rich)["allowances"]


def test_account__with_an_asset__is_that_one_alone_also_at_0(rich: House) -> None:
    alice = rich.of("alice")
    assert good(alice.get("/v1/accounts/alice?asset=RENDER"))["balances"] == {"RENDER": "0"}
    assert set(good(alice.get("/v1/accounts/alice?asset=VG"))["balances"]) == {"VG"}
    assert code(alice.get("/v1/accounts/alice?asset=NOPE")) == "unknown_asset"


def test_tax__is_what_the_command_line_says(rich: House) -> None:
    assert good(rich.of("olga").get("/v1/tax")) == of_desk(rich, "tax") != {}


def test_resource__is_the_page_of_the_command_line(rich: House) -> None:
    assert good(rich.of("alice").get("/v1/resources/card")) == of_desk(rich, "depin", "show", "card")


def test_portfolio__is_all_of_ones_own(rich: House) -> None:
    alice, state = good(rich.of("alice").get("/v1/me/portfolio")), whole(rich.state)
    assert alice["balances"] == state["balances"]["alice"]
    for table in ("stakes", "booster_stakes", "fee_keys", "exits", "resources"):
        own = {name: item for name, item in state[table].items() if item["owner"] == "alice"}
        assert without_id(alice[table]) == own != {}
    assert alice["position"] == {"id": "alice", **state["positions"]["alice"]}
    assert alice["cut"] == []
    shares = rich.service.preview(command("vault.redeem", "alice", vault="FLUX", shares=alice["vaults"][0]["shares"]))
    assert shares.result["assets"] == alice["vaults"][0]["assets"]  # type: ignore[index]


def test_portfolio__claimable__is_what_the_commands_then_pay(tmp_path: Path) -> None:
    """By the clock, though nothing was recorded since: after taxes, debts and fees, and nothing that is refused."""
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as house:
        furnish(house)
        house.do("leverage.request_close_position", "alice")
        for era in range(2, 10):
            house.do("network.end_era", "oracle", era=era, rewards={})
        house.later(200 * DAY)
        claims = good(house.of("alice").get("/v1/me/portfolio"))["claimable"]
        assert Counter(one["kind"] for one in claims) == {
            "stake": 2, "booster_stake": 1, "exit": 1, "fee_key": 1, "position": 1,
        }  # fmt: skip
        for claim in claims:
            asset, kind = house.state.assets[claim["asset"]], claim["command"].pop("type")
            before = house.state.book.balance(asset.id, "alice")
            house.do(kind, "alice", **claim["command"])
            assert house.state.book.balance(asset.id, "alice") - before >= asset.units(claim["amount"]) > 0
            if kind != "fee_key.claim":  # the taxes of the stakes came in meanwhile
                assert house.state.book.balance(asset.id, "alice") - before == asset.units(claim["amount"])
        assert {one["kind"] for one in good(house.of("alice").get("/v1/me/portfolio"))["claimable"]} <= {"fee_key"}


def test_portfolio__claimable__without_what_would_be_refused(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as house:
        furnish(house)
        for era in range(2, 10):
            house.do("network.end_era", "oracle", era=era, rewards={})
        house.later(200 * DAY)
        bob = house.of("bob")
        assert {"position", "stake"} <= {one["kind"] for one in good(bob.get("/v1/me/portfolio"))["claimable"]}
        house.do("asset.transfer", "bob", asset="mCSPR", to="alice", amount="1")
        house.do("asset.set_authorized", "operator", asset="VG", account="bob", authorized=False)
        left = good(bob.get("/v1/me/portfolio"))["claimable"]
        assert not {"position", "stake"} & {one["kind"] for one in left}


def test_present__is_that_of_the_clock_and_the_same_is_seen_of_it_later(house: House) -> None:
    """What unlocks by itself does so on a quiet desk too; an instant is answered alike before and after it was past."""
    house.do("vault.create", "operator", asset="FLUX")
    for holder, amount in (("alice", "1000"), ("operator", "70")):
        house.do("asset.mint", "operator", asset="FLUX", to=holder, amount=amount)
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="70")
    began = format_instant(house.clock.now)
    house.later(2 * DAY)
    olga, now = house.of("olga"), format_instant(house.clock.now)
    answer = olga.get("/v1/vaults/FLUX")
    present = good(answer)
    assert (present["locked_profit"], answer.headers["holdfast-at"]) == ("50", now)
    assert good(olga.get("/v1/desk"))["at"] == began
    asked = [good(olga.get("/v1/vaults/FLUX", params={"as_of": now}))]
    assert good(olga.get("/v1/vaults/FLUX", params={"as_of": str(house.state.seq)}))["locked_profit"] == "70"
    house.later(DAY)
    house.do("vault.settle", "keeper", vault="FLUX")
    asked.append(good(olga.get("/v1/vaults/FLUX", params={"as_of": now})))
    assert asked == [present, present]


def command(kind: str, actor: str, name: str = "p", **fields: Any) -> Any:
    from holdfast.wire import codec

    return codec.command(kind, name, actor, **fields)


# --- as of ------------------------------------------------------------------------------------------------------------


def test_as_of__any_record__is_what_the_command_line_says_of_it(rich: House) -> None:
    olga = rich.of("olga")
    for seq in (0, 1, 10, 25, rich.state.seq - 1, rich.state.seq):
        answer = olga.get("/v1/state", params={"as_of": str(seq)})
        assert good(answer) == cli_state(rich, "--at", str(seq))
        assert answer.headers["holdfast-seq"] == str(seq)
        assert good(olga.get("/v1/vaults", params={"as_of": str(seq)}))["items"] == [
            {"id": name, **view} for name, view in cli_state(rich, "--at", str(seq))["vaults"].items()
        ]


def test_as_of__an_instant__is_after_the_last_record_before_it_with_locks_as_of_that_second(rich: House) -> None:
    seen = set()
    for second in (START, START + 1_800, START + 3_600, START + 3_900, START + 5_000, rich.clock.now):
        moment = format_instant(second)
        found = good(rich.of("olga").get("/v1/state", params={"as_of": moment}))
        assert found == cli_state(rich, "--at", moment)
        seen.add(found["at"])
    assert len(seen) > 3


def test_as_of__the_future__is_not_found(rich: House) -> None:
    olga = rich.of("olga")
    for moment in (str(rich.state.seq + 1), "9999999999999999", format_instant(rich.clock.now + 1)):
        assert code(olga.get("/v1/state", params={"as_of": moment})) == "unknown_record"


@pytest.mark.parametrize("moment", ["-1", "1.0", "yesterday", "2026-13-01T00:00:00Z", "２", "", "null", "1" * 17])
def test_as_of__anything_else__malformed(rich: House, moment: str) -> None:
    answer = rich.of("olga").get("/v1/vaults", params={"as_of": moment})
    assert code(answer) == "malformed"
    assert "as_of" in answer.json()["detail"]


def test_as_of__many_at_once__one_answer(rich: House) -> None:
    answers: list[Any] = []
    token = rich.key("olga")

    def ask() -> None:
        with rich.client(token) as client:
            answers.append(good(client.get("/v1/state?as_of=17")))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [cli_state(rich, "--at", "17")] * 12


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWNED)
def test_list__of_a_holder__is_his_own(rich: House, name: str) -> None:
    everything = good(rich.of("olga").get(f"/v1/{name}"))["items"]
    owner = "id" if name == "positions" else "owner"
    for person in ("alice", "bob"):
        own = [item for item in everything if item[owner] == person]
        assert own
        assert good(rich.of(person).get(f"/v1/{name}"))["items"] == own
        assert good(rich.of("olga").get(f"/v1/{name}?owner={person}"))["items"] == own
        assert good(rich.of(person).get(f"/v1/{name}?owner={person}"))["items"] == own
    assert good(rich.of("alice").get(f"/v1/{name}?owner=bob")) == {"items": [], "next": None}
    assert good(rich.of("alice").get(f"/v1/{name}?owner=nobody")) == {"items": [], "next": None}


@pytest.mark.parametrize("name", OWNED)
def test_item__of_another__answers_as_one_that_is_not_there(rich: House, name: str) -> None:
    own = {item["id"] for item in good(rich.of("alice").get(f"/v1/{name}"))["items"]}
    for item in good(rich.of("olga").get(f"/v1/{name}"))["items"]:
        answer = rich.of("alice").get(f"/v1/{name}/{item['id']}")
        if item["id"] in own:
            assert good(answer)["id" if name != "resources" else "resource"] == item["id"]
            continue
        missing = rich.of("alice").get(f"/v1/{name}/not-there")
        assert answer.status_code == missing.status_code == 404
        told, none = answer.text.replace(item["id"], "…"), missing.text.replace("not-there", "…")
        assert told == none


def test_account__of_another__answers_as_one_that_is_not_there(rich: House) -> None:
    alice = rich.of("alice")
    for path in ("accounts/{}", "accounts/{}/statement", "me/portfolio?account={}"):
        answers = [alice.get("/v1/" + path.format(name)) for name in ("bob", "carol", "@treasury:VG")]
        assert {code(answer) for answer in answers} == {"unknown_account"}
        assert good(alice.get("/v1/" + path.format("alice")))
        assert good(rich.of("anna").get("/v1/" + path.format("bob")))


@pytest.mark.parametrize("name", (*PUBLIC, *SINGLE))
def test_public__is_for_everybody_signed_in_alone(rich: House, name: str) -> None:
    answers = [rich.of(person).get(f"/v1/{name}") for person in (*STAFF, "otto", "alice")]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].status_code == 200
    assert code(rich.nobody.get(f"/v1/{name}")) == "unauthenticated"
    assert code(rich.of("nora").get(f"/v1/{name}")) == "forbidden"


@pytest.mark.parametrize("name", STAFF_ONLY)
def test_staff_only(rich: House, name: str) -> None:
    for person in STAFF:
        good(rich.of(person).get(f"/v1/{name}"))
    for person in ("alice", "otto", "nora"):
        assert code(rich.of(person).get(f"/v1/{name}")) == "forbidden"
    assert code(rich.nobody.get(f"/v1/{name}")) == "unauthenticated"


def test_key_without_desk_read__sees_its_persons_own(rich: House) -> None:
    with rich.client(rich.key("olga", "own.read", "public.read")) as narrow:
        assert good(narrow.get("/v1/stakes"))["items"] == []
        assert code(narrow.get("/v1/accounts/alice")) == "unknown_account"


# --- pages ------------------------------------------------------------------------------------------------------------


def pages(client: httpx.Client, path: str, limit: int) -> list[list[Any]]:
    """All pages of a list, from the first to the last."""
    found: list[list[Any]] = []
    parameters: dict[str, Any] = {"limit": limit}
    while True:
        answer = good(client.get(path, params=parameters))
        found.append(answer["items"])
        if answer["next"] is None:
            return found
        assert len(found) < 1_000, "a list without an end"
        parameters["cursor"] = answer["next"]


@pytest.mark.parametrize("limit", [1, 2, 3, 1_000])
@pytest.mark.parametrize("name", (*OWNED, *PUBLIC, "accounts"))
def test_pages__one_after_another__are_the_list(rich: House, name: str, limit: int) -> None:
    olga = rich.of("olga")
    found = pages(olga, f"/v1/{name}", limit)
    assert all(len(page) == limit for page in found[:-1]) or name == "accounts"
    assert [item for page in found for item in page] == good(olga.get(f"/v1/{name}?limit=1000"))["items"]


def test_pages__while_the_list_grows_and_changes_hands__none_is_lost_or_doubled(house: House) -> None:
    house.do("asset.mint", "operator", asset="VC", to="alice", amount="90000000")
    for _ in range(20):
        house.do("booster.stake", "alice")
    alice = house.of("alice")
    first = good(alice.get("/v1/boosters?limit=7"))
    house.do("booster.transfer", "alice", booster="booster-3", to="bob")
    house.do("booster.transfer", "alice", booster="booster-15", to="bob")
    house.do("booster.stake", "alice")
    rest = pages_from(alice, "/v1/boosters", 7, first["next"])
    seen = [item["id"] for item in [*first["items"], *rest]]
    assert seen == [f"booster-{number}" for number in range(1, 22) if number != 15]
    house.do("booster.transfer", "bob", booster="booster-3", to="alice")
    again = [item["id"] for page in pages(alice, "/v1/boosters", 4) for item in page]
    assert again == [f"booster-{number}" for number in range(1, 22) if number != 15]


def pages_from(client: httpx.Client, path: str, limit: int, cursor: str | None) -> list[Any]:
    found: list[Any] = []
    while cursor is not None:
        answer = good(client.get(path, params={"limit": limit, "cursor": cursor}))
        found += answer["items"]
        cursor = answer["next"]
    return found


def test_cursor__changed_or_of_another_list_filter_or_person__malformed(rich: House) -> None:
    olga, alice = rich.of("olga"), rich.of("alice")
    cursor = good(olga.get("/v1/stakes?limit=1"))["next"]
    good(olga.get("/v1/stakes", params={"cursor": cursor, "limit": 2}))
    wrong = [
        (olga, "/v1/exits", {"cursor": cursor}),
        (olga, "/v1/stakes", {"cursor": cursor, "owner": "alice"}),
        (olga, "/v1/stakes", {"cursor": cursor, "as_of": "40"}),
        (alice, "/v1/stakes", {"cursor": cursor}),
        *((olga, "/v1/stakes", {"cursor": changed}) for changed in tampered(cursor)),
    ]
    for client, path, parameters in wrong:
        answer = client.get(path, params=parameters)
        assert code(answer) == "malformed", (path, parameters)
        assert answer.json()["details"]["field"] == "cursor"


def tampered(cursor: str) -> list[str]:
    """The cursor with each of its characters changed, cut, grown, or something else."""
    other = [cursor[:at] + ("A" if sign != "A" else "B") + cursor[at + 1 :] for at, sign in enumerate(cursor)]
    return [*other, cursor[:-1], cursor + "A", cursor[::-1], "AAAA", "A"]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "1.5", "", "1e2", "٣"])
def test_limit__out_of_bounds__malformed(rich: House, limit: str) -> None:
    assert code(rich.of("alice").get("/v1/vaults", params={"limit": limit})) == "malformed"


# --- tags and positions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["state", "vaults", "vaults/FLUX", "stakes", "me/portfolio", "journal", "supply"])
def test_etag__known__304_without_a_body(rich: House, path: str) -> None:
    olga = rich.of("olga")
    first = olga.get(f"/v1/{path}")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = olga.get(f"/v1/{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
        assert again.headers["holdfast-seq"] == first.headers["holdfast-seq"]
    assert olga.get(f"/v1/{path}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_etag__changes_with_the_view_and_not_with_what_it_does_not_show(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX")
    alice = house.of("alice")
    before = alice.get("/v1/vaults/FLUX")
    house.do("faucet.drip", "bob", asset="FLUX", amount="10")
    unchanged = alice.get("/v1/vaults/FLUX", headers={"If-None-Match": before.headers["etag"]})
    assert unchanged.status_code == 304
    assert int(unchanged.headers["holdfast-seq"]) == int(before.headers["holdfast-seq"]) + 1
    house.do("vault.deposit", "bob", vault="FLUX", assets="10")
    changed = alice.get("/v1/vaults/FLUX", headers={"If-None-Match": before.headers["etag"]})
    assert good(changed)["total_assets"] == "10"


def test_position_headers__name_the_record_that_the_view_is_true_at(rich: House) -> None:
    answer = rich.of("alice").get("/v1/reserve")
    assert answer.headers["holdfast-seq"] == str(rich.service.head.seq)
    assert answer.headers["holdfast-digest"] == rich.service.head.digest.hex()
    assert answer.headers["holdfast-at"] == format_instant(rich.state.now)


def test_head__is_get_without_a_body(rich: House) -> None:
    answer = rich.of("alice").head("/v1/vaults")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == rich.of("alice").get("/v1/vaults").headers["etag"]


# --- shapes -----------------------------------------------------------------------------------------------------------

EXAMPLES = {
    "asset": "VG", "vault": "FLUX", "account": "alice", "seq": "12", "strategy": "lend", "network": "net",
}  # fmt: skip
IDS = {"exits": "exit-1", "stakes": "vg-1", "booster-stakes": "vc-1", "boosters": "booster-1", "fee-keys": "key-1",
       "positions": "alice", "resources": "card", "commands": "c-1"}  # fmt: skip
QUERIES = {
    "/v1/quotes/term": {"amount": "15000"},
    "/v1/quotes/leverage": {"slash_bps": "500"},
    "/v1/quotes/vault": {"vault": "FLUX", "holder": "alice"},
    "/v1/quotes/exit": {"vault": "FLUX", "holder": "alice"},
}


@pytest.mark.parametrize("route", VIEWS, ids=lambda route: route.path)
def test_answer__has_the_shape_that_the_document_says(rich: House, route: Route) -> None:
    olga = rich.of("olga")
    path = route.path.format(id=IDS.get(route.path.split("/")[2], ""), **EXAMPLES)
    answer = good(olga.get(path, params=QUERIES.get(route.path, {})))
    kind = route.returns
    found = msgspec.json.decode(msgspec.json.encode(msgspec.convert(answer, kind)))
    if kind is not None and getattr(kind, "__origin__", None) is Page:
        assert answer["items"], "an empty list proves nothing"
    assert found == answer, "the document leaves something out"


def test_postgres__says_the_same_as_a_file(rich: House, tmp_path: Path) -> None:
    url = postgres.new_desk()
    try:
        with serving(url, secret_file=str(tmp_path / "secret")) as house:
            furnish_with_command(house)
            for route in VIEWS:
                path = route.path.format(id=IDS.get(route.path.split("/")[2], ""), **EXAMPLES)
                query = QUERIES.get(route.path, {})
                one, other = (one.of("olga").get(path, params=query) for one in (house, rich))
                assert good(one) == good(other), path
                assert one.headers["etag"] == other.headers["etag"]
    finally:
        postgres.drop(url)
