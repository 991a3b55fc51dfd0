"""The verbs of the command line: where each is found, and the one sentence that `holdfast --help` says of it.

A target is `module:function` below this package. The function's parameters become its arguments and options (Typer);
its docstring, which begins with the sentence given here, becomes its help. Nothing is imported before it is called.
"""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """One command."""

    target: str
    summary: str


class Group(NamedTuple):
    """A word that takes a verb after it."""

    summary: str
    verbs: dict[str, Verb]


VERBS: dict[str, Verb | Group] = {
    "serve": Verb("serve:serve", "Serve a desk over HTTP, with people and policies and the keeper."),
    "rescue": Verb("rescue:rescue", "Let somebody in again who cannot sign in any more, by a link."),
    "init": Verb("init:init", "Make a desk, in a new file or on PostgreSQL."),
    "run": Verb("run:run", "Execute a scenario, one JSON command to a line."),
    "submit": Verb("submit:submit", "Carry out one command on a desk."),
    "state": Verb("state:state", "Show everything on a desk, now or at any past moment."),
    "balance": Verb("balance:balance", "Show what an account holds."),
    "history": Verb("history:history", "Show an account's statement: every posting that touched it."),
    "tax": Verb("tax:tax", "Show what the taxes have brought, by destination."),
    "quote": Group(
        "Calculate: periods, leverage, vault shares, ways out of a vault.",
        {
            "term": Verb("quote:term", "Period, tax and payout of a term stake."),
            "leverage": Verb("quote:leverage", "Debt, loan-to-value and health of a leveraged delegation."),
            "vault": Verb("quote:vault", "Shares for assets and assets for shares."),
            "exit": Verb(
                "quote:exit_", "Every way out of a vault: what it pays, what it costs, when, and what decides it."
            ),
        },
    ),
    "plan": Verb("plan:plan", "Show the allocation that would earn most; nothing is kept."),
    "strategy": Group(
        "Look up what strategies stand for.",
        {"presets": Verb("strategy:presets", "Waiting times of real restaking protocols, for strategy.add.")},
    ),
    "verify": Verb("verify:verify", "Replay the journal and check chain, digests and every invariant."),
    "audit": Group(
        "Who did what, from the log of people and the journal.",
        {
            "log": Verb("audit:log", "Show what happened last, and who did it."),
            "export": Verb("audit:export", "Write the audit log for other programs: NDJSON, CSV or syslog."),
        },
    ),
    "policy": Group(
        "Policies: what is allowed, blocked, or needs approval.",
        {
            "show": Verb("policy:show", "Show the policies in force, an earlier version, or a preset to start from."),
            "check": Verb("policy:check", "Check a policy file, and show what its rules say."),
            "simulate": Verb("policy:simulate", "Explain what policies would say of one command now."),
            "back-test": Verb(
                "policy:back_test",
                "Judge everything that a desk has done by policies, and list what would have been different.",
            ),
        },
    ),
    "watch": Verb("watch:watch", "Print what happens on a server's desk, as it happens."),
    "sign-in": Verb("sign_in:sign_in", "Sign in to a server, and keep a key of it here."),
    "sign-out": Verb("sign_in:sign_out", "Sign out of a server, and end the key that is kept here."),
    "export": Verb("transfer:export", "Write a desk's journal as lines of JSON."),
    "import": Verb("transfer:import_", "Make a desk from an exported journal, bit for bit."),
    "copy": Verb("transfer:copy", "Move a desk to another store, bit for bit."),
    "tables": Verb("tables:tables", "Bring the tables for ordinary SQL up to date."),
    "proof": Group(
        "Prove to each holder that what he is owed is counted.",
        {
            "root": Verb("proof:root", "Make the roots of what is owed, to be published for a day."),
            "make": Verb("proof:make", "Make a holder's proof that his claim is part of a root."),
            "check": Verb("proof:check", "Check a proof against the published roots; no desk is needed."),
            "script": Verb("proof:script", "Print the script that checks a proof without Holdfast."),
        },
    ),
    "disclose": Group(
        "Sealed records: make keys, open what is sealed for you.",
        {
            "key": Verb("disclose:key", "Make a key pair: a file for you alone, and a public key to give to the desk."),
            "open": Verb(
                "disclose:open_", "Open sealed records with a private key; what is sealed for others stays sealed."
            ),
        },
    ),
    "snapshot": Verb("snapshot:snapshot", "Keep the present state as a shortcut for the next start."),
    "network": Group(
        "Bring in what real networks publish.",
        {
            "import": Verb("network:import_", "Read a Casper auction document into a desk or a scenario."),
            "show": Verb("network:show", "Show the validators of a Casper auction document, the largest first."),
        },
    ),
    "depin": Group(
        "Contributed resources: node lists, reports, rewards.",
        {
            "preset": Verb("depin:preset", "Print the commands that make a known network, one to a line."),
            "import": Verb("depin:import_", "Read a real network's node list into a desk, or write it as a scenario."),
            "ingest": Verb("depin_ingest:ingest", "Take reports that agents have stored into a desk."),
            "show": Verb(
                "depin_show:show", "Show a resource: its reports, its score, what it was paid and will be, and why."
            ),
        },
    ),
    "keeper": Verb("keeper:keeper", "Do what is due: stakes, exits, epochs, positions, instructions."),
    "agent": Verb("agent:agent", "Measure this machine and sign a report of it at every interval."),
    "demo": Verb("demo:demo", "Run the whole story on a new desk, with every figure checked."),
    "bench": Verb("bench:bench", "Measure this machine."),
}
