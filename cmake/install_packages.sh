#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Installs those of the Debian packages named that are missing:
#
#     sh cmake/install_packages.sh g++ cmake libboost-dev
#
# When all of them are there it says nothing and needs neither root nor the network. When some are
# missing and it cannot install them, it says what to do and fails.
set -eu

has_header() { printf '#include <%s>\n' "$1" | c++ -E -x c++ - >/dev/null 2>&1; }

# On a system without Debian's packages: is what the package is for there? What we cannot tell, the
# build will.
has_content() {
    case $1 in
    g++) command -v c++ ;;
    cmake | git | python3 | shellcheck) command -v "$1" ;;
    ninja-build) command -v ninja || command -v ninja-build ;;
    libboost-dev) has_header boost/interprocess/detail/workaround.hpp ;;
    libboost-program-options-dev) has_header boost/program_options.hpp ;;
    libboost-test-dev) has_header boost/test/unit_test.hpp ;;
    libssl-dev) has_header openssl/evp.h ;;
    libncurses-dev) has_header curses.h ;;
    nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
    *) true ;;
    esac >/dev/null 2>&1
}

is_there() {
    if [ "$debian" = yes ]; then
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

explain() {
    echo "Missing: $*" >&2
    echo "Please install that as root, and try again:" >&2
    if [ "$debian" = yes ]; then
        echo "    apt-get update && apt-get install $*" >&2
    elif command -v dnf >/dev/null; then
        echo "    dnf install $(translated_all dnf "$@")" >&2
    elif command -v pacman >/dev/null; then
        echo "    pacman -S $(translated_all pacman "$@")" >&2
    else
        echo "    (what Debian's packages of these names contain)" >&2
    fi
    exit 1
}

install() {
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif command -v sudo >/dev/null; then
        sudo=sudo
    else
        explain "$@"
    fi
    echo "Installing $*" >&2
    $sudo apt-get update -qq >&2 || echo "apt-get update has failed; trying all the same" >&2
    $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2 || explain "$@"
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
    # Package names have no spaces in them.
    # shellcheck disable=SC2086
    if [ "$debian" = yes ]; then install $missing; else explain $missing; fi
fi
