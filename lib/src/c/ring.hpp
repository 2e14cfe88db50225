// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/ring.h>
#include <crex/ring.hpp>

struct crex_ring {
    crex::Ring object;
};

struct crex_ring_producer {
    crex::RingProducer object;
};

struct crex_ring_consumer {
    crex::RingConsumer object;
};
