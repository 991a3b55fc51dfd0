"""The client on a real server: commands that are done once, pages, streams, keys, sessions, refusals."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing
from pathlib import Path

import httpx
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dialling import QUICK, Clients
from wire_cutter import wire_cutter

from holdfast.client import AsyncClient, Client, Retries, new_key, position, problem_of, receipt_of
from holdfast.client.streams import Lines, Reader
from holdfast.errors import (
    BadRequestSignature,
    CommandIdReused,
    Forbidden,
    InsufficientBalance,
    Malformed,
    NotFound,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
    UnknownKey,
    UnknownVault,
)
from holdfast.identity.records import Where
from serving import House


def furnish(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    house.do("vault.create", "operator", asset="FLUX")


def held(house: House) -> str:
    state = house.state
    return state.assets["FLUX"].text(state.book.holdings("alice").get("FLUX", 0))


# --- commands ---------------------------------------------------------------------------------------------------------


def test_a_command_is_done_and_answered(house: House, clients: Clients) -> None:
    furnish(house)
    alice = clients("alice")
    receipt = alice.commands.submit("vault.deposit", vault="FLUX", assets="10", key="pay-1")
    assert (receipt["status"], receipt["id"]) == ("applied", "alice/pay-1")
    assert receipt["result"]["shares"] == "10"
    again = alice.commands.submit("vault.deposit", vault="FLUX", assets="10", key="pay-1")
    assert again["replayed"]
    assert held(house) == "990"
    assert alice.receipt("pay-1")["seq"] == receipt["seq"]
    with pytest.raises(CommandIdReused):
        alice.commands.submit("vault.deposit", vault="FLUX", assets="11", key="pay-1")


def test_without_a_key_each_call_is_a_command_of_its_own(house: House, clients: Clients) -> None:
    furnish(house)
    alice = clients("alice")
    for _ in range(2):
        alice.commands.submit("vault.deposit", vault="FLUX", assets="1")
    assert held(house) == "998"
    assert new_key() != new_key()


def test_a_field_called_like_a_word_of_python(house: House, clients: Clients) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="5")
    house.do("asset.approve", "bob", asset="FLUX", spender="alice", amount="3", expires_at="2026-12-31T00:00:00Z")
    alice = clients("alice")
    seen = alice.commands.preview("asset.transfer_from", asset="FLUX", from_="bob", to="alice", amount="3")
    assert seen["receipt"]["status"] == "applied"
    assert seen["command"]["from"] == "bob"
    with pytest.raises(UnknownKey):
        alice.commands.submit("fee_key.claim", key_="key-9")


def test_a_refusal_is_our_error_with_its_receipt(house: House, clients: Clients) -> None:
    furnish(house)
    alice = clients("alice")
    with pytest.raises(InsufficientBalance) as refused:
        alice.commands.submit("vault.deposit", vault="FLUX", assets="5000")
    error = refused.value
    assert error.details["needed"] == "5000"
    assert (receipt_of(error) or {})["seq"] == house.state.seq
    assert (problem_of(error) or {})["status"] == 422
    with pytest.raises(UnknownVault) as unknown:
        alice.vault("NONE")
    assert receipt_of(unknown.value) is None
    with pytest.raises(Forbidden) as denied:
        alice.commands.submit("vault.create", asset="VG")
    assert denied.value.details["function"] == "vault.create"


def test_a_code_of_a_later_version_keeps_its_class_by_status(clients: Clients) -> None:
    with pytest.raises(NotFound) as missing:
        clients("alice").policies.job("0123456789abcdef")
    assert missing.value.code == "unknown_job"
    assert NotFound.code == "not_found"


def test_bulk_and_preview(house: House, clients: Clients) -> None:
    furnish(house)
    alice = clients("alice")
    seen = alice.commands.preview("vault.deposit", vault="FLUX", assets="10")
    assert seen["receipt"]["status"] == "applied"
    assert held(house) == "1000"
    one = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
    done = alice.commands.bulk(commands=[{"id": f"b-{n}", **one} for n in range(3)], mode="atomic")
    assert (done["applied"], held(house)) == (3, "997")


# --- a network that fails ---------------------------------------------------------------------------------------------


def test_a_cut_after_the_request_went_through_has_one_effect(house: House, clients: Clients) -> None:
    furnish(house)
    with wire_cutter(house.url) as wire:
        alice = clients("alice", url=wire.url)
        alice.me.show()
        wire.after_request = 2
        receipt = alice.commands.submit("vault.deposit", vault="FLUX", assets="10")
        assert (wire.cut, wire.after_request) == (2, 0)
        assert receipt["replayed"]
    assert receipt["status"] == "applied"
    assert held(house) == "990"


def test_asynchronously_too(house: House) -> None:
    furnish(house)

    async def scene(url: str, wire: object) -> None:
        async with AsyncClient(url, api_key=house.key("alice"), retries=QUICK) as alice:
            await alice.me.show()
            wire.after_request = 1  # type: ignore[attr-defined]
            receipt = await alice.commands.submit("vault.deposit", vault="FLUX", assets="10")
            assert receipt["replayed"]
            names = [vault["id"] async for vault in alice.vaults()]
            assert names == ["FLUX"]
            assert position(await alice.vault("FLUX")).seq == house.state.seq  # type: ignore[union-attr]
            with pytest.raises(InsufficientBalance):
                await alice.commands.submit("vault.deposit", vault="FLUX", assets="5000")

    with wire_cutter(house.url) as wire:
        asyncio.run(scene(wire.url, wire))
        assert wire.cut == 1
    assert held(house) == "990"


def test_it_gives_up_with_the_key_to_send_again(house: House, clients: Clients) -> None:
    furnish(house)
    with wire_cutter(house.url) as wire:
        alice = clients("alice", url=wire.url)
        alice.me.show()
        wire.after_request = 99
        with pytest.raises(Unavailable, match="send it again with the same key") as lost:
            alice.commands.submit("vault.deposit", vault="FLUX", assets="10")
        assert wire.cut == QUICK.attempts
        wire.after_request = 0
        key = str(lost.value.details["key"])
        assert alice.commands.submit("vault.deposit", vault="FLUX", assets="10", key=key)["replayed"]
    assert held(house) == "990"


def test_what_may_be_done_twice_is_not_sent_again(house: House, clients: Clients) -> None:
    """An instruction has no key: after a cut nobody knows whether it is there, so the caller is asked to look."""
    with wire_cutter(house.url) as wire:
        alice = clients("alice", url=wire.url)
        alice.me.show()
        before = wire.passed
        wire.after_request = 9
        with pytest.raises(Unavailable, match="look before you send it again"):
            alice.standing.instruct(terms={"type": "claim"})
        assert wire.passed == before + 1
        wire.after_request = 0
        assert len(alice.standing.my_instructions()) == 1


def test_what_never_left_is_sent_again_whatever_it_is(house: House, clients: Clients) -> None:
    with wire_cutter(house.url) as wire:
        wire.close()
        alice = clients("alice", url=wire.url)
        began = time.monotonic()
        with pytest.raises(Unavailable, match=r"cannot be reached.*Nothing was sent"):
            alice.standing.instruct(terms={"type": "claim"})
        assert time.monotonic() - began > 0.05


class Answers:
    """Answers in the place of a server, one after the other."""

    def __init__(self, client: Client, *answers: httpx.Response) -> None:
        self.waits: list[float] = []
        self.requests: list[httpx.Request] = []
        self._answers = iter(answers)
        transport = client._transport
        transport.close()
        transport._http = httpx.Client(transport=httpx.MockTransport(self._answer))
        transport.sleep = self.waits.append

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return next(self._answers)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    told = {"code": code, "detail": "No.", "status": status, "details": {}}
    return httpx.Response(status, json=told, headers={"content-type": "application/problem+json", **headers})


GOOD = {"id": "alice/k", "status": "applied"}


@pytest.mark.parametrize("first", [problem(503, "unavailable"), problem(429, "too_many_requests")])
def test_what_passes_is_sent_again_with_the_same_key(clients: Clients, first: httpx.Response) -> None:
    alice = clients("alice")
    answers = Answers(alice, first, httpx.Response(200, json=GOOD))
    assert alice.commands.submit("faucet.drip", asset="FLUX")["status"] == "applied"
    one, two = answers.requests
    assert one.headers["idempotency-key"] == two.headers["idempotency-key"]
    assert one.content == two.content
    assert len(answers.waits) == 1


def test_a_server_that_names_the_wait_is_waited_for(clients: Clients) -> None:
    alice = clients("alice")
    busy = problem(429, "too_many_requests", **{"retry-after": "2"})
    answers = Answers(alice, busy, httpx.Response(200, json=GOOD))
    alice.commands.submit("faucet.drip", asset="FLUX")
    assert answers.waits == [2.0]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem(503, "corrupt"), "corrupt"),
        (problem(500, "internal_error"), "internal_error"),
        (problem(422, "rejected"), "rejected"),
        (problem(429, "too_many_attempts", **{"retry-after": "1"}), "too_many_attempts"),
        (problem(429, "too_many_requests", **{"retry-after": "900"}), "too_many_requests"),
        (httpx.Response(502, text="<h1>Bad gateway</h1>"), "unavailable"),
        (httpx.Response(404, text="<h1>Not here</h1>"), "not_found"),
        (httpx.Response(301, headers={"location": "https://elsewhere.example"}), "malformed"),
    ],
    ids=str,
)
def test_nothing_else_is_ever_sent_again(clients: Clients, answer: httpx.Response, code: str) -> None:
    alice = clients("alice")
    answers = Answers(alice, answer)
    with pytest.raises(Exception) as refused:
        alice.commands.submit("faucet.drip", asset="FLUX")
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert (len(answers.requests), answers.waits) == (1, [])


def test_sending_again_is_bounded_and_waits_grow(clients: Clients) -> None:
    alice = clients("alice", retries=Retries(attempts=5, first_wait=1.0, longest_wait=3.0))
    answers = Answers(alice, *(problem(503, "unavailable") for _ in range(9)))
    with pytest.raises(Unavailable, match="Send it again with the same key") as lost:
        alice.commands.submit("faucet.drip", asset="FLUX", key="mine")
    assert lost.value.details["key"] == "mine"
    assert len(answers.requests) == 5
    for wait, longest in zip(answers.waits, (1.0, 2.0, 3.0, 3.0), strict=True):
        assert longest * 0.75 <= wait <= longest


def test_an_answer_that_is_not_of_holdfast(clients: Clients) -> None:
    alice = clients("alice")
    Answers(alice, httpx.Response(200, text="<h1>Welcome</h1>"))
    with pytest.raises(Malformed, match="check the address"):
        alice.me.show()


# --- views ------------------------------------------------------------------------------------------------------------


def test_pages_are_gone_through(house: House, clients: Clients) -> None:
    furnish(house)
    for number in range(7):
        house.do("asset.transfer", "alice", asset="FLUX", to=f"holder-{number}", amount="1")
    olga = clients("olga")
    lines = list(olga.statement("alice", limit=2))
    assert [line["amount"] for line in lines] == ["1000", *["1"] * 7]
    assert [record["seq"] for record in olga.journal(limit=2)] == list(range(1, 10))
    assert len(list(olga.journal(limit=4).pages())) == 3
    first = olga.statement("alice", limit=3).page()
    assert (len(first["items"]), first["next"] is None) == (3, False)
    assert [item["what"] for item in olga.audit.items(source="journal", limit=3)][-1] == "asset.mint"


def test_a_view_knows_where_it_is_true(house: House, clients: Clients) -> None:
    furnish(house)
    olga = clients("olga")
    view = olga.state()
    where = position(view)
    assert where is not None
    assert (where.seq, where.digest) == (view["seq"], house.service.head.digest.hex())
    assert olga.state(as_of="1")["seq"] == 1
    assert position(olga.me.show()) is None
    assert olga.vaults(as_of="2").page()["items"][0]["id"] == "FLUX"


def test_health_and_what_is_no_json(house: House, clients: Clients) -> None:
    nobody = clients()
    assert nobody.health.ready()["status"] == "ok"
    assert b"holdfast" in b"".join(nobody.health.metrics())
    assert nobody.health.openapi()["openapi"] == "3.1.0"
    lines = b"".join(clients("anna").audit.export_audit(format="ndjson")).splitlines()
    assert len(lines) > 8
    house.server.leaving = True
    assert nobody.health.ready()["status"] == "stopping"


def test_a_job_is_waited_for(house: House, clients: Clients) -> None:
    furnish(house)
    anna = clients("anna")
    seen: list[tuple[int, int]] = []
    done = anna.jobs.wait(anna.audit.verify(), progress=lambda at, of: seen.append((at, of)))
    assert done["result"]["ok"]
    assert seen[-1] == (2, 2)


def test_a_job_that_fails_raises(clients: Clients) -> None:
    anna = clients("anna")
    failed = {"id": "0", "kind": "verify", "by": "anna", "status": "failed", "progress": 0, "total": 0,
              "error": {"code": "corrupt", "message": "broken", "details": {}}}  # fmt: skip
    Answers(anna, httpx.Response(200, json=failed))
    with pytest.raises(Exception, match="broken") as error:
        anna.jobs.wait({**failed, "status": "running", "error": None})  # type: ignore[typeddict-item]
    assert error.value.code == "corrupt"  # type: ignore[attr-defined]


# --- events -----------------------------------------------------------------------------------------------------------


def test_the_stream_resumes_without_a_gap(house: House, clients: Clients) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    with wire_cutter(house.url) as wire:
        olga = clients("olga", url=wire.url)
        waits: list[float] = []
        olga._transport.sleep = waits.append
        stream = olga.events(after=0)
        seen = [next(stream)]
        for turn in range(4):
            wire.cut_all()
            for _ in range(3):
                house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="1")
            seen += [next(stream) for _ in range(3)]
            assert len(waits) == turn + 1
        stream.close()  # type: ignore[attr-defined]
    assert [event.seq for event in seen] == list(range(1, 14))
    assert seen[0].type == "asset.mint"
    assert seen[0].data["result"]["amount"] == "1000"
    assert waits == [2.0] * 4


def test_without_a_place_the_stream_begins_now(house: House, clients: Clients) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    stream = clients("alice").events()
    timer = threading.Timer(0.3, lambda: house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="1"))
    timer.start()
    assert next(stream).seq == 2
    stream.close()  # type: ignore[attr-defined]
    timer.join()


def test_the_stream_ends_with_the_key(house: House, clients: Clients) -> None:
    olga, alice = clients("olga"), clients("alice")
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    stream = alice.events(after=0)
    assert next(stream).seq == 1
    (key,) = olga.me.all_api_keys()[1:]
    olga.me.revoke_api_key(key["id"])
    alice._transport.sleep = lambda _: None
    with pytest.raises(Unauthenticated):
        next(stream)


def test_a_stream_without_a_server_is_given_up(house: House, clients: Clients) -> None:
    with wire_cutter(house.url) as wire:
        wire.close()
        alice = clients("alice", url=wire.url)
        waits: list[float] = []
        alice._transport.sleep = waits.append
        with pytest.raises(Unavailable, match="20 times in a row; record 7"):
            next(alice.events(after=7))
    assert max(waits) == 30.0


def test_the_stream_asynchronously(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")

    async def scene() -> list[int]:
        async with AsyncClient(house.url, api_key=house.key("olga"), retries=QUICK) as olga:
            seen = []
            async with aclosing(olga.events(after=0)) as stream:  # type: ignore[type-var]
                async for event in stream:
                    seen.append(event.seq)
                    if event.seq == 3:
                        return seen
                    await asyncio.to_thread(house.do, "asset.transfer", "alice", asset="FLUX", to="bob", amount="1")
            return seen

    assert asyncio.run(scene()) == [1, 2, 3]


def test_events_are_read_out_of_any_pieces() -> None:
    raw = (
        'retry: 500\n\n: heartbeat\nid: 4\n\nid: 5\nevent: vault.deposit\ndata: {"memo": "a\u2028b"}\n\n'
        "id: 5\nevent: again\ndata: {}\n\nevent: no.id\ndata: {}\n\n"
        'id: 6\r\nevent: x.y\r\ndata: {"a":\ndata: 1}\r\n\r\n'
    ).encode()
    for size in (1, 2, 3, 7, len(raw)):
        lines, reader, seen = Lines(), Reader(0), []
        for at in range(0, len(raw), size):
            seen += [event for line in lines.take(raw[at : at + size]) if (event := reader.take(line))]
        assert [(event.seq, event.type, event.data) for event in seen] == [
            (5, "vault.deposit", {"memo": "a\u2028b"}),
            (6, "x.y", {"a": 1}),
        ]
        assert (reader.after, reader.wait) == (6, 0.5)


# --- who asks ---------------------------------------------------------------------------------------------------------


def test_signed_requests(house: House, clients: Clients, tmp_path: Path) -> None:
    furnish(house)
    private = Ed25519PrivateKey.generate()
    key = house.key("alice", public_key=private.public_key().public_bytes_raw().hex())
    file = tmp_path / "alice.key"
    file.write_text(private.private_bytes_raw().hex() + "\n")
    file.chmod(0o600)
    alice = clients(api_key=key, signing_key_file=str(file))
    assert alice.statement("alice", asset="FLUX", since="2026-01-01T00:00:00Z").page()["items"]
    assert alice.commands.submit("asset.transfer", asset="FLUX", to="bob", amount="900")["status"] == "applied"
    with pytest.raises(BadRequestSignature):
        clients(api_key=key).me.show()
    with pytest.raises(BadRequestSignature):
        clients(api_key=key, signing_key=Ed25519PrivateKey.generate().private_bytes_raw()).me.show()
    late = clients(api_key=key, signing_key_file=str(file), clock=lambda: house.clock.now - 61)
    with pytest.raises(BadRequestSignature, match="61 seconds"):
        late.me.show()


def test_each_sending_is_signed_anew(house: House, clients: Clients) -> None:
    """A nonce works once: what is sent again after a cut has another."""
    furnish(house)
    private = Ed25519PrivateKey.generate()
    key = house.key("alice", public_key=private.public_key().public_bytes_raw().hex())
    with wire_cutter(house.url) as wire:
        alice = clients(api_key=key, signing_key=private.private_bytes_raw(), url=wire.url)
        alice.me.show()
        wire.after_request = 1
        assert alice.commands.submit("vault.deposit", vault="FLUX", assets="10")["replayed"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "open.key"
    file.write_text("00" * 32)
    file.chmod(mode)
    with pytest.raises(Malformed, match="chmod 600"):
        Client("http://127.0.0.1:1", api_key="hf_x", signing_key_file=str(file))


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("http://desk.example.org", {"api_key": "hf_x"}, "write https"),
        ("http://desk.example.org", {"session": "hfs_x"}, "write https"),
        ("ftp://desk.example.org", {}, "address"),
        ("desk.example.org", {}, "address"),
        ("https://a:b@desk.example.org", {}, "leave them out"),
        ("https://desk.example.org/v1", {}, "leave the path out"),
        ("https://desk.example.org", {"api_key": "a", "session": "b"}, "not both"),
        ("https://desk.example.org", {"signing_key": bytes(32)}, "goes with the API key"),
        ("https://desk.example.org", {"api_key": "a", "signing_key": b"short"}, "32 bytes"),
        ("https://desk.example.org", {"api_key": "a\nb"}, "no key"),
    ],
)
def test_unusable_settings(url: str, settings: dict[str, object], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        Client(url, **settings)


def test_a_key_never_goes_where_a_server_sends_on_to(clients: Clients) -> None:
    alice = clients("alice")
    answers = Answers(alice, httpx.Response(307, headers={"location": "https://thief.example/v1/me"}))
    with pytest.raises(Malformed, match=r"thief\.example"):
        alice.me.show()
    assert len(answers.requests) == 1


def test_step_up_by_a_code(house: House, clients: Clients) -> None:
    """A session confirms exactly the request that asks for it, and goes on with the new token."""
    session, secret = _with_totp(house, "olga")
    asked: list[str] = []

    def hook(request: str) -> str:
        asked.append(request)
        return pyotp.TOTP(secret).at(house.clock.now)

    olga = clients(session=session, step_up=hook)
    made = olga.policies.set_group("board", members=["paul"])
    assert (made["group"] or {})["members"] == ["paul"]
    (request,) = asked
    assert len(request) == 64
    assert olga.session != session
    assert olga.me.show()["person"]["id"] == "olga"
    with pytest.raises(Unauthenticated):
        clients(session=session).me.my_sessions()


def test_without_a_hook_step_up_is_the_callers(house: House, clients: Clients) -> None:
    session, _ = _with_totp(house, "olga")
    with pytest.raises(StepUpRequired) as needed:
        clients(session=session).policies.set_group("board", members=["paul"])
    assert len(str(needed.value.details["request"])) == 64


def test_a_wrong_code_is_not_sent_twice(house: House, clients: Clients) -> None:
    session, _ = _with_totp(house, "olga")
    asked: list[str] = []

    def hook(request: str) -> str:
        asked.append(request)
        return "000000"

    with pytest.raises(Unauthenticated):
        clients(session=session, step_up=hook).policies.set_group("board", members=["paul"])
    assert len(asked) == 1


def _with_totp(house: House, name: str) -> tuple[str, str]:
    """A session of somebody with an authenticator app, and its secret."""
    with house.office.write() as t:
        token = house.server.sessions.open(t, name, "enrol", "password", Where("127.0.0.1", "tests")).token
    with Client(house.url, session=token) as enrolling:
        secret = enrolling.me.totp_options()["secret"]
        enrolling.me.totp_confirm(code=pyotp.TOTP(secret).at(house.clock.now))
        house.later(30)
        assert enrolling.session != token
        return str(enrolling.session), secret
