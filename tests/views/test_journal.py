"""Records in full: each says which it is, whatever its own fields are called."""

from __future__ import annotations

import pytest
from msgspec import Struct

from holdfast.protocol import records
from holdfast.protocol.records import Resource
from holdfast.views.journal import explained

KINDS = [kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, Struct)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.__struct_config__.tag])
def test_every_record__has_no_field_that_hides_which_it_is(kind: type[Struct]) -> None:
    assert "record" not in kind.__struct_fields__


def test_a_resource__has_a_kind_of_its_own_beside() -> None:
    told = explained(Resource("r1", "gpus", "alice", "gpu", "gpu", 2_000_000, None))
    assert (told["record"], told["kind"]) == ("resource", "gpu")
