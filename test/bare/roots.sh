# shellcheck shell=sh
# SPDX-License-Identifier: BSL-1.0
#
# Minimal root file systems of Debian and Ubuntu, for tests. A script sets $tree, the source tree, and
# $suite, bookworm, trixie or noble, enters a mount namespace of its own, so that nothing stays mounted
# however it ends, and then reads this file. Only root can do that.
: "${tree:?}" "${suite:?}"

sh "$tree/cmake/install_packages.sh" debootstrap git >&2
work=$(mktemp -d /var/tmp/crex-bare.XXXXXX)
cache=${CREX_BARE_CACHE:-/var/cache/crex-bare}/$suite
mkdir -p "$cache/bootstrap" "$cache/apt"
rm -f "$cache/apt/lock"
trap 'finish' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

finish() {
    umount --recursive --lazy "$work"/of-* 2>/dev/null || true
    keep_packages
    rm -rf --one-file-system "$work"
}

# Each appears in the cache as a whole.
keep_packages() {
    for package in "$work"/packages-of-*/*.deb; do
        name=$(basename "$package")
        if [ -f "$package" ] && [ ! -e "$cache/apt/$name" ]; then
            mv "$package" "$cache/apt/.$name.$$" && mv "$cache/apt/.$name.$$" "$cache/apt/$name"
        fi
    done
}

# The minimal root file system, unmodified.
make_pristine() {
    pristine=$work/pristine
    cp -r /usr/share/debootstrap "$work/debootstrap"
    # An older debootstrap does not know a newer Ubuntu, whose script is that of all Ubuntus.
    [ -e "$work/debootstrap/scripts/$suite" ] ||
        ln -s gutsy "$work/debootstrap/scripts/$suite"
    signatures=
    if [ "$suite" = noble ] && [ ! -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ]; then
        signatures=--no-check-gpg # Debian 12 has no package with that key; apt checks the rest
    fi
    DEBOOTSTRAP_DIR=$work/debootstrap debootstrap $signatures --variant=minbase \
        --cache-dir="$cache/bootstrap" --include=git,ca-certificates "$suite" "$pristine" \
        >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2 && exit 1; }
    case $suite in
    noble) sed -i 's/ main$/ main universe/' "$pristine/etc/apt/sources.list" ;;
    esac
}

# enter_new NAME: $root becomes a copy of the minimal root file system, with a kernel's directories.
enter_new() {
    root=$work/$1
    mkdir -p "$root" "$work/changes-of-$1" "$work/scratch-of-$1"
    mount -t overlay overlay "$root" \
        -o "lowerdir=$pristine,upperdir=$work/changes-of-$1,workdir=$work/scratch-of-$1"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin"
    ln -s fd/1 "$root/dev/stdout"
    ln -s fd/2 "$root/dev/stderr"
    mkdir "$root/dev/shm" "$root/dev/mqueue" "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t mqueue mqueue "$root/dev/mqueue"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    # New packages go into the cache at the end: another run may be using it, and apt locks it.
    mkdir -p "$work/packages-$1" "$work/scratch-of-packages-$1"
    mount -t overlay overlay "$root/var/cache/apt/archives" \
        -o "lowerdir=$cache/apt,upperdir=$work/packages-$1,workdir=$work/scratch-of-packages-$1"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # No package starts a server here, which would outlive this run.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
}

# clone_to DIRECTORY: puts the last commit there, inside $root.
clone_to() {
    mkdir -p "$root$1"
    git -c safe.directory="$tree/.git" clone --quiet --no-hardlinks "file://$tree" "$root$1"
}

# as USER COMMAND...: runs it with $root as the root file system, without a terminal and with next to
# no environment. Not with chroot(8), inside which no process may make a user namespace.
as() {
    user=$1
    shift
    # shellcheck disable=SC2016 # for the shell inside
    setsid --wait unshare --mount sh -c '
        root=$1 user=$2
        shift 2
        cd "$root"
        pivot_root . mnt
        cd /
        umount --lazy /mnt
        exec setpriv --reuid "$user" --regid "$user" --init-groups /usr/bin/env -i \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' sh "$root" "$user" "$@" </dev/null
}

# try STATUS USER TITLE COMMAND...: runs the command, and prints its status, its seconds and its last
# screen. It must end with this status. The output is left in $work/output.
try() {
    expected=$1
    who=$2
    title="$suite, $2: $3"
    shift 3
    began=$(date +%s)
    status=0
    as "$who" "$@" >"$work/output" 2>&1 || status=$?
    echo "== $title: exit $status, $(($(date +%s) - began)) s"
    tail -n 16 "$work/output" | sed 's/^/   | /'
    if [ "$status" != "$expected" ]; then
        echo "== $title: the exit status should be $expected. All of the output:" >&2
        cat "$work/output" >&2
        exit 1
    fi
}
