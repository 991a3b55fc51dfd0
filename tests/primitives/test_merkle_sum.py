"""The Merkle-sum tree: honest paths lead to the root, cheating ones nowhere; the shape is that of RFC 6962."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives import merkle_sum
from holdfast.primitives.merkle_sum import LIMIT, Leaf, Node, Step, climb, commitment, join, leaf_node, root, verify

BALANCES = st.one_of(st.integers(0, 50), st.integers(0, LIMIT >> 8))


def leaves(count: int) -> list[Leaf]:
    return [Leaf(f"holder-{n}", sha256(b"%d" % n).digest(), 7 * n * n + 1) for n in range(count)]


def u512(units: int) -> bytes:
    return units.to_bytes(64, "big")


def reference(given_: list[Leaf]) -> Node:
    """The tree again, top down, as RFC 6962 words it."""
    if len(given_) == 1:
        (only,) = given_
        return Node(sha256(b"\0" + only.salt + u512(only.balance) + only.account.encode()).digest(), only.balance)
    split = 1
    while split * 2 < len(given_):
        split *= 2
    left, right = reference(given_[:split]), reference(given_[split:])
    hashed = sha256(b"\1" + left.hash + u512(left.sum) + right.hash + u512(right.sum)).digest()
    return Node(hashed, left.sum + right.sum)


def reference_sides(count: int, index: int) -> list[str]:
    """On which sides the neighbours of a leaf stand, from the leaf up."""
    if count == 1:
        return []
    split = 1
    while split * 2 < count:
        split *= 2
    if index < split:
        return [*reference_sides(split, index), "right"]
    return [*reference_sides(count - split, index - split), "left"]


# --- honest trees -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(1, 41))
def test_honest_tree__every_leaf_of_every_size(count: int) -> None:
    given_ = leaves(count)
    top = root(given_)
    assert top == reference(given_)
    assert top.sum == sum(leaf.balance for leaf in given_)
    for index, leaf in enumerate(given_):
        way = merkle_sum.proof(given_, index)
        assert [step.side for step in way] == reference_sides(count, index)
        assert verify(top, leaf, way)


@given(st.lists(BALANCES, min_size=1, max_size=70), st.data())
def test_honest_tree__any_balances(balances: list[int], data: st.DataObject) -> None:
    given_ = [Leaf(f"h{n}", sha256(b"%d" % n).digest(), balance) for n, balance in enumerate(balances)]
    index = data.draw(st.integers(0, len(given_) - 1))
    assert verify(root(given_), given_[index], merkle_sum.proof(given_, index))


def test_widest_amounts__fit() -> None:
    given_ = [Leaf("a", bytes(32), LIMIT - 2), Leaf("b", bytes(32), 1)]
    assert root(given_).sum == LIMIT - 1
    assert verify(root(given_), given_[0], merkle_sum.proof(given_, 0))


def test_no_leaves_or_no_such_leaf__refused() -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        root([])
    for index in (-1, 3):
        with pytest.raises(IndexError):
            merkle_sum.proof(leaves(3), index)


@dataclass(frozen=True)
class Plain:
    """A node of RFC 6962's own tree, without sums."""

    hash: bytes


def test_shape__roots_of_certificate_transparency(monkeypatch: pytest.MonkeyPatch) -> None:
    """With RFC 6962's own hashes in place of ours the published roots of its test tree come out."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    published = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    def plain_leaf(leaf: Any) -> Any:
        return Plain(sha256(b"\0" + leaf).digest())

    def plain_join(left: Any, right: Any) -> Any:
        return Plain(sha256(b"\1" + left.hash + right.hash).digest())

    monkeypatch.setattr(merkle_sum, "leaf_node", plain_leaf)
    monkeypatch.setattr(merkle_sum, "join", plain_join)
    data: list[Any] = [bytes.fromhex(text) for text in inputs]
    assert [merkle_sum.root(data[:count]).hash.hex() for count in range(1, 9)] == published


# --- cheating ones ----------------------------------------------------------------------------------------------------


def test_negative_balance__cannot_be_hashed() -> None:
    honest = leaves(4)
    with pytest.raises(ValueError, match="below 0"):
        root([*honest, Leaf("ghost", bytes(32), -100)])
    with pytest.raises(ValueError, match="below 0"):
        join(leaf_node(honest[0]), Node(bytes(32), -1))
    for sum_ in (-1, LIMIT):
        assert not verify(Node(bytes(32), 0), honest[0], [Step("right", bytes(32), sum_)])


def test_negative_neighbour__whatever_bytes_the_cheat_hashes__refused() -> None:
    """A ghost with −100 would lower the sum that is published; its two's complement is no sum either."""
    mine = leaf_node(leaves(1)[0])
    ghost = Node(sha256(b"ghost").digest(), -100)
    forged = sha256(b"\1" + mine.hash + u512(mine.sum) + ghost.hash + (LIMIT - 100).to_bytes(64, "big")).digest()
    way = [Step("right", ghost.hash, ghost.sum)]
    assert not verify(Node(forged, mine.sum - 100), leaves(1)[0], way)
    assert not verify(Node(forged, mine.sum - 100), leaves(1)[0], [way[0]._replace(sum=LIMIT - 100)])


def test_sums_hidden_by_hashing_the_total_only__refused() -> None:
    """The attack on Maxwell's tree: the node's hash names max(a, b) as the total, and each side is told that the other
    holds 0. With the total alone in the hash both sides are content; here neither is."""
    alice, bob = Leaf("alice", bytes(32), 100), Leaf("bob", bytes(32), 90)
    left, right = leaf_node(alice), leaf_node(bob)

    def flawed(one: Node, other: Node, total: int) -> bytes:
        return sha256(b"\1" + u512(total) + one.hash + other.hash).digest()

    claimed = 100
    forged = flawed(left, right, claimed)
    told_alice, told_bob = right._replace(sum=0), left._replace(sum=claimed - 90)
    assert flawed(left, told_alice, left.sum + told_alice.sum) == forged, "the flawed tree convinces alice"
    assert flawed(told_bob, right, told_bob.sum + right.sum) == forged, "and bob, with 190 owed and 100 published"
    # the same told to ours: no published root can satisfy both
    tops = {climb(alice, [Step("right", right.hash, 0)]), climb(bob, [Step("left", left.hash, 10)])}
    assert {top.sum for top in tops} == {100}
    assert len({top.hash for top in tops}) == 2
    for top in tops | {Node(forged, claimed)}:
        assert not (
            verify(top, alice, [Step("right", right.hash, 0)]) and verify(top, bob, [Step("left", left.hash, 10)])
        )


def test_sum_hidden_in_one_branch__somebody_notices() -> None:
    """A desk of eight leaves out what is owed in the right half: whoever is there finds no way to the root."""
    honest = leaves(8)
    left, right = root(honest[:4]), root(honest[4:])
    hidden = Node(right.hash, 0)
    top = join(left, hidden)
    assert verify(top, honest[0], [*merkle_sum.proof(honest[:4], 0), Step("right", hidden.hash, 0)])
    for index in range(4):
        inside = merkle_sum.proof(honest[4:], index)
        assert not verify(top, honest[4 + index], [*inside, Step("left", left.hash, left.sum)])


@pytest.mark.parametrize("count", [2, 3, 5, 8, 21])
def test_understated_sum__anywhere_on_the_way__refused(count: int) -> None:
    given_ = leaves(count)
    top = root(given_)
    for index, leaf in enumerate(given_):
        way = merkle_sum.proof(given_, index)
        assert not verify(top._replace(sum=top.sum - 1), leaf, way)
        assert not verify(top, leaf._replace(balance=leaf.balance - 1), way)
        for at, step in enumerate(way):
            lower = [*way[:at], step._replace(sum=step.sum - 1), *way[at + 1 :]]
            assert not verify(top, leaf, lower)
            assert not verify(top._replace(sum=top.sum - 1), leaf, lower)


@pytest.mark.parametrize("count", [2, 3, 5, 8, 21])
def test_swapped_children__refused(count: int) -> None:
    given_ = leaves(count)
    top = root(given_)
    for index, leaf in enumerate(given_):
        way = merkle_sum.proof(given_, index)
        for at, step in enumerate(way):
            other: Any = {"left": "right", "right": "left"}[step.side]
            assert not verify(top, leaf, [*way[:at], step._replace(side=other), *way[at + 1 :]])
        if len(way) > 1:
            assert not verify(top, leaf, [way[1], way[0], *way[2:]])


def test_one_leaf_for_two_holders__refused() -> None:
    """Two holders who are owed the same are shown the same leaf, and one of the two is left out of the sum."""
    alice, bob = Leaf("alice", bytes(32), 50), Leaf("bob", bytes(32), 50)
    rest = leaves(3)
    only_alice = [alice, *rest]
    top, way = root(only_alice), merkle_sum.proof(only_alice, 0)
    assert verify(top, alice, way)
    assert not verify(top, bob, way)
    assert not any(verify(top, bob, merkle_sum.proof(only_alice, index)) for index in range(4))


def test_leaf_as_node_and_node_as_leaf__refused() -> None:
    """A way cannot end at an inner node, nor go on below a leaf."""
    given_ = leaves(4)
    top, way = root(given_), merkle_sum.proof(given_, 0)
    assert not verify(top, given_[0], way[1:])
    assert not verify(top, given_[0], [*way, Step("right", bytes(32), 0)])
    assert not verify(top, given_[0], [Step("right", bytes(32), 0), *way])
    inner = join(leaf_node(given_[0]), leaf_node(given_[1]))
    content = leaf_node(given_[0]).hash + u512(given_[0].balance)
    pretended = Leaf("x", content[:32], inner.sum)
    assert not verify(top, pretended, way[1:])


@pytest.mark.parametrize(
    "step",
    [Step("right", bytes(31), 0), Step("right", bytes(33), 0), Step("up", bytes(32), 0)],  # type: ignore[arg-type]
)
def test_step_of_another_shape__refused(step: Step) -> None:
    with pytest.raises(ValueError, match=r"32 bytes|from the left or from the right"):
        climb(leaves(1)[0], [step])
    assert not verify(root(leaves(2)), leaves(2)[0], [step])


def test_endless_way__refused_though_it_would_fit() -> None:
    (leaf,) = leaves(1)
    for steps, holds in ((64, True), (65, False)):
        top, way = leaf_node(leaf), [Step("right", bytes(32), 0)] * steps
        for _ in way:
            top = join(top, Node(bytes(32), 0))
        assert verify(top, leaf, way) is holds


def test_short_salt__refused() -> None:
    leaf = leaves(1)[0]._replace(salt=b"short")
    with pytest.raises(ValueError, match="a salt has 32 bytes"):
        leaf_node(leaf)
    assert not verify(root(leaves(1)), leaf, [])


def test_sums_that_run_over__refused() -> None:
    """Two halves of the range would come round to a small sum in a narrower field."""
    half = Leaf("a", bytes(32), LIMIT >> 1)
    with pytest.raises(ValueError, match=r"2\^512 or more"):
        root([half, half._replace(account="b")])
    with pytest.raises(ValueError, match=r"2\^512 or more"):
        climb(half, [Step("right", bytes(32), LIMIT >> 1)])
    with pytest.raises(ValueError, match=r"2\^512 or more"):
        commitment(Node(bytes(32), LIMIT), "x")


@given(st.integers(2, 33), st.data())
def test_any_change__refused(count: int, data: st.DataObject) -> None:
    """One bit of anything that a holder is shown."""
    given_ = leaves(count)
    top = root(given_)
    index = data.draw(st.integers(0, count - 1))
    leaf, way = given_[index], merkle_sum.proof(given_, index)
    bit = 1 << data.draw(st.integers(0, 255))

    def flipped(content: bytes) -> bytes:
        return (int.from_bytes(content, "big") ^ bit).to_bytes(32, "big")

    at = data.draw(st.integers(0, len(way) - 1))
    step = way[at]
    for changed in (step._replace(hash=flipped(step.hash)), step._replace(sum=step.sum ^ bit)):
        assert not verify(top, leaf, [*way[:at], changed, *way[at + 1 :]])
    assert not verify(top, leaf._replace(balance=leaf.balance ^ bit), way)
    assert not verify(top, leaf._replace(salt=flipped(leaf.salt)), way)
    assert not verify(top, leaf._replace(account=leaf.account + "x"), way)
    assert not verify(top._replace(hash=flipped(top.hash)), leaf, way)
    assert not verify(top._replace(sum=top.sum ^ bit), leaf, way)


def test_commitment__is_of_one_tree_and_one_context() -> None:
    top = root(leaves(3))
    assert commitment(top, "desk\nFLUX\n") == sha256(b"\2" + top.hash + u512(top.sum) + b"desk\nFLUX\n").digest()
    assert commitment(top, "desk\nFLUX\n") != commitment(top, "desk\nVG\n")
    assert commitment(top._replace(sum=top.sum + 1), "x") != commitment(top, "x")
