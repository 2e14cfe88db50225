#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# try_programs.sh DIRECTORY shared|static: runs the four first programs, which must behave as
# lib/doc/first_programs.md says, and be linked to that kind of library.
set -eu
cd "$1"
kind=$2

expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: \"$2\" instead of \"$3\"" >&2
        exit 1
    fi
}

for program in semaphore shared_memory message_queue robust_semaphore; do
    needed=$(LC_ALL=C readelf -d "$program" | grep -c 'NEEDED.*libcrex\.so' || true)
    [ "$kind" = shared ] && expected=1 || expected=0
    expect "libraries of $program" "$needed" "$expected"
done
expect semaphore "$(./semaphore </dev/null)" 'Alone. Press Enter to let the next one in.'
./shared_memory 'a text' >/dev/null
expect shared_memory "$(./shared_memory)" 'It said: a text'
./message_queue 'a letter'
expect message_queue "$(./message_queue)" 'a letter'

mkfifo enter
./robust_semaphore <enter >first &
exec 3>enter
until grep -q Alone first; do sleep 0.1; done
kill -9 $!
expect robust_semaphore "$(./robust_semaphore </dev/null | head -n 1)" 'Killed, the one before me.'
exec 3>&-
rm enter first
echo "the four programs, with the $kind library: they behave as the manual says"
