# SPDX-License-Identifier: BSL-1.0
"""A function that a process started by multiprocessing's "spawn" can import."""

import crex


def work(name, number):
    crex.MessageQueue(name).send(str(number))
