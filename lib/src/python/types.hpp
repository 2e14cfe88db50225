// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "python/python.hpp"

namespace crex::python {

// The classes, each in the source file of its name.
extern PyType_Spec semaphore_spec;
extern PyType_Spec shared_memory_spec;
extern PyType_Spec mapping_spec;
extern PyType_Spec robust_semaphore_spec;
extern PyType_Spec message_queue_spec;
extern PyType_Spec loan_spec;
extern PyType_Spec lease_spec;
extern PyType_Spec ring_spec;
extern PyType_Spec ring_producer_spec;
extern PyType_Spec ring_consumer_spec;
extern PyType_Spec window_spec;

// Those of which other sources create objects, once the module has been imported.
struct Types {
    PyTypeObject* mapping;
    PyTypeObject* loan;
    PyTypeObject* lease;
    PyTypeObject* ring_producer;
    PyTypeObject* ring_consumer;
    PyTypeObject* window;
};
extern Types types;

} // namespace crex::python
