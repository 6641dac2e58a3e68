"""Ids that the API takes and the access matrix does not reach with: nobody owns what they name, or other tests do."""

ELSEWHERE = {
    "POST /api/reports/own-data user_id": "tests/integration/test_own_data.py",
    "GET /api/auth/users/<user_id>/erasure user_id": "administrators see every user",
    "POST /api/auth/users/<user_id>/erasure user_id": "tests/integration/test_erasure.py",
    "POST /api/transactions/transfer to_account_id": "anybody may be paid",
    "POST /api/transactions/batch to_account_id": "anybody may be paid",
    "POST /api/transactions/batch card_id": "no stranger's card; tests/integration/test_card_batches.py",
    "POST /api/transactions/quotes from_account_id": "tests/integration/test_exchange_fees.py",
    "POST /api/transactions/transfer quote_id": "tests/integration/test_exchange.py",
    "POST /api/transactions/holds/<hold_id>/capture to_account_id": "anybody may be paid",
    "POST /api/card-network/authorizations account_id": "any merchant may be paid",
    "POST /api/card-network/authorizations card_id": "no stranger's card; tests/integration/test_card_network.py",
    "POST /api/card-network/clearings account_id": "any merchant may be paid",
    "POST /api/card-network/refunds account_id": "tests/integration/test_card_network.py",
    "POST /api/standing-orders to_account_id": "anybody may be paid",
    "POST /api/scheduled-payments to_account_id": "anybody may be paid",
    "POST /api/direct-debits/collections/<collection_id>/refund to_account_id": (
        "tests/integration/test_direct_debits_of_closed_accounts.py"
    ),
    "POST /api/standing-orders payee_id": "tests/integration/test_standing_orders.py",
    "POST /api/scheduled-payments payee_id": "the same code as of standing orders",
    "GET /api/transactions/all account_id": "staff see every account",
    "GET /api/transactions/all authorization_id": "staff see every account",
    "GET /api/transactions/account/<account_id> authorization_id": "within an account that one may see",
    "GET /api/transactions/details/<transaction_id> account_id": "tests/integration/test_transaction_lists.py",
    **{
        f"GET {path} user_id": "tests/integration/test_customer_lists.py"
        for path in (
            *("/api/standing-orders", "/api/scheduled-payments"),
            *("/api/transactions/holds", "/api/transactions/upcoming"),
            *("/api/direct-debits/mandates", "/api/direct-debits/collections"),
            *("/api/card-network/authorizations", "/api/card-network/disputes"),
        )
    },
    **{
        f"POST {path} end_to_end_id": "the payer's own words, nothing of anybody's"
        for path in (
            *("/api/transactions/transfer", "/api/standing-orders", "/api/scheduled-payments"),
            "/api/direct-debits/collections",
        )
    },
    "GET /api/accounts/all user_id": "staff see every account",
    "GET /api/cards/all user_id": "staff see every card",
    "GET /api/cards/all account_id": "staff see every card",
    "PUT /api/cards/update/<card_id> settlement_account_id": "tests/integration/test_credit_cards.py",
    "POST /api/cards/<card_id>/pay from_account_id": "tests/integration/test_credit_cards.py",
    "POST /api/accounts/batch user_id": "the simulation's; test_the_simulation_reaches_nobody_real",
    "POST /api/simulator/faults user_id": "whose requests go wrong, in a bank in development",
    "DELETE /api/simulator/faults/<fault_id> fault_id": "a fault belongs to the bank, administrators see them all",
    "GET /api/simulator/export world_id": "worlds belong to the bank, administrators see them all",
    "GET /api/simulator/people world_id": "worlds belong to the bank, administrators see them all",
    "GET /api/simulator/jobs/<job_id> job_id": "a job belongs to the bank, administrators see them all",
    "POST /api/simulator/scenarios world_id": "a world belongs to the bank, administrators inject into any",
    "POST /api/simulator/jobs/<job_id>/cancel job_id": "a job belongs to the bank, administrators stop any",
    "GET /api/reports/proof/jobs/<job_id> job_id": "a proof is of the whole bank, administrators see them all",
    "GET /api/audit/details/<record_id> record_id": "tests/integration/test_audit_trail.py",
    "GET /api/reports/account/<account_id> account_id": "tests/integration/test_reporting_access.py",
    "GET /api/reports/<report_id>/download report_id": "tests/integration/test_report_downloads.py",
    "GET /api/reports/export account_id": "tests/integration/test_exports.py",
    "GET /api/reports/statement/<account_id> account_id": "tests/integration/test_account_statements.py",
    "GET /api/reports/statements/<account_id> account_id": "tests/integration/test_account_statements.py",
    "GET /api/reports/details/<report_id> report_id": "tests/integration/test_reporting_access.py",
}
