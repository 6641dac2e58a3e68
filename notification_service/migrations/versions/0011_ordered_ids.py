"""Since when messages and mails have ids that sort by time. What was told before keeps the ids that it has.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import Column, text

from shared.storage import row_seal_migrations
from shared.storage.database import BigInt
from shared.time import clock
from shared.time.clock import MICROSECONDS

revision = "0011"
down_revision = "0010"

_OTHER_CLOCKS_US = 600 * MICROSECONDS
"""So far ahead the clock of another machine may be, by which something is dated that was read already."""


def upgrade() -> None:
    """From the beginning where no feed was read yet; else of what happens from now on."""
    op.add_column("inbox_state", Column("ids_ordered_since", BigInt))
    connection = op.get_bind()
    read = text("SELECT count(*) FROM feed_positions WHERE position > 0 OR generation > 0")
    has_read = connection.execute(read).scalar_one() > 0
    since = clock.now_us() + _OTHER_CLOCKS_US if has_read else 0
    connection.execute(text("UPDATE inbox_state SET ids_ordered_since = :since"), {"since": since})
    row_seal_migrations.seal_again(connection, ["inbox_state"])
