"""The last that the fork server imports: what it has loaded by now stays shared by the services (docs/adr/0005).

A collection writes to each object that it looks at, and so gives every process a copy of all libraries of its own.
"""

import gc

gc.collect()
gc.freeze()
