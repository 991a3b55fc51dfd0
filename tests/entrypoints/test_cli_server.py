"""Verbs with --server: they say what they say with --db of the same desk, and leave with the same code."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from attesting import public_key, signed
from holdfast.agent.outbox import Courier, Outbox
from holdfast.client import Client
from holdfast.entrypoints.cli.reporting import hand_over
from holdfast.errors import Unavailable
from holdfast.identity.passwords import hash_password
from holdfast.identity.records import Credentials, Where
from holdfast.primitives.clock import FixedClock
from rich_desk import furnish
from serving import House, serving

if TYPE_CHECKING:
    from conftest import Answer, Cli

FLUX_POLICY = """\
# policy
[[rules]]
name = "all"
action = "allow"
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with something of everything, served; only read."""
    with serving(f"sqlite:{tmp_path_factory.mktemp('server') / 'desk.db'}") as running:
        furnish(running)
        yield running


@pytest.fixture(scope="module")
def keys(house: House) -> dict[str, str]:
    """An API key of everybody."""
    return {name: house.key(name) for name in ("olga", "anna", "alice")}


Same = Callable[..., "tuple[Answer, Answer]"]


@pytest.fixture
def both(cli: Cli, house: House, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Same:
    """Runs a verb on the desk's file and on its server; both answers."""
    monkeypatch.setenv("HOLDFAST_API_KEY", keys["anna"])

    def run(*arguments: str) -> tuple[Answer, Answer]:
        return (
            cli(*arguments, "--db", house.server.settings.db.removeprefix("sqlite:")),
            cli(*arguments, "--server", house.url),
        )

    return run


READING = [
    ["state"],
    ["state", "--json"],
    ["state", "--all"],
    ["state", "--at", "12"],
    ["state", "--at", "2026-01-01T00:30:00Z", "--json"],
    ["balance", "alice"],
    ["balance", "alice", "--json"],
    ["balance", "bob", "--asset", "RENDER", "--json"],
    ["balance", "@term:VG", "--at", "20"],
    ["history", "alice"],
    ["history", "alice", "--json"],
    ["history", "bob", "--asset", "FLUX", "--since", "2026-01-01T00:00:01Z", "--until", "2026-01-02T00:00:00Z"],
    ["history", "alice", "--asset", "NONE"],
    ["tax"],
    ["tax", "--json"],
    ["quote", "exit", "FLUX", "--holder", "alice"],
    ["quote", "exit", "FLUX", "100", "--holder", "alice", "--json"],
    ["plan", "FLUX"],
    ["plan", "FLUX", "--buffer-bps", "500", "--limit", "BENQI=4000", "--json"],
    ["verify"],
    ["verify", "--json"],
    ["depin", "show", "card"],
    ["depin", "show", "card", "--json"],
    ["export"],
    ["export", "--upto", "7"],
    ["policy", "show"],
    ["policy", "show", "--json"],
    ["policy", "show", "--version", "1"],
    ["policy", "back-test"],
    ["policy", "back-test", "--json", "--limit", "3"],
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_the_server_says_what_the_file_says(both: Same, arguments: list[str]) -> None:
    file, server = both(*arguments)
    assert file.code == 0, file.err
    assert read(server.out, arguments) == read(file.out, arguments)
    assert (server.code, server.err) == (file.code, file.err)


def read(out: str, arguments: list[str]) -> Any:
    """What a verb printed: byte for byte; objects whose names are data may come in another order."""
    if "--json" in arguments and {"back-test", "log"} & set(arguments):
        return [json.loads(line) for line in out.splitlines()]
    return out


REFUSED = [
    (4, ["balance", "alice", "--asset", "NONE"]),
    (4, ["state", "--at", "99999"]),
    (2, ["state", "--at", "yesterday"]),
    (2, ["history", "alice", "--since", "yesterday"]),
    (4, ["quote", "exit", "NONE", "--holder", "alice"]),
    (6, ["quote", "exit", "FLUX", "99999999", "--holder", "alice"]),
    (2, ["quote", "exit", "FLUX", "many", "--holder", "alice"]),
    (4, ["plan", "NONE"]),
    (2, ["plan", "FLUX", "--limit", "BENQI"]),
    (4, ["depin", "show", "nothing"]),
    (4, ["policy", "show", "--version", "99"]),
    (70, ["verify", "--head", f"3:{'0' * 64}"]),
    (70, ["verify", "--log-head", f"1:{'0' * 64}", "--json"]),
    (2, ["audit", "export", "--format", "xml"]),
]


@pytest.mark.parametrize(
    ("code", "arguments"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_refusals_leave_with_the_same_code(both: Same, code: int, arguments: list[str]) -> None:
    file, server = both(*arguments)
    assert (file.code, server.code) == (code, code), (file.err, server.err)
    assert server.out == file.out


def test_the_audit_log_is_the_same(both: Same) -> None:
    """Both are read at once: a request of an API key is no entry of the log."""
    for arguments in (
        ["audit", "log", "--last", "5"],
        ["audit", "log", "--all", "--json"],
        ["audit", "log", "--who", "alice", "--source", "journal"],
        ["audit", "export", "--format", "csv", "--what", "person."],
        ["audit", "export", "--format", "syslog", "--until", "2026-01-01T00:00:00Z"],
    ):
        file, server = both(*arguments)
        assert file.out.strip()
        assert (server.code, read(server.out, arguments)) == (file.code, read(file.out, arguments))


def test_files_that_are_written_are_the_same(both: Same, folder: Path) -> None:
    for number, words in enumerate((["export"], ["audit", "export", "--what", "person.added"])):
        file, server = both(*words, "-o", f"{number}.out", "--force")
        assert file.err == server.err
        first = (folder / f"{number}.out").read_bytes()
        both(*words, "-o", f"{number}.out", "--force")
        assert (folder / f"{number}.out").read_bytes() == first


def test_an_export_of_a_server_is_the_desk(both: Same, cli: Cli, house: House) -> None:
    _, server = both("export")
    made = cli("import", "-", "--db", "copy.db", "--json", stdin=server.out.encode())
    assert made.document["head"]["digest"] == house.service.head.digest.hex()
    assert cli("verify", "--db", "copy.db").code == 0


def test_simulating_is_of_ones_own_command(
    cli: Cli, house: House, keys: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "policy.toml").write_text(FLUX_POLICY)
    monkeypatch.setenv("HOLDFAST_API_KEY", keys["olga"])
    command = json.dumps({"type": "vault.pause", "vault": "FLUX"})
    found = cli("policy", "simulate", command, "--policy", "policy.toml", "--server", house.url, "--json")
    assert found.code == 0, found.err
    assert (found.document["person"], found.document["decision"]["action"]) == ("olga", "allow")
    assert "allowed" in cli("policy", "simulate", command, "--policy", "policy.toml", "--server", house.url).out
    refused = cli("policy", "simulate", command, "--as", "alice", "--server", house.url)
    assert refused.code == 2
    assert "for whoever asks it" in refused.err
    tested = cli("policy", "back-test", "policy.toml", "--server", house.url, "--json")
    assert tested.document["blocked"] == 0
    assert tested.document["records"] == house.state.seq


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[House]:
    """A desk that a test may change; its clock is right, as signatures and keys want it."""
    with serving(f"sqlite:{tmp_path / 'desk.db'}", clock=FixedClock(int(time.time()))) as running:
        running.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
        running.do("vault.create", "operator", asset="FLUX")
        yield running


DEPOSIT = {"id": "c-1", "type": "vault.deposit", "vault": "FLUX", "assets": "10"}


@pytest.fixture
def alice(desk: House, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of alice, on the server."""
    monkeypatch.setenv("HOLDFAST_API_KEY", desk.key("alice"))
    monkeypatch.setenv("HOLDFAST_SERVER", desk.url)
    return cli


def test_submit_is_as_on_a_file(alice: Cli, desk: House) -> None:
    said = alice("submit", json.dumps(DEPOSIT))
    assert said.code == 0, said.err
    assert said.out.startswith("vault.deposit applied as record 3 at ")
    assert "id alice/c-1, digest" in said.out
    again = alice("submit", json.dumps(DEPOSIT), "--json")
    assert (again.code, again.document["replayed"]) == (0, True)
    copy = alice("export", "-o", "x", "--db", desk.server.settings.db.removeprefix("sqlite:"))
    assert copy.code == 0
    assert alice("import", "x", "--db", "copy.db").code == 0
    local = alice("submit", json.dumps({**DEPOSIT, "id": "c-2", "actor": "alice"}), "--db", "copy.db", "--json")
    server = alice("submit", json.dumps({**DEPOSIT, "id": "c-2"}), "--json")
    different = {"id", "at", "digest"}
    assert {k: v for k, v in server.document.items() if k not in different} == {
        k: v for k, v in local.document.items() if k not in different
    }
    assert server.document["id"] == "alice/c-2"


def test_preview_keeps_nothing(alice: Cli, desk: House) -> None:
    said = alice("submit", "--preview", json.dumps({"type": "vault.deposit", "vault": "FLUX", "assets": "10"}))
    assert said.code == 0, said.err
    assert "would be applied" in said.out
    assert "alice" in said.out
    assert desk.state.seq == 2


@pytest.mark.parametrize(
    ("command", "code", "word"),
    [
        ({"type": "vault.deposit", "vault": "FLUX", "assets": "5000"}, 6, "insufficient_balance"),
        ({"type": "vault.deposit", "vault": "NONE", "assets": "1"}, 4, "unknown_vault"),
        ({"type": "vault.create", "asset": "VG"}, 3, "forbidden"),
        ({"type": "vault.deposit", "vault": "FLUX", "assets": "1", "actor": "bob"}, 3, "forbidden"),
        ({"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}, 3, "step_up_required"),
        ({"type": "vault.deposit", "vault": "FLUX"}, 2, "malformed"),
        ({"type": "vault.nothing"}, 2, "unknown_command"),
        ({"type": "vault.deposit", "vault": "FLUX", "assets": "1", "at": "2026-01-01T00:00:00Z"}, 2, "malformed"),
    ],
)
def test_refused_commands(alice: Cli, desk: House, command: dict[str, Any], code: int, word: str) -> None:
    found = alice("submit", json.dumps(command), "--json")
    assert found.code == code, found.err
    assert found.document["error"]["code"] == word
    if word in ("insufficient_balance", "unknown_vault"):
        assert found.document["seq"] == desk.state.seq


def test_a_key_used_for_another_command_is_a_conflict(alice: Cli) -> None:
    assert alice("submit", json.dumps(DEPOSIT)).code == 0
    assert alice("submit", json.dumps({**DEPOSIT, "assets": "11"})).code == 5


def test_who_may_not_is_told_so(alice: Cli, desk: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alice("state").code == 3
    assert alice("history", "bob").code == 4
    monkeypatch.setenv("HOLDFAST_API_KEY", "hf_unknown")
    assert alice("balance", "alice").code == 3
    monkeypatch.delenv("HOLDFAST_API_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    without = alice("balance", "alice")
    assert without.code == 3
    assert f"holdfast sign-in --server {desk.url}" in without.err


def test_a_server_that_is_not_there(alice: Cli, desk: House) -> None:
    gone = alice("balance", "alice", "--server", "http://127.0.0.1:9", "--json")
    assert gone.code == 75
    assert gone.document["error"]["code"] == "unavailable"


def test_proofs_are_the_servers(alice: Cli, desk: House, folder: Path) -> None:
    """The secret of the salts is the server's; what it makes holds, checked without it."""
    (folder / "proofs.key").write_text("k" * 40)
    assert alice("proof", "root").code == 4, "no day has been published"
    assert alice("proof", "root", "--secret", "proofs.key").code == 2
    assert alice("proof", "root", "--db", desk.server.settings.db).code == 2, "here a secret is needed"
    desk.later(86_400)
    while (roots := alice("proof", "root", "--json")).code != 0:
        assert roots.code == 4, roots.err
        time.sleep(0.1)
    (folder / "roots.json").write_text(roots.out)
    assert alice("proof", "root", "--day", roots.document["day"], "--json").out == roots.out
    assert "FLUX" in alice("proof", "root").out
    mine = alice("proof", "make", "alice", "--asset", "FLUX", "--json")
    assert mine.code == 0, mine.err
    (folder / "alice.json").write_text(mine.out)
    assert alice("proof", "check", "alice.json", "roots.json").code == 0
    assert alice("proof", "make", "bob", "--asset", "FLUX").code == 4


# --- which desk -------------------------------------------------------------------------------------------------------


def test_a_database_and_a_server_contradict(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    both = cli("state", "--db", "x.db", "--server", "http://127.0.0.1:9")
    assert both.code == 2
    assert "State --db or --server, not both" in both.err
    monkeypatch.setenv("HOLDFAST_SERVER", "http://127.0.0.1:9")
    assert cli("state", "--db", "x.db").code == 4, "an option counts before the environment"
    monkeypatch.setenv("HOLDFAST_DB", "x.db")
    unclear = cli("state")
    assert unclear.code == 2
    assert "unset one" in unclear.err


@pytest.mark.parametrize(
    "words",
    ["run x.jsonl", "init", "copy --from a --to b", "import x --db y", "snapshot", "tables", "demo",
     "quote term", "network show x", "proof script", "keeper", "policy check x"],
)  # fmt: skip
def test_verbs_that_need_files_say_so(cli: Cli, words: str) -> None:
    refused = cli(*words.split(), "--server", "https://desk.example.org")
    assert refused.code == 2
    assert "not on a server's desk; leave --server out" in refused.err


def test_keys_come_from_files_that_nobody_else_reads(alice: Cli, desk: House, folder: Path, monkeypatch: Any) -> None:
    file = folder / "api.key"
    file.write_text(os.environ["HOLDFAST_API_KEY"] + "\n")
    monkeypatch.setenv("HOLDFAST_API_KEY_FILE", str(file))
    assert "both set" in alice("balance", "alice").err
    monkeypatch.delenv("HOLDFAST_API_KEY")
    file.chmod(0o640)
    refused = alice("balance", "alice")
    assert (refused.code, "chmod 600" in refused.err) == (2, True)
    file.chmod(0o600)
    assert alice("balance", "alice").code == 0


def test_plain_http_to_another_machine_is_refused(alice: Cli) -> None:
    refused = alice("balance", "alice", "--server", "http://desk.example.org")
    assert (refused.code, "https://" in refused.err) == (2, True)


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.fixture
def person(desk: House, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """A person with a password and an authenticator app: the password and the app's secret."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    monkeypatch.setenv("HOLDFAST_SERVER", desk.url)
    password = "correct horse battery staple"  # noqa: S105 - of this test
    with desk.office.write() as t:
        t.put(Credentials("alice", password=hash_password(password)))
        token = desk.server.sessions.open(t, "alice", "enrol", "password", Where("127.0.0.1", "tests")).token
    with Client(desk.url, session=token) as client:
        secret = client.me.totp_options()["secret"]
        client.me.totp_confirm(code=pyotp.TOTP(secret).at(desk.clock.now))
    desk.later(30)
    yield password, secret


def codes(desk: House, secret: str) -> tuple[str, str]:
    """Two codes in a row; the second is the next that the app shows."""
    totp = pyotp.TOTP(secret)
    return totp.at(desk.clock.now), totp.at(desk.clock.now + 30)


@pytest.mark.parametrize("signed_", [False, True])
def test_sign_in_makes_a_key_and_sign_out_ends_it(
    cli: Cli, desk: House, person: tuple[str, str], *, signed_: bool
) -> None:
    password, secret = person
    typed = "\n".join(["alice", password, *codes(desk, secret), ""]).encode()
    options, before = ["--signed"] if signed_ else [], len(desk.server.sessions.list("alice", None))
    done = cli("sign-in", "--days", "3", *options, stdin=typed)
    assert done.code == 0, done.err
    (file,) = Path("config/holdfast/sign-ins").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert password not in file.read_text() + done.out + done.err
    kept = json.loads(file.read_text())
    assert (kept["person"], kept["server"], kept["signing_key"] is not None) == ("alice", desk.url, signed_)
    assert cli("balance", "alice", "--json").document["balances"] == {"FLUX": "1000"}
    sent = cli("submit", json.dumps({"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}))
    assert sent.code == (0 if signed_ else 3), sent.err
    assert len(desk.server.sessions.list("alice", None)) == before, "the session that made the key is over"
    assert cli("sign-out").code == 0
    assert not file.exists()
    assert [key for key in desk.server.api_keys.list("alice") if key.title.startswith("holdfast on")] == []
    assert cli("sign-out").code == 4


def test_a_wrong_password_keeps_nothing(cli: Cli, desk: House, person: tuple[str, str]) -> None:
    refused = cli("sign-in", "--name", "alice", stdin=b"wrong password\n")
    assert refused.code == 3
    assert not Path("config").exists()


def test_nothing_typed_is_nothing_asked(cli: Cli, person: tuple[str, str]) -> None:
    assert cli("sign-in", stdin=b"").code == 2


# --- watching ---------------------------------------------------------------------------------------------------------


def test_watch_prints_what_happens(alice: Cli, desk: House) -> None:
    timer = threading.Timer(0.3, lambda: desk.do("vault.deposit", "alice", vault="FLUX", assets="5"))
    timer.start()
    lines = alice("watch", "--after", "0", "--count", "2", "--json").out.splitlines()
    timer.join()
    first, last = map(json.loads, lines)
    assert (first["type"], last["type"], last["actor"]) == ("asset.mint", "vault.deposit", "alice")
    shown = alice("watch", "--after", "0", "--count", "2").out
    assert "asset.mint" in shown
    assert "vault.deposit by alice: vault.deposited" in shown


def test_watch_needs_a_server(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOLDFAST_SERVER", raising=False)
    assert cli("watch").code == 2


# --- reports ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def network(desk: House, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> House:
    """A contribution network whose attestor is a person of the server."""
    desk.add("probe", "holder")
    desk.do("depin.add_network", "operator", network="net", reward_asset="FLUX", epoch_seconds=86_400,
            emission_per_epoch="100")  # fmt: skip
    monkeypatch.setenv("HOLDFAST_API_KEY", desk.key("probe"))
    monkeypatch.setenv("HOLDFAST_SERVER", desk.url)
    return desk


def register(house: House) -> None:
    house.do("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
    house.do("depin.register_resource", "alice", network="net", kind="gpu", unit="gpu", capacity="2", resource="card")


def reports(house: House, count: int, *, ahead: int = 0) -> list[dict[str, Any]]:
    """Reports of stretches that follow one another; the last `ahead` lie in the future."""
    start = house.state.networks["net"].epoch_started_at
    house.later(600)
    made = []
    for number in range(count):
        begin = start + 60 * number + (3600 if number >= count - ahead else 0)
        fields = signed("net", "card", begin, begin + 60, sequence=begin + 60)
        made.append({"id": f"card-{begin + 60}", "actor": "probe", "type": "depin.report", **_named(fields)})
    return made


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in fields.items()}


def spool_of(folder: Path, found: list[dict[str, Any]]) -> Path:
    file = folder / "reports.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in found))
    return file


def test_ingest_sends_each_report_once_and_keeps_what_is_early(cli: Cli, network: House, folder: Path) -> None:
    file = spool_of(folder, reports(network, 4, ahead=1))
    early = cli("depin", "ingest", str(file), "--json")
    assert early.document["waiting"] == 4
    assert early.document["reasons"] == {"waiting: the resource is not registered": 4}
    register(network)
    first = cli("depin", "ingest", str(file), "--json").document
    assert (first["applied"], first["waiting"], first["refused"]) == (3, 1, 0)
    assert first["seq"] == network.state.seq
    again = cli("depin", "ingest", str(file), "--json").document
    assert (again["replayed"], again["applied"], again["waiting"]) == (3, 0, 1)
    network.later(4_000)
    later = cli("depin", "ingest", str(file)).out
    assert later.startswith("1 reports counted, 3 were there already, 0 refused, 0 wait.")


def test_what_never_can_be_counted_is_refused(cli: Cli, network: House, folder: Path) -> None:
    register(network)
    found = reports(network, 2)
    found[0]["uptime_bps"] = 1
    answer = cli("depin", "ingest", str(spool_of(folder, found)), "--json").document
    assert (answer["refused"], answer["applied"]) == (1, 1)
    assert answer["reasons"] == {"bad_signature": 1}


def test_the_agents_outbox_sends_each_report_once(network: House, folder: Path) -> None:
    register(network)
    file = spool_of(folder, reports(network, 5, ahead=1))
    with Client(network.url, api_key=network.key("probe")) as client:
        out = Outbox(str(file), lambda report: hand_over(client, report).waits or None)
        assert out.flush() == 4
        assert out.told == "it ends ahead of the desk's clock"
        seq = network.state.seq
        assert Outbox(str(file), lambda report: hand_over(client, report).waits or None).flush() == 0
        (folder / "reports.ndjson.sent").unlink()
        lost = Outbox(str(file), lambda report: hand_over(client, report).waits or None)
        assert lost.flush() == 4, "sent again, and known by their ids"
        assert network.state.seq == seq
        network.later(4_000)
        assert lost.flush() == 1
    assert network.state.seq == seq + 1


def test_an_outbox_goes_on_where_it_failed(folder: Path) -> None:
    file = folder / "spool"
    file.write_text("".join(json.dumps({"id": str(number)}) + "\n" for number in range(5)) + '{"id": "half')
    taken: list[str] = []
    broken = {"2"}

    def take(report: dict[str, Any]) -> str | None:
        if report["id"] in broken:
            raise Unavailable("gone")
        taken.append(report["id"])
        return None

    out = Outbox(str(file), take)
    with pytest.raises(Unavailable):
        out.flush()
    assert taken == ["0", "1"]
    broken.clear()
    assert Outbox(str(file), take).flush() == 3
    assert taken == ["0", "1", "2", "3", "4"]
    file.write_text('{"id": "new"}\n')
    assert Outbox(str(file), take).flush() == 1


def test_the_courier_tells_of_trouble_once_and_ends(folder: Path) -> None:
    file, told, fails = folder / "spool", [], [True]
    file.write_text('{"id": "a"}\n')

    def take(report: dict[str, Any]) -> str | None:
        if fails[0]:
            raise Unavailable("The server cannot be reached.")
        return None

    courier = Courier(Outbox(str(file), take), told.append, again=1)
    for _ in range(3):
        courier.wake()
        time.sleep(0.05)
    fails[0] = False
    courier.close()
    assert told == ["reports wait: The server cannot be reached.", "reports are sent again"]


def test_the_agent_sends_what_it_measures(cli: Cli, network: House, folder: Path) -> None:
    """A real agent of two seconds: its report is on the desk when it ends."""
    (folder / "agent.toml").write_text(
        'network = "net"\nresource = "card"\nattestor = "probe"\nkind = "cpu"\ncapacity = "1"\nsample_seconds = 1\n'
    )
    key = cli("agent", "--count", "1", "--interval", "1", "--json").document["public_key"]
    assert network.state.resources == {}
    network.do("depin.add_attestor", "operator", network="net", attestor="probe", public_key=key)
    network.do(
        "depin.register_resource", "alice", network="net", kind="cpu", unit="core", capacity="1", resource="card"
    )
    network.clock.now = int(time.time()) + 30
    done = cli("agent", "--count", "1", "--interval", "1")
    assert done.code == 0, done.err
    assert "2 reports were sent." in done.err
    assert network.state.resources["card"].spans
