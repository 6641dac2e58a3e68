"""The pages of the web bank: a file a feature, each with its blueprint."""

from flask import Blueprint

from gateway.pages import (
    accounts,
    admin,
    admin_accounts,
    admin_transactions,
    admin_users,
    dashboard,
    front,
    money,
    proof,
    sign_in,
    simulator,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    front.blueprint,
    sign_in.blueprint,
    dashboard.blueprint,
    accounts.blueprint,
    money.blueprint,
    admin.blueprint,
    admin_users.blueprint,
    admin_accounts.blueprint,
    admin_transactions.blueprint,
    simulator.blueprint,
    proof.blueprint,
)
