# shellcheck shell=sh
# SPDX-License-Identifier: BSL-1.0
#
# demo.sh --two-machines, which reads this file: Mrs Premise and Mrs Conclusion converse on two machines,
# through a queue in PostgreSQL. For root, a machine is a network namespace: the server is on that of Mrs
# Premise, and in the middle of the conversation the other one is cut off for 3 s. For other users, and
# where there are no namespaces, both are on this machine, and the server is killed and started again 3 s
# later. It is a server of the demo's own, in a directory of its own.
: "${root:?}" "${bin:?}" "${scratch:?}" "${iterations:?}"

# converse(), of demo.sh, reads the first two and sets the others.
export on_one='' on_other=''
premise_status=
conclusion_status=

netns_one=crex-demo-$$-1
netns_two=crex-demo-$$-2
address_one=10.93.7.1
address_two=10.93.7.2
network=10.93.7.0/30
machines_made=no
server=
disturber=

# Two namespaces with a link between them; false where this user cannot make them.
make_machines() {
    [ "$(id -u)" = 0 ] || return 1
    machines_made=yes
    ip netns add "$netns_one" && ip netns add "$netns_two" &&
        ip -n "$netns_one" link add link0 type veth peer name link0 netns "$netns_two" &&
        ip -n "$netns_one" address add "$address_one/30" dev link0 &&
        ip -n "$netns_two" address add "$address_two/30" dev link0 || return 1
    for machine in "$netns_one" "$netns_two"; do
        ip -n "$machine" link set lo up && ip -n "$machine" link set link0 up || return 1
    done
    on_one="nsenter --net=/run/netns/$netns_one --"
    on_other="nsenter --net=/run/netns/$netns_two --"
}

remove_machines() {
    if [ $machines_made = yes ]; then
        ip netns delete "$netns_one" 2>/dev/null || true
        ip netns delete "$netns_two" 2>/dev/null || true
    fi
    machines_made=no
    on_one=
    on_other=
}

# PostgreSQL does not run as root, nor where it may not look.
as_postgres() (
    cd /
    if [ "$(id -u)" = 0 ]; then
        # shellcheck disable=SC2086 # two words or none
        $on_one setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
    else
        "$@"
    fi
)

# control_server start|stop [OPTION...]
control_server() {
    as_postgres "$programs/pg_ctl" -D "$server/data" -l "$server/log" -w "$@" >/dev/null </dev/null ||
        { cat "$server/log" >&2 && return 1; }
}

# The programs get a role that may use queues, and nothing else.
start_server() {
    for programs in /usr/lib/postgresql/*/bin; do :; done
    server=$(mktemp -d /tmp/crex-demo-pg.XXXXXX) # a socket's path must be short
    [ "$(id -u)" != 0 ] || chown postgres "$server"
    as_postgres "$programs/initdb" -D "$server/data" -U crex -A trust >"$scratch/initdb" 2>&1 ||
        { cat "$scratch/initdb" >&2 && return 1; }
    listen=
    host=$server
    if [ $machines_made = yes ]; then
        listen=$address_one
        host=$address_one
        echo "host all chatter $network trust" >>"$server/data/pg_hba.conf"
    fi
    printf '%s\n' "listen_addresses = '$listen'" "unix_socket_directories = '$server'" \
        >>"$server/data/postgresql.conf"
    # The link has no other users, so it needs no certificates.
    printf '[%s]\nhost=%s\nuser=%s\ndbname=postgres\nsslmode=disable\n' \
        admin "$server" crex hub "$host" chatter >"$scratch/services"
    export PGSERVICEFILE="$scratch/services"
    control_server start
    "$bin/crex" postgres init --service admin
    "$programs/psql" --quiet --command 'create role chatter login in role crex_user' service=admin
}

# demo.sh calls it at its end, whatever happens.
end_server() {
    [ -z "$disturber" ] || kill "$disturber" 2>/dev/null || true
    [ -z "$server" ] || control_server stop --mode=immediate 2>/dev/null || true
    [ -z "$server" ] || rm -rf "$server"
    server=
    remove_machines
}

# Once the conversation is under way.
disturb() {
    sleep 2
    if [ $machines_made = yes ]; then
        ip -n "$netns_two" link set link0 down
        sleep 3
        ip -n "$netns_two" link set link0 up
    else
        control_server stop --mode=immediate
        sleep 3
        control_server start
    fi
    echo yes >"$scratch/disturbed"
}

# number FILE KEY: 0 if it is not there.
number() {
    its=$(value "$@")
    echo "${its:-0}"
}

machines_row() { printf '%-36s %9s %8s %6s %6s %20s\n' "$@"; }

# talk TITLE COUNT OPTION...: a conversation in which nothing must go wrong.
talk() {
    title=$1
    count=$2
    shift 2
    echo "  $title ..."
    : >"$scratch/errors"
    converse mq_ "$@" --quiet --iterations "$count" --patience 30
    exchanged=$(number premise 'messages exchanged')
    heard=$(((exchanged + $(number conclusion 'messages exchanged')) / 2))
    corrupt=$(($(number premise 'messages corrupt') + $(number conclusion 'messages corrupt')))
    twice=$(($(number premise 'messages twice') + $(number conclusion 'messages twice')))
    rate=$(number premise 'messages per second')
    machines_row "$title" "$exchanged" $corrupt $((2 * count - heard)) $twice "$rate" \
        >>"$scratch/table"
    if [ "$premise_status$conclusion_status" != 00 ]; then
        cat "$scratch/errors" >&2
        echo "$title: premise ended with $premise_status, conclusion with $conclusion_status" >&2
        failed=yes
    fi
}

# Long enough for the disturbance to be in the middle: 6 s at the speed of the conversation before.
talk_disturbed() {
    title=$1
    shift
    count=$((3 * rate))
    disturb &
    disturber=$!
    talk "$title" $((count > iterations ? count : iterations)) "$@"
    if [ ! -e "$scratch/disturbed" ]; then
        echo "The conversation ended before it was disturbed." >&2
        failed=yes
    fi
    wait $disturber || failed=yes
    disturber=
}

# converse_on_two_machines OPTION...
converse_on_two_machines() {
    sh "$root/cmake/install_packages.sh" g++ cmake ninja-build libboost-dev \
        libboost-program-options-dev libssl-dev libpq-dev libncurses-dev nlohmann-json3-dev \
        postgresql iproute2
    # shellcheck disable=SC2034 # build() reads it
    options_of_new_tree='-DCREX_BUILD_TESTS=OFF -DCREX_BUILD_MQUEUE=OFF -DCREX_BUILD_PYTHON=OFF
                         -DCREX_BUILD_BENCHMARKS=OFF -DCREX_INSTALL=OFF'
    build "mq_premise mq_conclusion cleanup crex_command" 4 -DCREX_BUILD_DEMOS=ON \
        -DCREX_BUILD_COMMAND=ON -DCREX_POSTGRES=ON
    failed=no
    echo
    echo "Two processes converse; each answers with the MD5 digest of what it has read:"
    talk "a queue of this machine" "$((iterations * 20))" "$@" --queue-backend-name robust
    if make_machines 2>/dev/null; then
        where="two machines"
        disturbance="link cut for 3 s"
    else
        remove_machines
        echo "  (Only root can make two machines: the two are on one, and the server is killed.)"
        where="a queue in PostgreSQL"
        disturbance="server killed"
    fi
    start_server
    talk "$where" "$iterations" "$@" --at service=hub
    talk_disturbed "$where, $disturbance" "$@" --at service=hub
    echo
    machines_row conversation messages corrupt lost twice "messages per second"
    cat "$scratch/table"
    echo
    if [ "$failed" != no ]; then
        echo "A conversation that should have worked has failed (see above)." >&2
        return 1
    fi
    echo "Neither program was changed, nor knows of the server, but for --at service=hub."
    echo "Next: lib/doc/many_machines.md says how to set that up."
}
