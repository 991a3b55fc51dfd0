"""`holdfast rescue`: a link for somebody who cannot sign in any more."""

from __future__ import annotations

from conftest import Cli
from holdfast import bootstrap
from holdfast.identity.records import Person, Where
from holdfast.identity.services import Identity


def test_rescue__gives_a_link_that_works_once__and_is_in_the_log(cli: Cli) -> None:
    assert cli("init").code == 0
    office = bootstrap.open_office()
    with office.write() as t:
        t.put(Person("olga", "Olga", "olga", t.now))
        t.log("person.added", by="tests", about="olga")
    told = cli("rescue", "olga", "--json").document
    assert told["person"] == "olga" and told["token"].startswith("hfi_")
    shown = cli("rescue", "olga")
    assert shown.code == 0 and "/invitation#hfi_" in shown.out and "olga can set up" in shown.out
    office.refresh()
    token = shown.out.split("#")[1].strip()
    opened = Identity(office).enrolment.accept(token, "correct horse battery staple", Where("127.0.0.1"))
    assert (opened.person, opened.stage) == ("olga", "enrol")
    assert [entry.by for entry in office.log() if entry.what == "invitation.sent"] == ["server", "server"]
    office.close()


def test_rescue__of_nobody__is_said(cli: Cli) -> None:
    assert cli("rescue", "olga").code == 4, "no desk"
    cli("init")
    answer = cli("rescue", "olga")
    assert (answer.code, "no_office" in answer.err) == (4, True)
    bootstrap.open_office().close()
    answer = cli("rescue", "olga")
    assert (answer.code, "unknown_person" in answer.err) == (4, True)
