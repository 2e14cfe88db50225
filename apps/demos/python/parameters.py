# SPDX-License-Identifier: BSL-1.0
"""The parameters of a demo: params.txt, and options that override it."""

import argparse
import pathlib
import re


def whole_number(low, high):
    def convert(text):
        if not re.fullmatch(r"\d+", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f'must be a whole number from {low} to {high}, not "{text}"')
        return int(text)

    return convert


def octal(text):
    if not re.fullmatch("[0-7]+", text) or int(text, 8) > 0o777:
        raise ValueError(f'must be an octal number from 0 to 0777, not "{text}"')
    return int(text, 8)


def name(text):
    if not re.fullmatch("/[^/\0]{1,255}", text) or text in ("/.", "/.."):
        raise ValueError(f'must be a slash followed by 1 to 255 others, not "{text}"')
    return text


def backend(text):
    if text not in ("boost", "posix", "robust"):
        raise ValueError(f'must be boost, posix or robust, not "{text}"')
    return text


def seconds(text):
    if not 0 < float(text) < 365 * 24 * 60 * 60:
        raise ValueError(f'must be a number of seconds above zero, not "{text}"')
    return float(text)


# Key: how its value is read, and the value without one.
KEYS = {
    "ITERATIONS": (whole_number(1, 2**32 - 1), "1000"),
    "LIVE_DANGEROUSLY": (whole_number(0, 1), "0"),
    "SEMAPHORE_NAME": (name, "/wuthering_heights"),
    "SHARED_MEMORY_NAME": (name, "/four_yorkshiremen"),
    "MESSAGE_QUEUE_NAME": (name, "/my_message_queue"),
    "PERMISSIONS": (octal, "0600"),
    "SHM_SIZE": (whole_number(33, 2**63 - 1), "4096"),
    "QUEUE_BACKEND_NAME": (backend, "boost"),
}


def converted(place, convert, text):
    try:
        return convert(text)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None


class UsageError(Exception):
    pass


def read_file(path):
    """{key: value} of the file, where the key is known and the value is right."""
    found = {}
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        given, equals, text = (part.strip() for part in line.partition("="))
        place = f"{path}:{number}: {given}"
        key = given.upper()
        if not equals:
            raise UsageError(f"{path}:{number}: the line is not KEY=VALUE")
        if key not in KEYS:
            raise UsageError(f"{place}: there is no such key")
        if key in found:
            raise UsageError(f"{place}: the key is there twice")
        found[key] = converted(place, KEYS[key][0], text)
    return found


def read_arguments(about):
    """An object with an attribute for each key, in lower case, and for each other option."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--params", metavar="FILE", default="params.txt")
    for key, (_, default) in KEYS.items():
        parser.add_argument("--" + key.lower().replace("_", "-"), help=f"by default {default}")
    parser.add_argument("--patience", metavar="SECONDS", default="5")
    parser.add_argument("--quiet", action="store_true", help="print the result only")
    options = parser.parse_args()
    file = read_file(options.params)
    for key, (convert, default) in KEYS.items():
        given = getattr(options, key.lower())
        option = "--" + key.lower().replace("_", "-")
        value = converted(option, convert, given if given is not None else default)
        setattr(options, key.lower(), file.get(key, value) if given is None else value)
    options.patience = converted("--patience", seconds, options.patience)
    return options
