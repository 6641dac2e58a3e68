"""More people of the web bank for tests: staff at a browser, a customer's second device; and readers that catch up."""

from shared import services
from tests.pages import Browser
from tests.web_bank import PASSWORD, Customer, WebBank


def employee(web: WebBank, username: str = "eve.clerk") -> Customer:
    """Somebody who works at the bank, logged in."""
    return _somebody_of_the_bank(web, username, "Eve Clerk", "employee")


def administrator(web: WebBank, username: str = "max.chief") -> Customer:
    """Somebody who runs the bank, logged in."""
    return _somebody_of_the_bank(web, username, "Max Chief", "admin")


def _somebody_of_the_bank(web: WebBank, username: str, full_name: str, role: str) -> Customer:
    person = {
        "username": username,
        "email": f"{username}@example.org",
        "password": PASSWORD,
        "full_name": full_name,
        "role": role,
    }
    auth = web.bank.client(services.AUTH)
    made = auth.post("/api/auth/users", json=person, headers=web.bank.headers("admin"))
    assert made.status_code == 201, made.text
    somebody = Customer(web.bank.client(services.GATEWAY), web.bank, username, made.json["data"]["id"])
    log_in(somebody, username)
    return somebody


def another_device(customer: Customer, user_agent: str = "curl/8") -> Customer:
    """The same person at a second browser."""
    other = Customer(customer.bank.client(services.GATEWAY), customer.bank, customer.username, customer.user_id)
    other.client.environ_base["HTTP_USER_AGENT"] = user_agent
    log_in(other, customer.username)
    return other


def log_in(browser: Browser, username: str, password: str = PASSWORD) -> None:
    """On the page for it."""
    browser.open("/login")
    browser.send("/login", 303, username=username, password=password)


def catch_up(web: WebBank) -> None:
    """Let the inbox and reporting take in everything there is, as their background threads would."""
    web.bank.settle()
    reporting = web.bank.apps[services.REPORTING.package].extensions["context"]
    for consumer in (*reporting.consumers.values(), *reporting.audit_consumers.values()):
        consumer.catch_up()
