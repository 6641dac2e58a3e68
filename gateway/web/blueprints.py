"""Every feature's blueprint, as the web app registers them."""

from flask import Blueprint

from gateway.web.accounts import views as accounts
from gateway.web.activity import views as activity
from gateway.web.admin.accounts import views as admin_accounts
from gateway.web.admin.activity import views as admin_activity
from gateway.web.admin.audit import views as admin_audit
from gateway.web.admin.cards import views as admin_cards
from gateway.web.admin.clock import views as admin_clock
from gateway.web.admin.faults import views as faults
from gateway.web.admin.keys import views as keys
from gateway.web.admin.live import views as live
from gateway.web.admin.mailbox import views as mailbox
from gateway.web.admin.overview import views as admin_overview
from gateway.web.admin.own_data import views as admin_own_data
from gateway.web.admin.products import views as admin_products
from gateway.web.admin.proof import views as proof
from gateway.web.admin.realism import views as realism
from gateway.web.admin.scenarios import views as scenarios
from gateway.web.admin.simulator import views as simulator
from gateway.web.admin.users import views as admin_users
from gateway.web.admin.world_data import views as world_data
from gateway.web.cards import acts as card_acts
from gateway.web.cards import credit as credit_cards
from gateway.web.cards import payments as card_payments
from gateway.web.cards import views as cards
from gateway.web.custom_reports import views as custom_reports
from gateway.web.dashboard import views as dashboard
from gateway.web.direct_debits import acts as direct_debit_acts
from gateway.web.direct_debits import views as direct_debits
from gateway.web.exports import views as exports
from gateway.web.holds import views as holds
from gateway.web.inbox import views as inbox
from gateway.web.insights import views as insights
from gateway.web.login import password_reset
from gateway.web.login import views as login
from gateway.web.message_settings import views as message_settings
from gateway.web.money import views as money
from gateway.web.orders import payee_views
from gateway.web.orders import views as orders
from gateway.web.own_data import views as own_data
from gateway.web.products import views as products
from gateway.web.profile import views as profile
from gateway.web.public import views as public
from gateway.web.rates import views as rates
from gateway.web.reports import views as reports
from gateway.web.reversals import views as reversals
from gateway.web.security_settings import views as security_settings
from gateway.web.statements import views as statements
from gateway.web.upcoming import views as upcoming
from gateway.web.webhooks import views as webhooks

BLUEPRINTS: tuple[Blueprint, ...] = tuple(
    views.blueprint
    for views in (
        public,
        products,
        rates,
        login,
        password_reset,
        dashboard,
        activity,
        reversals,
        reports,
        custom_reports,
        inbox,
        profile,
        security_settings,
        own_data,
        message_settings,
        webhooks,
        accounts,
        statements,
        exports,
        insights,
        money,
        orders,
        payee_views,
        direct_debits,
        direct_debit_acts,
        upcoming,
        holds,
        cards,
        card_acts,
        credit_cards,
        card_payments,
        admin_overview,
        admin_users,
        admin_own_data,
        admin_accounts,
        admin_cards,
        admin_activity,
        admin_clock,
        admin_products,
        keys,
        live,
        mailbox,
        simulator,
        realism,
        scenarios,
        world_data,
        faults,
        proof,
        admin_audit,
    )
)
