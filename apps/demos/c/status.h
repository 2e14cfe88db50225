// SPDX-License-Identifier: BSL-1.0
#pragma once

/// How a demo program can end.
enum status {
    fine = 0,       ///< all iterations, no corruption
    corruption = 1, ///< a text was not the one expected
    usage = 2,      ///< a wrong option or params.txt
    failure = 3,    ///< the peer has vanished, a signal, or a system error
};
