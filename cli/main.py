"""The `sandbank` command."""

from typing import Annotated

import typer

from cli import (
    accounts,
    backup,
    clock,
    faults,
    health,
    keys,
    live,
    login,
    mailbox,
    password_reset,
    preferences,
    product_terms,
    products,
    proof,
    scenario,
    simulator,
    users,
    webhooks,
    world,
    world_data,
)
from cli.cards import card_network, cards, credit_cards, disputes
from cli.context import BankGroup, CommandContext
from cli.dashboard import command as dashboard
from cli.payments import direct_debits, exchange, holds, money, orders, payees
from cli.records import audit, custom_reports, explain, export, own_data, reports, statements, total

_EXIT_CODES = (
    "Exit codes: 0 done; 1 the bank said no; 2 wrong usage; 3 not logged in; 4 the bank is away; 5 no answer, "
    "so the outcome is unknown: repeat with the --idempotency-key that was printed."
)

app = typer.Typer(
    name="sandbank",
    cls=BankGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(rich_help_panel="You")(login.login)
app.command(rich_help_panel="You")(login.logout)
app.command(rich_help_panel="You")(login.whoami)
app.command(rich_help_panel="You")(login.register)
app.command(rich_help_panel="You")(password_reset.forgot_password)
app.command(rich_help_panel="You")(password_reset.reset_password)
app.command(rich_help_panel="Accounts")(accounts.accounts)
app.command("open", rich_help_panel="Accounts")(accounts.open_account)
app.add_typer(products.products_app, name="products", rich_help_panel="Accounts")
products.products_app.command("new")(product_terms.create)
products.products_app.command("set")(product_terms.change)
app.add_typer(reports.reports_app, name="reports", rich_help_panel="Accounts")
app.add_typer(custom_reports.custom_reports_app, name="custom-reports", rich_help_panel="Accounts")
app.add_typer(statements.statements_app, name="statements", rich_help_panel="Accounts")
app.command(rich_help_panel="Accounts")(accounts.limits)
app.command(rich_help_panel="Accounts")(accounts.close)
app.command(rich_help_panel="Money")(money.deposit)
app.command(rich_help_panel="Money")(money.withdraw)
app.command(rich_help_panel="Money")(money.transfer)
app.command(rich_help_panel="Money")(money.history)
app.command(rich_help_panel="Money")(explain.explain)
app.command(rich_help_panel="Money")(export.export)
app.command(rich_help_panel="Money")(exchange.rates)
app.command(rich_help_panel="Money")(exchange.exchange)
app.add_typer(holds.holds_app, name="holds", rich_help_panel="Money")
app.add_typer(payees.payees_app, name="payees", rich_help_panel="Money")
app.add_typer(orders.orders_app, name="orders", rich_help_panel="Money")
app.add_typer(direct_debits.debits_app, name="debits", rich_help_panel="Money")
app.command(rich_help_panel="Money")(orders.upcoming)
app.add_typer(cards.cards_app, name="cards", rich_help_panel="Money")
cards.cards_app.command("new-credit")(credit_cards.new_credit)
cards.cards_app.command()(credit_cards.bills)
cards.cards_app.command()(credit_cards.pay)
app.add_typer(preferences.preferences_app, name="preferences", rich_help_panel="You")
app.add_typer(webhooks.webhooks_app, name="webhooks", rich_help_panel="You")
app.add_typer(own_data.own_data_app, name="own-data", rich_help_panel="You")
app.add_typer(card_network.card_network_app, name="card-network", rich_help_panel="The bank")
card_network.card_network_app.command()(disputes.dispute)
card_network.card_network_app.command()(disputes.disputes)
card_network.card_network_app.command()(disputes.resolve)
app.command(rich_help_panel="The bank")(total.total)
app.command(rich_help_panel="The bank")(live.live)
app.command(rich_help_panel="The bank")(clock.clock)
app.add_typer(users.users_app, name="users", rich_help_panel="The bank")
app.add_typer(world.world_app, name="world", rich_help_panel="The bank")
world.world_app.command()(world_data.create)
world.world_app.command("list")(world_data.listing)
world.world_app.command()(world_data.find)
world.world_app.command()(world_data.export)
world.world_app.command("import")(world_data.import_document)
app.add_typer(simulator.simulate_app, name="simulate", rich_help_panel="The bank")
app.add_typer(scenario.scenario_app, name="scenario", rich_help_panel="The bank")
app.add_typer(faults.faults_app, name="faults", rich_help_panel="The bank")
app.command(rich_help_panel="The bank")(dashboard.dashboard)
app.command(rich_help_panel="The bank")(mailbox.mailbox)
app.command(rich_help_panel="The bank")(proof.proof)
app.add_typer(audit.audit_app, name="audit", rich_help_panel="The bank")
app.add_typer(keys.keys_app, name="keys", rich_help_panel="The bank")
app.add_typer(backup.backup_app, name="backup", rich_help_panel="The bank")
app.command(rich_help_panel="The bank")(health.health)


@app.callback()
def begin(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="SANDBANK_URL", help="The bank's address; else the one last logged in at, else this machine's."
        ),
    ] = None,
) -> None:
    """Sandbank in a terminal: log in, see your accounts, move money, run the simulator.

    Start with [bold]sandbank login[/bold]; the log-ins are printed when the bank starts. Every command but the
    dashboard takes [bold]--json[/bold].
    """
    context.obj = CommandContext(url=url)


if __name__ == "__main__":
    app()
