#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/musl.sh: musl, for which Debian has no C++ library, so nothing can be linked. The C
# interface and programs that use it are compiled with musl-gcc. The library's sources are compiled, not
# linked, with musl's headers and libc++'s: those that need glibc must be the ones that musl.txt lists.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
row=musl
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

[ "$(uname -m)" = x86_64 ] || skip "the headers' directory is that of x86-64"
version=19
install musl-tools libboost-dev "clang-$version" "libc++-$version-dev"

count=0
for source in "$root"/test/c/*.c; do
    logged musl-gcc -std=gnu11 -Wall -Wextra -I"$root/lib/include" -I"$root/test" -fsyntax-only "$source"
    count=$((count + 1))
done

# The headers of Boost alone: the others of /usr/include are glibc's.
mkdir -p "$build/boost"
ln -sfn /usr/include/boost "$build/boost/boost"
mkdir -p "$build/linux"
for headers in linux asm-generic; do ln -sfn "/usr/include/$headers" "$build/linux/$headers"; done
ln -sfn /usr/include/x86_64-linux-gnu/asm "$build/linux/asm"

set -- "clang++-$version" -std=c++20 -fsyntax-only -nostdinc -D_LIBCPP_HAS_MUSL_LIBC \
    -fexperimental-library -isystem "/usr/lib/llvm-$version/include/c++/v1" \
    -isystem "/usr/lib/llvm-$version/lib/clang/$version/include" \
    -isystem /usr/include/x86_64-linux-musl -isystem "$build/boost" -isystem "$build/linux" \
    -I"$root/lib/include" -I"$root/lib/src"

cd "$root"
# Prints the sources that do not compile.
# shellcheck disable=SC2016 # for the shell inside
git ls-files 'lib/src/*.cpp' |
    grep -v -e lib/src/mqueue/ -e lib/src/postgres/ -e lib/src/python/ |
    xargs -P "$(nproc)" -I SOURCE sh -c '"$@" || echo SOURCE' sh "$@" SOURCE 2>>"$log" |
    LC_ALL=C sort >"$build/need_glibc"
if ! diff "$here/musl.txt" "$build/need_glibc" >&2; then
    echo "other sources need glibc than musl.txt says (see $log)" >&2
    exit 1
fi
echo "nothing can be linked; $count C programs compile; $(wc -l <"$here/musl.txt") sources of the library need glibc"
