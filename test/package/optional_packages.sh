#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# optional_packages.sh [--short]: configures and builds crex without each package that is optional, and
# without all of them at once, in a temporary directory. CMake must report the missing parts in exactly
# these lines, and everything else must build. Installs the packages first.
#
#   --short  builds it only without all of them, and configures it without each
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $* in
'') builds=all ;;
--short) builds=last ;;
*)
    echo "Usage: sh test/package/optional_packages.sh [--short]" >&2
    exit 2
    ;;
esac
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
log=$build/optional_packages.log

# configure OPTION...: uses a new cache. Compiled files stay.
configure() {
    mkdir -p "$build"
    cmake --fresh -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -Werror=dev "$@" \
        >"$log" 2>&1
}

without() { for package; do echo "-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"; done; }

said() { sed -n 's/^-- Not built: //p' "$log" | sort; }

# check TARGET LINES OPTION...: crex is configured with the options and prints LINES; TARGET builds, if
# it is built.
check() {
    target=$1 expected=$2
    shift 2
    configure "$@" || return 1
    [ "$(said)" = "$(printf '%s' "$expected" | sort)" ] || return 1
    [ $builds = all ] || return 0
    cmake --build "$build" --target "$target" >>"$log" 2>&1
}

failed=no
report() { printf '%-44s %s\n' "$1" "$2"; }
# expect NAME TARGET LINES OPTION...
expect() {
    name=$1
    shift
    if check "$@"; then
        report "$name" ok
    else
        report "$name" FAILED
        cat "$log"
        failed=yes
    fi
}
# refuse NAME COMMAND...: the command must fail.
refuse() {
    name=$1
    shift
    if "$@"; then
        report "$name" "FAILED: nothing was noticed"
        failed=yes
    else
        report "$name" ok
    fi
}

no_command='the command crex'
no_demos='the demo programs'
no_listen='the option --listen of crex metrics (not found: Boost_beast)'
no_zeromq='ZeroMQ in the benchmarks (not found: libzmq)'
no_nng='nng in the benchmarks (not found: nng)'
python_users='the Python package (not found: Python3)
the tests of the C interface'\''s symbols (not found: Python3)
the tests of README and of what a test run leaves behind (not found: Python3)
the tests that share objects with Python (not found: Python3)'
asio_users='the example with Boost.Asio (not found: Boost_asio, Boost_asio_coroutines)
the tests of Boost.Asio (not found: Boost_asio, Boost_asio_coroutines)'
options_users="$no_command (not found: Boost_PROGRAM_OPTIONS)
$no_demos (not found: Boost_PROGRAM_OPTIONS)
the benchmarks (not found: Boost_PROGRAM_OPTIONS)"
no_postgres='crex::postgres (not found: PostgreSQL)'
all_users="$no_postgres
$no_command (not found: Boost_PROGRAM_OPTIONS, nlohmann_json, Curses)
the Python package (not found: Python3)
$no_demos (not found: Boost_PROGRAM_OPTIONS, OpenSSL)
the benchmarks (not found: Boost_PROGRAM_OPTIONS)
the example with Boost.Asio (not found: Boost_asio, Boost_asio_coroutines)
the tests (not found: Boost_UNIT_TEST_FRAMEWORK)"

sh "$root/cmake/install_packages.sh" g++ cmake ninja-build libboost-dev libboost-test-dev \
    libboost-program-options-dev libzmq3-dev libnng-dev libncurses-dev libpq-dev libssl-dev \
    nlohmann-json3-dev postgresql python3 python3-dev

expect 'nothing is missing' crex ''
expect 'without ZeroMQ and nng' crex_bench "$no_zeromq
$no_nng" -DCREX_ZMQ_LIBRARY= "$(without nng)"
expect 'without ncurses' crex "$no_command (not found: Curses)" "$(without Curses)"
expect 'without nlohmann-json' crex "$no_command (not found: nlohmann_json)" \
    "$(without nlohmann_json)"
expect 'without OpenSSL' crex "$no_demos (not found: OpenSSL)" "$(without OpenSSL)"
expect 'without Boost.Asio' crex "$asio_users" -DCREX_BOOST_ASIO_HPP=
expect 'without Boost.Beast' crex_command "$no_listen" -DCREX_BOOST_BEAST_HPP=
expect 'without Boost.Program_options' crex "$options_users" "$(without boost_program_options)"
expect 'without Boost.Test' crex 'the tests (not found: Boost_UNIT_TEST_FRAMEWORK)' \
    "$(without boost_unit_test_framework)"
expect 'without Python' crex "$python_users" "$(without Python3)"
expect 'without libpq' crex "$no_postgres
a server in the benchmarks (not found: crex::postgres)" "$(without PostgreSQL)"
expect 'without a PostgreSQL server' crex 'the tests of crex::postgres (not found: initdb)' \
    -DCREX_INITDB=
expect 'the command alone' crex_command '' "$(without OpenSSL)" -DCREX_BUILD_DEMOS=OFF \
    -DCREX_BUILD_BENCHMARKS=OFF -DCREX_BUILD_TESTS=OFF -DCREX_BUILD_MQUEUE=OFF
builds=all
# One word each.
# shellcheck disable=SC2046
expect 'without all of them' all "$all_users" -DCREX_BOOST_ASIO_HPP= \
    $(without Curses nlohmann_json OpenSSL PostgreSQL Python3 boost_program_options \
        boost_unit_test_framework)

refuse 'control: Boost.Interprocess is missing' configure "$(without Boost)"
refuse 'control: Threads are missing' configure "$(without Threads)"
refuse 'control: a line is not said' check crex 'the library' "$(without nng)"
refuse 'control: a line is not expected' check crex '' "$(without nng)"
refuse 'control: a target is not there' check crex_command "$no_command (not found: Curses)" \
    "$(without Curses)"
[ "$failed" = no ]
