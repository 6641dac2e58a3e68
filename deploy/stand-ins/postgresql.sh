# In the place of the official image's entry point: the administrator's password from a file, the data where it has them.
set -euo pipefail
data=/var/lib/postgresql/data
password=$(<"$POSTGRES_PASSWORD_FILE")
as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
mkdir -p "$data"
chown postgres "$data"
chmod 0700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
    (umask 077 && "${as_postgres[@]}" tee /tmp/password >/dev/null <<<"$password")
    "${as_postgres[@]}" initdb --pgdata="$data" --username=postgres --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --pwfile=/tmp/password
    "${as_postgres[@]}" rm /tmp/password
    echo "host all all all scram-sha-256" | "${as_postgres[@]}" tee -a "$data/pg_hba.conf" >/dev/null
fi
exec "${as_postgres[@]}" postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
