#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Installs those of the Debian packages named that are missing:
#
#     sh cmake/install_packages.sh g++ cmake libboost-dev
#
# When all of them are there, it prints nothing and needs neither root nor the network. When some are
# missing and cannot be installed, it prints what to do and fails. What apt prints is shown only when
# it fails.
set -eu

has_header() { printf '#include <%s>\n' "$1" | c++ -E -x c++ - >/dev/null 2>&1; }

# The command that the package is for, where it is for one.
has_command() {
    case $1 in
    g++) command -v c++ ;;
    cmake | git | python3 | shellcheck | clang-format | clang-tidy) command -v "$1" ;;
    ninja-build) command -v ninja || command -v ninja-build ;;
    *) false ;;
    esac >/dev/null 2>&1
}

# On a system without Debian's packages: is the content of the package there? Where this script
# cannot tell, the build will.
has_content() {
    case $1 in
    libboost-dev) has_header boost/interprocess/detail/workaround.hpp ;;
    libboost-program-options-dev) has_header boost/program_options.hpp ;;
    libboost-test-dev) has_header boost/test/unit_test.hpp ;;
    libssl-dev) has_header openssl/evp.h ;;
    libncurses-dev) has_header curses.h ;;
    nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
    libpq-dev) has_header libpq-fe.h ;;
    g++ | cmake | git | python3 | ninja-build) false ;;
    *) true ;;
    esac
}

is_there() {
    if has_command "$1"; then
        return 0
    elif [ "$debian" = yes ]; then
        dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q 'install ok installed'
    else
        has_content "$1"
    fi
}

# What other distributions call it.
translated() {
    case $1:$2 in
    *:g++) [ "$1" = pacman ] && echo gcc || echo gcc-c++ ;;
    pacman:ninja-build) echo ninja ;;
    pacman:libboost-*) echo boost ;;
    dnf:libboost-*) echo boost-devel ;;
    pacman:libssl-dev) echo openssl ;;
    dnf:libssl-dev) echo openssl-devel ;;
    pacman:libncurses-dev) echo ncurses ;;
    dnf:libncurses-dev) echo ncurses-devel ;;
    pacman:nlohmann-json3-dev) echo nlohmann-json ;;
    dnf:nlohmann-json3-dev) echo json-devel ;;
    pacman:libpq-dev) echo postgresql-libs ;;
    dnf:libpq-dev) echo libpq-devel ;;
    dnf:postgresql) echo postgresql-server ;;
    *) echo "$2" ;;
    esac
}

translated_all() {
    manager=$1
    shift
    for package; do
        translated "$manager" "$package"
    done | sort -u | tr '\n' ' '
}

# explain REASON PACKAGE...
explain() {
    echo "Missing packages: $(shift && echo "$*")" >&2
    echo "$1. Install them as root, then run this again:" >&2
    shift
    if [ "$debian" = yes ]; then
        echo "    apt-get update && apt-get install --no-install-recommends $*" >&2
    elif command -v dnf >/dev/null; then
        echo "    dnf install $(translated_all dnf "$@")" >&2
    elif command -v pacman >/dev/null; then
        echo "    pacman -S $(translated_all pacman "$@")" >&2
    else
        echo "    (the content of Debian's packages of these names)" >&2
    fi
    exit 1
}

install() {
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif ! command -v sudo >/dev/null; then
        explain "This user is not root, and there is no sudo" "$@"
    elif ! sudo true; then # asks for the password where the user sees it
        explain "sudo has refused" "$@"
    else
        sudo=sudo
    fi
    echo "Installing packages: $*"
    log=$(mktemp "${TMPDIR:-/tmp}/crex-packages.XXXXXX")
    # A failed update may concern another source; whether the packages can be had is seen next.
    update
    apt_get install -y --no-install-recommends "$@" >>"$log" 2>&1 || {
        finish_interrupted_installation &&
            apt_get install -y --no-install-recommends "$@" >>"$log" 2>&1
    } || show_failure "$@"
    rm -f "$log"
}

# Where the machine was switched off while it installed something, apt-get refuses to begin.
finish_interrupted_installation() {
    grep -q '^E: dpkg was interrupted' "$log" || return 1
    echo "Finishing an installation that was interrupted"
    $sudo env DEBIAN_FRONTEND=noninteractive dpkg --configure -a >>"$log" 2>&1
}

# A new machine may be installing its updates meanwhile: apt-get waits until another one has ended.
apt_get() {
    # shellcheck disable=SC2086 # none or one word
    $sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 "$@"
}

# Only the lists of packages have a lock that apt-get does not wait for.
update() {
    for second in $(seq 600); do
        apt_get update >"$log" 2>&1 || true
        grep -q '^E: Could not get lock' "$log" || return 0
        [ "$second" != 1 ] || echo "Waiting until another apt-get has ended"
        sleep 1
    done
}

show_failure() {
    tail -n 30 "$log" >&2
    rm -f "$log"
    explain "apt-get has failed (its last words are above)" "$@"
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    debian=yes
else
    debian=no
fi

missing=
for package; do
    is_there "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of words
    if [ "$debian" = yes ]; then
        install $missing
    else
        explain "This script can install Debian's packages only" $missing
    fi
fi
