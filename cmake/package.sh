#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/package.sh [DIRECTORY]
#
# Makes the source tarball and, from it, Debian's packages of crex, for the system on which it runs.
# They go to DIRECTORY, or build/packages: crex_VERSION.orig.tar.gz, which builds without git, the
# source package, and the packages libcrex0.1, libcrex-c0, libcrex-mqueue0, libcrex-postgres0.1,
# libcrex-dev, crex and python3-crex. Installs what building them needs. Takes five minutes on two
# processors.
#
# In a clone, the tarball has the last commit; elsewhere it has the tree as it is, without build.
# The same source shall make the same bytes, wherever and whenever it is built with the same packages;
# test/package/debian/debian.sh compares two builds.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"

case $#:${1-} in
0:) output=$root/build/packages ;;
1:--help | 1:-h) show_help "$0" && exit 0 ;;
1:-*)
    echo "Usage: sh cmake/package.sh [DIRECTORY]" >&2
    exit 2
    ;;
1:*) output=$1 ;;
*)
    echo "Usage: sh cmake/package.sh [DIRECTORY]" >&2
    exit 2
    ;;
esac

# The version is written in version.hpp. The changelog of the packages must agree.
version=$(sed -n 's/^inline constexpr std::string_view version = "\(.*\)";/\1/p' \
    "$root/lib/include/crex/version.hpp")
changelog=$root/cmake/packaging/debian/changelog
debian_version=$(sed -n '1s/^crex (\(.*\)) .*/\1/p' "$changelog")
if [ "${debian_version%-*}" != "$version" ]; then
    echo "package.sh: version.hpp says $version, but $changelog $debian_version" >&2
    exit 1
fi

sh "$root/cmake/install_packages.sh" build-essential debhelper dh-python cmake ninja-build \
    libboost-dev libboost-program-options-dev libncurses-dev libpq-dev nlohmann-json3-dev python3 \
    python3-dev

mkdir -p "$output"
output=$(cd "$output" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/crex-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
tarball=$work/crex_$version.orig.tar.gz

git_here() { git -c safe.directory="$root" -c safe.directory="$root/.git" -C "$root" "$@"; }

if [ -e "$root/.git" ]; then
    sh "$root/cmake/install_packages.sh" git
    [ -z "$(git_here status --porcelain)" ] ||
        echo "package.sh: what is not committed is left out" >&2
    git_here archive --format=tar --prefix="crex-$version/" HEAD >"$work/source.tar"
else
    date=$(dpkg-parsechangelog -l "$changelog" -S Timestamp)
    tar -C "$root" -c --sort=name --mtime="@$date" --owner=0 --group=0 --numeric-owner \
        --mode=u+rw,go=rX --exclude=./build --exclude=./.cache \
        --transform="s,^\.,crex-$version," . >"$work/source.tar"
fi
gzip -9n <"$work/source.tar" >"$tarball"
rm "$work/source.tar"

# The directory's name tells no version, so that a compiler cache serves all of them.
mkdir "$work/crex"
tar -C "$work/crex" -xzf "$tarball" --strip-components=1
cp -R "$root/cmake/packaging/debian" "$work/crex/debian"
log=$output/build.log
echo "Building crex $debian_version (log: $log)"
if ! (cd "$work/crex" && dpkg-buildpackage -us -uc) >"$log" 2>&1; then
    echo "The build has failed. The end of $log:" >&2
    tail -n 60 "$log" >&2
    exit 1
fi
find "$work" -maxdepth 1 -type f -exec cp {} "$output" \;
cd "$output"
ls -l -- *"_$debian_version"* *"_$version".orig.tar.gz
