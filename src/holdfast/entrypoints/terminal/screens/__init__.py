"""All pages and forms, topic by topic."""

from __future__ import annotations

from types import ModuleType

from holdfast.entrypoints.terminal.forms import Form
from holdfast.entrypoints.terminal.pages import Page, pages_of
from holdfast.entrypoints.terminal.screens import (
    act,
    addresses,
    approvals,
    approvals_forms,
    audit,
    choices,
    commands,
    compliance,
    compliance_forms,
    compliance_measures,
    depin,
    depin_forms,
    enrol,
    groups,
    journal,
    leverage,
    leverage_forms,
    me,
    me_forms,
    overview,
    people,
    people_forms,
    policies,
    policy_editor,
    policy_forms,
    policy_trials,
    proofs,
    sign_in,
    statement,
    strategies,
    strategies_forms,
    term,
    term_forms,
    vaults,
    vaults_forms,
    webhooks,
)

SCREENS: tuple[ModuleType, ...] = (
    act,
    addresses,
    approvals,
    approvals_forms,
    audit,
    choices,
    commands,
    compliance,
    compliance_forms,
    compliance_measures,
    depin,
    depin_forms,
    enrol,
    groups,
    journal,
    leverage,
    leverage_forms,
    me,
    me_forms,
    overview,
    people,
    people_forms,
    policies,
    policy_editor,
    policy_forms,
    policy_trials,
    proofs,
    sign_in,
    statement,
    strategies,
    strategies_forms,
    term,
    term_forms,
    vaults,
    vaults_forms,
    webhooks,
)
"""Every module with pages or forms; a new one is put here, in the order of the alphabet."""

PAGES: tuple[Page, ...] = pages_of(*SCREENS)

FORMS: dict[str, Form] = {
    value.name: value for module in SCREENS for value in vars(module).values() if isinstance(value, Form)
} | commands.EVERY
