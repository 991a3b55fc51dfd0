"""Errors of the service: what its doors answer before a command reaches the desk, so that nothing is recorded there."""

from __future__ import annotations

from holdfast.errors.base import Conflict, HoldfastError, Malformed, NotFound, Rejected


class Unauthenticated(HoldfastError, code="unauthenticated", status=401, exit_code=3):
    """Nobody is signed in, or the session or API key has ended. Sign in and try again."""


class Forbidden(HoldfastError, code="forbidden", status=403, exit_code=3):
    """This person may not do this here. Somebody who manages people can grant what the message names."""


class TooManyRequests(HoldfastError, code="too_many_requests", status=429, exit_code=75):
    """Too many requests at once. Wait as long as the answer says, then try again."""


class NotCarriedOut(Conflict, code="not_carried_out"):
    """Another command of the same atomic bulk was refused, so none was done. Correct that one; send all again."""


class DisclosureOff(Conflict, code="disclosure_off"):
    """This desk publishes no sealed records. Somebody who manages compliance can switch it on."""


class BadAddress(Malformed, code="bad_address"):
    """This is no address of a wallet that can sign in here; the message names what is wrong. Copy it again."""


class BadPasskey(Unauthenticated, code="bad_passkey"):
    """The passkey's answer does not hold: another challenge, page or key, or an old answer. Begin again."""


class BadRequestSignature(Unauthenticated, code="bad_request_signature"):
    """The request's signature does not hold. Sign exactly what is sent, with the registered key and the time now."""


class BadStatement(Rejected, code="bad_statement"):
    """The provider's statement does not hold: its signature, shape, desk or provider. Have it signed anew."""


class SealBroken(Rejected, code="seal_broken"):
    """This does not open: it was sealed for other keys or another place, or was changed since."""


class WeakPassword(Rejected, code="weak_password"):
    """The password is too easy to guess; the message says why. A few unrelated words in a row make a good one."""


class LastFactor(Rejected, code="last_factor"):
    """This is the only second factor, and everybody has one. Add another before this one is removed."""


class LinkNotValid(Unauthenticated, code="link_not_valid"):
    """This link is unknown, used or too old: each works once. Ask whoever sent it for a new one."""


class PersonExists(Conflict, code="person_exists"):
    """The name or the account is somebody's already, or kept for the desk. Choose another."""


class SecondFactorMissing(Unauthenticated, code="second_factor_missing"):
    """The password was right, but the sign-in is not complete. Give, or first set up, the second factor."""


class SignInFailed(Unauthenticated, code="sign_in_failed"):
    """What was given does not fit: name, password, code or signature. Nobody is told which; try again."""


class StepUpRequired(Forbidden, code="step_up_required"):
    """This needs a factor given just now for exactly this request. Confirm it as shown, then send it unchanged."""


class TooManyAttempts(TooManyRequests, code="too_many_attempts"):
    """Too many wrong attempts. Wait as long as the answer says; a passkey or wallet works at once."""


class NoOffice(NotFound, code="no_office"):
    """Nobody has been admitted to this desk yet: it keeps no people and no audit log. Start the service on it once."""


class InstructionExists(Conflict, code="instruction_exists"):
    """The account has a standing instruction of this kind, and a second would do everything twice. End that first."""


class TooManyInstructions(Rejected, code="too_many_instructions"):
    """This person has as many standing instructions as one can have. End some first."""


class UnknownInstruction(NotFound, code="unknown_instruction"):
    """This person has no standing instruction of this id."""


class UnknownApiKey(NotFound, code="unknown_api_key"):
    """There is no API key of this id."""


class UnknownOrganisation(NotFound, code="unknown_organisation"):
    """There is no organisation of this name."""


class UnknownPasskey(NotFound, code="unknown_passkey"):
    """There is no passkey of this id."""


class UnknownPerson(NotFound, code="unknown_person"):
    """There is no person of this name."""


class UnknownWebhook(NotFound, code="unknown_webhook"):
    """There is no webhook of this id."""


class UnknownSession(NotFound, code="unknown_session"):
    """There is no session of this id."""


class ApprovalRequired(Forbidden, code="approval_required"):
    """Policies let this pass only with the approval of others. Make a proposal of it; the details name the groups."""


class OwnApproval(Forbidden, code="own_approval"):
    """Nobody approves or confirms what he proposed himself, or what concerns his own account. Ask somebody else."""


class PolicyBlocked(Forbidden, code="policy_blocked"):
    """Policies do not let this pass; the message says which rule blocks it, or that none allows it."""


class ProposalClosed(Conflict, code="proposal_closed"):
    """The proposal waits for nothing any more: it was carried out, declined, withdrawn, too late or has fallen."""


class ProposalFallen(Conflict, code="proposal_fallen"):
    """What was approved is no longer what would happen; the message says what changed. Propose it anew."""


class ProposalMismatch(Conflict, code="proposal_mismatch"):
    """The hash given is not that of this proposal. Read the proposal again, and approve what it shows now."""


class PoliciesChanged(Conflict, code="policies_changed"):
    """The policies were changed since they were read. Read them again and repeat the change."""


class ReasonRequired(Malformed, code="reason_required"):
    """Nobody's money is frozen or taken back without a reason. Send it by the route that the message names."""


class StatementUsed(Conflict, code="statement_used"):
    """This statement was taken before, or revoked: each works once. A new one needs a new id."""


class UnknownAddress(NotFound, code="unknown_address"):
    """There is no entry of this account in the address book."""


class UnknownAttestation(NotFound, code="unknown_attestation"):
    """This account has no attestation of this id."""


class UnknownGroup(NotFound, code="unknown_group"):
    """There is no group of this name."""


class UnknownProposal(NotFound, code="unknown_proposal"):
    """There is no proposal of this id."""


class UnknownProof(NotFound, code="unknown_proof"):
    """No roots were published for this day or this asset. The list of days tells for which there are some."""


class UnknownProvider(NotFound, code="unknown_provider"):
    """There is no registered provider of attestations of this name."""


class UnknownAccount(NotFound, code="unknown_account"):
    """There is no such account here that the caller may see."""


class UnknownPosition(NotFound, code="unknown_position"):
    """This account has never had a leveraged position."""


class UnknownReceipt(NotFound, code="unknown_receipt"):
    """No command of this person with this key was recorded. It can still be sent, with the same key."""


class UnknownRecord(NotFound, code="unknown_record"):
    """The journal has no such record, or the desk has not come to this instant yet."""
