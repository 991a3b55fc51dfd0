"""People and roles: who may do what, who may change it, and that somebody always remains who can."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.engine.machine import RULES
from holdfast.errors import (
    Forbidden,
    HoldfastError,
    LastOperator,
    LinkNotValid,
    Malformed,
    PersonExists,
    Rejected,
    SignInFailed,
    Unauthenticated,
    UnknownOrganisation,
    UnknownPerson,
    WeakPassword,
)
from holdfast.identity.events import EVENTS
from holdfast.identity.principal import Access, Principal, access, account_for, authorise
from holdfast.identity.records import Credentials, Person
from holdfast.identity.roles import API_FUNCTIONS, FUNCTIONS, ROLE_FUNCTIONS, ROLES, Grant, Role, matching, roles_with
from holdfast.protocol.commands import COMMANDS
from passkey_device import Device
from reception import HOME, ORIGIN, PASSWORD, Pair, Reception, race, won

WALLET = "GDRXE2BQUC3AZNPVFSCEZ76NJ3WWL25FYFK6RGZGIEKWE4SOOHSUJUJ6"


@pytest.fixture
def desk() -> Reception:
    return Reception()


@pytest.fixture
def olga(desk: Reception) -> Any:
    return desk.first()


@pytest.fixture
def boss(desk: Reception, olga: Any) -> Principal:
    """The first operator."""
    return desk.principal(olga)


# --- roles ------------------------------------------------------------------------------------------------------------


def test_roles__every_command_belongs_to_somebody() -> None:
    assert {str(command.__struct_config__.tag) for command in RULES} == set(COMMANDS)
    for name in COMMANDS:
        assert roles_with(name), name


def test_roles__what_a_rule_demands_belongs_to_that_role_alone() -> None:
    for name, command in COMMANDS.items():
        demanded = RULES[command].roles
        if demanded:
            assert set(roles_with(name)) == set(demanded), name


def test_roles__give_only_functions_that_there_are() -> None:
    for role in ROLES:
        given = ROLE_FUNCTIONS[role]
        assert set(given) <= set(FUNCTIONS), role
        assert {"own.read", "public.read"} <= set(given), role
    assert set(API_FUNCTIONS) == {name for role in ROLES for name in ROLE_FUNCTIONS[role]} & set(API_FUNCTIONS)


def test_roles__keep_duties_apart() -> None:
    assert roles_with("proposal.approve") == ("approver",)
    assert roles_with("disclosure.open") == ("auditor",)
    assert roles_with("people.manage") == roles_with("policy.edit") == ("operator",)
    assert not set(ROLE_FUNCTIONS["auditor"]) & set(COMMANDS)
    assert not set(ROLE_FUNCTIONS["approver"]) & set(COMMANDS)
    assert "asset.mint" not in ROLE_FUNCTIONS["holder"]


def test_patterns__stars_stand_for_anything_and_dots_for_themselves() -> None:
    names = ("term.stake", "term.unstake", "vault.deposit", "termxstake")
    assert matching(("term.*",), names) == {"term.stake", "term.unstake"}
    assert matching(("*.stake",), names) == {"term.stake"}
    assert matching(("*",), names) == set(names)
    assert matching(("term.stake",), names) == {"term.stake"}
    assert matching(("stake", "", "TERM.*"), names) == frozenset()


def test_access__is_the_sum_of_what_holds_now() -> None:
    grants = (Grant("holder", ("term.*",)), Grant("operator", ("vault.pause",), until=100), Grant("keeper", until=50))
    now = access(grants, 49)
    assert now.roles == ("holder", "operator", "keeper")
    assert set(now.functions) == {"term.stake", "term.unstake", "vault.pause", *ROLE_FUNCTIONS["keeper"]}
    assert set(access(grants, 99).functions) == {"term.stake", "term.unstake", "vault.pause"}
    assert set(access(grants, 100).functions) == {"term.stake", "term.unstake"}
    assert access((), 0) == Access({}, ())


def principal(*grants: Grant) -> Principal:
    return Principal("ann", "ann", access(grants, 0))


def test_authorise__names_what_is_missing() -> None:
    authorise(principal(Grant("holder")), "term.stake")
    with pytest.raises(Forbidden) as caught:
        authorise(principal(Grant("holder")), "vault.settle")
    assert caught.value.details == {"function": "vault.settle", "role": "keeper"}
    with pytest.raises(Forbidden):
        authorise(principal(Grant("operator", ("people.*",))), "vault.pause")
    with pytest.raises(Forbidden):
        authorise(principal(*map(Grant, ROLES)), "made.up")


def test_account_for__the_desk_where_the_rule_demands_it_else_ones_own() -> None:
    everybody = principal(*map(Grant, ROLES))
    for name, command in COMMANDS.items():
        demanded = RULES[command].roles
        usual = demanded[0] if demanded else "ann" if name in ROLE_FUNCTIONS["holder"] else "operator"
        assert account_for(everybody, name) == usual, name
    assert account_for(principal(Grant("keeper")), "vault.add_rewards") == "keeper"
    assert account_for(principal(Grant("keeper")), "term.unstake") == "ann"
    assert account_for(principal(Grant("operator")), "asset.transfer") == "ann"
    assert account_for(principal(Grant("operator")), "asset.transfer", "operator") == "operator"


def test_account_for__nobody_elses() -> None:
    both = principal(Grant("holder"), Grant("operator", ("vault.pause",)))
    assert both.accounts == ("ann", "operator")
    assert account_for(both, "term.stake", "ann") == "ann"
    for wanted in ("bob", "operator", "keeper", "@treasury:VG", ""):  # the desk's only with what that role gives
        with pytest.raises(Forbidden):
            account_for(both, "term.stake", wanted)
    with pytest.raises(Forbidden):
        account_for(both, "vault.unpause")
    assert account_for(both, "vault.pause") == "operator"


# --- adding -----------------------------------------------------------------------------------------------------------


def test_add__an_invitation_works_once(desk: Reception, boss: Principal) -> None:
    invited = desk.identity.people.add(boss, "dora", title="Dora D.", grants=[Grant("holder")])
    with pytest.raises(SignInFailed):
        desk.by_password("dora")
    with pytest.raises(WeakPassword):
        desk.identity.enrolment.accept(invited.token, "holdfast", HOME)
    opened = desk.identity.enrolment.accept(invited.token, PASSWORD, HOME)
    assert opened.stage == "enrol"
    with pytest.raises(LinkNotValid):
        desk.identity.enrolment.accept(invited.token, "quiet lantern harbour", HOME)
    view = desk.identity.people.view("dora")
    assert (view.title, view.account, view.roles, view.enrolled) == ("Dora D.", "dora", ("holder",), False)
    desk.enrol(opened)
    view = desk.identity.people.view("dora")
    assert (view.enrolled, view.factors, view.recovery_left) == (True, ("password", "totp"), 10)


def test_add__in_twenty_threads_an_invitation_works_once(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    boss = pair.one.principal(pair.one.signed_in("olga"))
    token = pair.one.identity.people.add(boss, "dora").token
    pair.two.office.refresh()
    results = race(
        lambda: pair.one.identity.enrolment.accept(token, PASSWORD, HOME),
        lambda: pair.two.identity.enrolment.accept(token, PASSWORD, HOME),
    )
    assert len(won(results)) == 1
    pair.close()


def test_add__an_invitation_ends_after_three_days(desk: Reception, boss: Principal) -> None:
    token = desk.identity.people.add(boss, "dora").token
    desk.later(3 * 86_400)
    with pytest.raises(LinkNotValid):
        desk.identity.enrolment.accept(token, PASSWORD, HOME)


@pytest.mark.parametrize("name", ["", "Dora", "dora d", "-dora", "d" * 33, "dörte", "@dora", "dora\n", "dora/x"])
def test_add__a_name_of_another_shape__is_malformed(desk: Reception, boss: Principal, name: str) -> None:
    with pytest.raises(Malformed):
        desk.identity.people.add(boss, name)


@pytest.mark.parametrize("name", ["operator", "oracle", "keeper", "server", "olga"])
def test_add__a_name_that_is_taken_or_the_desks__is_refused(desk: Reception, boss: Principal, name: str) -> None:
    with pytest.raises(PersonExists):
        desk.identity.people.add(boss, name)
    if name != "olga":
        with pytest.raises(PersonExists):
            desk.identity.people.add(boss, "dora", account=name)


def test_add__an_account_is_one_persons_or_one_organisations(desk: Reception, boss: Principal) -> None:
    people = desk.identity.people
    people.add_organisation(boss, "acme", "Acme & Sons")
    people.add(boss, "ann", account="acme-1", organisation="acme")
    people.add(boss, "ben", account="acme-1", organisation="acme")
    for account in ("acme-1", "olga", WALLET, "@treasury:VG"):
        with pytest.raises((PersonExists, Malformed)):
            people.add(boss, "eve", account=account)
    with pytest.raises(UnknownOrganisation):
        people.add(boss, "eve", organisation="nowhere")
    with pytest.raises(PersonExists):
        people.change(boss, "ben", organisation="")  # he would take the account along
    with pytest.raises(PersonExists):
        people.add_organisation(boss, "acme", "Again")
    assert people.change(boss, "ben", title="Ben").title == "Ben"
    assert [one.id for one in people.organisations()] == ["acme"]


@pytest.mark.parametrize("title", ["", " ", "a\u202eb", "a\nb", "x" * 101, "a\u200bb"])
def test_add__a_title_that_cannot_be_read__is_malformed(desk: Reception, boss: Principal, title: str) -> None:
    with pytest.raises(Malformed):
        desk.identity.people.add(boss, "dora", title=title)
    assert desk.office.get(Person, "dora") is None


# --- inviting anew ----------------------------------------------------------------------------------------------------


def test_invite__anew_takes_all_factors_once_it_is_used(desk: Reception, boss: Principal) -> None:
    dora = desk.add(boss, "dora", "holder")
    device = desk.passkey(dora, Device(origin=ORIGIN))
    boss = desk.principal(desk.signed_in("olga"))
    first = desk.identity.people.invite(boss, "dora")
    second = desk.identity.people.invite(boss, "dora")
    with pytest.raises(LinkNotValid):
        desk.identity.enrolment.accept(first.token, PASSWORD, HOME)
    session = desk.signed_in("dora")  # until then all is as it was
    desk.identity.enrolment.accept(second.token, "quiet lantern harbour", HOME)
    with pytest.raises(Unauthenticated):
        desk.session(session)
    asked = desk.identity.sign_in.passkey_asked()
    with pytest.raises(Unauthenticated):
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME)
    assert desk.by_password("dora", "quiet lantern harbour").stage == "enrol"


def test_invite__oneself_or_a_wallets_holder__is_refused(desk: Reception, boss: Principal) -> None:
    with desk.office.write() as t:
        t.put(Person(WALLET, WALLET, WALLET, t.now, grants=(Grant("holder"),), wallet="stellar"))
    with pytest.raises(Forbidden):
        desk.identity.people.invite(boss, "olga")
    with pytest.raises(Rejected):
        desk.identity.people.invite(boss, WALLET)
    with pytest.raises(Rejected):  # one factor is not enough for more
        desk.identity.people.grant(boss, WALLET, Grant("operator"))
    with pytest.raises(UnknownPerson):
        desk.identity.people.invite(boss, "nobody.here")


# --- granting ---------------------------------------------------------------------------------------------------------


def test_grant__works_at_once_in_open_sessions_and_ends_in_time(desk: Reception, boss: Principal) -> None:
    dora = desk.add(boss, "dora", "holder")
    until = desk.clock.now + 600
    desk.identity.people.grant(boss, "dora", Grant("auditor", ("audit.*",), until))
    assert desk.principal(dora).may("audit.read")
    assert not desk.principal(dora).may("disclosure.open")
    desk.clock.now = until - 1
    assert desk.principal(dora).may("audit.read")
    desk.later(1)
    assert not desk.principal(dora).may("audit.read")


def test_revoke__works_at_once_in_open_sessions(desk: Reception, boss: Principal) -> None:
    dora = desk.add(boss, "dora", "holder", "auditor")
    desk.identity.people.revoke(boss, "dora", "auditor")
    assert desk.principal(dora).roles == ("holder",)
    assert desk.log("role.revoked")[-1].about == "dora"


def test_grant__to_oneself__is_refused(desk: Reception, boss: Principal) -> None:
    for role in ROLES:
        with pytest.raises(Forbidden):
            desk.identity.people.grant(boss, "olga", Grant(role))
    assert desk.identity.people.view("olga").roles == ("operator",)


def test_grant__of_nothing_or_of_what_is_misspelt__is_malformed(desk: Reception, boss: Principal) -> None:
    desk.add(boss, "dora", "holder")
    for functions in ((), ("trem.*",), ("people.manage",), ("",)):
        with pytest.raises(Malformed):
            desk.identity.people.grant(boss, "dora", Grant("holder", functions))
    with pytest.raises(Malformed):
        desk.identity.people.grant(boss, "dora", Grant("auditor", until=desk.clock.now))


def test_manager__of_people_only__gives_and_manages_nothing_beyond_himself(desk: Reception, boss: Principal) -> None:
    clerk = desk.principal(desk.add(boss, "carl"))
    boss = desk.principal(desk.signed_in("olga"))
    desk.identity.people.grant(boss, "carl", Grant("operator", ("people.manage", "own.read", "public.read")))
    desk.add(boss, "dora")
    clerk = desk.principal(desk.signed_in("carl"))
    people = desk.identity.people
    for role in ROLES:
        with pytest.raises(Forbidden):
            people.grant(clerk, "dora", Grant(role))
        with pytest.raises(Forbidden):
            people.add(clerk, "sock.puppet", grants=[Grant(role)])
    people.grant(clerk, "dora", Grant("operator", ("people.manage",)))
    attempts: list[Any] = [
        lambda: people.invite(clerk, "olga"),
        lambda: people.disable(clerk, "olga"),
        lambda: people.revoke(clerk, "olga", "operator"),
        lambda: people.change(clerk, "olga", title="Not Olga"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert desk.office.get(Person, "sock.puppet") is None


@pytest.mark.parametrize("role", [role for role in ROLES if role != "operator"])
def test_manage__without_the_function__is_forbidden(desk: Reception, boss: Principal, role: Role) -> None:
    who = desk.principal(desk.add(boss, "dora", role))
    people = desk.identity.people
    attempts: list[Any] = [
        lambda: people.add(who, "eve"),
        lambda: people.add_organisation(who, "acme", "Acme"),
        lambda: people.change(who, "olga", title="x"),
        lambda: people.invite(who, "olga"),
        lambda: people.disable(who, "olga"),
        lambda: people.enable(who, "olga"),
        lambda: people.grant(who, "olga", Grant("holder")),
        lambda: people.revoke(who, "olga", "operator"),
    ]
    version = desk.office.version
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert desk.office.version == version


def test_manage__a_right_that_was_taken_meanwhile__counts_no_more(desk: Reception, boss: Principal) -> None:
    second = desk.principal(desk.add(boss, "otto", "operator"))
    boss = desk.principal(desk.signed_in("olga"))
    desk.identity.people.revoke(boss, "otto", "operator")
    with pytest.raises(Forbidden):  # his request was authenticated before that
        desk.identity.people.disable(second, "olga")


# --- the last operator ------------------------------------------------------------------------------------------------


def test_last_operator__cannot_go(desk: Reception, boss: Principal) -> None:
    people = desk.identity.people
    people.add(boss, "otto", grants=[Grant("operator")])  # invited, not there yet
    people.add(boss, "ines", grants=[Grant("operator", ("vault.*",))])
    desk.add(boss, "kurt")
    boss = desk.principal(desk.signed_in("olga"))
    people.grant(boss, "kurt", Grant("operator", until=desk.clock.now + 86_400))  # goes by himself
    for attempt in (lambda: people.disable(boss, "olga"), lambda: people.revoke(boss, "olga", "operator")):
        with pytest.raises(LastOperator):
            attempt()
    desk.add(boss, "vera", "operator")
    boss = desk.principal(desk.signed_in("olga"))
    people.disable(boss, "olga")
    vera = desk.principal(desk.signed_in("vera"))
    with pytest.raises(LastOperator):
        people.disable(vera, "vera")
    people.enable(vera, "olga")
    people.disable(vera, "vera")


def test_last_operator__two_who_remove_each_other__one_remains(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    boss = pair.one.principal(pair.one.signed_in("olga"))
    second = pair.one.principal(pair.one.add(boss, "otto", "operator"))
    boss = pair.one.principal(pair.one.signed_in("olga"))
    pair.two.office.refresh()
    results = race(
        lambda: pair.one.identity.people.revoke(boss, "otto", "operator"),
        lambda: pair.two.identity.people.revoke(second, "olga", "operator"),
    )
    pair.one.office.refresh()
    left = [view.id for view in pair.one.identity.people.list() if "operator" in view.roles]
    assert len(left) == 1
    assert all(isinstance(result, HoldfastError) for result in results if result not in won(results))
    pair.close()


def test_rescue__is_an_invitation_made_at_the_server(desk: Reception, boss: Principal) -> None:
    invited = desk.identity.bootstrap.rescue("olga")
    desk.enrol(desk.identity.enrolment.accept(invited.token, "quiet lantern harbour", HOME))
    assert desk.log("invitation.sent")[-1].by == "server"


# --- disabling --------------------------------------------------------------------------------------------------------


def test_disable__keeps_out_until_enabled(desk: Reception, boss: Principal) -> None:
    desk.add(boss, "dora", "holder")
    boss = desk.principal(desk.signed_in("olga"))
    token = desk.identity.people.invite(boss, "dora").token
    desk.identity.people.disable(boss, "dora")
    with pytest.raises(SignInFailed):
        desk.by_password("dora")
    with pytest.raises(LinkNotValid):
        desk.identity.enrolment.accept(token, PASSWORD, HOME)
    with pytest.raises(Rejected):
        desk.identity.people.invite(boss, "dora")
    desk.identity.people.enable(boss, "dora")
    with pytest.raises(LinkNotValid):
        desk.identity.enrolment.accept(token, PASSWORD, HOME)
    assert desk.signed_in("dora").stage == "full"


# --- secrets and words ------------------------------------------------------------------------------------------------


def test_people__hold_no_secrets(desk: Reception, boss: Principal) -> None:
    fields = {name for name in Person.__struct_fields__ if name in Credentials.__struct_fields__}
    assert fields == {"id"}
    kept = desk.office.get(Credentials, "olga")
    assert kept is not None
    shown = str([desk.identity.people.list(), dict(desk.office.all(Person))])
    for secret in (kept.password, kept.totp, kept.handle, *kept.recovery):
        assert str(secret) not in shown


def test_events__every_word_of_the_log_has_its_sentence() -> None:
    said, everywhere = set(), set()
    for path in Path(holdfast.__file__).parent.rglob("*.py"):
        if path.name == "events.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                everywhere.add(node.value)  # of f"proposal.{…}" the part before the brace
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            first = node.args[0]
            if node.func.attr in {"log", "note"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
                said.add(first.value)
    assert said
    assert said - set(EVENTS) == set()
    assert [word for word in EVENTS if not {word, word.partition(".")[0] + "."} & everywhere] == []
    for word, sentence in EVENTS.items():
        assert word.partition(".")[2], word
        assert sentence.endswith("."), word
