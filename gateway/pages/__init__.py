"""The pages of the web bank: a file a feature, each with its blueprint."""

from flask import Blueprint

from gateway.pages import (
    account_settings,
    accounts,
    admin,
    admin_accounts,
    admin_transactions,
    admin_users,
    dashboard,
    front,
    inbox,
    money,
    profile,
    proof,
    reports,
    reversals,
    sign_in,
    simulator,
    transactions,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    front.blueprint,
    sign_in.blueprint,
    dashboard.blueprint,
    transactions.blueprint,
    reversals.blueprint,
    reports.blueprint,
    inbox.blueprint,
    profile.blueprint,
    account_settings.blueprint,
    accounts.blueprint,
    money.blueprint,
    admin.blueprint,
    admin_users.blueprint,
    admin_accounts.blueprint,
    admin_transactions.blueprint,
    simulator.blueprint,
    proof.blueprint,
)
