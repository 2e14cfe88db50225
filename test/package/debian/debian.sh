#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/package/debian/debian.sh bookworm|trixie|noble [--packages DIRECTORY]
#
# Makes the packages of this tree's last commit on a minimal Debian 12, Debian 13 or Ubuntu 24.04, as
# cmake/package.sh does, twice: the bytes must be the same. lintian must have nothing to say. Then
# installs them on another one, over packages of version 0.0.9 that are made in the same way, and uses
# them as README says: programs are built with find_package and pkg-config, shared and static; the
# command, a man page and a completion are there; Python imports the package; the drop-in serves a
# program unmodified; PostgreSQL keeps a queue. At last the packages are purged, and must leave no file.
#
# With --packages, the packages that it makes stay in DIRECTORY, those of version 0.0.9 in
# DIRECTORY/older. If DIRECTORY has packages, made on such a system, it makes none and tries those.
#
# Must be run by root. Takes half an hour on two processors, without making packages three minutes.
set -eu
tree=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd)

suite=${1-}
made=
case $#$suite${2-} in
1bookworm | 1trixie | 1noble) ;;
3bookworm--packages | 3trixie--packages | 3noble--packages)
    mkdir -p "$3/older"
    made=$(cd "$3" && pwd)
    ;;
*)
    echo "Usage: sh test/package/debian/debian.sh bookworm|trixie|noble [--packages DIRECTORY]" >&2
    exit 2
    ;;
esac
if [ "$(id -u)" != 0 ]; then
    echo "debian.sh: only root can make and enter a root file system" >&2
    exit 1
fi
# In a mount namespace of its own, so that nothing stays mounted however this ends.
if [ -z "${CREX_BARE_NAMESPACE-}" ]; then
    CREX_BARE_NAMESPACE=1 exec unshare --mount -- sh "$0" "$@"
fi
# shellcheck source=test/bare/roots.sh
. "$tree/test/bare/roots.sh"

crex=/srv/crex

# in_root TITLE COMMAND: runs the shell command as root; it must succeed.
in_root() {
    title=$1
    shift
    try 0 root "$title" PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-}" sh -euc "$1"
}

# The files of the root file system that packages have put there.
files() {
    as root find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /srv -o -path /tmp \
        -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log \
        \) -prune -o -print | sort
}

# Version 0.0.9: this tree, with another version number, which also names another library.
make_older_tree() {
    # shellcheck disable=SC2016 # for the shell inside
    as root sh -euc '
        cp -R /srv/crex /srv/older
        cd /srv/older
        rm -rf .git build
        sed -i "s/VERSION_MINOR 1/VERSION_MINOR 0/; s/VERSION_PATCH 0/VERSION_PATCH 9/; s/\"0\.1\.0\"/\"0.0.9\"/" \
            lib/include/crex/version.hpp
        cd cmake/packaging/debian
        sed -i "s/libcrex0\.1/libcrex0.0/g; s/libcrex-postgres0\.1/libcrex-postgres0.0/g
            /DISABLE_PRECOMPILE_HEADERS/d" control rules
        sed -i "s/0\.1\.0/0.0.9/g" changelog libcrex-c0.symbols
        for file in libcrex0.1.* libcrex-postgres0.1.*; do
            mv "$file" "$(echo "$file" | sed "s/0\.1\./0.0./")"
        done
    '
}

# enter NAME: a minimal root file system, in which dpkg does not wait for the disk.
enter() {
    enter_new "$1"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

echo "$suite: commit $(git -c safe.directory="$tree" -C "$tree" rev-parse --short HEAD)"
make_pristine

# Makes the packages in $made, and those of version 0.0.9 in $made/older.
make_packages() {
    enter of-packages
    clone_to $crex
    in_root "package.sh" "sh $crex/cmake/package.sh /srv/packages"
    in_root "package.sh again, from its tarball and without git" "
        mkdir /srv/again
        tar -C /srv/again -xzf /srv/packages/crex_*.orig.tar.gz
        sh /srv/again/crex-*/cmake/package.sh /srv/packages-again"
    # shellcheck disable=SC2016 # for the shell inside
    in_root "the packages are the same bytes" '
        cd /srv/packages
        for package in *.deb; do
            cmp "$package" "/srv/packages-again/$package"
        done
        sha256sum *.deb'
    make_older_tree
    # Not optimised, and with precompiled headers, since it is only replaced.
    in_root "package.sh of version 0.0.9, without git" "
        DEB_BUILD_OPTIONS=noopt sh /srv/older/cmake/package.sh /srv/older-packages"
    cp "$root"/srv/packages/crex_* "$root"/srv/packages/*.deb "$made"
    cp "$root"/srv/older-packages/*.deb "$made/older"
}

if [ -z "$made" ]; then
    made=$work/made
    mkdir -p "$made/older"
fi
[ -n "$(find "$made" -name '*.deb')" ] || make_packages

# The packages are for three suites, of which the oldest does not know today's standard. Compilers cut
# texts into pieces of 16 bytes, which look like misspelt words.
enter of-lintian
mkdir "$root/srv/packages"
cp "$made"/crex_* "$made"/*.deb "$root/srv/packages"
in_root "lintian" "apt-get update -qq
    apt-get install -qq --no-install-recommends lintian >/dev/null
    lintian --allow-root --display-info --pedantic --fail-on error,warning,info,pedantic \
        --suppress-tags out-of-date-standards-version,spelling-error-in-binary /srv/packages/*.deb /srv/packages/*.dsc"

enter of-user
mkdir -p "$root/srv/new" "$root/srv/old"
cp "$made"/*.deb "$root/srv/new"
cp "$made"/older/*.deb "$root/srv/old"
rm -f "$root"/srv/*/*-dbgsym_*
clone_to $crex
in_root "what programs are built with" "apt-get update -qq &&
    apt-get install -qq --no-install-recommends g++ cmake make pkg-config python3 man-db bash zsh-common \
        postgresql"
files >"$work/before"
in_root "installing version 0.0.9" "apt-get install -qq --no-install-recommends /srv/old/*.deb
    [ \"\$(crex --version)\" = 'crex 0.0.9' ]
    g++ -std=c++20 $crex/apps/examples/shared_memory.cpp -o /srv/older-program \
        \$(pkg-config --cflags --libs crex)"
in_root "installing this version" "apt-get install -qq --no-install-recommends /srv/new/*.deb
    [ \"\$(crex --version)\" = 'crex 0.1.0' ]
    [ \"\$(dpkg-query -W -f '\${Version} ' crex libcrex-dev libcrex-c0 libcrex-mqueue0 libcrex0.1 \
        libcrex-postgres0.1 python3-crex | xargs -n 1 | sort -u)\" = 0.1.0-1 ]
    /srv/older-program 'with the library of 0.0.9'
    ls /usr/lib/*/libcrex*"
in_root "find_package, shared and static" "cd /srv
    cmake -S $crex/test/package/debian -B built -DPROGRAMS=$crex/apps/examples
    cmake --build built
    sh $crex/test/package/debian/try_programs.sh built/shared shared
    sh $crex/test/package/debian/try_programs.sh built/static static
    built/c_message_queue 'from C' && [ \"\$(built/shared/message_queue)\" = 'from C' ]"
in_root "pkg-config, shared and static" "cd /srv && mkdir -p by-pkg-config/shared by-pkg-config/static
    for program in semaphore shared_memory message_queue robust_semaphore; do
        g++ -std=c++20 $crex/apps/examples/\$program.cpp -o by-pkg-config/shared/\$program \
            \$(pkg-config --cflags --libs crex)
        g++ -std=c++20 $crex/apps/examples/\$program.cpp -o by-pkg-config/static/\$program \
            -static \$(pkg-config --static --cflags --libs crex)
    done
    for program in many_machines many_machines_turn; do
        g++ -std=c++20 $crex/apps/examples/\$program.cpp -o by-pkg-config/shared/\$program \
            \$(pkg-config --cflags --libs crex-postgres)
    done
    gcc -std=c11 $crex/apps/examples/c_message_queue.c -o by-pkg-config/c_message_queue \
        \$(pkg-config --cflags --libs crex-c)
    sh $crex/test/package/debian/try_programs.sh by-pkg-config/shared shared
    sh $crex/test/package/debian/try_programs.sh by-pkg-config/static static
    by-pkg-config/c_message_queue 'from C' && [ \"\$(by-pkg-config/shared/message_queue)\" = 'from C' ]"
in_root "the command" "crex ls -o kind,name,state
    crex gc --yes --with-content --older 0s
    crex metrics | grep -c ^crex_
    man -P cat crex-metrics | head -n 12
    bash -c '. /usr/share/bash-completion/completions/crex && complete -p crex'
    ls /usr/share/zsh/vendor-completions/_crex /usr/share/fish/vendor_completions.d/crex.fish"
in_root "Python" "cd /srv && python3 -c '
import crex
import crex.posix_ipc as posix_ipc
queue = posix_ipc.MessageQueue(None, posix_ipc.O_CREX)
queue.send(\"hi\", priority=3)
print(queue.receive(timeout=2), crex.__file__)
queue.unlink()'"
in_root "the drop-in" "cd /srv && cat >mq.c <<'END'
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
int main(void) {
    struct mq_attr size = {.mq_maxmsg = 100000, .mq_msgsize = 64};
    mqd_t queue = mq_open(\"/beyond-the-kernels-limit\", O_RDWR | O_CREAT, 0600, &size);
    if (queue == (mqd_t)-1) {
        perror(\"mq_open\");
        return 1;
    }
    return mq_unlink(\"/beyond-the-kernels-limit\");
}
END
    gcc mq.c -o mq -lrt
    LD_PRELOAD=libcrex-mqueue.so.0 ./mq
    gcc mq.c -o mq-linked -lcrex-mqueue
    ./mq-linked"
in_root "PostgreSQL" "cd /srv
    sh $crex/test/package/debian/try_postgres.sh built/shared
    sh $crex/test/package/debian/try_postgres.sh by-pkg-config/shared"
in_root "purging" "dpkg --purge \$(dpkg-query -W -f '\${Package}\n' | grep -E '^(lib|python3-)?crex')
    apt-get autoremove -qq --purge
    ! dpkg-query -W -f '\${Package} \${Status}\n' | grep crex"
files >"$work/after"
if ! diff "$work/before" "$work/after"; then
    echo "$suite: the packages have left these files, or taken them away" >&2
    exit 1
fi
echo "$suite: the packages are made, used, upgraded and purged as they must be"
