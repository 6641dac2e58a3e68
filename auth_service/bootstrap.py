"""The first start: an administrator, and in development an employee, so that somebody can log in.

The log-ins are written to `credentials.json` before the users are committed, and a start that finds the file but no
users takes its passwords again: a crash in between loses nothing.
"""

import json
import os
import re
import secrets
import string
import sys
from pathlib import Path
from typing import Any

import structlog
from flask_sqlalchemy.session import Session

from auth_service import event_feed
from auth_service.context import AuthContext
from auth_service.events import UserRegistered
from auth_service.passwords import rules as password_rules
from auth_service.settings import Settings
from auth_service.users import repository as user_repository
from auth_service.users.payloads import USERNAME_PATTERN
from auth_service.users.registration import Person, new_user
from auth_service.users.rules import name_key
from shared.enums import Role
from shared.privacy import stand_ins
from shared.settings import MissingSettingError
from shared.time.clock import now_us

logger = structlog.get_logger(__name__)

FILE_NAME = "credentials.json"
EMPLOYEE_USERNAME = "employee"
_MAIL_DOMAIN = "sandbank.example"
_LETTERS = string.ascii_letters + string.digits
_RANDOM_LENGTH = 20


def set_up(context: AuthContext) -> None:
    """Make the first users unless there are any.

    Raises MissingSettingError in production without BANK_ADMIN_PASSWORD, and for a name or password that the bank
    would refuse from anybody else.
    """
    with context.database.read_session() as db_session:
        if user_repository.has_users(db_session):
            return
    with context.database.write_session() as db_session:
        if user_repository.has_users(db_session):
            return
        log_ins = _log_ins(context.settings)
        if not context.settings.is_production:
            _keep(context.settings.data_dir, log_ins)
        for role, log_in in log_ins.items():
            _add(db_session, context, role, log_in)
    _show(context.settings, log_ins)


def _log_ins(settings: Settings) -> dict[Role, dict[str, str]]:
    kept = {} if settings.is_production else _read(settings.data_dir)
    admin = {"username": settings.admin_username, "password": settings.admin_password}
    if not admin["password"]:
        if settings.is_production:
            message = "BANK_ADMIN_PASSWORD is not set; the first administrator of a bank in production needs one"
            raise MissingSettingError(message)
        admin = _kept_or_random(kept.get("admin"), settings.admin_username)
    _check(settings, **admin)
    if settings.is_production or settings.admin_username.lower() == EMPLOYEE_USERNAME:
        return {Role.ADMIN: admin}
    return {Role.ADMIN: admin, Role.EMPLOYEE: _kept_or_random(kept.get("employee"), EMPLOYEE_USERNAME)}


def _check(settings: Settings, *, username: str, password: str) -> None:
    if re.fullmatch(USERNAME_PATTERN, username, re.ASCII) is None:
        message = (
            f"BANK_ADMIN_USERNAME is {username!r}; a user name is 3 to 64 letters, digits, dots, dashes, underscores"
        )
        raise MissingSettingError(message)
    if stand_ins.is_stand_in(username=name_key(username)):
        message = f"BANK_ADMIN_USERNAME is {username!r}; names that begin so are kept for customers who were erased"
        raise MissingSettingError(message)
    problem = password_rules.problem(password, min_length=settings.password_min_length, names=[username])
    if problem is not None:
        message = f"BANK_ADMIN_PASSWORD {problem.sentence}"
        raise MissingSettingError(message)


def _kept_or_random(kept: Any, username: str) -> dict[str, str]:
    if isinstance(kept, dict) and kept.get("username") == username and isinstance(kept.get("password"), str):
        return {"username": username, "password": kept["password"]}
    return {"username": username, "password": "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LENGTH))}


def _add(db_session: Session, context: AuthContext, role: Role, log_in: dict[str, str]) -> None:
    now = now_us()
    username = log_in["username"]
    person = Person(username, f"{username}@{_MAIL_DOMAIN}", role.capitalize())
    user = new_user(person, context.hasher.hash(log_in["password"]), role=role, created_by=None, now=now)
    user_repository.add_users(db_session, [user])
    event_feed.publish(db_session, [UserRegistered.of(user)], at=now)


def _read(data_dir: Path) -> dict[str, Any]:
    """The file's content; empty when there is none."""
    try:
        content = json.loads((data_dir / FILE_NAME).read_text())
    except FileNotFoundError:
        return {}
    return content if isinstance(content, dict) else {}


def forget_customers(data_dir: Path) -> None:
    """Take the customers of a bank that was emptied out of the file."""
    if (data_dir / FILE_NAME).exists():
        _write(data_dir, {**_read(data_dir), "customers": []})


def forget_customer(data_dir: Path, username: str) -> None:
    """Take one customer, who is being erased, out of the file."""
    if (data_dir / FILE_NAME).exists():
        content = _read(data_dir)
        kept = [one for one in content.get("customers", []) if one.get("username") != username]
        if kept != content.get("customers", []):
            _write(data_dir, {**content, "customers": kept})


def _keep(data_dir: Path, log_ins: dict[Role, dict[str, str]]) -> None:
    """Write the log-ins, and keep whatever else stands in the file."""
    _write(data_dir, {"customers": [], **_read(data_dir), **dict(log_ins.items())})


def _write(data_dir: Path, content: dict[str, Any]) -> None:
    """Replace the file durably, for the owner's eyes only."""
    temporary = data_dir / f".credentials.{secrets.token_hex(4)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(content, indent=2, sort_keys=True))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(data_dir / FILE_NAME)
    folder = os.open(data_dir, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _show(settings: Settings, log_ins: dict[Role, dict[str, str]]) -> None:
    """Say once who can log in. Passwords go to the terminal only, never to a log file; with an orchestrator, which
    shows them itself, not even there.
    """
    kept_in = None if settings.is_production else str(settings.data_dir / FILE_NAME)
    logger.info("first_users_made", users=[log_in["username"] for log_in in log_ins.values()], kept_in=kept_in)
    if settings.is_production or settings.is_supervised or not sys.stdout.isatty():
        return
    for role, log_in in log_ins.items():
        sys.stdout.write(f"first start: log in as {role} {log_in['username']} with {log_in['password']}\n")
    sys.stdout.flush()
