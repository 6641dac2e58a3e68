# In the place of the official image's entry point: the administrator's password from a file, the data where it has them.
set -euo pipefail
data=/var/lib/mysql
password=$(<"$MARIADB_ROOT_PASSWORD_FILE")
as_mysql=(setpriv --reuid=mysql --regid=mysql --clear-groups)
mkdir -p "$data"
chown mysql "$data"
let_in=/tmp/let-in.sql
if [ ! -d "$data/mysql" ]; then
    "${as_mysql[@]}" mariadb-install-db --no-defaults --datadir="$data" --skip-test-db --auth-root-authentication-method=normal
    (umask 077 && "${as_mysql[@]}" tee "$let_in" >/dev/null) <<SQL
CREATE USER root@'%' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
ALTER USER root@localhost IDENTIFIED BY '$password';
SQL
    set -- "--init-file=$let_in"
fi
exec "${as_mysql[@]}" mariadbd --no-defaults --datadir="$data" --socket=/tmp/socket --pid-file=/tmp/pid --bind-address=0.0.0.0 "$@"
