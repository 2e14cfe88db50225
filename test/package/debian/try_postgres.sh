#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# try_postgres.sh DIRECTORY: runs many_machines and many_machines_turn of that directory, and the
# command, with a PostgreSQL server of its own. Must be run by root, and needs Debian's postgresql.
set -eu
programs=$(cd "$1" && pwd)
control=$(CDPATH='' cd -- "$(dirname -- "$0")/../../postgres" && pwd)/server.sh
cd / # where the server's user may be, too

for tools in /usr/lib/postgresql/*/bin; do :; done
server=/tmp/crex-pg-$$
trap 'sh "$control" stop "$server" "$tools"' EXIT
sh "$control" start "$server" "$tools"
printf '[jobs]\nhost=%s\nuser=crex\ndbname=postgres\n' "$server" >"$server/services"
export PGSERVICEFILE="$server/services"

expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: \"$2\" instead of \"$3\"" >&2
        exit 1
    fi
}

crex postgres init --service jobs
"$programs/many_machines" 'a job'
expect 'crex mq recv' "$(crex mq recv /jobs --at service=jobs)" 'a job'
expect many_machines_turn "$("$programs/many_machines_turn" </dev/null)" \
    'Here, with token 1. Press Enter to end.'
crex ls --at service=jobs | grep -q /nightly
echo "PostgreSQL keeps a queue and a semaphore for programs and for the command"
