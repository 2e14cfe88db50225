# shellcheck shell=sh
# SPDX-License-Identifier: BSL-1.0
#
# What the rows of the platform table share. Each row is a script in this directory, which tests one
# compiler, library, processor or kernel. A row reads this file, and prints in its last line what has
# been tested; it ends with status 77 after a line "[skipped] REASON" where that is not possible.
#
# Files that a row downloads and builds are in build/platforms, or $CREX_PLATFORMS.
: "${row:?}"
# shellcheck disable=SC2154 # a row sets it
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=${CREX_PLATFORMS:-$root/build/platforms}
build=$work/$row
log=$work/$row.log
mkdir -p "$build"
: >"$log"

skip() {
    echo "[skipped] $*"
    exit 77
}

# logged COMMAND...: shows the end of its output only when it fails, and then ends the row.
logged() {
    "$@" >>"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        echo "failed: $* (all of the output: $log)" >&2
        exit 1
    }
}

# A row that needs another Debian says so.
need_debian() {
    [ "$(. /etc/os-release && echo "$VERSION_CODENAME")" = "$1" ] ||
        skip "the packages are those of Debian's $1"
}

install() {
    sh "$root/cmake/install_packages.sh" "$@" >>"$log" 2>&1 || skip "cannot be installed here: $*"
}

# fetch SUITE ARCHITECTURE PACKAGE...: downloads Debian packages of any architecture and unpacks them
# in $fetched, without installing them, and without root.
fetch() {
    suite=$1 architecture=$2
    shift 2
    fetched=$work/packages/$suite-$architecture-$(echo "$*" | cksum | cut -d ' ' -f 1)
    [ ! -e "$fetched/complete" ] || return 0
    apt=$work/packages/apt-$suite-$architecture
    mkdir -p "$fetched/archives" "$apt/state/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $suite main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<EOF
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Architectures "$architecture";
APT::Architecture "$architecture";
APT::Sandbox::User "root";
EOF
    (
        cd "$fetched/archives"
        export APT_CONFIG="$apt/apt.conf"
        { apt-get update && apt-get download "$@"; } >>"$log" 2>&1
    ) || skip "cannot be downloaded from Debian's $suite for $architecture: $*"
    for package in "$fetched"/archives/*.deb; do
        logged dpkg-deb --extract "$package" "$fetched"
    done
    touch "$fetched/complete"
}

# build TARGETS OPTION...: configures with these options of CMake and builds the targets (a list of
# words), unoptimised.
build() {
    targets=$1
    shift
    logged cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_C_FLAGS_DEBUG=-O0 -DBUILD_SHARED_LIBS=OFF \
        -DCREX_BUILD_COMMAND=OFF -DCREX_BUILD_DEMOS=OFF -DCREX_BUILD_BENCHMARKS=OFF \
        -DCREX_BUILD_PYTHON=OFF -DCREX_POSTGRES=OFF -DCREX_INSTALL=OFF "$@"
    # shellcheck disable=SC2086 # a list of words
    logged cmake --build "$build" --target $targets
}

# Builds the contract suites, with these options of CMake.
build_contracts() { build 'crex crex-c crex-mqueue contract_tests' "$@"; }

# Runs them, and sets $counted to the number of cases.
run_contracts() { run_tests -R '_contract\.'; }

# run_tests OPTION OF CTEST...: sets $counted to what CTest counted.
run_tests() {
    logged ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel 4 "$@"
    counted=$(sed -n 's/^100% tests passed, 0 tests failed out of \([0-9]*\)$/\1/p' "$log" | tail -n 1)
    counted="$counted cases"
}

# converse LIBRARY COMPILER OPTION...: two processes, linked with the library, use every object.
converse() {
    library=$1
    shift
    logged "$@" -std=c++20 -I"$root/lib/include" "$here/conversation.cpp" "$library" -pthread -lrt \
        -o "$build/conversation"
    name=/crex-platforms-$$-$row
    # shellcheck disable=SC2086 # none or some words
    logged ${emulator-} "$build/conversation" "$name" "${conversation-$build/conversation}"
}
