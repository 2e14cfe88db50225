#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# server.sh ACTION DIRECTORY BIN [ARGUMENT...]: a PostgreSQL server of a test's own, in that
# directory, as an ordinary user. It listens on a socket in the directory only. BIN is where
# PostgreSQL's programs are. Each ACTION returns when it is done:
#
#   start [NAME=VALUE...]  makes the server, with this configuration, and starts it
#   standby PRIMARY        makes a copy of the server in the directory PRIMARY, which follows it
#   promote                ends that: the copy is a server of its own
#   kill                   kills all its processes
#   restart                kills them, and starts the server again
#   stop                   stops it, and removes the directory
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

# One that was killed: its children may hold its shared memory for a moment.
start_again() {
    tries=0
    until start 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || return 1
        sleep 0.2
    done
}

make_directory() {
    rm -rf "$directory"
    mkdir -p "$directory"
    if [ "$(id -u)" = 0 ]; then
        chown "$user" "$directory"
    fi
}

# The postmaster cannot start others while it is stopped; its children would block a restart.
kill_all() {
    postmaster=$(head -n 1 "$data/postmaster.pid")
    kill -STOP "$postmaster"
    pkill -KILL -P "$postmaster" || true
    kill -KILL "$postmaster"
    tries=0
    while kill -0 "$postmaster" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
}

case $action in
start)
    make_directory
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
standby)
    make_directory
    as_user "$bin/pg_basebackup" -h "$1" -U crex -D "$data" -X stream -c fast -R
    echo "unix_socket_directories = '$directory'" >>"$data/postgresql.conf"
    start
    ;;
promote)
    as_user "$bin/pg_ctl" -D "$data" -w promote >/dev/null </dev/null
    ;;
kill)
    kill_all
    ;;
restart)
    kill_all
    start_again
    ;;
stop)
    # One that was killed has left shared memory, which it removes when it starts again.
    if [ -e "$data/postmaster.pid" ]; then
        as_user "$bin/pg_ctl" -D "$data" status >/dev/null || start_again || true
        as_user "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null </dev/null || true
    fi
    rm -rf "$directory"
    ;;
esac
