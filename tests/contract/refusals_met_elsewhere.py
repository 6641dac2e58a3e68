"""The codes of the catalogue that a request alone cannot meet."""

MET_ELSEWHERE = {
    "ACCOUNTS_STILL_OPEN": "integration/test_erasure.py",
    "BALANCE_TOO_LARGE": "integration/test_transfer_gates.py",
    "BANK_NOT_EMPTY": "integration/test_world_truth.py",
    "CLOCK_JUMPED": "integration/test_ledger_storage_faults.py",
    "EXPORT_TOO_LONG": "integration/test_exports.py",
    "ISSUING_REFUSED": "integration/test_cards_recovery.py",
    "LAST_ADMIN": "integration/test_auth_users.py",
    "NOT_A_SANDBOX": "integration/test_simulator_api.py",
    "ONLY_IN_DEVELOPMENT": "integration/test_webhooks.py",
    "OPENING_REFUSED": "integration/test_account_recovery.py",
    "PROOF_UNDER_WAY": "integration/test_reporting_proof_job.py",
    "REPORT_TOO_LARGE": "integration/test_custom_reports.py",
    "REPORT_TOO_SLOW": "integration/test_custom_reports.py",
    "REPORT_UNREADABLE": "integration/test_report_schedule_troubles.py",
    "STAFF_NOT_ERASED": "integration/test_erasure.py",
    "STATEMENT_TOO_LONG": "integration/test_account_statements.py",
    "TOO_FEW_PEOPLE": "integration/test_simulator_scenarios.py",
    "TOO_MANY_FAULTS": "integration/test_simulator_faults.py",
    "TOO_MANY_REPORTS": "integration/test_custom_reports.py",
    "USER_ERASED": "integration/test_erasure.py",
    "WORLD_NOT_REPEATABLE": "integration/test_world_truth.py",
}
"""What needs a state of its own, and the test that brings it about; tests/documented.py looks at the details there."""
