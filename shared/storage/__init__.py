"""Where a service keeps what it knows: its database on each kind of server, migrations, seals and small files."""
