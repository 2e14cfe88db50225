#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/bare/bare.sh bookworm|trixie|noble [--root OPTIONS] [--user OPTIONS] [--root-only]
#                       [--two-machines]
#
# Tries README's two commands on a bare Debian 12, Debian 13 or Ubuntu 24.04: a root file system that
# holds nothing but the distribution's minimal packages and git, and a clone of this tree's last
# commit. It must be run by root, and takes about half an hour on two processors.
#
#   --root OPTIONS  with these options of test.sh (words without blanks) root runs the tests; "none" for
#                   the demo alone
#   --user OPTIONS  as --root, for the ordinary user
#   --root-only     the ordinary user tries nothing
#   --two-machines  both run the demo of two machines, too
#
# Without --root, they do that in any case, and root installs crex as README says.
#
# Root has a path with a blank, umask 077, no HOME, no LANG and no terminal, starts from another
# directory, and runs the demo twice. The ordinary user has no sudo at first and a source tree that
# only root may write (on bookworm; elsewhere one of the user's own): each command then must say what
# to install, and work once root has done so.
#
# Between runs, $CREX_BARE_CACHE (/var/cache/crex-bare) keeps the distribution's packages and nothing
# else.
set -eu
tree=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

usage() {
    echo "Usage: sh test/bare/bare.sh bookworm|trixie|noble [--root OPTIONS] [--user OPTIONS] [--root-only] [--two-machines]" >&2
    exit 2
}

suite=${1-}
case $suite in
bookworm | trixie | noble) ;;
*) usage ;;
esac
if [ "$(id -u)" != 0 ]; then
    echo "bare.sh: only root can make and enter a root file system" >&2
    exit 1
fi
# In a mount namespace of its own, so that nothing stays mounted however this ends.
if [ -z "${CREX_BARE_NAMESPACE-}" ]; then
    CREX_BARE_NAMESPACE=1 exec unshare --mount -- sh "$0" "$@"
fi
shift

root_tests=
user_tests=
root_only=
two_machines=
while [ $# -gt 0 ]; do
    case $#,$1 in
    *,--root-only)
        root_only=yes
        shift
        continue
        ;;
    *,--two-machines)
        two_machines=yes
        shift
        continue
        ;;
    1,*) usage ;;
    *,--root) root_tests=$2 ;;
    *,--user) user_tests=$2 ;;
    *) usage ;;
    esac
    shift 2
done

[ -n "$root_tests" ] || two_machines=yes

# shellcheck source=test/bare/roots.sh
. "$tree/test/bare/roots.sh"

# Runs, as root, the command that the last output names for it.
install_as_told() {
    line=$(grep -m 1 '^    apt-get update && apt-get install' "$work/output") || {
        echo "The output names no command that installs what is missing." >&2
        exit 1
    }
    as root sh -c "yes | { $line; }" >"$work/apt.log" 2>&1 ||
        { tail "$work/apt.log" >&2 && exit 1; }
}

echo "$suite: commit $(git -c safe.directory="$tree" -C "$tree" rev-parse --short HEAD)"
make_pristine

enter_new of-root
clone_to "/root/my projects/crex"
crex='/root/my projects/crex'
try 0 root demo.sh sh -c "umask 077; exec sh '$crex/cmake/demo.sh'"
try 0 root "demo.sh, again" sh -c "umask 077; exec sh '$crex/cmake/demo.sh'"
[ -z "$two_machines" ] ||
    try 0 root "demo.sh --two-machines" sh -c "umask 077; exec sh '$crex/cmake/demo.sh' --two-machines"
if [ "$root_tests" != none ]; then
    try 0 root test.sh sh -c "umask 077; exec sh '$crex/cmake/test.sh' $root_tests"
fi
if [ -z "$root_tests" ]; then
    try 0 root "README's installation" sh -c "cd '$crex' &&
        cmake --workflow --preset install && cmake --install build/install && crex --version"
fi

if [ -n "$root_only" ]; then
    echo "$suite: everything ended as it must, for root"
    exit
fi
enter_new of-user
as root useradd --create-home newcomer
if [ "$suite" = bookworm ]; then
    crex='/srv/our projects/crex'
    clone_to "$crex"
else
    crex='/home/newcomer/my projects/crex'
    clone_to "$crex"
    as root chown -R newcomer: /home/newcomer
fi
try 1 newcomer "demo.sh without sudo" sh "$crex/cmake/demo.sh"
install_as_told
try 0 newcomer demo.sh HOME=/home/newcomer sh "$crex/cmake/demo.sh"
if [ -n "$two_machines" ]; then
    try 1 newcomer "demo.sh --two-machines without sudo" sh "$crex/cmake/demo.sh" --two-machines
    install_as_told
    try 0 newcomer "demo.sh --two-machines" HOME=/home/newcomer sh "$crex/cmake/demo.sh" --two-machines
fi
try 1 newcomer "test.sh without sudo" sh "$crex/cmake/test.sh"
if [ "$user_tests" != none ]; then
    as root apt-get install -y -qq sudo >"$work/apt.log" 2>&1
    echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/newcomer"
    # shellcheck disable=SC2086 # a list of words
    try 0 newcomer "test.sh with sudo" HOME=/home/newcomer sh "$crex/cmake/test.sh" $user_tests
fi
echo "$suite: everything ended as it must"
