"""A resource's page: its reports, its score, what it was paid and will be, and why; read from the journal."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.engine.journal import Answered, Row, answered
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress
from holdfast.errors import UnknownResource
from holdfast.primitives.fixed_point import BPS, FLOOR, mul_div
from holdfast.protocol import commands
from holdfast.protocol.records import Resource
from holdfast.protocol.state import State
from holdfast.views.contributions import resources

Page = dict[str, Any]


def resource_page(store: JournalStore, state: State, name: str, progress: Progress | None = None) -> Page:
    """The page of one resource, true at the state's position.

    Costs one look at every record, and reads those that name the resource.
    Raises:  UnknownResource.
    """
    record = state.resources.get(name)
    if record is None:
        raise UnknownResource(f"There is no resource {name} on this desk.", resource=name)
    reader = _Reader(state, record)
    quoted = msgspec.json.encode(name)
    for row in store.rows():
        if row.seq > state.seq:
            break
        if progress and row.seq % 1_000 == 0:
            progress(row.seq)
        if quoted in row.body:
            reader.take(row)
    network = state.networks[record.network]
    total = sum(state.indexes.contributions.scores[network.id].values())
    now = resources(state)[name]
    return {
        "resource": name,
        **now,
        "reward_asset": network.asset,
        "epoch": network.epoch,
        "total_score": str(total),
        "share_bps": _share(int(now["score"]), total),
        "reports": reader.reports,
        "rewards": reader.rewards,
        "earned": state.assets[network.asset].text(reader.earned),
    }


def _share(score: int, total: int) -> int:
    """A score's share in basis points, floored; for display."""
    return mul_div(score, BPS, total, rounding=FLOOR) if total else 0


class _Reader:
    """What the journal says of one resource."""

    def __init__(self, state: State, record: Resource) -> None:
        self._state, self._record = state, record
        self._asset = state.assets[state.networks[record.network].asset]
        self._scores: dict[int, int] = {}
        self.reports: list[Page] = []
        self.rewards: list[Page] = []
        self.earned = 0

    def take(self, row: Row) -> None:
        """Read a record that may be about the resource."""
        entry = answered(row)
        if isinstance(entry.command, commands.DepinReport):
            if entry.command.resource == self._record.id:
                self._report(row, entry, entry.command)
        elif isinstance(entry.command, commands.DepinCloseEpoch) and entry.outcome:
            self._close(row, *entry.outcome.events)

    def _report(self, row: Row, entry: Answered, command: commands.DepinReport) -> None:
        told: Page = {
            "seq": row.seq, "attestor": command.actor, "from": command.from_, "to": command.to,
            "uptime_bps": command.uptime_bps, "quality_bps": command.quality_bps,
            "availability_bps": command.availability_bps, "sequence": command.sequence,
        }  # fmt: skip
        if entry.error:
            told |= {"counted": False, "why": entry.error.message}
        elif entry.outcome:
            event = entry.outcome.events[0]
            epoch = int(event["epoch"])
            self._scores[epoch] = int(event["score"])
            told |= {"counted": True, "epoch": epoch, "added": event["added"]}
        self.reports.append(told)

    def _close(self, row: Row, event: Page, *moved: Page) -> None:
        if event["network"] != self._record.network:
            return
        name, epoch = self._record.id, int(event["epoch"])
        reward = event["rewards"].get(name, "0")
        late = event["paid_late"].get(name, "0")
        score, total = self._scores.get(epoch, 0), int(event["total_score"])
        self.earned += self._asset.units(reward)
        if name in event["rewards"] or name in event["paid_late"]:
            self.rewards.append(
                {
                    "seq": row.seq, "epoch": epoch, "from": event["from"], "to": event["to"], "score": str(score),
                    "total_score": str(total), "share_bps": _share(score, total), "shared_out": event["paid"],
                    "reward": reward, "paid_late": late, "how": self._how(name in event["held_back"], moved),
                }
            )  # fmt: skip

    def _how(self, held: bool, moved: tuple[Page, ...]) -> str:
        """`held`, `staked`, `paid`, or why the vault did not take it."""
        if held:
            return "held"
        for event in moved:
            if event["vault"] == self._record.vault:
                if self._record.owner in event.get("shares", ()):
                    return "staked"
                if self._record.owner in event.get("amounts", ()):
                    return f"paid ({event['reason']})"
        return "paid"
