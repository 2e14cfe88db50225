#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# with_fixed_addresses.sh PROGRAM [ARGUMENT...]: runs it, and what it starts, without address space
# randomisation -- or with it, where that may not be turned off (in some containers).
if setarch -R true 2>/dev/null; then
    exec setarch -R "$@"
fi
exec "$@"
