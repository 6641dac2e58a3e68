"""What the notification service gives of a person for their own data."""

from pathlib import Path

import pytest

from notification_service.personal_data import SECTIONS
from tests.inboxes import account_opened, open_inbox, registered

pytestmark = pytest.mark.databases_in_turn
ADA = "0190a8c0-5f00-7a00-8000-00000000000a"


def test_the_copy_of_a_mail_that_goes_to_the_bank_s_owner_is_not_the_person_s(tmp_path: Path) -> None:
    with open_inbox(tmp_path, owner_email="owner@example.org") as inbox:
        inbox.take_in("people", [registered(1, ADA)])
        inbox.take_in("accounts", [account_opened(1, ADA)])
        (mails,) = [section for section in SECTIONS if section.name == "mails"]
        with inbox.database.read() as connection:
            kept = connection.exec_driver_sql("SELECT count(*) FROM mails").scalar_one()
            rows, _ = mails.page(connection, ADA, None, 100)
    assert kept == 2
    assert [(row["kind"], row["address"]) for row in rows] == [("account_opened", None)]
