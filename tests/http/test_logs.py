"""The server's log: one line to a request, ids of our own, no secret whatever happens, and no line of somebody else."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import socket
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast.entrypoints.http import hiding, observing
from holdfast.entrypoints.http.logs import server_log, take_over
from holdfast.identity import request_signatures
from holdfast.identity.tokens import new_token
from serving import House, serving

PASSWORD = " ".join(("correct", "horse", "battery", "staple"))


class Written(io.BytesIO):
    """What a log wrote."""

    @property
    def text(self) -> str:
        return self.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self, least: int = 1) -> list[dict[str, Any]]:
        """The lines of requests, of which there will be so many: a line comes a moment after its answer."""
        end = time.monotonic() + 10
        while self.text.count('"event":"request"') < least and time.monotonic() < end:
            time.sleep(0.005)
        return [line for line in self.lines if line["event"] == "request"]


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def house(tmp_path: Path, written: Written) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path / 'desk.db'}", people=False, lenient=True) as made:
        made.server.log = log = server_log("json", "debug", written)  # type: ignore[arg-type]
        undo = take_over(log, "debug")
        try:
            yield made
        finally:
            undo()


# --- requests ---------------------------------------------------------------------------------------------------------


def test_request__one_line__with_the_pattern_and_not_the_path(house: House, written: Written) -> None:
    house.add("alice", "holder")
    answer = house.of("alice").get("/v1/accounts/alice?at=1")
    (line,) = written.requests()
    assert line["method"] == "GET" and line["route"] == "/v1/accounts/{account}"
    assert line["status"] == answer.status_code
    assert line["person"] == "alice" and line["address"] == "127.0.0.1" and line["level"] == "info"
    assert isinstance(line["ms"], float)
    assert line["request"] == answer.headers["holdfast-request-id"]
    assert "at=1" not in written.text


@pytest.mark.parametrize(
    ("method", "path", "status", "route"),
    [
        ("GET", "/health/live", 200, "/health/live"),
        ("HEAD", "/health/live", 200, "/health/live"),
        ("GET", "/v1/accounts/x", 401, "/v1/accounts/{account}"),
        ("PATCH", "/health/live", 405, "none"),
        ("GET", "/no/such/path%0A2026", 404, "none"),
    ],
)
def test_request_id__is_on_every_answer_and_taken_from_no_client(
    house: House, written: Written, method: str, path: str, status: int, route: str
) -> None:
    answer = house.nobody.request(method, path, headers={"Holdfast-Request-Id": "mine", "X-Request-Id": "mine"})
    assert answer.status_code == status
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", answer.headers["holdfast-request-id"])
    (line,) = written.requests()
    assert (line["status"], line["route"], line["method"]) == (status, route, method)
    assert line["request"] == answer.headers["holdfast-request-id"]
    assert "mine" not in written.text


def test_request_ids__differ(house: House) -> None:
    ids = {house.nobody.get("/health/live").headers["holdfast-request-id"] for _ in range(50)}
    assert len(ids) == 50


def test_a_fault_of_ours__is_an_error_with_its_traceback_and_the_request_id(
    house: House, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = new_token("hfs").shown

    def broken(*_: object) -> None:
        raise ValueError(f"a bug with {secret}\nand a second line")

    monkeypatch.setattr("holdfast.entrypoints.http.authentication.identify", broken)
    answer = house.nobody.get("/health/live")
    assert answer.status_code == 500
    fault = next(line for line in written.lines if line["level"] == "error")
    assert fault["event"] == "request failed"
    assert "in broken" in fault["exception"] and "ValueError: a bug with hfs_[hidden]" in fault["exception"]
    assert fault["request"] == answer.headers["holdfast-request-id"]
    assert secret not in written.text
    (line,) = written.requests()
    assert (line["status"], line["level"]) == (500, "warning")


def test_a_client_that_goes_away__is_told_with_status_0(house: House, written: Written) -> None:
    host, port = house.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    (told,) = written.requests()
    assert (told["route"], told["status"]) == ("/v1/sign-in/password", 0) or told["status"] >= 400


# --- secrets ----------------------------------------------------------------------------------------------------------


def codes_of(house: House, secret: str) -> str:
    house.later(30)
    return pyotp.TOTP(secret).at(house.clock.now)


def test_a_whole_session__leaves_no_secret_in_the_log(house: House, written: Written) -> None:
    secrets = [PASSWORD]
    client = house.client()
    link = house.server.people.bootstrap.open()
    assert link is not None
    first = client.post("/v1/bootstrap", json={"token": link, "name": "olga", "password": PASSWORD}).json()
    client.headers["Authorization"] = f"Bearer {first['token']}"
    totp = client.post("/v1/me/totp").json()["secret"]
    code = codes_of(house, totp)
    done = client.post("/v1/me/totp/confirm", json={"code": code}).json()
    secrets += [link, first["token"], first["csrf"], totp, code, *done["recovery_codes"]]
    secrets += [done["opened"]["token"], done["opened"]["csrf"]]

    # wrong ones too, in every place where somebody may put them
    wrong = new_token("hf").shown
    for headers in (
        {"Authorization": f"Bearer {wrong}"},
        {"Authorization": f"Basic {base64.b64encode(b'olga:' + PASSWORD.encode()).decode()}"},
        {"Cookie": f"__Host-holdfast={wrong}"},
        {"User-Agent": wrong},
        {"Referer": f"https://x/?token={wrong}"},
    ):
        house.nobody.get("/v1/me", headers=headers)
    house.nobody.get(f"/v1/me?token={wrong}")
    house.nobody.get(f"/v1/{wrong}")
    house.nobody.post("/v1/sign-in/password", json={"name": "olga", "password": PASSWORD + "!"})
    house.nobody.post("/v1/sign-in/password", json={"name": PASSWORD, "password": "x"})
    house.nobody.post("/v1/sign-in/password", content=f'{{"password": "{PASSWORD}"')
    again = house.client()
    half = again.post("/v1/sign-in/password", json={"name": "olga", "password": PASSWORD}).json()
    again.headers["Authorization"] = f"Bearer {half['token']}"
    code = codes_of(house, totp)
    full = again.post("/v1/sign-in/code", json={"code": code}).json()
    secrets += [wrong, half["token"], code, full["token"], full["csrf"]]

    # a signed request of an API key
    signer = Ed25519PrivateKey.generate()
    key = house.key("olga", public_key=signer.public_key().public_bytes_raw().hex())
    signed = {
        "Holdfast-Time": "1",
        "Holdfast-Nonce": "n" * 22,
        "Holdfast-Signature": base64.b64encode(b"s" * 64).decode(),
    }
    assert set(signed) <= {
        request_signatures.TIME_HEADER, request_signatures.NONCE_HEADER, request_signatures.SIGNATURE_HEADER,
    }  # fmt: skip
    house.client(key).get("/v1/me", headers=signed)
    secrets += [key, signed[request_signatures.SIGNATURE_HEADER]]

    assert len(written.requests(15)) >= 15
    for secret in secrets:
        assert secret not in written.text
        if len(secret) > 20:
            assert re.sub(r"\A[a-z]{2,4}_", "", secret)[:16] not in written.text, "not even its beginning"


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "passphrase", "secret", "webhook_secret", "token", "csrf", "cookie", "set-cookie",
        "authorization", "Authorization", "signature", "Holdfast-Signature", "private_key", "api_key", "code", "codes",
        "otp", "totp", "recovery_codes", "nonce",
    ],
)  # fmt: skip
def test_fields_with_a_secret_s_name__are_hidden(name: str) -> None:
    for value in ("123456", "abcd-efgh", 123456, ["a1b2"], {"a": "b2"}, b"raw"):
        told = hiding.told(name, value)
        assert told == hiding.HIDDEN, (name, value, told)


def test_an_error_s_code__is_told() -> None:
    assert hiding.told("code", "unknown_person") == "unknown_person"
    assert hiding.told("code", "forbidden") == "forbidden"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"with hfs_{'a1_B-' * 9}", "with hfs_[hidden]"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_[hidden]"),
        ("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "whsk_[hidden]"),
        ("header 'Bearer abc.def-1'", "header 'Bearer [hidden]'"),
        ("basic YWJjOmRlZg==", "basic [hidden]"),
        ("postgresql://ann:p%40ss@db1/x", "postgresql://[hidden]db1/x"),
        ("host=db1 password=hunter22 user=ann", "host=db1 password=[hidden] user=ann"),
        ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=y", "otpauth://totp/x?secret=[hidden]&issuer=y"),
        ('{"password": "hunter22", "name": "x"}', '{"password": "[hidden]", "name": "x"}'),
        ("__Host-holdfast=abc; a=b", "__Host-holdfast=[hidden]; a=b"),
        ("GET /v1/me HTTP/1.1", "GET /v1/me HTTP/1.1"),
        ("https://hooks.example.org/in", "https://hooks.example.org/in"),
        ("2 records, a token: none", "2 records, a token: [hidden]"),
    ],
)
def test_what_looks_like_a_secret__is_hidden(text: str, told: str) -> None:
    assert hiding.hidden(text) == told


# --- lines ------------------------------------------------------------------------------------------------------------

FORGED = "olga\r\n2026-01-01T00:00:00.000Z info    request status=200\u2028x\u2029\u202egro\u0085\x1b[2K\x00\ud800"


@pytest.mark.parametrize("form", ["text", "json"])
def test_texts_of_others__forge_no_lines(written: Written, form: Any) -> None:
    log = server_log(form, "debug", written)  # type: ignore[arg-type]
    log.info(FORGED, person=FORGED, **{FORGED: FORGED}, many=[FORGED], inside={FORGED: FORGED})
    try:
        raise RuntimeError(FORGED)
    except RuntimeError:
        log.exception("failed")
    whole = written.text
    assert all(c.isprintable() or c == "\n" for c in whole)
    begin = [line for line in whole.split("\n") if not line.startswith("    ") and line]
    assert len(begin) == 2
    if form == "text":
        assert all(re.match(r"20\d\d-\d\d-\d\dT\S+Z (info|error) +\S", line) for line in begin)
    else:
        assert [json.loads(line)["level"] for line in begin] == ["info", "error"]


def test_text_values__forge_no_fields(written: Written) -> None:
    log = server_log("text", "info", written)  # type: ignore[arg-type]
    log.info("x", person="olga status=200", other='a" status=200', plain="/v1/{x}", empty="", no=None, yes=True, n=1.5)
    assert written.text.rstrip().endswith(
        r'x person="olga status=200" other="a\" status=200" plain=/v1/{x} empty="" no=null yes=true n=1.5'
    )


def test_levels__leave_out_what_is_less(written: Written) -> None:
    log = server_log("json", "warning", written)  # type: ignore[arg-type]
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [line["event"] for line in written.lines] == ["c", "d"]


def test_a_log_that_cannot_be_written__disturbs_nobody() -> None:
    class Full(io.RawIOBase):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    server_log("text", "info", Full()).info("x")  # type: ignore[arg-type]
    closed = io.BytesIO()
    closed.close()
    server_log("text", "info", closed).info("x")


def test_libraries__log_through_ours(written: Written) -> None:
    undo = take_over(server_log("json", "info", written), "info")  # type: ignore[arg-type]
    try:
        logging.getLogger("uvicorn.error").info("Started server process [%d]", 1)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request %s", new_token("hfs").shown)
        logging.getLogger("holdfast.identity").info("ours")
        logging.getLogger("odd").error("one %d", "x")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        try:
            raise ValueError("why")
        except ValueError:
            logging.getLogger("asyncio").exception("Task failed")
    finally:
        undo()
    events = [(line["level"], line["event"], line["logger"]) for line in written.lines]
    assert events[:3] == [
        ("warning", "Invalid HTTP request hfs_[hidden]", "uvicorn.error"), ("info", "ours", "holdfast.identity"),
        ("error", "one %d", "odd"),
    ]  # fmt: skip
    assert events[3][0] == "warning" and "DeprecationWarning: old" in events[3][1]
    assert "ValueError: why" in written.lines[4]["exception"]
    logging.getLogger("asyncio").error("after")
    assert len(written.lines) == 5, "undone"


def test_without_an_observer__a_call_is_noticed_by_nobody() -> None:
    call = SimpleNamespace(scope={})
    observing.notice(call)  # type: ignore[arg-type]
    observing.name(call.scope, "/page", "olga")
    assert call.scope == {}


def test_what_is_no_route__can_name_itself(house: House, written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    found = observing.Observed.__call__

    async def page(scope: Any, receive: Any, send: Any) -> None:
        observing.name(scope, "/accounts/{account}", "olga")
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def instead(self: Any, scope: Any, receive: Any, send: Any) -> None:
        monkeypatch.setattr(self, "_app", page)
        await found(self, scope, receive, send)

    monkeypatch.setattr(observing.Observed, "__call__", instead)
    assert house.nobody.get("/accounts/alice").status_code == 204
    (line,) = written.requests()
    assert (line["route"], line["person"], line["status"]) == ("/accounts/{account}", "olga", 204)


def test_open_telemetry_is_off__and_costs_no_span(house: House, written: Written) -> None:
    assert not house.server.traces
    with httpx.Client(base_url=house.url, trust_env=False) as client:
        client.get("/health/live", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    assert "trace" not in written.requests()[0]
