"""What the fork server of tests imports beside the libraries: the bank's own code, which does not change while tests
run, and copies in place of migrations. A server that a test starts has only to make its app.

Loaded last, it takes all of it out of the garbage collector's sight, as the orchestrator's fork server does.
"""

import gc
from importlib import import_module

from shared.services import SERVICES
from tests import copied_databases

copied_databases.install()
for service in SERVICES:
    import_module(f"{service.package}.app")
gc.collect()
gc.freeze()
