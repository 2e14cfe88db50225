#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# odr_symbols.sh BUILD: searches the object files of a build without optimisation, but with
# debugging information, for functions and variables of one name that are defined in two places: the
# linker keeps one of two inline functions without a message. Prints the name and both places.
set -eu

# Names in unnamed namespaces are local and are skipped. nm sometimes names the source file beside
# the header that contains the line, so the two count as one.
find "$1/lib" "$1/apps/crex" -name '*.o' -exec env LC_ALL=C nm -l --defined-only {} + |
    awk -F '\t' '
    NF == 2 && $1 ~ / [TWVuBDR] / {
        split($1, symbol, " ")
        name = symbol[3]
        if (name !~ /crex/) next
        sub(/\.[ch]pp:/, ":", $2)
        while (sub(/\/[^\/]+\/\.\.\//, "/", $2)) {} # from a unity build
        lines++
        if (!(name in place)) place[name] = $2
        else if (place[name] != $2) {
            print name ": " place[name] " and " $2
            failures++
        }
    }
    END {
        print lines + 0 " definitions, " failures + 0 " of a name that is defined elsewhere too"
        exit failures > 0 || lines == 0
    }'
