"""A Merkle-sum tree: one hash that stands for many balances and for what they add up to.

Whoever publishes the root has named a sum; each holder checks with a short path that his balance is part of it.

    leaf  = SHA-256(0x00 || salt || balance || account)
    node  = SHA-256(0x01 || left hash || left sum || right hash || right sum)
    shape = that of RFC 6962: the left side takes the largest power of two that is smaller than the number of leaves

Both sums are in a node's hash. A tree that hashes only their total can hide most of it: each side is then shown a path
on which the other one is small. Source: Hu, Zhang, Guo, "Breaking the Binding", IACR ePrint 2018/1139, on Maxwell's
protocol. Sums are unsigned and of a fixed width, so that none is below zero and no two trees hash the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

SUM_BYTES = 64
"""Width of a sum, big-endian: the widest asset is u512."""

LIMIT = 1 << (8 * SUM_BYTES)
"""Balances and sums are below this."""

SALT_BYTES = 32

LONGEST_PATH = 64
"""Steps; a tree of more leaves than 2^64 does not exist."""

_LEAF, _NODE, _ROOT = b"\0", b"\1", b"\2"


class Leaf(NamedTuple):
    """What one account is owed, in base units; the salt keeps others from guessing."""

    account: str
    salt: bytes
    balance: int


class Node(NamedTuple):
    """A subtree: its hash, and the sum of its leaves."""

    hash: bytes
    sum: int


class Step(NamedTuple):
    """The neighbour on the way up: on which side it stands, its hash and its sum."""

    side: Literal["left", "right"]
    hash: bytes
    sum: int


def leaf_node(leaf: Leaf) -> Node:
    """The subtree of one leaf.

    Formula:   SHA-256(0x00 || salt, 32 bytes || balance, 64 bytes || account, UTF-8)
    Raises:    ValueError for a balance below 0 or of 2^512 and more, or a salt of another length.
    """
    if len(leaf.salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(leaf.salt)}")
    return Node(sha256(_LEAF + leaf.salt + _sum(leaf.balance) + leaf.account.encode()).digest(), leaf.balance)


def join(left: Node, right: Node) -> Node:
    """Two subtrees as one.

    Formula:   SHA-256(0x01 || left hash || left sum || right hash || right sum), sums of 64 bytes, big-endian
    Raises:    ValueError where a sum is below 0, or the two together are 2^512 or more.
    """
    total = left.sum + right.sum
    content = left.hash + _sum(left.sum) + right.hash + _sum(right.sum)
    _sum(total)
    return Node(sha256(_NODE + content).digest(), total)


def levels(leaves: Sequence[Leaf]) -> list[list[Node]]:
    """The tree from the leaves up to the root; a node without a neighbour stands on the next level as it is.

    Pairing from the left gives the shape of RFC 6962: every left side is full.
    Raises:    ValueError without leaves, or where `leaf_node` and `join` do.
    """
    if not leaves:
        raise ValueError("a tree has at least one leaf")
    built = [[leaf_node(leaf) for leaf in leaves]]
    while len(built[-1]) > 1:
        below = built[-1]
        above = [join(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        built.append([*above, below[-1]] if len(below) & 1 else above)
    return built


def root(leaves: Sequence[Leaf]) -> Node:
    """The tree's hash and the sum of all leaves. Raises: ValueError (see `levels`)."""
    return levels(leaves)[-1][0]


def proof(leaves: Sequence[Leaf], index: int) -> list[Step]:
    """The way from leaf number `index` to the root. Raises: ValueError (see `levels`), IndexError."""
    return path(levels(leaves), index)


def path(tree: Sequence[Sequence[Node]], index: int) -> list[Step]:
    """The way from leaf number `index` to the root of a tree that `levels` built.

    Raises:    IndexError where there is no such leaf.
    """
    if not 0 <= index < len(tree[0]):
        raise IndexError(f"there is no leaf {index} among {len(tree[0])}")
    steps: list[Step] = []
    for level in tree[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(Step("right" if neighbour > index else "left", *level[neighbour]))
        index >>= 1
    return steps


def climb(leaf: Leaf, steps: Sequence[Step]) -> Node:
    """Where a way leads that begins at this leaf.

    Raises:    ValueError where a sum is out of range, a hash has another length, or the way is too long.
    """
    if len(steps) > LONGEST_PATH:
        raise ValueError(f"a way has at most {LONGEST_PATH} steps")
    here = leaf_node(leaf)
    for step in steps:
        if len(step.hash) != sha256().digest_size:
            raise ValueError("a hash has 32 bytes")
        if step.side not in ("left", "right"):
            raise ValueError("a step comes from the left or from the right")
        there = Node(step.hash, step.sum)
        here = join(there, here) if step.side == "left" else join(here, there)
    return here


def verify(top: Node, leaf: Leaf, steps: Sequence[Step]) -> bool:
    """Whether the leaf is in the tree with this root and this sum. Raises: nothing."""
    try:
        return climb(leaf, steps) == top
    except ValueError:
        return False


def commitment(top: Node, context: str) -> bytes:
    """What is published of a tree: its root bound to what it is the tree of, so that none can stand for another.

    Formula:   SHA-256(0x02 || root hash || sum, 64 bytes || context, UTF-8)
    Raises:    ValueError where the sum is out of range.
    """
    return sha256(_ROOT + top.hash + _sum(top.sum) + context.encode()).digest()


def _sum(units: int) -> bytes:
    if not 0 <= units < LIMIT:
        raise ValueError("a sum is below 0, or 2^512 or more")
    return units.to_bytes(SUM_BYTES, "big")
