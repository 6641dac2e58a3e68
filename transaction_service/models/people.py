"""People of whom nothing is kept any more but what the books say."""

from shared.privacy.erased_people import erased_people_table
from shared.storage.compact_columns import CompactId
from transaction_service.models.base import metadata

erased_people = erased_people_table(metadata, CompactId)
