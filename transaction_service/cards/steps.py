"""What happens to an approved card payment is written down, and told to whoever has the card, in the same commit."""

from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.events import payment_event
from transaction_service.ledger.resolution import Work


def take_step(work: Work, step: AuthorizationStep, authorization: Authorization | None = None) -> None:
    """This has happened to a payment, whose working copies have moved along; give one that is new itself."""
    work.cards.note(step)
    taken_by = authorization or work.cards.authorizations[step.authorization_id]
    owner = work.accounts[taken_by.account_id or ""].owner_id
    work.tell(payment_event(taken_by, step, owner), step.at)
