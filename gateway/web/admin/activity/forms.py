"""Finding any of the bank's transactions."""

from wtforms import HiddenField, StringField

from gateway.web.activity.forms import TransactionFilters


class AllTransactionFilters(TransactionFilters):
    """As a customer's, but seen from no account: without a direction, and without attempts, which are their maker's."""

    account_id = HiddenField()
    category = StringField("Category", render_kw={"maxlength": "50", "placeholder": "groceries, rent, …"})
    direction = None
    status = None
