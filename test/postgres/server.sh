#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# server.sh start|stop|restart DIRECTORY BIN [OPTION...]: a PostgreSQL server of a test's own, in that
# directory, as an ordinary user. It listens on a socket in the directory only. BIN is where
# PostgreSQL's programs are; OPTION is NAME=VALUE of its configuration. To restart it, it is killed.
set -eu

action=$1
directory=$2
bin=$3
shift 3

# PostgreSQL does not run as root.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
    else
        "$@"
    fi
}
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
fi
data=$directory/data

start() {
    as_user "$bin/pg_ctl" -D "$data" -l "$directory/log" -w -t 60 start >/dev/null </dev/null
}

# The postmaster cannot start others while it is stopped; its children would block a restart.
kill_all() {
    postmaster=$(head -n 1 "$data/postmaster.pid")
    kill -STOP "$postmaster"
    pkill -KILL -P "$postmaster" || true
    kill -KILL "$postmaster"
}

case $action in
start)
    rm -rf "$directory"
    mkdir -p "$directory"
    if [ "$(id -u)" = 0 ]; then
        chown "$user" "$directory"
    fi
    as_user "$bin/initdb" -D "$data" -U crex -A trust -N >"$directory/initdb.log"
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$directory'"
        echo "max_connections = 400"
        for option in "$@"; do
            echo "$option"
        done
    } >>"$data/postgresql.conf"
    start
    ;;
restart)
    kill_all
    # Until the children are gone, which hold the shared memory.
    tries=0
    until start 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ]
        sleep 0.2
    done
    ;;
stop)
    as_user "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null </dev/null
    rm -rf "$directory"
    ;;
esac
