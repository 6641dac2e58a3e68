"""The pages have a sentence for every refusal that the ledger keeps in somebody's history."""

from gateway.web.error_messages import error_message
from transaction_service.refusals import STORED


def test_each_refusal_that_is_listed_has_words_of_its_own() -> None:
    unsaid = [refusal.code for refusal in STORED if error_message(refusal.code).count(" ") < 4]
    assert unsaid == []
    assert error_message("SOMETHING_NEW") == "Something new."
