# fmt: off
"""The topics of the API together.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.api import accounts as accounts_
from holdfast.client.api import address_book as address_book_
from holdfast.client.api import approvals as approvals_
from holdfast.client.api import attestations as attestations_
from holdfast.client.api import audit as audit_
from holdfast.client.api import compliance as compliance_
from holdfast.client.api import desk_views as desk_views_
from holdfast.client.api import disclosure as disclosure_
from holdfast.client.api import earned as earned_
from holdfast.client.api import explain as explain_
from holdfast.client.api import exports as exports_
from holdfast.client.api import health as health_
from holdfast.client.api import history as history_
from holdfast.client.api import holdings as holdings_
from holdfast.client.api import me as me_
from holdfast.client.api import people as people_
from holdfast.client.api import policies as policies_
from holdfast.client.api import proofs as proofs_
from holdfast.client.api import proposals as proposals_
from holdfast.client.api import quotes as quotes_
from holdfast.client.api import sign_in as sign_in_
from holdfast.client.api import standing as standing_
from holdfast.client.api import step_up as step_up_
from holdfast.client.api import webhooks as webhooks_
from holdfast.client.commands import AsyncCommands, Commands
from holdfast.client.groups import AsyncPort, Port


class Topics(desk_views_.DeskViewsApi, holdings_.HoldingsApi, accounts_.AccountsApi, history_.HistoryApi,
    quotes_.QuotesApi):
    """All methods; those of a topic of its own are attributes."""

    def __init__(self, port: Port) -> None:
        super().__init__(port)
        self.sign_in = sign_in_.SignInApi(port)
        self.step_up = step_up_.StepUpApi(port)
        self.me = me_.MeApi(port)
        self.people = people_.PeopleApi(port)
        self.policies = policies_.PoliciesApi(port)
        self.proposals = proposals_.ProposalsApi(port)
        self.approvals = approvals_.ApprovalsApi(port)
        self.address_book = address_book_.AddressBookApi(port)
        self.attestations = attestations_.AttestationsApi(port)
        self.compliance = compliance_.ComplianceApi(port)
        self.disclosure = disclosure_.DisclosureApi(port)
        self.standing = standing_.StandingApi(port)
        self.webhooks = webhooks_.WebhooksApi(port)
        self.audit = audit_.AuditApi(port)
        self.commands = Commands(port)
        self.earned = earned_.EarnedApi(port)
        self.explain = explain_.ExplainApi(port)
        self.exports = exports_.ExportsApi(port)
        self.proofs = proofs_.ProofsApi(port)
        self.health = health_.HealthApi(port)


class AsyncTopics(desk_views_.AsyncDeskViewsApi, holdings_.AsyncHoldingsApi, accounts_.AsyncAccountsApi,
    history_.AsyncHistoryApi, quotes_.AsyncQuotesApi):
    """All methods; those of a topic of its own are attributes."""

    def __init__(self, port: AsyncPort) -> None:
        super().__init__(port)
        self.sign_in = sign_in_.AsyncSignInApi(port)
        self.step_up = step_up_.AsyncStepUpApi(port)
        self.me = me_.AsyncMeApi(port)
        self.people = people_.AsyncPeopleApi(port)
        self.policies = policies_.AsyncPoliciesApi(port)
        self.proposals = proposals_.AsyncProposalsApi(port)
        self.approvals = approvals_.AsyncApprovalsApi(port)
        self.address_book = address_book_.AsyncAddressBookApi(port)
        self.attestations = attestations_.AsyncAttestationsApi(port)
        self.compliance = compliance_.AsyncComplianceApi(port)
        self.disclosure = disclosure_.AsyncDisclosureApi(port)
        self.standing = standing_.AsyncStandingApi(port)
        self.webhooks = webhooks_.AsyncWebhooksApi(port)
        self.audit = audit_.AsyncAuditApi(port)
        self.commands = AsyncCommands(port)
        self.earned = earned_.AsyncEarnedApi(port)
        self.explain = explain_.AsyncExplainApi(port)
        self.exports = exports_.AsyncExportsApi(port)
        self.proofs = proofs_.AsyncProofsApi(port)
        self.health = health_.AsyncHealthApi(port)
