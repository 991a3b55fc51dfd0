"""The agent: what it measures, when it reports, and that nothing is lost or reported twice."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from holdfast.agent.config import Config, Epoch, read_config
from holdfast.agent.keys import open_key
from holdfast.agent.loop import Agent, interval_end
from holdfast.agent.measure import Figures, Look, prober, summed_up
from holdfast.agent.spool import Spool
from holdfast.entrypoints.cli import main
from holdfast.errors import Malformed
from holdfast.primitives.clock import parse_instant
from holdfast.primitives.signatures import report_message, verify
from holdfast.wire import codec

START = 1_000_000
MILLION = 10**6


def config(folder: Path, **more: Any) -> Config:
    fields = {"network": "net", "resource": "card", "attestor": "probe", "kind": "cpu", "capacity": "4"}
    places = {"key": str(folder / "agent.key"), "spool": str(folder / "spool")}
    return Config(**{**fields, **places, "interval_seconds": 60, "sample_seconds": 10, **more})


class World:
    """A clock that goes on when the agent sleeps; `events` happen at their second."""

    def __init__(self, now: int = START) -> None:
        self.now = now
        self.capacity: int | None = 4 * MILLION
        self.events: dict[int, Callable[[], None]] = {}

    def sleep(self, seconds: int) -> None:
        for second in range(self.now + 1, self.now + seconds + 1):
            self.now = max(self.now, second)
            for due in [at for at in self.events if at <= self.now]:
                self.events.pop(due)()

    def run(self, settings: Config, count: int | None = None) -> None:
        """The agent's life on this clock."""
        key, _ = open_key(settings.key)
        with closing(Spool(settings.spool)) as spool:
            probe = lambda: (self.capacity, "looked")  # noqa: E731
            Agent(settings, key, spool, probe, clock=lambda: self.now, sleep=self.sleep).run(count)


def reports(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "spool").read_text().splitlines()]


def spans(folder: Path) -> list[tuple[int, int]]:
    return [(parse_instant(r["from"]) - START, parse_instant(r["to"]) - START) for r in reports(folder)]


def test_run__reports_touch_and_are_signed_commands(tmp_path: Path) -> None:
    settings = config(tmp_path)
    World().run(settings, 3)
    key, made = open_key(settings.key)
    assert not made
    assert spans(tmp_path) == [(0, 60), (60, 120), (120, 180)]
    for report in reports(tmp_path):
        command = codec.decode(report).command
        span = (parse_instant(report["from"]), parse_instant(report["to"]))
        message = report_message("net", "card", *span, 10_000, 10_000, 10_000, span[1])
        assert verify(key.public_key, message, report["signature"])
        assert (command.id, command.actor) == (f"card-{span[1]}", "probe")


def test_run__started_again__goes_on_without_reporting_the_gap(tmp_path: Path) -> None:
    settings = config(tmp_path)
    World().run(settings, 1)
    World(START + 500).run(settings, 1)
    assert spans(tmp_path) == [(0, 60), (500, 560)]


def test_run__clock_set_back__waits_and_never_reports_a_second_twice(tmp_path: Path) -> None:
    settings = config(tmp_path)
    World().run(settings, 2)
    World(START - 300).run(settings, 1)
    assert spans(tmp_path) == [(0, 60), (60, 120), (120, 180)]


def test_run__machine_asleep__that_time_is_not_attested(tmp_path: Path) -> None:
    world = World()
    world.events[START + 70] = lambda: setattr(world, "now", START + 1_000)
    world.run(config(tmp_path), 3)
    assert spans(tmp_path) == [(0, 60), (60, 120), (1_000, 1_060)]
    assert [r["uptime_bps"] for r in reports(tmp_path)] == [10_000, 0, 10_000]


def test_run__interrupted__keeps_the_time_since_the_last_report(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    world = World()
    world.events[START + 95] = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.run(config(tmp_path))
    assert spans(tmp_path) == [(0, 60), (60, 95)]


def test_run__resource_gone_for_half_the_time__availability_says_so(tmp_path: Path) -> None:
    world = World()
    world.events[START + 35] = lambda: setattr(world, "capacity", None)
    world.run(config(tmp_path), 1)
    [report] = reports(tmp_path)
    assert (report["uptime_bps"], report["quality_bps"], report["availability_bps"]) == (10_000, 10_000, 5_000)


def test_interval_end__stops_where_an_epoch_does(tmp_path: Path) -> None:
    epoch = Epoch("1970-01-01T00:00:10Z", 100)
    settings = config(tmp_path, epoch=epoch)
    ends = {start: interval_end(settings, start) for start in (0, 10, 49, 50, 51, 109, 110, 111)}
    assert ends == {0: 10, 10: 70, 49: 109, 50: 110, 51: 110, 109: 110, 110: 170, 111: 171}


LOOKS = [Look(10, 4 * MILLION, ""), Look(20, 2 * MILLION, ""), Look(30, None, ""), Look(60, 5 * MILLION, "")]


@pytest.mark.parametrize(
    ("looks", "figures"),
    [
        ([], Figures(0, 0, 0)),
        (LOOKS[:1], Figures(3_333, 10_000, 10_000)),
        (LOOKS[:2], Figures(5_000, 5_000, 10_000)),
        (LOOKS[:3], Figures(6_666, 5_000, 6_666)),
        (LOOKS, Figures(8_333, 5_000, 7_500)),
        ([LOOKS[2]], Figures(5_000, 0, 0)),
        ([Look(0, MILLION, ""), Look(61, MILLION, "")], Figures(0, 0, 0)),
    ],
)
def test_summed_up__uptime_quality_availability(looks: list[Look], figures: Figures) -> None:
    assert summed_up(looks, 0, 60, 10, 4 * MILLION) == figures


@pytest.mark.parametrize("kind", ["cpu", "memory", "storage", "bandwidth", "gpu", "node"])
def test_prober__looks_at_this_machine(tmp_path: Path, kind: str) -> None:
    capacity, told = prober(config(tmp_path, kind=kind))()
    assert told
    assert capacity is None or capacity >= 0
    if kind in {"cpu", "memory", "storage", "node"}:
        assert capacity


def test_prober__absent_disk_and_interface__no_answer(tmp_path: Path) -> None:
    assert prober(config(tmp_path, kind="storage", path=str(tmp_path / "no")))()[0] is None
    assert prober(config(tmp_path, kind="bandwidth", interface="no0"))()[0] is None


# --- key and spool --------------------------------------------------------------------------------------------------


def test_key__made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    name = str(tmp_path / "agent.key")
    (first, made), (second, again) = open_key(name), open_key(name)
    assert (made, again, first.public_key) == (True, False, second.public_key)
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["agent.key"]


@pytest.mark.parametrize("content", [b"", b"00", b"zz" * 32, b"\xff" * 64])
def test_key__no_key_in_the_file__malformed_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "agent.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Malformed, match="holds no key"):
        open_key(str(path))
    assert path.read_bytes() == content


def test_key__others_can_read_it__malformed(tmp_path: Path) -> None:
    open_key(str(tmp_path / "agent.key"))
    (tmp_path / "agent.key").chmod(0o640)
    with pytest.raises(Malformed, match="chmod 600"):
        open_key(str(tmp_path / "agent.key"))


def test_spool__half_a_line_after_a_crash__is_cut_off(tmp_path: Path) -> None:
    settings = config(tmp_path)
    World().run(settings, 2)
    whole = (tmp_path / "spool").read_bytes()
    (tmp_path / "spool").write_bytes(
        whole + b'{"id": "card-1000',
    )
    World(START + 120).run(settings, 1)
    assert (tmp_path / "spool").read_bytes().startswith(whole)
    assert spans(tmp_path) == [(0, 60), (60, 120), (120, 180)]


def test_spool__another_file__malformed_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("dear diary\n")
    with pytest.raises(Malformed, match="no report"):
        Spool(str(tmp_path / "spool"))
    assert (tmp_path / "spool").read_text() == "dear diary\n"


# --- the verb -------------------------------------------------------------------------------------------------------


def test_example__is_a_configuration_that_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "--example"]) == 0
    (tmp_path / "agent.toml").write_text(capsys.readouterr().out)
    settings = read_config(str(tmp_path / "agent.toml"))
    assert settings.spool == str(tmp_path / "reports.ndjson")
    assert main(["agent", "--config", str(tmp_path / "agent.toml"), "--once", "--interval", "1"]) == 0
    told = capsys.readouterr().err
    assert "New key of my-agent: " in told and "1 reports are kept" in told
    assert len((tmp_path / "reports.ndjson").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "network"), ("network = 1", "network"), ("= x", "not TOML"), ('networks = "a"', "networks"),
        ('network="n"\nresource="r"\nattestor="a"\nkind="cpu"\ncapacity="0"', "capacity"),
        ('network="n"\nresource="r"\nattestor="a"\nkind="abacus"\ncapacity="1"', "abacus"),
    ],
)  # fmt: skip
def test_config__unusable__names_the_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "agent.toml").write_text(text)
    with pytest.raises(Malformed, match=r"agent\.toml") as caught:
        read_config(str(tmp_path / "agent.toml"))
    assert said in caught.value.message


def test_verb__terminated__exit_130_and_the_report_is_kept(tmp_path: Path) -> None:
    fields = 'network="n"\nresource="r"\nattestor="a"\nkind="cpu"\ncapacity="1"\nsample_seconds=1\n'
    (tmp_path / "agent.toml").write_text(fields)
    command = [sys.executable, "-m", "holdfast", "agent", "--config", str(tmp_path / "agent.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("New key of a:")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert len((tmp_path / "reports.ndjson").read_text().splitlines()) == 1
