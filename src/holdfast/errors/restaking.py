"""Refusals of strategies, plans, contribution networks and their resources."""

from __future__ import annotations

from holdfast.errors.base import NotFound, Rejected


class UnknownStrategy(NotFound, code="unknown_strategy"):
    """There is no strategy of this name, or not of the vault named."""


class UnknownPlan(NotFound, code="unknown_plan"):
    """There is no plan of this id."""


class UnknownNetwork(NotFound, code="unknown_network"):
    """There is no contribution network of this name."""


class UnknownResource(NotFound, code="unknown_resource"):
    """There is no resource of this id."""


class StrategyExists(Rejected, code="strategy_exists"):
    """A strategy of this name exists already."""


class BadCurve(Rejected, code="bad_curve"):
    """A yield curve starts at amount 0, its amounts rise, and its rates do not."""


class StrategyDisabled(Rejected, code="strategy_disabled"):
    """The strategy takes nothing more in; what it holds can be taken out."""


class ExceedsCap(Rejected, code="exceeds_cap"):
    """The strategy would hold more than its cap. Allocate less, or raise the cap."""


class CapBelowDeployed(Rejected, code="cap_below_deployed"):
    """The cap would be below what the strategy holds. Deallocate first, or state a higher cap."""


class CooldownNotComplete(Rejected, code="cooldown_not_complete"):
    """The strategy's cooldown still runs; the details name the instant at which it ends."""


class LossExceedsDeployed(Rejected, code="loss_exceeds_deployed"):
    """A strategy cannot lose more than it holds."""


class LossAboveLimit(Rejected, code="loss_above_limit"):
    """The loss is above what the strategy may lose at once (max_loss_bps). Check it, and disable it if need be."""


class PlanStale(Rejected, code="plan_stale"):
    """The vault or its strategies have changed since the plan was made. Make a new plan."""


class NetworkExists(Rejected, code="network_exists"):
    """A contribution network of this name exists already."""


class ResourceExists(Rejected, code="resource_exists"):
    """A resource of this id is registered already. Choose another id, or leave it out and get one."""


class UnknownKind(Rejected, code="unknown_kind"):
    """The network does not take resources of this kind; the details name those that it takes."""


class WrongUnit(Rejected, code="wrong_unit"):
    """The network measures this kind in another unit; the details name it."""


class WrongVault(Rejected, code="wrong_vault"):
    """The vault takes another asset than the network pays. Choose a vault of the reward asset, or none."""


class BadSignature(Rejected, code="bad_signature"):
    """The report is not what the attestor's registered key signed: it was changed, or signed with another key."""


class BadInterval(Rejected, code="bad_interval"):
    """The report's time cannot be counted; the details give the reason: duplicate, overlap, future, stale, …."""


class EpochOpen(Rejected, code="epoch_open"):
    """The network's epoch has not ended yet; the details name the instant at which it does."""
