"""Requests made from the OpenAPI document itself, for every role, with every check on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from serving import House, serving

EXAMPLES = int(os.environ.get("HOLDFAST_TEST_EXAMPLES", "3"))
"""Requests to each operation and role; the whole takes half a minute with 3."""

ROLES = {"nobody": "", "operator": "olga", "holder": "alice", "auditor": "anna", "approver": "paul", "keeper": "kira",
         "oracle": "otto", "none": "nora"}  # fmt: skip

NEVER_ENDS = ("/v1/events",)
"""A stream goes on; it has tests of its own."""

CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # What is of the right shape may still be refused by a rule, be too many, or be nothing that is there.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "413", "422", "429"]
            },
        },
        "generation": {"allow-x00": True, "deterministic": True},
    }
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path_factory.mktemp('openapi')}/desk.db") as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1000000")
        yield made


@pytest.mark.parametrize("role", ROLES)
def test_each_operation(house: House, role: str) -> None:
    document = house.nobody.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document, config=CONFIG)
    schema.config.update(base_url=house.url)
    failures: list[str] = []
    sent = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in NEVER_ENDS:
            continue

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @schema_case(operation)
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            headers = {} if role == "nobody" else {"Authorization": f"Bearer {house.session(ROLES[role])}"}
            case.call_and_validate(headers=headers, timeout=20)

        try:
            send()
        except (Exception, BaseExceptionGroup) as error:
            failures.append(f"{operation.label}: {str(error)[:1500]}")
    assert sent >= len(house.server.routes) - len(NEVER_ENDS), "requests went to every route"
    assert failures == []


def schema_case(operation: Any) -> Any:
    from hypothesis import given

    return given(case=operation.as_strategy())
