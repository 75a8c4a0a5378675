"""Who may do what: the one table that pages, API and live events ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is in a business."""

    PLATFORM = "platform"
    OWNER = "owner"
    DISPATCHER = "dispatcher"
    ACCOUNTANT = "accountant"
    DRIVER = "driver"
    CUSTOMER = "customer"


STAFF = frozenset({Role.PLATFORM, Role.OWNER, Role.DISPATCHER, Role.ACCOUNTANT})


class Can(StrEnum):
    """What may be done. READ_… and CHANGE_… pairs follow the contract's table."""

    CHANGE_BUSINESSES = "change_businesses"
    READ_BUSINESSES = "read_businesses"
    MANAGE_USERS = "manage_users"
    CHANGE_SETTINGS = "change_settings"
    READ_AUDIT = "read_audit"
    SEE_OFFICE = "see_office"
    READ_BOOKINGS = "read_bookings"
    CHANGE_BOOKINGS = "change_bookings"
    READ_OWN_BOOKINGS = "read_own_bookings"
    READ_ASSIGNED_BOOKINGS = "read_assigned_bookings"
    READ_CUSTOMERS = "read_customers"
    CHANGE_CUSTOMERS = "change_customers"
    ERASE_CUSTOMERS = "erase_customers"
    READ_INVITES = "read_invites"
    CHANGE_INVITES = "change_invites"
    READ_LOGS = "read_logs"
    CHANGE_LOGS = "change_logs"
    READ_QUEUE = "read_queue"
    CHANGE_QUEUE = "change_queue"
    READ_FEEDS = "read_feeds"
    CHANGE_FEEDS = "change_feeds"
    USE_OFFICE_DESK = "use_office_desk"
    READ_OWN_TASKS = "read_own_tasks"
    READ_REPORTS = "read_reports"
    CHANGE_REPORTS = "change_reports"
    READ_NUMBERS = "read_numbers"
    HEAR_EVENTS = "hear_events"
    HAVE_ACCOUNT = "have_account"


_EVERYBODY = set(Role)
_STAFF = set(STAFF)
_DESK = {Role.PLATFORM, Role.OWNER, Role.DISPATCHER}

TABLE: dict[Can, set[Role]] = {
    Can.CHANGE_BUSINESSES: {Role.PLATFORM},
    Can.READ_BUSINESSES: {Role.PLATFORM, Role.OWNER},
    Can.MANAGE_USERS: {Role.PLATFORM, Role.OWNER},
    Can.CHANGE_SETTINGS: {Role.PLATFORM, Role.OWNER},
    Can.READ_AUDIT: {Role.PLATFORM, Role.OWNER},
    Can.SEE_OFFICE: _STAFF,
    Can.READ_BOOKINGS: _STAFF,
    Can.CHANGE_BOOKINGS: _DESK,
    Can.READ_OWN_BOOKINGS: {Role.CUSTOMER},
    Can.READ_ASSIGNED_BOOKINGS: {Role.DRIVER},
    Can.READ_CUSTOMERS: _STAFF,
    Can.CHANGE_CUSTOMERS: _DESK,
    Can.ERASE_CUSTOMERS: {Role.PLATFORM, Role.OWNER},
    Can.READ_INVITES: _STAFF,
    Can.CHANGE_INVITES: _DESK,
    Can.READ_LOGS: _STAFF,
    Can.CHANGE_LOGS: _DESK,
    Can.READ_QUEUE: _STAFF,
    Can.CHANGE_QUEUE: _DESK,
    Can.READ_FEEDS: {Role.PLATFORM, Role.OWNER, Role.ACCOUNTANT},
    Can.CHANGE_FEEDS: {Role.PLATFORM, Role.OWNER, Role.ACCOUNTANT},
    Can.USE_OFFICE_DESK: _STAFF,
    Can.READ_OWN_TASKS: {Role.DRIVER},
    Can.READ_REPORTS: _STAFF,
    Can.CHANGE_REPORTS: {Role.PLATFORM, Role.OWNER, Role.ACCOUNTANT},
    Can.READ_NUMBERS: {Role.PLATFORM, Role.OWNER, Role.ACCOUNTANT},
    Can.HEAR_EVENTS: _EVERYBODY,
    Can.HAVE_ACCOUNT: _EVERYBODY,
}


def may(role: Role | None, action: Can) -> bool:
    """Whether that role may do that; nobody signed in (None) may nothing."""
    return role is not None and role in TABLE[action]


@dataclass(frozen=True)
class Actor:
    """Who is at work: a user in a role, a visitor, or the program itself (`kind` = "system")."""

    kind: str
    user_id: int | None = None
    role: Role | None = None
    name: str = ""
    address: str = ""


SYSTEM = Actor("system")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current_actor() -> Actor:
    """Who is at work now; the program itself outside of requests."""
    return _actor.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Everything inside is done by `actor`."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
